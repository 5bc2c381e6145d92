//! The words of a text that may be broken anywhere; texts that are not closed end with their line.

use super::{Insertion, Language};

/// What a token is, as far as closing things asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A number, a text, a pattern.
    Value,
    Open(u8),
    /// The brace of a part of a template.
    Part,
    Close(u8),
    Mark,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: usize,
    /// How far its line is indented.
    pub(super) indent: usize,
    /// Whether it is the first of its line.
    pub(super) first: bool,
}

impl Token {
    pub(super) fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }
}

/// Marks that are more than one letter; the longest first.
const MARKS: [&str; 16] =
    ["...", "===", "!==", "..=", "=>", "?.", "&&", "||", "??", "==", "~=", "..", "::", "->", "++", "--"];

/// The tokens, and what closes texts that are open.
pub(super) fn tokens(text: &str, language: Language) -> (Vec<Token>, Vec<Insertion>) {
    let mut scanner = Scanner {
        text,
        luau: language == Language::Luau,
        at: 0,
        line: 0,
        line_start: 0,
        tokens: Vec::new(),
        insertions: Vec::new(),
        templates: Vec::new(),
    };
    while scanner.step() {}
    (scanner.tokens, scanner.insertions)
}

struct Scanner<'a> {
    text: &'a str,
    luau: bool,
    at: usize,
    line: usize,
    line_start: usize,
    tokens: Vec<Token>,
    insertions: Vec<Insertion>,
    /// Braces that are open inside a part of each template, and the token that began the part.
    templates: Vec<(usize, usize)>,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn line_end(&self) -> usize {
        self.rest().find('\n').map_or(self.text.len(), |it| self.at + it)
    }

    /// Goes on to `end`, counting lines.
    fn skip(&mut self, end: usize) {
        for (at, it) in self.text[self.at..end].bytes().enumerate() {
            if it == b'\n' {
                self.line += 1;
                self.line_start = self.at + at + 1;
            }
        }
        self.at = end;
    }

    fn push(&mut self, kind: Kind, end: usize) {
        let lead = &self.text[self.line_start..self.at];
        let first = lead.trim().is_empty();
        let lead = &lead[..lead.len() - lead.trim_start().len()];
        let indent = lead.bytes().map(|it| if it == b'\t' { 4 } else { 1 }).sum();
        self.tokens.push(Token { kind, start: self.at, end, line: self.line, indent, first });
        self.skip(end);
    }

    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(next) = rest.chars().next() else { return false };
        if next.is_whitespace() || next == '\u{feff}' {
            let end = self.at + next.len_utf8();
            self.skip(end);
        } else if !self.comment() {
            self.token(next);
        }
        true
    }

    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let (line, block) = if self.luau { ("--", "--[") } else { ("//", "/*") };
        let long = if self.luau {
            rest.strip_prefix(block).and_then(long_end).map(|(open, close)| (open + 3, close))
        } else {
            rest.starts_with(block).then(|| (2, "*/".to_owned()))
        };
        if let Some((open, close)) = long {
            match rest.get(open..).and_then(|it| it.find(&close)) {
                Some(end) => self.skip(self.at + open + end + close.len()),
                None => {
                    self.insertions.push((self.text.len(), close));
                    self.skip(self.text.len());
                }
            }
            return true;
        }
        let found = rest.starts_with(line) || (self.at == 0 && rest.starts_with("#!"));
        if found {
            self.skip(self.line_end());
        }
        found
    }

    fn token(&mut self, next: char) {
        let rest = self.rest();
        let is_letter = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$' | '#');
        match next {
            '"' | '\'' => self.quoted(next),
            '`' => self.template(1),
            '[' if self.luau && long_end(&rest[1..]).is_some() => self.long_text(),
            '/' if !self.luau && !self.behind_value() => self.pattern(),
            '(' => self.push(Kind::Open(b')'), self.at + 1),
            '[' => self.push(Kind::Open(b']'), self.at + 1),
            '{' => {
                if let Some((open, _)) = self.templates.last_mut() {
                    *open += 1;
                }
                self.push(Kind::Open(b'}'), self.at + 1);
            }
            '}' if self.templates.last().is_some_and(|it| it.0 == 0) => {
                let part = self.templates.pop().map(|it| it.1);
                self.push(Kind::Close(b'}'), self.at + 1);
                // A brace that begins a line that is not indented ends a block; the part was left open.
                let ended = |part: &Token, it: &Token| it.first && it.indent <= part.indent;
                let part = part.and_then(|it| self.tokens.get(it)).zip(self.tokens.last());
                if !part.is_some_and(|it| ended(it.0, it.1)) {
                    self.template(0);
                }
            }
            ')' | ']' | '}' => {
                if let Some((open, _)) = self.templates.last_mut().filter(|_| next == '}') {
                    *open -= 1;
                }
                self.push(Kind::Close(u8::try_from(next).unwrap_or(b'}')), self.at + 1);
            }
            it if it.is_ascii_digit() || (it == '.' && self.begins_number()) => {
                let len = rest.find(|it: char| !(it.is_alphanumeric() || matches!(it, '.' | '_')));
                self.push(Kind::Value, self.at + len.unwrap_or(rest.len()));
            }
            it if is_letter(it) && !(self.luau && it == '#') => {
                let len = rest.char_indices().skip(1).find(|it| !is_letter(it.1) || it.1 == '#');
                self.push(Kind::Word, self.at + len.map_or(rest.len(), |it| it.0));
            }
            it => {
                let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
                self.push(Kind::Mark, self.at + mark.map_or(it.len_utf8(), |it| it.len()));
            }
        }
    }

    /// `.5`, but not the dot of `x.5`.
    fn begins_number(&self) -> bool {
        let digit = self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        digit && !self.tokens.last().is_some_and(|it| it.end == self.at && it.kind != Kind::Mark)
    }

    fn behind_value(&self) -> bool {
        self.tokens.last().is_some_and(|it| match it.kind {
            Kind::Value | Kind::Close(_) => true,
            Kind::Word => !matches!(it.text(self.text), "return" | "typeof" | "case" | "in" | "of" | "await"),
            Kind::Open(_) | Kind::Part | Kind::Mark => matches!(it.text(self.text), "++" | "--"),
        })
    }

    fn quoted(&mut self, quote: char) {
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((at, it)) = letters.next() {
            match it {
                '\\' => drop(letters.next()),
                '\n' => break,
                it if it == quote => return self.push(Kind::Value, self.at + at + 1),
                _ => (),
            }
        }
        let end = self.line_end();
        let end = end - usize::from(self.text[..end].ends_with('\r'));
        self.insertions.push((end, quote.to_string()));
        self.push(Kind::Value, end.max(self.at + 1));
    }

    /// A text with parts, from its start or from the end of a part.
    fn template(&mut self, skip: usize) {
        let (part, opens) = if self.luau { ("{", 1) } else { ("${", 2) };
        let rest = self.rest();
        let mut at = skip;
        while let Some(it) = rest[at..].chars().next() {
            if it == '\\' {
                at += 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8);
            } else if it == '`' {
                return self.push(Kind::Value, self.at + at + 1);
            } else if rest[at..].starts_with(part) {
                if at > 0 {
                    self.push(Kind::Value, self.at + at + opens - 1);
                } else {
                    self.skip(self.at + opens - 1);
                }
                self.templates.push((0, self.tokens.len()));
                return self.push(Kind::Part, self.at + 1);
            } else if it == '\n' && !rest[at..].contains('`') {
                break;
            } else {
                at += it.len_utf8();
            }
        }
        // Nothing closes it: it ends with its line.
        self.insertions.push((self.at + at, "`".to_owned()));
        if at > 0 {
            self.push(Kind::Value, self.at + at);
        }
    }

    fn long_text(&mut self) {
        let rest = self.rest();
        let Some((open, close)) = long_end(&rest[1..]) else { return };
        match rest[1 + open..].find(&close) {
            Some(end) => self.push(Kind::Value, self.at + 1 + open + end + close.len()),
            None => {
                let end = self.line_end();
                self.insertions.push((end, close));
                self.push(Kind::Value, end);
            }
        }
    }

    /// `/…/`, if the line closes it.
    fn pattern(&mut self) {
        let line = &self.text[self.at..self.line_end()];
        let mut in_set = false;
        let mut letters = line.char_indices().skip(1);
        while let Some((at, it)) = letters.next() {
            match it {
                '\\' => drop(letters.next()),
                '[' => in_set = true,
                ']' => in_set = false,
                '/' if !in_set => return self.push(Kind::Value, self.at + at + 1),
                _ => (),
            }
        }
        self.push(Kind::Mark, self.at + 1);
    }
}

/// Behind `[` of Luau's `[==[`: how long the rest of it is, and what closes it.
fn long_end(rest: &str) -> Option<(usize, String)> {
    let equals = rest.bytes().take_while(|it| *it == b'=').count();
    (rest.as_bytes().get(equals) == Some(&b'[')).then(|| (equals + 1, format!("]{}]", "=".repeat(equals))))
}
