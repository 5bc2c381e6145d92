//! What half-typed lines lack, put into a copy of the text, so that the rest of the file can be read.
//!
//! The cursor is not known here (where it is, [`super::placeholder`] is surer). A name is put behind a dot
//! that has none, texts are closed where their line ends, brackets and blocks where the indentation says
//! that they end. What still cannot be read is taken out line by line. All places in the summary are
//! those of the text as it is.

mod close;
mod tokens;

use bowline_model::ProjectPath;

use super::Language;
use crate::summary::Summary;

/// So many lines are taken out before a file is given up.
const LINES_MAX: usize = 6;

/// Somebody who asks about a place waits for the answer.
const LINES_ASKED_MAX: usize = 2;

/// So far above the place where a parser gives up the mistake may be.
const LINES_ABOVE: usize = 4;

/// Something put into a text: where, and what.
type Insertion = (usize, String);

/// A copy of a text with something put into it.
struct Copy {
    text: String,
    /// Where in the text as it is something was put, and how much; in order.
    inserted: Vec<(usize, usize)>,
}

impl Copy {
    fn new(text: &str, mut insertions: Vec<Insertion>) -> Copy {
        insertions.sort_by_key(|it| it.0);
        let mut copy = Copy { text: String::new(), inserted: Vec::new() };
        let mut done = 0;
        for (at, what) in insertions {
            copy.text.push_str(&text[done..at]);
            copy.text.push_str(&what);
            copy.inserted.push((at, what.len()));
            done = at;
        }
        copy.text.push_str(&text[done..]);
        copy
    }

    /// The place in the text as it is of one in the copy. What was put in has no length there.
    fn original(&self, offset: u32) -> u32 {
        let mut before = 0;
        for (at, len) in &self.inserted {
            let start = at + before;
            if (offset as usize) <= start {
                break;
            }
            if (offset as usize) < start + len {
                return crate::text::Span::new(0, *at).end;
            }
            before += len;
        }
        offset - u32::try_from(before).unwrap_or(0).min(offset)
    }
}

/// Whether nothing seems to be missing in `text`.
pub(super) fn looks_whole(text: &str, language: Language) -> bool {
    let (tokens, open) = tokens::tokens(text, language);
    let (missing, strays) = close::close(text, &tokens, language);
    open.is_empty() && missing.is_empty() && strays.is_empty()
}

/// What `text` says when what is missing is put in, and nothing is taken out.
pub(super) fn closed(path: &ProjectPath, text: &str) -> Option<(Summary, usize)> {
    let copy = copied(text, Language::of(path));
    let (mut summary, mistakes) = super::whole(path, &copy.text).ok()?;
    summary.move_places(|it| copy.original(it));
    Some((summary, mistakes))
}

/// What `text` says without one of the lines at the mistake. For texts whose indentation says nothing.
fn without_one(path: &ProjectPath, text: &str, keep: Option<u32>) -> Option<(Summary, usize)> {
    let line = super::whole(path, text).err()?;
    let lines: Vec<&str> = text.split('\n').collect();
    let kept = keep.and_then(|it| text.get(..it as usize)).map(|it| it.matches('\n').count());
    let above = (0..line.min(lines.len())).rev().filter(|it| !lines[*it].trim().is_empty());
    above.take(LINES_ABOVE).filter(|it| Some(*it) != kept).find_map(|out| {
        let blank = " ".repeat(lines[out].len());
        let others = lines.iter().enumerate().map(|(at, it)| if at == out { blank.as_str() } else { it });
        let copy: Vec<&str> = others.collect();
        super::whole(path, &copy.join("\n")).ok()
    })
}

/// What `text` says when it is repaired. The line at `keep` is not taken out. With the mistakes that were
/// passed over.
pub(super) fn summary(path: &ProjectPath, text: &str, keep: Option<u32>) -> Option<(Summary, usize)> {
    let language = Language::of(path);
    let mut text = text.to_owned();
    let lines_max = if keep.is_some() { LINES_ASKED_MAX } else { LINES_MAX };
    let mut rounds = lines_max;
    loop {
        let copy = copied(&text, language);
        let wrong = match super::whole(path, &copy.text) {
            Ok((mut summary, mistakes)) => {
                summary.move_places(|it| copy.original(it));
                return Some((summary, mistakes));
            }
            Err(line) => copy.text.lines().take(line.saturating_sub(1)).map(|it| it.len() + 1).sum::<usize>(),
        };
        if rounds == lines_max
            && let Some(read) = without_one(path, &text, keep)
        {
            return Some(read);
        }
        rounds = rounds.checked_sub(1)?;
        let wrong = copy.original(crate::text::Span::new(0, wrong).end) as usize;
        text = without_line(path, &text, (wrong, keep))?;
    }
}

fn copied(text: &str, language: Language) -> Copy {
    let (tokens, mut insertions) = tokens::tokens(text, language);
    let (more, strays) = close::close(text, &tokens, language);
    insertions.extend(more);
    let mut bytes = text.as_bytes().to_vec();
    for it in strays {
        bytes[it].fill(b' ');
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned());
    Copy::new(&text, insertions)
}

/// Without the line at `wrong`, or without the one before: whichever is read further.
fn without_line(path: &ProjectPath, text: &str, (wrong, keep): (usize, Option<u32>)) -> Option<String> {
    let line = |at: usize| {
        let at = at.min(text.len());
        let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
        (start, end)
    };
    let here = line(wrong);
    let above = text[..here.0].trim_end().len();
    let candidates = [(above > 0).then(|| line(above)), Some(here)];
    let kept = |it: &(usize, usize)| {
        keep.is_some_and(|at| (it.0..=it.1).contains(&(at as usize))) || text[it.0..it.1].trim().is_empty()
    };
    let reach = |it: String| {
        let copy = copied(&it, Language::of(path));
        let line = super::whole(path, &copy.text).err().unwrap_or(usize::MAX);
        (line, it)
    };
    let copies = candidates
        .into_iter()
        .flatten()
        .filter(|it| !kept(it))
        .map(|(start, end)| [&text[..start], &" ".repeat(end - start), &text[end..]].concat());
    copies.map(reach).max_by_key(|it| it.0).map(|it| it.1)
}

#[cfg(test)]
mod tests;
