//! Names that may stand alone: what holds here, what every script has, what another file would give, and the
//! words of the language.

use smol_str::SmolStr;

use super::{At, Found, HERE, Item, ItemKind, simple};
use crate::infer::Origin;
use crate::moves::specifier_of;
use crate::project::{FileId, WORLD};
use crate::summary::{BindingId, BindingKind, Exported, ScopeId, Source, Summary};
use crate::syntax::Language;
use crate::text::Span;

const OF_JAVASCRIPT: [&str; 26] = [
    "async", "await", "break", "case", "catch", "class", "const", "continue", "default", "else", "export",
    "false", "finally", "for", "function", "if", "import", "let", "new", "null", "return", "switch", "throw",
    "true", "try", "while",
];

const OF_LUAU: [&str; 20] = [
    "and", "break", "continue", "do", "else", "elseif", "end", "false", "for", "function", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true",
];

impl At<'_> {
    /// Nearer names first.
    pub(super) fn names(&self) -> Found {
        let mut items: Vec<Item> = Vec::new();
        let mut add = |it: Item| {
            if it.label != HERE && !it.label.is_empty() && !items.iter().any(|known| known.label == it.label)
            {
                items.push(it);
            }
        };
        let summary = self.summary();
        for scope in summary.around(summary.scope_at(self.offset)) {
            let here = summary.bindings.iter().filter(|it| it.scope == scope && it.from <= self.offset);
            for it in here {
                let origin = Some(Origin { file: self.file, span: it.name.span });
                add(Item { origin, ..simple(it.name.text.clone(), sort_of(it.kind)) });
            }
        }
        let language = self.infer.project.file(self.file).map(|it| Language::of(&it.path));
        let world = self.infer.project.summary(WORLD);
        let spoken = (0..).map(BindingId).zip(&world.bindings);
        for (_, it) in spoken.filter(|it| self.infer.project.world.speaks(it.0, language)) {
            let origin = Some(Origin { file: WORLD, span: it.name.span });
            add(Item { origin, ..simple(it.name.text.clone(), sort_of(it.kind)) });
        }
        let words: &[&str] = if language == Some(Language::Luau) { &OF_LUAU } else { &OF_JAVASCRIPT };
        let words: Vec<Item> = words.iter().map(|it| simple((*it).into(), ItemKind::Keyword)).collect();
        self.importable(language).into_iter().chain(words).for_each(add);
        (items, None)
    }

    /// What other files of the app, and what all share, would give.
    fn importable(&self, language: Option<Language>) -> Vec<Item> {
        let Some(here) = self.infer.project.file(self.file) else { return Vec::new() };
        let mut found = Vec::new();
        for (file, other) in self.infer.project.all().filter(|it| it.0 != self.file) {
            let Some(specifier) = specifier_of(&here.path, &other.path) else { continue };
            if self.infer.project.imported(self.file, &specifier) != Some(file) {
                continue;
            }
            match language {
                Some(Language::Luau) => found.extend(self.whole(file, &specifier)),
                _ => self.each(file, &specifier, &mut found),
            }
        }
        found
    }

    /// What a module of JavaScript exports by name.
    fn each(&self, file: FileId, specifier: &str, found: &mut Vec<Item>) {
        let there = self.infer.project.summary(file);
        for export in there.exports.iter().filter(|it| it.name.text != "default" && it.name.text != "*") {
            let Exported::Name(name) = &export.what else { continue };
            let Some(binding) = there.find(name, ScopeId(0), u32::MAX) else { continue };
            let origin = Some(Origin { file, span: there[binding].name.span });
            let import = Some(self.import_of(&export.name.text, specifier));
            let kind = sort_of(there[binding].kind);
            found.push(Item { origin, import, ..simple(export.name.text.clone(), kind) });
        }
    }

    /// A module of Luau is one value, called as its file is.
    fn whole(&self, file: FileId, specifier: &str) -> Option<Item> {
        let there = self.infer.project.summary(file);
        let export = there.export("default")?;
        let bare = specifier.strip_suffix(".luau").unwrap_or(specifier);
        let name = SmolStr::new(bare.rsplit('/').next()?);
        let is_name = name.chars().all(|it| it.is_alphanumeric() || it == '_');
        let at = self.place_of_imports();
        let import = Some((at, format!("local {name} = require(\"{bare}\")\n")));
        let origin = Some(Origin { file, span: export.name.span });
        is_name.then(|| Item { origin, import, ..simple(name, ItemKind::Variable) })
    }

    /// What is written to import `name`: one more name of an import that is there, or a line of its own.
    fn import_of(&self, name: &str, specifier: &str) -> (Span, String) {
        let summary = self.summary();
        let from_there = summary.imports.iter().find(|it| it.specifier.text == specifier && !it.type_only);
        let last = from_there.and_then(|it| {
            let named = it.names.iter().filter(|it| it.0.text != "*" && it.0.text != "default");
            named.map(|it| summary[it.1].name.span.end.max(it.0.span.end)).max()
        });
        match last {
            Some(end) => (Span { start: end, end }, format!(", {name}")),
            None => (self.place_of_imports(), format!("import {{ {name} }} from '{specifier}'\n")),
        }
    }

    /// Behind the last line that imports something, else at the beginning.
    fn place_of_imports(&self) -> Span {
        let summary = self.summary();
        let top = summary.imports.iter().filter(|it| is_at_top(summary, &it.names));
        let last = top.map(|it| it.specifier.span.end as usize).filter(|it| *it < self.offset as usize).max();
        let at = match last {
            Some(end) => self.text[end..].find('\n').map_or(self.text.len(), |it| end + it + 1),
            None => self
                .text
                .lines()
                .take_while(|it| it.starts_with("--!") || it.starts_with("#!"))
                .map(|it| it.len() + 1)
                .sum(),
        };
        Span::new(at.min(self.text.len()), at.min(self.text.len()))
    }
}

/// Whether an import is one of the file, not of a function that requires something later.
fn is_at_top(summary: &Summary, names: &[(crate::summary::Word, BindingId)]) -> bool {
    let of_import = |it: &BindingId| {
        let binding = &summary[*it];
        binding.scope == ScopeId(0)
            && binding.sources.iter().any(|it| matches!(summary[*it], Source::Import(..)))
    };
    names.is_empty() || names.iter().any(|it| of_import(&it.1))
}

fn sort_of(kind: BindingKind) -> ItemKind {
    match kind {
        BindingKind::Constant => ItemKind::Constant,
        BindingKind::Variable | BindingKind::Param | BindingKind::Import => ItemKind::Variable,
        BindingKind::Function => ItemKind::Function,
        BindingKind::Class => ItemKind::Class,
    }
}
