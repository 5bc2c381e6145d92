//! Functions and classes of the file: what their parameters are given, what they return, what `this` is.

use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, Class, ClassMember, Constructor, Function, ParamOrTsParamProp, Pat, Stmt,
    TsParamPropParam,
};
use swc_ecma_visit::VisitWith as _;

use super::known::{Shape, Shapes, Slot};
use super::meaning::{convention, only};
use super::members::{property_name, typed};
use super::walk::Walk;
use crate::parse::start;

impl Walk<'_> {
    pub(super) fn arrow(&mut self, arrow: &ArrowExpr) -> Shapes {
        let place = start(arrow.span);
        self.inside.push(place);
        self.block(|walk| {
            walk.parameters(place, arrow.params.iter());
            match &*arrow.body {
                ArrowFunctionBody::Expr(it) => {
                    let shapes = walk.expression(it);
                    walk.meaning.known.learn(Slot::Returned(place), &shapes);
                }
                ArrowFunctionBody::FunctionBody(it) => walk.statements(&it.stmts),
            }
        });
        self.inside.pop();
        only(Shape::Function(place))
    }

    pub(super) fn function(&mut self, function: &Function, this: Shapes) {
        let place = start(function.span);
        self.inside.push(place);
        self.this.push(this);
        self.block(|walk| {
            walk.parameters(place, function.params.iter().map(|it| &it.pat));
            if let Some(body) = &function.body {
                walk.statements(&body.stmts);
            }
        });
        self.this.pop();
        self.inside.pop();
    }

    pub(super) fn parameters<'p>(&mut self, function: usize, parameters: impl Iterator<Item = &'p Pat>) {
        for (index, pattern) in parameters.enumerate() {
            self.scopes.declare_pattern(pattern);
            let mut shapes = self.meaning.known.get(&Slot::Parameter(function, index));
            let inner = if let Pat::Assign(it) = pattern { &it.left } else { pattern };
            if let Pat::Ident(it) = inner
                && it.type_ann.as_ref().is_none_or(|it| typed(&it.type_ann).is_some())
            {
                shapes.extend(convention(&it.id.sym));
            }
            self.bind(pattern, &shapes);
        }
    }

    pub(super) fn statements(&mut self, statements: &[Stmt]) {
        self.scopes.declare_statements(statements);
        statements.visit_with(self);
    }

    pub(super) fn class(&mut self, class: &Class) {
        let place = start(class.span);
        class.super_class.visit_with(self);
        self.this.push(only(Shape::Object(place)));
        for member in &class.body {
            self.class_member(place, member);
        }
        self.this.pop();
    }

    pub(super) fn class_member(&mut self, class: usize, member: &ClassMember) {
        let this = self.this.last().cloned().unwrap_or_default();
        match member {
            ClassMember::Constructor(it) => self.constructor(class, it, this),
            ClassMember::Method(it) => {
                self.key(&it.key);
                self.function(&it.function, this);
                if let Some((name, _)) = property_name(&it.key) {
                    let function = only(Shape::Function(start(it.function.span)));
                    self.meaning.known.learn(Slot::Property(class, name), &function);
                }
            }
            ClassMember::PrivateMethod(it) => {
                self.function(&it.function, this);
                let function = only(Shape::Function(start(it.function.span)));
                self.meaning.known.learn(Slot::Property(class, format!("#{}", it.key.name)), &function);
            }
            ClassMember::ClassProp(it) => {
                self.key(&it.key);
                let mut shapes = it.value.as_ref().map(|it| self.expression(it)).unwrap_or_default();
                if let Some(ty) = &it.type_ann {
                    shapes.extend(self.annotated(&ty.type_ann));
                }
                if let Some((name, _)) = property_name(&it.key) {
                    self.meaning.known.learn(Slot::Property(class, name), &shapes);
                }
            }
            ClassMember::PrivateProp(it) => {
                let shapes = it.value.as_ref().map(|it| self.expression(it)).unwrap_or_default();
                self.meaning.known.learn(Slot::Property(class, format!("#{}", it.key.name)), &shapes);
            }
            other => other.visit_children_with(self),
        }
    }

    /// What `new` gives a class is known by the class: it has one constructor.
    pub(super) fn constructor(&mut self, class: usize, constructor: &Constructor, this: Shapes) {
        self.inside.push(start(constructor.span));
        self.this.push(this);
        self.block(|walk| {
            for (index, parameter) in constructor.params.iter().enumerate() {
                match parameter {
                    ParamOrTsParamProp::Param(it) => walk.constructor_parameter(class, index, &it.pat),
                    ParamOrTsParamProp::TsParamProp(it) => {
                        let name = match &it.param {
                            TsParamPropParam::Ident(it) => Some(it.clone()),
                            TsParamPropParam::Assign(it) => it.left.clone().ident(),
                        };
                        let Some(name) = name else { continue };
                        let property = Slot::Property(class, name.id.sym.to_string());
                        let variable = Slot::Variable(start(name.id.span));
                        walk.constructor_parameter(class, index, &Pat::Ident(name));
                        walk.meaning.known.learn(property, &walk.meaning.known.get(&variable));
                    }
                }
            }
            if let Some(body) = &constructor.body {
                walk.statements(&body.stmts);
            }
        });
        self.this.pop();
        self.inside.pop();
    }

    pub(super) fn constructor_parameter(&mut self, class: usize, index: usize, pattern: &Pat) {
        self.scopes.declare_pattern(pattern);
        let mut shapes = self.meaning.known.get(&Slot::Parameter(class, index));
        if let Pat::Ident(it) = pattern
            && it.type_ann.is_none()
        {
            shapes.extend(convention(&it.id.sym));
        }
        self.bind(pattern, &shapes);
    }
}
