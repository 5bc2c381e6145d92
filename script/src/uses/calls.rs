//! What calls mean: the script API's, those of lists, and those of functions of the same file.

use swc_ecma_ast::{CallExpr, Callee, Expr, ExprOrSpread, MemberExpr, NewExpr, OptChainBase};
use swc_ecma_visit::VisitWith as _;

use super::Name;
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
        functions.iter().flat_map(|it| self.run(it, &given)).collect()
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

    /// Hands `given` to a function of this file.
    fn run(&mut self, function: &Shape, given: &[Shapes]) -> Shapes {
        let Shape::Function(place) = function else { return Shapes::new() };
        for (index, shapes) in given.iter().enumerate() {
            self.known.learn(Slot::Parameter(*place, index), shapes);
        }
        self.known.get(&Slot::Returned(*place))
    }

    pub(super) fn made(&mut self, new: &NewExpr) -> Shapes {
        let classes = self.expression(&new.callee);
        let given = self.arguments(new.args.as_deref().unwrap_or_default());
        let mut made = Shapes::new();
        for class in classes {
            if let Shape::Class(place) = class {
                for (index, shapes) in given.iter().enumerate() {
                    self.known.learn(Slot::Parameter(place, index), shapes);
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
            Shape::World => self.world(method, given),
            Shape::App if method == "create" => self.create(given),
            Shape::App => node_method("node", method),
            Shape::Node(ty) => node_method(ty, method),
            Shape::Entity => self.entity(method, given),
            Shape::List(_) => self.list(object, method, given),
            Shape::Object(place) => {
                let functions = self.known.get(&Slot::Property(*place, method.to_owned()));
                functions.iter().flat_map(|it| self.run(it, given)).collect()
            }
            _ => Shapes::new(),
        }
    }

    fn world(&mut self, method: &str, given: &[Shapes]) -> Shapes {
        match method {
            "query" => {
                given.iter().for_each(|it| drop(self.components(it)));
                lists(Shapes::from([Shape::Entity]))
            }
            "schema" => {
                given.iter().take(1).for_each(|it| drop(self.components(it)));
                Shapes::new()
            }
            "entity" => Shapes::from([Shape::Entity]),
            "spawn" => {
                for (prefab, place) in given.first().into_iter().flat_map(texts) {
                    self.name(place, Name::Prefab(prefab));
                }
                given.get(1).into_iter().for_each(|it| self.overrides(it));
                Shapes::from([Shape::Entity])
            }
            _ => Shapes::new(),
        }
    }

    fn entity(&mut self, method: &str, given: &[Shapes]) -> Shapes {
        if !["get", "has", "add", "remove"].contains(&method) {
            return Shapes::new();
        }
        let components = given.first().map(|it| self.components(it)).unwrap_or_default();
        if let ("add", Some(values)) = (method, given.get(1)) {
            components.iter().for_each(|it| self.keys(values, it));
        }
        match method {
            "get" | "add" => components.into_iter().map(Shape::Handle).collect(),
            _ => Shapes::new(),
        }
    }

    fn create(&mut self, given: &[Shapes]) -> Shapes {
        let mut made = Shapes::new();
        for (ty, place) in given.first().into_iter().flat_map(texts) {
            self.name(place, Name::Component(ty.clone()));
            given.get(1).into_iter().for_each(|it| self.node_keys(it, &ty));
            made.insert(Shape::Node(ty));
        }
        made
    }

    fn list(&mut self, list: &Shape, method: &str, given: &[Shapes]) -> Shapes {
        let list = Shapes::from([list.clone()]);
        let each = elements(&list);
        let called: Vec<Shape> = given.first().into_iter().flatten().cloned().collect();
        let mut call = || called.iter().flat_map(|it| self.run(it, std::slice::from_ref(&each))).collect();
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
                called.iter().for_each(|it| drop(self.run(it, &both)));
                list
            }
            "slice" | "reverse" | "toReversed" | "concat" => list,
            "at" | "pop" | "shift" => each,
            _ => Shapes::new(),
        }
    }

    /// Every text in `shapes` is a component; their names.
    fn components(&mut self, shapes: &Shapes) -> Vec<String> {
        let components: Vec<(String, usize)> = texts(shapes).collect();
        for (component, place) in &components {
            self.name(*place, Name::Component(component.clone()));
        }
        components.into_iter().map(|it| it.0).collect()
    }

    /// `Object.assign(handle, { angle: 1 })`.
    fn assign_all(&mut self, given: &[Shapes]) -> Shapes {
        let Some((target, sources)) = given.split_first() else { return Shapes::new() };
        for shape in target {
            for source in sources {
                match shape {
                    Shape::Handle(component) => self.keys(source, component),
                    Shape::Node(ty) => self.node_keys(source, ty),
                    _ => (),
                }
            }
        }
        target.clone()
    }

    /// The keys of an object literal are fields of `component`.
    fn keys(&mut self, values: &Shapes, component: &str) {
        for value in values {
            if let Shape::Object(object) = value {
                self.keys_below(*object, component, "");
            }
        }
    }

    fn keys_below(&mut self, object: usize, component: &str, above: &str) {
        let looked_for = (object, Name::Field(component.to_owned(), above.to_owned()));
        if !self.looked_through.insert(looked_for) {
            return;
        }
        for (key, place, below) in self.known.keys(object) {
            let path = if above.is_empty() { key } else { format!("{above}.{key}") };
            if let Some(below) = below {
                self.keys_below(below, component, &path);
            }
            self.name(place, Name::Field(component.to_owned(), path));
        }
    }

    fn node_keys(&mut self, values: &Shapes, ty: &str) {
        for value in values {
            let Shape::Object(object) = value else { continue };
            for (key, place, _) in self.known.keys(*object) {
                if let Some(component) = self.nodes.component(ty, &key) {
                    let name = Name::Field(component.to_owned(), key);
                    self.name(place, name);
                }
            }
        }
    }

    /// `{ door: { angle: 1 } }`: components, and fields of each.
    fn overrides(&mut self, values: &Shapes) {
        for value in values {
            let Shape::Object(object) = value else { continue };
            for (component, place, below) in self.known.keys(*object) {
                if let Some(below) = below {
                    self.keys_below(below, &component, "");
                }
                self.name(place, Name::Component(component));
            }
        }
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

fn texts(shapes: &Shapes) -> impl Iterator<Item = (String, usize)> {
    shapes.iter().filter_map(|it| match it {
        Shape::Text(text, place) => Some((text.clone(), *place)),
        _ => None,
    })
}

fn node_method(ty: &str, method: &str) -> Shapes {
    match method {
        "get" => Shapes::from([Shape::Node("node".to_owned())]),
        "clone" | "add" | "remove" => Shapes::from([Shape::Node(ty.to_owned())]),
        _ => Shapes::new(),
    }
}
