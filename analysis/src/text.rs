//! [`Text`]: one version of a file, and the way between its byte offsets and an editor's positions.
//!
//! Everything inside this crate counts bytes; editors count UTF-16 (or what they agreed to). Both meet
//! here and nowhere else.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use line_index::{LineCol, LineIndex, TextSize, WideEncoding, WideLineCol};

/// A stretch of a text, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From `start` up to `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Span {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Span { start: number(start), end: number(end.max(start)) }
    }

    /// Whether a cursor at `offset` touches it: its end counts.
    #[must_use]
    pub fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// As text is sliced.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// What an editor counts columns in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// What every editor can, and what holds unless another was agreed.
    #[default]
    Utf16,
    /// Code points.
    Utf32,
}

/// A place as editors name it: both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in units of the [`Encoding`] that was agreed.
    pub character: u32,
}

/// One version of a file. Cheap to clone.
#[derive(Clone)]
pub struct Text {
    text: Arc<str>,
    lines: Arc<LineIndex>,
}

impl Text {
    /// The text `text`.
    #[must_use]
    pub fn new(text: &str) -> Text {
        Text { text: text.into(), lines: Arc::new(LineIndex::new(text)) }
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands at `span`; empty where the text has no such place.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The byte offset of `position`. Beyond the end of a line is its end, beyond the last line the end of
    /// the text: editors send such places while they and we disagree for a moment.
    #[must_use]
    pub fn offset(&self, position: Position, encoding: Encoding) -> u32 {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let Some(line) = self.lines.line(position.line) else { return end };
        let (start, stop) = (u32::from(line.start()), u32::from(line.end()));
        let text = self.slice(Span { start, end: stop });
        let stop = start + u32::try_from(text.trim_end_matches(['\n', '\r']).len()).unwrap_or(0);
        // No line has more columns than bytes; and an editor's "end of line" may be the greatest number.
        let col = position.character.min(u32::from(line.end()) - start);
        let wide = WideLineCol { line: position.line, col };
        let column = match encoding {
            Encoding::Utf8 => Some(LineCol { line: position.line, col }),
            Encoding::Utf16 => self.lines.to_utf8(WideEncoding::Utf16, wide),
            Encoding::Utf32 => self.lines.to_utf8(WideEncoding::Utf32, wide),
        };
        let offset = column.and_then(|it| self.lines.offset(it)).map_or(stop, u32::from).min(stop);
        // A place inside a letter is its beginning.
        (start..=offset).rev().find(|it| self.text.is_char_boundary(*it as usize)).unwrap_or(start)
    }

    /// The position of a byte offset.
    #[must_use]
    pub fn position(&self, offset: u32, encoding: Encoding) -> Position {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let offset =
            (0..=offset.min(end)).rev().find(|it| self.text.is_char_boundary(*it as usize)).unwrap_or(0);
        let place = self.lines.line_col(TextSize::from(offset));
        let wide = |encoding| self.lines.to_wide(encoding, place).map(|it| (it.line, it.col));
        let (line, character) = match encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16 => wide(WideEncoding::Utf16),
            Encoding::Utf32 => wide(WideEncoding::Utf32),
        }
        .unwrap_or((place.line, place.col));
        Position { line, character }
    }

    /// The text after `span` was replaced by `with`.
    #[must_use]
    pub fn edited(&self, span: Span, with: &str) -> Text {
        let at = |it: u32| (it as usize).min(self.text.len());
        let (start, end) = (at(span.start), at(span.end.max(span.start)));
        Text::new(&[&self.text[..start], with, &self.text[end..]].concat())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Encoding, Position, Span, Text};

    const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn columns_are_counted_in_what_was_agreed() {
        let text = Text::new("a\n\"é😀\" x\r\nb");
        let at = u32::try_from(text.as_str().find('x').unwrap()).unwrap();
        let columns = ENCODINGS.map(|it| text.position(at, it).character);
        assert_eq!(columns, [9, 6, 5]);
    }

    #[test]
    fn places_that_are_none_are_the_nearest() {
        let text = Text::new("ab\r\né");
        let offset = |line, character| text.offset(Position { line, character }, Encoding::Utf16);
        assert_eq!((offset(0, 99), offset(1, 99), offset(7, 0)), (2, 6, 6));
        assert_eq!(text.offset(Position { line: 1, character: 1 }, Encoding::Utf8), 4, "inside a letter");
    }

    proptest! {
        #[test]
        fn a_position_of_a_letter_leads_back_to_it(source in "(?s)[a\\né😀\r]{0,40}") {
            let text = Text::new(&source);
            for encoding in ENCODINGS {
                for (at, letter) in source.char_indices() {
                    if letter == '\n' || letter == '\r' { continue }
                    let at = u32::try_from(at).unwrap();
                    prop_assert_eq!(text.offset(text.position(at, encoding), encoding), at);
                }
            }
        }

        #[test]
        fn edits_are_those_of_the_editor(source in "(?s).{0,30}", with in "(?s).{0,5}", cut in any::<(usize, usize)>()) {
            let ends: Vec<usize> = source.char_indices().map(|it| it.0).chain([source.len()]).collect();
            let (a, b) = (ends[cut.0 % ends.len()], ends[cut.1 % ends.len()]);
            let (a, b) = (a.min(b), a.max(b));
            let mut expected = source.clone();
            expected.replace_range(a..b, &with);
            let edited = Text::new(&source).edited(Span::new(a, b), &with);
            prop_assert_eq!(edited.as_str(), expected);
        }
    }
}
