//! `textDocument/documentSymbol`: what has a name in a file, as a tree of functions and classes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bowline_analysis::summary::{Binding, BindingKind, Decl, DeclKind, FunctionId, Kind, Source, Summary};
use bowline_analysis::text::Span;
use tower_lsp::ls_types::{DocumentSymbol, DocumentSymbolResponse, SymbolKind};

use crate::place::range;
use crate::state::Snapshot;

/// Everything in the file that has a name.
pub(crate) fn symbols(snapshot: &Snapshot) -> DocumentSymbolResponse {
    let project = &snapshot.files.project;
    let Some(file) = project.id(&snapshot.path) else { return DocumentSymbolResponse::Nested(Vec::new()) };
    let tree = Tree::new(snapshot, project.summary(file));
    let types = tree.summary.decls.iter().filter(|it| !matches!(it.kind, DeclKind::Class));
    let mut found = tree.within(None);
    found.extend(types.map(|it| tree.decl(it)));
    found.sort_by_key(|it| (it.range.start.line, it.range.start.character));
    DocumentSymbolResponse::Nested(found)
}

struct Tree<'a> {
    snapshot: &'a Snapshot,
    summary: &'a Summary,
    /// Functions without a name, by the function each is in.
    unnamed: BTreeMap<Option<FunctionId>, Vec<FunctionId>>,
}

impl<'a> Tree<'a> {
    fn new(snapshot: &'a Snapshot, summary: &'a Summary) -> Tree<'a> {
        let mut tree = Tree { snapshot, summary, unnamed: BTreeMap::new() };
        let named: BTreeSet<_> = summary.bindings.iter().filter_map(|it| tree.function(it)).collect();
        let mut inside: Vec<_> = (0..).map(FunctionId).zip(&summary.functions).collect();
        inside.sort_by_key(|it| (it.1.span.start, Reverse(it.1.span.end)));
        // Functions in the order of the text, each with those around it still open.
        let mut open: Vec<(FunctionId, Span)> = Vec::new();
        for (at, it) in inside {
            open.retain(|around| it.span.end <= around.1.end);
            if !named.contains(&at) && it.class.is_none() {
                tree.unnamed.entry(open.last().map(|it| it.0)).or_default().push(at);
            }
            open.push((at, it.span));
        }
        tree
    }

    /// What has its name in a function, not in one inside it.
    fn within(&self, function: Option<FunctionId>) -> Vec<DocumentSymbol> {
        let here = |it: &&Binding| {
            !matches!(it.kind, BindingKind::Param | BindingKind::Import)
                && self.summary.function_around(it.scope) == function
        };
        let mut found: Vec<_> =
            self.summary.bindings.iter().filter(here).map(|it| self.binding(it)).collect();
        // What is handed on without a name, `export default (world, app) => { … }`, is looked into.
        let unnamed = self.unnamed.get(&function).into_iter().flatten();
        found.extend(unnamed.flat_map(|it| self.within(Some(*it))));
        found.sort_by_key(|it| (it.range.start.line, it.range.start.character));
        found
    }

    fn value(&self, binding: &Binding) -> Option<&Kind> {
        let Source::Value(value) = self.summary[*binding.sources.first()?] else { return None };
        Some(&self.summary[value].kind)
    }

    fn function(&self, binding: &Binding) -> Option<FunctionId> {
        match self.value(binding) {
            Some(Kind::Function(it)) => Some(*it),
            _ => None,
        }
    }

    fn binding(&self, binding: &Binding) -> DocumentSymbol {
        let function = self.function(binding);
        let decl = binding.sources.iter().find_map(|it| match self.summary[*it] {
            Source::Class(it) => Some(&self.summary[it]),
            _ => None,
        });
        if let Some(decl) = decl {
            return self.decl(decl);
        }
        let kind = match (function, binding.kind) {
            (Some(_), _) | (_, BindingKind::Function) => SymbolKind::FUNCTION,
            (None, BindingKind::Constant) => SymbolKind::CONSTANT,
            _ => SymbolKind::VARIABLE,
        };
        let children = function.map(|it| self.within(Some(it))).unwrap_or_default();
        let all = function.map_or(binding.name.span, |it| self.summary[it].span);
        self.symbol(&binding.name.text, kind, (all, binding.name.span), children)
    }

    fn decl(&self, decl: &Decl) -> DocumentSymbol {
        let kind = match decl.kind {
            DeclKind::Class => SymbolKind::CLASS,
            DeclKind::Interface => SymbolKind::INTERFACE,
            DeclKind::Alias(_) => SymbolKind::TYPE_PARAMETER,
        };
        let members = decl.fields.iter().map(|it| {
            let kind = if it.method { SymbolKind::METHOD } else { SymbolKind::FIELD };
            self.symbol(&it.name.text, kind, (it.name.span, it.name.span), Vec::new())
        });
        self.symbol(&decl.name.text, kind, (decl.span, decl.name.span), members.collect())
    }

    #[expect(deprecated, reason = "the protocol's struct has the field, and no other way to be made")]
    fn symbol(
        &self,
        name: &str,
        kind: SymbolKind,
        (all, own): (Span, Span),
        children: Vec<DocumentSymbol>,
    ) -> DocumentSymbol {
        // Editors insist that the name lies within.
        let all = Span { start: all.start.min(own.start), end: all.end.max(own.end) };
        let (text, encoding) = (&self.snapshot.text, self.snapshot.abilities.encoding);
        DocumentSymbol {
            name: name.to_owned(),
            detail: None,
            kind,
            tags: None,
            deprecated: None,
            range: range(text, all, encoding),
            selection_range: range(text, own, encoding),
            children: Some(children).filter(|it| !it.is_empty()),
        }
    }
}
