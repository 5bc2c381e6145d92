//! JavaScript and TypeScript, lowered to a [`Summary`].
//!
//! [`Lower`] holds the summary that grows and the scope that is open; its parts are `statements`,
//! `expressions`, `patterns`, `classes` and `notes` (types that are written).

mod classes;
mod expressions;
mod notes;
mod patterns;
mod statements;

use bowline_script::parse;
use smol_str::SmolStr;
use swc_ecma_ast::{Ident, Module, PropName, Str};

use super::docs;
use crate::summary::{
    Binding, BindingId, BindingKind, DeclId, Doc, Expr, ExprId, FunctionId, Kind, Note, NoteId, Scope,
    ScopeId, Summary, Word,
};
use crate::text::Span;

/// Lowers a whole file.
pub(super) fn lower(text: &str, module: &Module) -> Summary {
    let mut lower = Lower { text, out: Summary::default(), scope: ScopeId(0), class: None };
    lower.out.scopes(Scope { parent: None, span: Span::new(0, text.len()), function: None });
    lower.module(module);
    let mut out = lower.out;
    out.resolve();
    out
}

struct Lower<'a> {
    text: &'a str,
    out: Summary,
    /// The scope that is open.
    scope: ScopeId,
    /// The class that is open.
    class: Option<DeclId>,
}

pub(super) fn span(it: swc_common::Span) -> Span {
    Span::new(parse::start(it), parse::end(it))
}

impl Lower<'_> {
    fn expr_of(&mut self, kind: Kind, at: swc_common::Span) -> ExprId {
        self.out.exprs(Expr { kind, span: span(at) })
    }

    fn note_of(&mut self, note: Note) -> NoteId {
        self.out.notes(note)
    }

    /// Runs `work` in a scope of its own.
    fn within<T>(
        &mut self,
        (at, function): (Span, Option<FunctionId>),
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.scope;
        self.scope = self.out.scopes(Scope { parent: Some(before), span: at, function });
        let result = work(self);
        self.scope = before;
        result
    }

    fn bind(&mut self, name: Word, kind: BindingKind, doc: Doc) -> BindingId {
        // JavaScript's names hold in their whole scope.
        let (scope, from) = (self.scope, 0);
        self.out.bindings(Binding { name, scope, from, kind, sources: Vec::new(), note: None, doc })
    }

    fn doc(&self, at: swc_common::Span) -> Doc {
        docs::above(self.text, parse::start(at))
    }
}

fn word(it: &Ident) -> Word {
    // The parser counts what is written behind a name, its `?` and its type, as the name's.
    let start = parse::start(it.span);
    let end = parse::end(it.span).min(start + it.sym.len());
    Word { text: SmolStr::new(&*it.sym), span: Span::new(start, end) }
}

/// What stands between the quotes.
fn quoted(it: &Str) -> Word {
    let all = span(it.span);
    let inside = Span { start: all.start + 1, end: all.end.saturating_sub(1).max(all.start + 1) };
    Word { text: SmolStr::new(it.value.to_string_lossy()), span: inside }
}

/// A key that is written down; `None` if it is computed.
fn key(it: &PropName) -> Option<Word> {
    match it {
        PropName::Ident(it) => Some(Word { text: SmolStr::new(&*it.sym), span: span(it.span) }),
        PropName::Str(it) => Some(quoted(it)),
        PropName::Num(it) => Some(Word { text: SmolStr::new(it.value.to_string()), span: span(it.span) }),
        PropName::Computed(_) | PropName::BigInt(_) => None,
    }
}
