//! Names between files: what a file gives, what it asks of others, and what is asked in vain.
//!
//! In the worlds of the family an import is a property read: a name the other file does not export
//! is `undefined`, where an engine that links modules refuses to start. [`unmet`] finds such names
//! and [`with_unmet`] gives them to the file that is asked for them, so that the same scripts start,
//! and says so in the log.

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::ProjectPath;
use swc_ecma_ast::{
    Decl, DefaultDecl, ExportDecl, ExportSpecifier, ImportDecl, ImportSpecifier, Module, ModuleDecl,
    ModuleExportName, ModuleItem, NamedExport, ObjectPatProp, Pat, Str,
};

use crate::{Facts, Root, ScriptFormat, resolve};

/// The names of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// What it exports by name, `default` among it. What is only a type is not.
    pub given: BTreeSet<String>,
    /// What it exports that is only a type: TypeScript may import it without saying so.
    pub types: BTreeSet<String>,
    /// Specifiers of `export * from`.
    pub passed_on: BTreeSet<String>,
    /// What it asks of others: specifier and name.
    pub asked: BTreeSet<(String, String)>,
}

/// Names that are asked in vain of one file: who asks, unless it is a type and nobody is to blame.
pub type Unmet = BTreeMap<String, Option<ProjectPath>>;

/// Every name that some file imports from a file that does not export it, by the file that is asked.
#[must_use]
pub fn unmet(
    files: &BTreeMap<ProjectPath, Facts>,
    entry: &ProjectPath,
    format: ScriptFormat,
    root: &Root,
) -> BTreeMap<ProjectPath, Unmet> {
    let graph = Graph { files, entry, format, root };
    let mut unmet: BTreeMap<ProjectPath, Unmet> = BTreeMap::new();
    for (key, facts) in files {
        for (specifier, name) in &facts.names.asked {
            let Ok(target) = resolve(key, specifier, root, files) else { continue };
            if !graph.gives(&target, name, &mut BTreeSet::new()) {
                let is_type = files.get(&target).is_some_and(|it| it.names.types.contains(name));
                unmet.entry(target).or_default().insert(name.clone(), (!is_type).then(|| key.clone()));
            }
        }
    }
    unmet
}

struct Graph<'a> {
    files: &'a BTreeMap<ProjectPath, Facts>,
    entry: &'a ProjectPath,
    format: ScriptFormat,
    root: &'a Root,
}

impl Graph<'_> {
    fn gives(&self, key: &ProjectPath, name: &str, seen: &mut BTreeSet<ProjectPath>) -> bool {
        if key == self.entry && self.format == ScriptFormat::LegacyBody {
            return name == "default";
        }
        let Some(facts) = self.files.get(key) else { return false };
        if facts.names.given.contains(name) {
            return true;
        }
        // `export *` passes on everything but the default.
        seen.insert(key.clone())
            && name != "default"
            && facts.names.passed_on.iter().any(|specifier| {
                resolve(key, specifier, self.root, self.files)
                    .is_ok_and(|target| self.gives(&target, name, seen))
            })
    }
}

/// JavaScript module text that exports `names` too, each `undefined`, and warns of each that is no
/// type. What is there keeps its place: the addition is below it.
#[must_use]
pub fn with_unmet(path: &ProjectPath, text: &str, names: &Unmet) -> String {
    let mut nothing = "unmet".to_owned();
    while text.contains(&nothing) {
        nothing.push('_');
    }
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let exports: Vec<_> = names.keys().map(|it| format!("{nothing} as {}", quoted(it))).collect();
    let mut out = format!("{text}\n;const {nothing} = void 0; export {{ {} }};", exports.join(", "));
    for (name, asker) in names {
        if let Some(asker) = asker {
            let words =
                format!("`{asker}` imports `{name}`, which `{path}` does not export: it is undefined");
            out += &format!(" globalThis.console.warn({});", quoted(&words));
        }
    }
    out.push('\n');
    out
}

/// The names of a parsed file.
pub(crate) fn names(module: &Module) -> Names {
    let mut names = Names::default();
    for item in &module.body {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::Import(it)) if !it.type_only => names.import(it),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(it)) => names.declaration(it),
            ModuleItem::ModuleDecl(ModuleDecl::ExportNamed(it)) => names.list(it),
            ModuleItem::ModuleDecl(ModuleDecl::ExportAll(it)) if !it.type_only => {
                names.passed_on.insert(text(&it.src));
            }
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultExpr(_)) => names.give("default"),
            ModuleItem::ModuleDecl(ModuleDecl::ExportDefaultDecl(it)) => match &it.decl {
                DefaultDecl::TsInterfaceDecl(_) => (),
                DefaultDecl::Class(_) | DefaultDecl::Fn(_) => names.give("default"),
            },
            _ => (),
        }
    }
    names
}

impl Names {
    fn give(&mut self, name: &str) {
        self.given.insert(name.to_owned());
    }

    fn mark_type(&mut self, name: &str) {
        self.types.insert(name.to_owned());
    }

    fn ask(&mut self, specifier: &Str, name: String) {
        self.asked.insert((text(specifier), name));
    }

    fn import(&mut self, import: &ImportDecl) {
        for it in &import.specifiers {
            match it {
                ImportSpecifier::Default(_) => self.ask(&import.src, "default".to_owned()),
                ImportSpecifier::Named(it) if !it.is_type_only => {
                    let name = it.imported.as_ref().map_or_else(|| it.local.sym.to_string(), spelled);
                    self.ask(&import.src, name);
                }
                ImportSpecifier::Named(_) | ImportSpecifier::Namespace(_) => (),
            }
        }
    }

    fn declaration(&mut self, export: &ExportDecl) {
        match &export.decl {
            Decl::Class(it) if !it.declare => self.give(&it.ident.sym),
            Decl::Fn(it) if !it.declare => self.give(&it.ident.sym),
            Decl::Var(it) if !it.declare => it.decls.iter().for_each(|it| self.pattern(&it.name)),
            Decl::Using(it) => it.decls.iter().for_each(|it| self.pattern(&it.name)),
            Decl::Class(it) => self.mark_type(&it.ident.sym),
            Decl::TsInterface(it) => self.mark_type(&it.id.sym),
            Decl::TsTypeAlias(it) => self.mark_type(&it.id.sym),
            // `declare`, and what is refused because it is more than types.
            _ => (),
        }
    }

    fn pattern(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Ident(it) => self.give(&it.id.sym),
            Pat::Array(it) => it.elems.iter().flatten().for_each(|it| self.pattern(it)),
            Pat::Rest(it) => self.pattern(&it.arg),
            Pat::Assign(it) => self.pattern(&it.left),
            Pat::Object(it) => {
                for it in &it.props {
                    match it {
                        ObjectPatProp::KeyValue(it) => self.pattern(&it.value),
                        ObjectPatProp::Assign(it) => self.give(&it.key.id.sym),
                        ObjectPatProp::Rest(it) => self.pattern(&it.arg),
                    }
                }
            }
            Pat::Invalid(_) | Pat::Expr(_) => (),
        }
    }

    fn list(&mut self, export: &NamedExport) {
        for it in &export.specifiers {
            match it {
                ExportSpecifier::Named(it) if export.type_only || it.is_type_only => {
                    self.mark_type(&spelled(it.exported.as_ref().unwrap_or(&it.orig)));
                }
                ExportSpecifier::Named(it) => {
                    self.give(&spelled(it.exported.as_ref().unwrap_or(&it.orig)));
                    if let Some(source) = &export.src {
                        self.ask(source, spelled(&it.orig));
                    }
                }
                ExportSpecifier::Namespace(it) if !export.type_only => self.give(&spelled(&it.name)),
                ExportSpecifier::Namespace(_) | ExportSpecifier::Default(_) => (),
            }
        }
    }
}

fn spelled(name: &ModuleExportName) -> String {
    match name {
        ModuleExportName::Ident(it) => it.sym.to_string(),
        ModuleExportName::Str(it) => text(it),
    }
}

fn text(literal: &Str) -> String {
    literal.value.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
