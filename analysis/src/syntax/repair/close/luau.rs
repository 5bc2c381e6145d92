//! What only Luau has: blocks that end with a word, heads that wait for `then` or `do`, and choices.

use super::super::tokens::{Kind, Token};
use super::{Closer, HERE};

/// A Luau head that waits for its `then` or `do`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    If,
    ElseIf,
    Choice,
    Loop,
}

impl Closer<'_> {
    /// Luau's `T?` and `...` want nothing behind them.
    pub(super) fn is_type_mark(&self, word: &str) -> bool {
        self.luau && matches!(word, "?" | "...")
    }

    /// `object:` rather than `name: Type`.
    pub(super) fn is_method(&self, colon: &Token) -> bool {
        let inside_params = self.open.last().is_some_and(|it| it.close == ")" && it.more == "params");
        let behind_name = self.text[..colon.start]
            .ends_with(|it: char| it.is_alphanumeric() || matches!(it, '_' | ')' | ']'));
        // Of `name: Type` a blank follows the colon.
        !inside_params && behind_name && !self.text[colon.end..].starts_with([' ', '\t'])
    }

    /// Heads without their `then` or `do`.
    pub(super) fn heads_at(&mut self, before: &Token, token: &Token) {
        let word = token.text(self.text);
        if matches!(word, "then" | "do" | "and" | "or") {
            return;
        }
        self.choices_at(before, token);
        while let Some((head, at)) = self.heads.last().copied() {
            if at.line >= token.line {
                return;
            }
            if token.indent > at.indent {
                return self.body_at(before, (token, head, at));
            }
            self.heads.pop();
            self.close_above(before, &at);
            self.put(before, head.closed());
        }
    }

    /// The body of a head that has no `then` or `do`.
    pub(super) fn body_at(&mut self, before: &Token, (token, head, at): (&Token, Head, Token)) {
        let inside = self.open.last().is_some_and(|it| it.line >= at.line && it.close != "end");
        // Behind a dot there is a name by now.
        let dot = matches!(before.text(self.text), "." | ":");
        let goes_on = (matches!(before.kind, Kind::Mark | Kind::Open(_)) && !dot)
            || matches!(before.text(self.text), "and" | "or" | "not" | "in" | "if" | "while" | "for");
        if head == Head::Choice || inside || goes_on || token.kind != Kind::Word {
            return;
        }
        self.heads.pop();
        self.put(before, if head == Head::Loop { " do" } else { " then" });
        if head != Head::ElseIf {
            let line = self.tokens.partition_point(|it| it.start < before.start);
            self.enter_block(line, &at);
        }
    }

    /// Choices without their `else`.
    pub(super) fn choices_at(&mut self, before: &Token, token: &Token) {
        let waits = |it: &Token| it.line < token.line && token.indent <= it.indent;
        while token.text(self.text) != "else" && token.text(self.text) != "elseif" {
            let Some(choice) = self.choices.pop_if(|it| waits(it)) else { return };
            self.choose(before, &choice);
        }
    }

    pub(super) fn choose(&mut self, before: &Token, choice: &Token) {
        self.close_above(before, choice);
        let value = if before.text(self.text) == "then" { HERE } else { "" };
        self.put(before, format!(" {value} else {HERE}"));
    }

    /// Closes what was opened on the line of a head and behind it.
    pub(super) fn close_above(&mut self, before: &Token, head: &Token) {
        while self.open.last().is_some_and(|it| it.line >= head.line && it.close != "end") {
            self.close_last(before);
        }
    }

    /// `function M.f(`.
    pub(super) fn in_function_name(&self, at: usize) -> bool {
        let names = self.tokens[..at].iter().rev().take(8);
        let mut names = names.skip_while(|it| {
            let word = it.text(self.text);
            matches!(word, "." | ":") || (it.kind == Kind::Word && word != "function")
        });
        names.next().is_some_and(|it| it.text(self.text) == "function")
    }

    pub(super) fn block_word(&mut self, at: usize) {
        let token = self.tokens[at];
        match token.text(self.text) {
            "function" if self.before(at) != "type" => self.enter(at, ("end", "", false)),
            "if" => {
                let before = self.before(at);
                // Behind a comma, a bracket or an operator it begins a value.
                let value =
                    matches!(before, "," | "(" | "{" | "[" | ".." | "and" | "or" | "+" | "-" | "return");
                let statement = (token.first && !value)
                    || matches!(before, "then" | "do" | "else" | "repeat" | ";" | "end" | "")
                    || before == ")";
                self.heads.push((if statement { Head::If } else { Head::Choice }, token));
            }
            "elseif" if !self.choices.is_empty() => {
                self.choices.pop();
                self.heads.push((Head::Choice, token));
            }
            "elseif" => self.heads.push((Head::ElseIf, token)),
            "else" if !self.choices.is_empty() => drop(self.choices.pop()),
            "while" | "for" => self.heads.push((Head::Loop, token)),
            "then" => match self.heads.pop() {
                Some((Head::If, head)) => self.enter_block(at, &head),
                Some((Head::Choice, head)) => self.choices.push(head),
                _ => (),
            },
            "do" => match self.heads.pop_if(|it| it.0 == Head::Loop) {
                Some((_, head)) => self.enter_block(at, &head),
                None => self.enter(at, ("end", "", false)),
            },
            "repeat" => self.enter(at, ("until", " true", false)),
            "end" => self.closed(at, "end"),
            "until" => self.closed(at, "until"),
            _ => (),
        }
    }

    /// A block that began with its head, maybe lines above.
    pub(super) fn enter_block(&mut self, at: usize, head: &Token) {
        self.enter(at, ("end", "", false));
        if let Some(it) = self.open.last_mut() {
            it.indent = head.indent;
        }
    }
}

impl Head {
    /// What a head lacks, and its end.
    pub(super) fn closed(self) -> &'static str {
        match self {
            Head::If => " then end",
            Head::ElseIf => " then",
            Head::Choice => " then nil else nil",
            Head::Loop => " do end",
        }
    }
}
