//! [`Strategy`]: what an app wants kept when its code changes while it runs, as its entry declares it.
//!
//! JavaScript and TypeScript: `export const reload = 'save_restore'`. Luau: `--!reload save_restore`
//! among the comments at the top. It has to be a plain literal: it is read, not run.

use bowline_model::{Problem, ProjectPath};
use serde::{Deserialize, Serialize};
use swc_ecma_ast::{Decl, Expr, Lit, Module, ModuleDecl, ModuleItem, Pat};

use crate::parse;
use crate::place::Lines;

/// What is kept across a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// `app.state` and the components of its entity.
    #[default]
    Preserve,
    /// The same, and what the old code's save hook hands to the new code's restore hook.
    SaveRestore,
    /// Nothing: the state is what is stored, and its components go.
    Reset,
}

impl Strategy {
    /// Every word a script may say.
    pub const WORDS: [(&'static str, Strategy); 3] = [
        ("preserve", Strategy::Preserve),
        ("save_restore", Strategy::SaveRestore),
        ("reset", Strategy::Reset),
    ];

    /// As the entry `path` with the text `source` declares it; [`Strategy::Preserve`] if it does not.
    ///
    /// # Errors
    /// `unknown_reload_strategy` at the place of a word that is none.
    pub fn declared(path: &ProjectPath, source: &str) -> Result<Strategy, Problem> {
        let source = parse::without_bom(source);
        let found = if path.extension() == Some("luau") {
            in_comments(source)
        } else {
            // What does not parse is said by the parser, at its own place.
            let whole = |parsed: parse::Parsed| parsed.errors.is_empty().then(|| in_module(&parsed.module));
            parse::with_tree(path, source, whole).ok().flatten().flatten()
        };
        let Some((word, offset)) = found else { return Ok(Strategy::Preserve) };
        let known = Strategy::WORDS.into_iter().find(|(it, _)| *it == word);
        known.map(|(_, it)| it).ok_or_else(|| {
            let place = Lines::new(source).place(offset);
            Problem::file("unknown_reload_strategy", path.as_str(), format!("`{word}` is no way to reload"))
                .at(place.line, place.column)
                .help("use 'preserve', 'save_restore' or 'reset'")
        })
    }
}

/// The word of `export const reload = '…'`, and where it is.
fn in_module(module: &Module) -> Option<(String, usize)> {
    let declarations = module.body.iter().filter_map(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &export.decl {
            Decl::Var(it) => Some(&it.decls),
            _ => None,
        },
        _ => None,
    });
    declarations.flatten().find_map(|it| {
        let Pat::Ident(name) = &it.name else { return None };
        let Some(Expr::Lit(Lit::Str(word))) = it.init.as_deref() else { return None };
        (&*name.sym == "reload").then(|| (word.value.to_string_lossy().into_owned(), parse::start(word.span)))
    })
}

/// The word of `--!reload …` before the first line that is no comment.
fn in_comments(source: &str) -> Option<(String, usize)> {
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        let text = line.trim();
        if !text.is_empty() && !text.starts_with("--") {
            return None;
        }
        if let Some(word) = text.strip_prefix("--!reload").map(str::trim).filter(|it| !it.is_empty()) {
            return Some((word.to_owned(), offset + line.find(word).unwrap_or(0)));
        }
        offset += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, source: &str) -> String {
        match Strategy::declared(&ProjectPath::parse(name).unwrap(), source) {
            Ok(it) => format!("{it:?}"),
            Err(problem) => format!("{}:{}:{} {}", problem.path, problem.line, problem.column, problem.code),
        }
    }

    #[test]
    fn a_strategy_is_a_plain_literal_of_the_entry() {
        let said = |text: &str| declared("index.ts", text);
        assert_eq!(said("export default () => {}"), "Preserve");
        assert_eq!(said("export const reload = 'save_restore'\nexport default () => {}"), "SaveRestore");
        assert_eq!(said("export const reload: string = \"reset\""), "Reset");
        assert_eq!(said("const reload = 'reset'"), "Preserve");
        assert_eq!(said("\nexport const reload = 'keep'"), "index.ts:2:23 unknown_reload_strategy");
        assert_eq!(said("export const reload = 'res"), "Preserve", "the parser says what is wrong");
    }

    #[test]
    fn in_luau_it_is_a_comment_at_the_top() {
        let said = |text: &str| declared("index.luau", text);
        assert_eq!(said("--!strict\n\n--!reload reset\nreturn {}"), "Reset");
        assert_eq!(said("return {}\n--!reload reset"), "Preserve");
        assert_eq!(said("--!strict\n--!reload now"), "index.luau:2:11 unknown_reload_strategy");
    }
}
