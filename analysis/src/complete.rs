//! What may be written at a place, the likeliest first.
//!
//! The cursor stands in a copy of the text in which something is there already ([`crate::syntax`]); what
//! that something is decides who answers: a member, a name, a text, a key of an object.

mod names;
mod rank;
mod strings;

use bowline_model::ProjectPath;
use smol_str::SmolStr;

use crate::infer::{Infer, Member, Origin};
use crate::project::{FileId, Project};
use crate::summary::{ExprId, Kind, Summary};
use crate::syntax::Language;
use crate::syntax::placeholder::{self, HERE};
use crate::text::Span;
use crate::ty::Ty;

use rank::Rank;

/// What may be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// What stands there now and would be replaced.
    pub replace: Span,
    /// The likeliest first.
    pub items: Vec<Item>,
}

/// One thing that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What people see and what is written.
    pub label: SmolStr,
    /// What sort of thing it is.
    pub kind: ItemKind,
    /// Where it is written, for whoever wants to know more.
    pub origin: Option<Origin>,
    /// Whether it should not be used.
    pub deprecated: bool,
    /// What has to be written elsewhere in the file for it to mean something: its import.
    pub import: Option<(Span, String)>,
}

/// What sort of thing an [`Item`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A member that is called.
    Method,
    /// A member that is a value.
    Property,
    /// A function.
    Function,
    /// A class.
    Class,
    /// A constant.
    Constant,
    /// A variable or a parameter.
    Variable,
    /// A word of the language.
    Keyword,
    /// What stands between quotes.
    Value,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A name that was seen behind the same words: a guess.
    Guess,
}

/// What may be written at `offset` of `path`.
#[must_use]
pub fn complete(project: &Project, path: &ProjectPath, offset: u32) -> Completion {
    let Some(file) = project.id(path) else { return Completion::default() };
    let Some(text) = project.file(file).map(|it| it.text.clone()) else { return Completion::default() };
    let (told, replace) = match placeholder::summary(path, text.as_str(), offset) {
        Some(copy) => (project.clone().told(path, copy), word_at(text.as_str(), offset)),
        None => (project.clone(), word_at(text.as_str(), offset)),
    };
    let at = At { infer: Infer::new(&told), file, offset, text: text.as_str() };
    let items = at.string().or_else(|| at.members()).or_else(|| at.keys()).unwrap_or_else(|| at.names());
    Completion { replace: items.1.unwrap_or(replace), items: items.0 }
}

/// Items, and what they replace if that is not the word at the cursor.
type Found = (Vec<Item>, Option<Span>);

/// More names that were only seen somewhere are not offered.
const GUESSES_MAX: usize = 1000;

/// A place in a project.
struct At<'a> {
    infer: Infer<'a>,
    file: FileId,
    offset: u32,
    text: &'a str,
}

impl At<'_> {
    fn summary(&self) -> &Summary {
        self.infer.project.summary(self.file)
    }

    /// Behind a dot.
    fn members(&self) -> Option<Found> {
        let summary = self.summary();
        let at = summary.expr_at(self.offset, |it| match &it.kind {
            Kind::Member(_, name) => name.span.touches(self.offset) && !self.is_quoted(name.span),
            _ => false,
        })?;
        let Kind::Member(object, _) = &summary[at].kind else { return None };
        Some((self.of_object(*object, at), None))
    }

    fn of_object(&self, object: ExprId, at: ExprId) -> Vec<Item> {
        let summary = self.summary();
        let rank = Rank::of(self.infer.project, (self.file, at));
        let members = self.infer.members_of(self.file, object);
        let mut items: Vec<Item> = Vec::new();
        for it in members {
            // What Luau looks for in metatables is not for scripts to call.
            let hidden = it.name.starts_with('[') || (self.is_luau() && it.name.starts_with("__"));
            if it.name != HERE && !hidden && !items.iter().any(|known| known.label == it.name) {
                items.push(item(&it));
            }
        }
        rank.sort(&mut items);
        // Names that stood behind the same words: behind all that is known.
        let path = summary.path(object);
        let seen = path.iter().filter_map(|it| summary.paths.get(it)).flatten();
        let mut guesses: Vec<Item> = Vec::new();
        for other in seen.filter(|it| **it != at) {
            let Kind::Member(_, name) = &summary[*other].kind else { continue };
            let known = |all: &[Item]| all.iter().any(|it| it.label == name.text);
            if name.text != HERE && !known(&items) && !known(&guesses) {
                guesses.push(simple(name.text.clone(), ItemKind::Guess));
            }
        }
        let known = |name: &SmolStr| items.iter().chain(&guesses).any(|it| it.label == *name);
        // Of what nobody knows anything, anything may be asked that somebody asked of something.
        let anything = rank.all_names().take(if items.is_empty() { GUESSES_MAX } else { 0 });
        let mut elsewhere: Vec<SmolStr> =
            rank.names().chain(anything).filter(|it| !known(it) && **it != HERE).cloned().collect();
        elsewhere.sort();
        elsewhere.dedup();
        let elsewhere = elsewhere.into_iter().map(|it| simple(it, ItemKind::Guess));
        guesses.extend(elsewhere);
        rank.sort(&mut guesses);
        items.extend(guesses);
        items
    }

    /// A key of an object that is handed to somebody who says which.
    fn keys(&self) -> Option<Found> {
        let summary = self.summary();
        let object = summary.expr_at(self.offset, |it| match &it.kind {
            Kind::Object(all) => all.iter().any(|it| it.name.span.touches(self.offset)),
            // In Luau's `{ name }` the name may become a key.
            Kind::List(all) => self.is_luau() && all.iter().any(|it| self.is_name_here(*it)),
            _ => false,
        })?;
        let wanted = self.infer.expected(self.file, object);
        let (all, is_list) = match &summary[object].kind {
            Kind::Object(all) => (all.as_slice(), false),
            _ => (&[][..], true),
        };
        let there =
            |name: &str| all.iter().any(|it| it.name.text == name && !it.name.span.touches(self.offset));
        let mut items: Vec<Item> = Vec::new();
        for it in self.infer.members(&wanted) {
            if !there(&it.name) && !items.iter().any(|known| known.label == it.name) {
                items.push(item(&it));
            }
        }
        if items.is_empty() {
            return None;
        }
        // `{ speed }` may be a name as well.
        let shorthand = all.iter().find(|it| it.name.span.touches(self.offset));
        if is_list || shorthand.is_some_and(|it| matches!(summary[it.value].kind, Kind::Name(..))) {
            let names = self.names().0;
            items.extend(names.into_iter().filter(|it| it.kind != ItemKind::Keyword));
        }
        Some((items, None))
    }

    fn is_luau(&self) -> bool {
        self.infer.project.file(self.file).is_some_and(|it| Language::of(&it.path) == Language::Luau)
    }

    fn is_name_here(&self, expr: ExprId) -> bool {
        let it = &self.summary()[expr];
        matches!(it.kind, Kind::Name(..)) && it.span.touches(self.offset)
    }

    fn is_quoted(&self, span: Span) -> bool {
        self.text[..span.start as usize].ends_with(['\'', '"'])
    }
}

fn item(it: &Member) -> Item {
    let called = it.method || matches!(it.ty, Ty::Function(..) | Ty::Signature(..));
    let deprecated = it.doc.as_deref().is_some_and(|it| it.contains("@deprecated"));
    let kind = if called { ItemKind::Method } else { ItemKind::Property };
    Item { origin: Some(it.origin), deprecated, ..simple(it.name.clone(), kind) }
}

fn simple(label: SmolStr, kind: ItemKind) -> Item {
    Item { label, kind, origin: None, deprecated: false, import: None }
}

/// The letters around a place.
fn word_at(text: &str, offset: u32) -> Span {
    let at = (offset as usize).min(text.len());
    let is_letter = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return Span::default() };
    let start = before
        .rfind(|it| !is_letter(it))
        .map_or(0, |it| it + before[it..].chars().next().map_or(1, char::len_utf8));
    let end = at + after.find(|it| !is_letter(it)).unwrap_or(after.len());
    Span::new(start, end)
}

#[cfg(test)]
mod luau_tests;
#[cfg(test)]
mod tests;
