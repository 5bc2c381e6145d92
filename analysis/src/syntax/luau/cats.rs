//! Types in comments: the `---@param`, `---@return` and `---@type` of other Lua tools.

use smol_str::SmolStr;

use super::Lower;
use crate::summary::{Field, Note, NoteId, ParamNote, Signature, Word};
use crate::text::Span;

/// What the comment above a statement says of types.
#[derive(Default)]
pub(super) struct Said {
    /// Of the value.
    pub(super) of: Option<NoteId>,
    /// Of what a function gives.
    pub(super) returns: Option<NoteId>,
    /// Of parameters.
    pub(super) params: Vec<(SmolStr, NoteId)>,
}

impl Lower<'_> {
    /// What the lines right above `offset` say.
    pub(super) fn cats(&mut self, offset: u32) -> Said {
        let mut said = Said::default();
        let text = self.text;
        let Some(before) = text.get(..offset as usize) else { return said };
        let mut end = before.rfind('\n').unwrap_or(0);
        while end > 0 {
            let start = before[..end].rfind('\n').map_or(0, |it| it + 1);
            let line = &before[start..end];
            let Some(rest) = line.trim_start().strip_prefix("--") else { break };
            if let Some(tag) = rest.trim_start_matches('-').trim_start().strip_prefix('@') {
                self.tag(tag, Span::new(end - tag.len(), end).start, &mut said);
            }
            end = start.saturating_sub(1);
        }
        said
    }

    fn tag(&mut self, tag: &str, at: u32, said: &mut Said) {
        let (word, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let skipped = |rest: &str| at + u32::try_from(tag.len() - rest.len()).unwrap_or(0);
        match word {
            "type" => said.of = self.cat(rest, skipped(rest)),
            "return" => said.returns = self.cat(rest, skipped(rest)),
            "param" => {
                let rest = rest.trim_start();
                let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                if let Some(note) = self.cat(rest, skipped(rest)) {
                    said.params.push((name.trim_end_matches('?').into(), note));
                }
            }
            _ => (),
        }
    }

    fn cat(&mut self, text: &str, at: u32) -> Option<NoteId> {
        let mut reader = Reader { text, at: 0, base: at };
        reader.union(self)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    base: u32,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = self.skip().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    fn word(&mut self) -> Option<Word> {
        let rest = self.skip();
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '.';
        let len = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let start = self.base as usize + self.at;
        self.at += len;
        (len > 0).then(|| Word { text: rest[..len].into(), span: Span::new(start, start + len) })
    }

    fn union(&mut self, out: &mut Lower<'_>) -> Option<NoteId> {
        let mut all = vec![self.one(out)?];
        while self.eat("|") {
            all.extend(self.one(out));
        }
        if self.text[self.at..].starts_with('?') {
            self.at += 1;
            let span = Span { start: self.base, end: self.base };
            all.push(out.note_of(Note::Named(Word { text: "nil".into(), span }, Vec::new())));
        }
        Some(if all.len() == 1 { all[0] } else { out.note_of(Note::Union(all)) })
    }

    fn one(&mut self, out: &mut Lower<'_>) -> Option<NoteId> {
        let mut note = if self.eat("(") {
            let inner = self.union(out)?;
            self.eat(")");
            inner
        } else if self.eat("{") {
            let fields = self.fields(out);
            out.note_of(Note::Object(fields))
        } else if let Some(quote) = self.skip().chars().next().filter(|it| matches!(it, '"' | '\'')) {
            let inside = &self.text[self.at + 1..];
            let len = inside.find(quote)?;
            self.at += len + 2;
            out.note_of(Note::Text(inside[..len].into()))
        } else {
            let name = self.word()?;
            self.named(name, out)
        };
        while self.text[self.at..].starts_with("[]") {
            self.at += 2;
            note = out.note_of(Note::List(note));
        }
        Some(note)
    }

    fn named(&mut self, name: Word, out: &mut Lower<'_>) -> NoteId {
        if name.text == "fun" && self.eat("(") {
            let params = self.params(out);
            let returns = if self.eat(":") { self.union(out) } else { None };
            return out.note_of(Note::Function(Signature { generics: Vec::new(), params, returns }));
        }
        let mut args = Vec::new();
        if self.text[self.at..].starts_with('<') {
            self.at += 1;
            while let Some(it) = self.union(out) {
                args.push(it);
                if !self.eat(",") {
                    break;
                }
            }
            self.eat(">");
        }
        match (&*name.text, args.as_slice()) {
            ("integer", _) => out.note_of(Note::Named(Word { text: "number".into(), ..name }, Vec::new())),
            ("table", [_, value]) => {
                let key = Word { text: "[]".into(), span: name.span };
                let field = Field { note: Some(*value), ..Field::named(key) };
                out.note_of(Note::Object(vec![field]))
            }
            ("table", _) => out.note_of(Note::Named(Word { text: "any".into(), ..name }, Vec::new())),
            _ => out.note_of(Note::Named(name, args)),
        }
    }

    fn params(&mut self, out: &mut Lower<'_>) -> Vec<ParamNote> {
        let mut all = Vec::new();
        while let Some(name) = self.word() {
            let optional = self.eat("?");
            let note = if self.eat(":") { self.union(out) } else { None };
            all.push(ParamNote { name: name.text, note, optional, rest: false });
            if !self.eat(",") {
                break;
            }
        }
        self.eat(")");
        all
    }

    fn fields(&mut self, out: &mut Lower<'_>) -> Vec<Field> {
        let mut all = Vec::new();
        while let Some(name) = self.word() {
            let optional = self.eat("?");
            let note = if self.eat(":") { self.union(out) } else { None };
            all.push(Field { note, optional, ..Field::named(name) });
            if !self.eat(",") {
                break;
            }
        }
        self.eat("}");
        all
    }
}
