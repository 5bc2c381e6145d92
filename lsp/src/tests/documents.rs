//! What is open, as it is edited, in every way of counting columns.

use bowline_analysis::text::{Encoding, Text};
use proptest::prelude::*;
use serde_json::json;
use tower_lsp::ls_types::{Position, Range, TextDocumentContentChangeEvent};

use super::Editor;
use crate::document::edited;

/// Where the `at`th letter is, as an editor counts.
fn position(text: &[char], at: usize, encoding: Encoding) -> Position {
    let before = &text[..at];
    let line = before.iter().filter(|it| **it == '\n').count();
    let start = before.iter().rposition(|it| *it == '\n').map_or(0, |it| it + 1);
    let units = |it: &char| match encoding {
        Encoding::Utf8 => it.len_utf8(),
        Encoding::Utf16 => it.len_utf16(),
        Encoding::Utf32 => 1,
    };
    let character = before[start..].iter().map(units).sum::<usize>();
    Position { line: line.try_into().unwrap(), character: character.try_into().unwrap() }
}

fn letters() -> impl Strategy<Value = String> {
    let letter = prop_oneof![Just('a'), Just('\n'), Just('é'), Just('世'), Just('🚢'), Just('\u{301}')];
    proptest::collection::vec(letter, 0..12).prop_map(|it| it.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_servers_text_is_the_editors(
        begin in letters(),
        edits in proptest::collection::vec((0usize..99, 0usize..99, letters()), 1..12),
        encoding in prop_oneof![Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)],
    ) {
        let mut mine: Vec<char> = begin.chars().collect();
        let mut events = Vec::new();
        for (a, b, with) in edits {
            let (a, b) = (a % (mine.len() + 1), b % (mine.len() + 1));
            let (start, end) = (a.min(b), a.max(b));
            let range = Range { start: position(&mine, start, encoding), end: position(&mine, end, encoding) };
            events.push(TextDocumentContentChangeEvent { range: Some(range), range_length: None, text: with.clone() });
            mine.splice(start..end, with.chars());
        }
        let theirs = edited(&Text::new(&begin), &events, encoding);
        prop_assert_eq!(theirs.as_str(), mine.into_iter().collect::<String>());
    }
}

#[tokio::test]
async fn a_ship_before_the_cursor_is_counted_as_agreed() {
    for (encoding, column) in [("utf-8", 29), ("utf-16", 27), ("utf-32", 26)] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("apps/X")).unwrap();
        let file = dir.path().join("apps/X/index.js");
        let can = json!({ "general": { "positionEncodings": [encoding] } });
        let mut editor = Editor::open(&[dir.path()], can).await;
        editor.did_open(&file, "const o = { ship: 1 }; '🚢'; o.\n").await;
        // Right behind the dot.
        let column = column + 4;
        assert_eq!(editor.completed(&file, (0, column), 1).await, "ship", "{encoding}");
    }
}
