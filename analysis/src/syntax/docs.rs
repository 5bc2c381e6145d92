//! What people wrote above something: the comment that ends right before it, in any of the languages.

use crate::summary::Doc;

/// The comment right above `offset`, without its marks. A blank line between them parts them.
pub(super) fn above(text: &str, offset: usize) -> Doc {
    let before = text.get(..offset)?;
    // `export`, `local` and the like stand between a comment and what it is about.
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    let own = before[line_start..].trim();
    let words = own.split_whitespace().all(|it| it.chars().all(|it| it.is_ascii_alphabetic()));
    let before = if words { &before[..line_start] } else { before };
    let trimmed = before.trim_end();
    if before[trimmed.len()..].matches('\n').count() > 1 {
        return None;
    }
    let doc = block(trimmed, ("/*", "*/")).or_else(|| lines(trimmed))?;
    (!doc.is_empty()).then(|| doc.into())
}

fn block(before: &str, (open, close): (&str, &str)) -> Option<String> {
    let inside = before.strip_suffix(close)?;
    let start = inside.rfind(open)?;
    let lines = inside[start + open.len()..].lines().map(|it| {
        let it = it.trim();
        it.trim_start_matches('*').strip_prefix(' ').unwrap_or(it.trim_start_matches('*')).trim_end()
    });
    Some(joined(lines))
}

/// Comments to the end of the line, as many as follow each other.
fn lines(before: &str) -> Option<String> {
    let mut found: Vec<&str> = Vec::new();
    for line in before.lines().rev() {
        let line = line.trim();
        let Some(rest) = line.strip_prefix("//").or_else(|| line.strip_prefix("--")) else { break };
        if line.starts_with("--[[") || line.starts_with("--!") {
            break;
        }
        found.push(rest.trim_start_matches(['/', '-']).trim());
    }
    if found.is_empty() {
        return None;
    }
    Some(joined(found.into_iter().rev()))
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = lines.collect();
    all.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn a_comment_belongs_to_what_follows_it() {
        let of = |text: &str| above(text, text.find("x").unwrap()).map(String::from);
        assert_eq!(of("/** Opens.\n * Slowly. */\nexport const x").as_deref(), Some("Opens.\nSlowly."));
        assert_eq!(of("a\n  // one\n  // two\n  x").as_deref(), Some("one\ntwo"));
        assert_eq!(of("--- Opens.\nlocal x").as_deref(), Some("Opens."));
        assert_eq!(of("// far away\n\nx"), None);
        assert_eq!(of("a = 1 // beside\nx").as_deref(), None);
    }
}
