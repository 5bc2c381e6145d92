//! [`Scopes`]: which declaration a name means at a place.
//!
//! Declarations are entered when their block is, so a function may use what is written below it. A
//! `var` counts for its block only, which is how people who still write it use it.

use std::collections::HashMap;

use swc_ecma_ast::{
    Decl, DefaultDecl, ImportSpecifier, ModuleDecl, ModuleItem, ObjectPatProp, Pat, Stmt, VarDecl,
};

use crate::parse::start;

/// Name → where it is declared, innermost block last.
#[derive(Debug, Default)]
pub(super) struct Scopes(Vec<HashMap<String, usize>>);

impl Scopes {
    pub(super) fn open(&mut self) {
        self.0.push(HashMap::new());
    }

    pub(super) fn close(&mut self) {
        self.0.pop();
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().rev().find_map(|it| it.get(name)).copied()
    }

    pub(super) fn declare(&mut self, name: &str, place: usize) {
        if let Some(scope) = self.0.last_mut() {
            scope.insert(name.to_owned(), place);
        }
    }

    pub(super) fn declare_outermost(&mut self, name: &str, place: usize) {
        if let Some(scope) = self.0.first_mut() {
            scope.insert(name.to_owned(), place);
        }
    }

    pub(super) fn declare_pattern(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Ident(it) => self.declare(&it.id.sym, start(it.id.span)),
            Pat::Array(it) => it.elems.iter().flatten().for_each(|it| self.declare_pattern(it)),
            Pat::Rest(it) => self.declare_pattern(&it.arg),
            Pat::Assign(it) => self.declare_pattern(&it.left),
            Pat::Object(it) => {
                for property in &it.props {
                    match property {
                        ObjectPatProp::KeyValue(it) => self.declare_pattern(&it.value),
                        ObjectPatProp::Assign(it) => self.declare(&it.key.id.sym, start(it.key.id.span)),
                        ObjectPatProp::Rest(it) => self.declare_pattern(&it.arg),
                    }
                }
            }
            Pat::Invalid(_) | Pat::Expr(_) => (),
        }
    }

    pub(super) fn declare_variables(&mut self, declaration: &VarDecl) {
        declaration.decls.iter().for_each(|it| self.declare_pattern(&it.name));
    }

    pub(super) fn declare_statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            if let Stmt::Decl(declaration) = statement {
                self.declare_declaration(declaration);
            }
        }
    }

    pub(super) fn declare_items(&mut self, items: &[ModuleItem]) {
        for item in items {
            match item {
                ModuleItem::Stmt(Stmt::Decl(it)) => self.declare_declaration(it),
                ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(it)) => self.declare_declaration(&it.decl),
                ModuleItem::ModuleDecl(ModuleDecl::Import(it)) => {
                    it.specifiers.iter().for_each(|it| self.declare_import(it));
                }
                ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(it)) => {
                    let name = match &it.decl {
                        DefaultDecl::Fn(it) => it.ident.as_ref(),
                        DefaultDecl::Class(it) => it.ident.as_ref(),
                        DefaultDecl::TsInterfaceDecl(_) => None,
                    };
                    if let Some(name) = name {
                        self.declare(&name.sym, start(name.span));
                    }
                }
                _ => (),
            }
        }
    }

    fn declare_import(&mut self, import: &ImportSpecifier) {
        let local = import.local();
        self.declare(&local.sym, start(local.span));
    }

    fn declare_declaration(&mut self, declaration: &Decl) {
        match declaration {
            Decl::Var(it) => self.declare_variables(it),
            Decl::Fn(it) => self.declare(&it.ident.sym, start(it.ident.span)),
            Decl::Class(it) => self.declare(&it.ident.sym, start(it.ident.span)),
            _ => (),
        }
    }
}
