//! [`Tokens`]: the words of a Luau text, without its comments. Enough to see a call of `require`; not a
//! parser, and only meaningful for a text that Luau's compiler has taken.

/// One token and the byte it starts at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) at: usize,
    pub(super) kind: Kind<'a>,
}

/// As much as is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Word(&'a str),
    /// What a string holds; `None` if it is more than its letters (an unknown escape, an expression).
    Text(Option<String>),
    Other(u8),
}

pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Braces that are open inside each interpolated string we are in.
    braces: Vec<usize>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Tokens<'a> {
        Tokens { text, at: 0, braces: Vec::new() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// `[==[ … ]==]` at the cursor: what it holds.
    fn long_bracket(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let equals = rest.strip_prefix('[')?.bytes().take_while(|it| *it == b'=').count();
        let open = equals + 2;
        if rest.as_bytes().get(open - 1) != Some(&b'[') {
            return None;
        }
        let close = format!("]{}]", "=".repeat(equals));
        let end = rest[open..].find(&close).map_or(rest.len(), |it| open + it);
        self.skip(end + close.len());
        Some(&rest[open..end])
    }

    /// Space and comments.
    fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let space = rest.len() - rest.trim_start().len();
            if space > 0 {
                self.skip(space);
            } else if rest.starts_with("--") {
                self.skip(2);
                if self.long_bracket().is_none() {
                    self.skip(self.rest().find('\n').unwrap_or(usize::MAX >> 1));
                }
            } else {
                return;
            }
        }
    }

    /// Up to the closing quote, or to the `{` of an interpolated string.
    fn quoted(&mut self, quote: u8) -> Option<String> {
        let bytes = self.text.as_bytes();
        let mut end = self.at;
        let mut plain = true;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'\\' => {
                    plain = false;
                    end += 1;
                }
                b'{' if quote == b'`' => {
                    self.braces.push(0);
                    plain = false;
                    break;
                }
                it if *it == quote => break,
                b'\n' if quote != b'`' => break,
                _ => (),
            }
            end += 1;
        }
        let end = end.min(bytes.len());
        let inside = self.text.get(self.at..end).filter(|_| plain).map(str::to_owned);
        self.skip(end + 1 - self.at);
        inside
    }

    fn other(&mut self, byte: u8) -> Kind<'a> {
        self.skip(1);
        match (byte, self.braces.last_mut()) {
            (b'{', Some(open)) => *open += 1,
            (b'}', Some(0)) => {
                self.braces.pop();
                return Kind::Text(self.quoted(b'`').filter(|_| false));
            }
            (b'}', Some(open)) => *open -= 1,
            _ => (),
        }
        Kind::Other(byte)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.blank();
        let (at, rest) = (self.at, self.rest());
        let byte = *rest.as_bytes().first()?;
        let kind = match byte {
            b'"' | b'\'' | b'`' => {
                self.skip(1);
                Kind::Text(self.quoted(byte))
            }
            b'[' => match self.long_bracket() {
                Some(inside) => Kind::Text(Some(inside.strip_prefix('\n').unwrap_or(inside).to_owned())),
                None => self.other(byte),
            },
            _ => {
                let word = |it: char| !it.is_ascii() || it.is_ascii_alphanumeric() || it == '_';
                let length = rest.find(|it| !word(it)).unwrap_or(rest.len());
                if length == 0 {
                    self.other(byte)
                } else {
                    self.skip(length);
                    Kind::Word(&rest[..length])
                }
            }
        };
        Some(Token { at, kind })
    }
}
