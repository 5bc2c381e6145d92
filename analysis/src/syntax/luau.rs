//! Luau, lowered to a [`Summary`].
//!
//! The parser always has a tree, and says what it had to guess; it also panics on some texts, and its
//! trees are large, so both stay inside [`lower`]. [`Lower`] holds the summary that grows; its parts are
//! `statements`, `expressions`, `notes` (types that are written) and `cats` (types in comments).

mod cats;
mod expressions;
mod notes;
mod statements;

use std::collections::BTreeMap;

use bowline_model::{Problem, ProjectPath};
use bowline_script::parse;
use full_moon::LuaVersion;
use full_moon::node::Node;
use full_moon::tokenizer::{TokenReference, TokenType};
use smol_str::SmolStr;

use super::docs;
use crate::summary::{
    Binding, BindingId, BindingKind, Doc, Expr, ExprId, FunctionId, Kind, Note, NoteId, Scope, ScopeId,
    Source, Summary, Word, Write,
};
use crate::text::Span;

/// What a text says, and how many mistakes there are in it.
///
/// # Errors
/// The parser gave up.
pub(super) fn lower(path: &ProjectPath, text: &str) -> Result<(Summary, usize), Problem> {
    let masked = masked(text);
    parse::guarded(path, &masked, || {
        let read = full_moon::parse_fallible(&masked, LuaVersion::luau());
        let mistakes = read.errors().len();
        let mut lower = Lower::new(text);
        lower.block(read.ast().nodes());
        (lower.finished(), mistakes)
    })
}

/// The parser slices the text at bytes that are inside of letters; outside of texts and comments nothing
/// but ASCII means anything, so what else is there is replaced, byte for byte.
fn masked(text: &str) -> String {
    if text.is_ascii() && !text.contains('\0') {
        return text.to_owned();
    }
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let bytes = text.bytes().skip(mark).map(|it| if it == 0 || !it.is_ascii() { b'_' } else { it });
    " ".repeat(mark) + &String::from_utf8(bytes.collect()).unwrap_or_default()
}

struct Lower<'a> {
    /// As it was written: the parser saw [`masked`] text.
    text: &'a str,
    out: Summary,
    /// The scope that is open.
    scope: ScopeId,
    /// Locals that are modules: a number among the imports.
    modules: BTreeMap<SmolStr, u32>,
    /// Every `self`, and the table its method is put on.
    selves: Vec<(BindingId, ExprId)>,
    /// Every `setmetatable(table, class)`.
    instances: Vec<(ExprId, ExprId)>,
}

impl<'a> Lower<'a> {
    fn new(text: &'a str) -> Lower<'a> {
        let mut out = Summary::default();
        out.scopes(Scope { parent: None, span: Span::new(0, text.len()), function: None });
        Lower {
            text,
            out,
            scope: ScopeId(0),
            modules: BTreeMap::new(),
            selves: Vec::new(),
            instances: Vec::new(),
        }
    }

    fn finished(mut self) -> Summary {
        self.declare_globals();
        self.out.resolve();
        self.join_instances();
        self.out
    }

    /// Names that are assigned and nowhere declared hold everywhere.
    fn declare_globals(&mut self) {
        for write in self.out.writes.clone() {
            let Expr { kind: Kind::Name(name, ..), span } = self.out[write.target].clone() else { continue };
            if !self.out.bindings.iter().any(|it| it.name.text == name) {
                let name = Word { text: name, span };
                self.binding((name, BindingKind::Variable), (ScopeId(0), 0), None);
            }
        }
    }

    /// What `setmetatable({ x = 1 }, Class)` holds, `self` has in the methods of `Class`.
    fn join_instances(&mut self) {
        for (binding, class) in std::mem::take(&mut self.selves) {
            let path = self.out.path(class);
            for (table, of) in self.instances.clone() {
                if path.is_some() && self.out.path(of) == path {
                    let source = self.out.sources(Source::Value(table));
                    self.out[binding].sources.push(source);
                }
            }
        }
    }

    fn expr_of(&mut self, kind: Kind, span: Span) -> ExprId {
        self.out.exprs(Expr { kind, span })
    }

    fn note_of(&mut self, note: Note) -> NoteId {
        self.out.notes(note)
    }

    /// Runs `work` in a scope of its own.
    fn within<T>(
        &mut self,
        (span, function): (Span, Option<FunctionId>),
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.scope;
        self.scope = self.out.scopes(Scope { parent: Some(before), span, function });
        let result = work(self);
        self.scope = before;
        result
    }

    fn binding(
        &mut self,
        (name, kind): (Word, BindingKind),
        (scope, from): (ScopeId, u32),
        doc: Doc,
    ) -> BindingId {
        self.out.bindings(Binding { name, scope, from, kind, sources: Vec::new(), note: None, doc })
    }

    /// A name in the open scope that holds from `from` on.
    fn bind(&mut self, name: Word, kind: BindingKind, from: u32) -> BindingId {
        let scope = self.scope;
        self.binding((name, kind), (scope, from), None)
    }

    fn source(&mut self, binding: BindingId, source: Source) {
        let source = self.out.sources(source);
        self.out[binding].sources.push(source);
    }

    fn write(&mut self, target: ExprId, value: ExprId) {
        self.out.writes.push(Write { target, value });
    }

    fn doc(&self, offset: u32) -> Doc {
        docs::above(self.text, offset as usize)
    }

    /// Where a node is. What the parser guessed is nowhere; then it is at the end of the open scope.
    fn span(&self, node: &impl Node) -> Span {
        let start = node.start_position().map_or(0, |it| it.bytes());
        let end = node.end_position().map_or(0, |it| it.bytes());
        Span::new(start, end.max(start))
    }

    /// From `start` to the end of a token that may have been guessed.
    fn block_span(&self, start: u32, end: &TokenReference) -> Span {
        let end = self.span(end).end;
        let around = self.out[self.scope].span.end;
        Span { start, end: if end > start { end } else { around.max(start) } }
    }

    fn word(&self, it: &TokenReference) -> Word {
        let text = match it.token_type() {
            TokenType::Identifier { identifier } => SmolStr::new(identifier.as_str()),
            _ => SmolStr::new(it.token().to_string()),
        };
        Word { text, span: self.span(it) }
    }

    /// What stands between the quotes.
    fn quoted(&self, it: &TokenReference) -> Word {
        let all = self.span(it);
        let text = self.text.get(all.range()).unwrap_or_default();
        let marks = match text.strip_prefix('[') {
            Some(rest) => rest.find('[').map_or(1, |it| it + 2),
            None => 1,
        };
        let marks = u32::try_from(marks).unwrap_or(1);
        let span = Span {
            start: (all.start + marks).min(all.end),
            end: all.end.saturating_sub(marks).max((all.start + marks).min(all.end)),
        };
        let inside = self.text.get(span.range()).unwrap_or_default();
        Word { text: SmolStr::new(unescaped(inside)), span }
    }
}

/// The usual escapes; what is not usual stays as it is.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(it) = letters.next() {
        match (it, it == '\\') {
            (_, true) => match letters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => (),
            },
            (it, false) => out.push(it),
        }
    }
    out
}
