//! JSON, read whatever it looks like.
//!
//! People type it by hand, so there is no text that cannot be read: comments and a comma too many are
//! passed over, a text ends with its line, a word without quotes is a key or a name, and what is missing
//! is a hole ([`Kind::Unknown`]). The value of the file is the last expression. Whether it is *right* is
//! the schema's business.

use smol_str::SmolStr;

use crate::summary::{Expr, ExprId, Kind, Property, Scope, ScopeId, Summary, Word};
use crate::text::Span;

/// What is nested deeper is a hole.
const DEPTH_MAX: u32 = 128;

/// Reads a whole file.
pub(super) fn lower(text: &str) -> Summary {
    let mut out = Summary::default();
    out.scopes(Scope { parent: None, span: Span::new(0, text.len()), function: None });
    let mut reader = Reader { text, at: 0, out, depth: 0 };
    reader.at = text.len() - text.trim_start_matches('\u{feff}').len();
    reader.value();
    let mut out = reader.out;
    out.resolve();
    out
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: Summary,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next letter that means something.
    fn peek(&mut self) -> Option<char> {
        loop {
            let rest = self.rest();
            let bare = rest.trim_start();
            self.at += rest.len() - bare.len();
            let comment = if bare.starts_with("//") {
                bare.find('\n').unwrap_or(bare.len())
            } else if bare.starts_with("/*") {
                bare.find("*/").map_or(bare.len(), |it| it + 2)
            } else {
                return bare.chars().next();
            };
            self.at += comment;
        }
    }

    fn expr(&mut self, kind: Kind, start: usize) -> ExprId {
        self.out.exprs(Expr { kind, span: Span::new(start, self.at) })
    }

    fn value(&mut self) -> ExprId {
        let next = self.peek();
        let start = self.at;
        match next {
            Some('{' | '[') if self.depth >= DEPTH_MAX => {
                self.at = self.text.len();
                self.expr(Kind::Unknown(Vec::new()), start)
            }
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::list),
            Some('"' | '\'') => {
                let text = self.quoted().text;
                self.expr(Kind::Text(text), start)
            }
            Some(it) if is_word(it) => self.word_value(start),
            _ => self.expr(Kind::Unknown(Vec::new()), start),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Kind) -> ExprId {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        let kind = read(self);
        self.depth -= 1;
        self.expr(kind, start)
    }

    fn word_value(&mut self, start: usize) -> ExprId {
        let word = self.bare();
        let numeric = word.text.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '-' | '+' | '.'));
        let kind = match &*word.text {
            "true" | "false" => Kind::Truth,
            "null" => Kind::Nothing,
            _ if numeric => Kind::Number,
            _ => Kind::Name(word.text, None, ScopeId(0)),
        };
        self.expr(kind, start)
    }

    fn bare(&mut self) -> Word {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.find(|it| !is_word(it)).unwrap_or(rest.len());
        Word { text: SmolStr::new(&self.text[start..self.at]), span: Span::new(start, self.at) }
    }

    /// A text in quotes. One that is not closed ends with its line, before a comma that ends the line too.
    fn quoted(&mut self) -> Word {
        let quote = self.rest().chars().next().unwrap_or('"');
        self.at += 1;
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.text[start..].char_indices();
        let mut line = self.text.len();
        while let Some((at, it)) = letters.next() {
            match it {
                '\n' | '\r' => {
                    line = start + at;
                    break;
                }
                '\\' => text.push(escaped(letters.next().map(|it| it.1))),
                it if it == quote => {
                    self.at = start + at + 1;
                    return Word { text: text.into(), span: Span::new(start, start + at) };
                }
                it => text.push(it),
            }
        }
        let end = start + self.text[start..line].trim_end().trim_end_matches(',').len();
        self.at = end;
        Word { text: SmolStr::new(&self.text[start..end]), span: Span::new(start, end) }
    }

    fn object(&mut self) -> Kind {
        let mut all = Vec::new();
        loop {
            match self.peek() {
                None | Some(']') => break,
                Some('}') => {
                    self.at += 1;
                    break;
                }
                Some('"' | '\'') => {
                    let name = self.quoted();
                    all.push(self.property(name));
                }
                Some(it) if is_word(it) => {
                    let name = self.bare();
                    all.push(self.property(name));
                }
                Some(it) => self.at += it.len_utf8(),
            }
        }
        Kind::Object(all)
    }

    fn property(&mut self, name: Word) -> Property {
        let end = self.at;
        if self.peek() == Some(':') {
            self.at += 1;
            let value = self.value();
            return Property { name, value };
        }
        self.at = end;
        let value = self.expr(Kind::Unknown(Vec::new()), end);
        Property { name, value }
    }

    fn list(&mut self) -> Kind {
        let mut all = Vec::new();
        loop {
            match self.peek() {
                None | Some('}') => break,
                Some(']') => {
                    self.at += 1;
                    break;
                }
                Some(it) if matches!(it, '{' | '[' | '"' | '\'') || is_word(it) => all.push(self.value()),
                Some(it) => self.at += it.len_utf8(),
            }
        }
        Kind::List(all)
    }
}

/// What words and numbers without quotes are made of.
fn is_word(it: char) -> bool {
    it.is_alphanumeric() || matches!(it, '_' | '$' | '-' | '+' | '.')
}

fn escaped(it: Option<char>) -> char {
    match it {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some(other) => other,
        None => '\\',
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::expect;
    use proptest::prelude::*;

    use super::lower;
    use crate::summary::{ExprId, Kind, Summary};

    /// What was read, on one line.
    fn told(summary: &Summary, expr: ExprId) -> String {
        match &summary[expr].kind {
            Kind::Object(all) => {
                let parts = all.iter().map(|it| format!("{}: {}", it.name.text, told(summary, it.value)));
                format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
            }
            Kind::List(all) => {
                format!("[{}]", all.iter().map(|it| told(summary, *it)).collect::<Vec<_>>().join(", "))
            }
            Kind::Text(text) => format!("{:?}", &**text),
            Kind::Name(name, ..) => format!("?{name}"),
            Kind::Unknown(_) => "…".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        }
    }

    fn read(text: &str) -> String {
        let summary = lower(text);
        let root = u32::try_from(summary.exprs.len() - 1).unwrap();
        told(&summary, ExprId(root))
    }

    #[test]
    fn whatever_is_typed_can_be_read() {
        let mut out = String::new();
        for text in [
            r#"{ "a": 1, "b": [true, null, "x\n"] }"#,
            "",
            "{",
            r#"{ "a"#,
            r#"{ "a": "#,
            r#"{ "a": }"#,
            "{ \"a\": \"x,\n  \"b\": 2 }",
            r#"{ "a": { "b": 1, "c": 2 "#,
            r#"{ a: 1, // said
                 /* and */ b: [1, 2,], }"#,
            r#"{ "a" "b": 2 }"#,
            r#"[1 2 { "x": tr ]"#,
            r#"{ "list": [ { "id": } ], "next": 1 }"#,
            "\u{feff}{ \"a\": 1 }",
            "}} nothing",
        ] {
            writeln!(out, "{}  =>  {}", text.replace('\n', "⏎").trim(), read(text)).unwrap();
        }
        expect![[r#"
            { "a": 1, "b": [true, null, "x\n"] }  =>  { a: number, b: [truth, nothing, "x\n"] }
              =>  …
            {  =>  {  }
            { "a  =>  { a: … }
            { "a":  =>  { a: … }
            { "a": }  =>  { a: … }
            { "a": "x,⏎  "b": 2 }  =>  { a: "x", b: number }
            { "a": { "b": 1, "c": 2  =>  { a: { b: number, c: number } }
            { a: 1, // said⏎                 /* and */ b: [1, 2,], }  =>  { a: number, b: [number, number] }
            { "a" "b": 2 }  =>  { a: …, b: number }
            [1 2 { "x": tr ]  =>  [number, number, { x: ?tr }]
            { "list": [ { "id": } ], "next": 1 }  =>  { list: [{ id: … }], next: number }
            ﻿{ "a": 1 }  =>  { a: number }
            }} nothing  =>  …
        "#]]
        .assert_eq(&out);
    }

    #[test]
    fn places_are_those_of_the_letters() {
        let text = r#"{ "name": "Ferry", speed: 12 }"#;
        let summary = lower(text);
        let Kind::Object(all) = &summary.exprs.last().unwrap().kind else { panic!("an object") };
        let at = |it: crate::text::Span| &text[it.range()];
        let found: Vec<_> = all.iter().map(|it| (at(it.name.span), at(summary[it.value].span))).collect();
        assert_eq!(found, [("name", "\"Ferry\""), ("speed", "12")]);
    }

    #[test]
    fn nothing_is_too_deep() {
        assert!(!lower(&"[".repeat(100_000)).exprs.is_empty());
        assert!(!lower(&"{\"a\":".repeat(100_000)).exprs.is_empty());
    }

    proptest! {
        #[test]
        fn there_is_always_a_value(text in r#"[\[\]{}",:\\ a1é/*\n-]{0,60}"#) {
            let summary = lower(&text);
            prop_assert!(!summary.exprs.is_empty());
            for it in &summary.exprs {
                prop_assert!(text.get(it.span.range()).is_some());
            }
        }
    }
}
