//! [`Lines`]: byte offsets to lines and UTF-16 columns, as editors count them.

/// Where each line of a text starts. Lines end at `\n`, `\r\n` or a lone `\r`, as in LSP.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

/// A 1-based line and a 1-based column in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Lines<'a> {
        let bytes = text.as_bytes();
        let ends_line = |&at: &usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = std::iter::once(0).chain((0..bytes.len()).filter(ends_line).map(|at| at + 1)).collect();
        Lines { text, starts }
    }

    /// The place of a byte offset. An offset past the end or inside a character is moved back to
    /// the nearest one that exists, because a parser's word is not worth a panic.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let units = self.text[self.starts[line - 1]..offset].encode_utf16().count();
        Place { line: narrow(line), column: narrow(units + 1) }
    }

    /// The text of a 1-based line, with its end.
    pub(crate) fn line(&self, line: u32) -> &'a str {
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let end = self.starts.get(index.saturating_add(1)).copied().unwrap_or(self.text.len());
        self.starts.get(index).map_or("", |&start| &self.text[start..end])
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_as_editors_do() {
        let text = "a\r\n𝒳é=1\rlast\n";
        let lines = Lines::new(text);
        let at = |needle: &str| {
            let place = lines.place(text.find(needle).unwrap());
            (place.line, place.column)
        };
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("é"), (2, 3));
        assert_eq!(at("=1"), (2, 4));
        assert_eq!(at("last"), (3, 1));
        assert_eq!(lines.place(999), Place { line: 4, column: 1 });
        assert_eq!(
            (1..=5).map(|it| lines.line(it)).collect::<Vec<_>>(),
            ["a\r\n", "𝒳é=1\r", "last\n", "", ""]
        );
    }
}
