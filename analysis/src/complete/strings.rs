//! Between quotes: names of components, nodes, events and modules.

use smol_str::SmolStr;

use super::{At, Found, Item, ItemKind, simple};
use crate::infer::{LISTENERS, events};
use crate::moves::specifier_of;
use crate::summary::{ExprId, Kind};
use crate::text::Span;
use crate::ty::Ty;

impl At<'_> {
    /// What a text at the cursor may be; `None` where there is none.
    pub(super) fn string(&self) -> Option<Found> {
        if let Some(found) = self.specifier() {
            return Some(found);
        }
        let summary = self.summary();
        let at = summary.expr_at(self.offset, |it| {
            matches!(it.kind, Kind::Text(_)) && it.span.start < self.offset && self.offset < it.span.end
        })?;
        let span = summary[at].span;
        // The copy may have closed what the text leaves open.
        let end = span.end.saturating_sub(1).min(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        let line_end = self.text[self.offset as usize..]
            .find('\n')
            .map_or(self.text.len(), |it| it + self.offset as usize);
        let inside =
            Span { start: span.start + 1, end: end.min(u32::try_from(line_end).unwrap_or(u32::MAX)) };
        let mut items = Vec::new();
        self.of_type(&self.infer.expected(self.file, at), &mut items);
        self.event_names(at, &mut items);
        self.node_names(at, &mut items);
        Some((items, Some(inside)))
    }

    fn of_type(&self, ty: &Ty, items: &mut Vec<Item>) {
        for part in ty.parts() {
            match &part {
                Ty::Literal(text) => add(items, simple(text.clone(), ItemKind::Value)),
                Ty::Keys(of) => {
                    for it in self.infer.members(of) {
                        let origin = Some(it.origin);
                        add(items, Item { origin, ..simple(it.name, ItemKind::Value) });
                    }
                }
                _ => (),
            }
        }
    }

    /// Names of events that somebody sends or listens to.
    fn event_names(&self, at: ExprId, items: &mut Vec<Item>) {
        let summary = self.summary();
        let Some(here) = events(summary).find(|it| it.at == at) else { return };
        let listens = !here.sends;
        let own: Vec<Vec<(SmolStr, bool)>> = self
            .infer
            .project
            .all()
            .map(|(file, it)| {
                let others = events(it.summary()).filter(|it| file != self.file || it.at != at);
                others.map(|it| (SmolStr::new(it.name), it.sends)).collect()
            })
            .collect();
        // Those first that are waiting for the other side.
        for other_side in [true, false] {
            for (name, sends) in own.iter().flatten() {
                if (*sends == listens) == other_side && !name.is_empty() {
                    add(items, simple(name.clone(), ItemKind::Value));
                }
            }
        }
        if listens {
            self.world_events(at, items);
        }
    }

    /// What can be listened to in every world.
    fn world_events(&self, at: ExprId, items: &mut Vec<Item>) {
        let summary = self.summary();
        let Some(Kind::Call(callee, _)) = summary.parent(at).map(|it| &summary[it].kind) else { return };
        let Kind::Member(object, name) = &summary[*callee].kind else { return };
        if !LISTENERS.contains(&&*name.text) {
            return;
        }
        let owner = match self.infer.expr(self.file, *object) {
            Ty::Named(file, decl, _) => self.infer.project.summary(file)[decl].name.text.clone(),
            _ => return,
        };
        let all = self.infer.world_type(&format!("{owner}Events"));
        for it in self.infer.members(&all) {
            let origin = Some(it.origin);
            add(items, Item { origin, ..simple(it.name, ItemKind::Value) });
        }
    }

    /// Names of nodes that somebody asks for.
    fn node_names(&self, at: ExprId, items: &mut Vec<Item>) {
        let summary = self.summary();
        let Some(Kind::Call(callee, _)) = summary.parent(at).map(|it| &summary[it].kind) else { return };
        let Kind::Member(_, name) = &summary[*callee].kind else { return };
        if name.text != "get" {
            return;
        }
        for (file, it) in self.infer.project.all() {
            let other = it.summary();
            for call in &other.exprs {
                let Kind::Call(callee, args) = &call.kind else { continue };
                let Kind::Member(_, name) = &other[*callee].kind else { continue };
                let Some(text) =
                    args.first().filter(|it| name.text == "get" && (file != self.file || **it != at))
                else {
                    continue;
                };
                if let Kind::Text(text) = &other[*text].kind
                    && !text.is_empty()
                {
                    add(items, simple(text.clone(), ItemKind::Value));
                }
            }
        }
    }

    /// Modules that may be imported.
    fn specifier(&self) -> Option<Found> {
        let import = self.summary().imports.iter().find(|it| it.specifier.span.touches(self.offset))?;
        let here = self.infer.project.file(self.file)?;
        let mut items = Vec::new();
        for (file, other) in self.infer.project.all().filter(|it| it.0 != self.file) {
            if !bowline_model::layout::is_script(&other.path) {
                continue;
            }
            let Some(text) = specifier_of(&here.path, &other.path) else { continue };
            let fits = self.infer.project.imported(self.file, &text) == Some(file);
            if fits {
                add(&mut items, simple(text.into(), ItemKind::File));
            }
        }
        let line_end = self.text[self.offset as usize..]
            .find('\n')
            .map_or(self.text.len(), |it| it + self.offset as usize);
        let mut span = import.specifier.span;
        span.end = span.end.min(u32::try_from(line_end).unwrap_or(u32::MAX));
        Some((items, Some(span)))
    }
}

fn add(items: &mut Vec<Item>, it: Item) {
    if !items.iter().any(|known| known.label == it.label) {
        items.push(it);
    }
}
