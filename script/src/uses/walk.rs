//! [`module`]: walks one tree, knowing what expressions hold, and collects what is named.
//!
//! The walk is made again until nothing new is learned: a function's parameters are known only when its
//! calls were seen. Every expression is evaluated by [`Walk::expression`] exactly once per walk, which is
//! why that is the only way down.

use std::collections::BTreeSet;

use swc_ecma_ast::{
    AssignExpr, AssignTarget, AssignTargetPat, BinaryOp, BlockStmt, CatchClause, Class, DefaultDecl, Expr,
    ForHead, ForInStmt, ForOfStmt, ForStmt, Function, Lit, Module, ModuleDecl, ModuleExportName,
    OptChainBase, OptChainExpr, Pat, PropName, SimpleAssignTarget, Stmt, SwitchStmt, TsType, VarDecl,
    VarDeclOrExpr, VarDeclarator,
};
use swc_ecma_visit::{Visit, VisitWith as _};

use super::known::{Shape, Shapes, Slot, elements};
use super::meaning::{Meaning, convention, only};
use super::members::{literal, typed};
use super::scope::Scopes;
use super::{Name, Nodes};
use crate::parse::start;

/// What is learned passes one call or assignment further with every walk.
const WALKS_MAX: usize = 6;

/// Deeper is not looked. What people write is 50 deep, generated sums of text some thousand.
const DEPTH_MAX: usize = 5000;

/// Everything `module` names, with its place as a byte offset; and whether all of it was looked at.
pub(super) fn module(module: &Module, nodes: &Nodes) -> (BTreeSet<(usize, Name)>, bool) {
    let mut walk = Walk::new(nodes);
    for _ in 0..WALKS_MAX {
        walk.meaning.begin();
        module.visit_with(&mut walk);
        if !walk.meaning.known.changed {
            break;
        }
    }
    (walk.meaning.found, !walk.too_deep)
}

/// A walk under way.
pub(super) struct Walk<'a> {
    pub(super) meaning: Meaning<'a>,
    pub(super) scopes: Scopes,
    /// What `this` is, innermost last.
    pub(super) this: Vec<Shapes>,
    /// The function whose body this is, innermost last.
    pub(super) inside: Vec<usize>,
    depth: usize,
    too_deep: bool,
}

impl<'a> Walk<'a> {
    fn new(nodes: &'a Nodes) -> Walk<'a> {
        Walk {
            meaning: Meaning::new(nodes),
            scopes: Scopes::default(),
            this: Vec::new(),
            inside: Vec::new(),
            depth: 0,
            too_deep: false,
        }
    }

    fn deeper<T: Default>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH_MAX {
            self.too_deep = true;
            return T::default();
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    pub(super) fn block(&mut self, work: impl FnOnce(&mut Self)) {
        self.scopes.open();
        work(self);
        self.scopes.close();
    }

    /// What `expression` is known to hold. What it names on the way is collected.
    pub(super) fn expression(&mut self, expression: &Expr) -> Shapes {
        self.deeper(|walk| walk.evaluate(expression))
    }

    fn evaluate(&mut self, expression: &Expr) -> Shapes {
        match expression {
            Expr::Ident(it) => self.variable(&it.sym),
            Expr::This(_) => self.this.last().cloned().unwrap_or_default(),
            Expr::Lit(Lit::Str(_)) | Expr::Tpl(_) => self.text(expression),
            Expr::Paren(it) => self.expression(&it.expr),
            Expr::Await(it) => self.expression(&it.arg),
            Expr::TsNonNull(it) => self.expression(&it.expr),
            Expr::TsConstAssertion(it) => self.expression(&it.expr),
            Expr::TsAs(it) => self.asserted(&it.expr, &it.type_ann),
            Expr::TsTypeAssertion(it) => self.asserted(&it.expr, &it.type_ann),
            Expr::TsSatisfies(it) => self.expression(&it.expr),
            Expr::Member(it) => self.member(it),
            Expr::OptChain(it) => self.chained(it),
            Expr::Call(it) => self.call(it),
            Expr::New(it) => self.made(it),
            Expr::Assign(it) => self.assignment(it),
            Expr::Object(it) => self.object(it),
            Expr::Array(it) => self.array(it),
            Expr::Arrow(it) => self.arrow(it),
            _ => self.other(expression),
        }
    }

    fn other(&mut self, expression: &Expr) -> Shapes {
        match expression {
            Expr::Fn(it) => {
                let function = start(it.function.span);
                self.block(|walk| {
                    if let Some(name) = &it.ident {
                        let place = start(name.span);
                        walk.scopes.declare(&name.sym, place);
                        walk.meaning.known.learn(Slot::Variable(place), &only(Shape::Function(function)));
                    }
                    walk.function(&it.function, Shapes::new());
                });
                only(Shape::Function(function))
            }
            Expr::Class(it) => {
                self.class(&it.class);
                only(Shape::Class(start(it.class.span)))
            }
            Expr::Cond(it) => {
                self.expression(&it.test);
                let mut either = self.expression(&it.cons);
                either.append(&mut self.expression(&it.alt));
                either
            }
            Expr::Bin(it) => {
                let mut either = self.expression(&it.left);
                let mut right = self.expression(&it.right);
                match it.op {
                    BinaryOp::LogicalOr | BinaryOp::NullishCoalescing => {
                        either.append(&mut right);
                        either
                    }
                    BinaryOp::LogicalAnd => right,
                    _ => Shapes::new(),
                }
            }
            Expr::Seq(it) => {
                let shapes = it.exprs.iter().map(|it| self.expression(it));
                shapes.last().unwrap_or_default()
            }
            _ => {
                expression.visit_children_with(self);
                Shapes::new()
            }
        }
    }

    fn text(&mut self, expression: &Expr) -> Shapes {
        match literal(expression) {
            Some((text, place)) => only(Shape::Text(text, place)),
            None => {
                expression.visit_children_with(self);
                Shapes::new()
            }
        }
    }

    pub(super) fn variable(&self, name: &str) -> Shapes {
        match self.scopes.find(name) {
            Some(place) => self.meaning.known.get(&Slot::Variable(place)),
            // Bodies of the old format have them without asking.
            None => convention(name).filter(|it| *it != Shape::Entity).into_iter().collect(),
        }
    }

    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.scopes.find(name).is_some()
    }

    fn asserted(&mut self, expression: &Expr, ty: &TsType) -> Shapes {
        let shapes = self.expression(expression);
        let said = self.annotated(ty);
        if said.is_empty() { shapes } else { said }
    }

    /// What a type says, if it is one of the script API's.
    pub(super) fn annotated(&mut self, ty: &TsType) -> Shapes {
        let Some((shape, named)) = typed(ty) else { return Shapes::new() };
        if let Some((component, place)) = named {
            self.meaning.name(place, Name::Component(component));
        }
        only(shape)
    }

    fn chained(&mut self, chain: &OptChainExpr) -> Shapes {
        match &*chain.base {
            OptChainBase::Member(it) => self.member(it),
            OptChainBase::Call(it) => self.call_of(&it.callee, &it.args),
        }
    }

    fn assignment(&mut self, assignment: &AssignExpr) -> Shapes {
        let shapes = self.expression(&assignment.right);
        match &assignment.left {
            AssignTarget::Simple(SimpleAssignTarget::Ident(it)) => {
                self.assign_variable(&it.id.sym, &shapes);
            }
            AssignTarget::Simple(SimpleAssignTarget::Member(it)) => self.assign_member(it, &shapes),
            AssignTarget::Simple(other) => other.visit_children_with(self),
            AssignTarget::Pat(AssignTargetPat::Object(it)) => self.bind_object(it, &shapes),
            AssignTarget::Pat(AssignTargetPat::Array(it)) => self.bind_array(it, &shapes),
            AssignTarget::Pat(AssignTargetPat::Invalid(_)) => (),
        }
        shapes
    }

    pub(super) fn assign_variable(&mut self, name: &str, shapes: &Shapes) {
        if let Some(place) = self.scopes.find(name) {
            self.meaning.known.learn(Slot::Variable(place), shapes);
        }
    }

    pub(super) fn key(&mut self, key: &PropName) {
        if let PropName::Computed(it) = key {
            self.expression(&it.expr);
        }
    }

    fn exported_default(&mut self, declaration: &DefaultDecl) {
        match declaration {
            DefaultDecl::Fn(it) => {
                let shapes = only(Shape::Function(start(it.function.span)));
                if let Some(name) = &it.ident {
                    self.meaning.known.learn(Slot::Variable(start(name.span)), &shapes);
                }
                self.meaning.entry(&shapes);
                self.function(&it.function, Shapes::new());
            }
            DefaultDecl::Class(it) => self.class(&it.class),
            DefaultDecl::TsInterfaceDecl(_) => (),
        }
    }

    fn looped(&mut self, head: &ForHead, shapes: &Shapes, body: &Stmt) {
        self.block(|walk| {
            match head {
                ForHead::VarDecl(it) => {
                    walk.scopes.declare_variables(it);
                    it.decls.iter().for_each(|it| walk.bind(&it.name, shapes));
                }
                ForHead::Pat(it) => walk.bind(it, shapes),
                ForHead::UsingDecl(it) => it.visit_with(walk),
            }
            body.visit_with(walk);
        });
    }
}

impl Visit for Walk<'_> {
    fn visit_module(&mut self, module: &Module) {
        self.block(|walk| {
            walk.scopes.declare_items(&module.body);
            module.visit_children_with(walk);
        });
    }

    fn visit_module_decl(&mut self, declaration: &ModuleDecl) {
        match declaration {
            ModuleDecl::ExportDefaultExpr(it) => {
                let shapes = self.expression(&it.expr);
                self.meaning.entry(&shapes);
            }
            ModuleDecl::ExportDefaultDecl(it) => self.exported_default(&it.decl),
            ModuleDecl::ExportNamed(it) if it.src.is_none() => {
                for named in it.specifiers.iter().filter_map(|it| it.as_named()) {
                    let is_default = |it: &ModuleExportName| it.atom().as_ref() == "default";
                    if named.exported.as_ref().is_some_and(is_default) {
                        let shapes = self.variable(&named.orig.atom());
                        self.meaning.entry(&shapes);
                    }
                }
            }
            ModuleDecl::ExportDecl(it) => {
                if let Some(variables) = it.decl.as_var() {
                    self.system_header(variables);
                }
                it.visit_children_with(self);
            }
            _ => (),
        }
    }

    fn visit_stmt(&mut self, statement: &Stmt) {
        self.deeper(|walk| match statement {
            Stmt::Return(it) => {
                let shapes = it.arg.as_ref().map(|it| walk.expression(it)).unwrap_or_default();
                if let Some(function) = walk.inside.last() {
                    walk.meaning.known.learn(Slot::Returned(*function), &shapes);
                }
            }
            _ => statement.visit_children_with(walk),
        });
    }

    fn visit_block_stmt(&mut self, block: &BlockStmt) {
        self.block(|walk| walk.statements(&block.stmts));
    }

    fn visit_switch_stmt(&mut self, switch: &SwitchStmt) {
        self.expression(&switch.discriminant);
        self.block(|walk| {
            switch.cases.iter().for_each(|it| walk.scopes.declare_statements(&it.cons));
            switch.cases.visit_with(walk);
        });
    }

    fn visit_for_stmt(&mut self, statement: &ForStmt) {
        self.block(|walk| {
            if let Some(VarDeclOrExpr::VarDecl(it)) = &statement.init {
                walk.scopes.declare_variables(it);
            }
            statement.visit_children_with(walk);
        });
    }

    fn visit_for_of_stmt(&mut self, statement: &ForOfStmt) {
        let shapes = self.expression(&statement.right);
        self.looped(&statement.left, &elements(&shapes), &statement.body);
    }

    fn visit_for_in_stmt(&mut self, statement: &ForInStmt) {
        self.expression(&statement.right);
        self.looped(&statement.left, &Shapes::new(), &statement.body);
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause) {
        self.block(|walk| {
            if let Some(parameter) = &clause.param {
                walk.scopes.declare_pattern(parameter);
            }
            clause.body.visit_with(walk);
        });
    }

    fn visit_var_declarator(&mut self, declarator: &VarDeclarator) {
        let shapes = declarator.init.as_ref().map(|it| self.expression(it)).unwrap_or_default();
        self.bind(&declarator.name, &shapes);
    }

    fn visit_fn_decl(&mut self, declaration: &swc_ecma_ast::FnDecl) {
        let function = only(Shape::Function(start(declaration.function.span)));
        self.meaning.known.learn(Slot::Variable(start(declaration.ident.span)), &function);
        self.function(&declaration.function, Shapes::new());
    }

    fn visit_class_decl(&mut self, declaration: &swc_ecma_ast::ClassDecl) {
        let class = only(Shape::Class(start(declaration.class.span)));
        self.meaning.known.learn(Slot::Variable(start(declaration.ident.span)), &class);
        self.class(&declaration.class);
    }

    fn visit_function(&mut self, function: &Function) {
        self.function(function, Shapes::new());
    }

    fn visit_class(&mut self, class: &Class) {
        self.class(class);
    }

    fn visit_pat(&mut self, pattern: &Pat) {
        self.bind(pattern, &Shapes::new());
    }

    fn visit_member_expr(&mut self, member: &swc_ecma_ast::MemberExpr) {
        self.member(member);
    }

    fn visit_expr(&mut self, expression: &Expr) {
        self.expression(expression);
    }

    /// Types name nothing that runs; where one says what a variable holds, [`Walk::annotated`] reads it.
    fn visit_ts_type(&mut self, _: &TsType) {}
    fn visit_ts_interface_decl(&mut self, _: &swc_ecma_ast::TsInterfaceDecl) {}
    fn visit_ts_type_param_decl(&mut self, _: &swc_ecma_ast::TsTypeParamDecl) {}
    fn visit_ts_type_param_instantiation(&mut self, _: &swc_ecma_ast::TsTypeParamInstantiation) {}
}

impl Walk<'_> {
    /// `export const system = { reads: ['position'], writes: ['velocity'] }`.
    fn system_header(&mut self, variables: &VarDecl) {
        for declarator in &variables.decls {
            let is_header = declarator.name.as_ident().is_some_and(|it| &*it.id.sym == "system");
            let Some(Expr::Object(header)) = declarator.init.as_deref().filter(|_| is_header) else {
                continue;
            };
            for (place, name) in super::json::system(header) {
                self.meaning.name(place, name);
            }
        }
    }
}
