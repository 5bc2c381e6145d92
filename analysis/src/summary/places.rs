//! Moving everything that has a place, when a copy of the text was read instead of the text.

use super::{Field, Kind, Note, Summary, Word};
use crate::text::Span;

impl Summary {
    /// Every place becomes what `to` says; it must keep their order.
    pub(crate) fn move_places(&mut self, to: impl Fn(u32) -> u32) {
        let span = |it: &mut Span| *it = Span { start: to(it.start), end: to(it.end) };
        let word = |it: &mut Word| span(&mut it.span);
        let fields = |all: &mut Vec<Field>| all.iter_mut().for_each(|it| word(&mut it.name));
        for it in &mut self.exprs {
            span(&mut it.span);
            match &mut it.kind {
                Kind::Member(_, name) => word(name),
                Kind::Object(all) => all.iter_mut().for_each(|it| word(&mut it.name)),
                _ => (),
            }
        }
        for it in &mut self.notes {
            match it {
                Note::Named(name, _) | Note::Foreign(_, name) | Note::OfValue(name) => word(name),
                Note::Object(all) => fields(all),
                _ => (),
            }
        }
        self.scopes.iter_mut().for_each(|it| span(&mut it.span));
        for it in &mut self.bindings {
            word(&mut it.name);
            it.from = to(it.from);
        }
        for it in &mut self.functions {
            span(&mut it.span);
            it.params.iter_mut().for_each(|it| word(&mut it.name));
        }
        for it in &mut self.decls {
            word(&mut it.name);
            span(&mut it.span);
            fields(&mut it.fields);
        }
        for it in &mut self.imports {
            word(&mut it.specifier);
            it.names.iter_mut().for_each(|it| word(&mut it.0));
        }
        self.exports.iter_mut().for_each(|it| word(&mut it.name));
    }
}
