//! [`facts`]: what one script file says, as a pure function of its name and text.
//!
//! Not whether its imports exist: that needs the other files and is [`crate::graph`]'s question.

use bowline_model::{Problem, ProjectPath};
use swc_common::{Span, Spanned as _};
use swc_ecma_ast::{
    CallExpr, Callee, ExportSpecifier, Expr, Lit, Module, ModuleDecl, ModuleExportName, ModuleItem,
    NamedExport, Str, TsImportType,
};
use swc_ecma_visit::{Visit, VisitWith as _};

use crate::exports::{self, Names};
use crate::legacy;
use crate::luau;
use crate::parse::{self, Language, Parsed};
use crate::place::Lines;
use crate::strip;

/// What a file says. Reading never fails: what cannot be read is in `problems`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Every import, in the order of the text.
    pub imports: Vec<Import>,
    /// Whether the file exports something named `default`; of Luau, whether it returns a value.
    pub has_default_export: bool,
    /// The names it gives to others and asks of them.
    pub names: Names,
    /// What is wrong however the file is used: `syntax_error`, `unsupported_typescript`.
    pub problems: Vec<Problem>,
    /// What is wrong only if it is loaded as a module, as every file but a legacy entry is.
    pub as_module: Vec<Problem>,
    /// What is wrong only if it is the entry of a legacy-body script.
    pub as_legacy_body: Vec<Problem>,
}

/// One import and where its specifier is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What stands between the quotes.
    pub specifier: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units: the opening quote.
    pub column: u32,
    /// How it is imported.
    pub kind: ImportKind,
}

/// How a file refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// `import … from 'x'`, `import 'x'`, Luau's `require("x")`.
    Static,
    /// `import('x')`. One whose argument is computed is not listed.
    Dynamic,
    /// `export … from 'x'`.
    ReExport,
    /// `import type`, `export type … from`, `import('x').T` in a type: gone before it runs.
    TypeOnly,
}

/// Reads one file. `.ts` is TypeScript, `.luau` Luau, anything else an ES module; a hashbang and a BOM are fine.
/// `path` is spelled as problems shall show it.
#[must_use]
pub fn facts(path: &ProjectPath, source: &str) -> Facts {
    let source = parse::without_bom(source);
    if luau::is_luau(path) {
        return luau::facts(path, source);
    }
    let mut facts = match parse::with_tree(path, source, |parsed| of_tree(path, source, parsed)) {
        Ok(facts) => facts,
        Err(problem) => Facts { problems: vec![problem], ..Facts::default() },
    };
    if Language::of(path) == Language::TypeScript && facts.problems.is_empty() {
        facts.problems.extend(untranslatable(path, source));
    }
    facts
}

fn of_tree(path: &ProjectPath, source: &str, parsed: Parsed) -> Facts {
    let lines = Lines::new(source);
    let mut walk = Walk { lines: &lines, imports: Vec::new() };
    parsed.module.visit_with(&mut walk);
    walk.imports.sort_by_key(|it| (it.line, it.column));
    let as_module = parsed.returns.iter().map(|&offset| legacy::return_in_module(path, lines.place(offset)));
    Facts {
        imports: walk.imports,
        has_default_export: has_default_export(&parsed.module),
        names: exports::names(&parsed.module),
        as_module: as_module.collect(),
        as_legacy_body: legacy::findings(path, &lines, &parsed.module),
        problems: parsed.errors,
    }
}

/// TypeScript whose meaning is more than types (an enum) cannot be run by blanking.
fn untranslatable(path: &ProjectPath, source: &str) -> Vec<Problem> {
    // A body that returns at the top is only TypeScript once it is wrapped, as compiling does it.
    let wrapped = parse::with_tree(path, source, |parsed| {
        (!parsed.returns.is_empty()).then(|| legacy::wrap(source, &parsed.module))
    });
    let text = match &wrapped {
        Ok(Some(wrapped)) => wrapped.as_str(),
        _ => source,
    };
    strip::types(path, text).err().unwrap_or_default()
}

fn has_default_export(module: &Module) -> bool {
    module.body.iter().any(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(_) | ModuleDecl::ExportDefaultExpr(_)) => true,
        ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(export)) => {
            !export.type_only && export.specifiers.iter().any(names_default)
        }
        _ => false,
    })
}

fn names_default(specifier: &ExportSpecifier) -> bool {
    let named = match specifier {
        ExportSpecifier::Named(it) => it.exported.as_ref().unwrap_or(&it.orig),
        ExportSpecifier::Namespace(it) => &it.name,
        ExportSpecifier::Default(_) => return true,
    };
    match named {
        ModuleExportName::Ident(ident) => &*ident.sym == "default",
        ModuleExportName::Str(text) => text.value.to_string_lossy() == "default",
    }
}

struct Walk<'a> {
    lines: &'a Lines<'a>,
    imports: Vec<Import>,
}

impl Walk<'_> {
    fn add(&mut self, specifier: &str, span: Span, kind: ImportKind) {
        let place = self.lines.place(parse::start(span));
        let (line, column) = (place.line, place.column);
        self.imports.push(Import { specifier: specifier.to_owned(), line, column, kind });
    }

    fn add_text(&mut self, text: &Str, kind: ImportKind) {
        self.add(&text.value.to_string_lossy(), text.span, kind);
    }

    fn add_export(&mut self, export: &NamedExport) {
        let kind = if export.type_only { ImportKind::TypeOnly } else { ImportKind::ReExport };
        if let Some(source) = &export.src {
            self.add_text(source, kind);
        }
    }
}

impl Visit for Walk<'_> {
    fn visit_module_decl(&mut self, declaration: &ModuleDecl) {
        let either = |type_only, kind| if type_only { ImportKind::TypeOnly } else { kind };
        match declaration {
            ModuleDecl::Import(it) => self.add_text(&it.src, either(it.type_only, ImportKind::Static)),
            ModuleDecl::ExportAll(it) => self.add_text(&it.src, either(it.type_only, ImportKind::ReExport)),
            ModuleDecl::ExportNamed(it) => self.add_export(it),
            _ => declaration.visit_children_with(self),
        }
    }

    fn visit_call_expr(&mut self, call: &CallExpr) {
        let argument = call.args.first().map(|it| &*it.expr);
        match (&call.callee, argument) {
            (Callee::Import(_), Some(Expr::Lit(Lit::Str(text)))) => self.add_text(text, ImportKind::Dynamic),
            (Callee::Import(_), Some(Expr::Tpl(text))) if text.exprs.is_empty() => {
                let raw = text.quasis.first().map_or("", |it| &*it.raw);
                self.add(raw, text.span(), ImportKind::Dynamic);
            }
            _ => (),
        }
        call.visit_children_with(self);
    }

    fn visit_ts_import_type(&mut self, import: &TsImportType) {
        self.add_text(&import.arg, ImportKind::TypeOnly);
        import.visit_children_with(self);
    }
}

#[cfg(test)]
mod tests;
