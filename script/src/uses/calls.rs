//! What calls mean: the script API's, those of lists, and those of functions of the same file.

use swc_ecma_ast::{CallExpr, Callee, Expr, ExprOrSpread, MemberExpr, NewExpr, OptChainBase};
use swc_ecma_visit::VisitWith as _;

use super::known::{Shape, Shapes, Slot, elements, lists};
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn call(&mut self, call: &CallExpr) -> Shapes {
        match &call.callee {
            Callee::Expr(callee) => self.call_of(callee, &call.args),
            Callee::Super(_) | Callee::Import(_) => {
                call.args.visit_with(self);
                Shapes::new()
            }
        }
    }

    pub(super) fn call_of(&mut self, callee: &Expr, arguments: &[ExprOrSpread]) -> Shapes {
        if let Some(member) = called_member(callee) {
            return self.method_call(member, arguments);
        }
        let functions = self.expression(callee);
        let given = self.arguments(arguments);
        functions.iter().flat_map(|it| self.meaning.run(it, &given)).collect()
    }

    /// What each argument holds. From a spread on, nobody knows which is which.
    fn arguments(&mut self, arguments: &[ExprOrSpread]) -> Vec<Shapes> {
        let mut given = Vec::new();
        let mut spread = false;
        for argument in arguments {
            let shapes = self.expression(&argument.expr);
            spread |= argument.spread.is_some();
            given.extend((!spread).then_some(shapes));
        }
        given
    }

    pub(super) fn made(&mut self, new: &NewExpr) -> Shapes {
        let classes = self.expression(&new.callee);
        let given = self.arguments(new.args.as_deref().unwrap_or_default());
        let mut made = Shapes::new();
        for class in classes {
            if let Shape::Class(place) = class {
                for (index, shapes) in given.iter().enumerate() {
                    self.meaning.known.learn(Slot::Parameter(place, index), shapes);
                }
                made.insert(Shape::Object(place));
            }
        }
        made
    }

    fn method_call(&mut self, member: &MemberExpr, arguments: &[ExprOrSpread]) -> Shapes {
        let objects = self.expression(&member.obj);
        let method = self.member_name(&member.prop).map(|it| it.0);
        let given = self.arguments(arguments);
        let Some(method) = method else { return Shapes::new() };
        let is_object =
            matches!(&*member.obj, Expr::Ident(it) if &*it.sym == "Object" && !self.is_declared("Object"));
        if is_object && method == "assign" {
            return self.assign_all(&given);
        }
        objects.iter().flat_map(|it| self.method(it, &method, &given)).collect()
    }

    fn method(&mut self, object: &Shape, method: &str, given: &[Shapes]) -> Shapes {
        match object {
            Shape::List(_) => self.list(object, method, given),
            _ => self.meaning.method(object, method, given),
        }
    }

    fn list(&mut self, list: &Shape, method: &str, given: &[Shapes]) -> Shapes {
        let list = Shapes::from([list.clone()]);
        let each = elements(&list);
        let called: Vec<Shape> = given.first().into_iter().flatten().cloned().collect();
        let mut call =
            || called.iter().flat_map(|it| self.meaning.run(it, std::slice::from_ref(&each))).collect();
        match method {
            "forEach" | "some" | "every" | "findIndex" => {
                let _: Shapes = call();
                Shapes::new()
            }
            "map" => lists(call()),
            "flatMap" => call(),
            "filter" => {
                let _: Shapes = call();
                list
            }
            "find" | "findLast" => {
                let _: Shapes = call();
                each
            }
            "sort" | "toSorted" => {
                let both = [each.clone(), each.clone()];
                called.iter().for_each(|it| drop(self.meaning.run(it, &both)));
                list
            }
            "slice" | "reverse" | "toReversed" | "concat" => list,
            "at" | "pop" | "shift" => each,
            _ => Shapes::new(),
        }
    }

    /// `Object.assign(handle, { angle: 1 })`.
    fn assign_all(&mut self, given: &[Shapes]) -> Shapes {
        let Some((target, sources)) = given.split_first() else { return Shapes::new() };
        for shape in target {
            for source in sources {
                match shape {
                    Shape::Handle(component) => self.meaning.keys(source, component),
                    Shape::Node(ty) => self.meaning.node_keys(source, ty),
                    _ => (),
                }
            }
        }
        target.clone()
    }
}

/// `a.b(…)`, also as `a?.b(…)` and `a.b!(…)`.
fn called_member(callee: &Expr) -> Option<&MemberExpr> {
    match callee {
        Expr::Member(it) => Some(it),
        Expr::Paren(it) => called_member(&it.expr),
        Expr::TsNonNull(it) => called_member(&it.expr),
        Expr::OptChain(it) => match &*it.base {
            OptChainBase::Member(it) => Some(it),
            OptChainBase::Call(_) => None,
        },
        _ => None,
    }
}
