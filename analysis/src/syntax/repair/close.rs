//! What is open where the indentation says that it has ended, and names that are missing.

mod luau;

use std::ops::Range;

use super::tokens::{Kind, Token};
use super::{Insertion, Language};
use crate::syntax::placeholder::HERE;
use luau::Head;

/// Words that begin a statement and go on with nothing.
const STATEMENTS: [&str; 18] = [
    "const", "let", "var", "return", "if", "while", "for", "do", "switch", "break", "continue", "throw",
    "try", "export", "import", "case", "default", "else",
];
const LUAU_STATEMENTS: [&str; 13] = [
    "local", "return", "if", "while", "for", "do", "repeat", "end", "until", "else", "elseif", "break",
    "export",
];

/// Words and marks behind which something must follow.
const WORDS: [&str; 10] = ["of", "in", "new", "typeof", "await", "extends", "instanceof", "and", "or", "not"];
const MARKS: [&str; 26] = [
    "=", "+", "-", "*", "/", "%", "&&", "||", "??", "?", "=>", "<", "&", "|", "^", "==", "===", "!==", "~=",
    "..", "..=", "::", "->", "...", ":", "#",
];

/// Something that is open.
#[derive(Debug)]
struct Entry {
    close: &'static str,
    line: usize,
    indent: usize,
    /// Whether something stands further in below it.
    deeper: bool,
    /// Whether it is the last of its line.
    last: bool,
    /// What must follow when it is closed for its author.
    more: &'static str,
    /// Whether `:` stands between a name and its value in it.
    pairs: bool,
}

struct Closer<'a> {
    text: &'a str,
    tokens: &'a [Token],
    luau: bool,
    open: Vec<Entry>,
    heads: Vec<(Head, Token)>,
    /// Choices (`if … then … else …` as a value) that wait for their `else`.
    choices: Vec<Token>,
    /// The last `)`, and how far the line of its `(` is indented.
    last_paren: Option<(usize, usize)>,
    out: Vec<Insertion>,
    strays: Vec<Range<usize>>,
}

/// What must be put in, and what closes nothing.
pub(super) fn close(text: &str, tokens: &[Token], language: Language) -> (Vec<Insertion>, Vec<Range<usize>>) {
    let mut closer = Closer {
        text,
        tokens,
        luau: language == Language::Luau,
        open: Vec::new(),
        heads: Vec::new(),
        choices: Vec::new(),
        last_paren: None,
        out: Vec::new(),
        strays: Vec::new(),
    };
    for at in 0..tokens.len() {
        closer.token(at);
    }
    closer.end();
    (closer.out, closer.strays)
}

impl<'a> Closer<'a> {
    fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |it| it.text(self.text))
    }

    fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |it| self.word(it))
    }

    fn is_statement(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at).filter(|it| it.kind == Kind::Word) else { return false };
        let word = token.text(self.text);
        // `default: 1` is a key, `end = 1` another.
        let key = self.tokens.get(at + 1).is_some_and(|it| matches!(it.text(self.text), ":" | "=" | "."));
        if self.luau { LUAU_STATEMENTS.contains(&word) } else { STATEMENTS.contains(&word) && !key }
    }

    fn put(&mut self, behind: &Token, what: impl Into<String>) {
        self.out.push((behind.end, what.into()));
    }

    fn token(&mut self, at: usize) {
        let token = self.tokens[at];
        if let Some(before) = at.checked_sub(1).map(|it| self.tokens[it]) {
            self.missing(&before, at);
            if token.first {
                self.heads_at(&before, &token);
                self.indented(&before, at);
            }
        }
        match token.kind {
            Kind::Open(close) => self.opened(at, close),
            Kind::Part => self.enter(at, ("}", "`", false)),
            Kind::Close(close) => self.closed(
                at,
                if close == b')' {
                    ")"
                } else if close == b']' {
                    "]"
                } else {
                    "}"
                },
            ),
            Kind::Word if self.luau && (token.first || !matches!(self.before(at), "." | ":" | "::")) => {
                self.block_word(at)
            }
            _ => (),
        }
    }

    /// A name that is missing behind `before`.
    fn missing(&mut self, before: &Token, at: usize) {
        let Some(token) = self.tokens.get(at) else { return };
        let word = before.text(self.text);
        let next_line = token.first;
        let outdented = next_line && token.indent <= before.indent;
        // In Luau `if` may begin a value.
        let value = self.luau && word == "," && self.word(at) == "if";
        let closes = matches!(token.kind, Kind::Close(_)) || (next_line && self.is_statement(at) && !value);
        if matches!(word, "." | "?.") || (self.luau && word == ":" && self.is_method(before)) {
            let named = token.kind == Kind::Word
                || (word == "?." && matches!(token.kind, Kind::Open(b')' | b']')) && !next_line);
            // Luau's chains begin their lines with the dot.
            if !named || outdented || (next_line && (closes || self.luau)) {
                let called = matches!(token.kind, Kind::Open(b')')) && !next_line;
                let name = self.member(before);
                self.put(before, if called { HERE.to_owned() } else { name });
            }
            return;
        }
        if !(closes || outdented && word == "=") {
            return;
        }
        let inside = self.open.last();
        let dangles = match before.kind {
            Kind::Word => WORDS.contains(&word) && self.is_operator(word),
            Kind::Mark if word == ":" => self.wants_value(before),
            Kind::Mark if word == "," => self.luau && inside.is_some_and(|it| it.close == ")"),
            Kind::Mark => MARKS.contains(&word) && !self.is_type_mark(word),
            Kind::Open(_) => {
                inside.is_some_and(|it| it.more == " {}")
                    && token.text(self.text) == ")"
                    && self.header_before(before)
            }
            _ => false,
        };
        if dangles && !(word == "*" && self.word(at) == "from") {
            let space = if before.kind == Kind::Word { " " } else { "" };
            self.put(before, format!("{space}{HERE}"));
        }
    }

    /// What stands for the name behind a dot. In Luau a statement must be a call, and so must `a:b`.
    fn member(&self, dot: &Token) -> String {
        let at = self.tokens.partition_point(|it| it.start < dot.start);
        let chain = |it: &usize| {
            let token = &self.tokens[*it];
            let is_part = token.kind == Kind::Word || matches!(token.text(self.text), "." | ":");
            is_part && token.end == self.tokens[*it + 1].start
        };
        let start = (0..at).rev().take_while(chain).last().unwrap_or(at);
        let begins = matches!(self.before(start), "then" | "do" | "else" | "repeat" | ";" | "end" | ")" | "");
        let alone = (begins || self.tokens[start].first)
            && self.open.last().is_none_or(|it| matches!(it.close, "end" | "until"));
        let call = self.luau && (alone || dot.text(self.text) == ":");
        format!("{HERE}{}", if call { "()" } else { "" })
    }

    fn header_before(&self, paren: &Token) -> bool {
        let at = self.tokens.partition_point(|it| it.start < paren.start);
        matches!(self.before(at), "if" | "while" | "switch")
    }

    fn is_operator(&self, word: &str) -> bool {
        self.luau == matches!(word, "and" | "or" | "not") || word == "in"
    }

    /// Whether something must stand behind a colon: not behind `case 1:`.
    fn wants_value(&self, colon: &Token) -> bool {
        let line = self.tokens.get(self.tokens.partition_point(|it| it.line < colon.line));
        let case = line.is_some_and(|it| matches!(it.text(self.text), "case" | "default"));
        !case && self.open.last().is_some_and(|it| it.pairs || it.close == "}")
    }

    /// Whether a function or a class with a name begins here.
    fn is_declaration(&self, at: usize) -> bool {
        let named = self.tokens.get(at + 1).is_some_and(|it| it.kind == Kind::Word);
        self.is_statement(at) || (named && matches!(self.word(at), "function" | "class" | "async"))
    }

    /// Closes what has ended if a line begins at this indentation.
    fn indented(&mut self, before: &Token, at: usize) {
        let token = self.tokens[at];
        let word = token.text(self.text);
        loop {
            let statement = self.is_declaration(at);
            let Some(top) = self.open.last_mut().filter(|it| it.line < token.line) else { return };
            if token.indent > top.indent {
                top.deeper = true;
                return;
            }
            let goes_on = match word {
                "case" | "default" => top.close == "}",
                "else" | "elseif" => top.close == "end",
                it => it == top.close,
            };
            let body = word == "{" && matches!(before.text(self.text), "=>" | ")" | "," | "(");
            let ended = if token.indent < top.indent {
                true
            } else if goes_on || body {
                false
            } else {
                let bracket = matches!(top.close, ")" | "]");
                matches!(token.kind, Kind::Close(_)) || top.deeper || !top.last || (bracket && statement)
            };
            if !ended {
                return;
            }
            self.close_last(before);
        }
    }

    fn close_last(&mut self, before: &Token) {
        let Some(it) = self.open.pop() else { return };
        let more = if it.more == "params" { "" } else { it.more };
        let space = if it.close.starts_with(char::is_alphabetic) { " " } else { "" };
        self.put(before, format!("{space}{}{more}", it.close));
    }

    fn opened(&mut self, at: usize, close: u8) {
        let before = self.before(at);
        let function = before == "function" || (at > 1 && self.before(at - 1) == "function");
        let (close, more, pairs) = match close {
            b')' if !self.luau
                && matches!(before, "if" | "while" | "for" | "switch" | "catch")
                && self.before(at - 1) != "}" =>
            {
                (")", " {}", false)
            }
            b')' if function && !self.luau => (")", " {}", true),
            b')' if function || (self.luau && self.in_function_name(at)) => (")", "params", false),
            b')' => (")", "", false),
            b']' => ("]", "", false),
            _ if matches!(before, "const" | "let" | "var") => ("}", " = 0", true),
            _ if before == "import" => ("}", " from ''", false),
            _ => {
                let value =
                    matches!(before, "=" | "(" | "," | ":" | "[" | "return" | "?" | "&&" | "||" | "??");
                ("}", "", value)
            }
        };
        self.enter(at, (close, more, pairs));
        // Of `if (a ||⏎ b) {` the first line says how far in it stands.
        let head = self.last_paren.filter(|it| it.0 + 1 == at || (it.0 + 2 == at && before == "=>"));
        if let (Some((_, indent)), Some(entry)) = (head, self.open.last_mut()) {
            entry.indent = entry.indent.min(indent);
        }
    }

    fn enter(&mut self, at: usize, (close, more, pairs): (&'static str, &'static str, bool)) {
        let token = self.tokens[at];
        let last = self.tokens.get(at + 1).is_none_or(|it| it.first);
        self.open.push(Entry {
            close,
            line: token.line,
            indent: token.indent,
            deeper: false,
            last,
            more,
            pairs,
        });
    }

    /// A closing mark: what is open above its partner is closed with it, one without partner goes.
    fn closed(&mut self, at: usize, close: &str) {
        let token = self.tokens[at];
        let too_deep = |it: &Entry| token.first && it.line < token.line && token.indent > it.indent + 3;
        let partner =
            self.open.iter().rposition(|it| it.close == close).filter(|it| !too_deep(&self.open[*it]));
        let Some(partner) = partner else {
            self.strays.push(token.start..token.end);
            return;
        };
        let Some(before) = at.checked_sub(1).map(|it| self.tokens[it]) else { return };
        while self.open.len() > partner + 1 {
            self.close_last(&before);
        }
        let entry = self.open.pop();
        self.last_paren = entry.as_ref().filter(|it| it.close == ")").map(|it| (at, it.indent));
        // `if (x)` and nothing to do.
        let bare = entry.is_some_and(|it| it.more == " {}") && !self.luau;
        let next = self.tokens.get(at + 1);
        let declared =
            matches!(self.word(at + 1), "const" | "let" | "var" | "class" | "function" | "import" | "export");
        let nothing = next.is_none_or(|it| it.first && (matches!(it.kind, Kind::Close(_)) || declared));
        if bare && nothing {
            self.put(&token, " {}");
        }
    }

    /// Nothing follows.
    fn end(&mut self) {
        let Some(last) = self.tokens.last().copied() else { return };
        let word = last.text(self.text);
        let dangles = match last.kind {
            Kind::Word => WORDS.contains(&word) && self.is_operator(word),
            Kind::Mark => {
                MARKS.contains(&word) && !self.is_type_mark(word) && (word != ":" || self.wants_value(&last))
                    || matches!(word, "." | "?.")
                    || (self.luau && matches!(word, ":" | ","))
            }
            _ => false,
        };
        if dangles {
            let dot = matches!(word, "." | "?.") || (self.luau && word == ":");
            self.put(&last, if dot { self.member(&last) } else { format!(" {HERE}") });
        }
        while let Some(choice) = self.choices.pop() {
            self.choose(&last, &choice);
        }
        while let Some((head, at)) = self.heads.pop() {
            self.close_above(&last, &at);
            self.put(&last, head.closed());
        }
        while !self.open.is_empty() {
            self.close_last(&last);
        }
    }
}
