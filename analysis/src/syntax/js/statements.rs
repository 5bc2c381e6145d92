//! Statements and what a module takes and gives.

use bowline_script::parse;
use smol_str::SmolStr;
use swc_common::Spanned as _;
use swc_ecma_ast::{
    BlockStmt, Decl as Declared, DefaultDecl, ExportSpecifier, ForHead, Function as Written, ImportDecl,
    ImportSpecifier, Module, ModuleDecl, ModuleExportName, ModuleItem, NamedExport, Pat, Stmt, SwitchStmt,
    TryStmt, TsNamespaceBody, VarDecl, VarDeclKind, VarDeclOrExpr,
};

use super::{Lower, quoted, span, word};
use crate::summary::{BindingKind, Export, Exported, ExprId, Import, Kind, Source, Word};

impl Lower<'_> {
    pub(super) fn module(&mut self, module: &Module) {
        module.body.iter().for_each(|it| self.item(it));
    }

    fn item(&mut self, item: &ModuleItem) {
        match item {
            ModuleItem::Stmt(it) => self.statement(it),
            ModuleItem::ModuleDecl(it) => self.module_decl(it),
        }
    }

    fn module_decl(&mut self, it: &ModuleDecl) {
        match it {
            ModuleDecl::Import(it) => self.import(it),
            ModuleDecl::ExportDecl(it) => self.export_decl(&it.decl),
            ModuleDecl::ExportNamed(it) => self.export_named(it),
            ModuleDecl::ExportDefaultDecl(it) => self.export_default(&it.decl),
            ModuleDecl::ExportDefaultExpr(it) => {
                let value = self.expr(&it.expr);
                self.export(default_at(it.span), Exported::Value(value));
            }
            ModuleDecl::ExportAll(it) => {
                let import = self.import_of(quoted(&it.src), it.type_only);
                let name = Word { text: "*".into(), span: span(it.span) };
                self.export(name, Exported::Import(import, "*".into()));
            }
            ModuleDecl::TsImportEquals(_)
            | ModuleDecl::TsExportAssignment(_)
            | ModuleDecl::TsNamespaceExport(_) => (),
        }
    }

    fn export(&mut self, name: Word, what: Exported) {
        self.out.exports.push(Export { name, what });
    }

    pub(super) fn import_of(&mut self, specifier: Word, type_only: bool) -> u32 {
        let number = u32::try_from(self.out.imports.len()).unwrap_or(u32::MAX);
        self.out.imports.push(Import { specifier, names: Vec::new(), type_only });
        number
    }

    fn import(&mut self, it: &ImportDecl) {
        let import = self.import_of(quoted(&it.src), it.type_only);
        for specifier in &it.specifiers {
            let (local, there) = match specifier {
                ImportSpecifier::Named(it) => {
                    let there = it.imported.as_ref().map_or_else(|| word(&it.local), export_name);
                    (&it.local, there)
                }
                ImportSpecifier::Default(it) => {
                    (&it.local, Word { text: "default".into(), span: span(it.span) })
                }
                ImportSpecifier::Namespace(it) => (&it.local, Word { text: "*".into(), span: span(it.span) }),
            };
            let binding = self.bind(word(local), BindingKind::Import, None);
            let source = self.out.sources(Source::Import(import, there.text.clone()));
            self.out[binding].sources.push(source);
            self.out.imports[import as usize].names.push((there, binding));
        }
    }

    fn export_named(&mut self, it: &NamedExport) {
        let from = it.src.as_ref().map(|src| self.import_of(quoted(src), it.type_only));
        for specifier in &it.specifiers {
            let (here, there) = match specifier {
                ExportSpecifier::Named(it) => {
                    let orig = export_name(&it.orig);
                    let name = it.exported.as_ref().map_or_else(|| orig.clone(), export_name);
                    (orig.text, name)
                }
                ExportSpecifier::Namespace(it) => ("*".into(), export_name(&it.name)),
                ExportSpecifier::Default(it) => ("default".into(), word(&it.exported)),
            };
            match from {
                Some(import) => self.export(there, Exported::Import(import, here)),
                None => self.export(there, Exported::Name(here)),
            }
        }
    }

    fn export_decl(&mut self, decl: &Declared) {
        let (bindings, decls) = (self.out.bindings.len(), self.out.decls.len());
        let scope = self.scope;
        self.declared(decl);
        let names = self.out.bindings[bindings..].iter().filter(|it| it.scope == scope);
        let types = self.out.decls[decls..].iter();
        let all: Vec<Word> = names.map(|it| it.name.clone()).chain(types.map(|it| it.name.clone())).collect();
        for name in all {
            let what = Exported::Name(name.text.clone());
            self.export(name, what);
        }
    }

    fn export_default(&mut self, decl: &DefaultDecl) {
        let what = match decl {
            DefaultDecl::Fn(it) => match &it.ident {
                Some(name) => {
                    self.function_decl(word(name), &it.function);
                    Exported::Name(SmolStr::new(&*name.sym))
                }
                None => Exported::Value(self.function(&it.function)),
            },
            DefaultDecl::Class(it) => match &it.ident {
                Some(name) => {
                    self.class_decl(word(name), &it.class);
                    Exported::Name(SmolStr::new(&*name.sym))
                }
                None => {
                    let class = self.class(None, &it.class);
                    Exported::Value(self.expr_of(Kind::Class(class), it.class.span))
                }
            },
            DefaultDecl::TsInterfaceDecl(it) => {
                self.interface(it);
                Exported::Name(SmolStr::new(&*it.id.sym))
            }
        };
        self.export(default_at(decl.span()), what);
    }

    pub(super) fn statements(&mut self, all: &[Stmt]) {
        all.iter().for_each(|it| self.statement(it));
    }

    pub(super) fn statement(&mut self, it: &Stmt) {
        match it {
            Stmt::Block(it) => self.block(it),
            Stmt::With(it) => {
                self.expr(&it.obj);
                self.statement(&it.body);
            }
            Stmt::Return(it) => self.returned(it.arg.as_deref()),
            Stmt::Labeled(it) => self.statement(&it.body),
            Stmt::If(it) => {
                self.expr(&it.test);
                self.statement(&it.cons);
                it.alt.iter().for_each(|it| self.statement(it));
            }
            Stmt::Switch(it) => self.switch(it),
            Stmt::Throw(it) => drop(self.expr(&it.arg)),
            Stmt::Try(it) => self.attempt(it),
            Stmt::While(it) => {
                self.expr(&it.test);
                self.statement(&it.body);
            }
            Stmt::DoWhile(it) => {
                self.statement(&it.body);
                self.expr(&it.test);
            }
            Stmt::For(it) => self.within((span(it.span), None), |lower| {
                match &it.init {
                    Some(VarDeclOrExpr::VarDecl(it)) => lower.variables(it),
                    Some(VarDeclOrExpr::Expr(it)) => drop(lower.expr(it)),
                    None => (),
                }
                for it in it.test.iter().chain(&it.update) {
                    lower.expr(it);
                }
                lower.statement(&it.body);
            }),
            Stmt::ForIn(it) => self.within((span(it.span), None), |lower| {
                let over = lower.expr(&it.right);
                let key = lower.expr_of(Kind::Joined(vec![over]), it.right.span());
                lower.head(&it.left, Source::Value(key));
                lower.statement(&it.body);
            }),
            Stmt::ForOf(it) => self.within((span(it.span), None), |lower| {
                let over = lower.expr(&it.right);
                lower.head(&it.left, Source::Element(over));
                lower.statement(&it.body);
            }),
            Stmt::Decl(it) => self.declared(it),
            Stmt::Expr(it) => drop(self.expr(&it.expr)),
            Stmt::Empty(_) | Stmt::Debugger(_) | Stmt::Break(_) | Stmt::Continue(_) => (),
        }
    }

    fn switch(&mut self, it: &SwitchStmt) {
        self.expr(&it.discriminant);
        self.within((span(it.span), None), |lower| {
            for case in &it.cases {
                if let Some(test) = &case.test {
                    lower.expr(test);
                }
                lower.statements(&case.cons);
            }
        });
    }

    fn attempt(&mut self, it: &TryStmt) {
        self.block(&it.block);
        if let Some(caught) = &it.handler {
            self.within((span(caught.span), None), |lower| {
                if let Some(pattern) = &caught.param {
                    lower.pattern(pattern, (BindingKind::Param, None));
                }
                lower.statements(&caught.body.stmts);
            });
        }
        it.finalizer.iter().for_each(|it| self.block(it));
    }

    fn block(&mut self, it: &BlockStmt) {
        self.within((span(it.span), None), |lower| lower.statements(&it.stmts));
    }

    fn head(&mut self, head: &ForHead, source: Source) {
        let source = self.out.sources(source);
        let kind = BindingKind::Variable;
        match head {
            ForHead::VarDecl(it) => {
                it.decls.iter().for_each(|it| self.pattern(&it.name, (kind, Some(source))));
            }
            ForHead::UsingDecl(it) => {
                it.decls.iter().for_each(|it| self.pattern(&it.name, (kind, Some(source))));
            }
            ForHead::Pat(it) => {
                if let Pat::Expr(target) = &**it {
                    self.expr(target);
                }
            }
        }
    }

    fn returned(&mut self, value: Option<&swc_ecma_ast::Expr>) {
        let value = value.map(|it| self.expr(it));
        if let (Some(value), Some(function)) = (value, self.out.function_around(self.scope)) {
            self.out[function].returns.push(value);
        }
    }

    fn declared(&mut self, it: &Declared) {
        match it {
            Declared::Class(it) => self.class_decl(word(&it.ident), &it.class),
            Declared::Fn(it) => self.function_decl(word(&it.ident), &it.function),
            Declared::Var(it) => self.variables(it),
            Declared::Using(it) => {
                for one in &it.decls {
                    let value = one.init.as_ref().map(|it| self.expr(it));
                    self.variable(&one.name, (BindingKind::Constant, value));
                }
            }
            Declared::TsInterface(it) => self.interface(it),
            Declared::TsTypeAlias(it) => self.alias(it),
            Declared::TsEnum(it) => self.enumeration(it),
            Declared::TsModule(it) => {
                if let Some(TsNamespaceBody::TsModuleBlock(block)) = &it.body {
                    block.body.iter().for_each(|it| self.item(it));
                }
            }
        }
    }

    fn variables(&mut self, it: &VarDecl) {
        let kind = if it.kind == VarDeclKind::Const { BindingKind::Constant } else { BindingKind::Variable };
        for (at, one) in it.decls.iter().enumerate() {
            let before = self.out.bindings.len();
            let value = one.init.as_ref().map(|it| self.expr(it));
            self.variable(&one.name, (kind, value));
            let above = if at == 0 { it.span } else { one.span };
            let doc = self.doc(above);
            for made in &mut self.out.bindings[before..] {
                if made.scope == self.scope && made.doc.is_none() {
                    made.doc.clone_from(&doc);
                }
            }
        }
    }

    fn variable(&mut self, name: &Pat, (kind, value): (BindingKind, Option<ExprId>)) {
        let source = value.map(|it| self.out.sources(Source::Value(it)));
        self.pattern(name, (kind, source));
    }

    fn function_decl(&mut self, name: Word, function: &Written) {
        let doc = self.doc(function.span);
        let binding = self.bind(name, BindingKind::Function, doc);
        let value = self.function(function);
        let source = self.out.sources(Source::Value(value));
        self.out[binding].sources.push(source);
    }
}

fn export_name(it: &ModuleExportName) -> Word {
    match it {
        ModuleExportName::Ident(it) => word(it),
        ModuleExportName::Str(it) => quoted(it),
    }
}

/// Where `default` stands for a name.
fn default_at(it: swc_common::Span) -> Word {
    let start = parse::start(it);
    Word { text: "default".into(), span: crate::text::Span::new(start, start) }
}
