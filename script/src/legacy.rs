//! Legacy bodies: scripts from before modules, whose text is the inside of a function.
//!
//! They are wrapped without moving a line, so that an error's line is the author's line.

use std::ops::Range;

use bowline_model::{Problem, ProjectPath};
use swc_common::Spanned as _;
use swc_ecma_ast::{Decl, Ident, Module, ModuleDecl, ModuleItem, Pat, Stmt, VarDeclKind};

use crate::parse;
use crate::place::{Lines, Place};

/// What the wrapper says before the body. `shared` is outside the function so that a body may
/// declare its own; `config` is inside, as worlds have it, so that a body may not.
const HEAD: &str =
    "const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props; ";
const TAIL: &str = " }";

/// Names the wrapper declares in the body's own scope.
const TAKEN: [&str; 6] = ["world", "app", "fetch", "props", "setTimeout", "config"];

/// What a legacy body may not do: import below the top, export, declare a name the wrapper has.
pub(crate) fn findings(path: &ProjectPath, lines: &Lines<'_>, module: &Module) -> Vec<Problem> {
    let mut below_imports = false;
    let mut problems = Vec::new();
    for item in &module.body {
        let place = lines.place(parse::start(item.span()));
        let mut add = |code, message: String| {
            problems.push(Problem::file(code, path.as_str(), message).at(place.line, place.column));
        };
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::Import(_)) if below_imports => {
                add("legacy_body_imports_must_be_at_top", "imports come before everything else".to_owned());
            }
            ModuleItem::ModuleDecl(ModuleDecl::Import(_)) => (),
            ModuleItem::ModuleDecl(_) => {
                below_imports = true;
                add("legacy_body_exports_not_allowed", "a legacy body exports nothing".to_owned());
            }
            ModuleItem::Stmt(statement) => {
                below_imports = true;
                if let Some(name) = taken_name(statement) {
                    add(
                        "legacy_body_parse_error",
                        format!("`{name}` is already declared around a legacy body"),
                    );
                }
            }
        }
    }
    problems
}

/// A module may not return at the top; a legacy body may.
pub(crate) fn return_in_module(path: &ProjectPath, place: Place) -> Problem {
    Problem::file("syntax_error", path.as_str(), "`return` outside a function")
        .at(place.line, place.column)
        .help("only the entry of a legacy-body script may return at the top")
}

/// The wrapped body. Every inserted text is on a line the body already has.
pub(crate) fn wrap(source: &str, module: &Module) -> String {
    let is_import = |it: &&ModuleItem| matches!(it, ModuleItem::ModuleDecl(ModuleDecl::Import(_)));
    let imports = module.body.iter().take_while(is_import).count();
    let (header, body) = module.body.split_at(imports);
    let span_of = |items: &[ModuleItem]| -> Option<Range<usize>> {
        Some(parse::start(items.first()?.span())..parse::end(items.last()?.span()))
    };
    let (before, inside, after) = match (span_of(header), span_of(body)) {
        (_, Some(body)) => (&source[..body.start], &source[body.clone()], &source[body.end..]),
        (Some(header), None) => (&source[..header.end], "", &source[header.end..]),
        (None, None) => match module.shebang {
            Some(_) => {
                let end = source.find(['\n', '\r']).unwrap_or(source.len());
                // A hashbang with nothing below it has no line left to hold the wrapper.
                let gap = source[end..].find(|c| c != '\r' && c != '\n').map_or(source.len(), |at| end + at);
                (&source[..gap], "", &source[gap..])
            }
            None => ("", "", source),
        },
    };
    // The last import may end without a semicolon, and so may the body.
    let separator = if header.is_empty() { "" } else { ";" };
    let newline = if before.starts_with("#!") && !before.contains(['\n', '\r']) { "\n" } else { "" };
    format!("{before}{newline}{separator}{HEAD}{inside}{TAIL}{after}")
}

/// The name this statement declares that the wrapper's function already has. `var` and `function`
/// may repeat a parameter, but nothing may repeat the constant `config`.
fn taken_name(statement: &Stmt) -> Option<String> {
    let Stmt::Decl(declaration) = statement else { return None };
    let (names, hoisted): (Vec<&Ident>, bool) = match declaration {
        Decl::Class(it) if !it.declare => (vec![&it.ident], false),
        Decl::Fn(it) if !it.declare => (vec![&it.ident], true),
        Decl::Var(it) if !it.declare => {
            let plain = it.decls.iter().filter_map(|it| match &it.name {
                Pat::Ident(name) => Some(&name.id),
                _ => None,
            });
            (plain.collect(), it.kind == VarDeclKind::Var)
        }
        _ => return None,
    };
    let clashes = |name: &&&Ident| match &*name.sym {
        "config" => true,
        other => !hoisted && TAKEN.contains(&other),
    };
    names.iter().find(clashes).map(|name| name.sym.to_string())
}
