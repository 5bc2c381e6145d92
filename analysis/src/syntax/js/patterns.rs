//! Patterns: names that are given, whole or in parts, and what is assigned to.

use smol_str::SmolStr;
use swc_common::Spanned as _;
use swc_ecma_ast::{
    ArrayPat, AssignTarget, AssignTargetPat, BindingIdent, ObjectPat, ObjectPatProp, Pat, SimpleAssignTarget,
};

use super::{Lower, key, word};
use crate::summary::{BindingId, BindingKind, ExprId, Kind, NoteId, Source, SourceId, Word, Write};

type How = (BindingKind, Option<SourceId>);

impl Lower<'_> {
    /// Gives the names of a pattern.
    pub(super) fn pattern(&mut self, it: &Pat, (kind, source): How) {
        match it {
            Pat::Ident(it) => drop(self.name(it, (kind, source))),
            Pat::Array(it) => self.array(it, (kind, source)),
            Pat::Object(it) => self.object_pattern(it, (kind, source)),
            Pat::Rest(it) => self.pattern(&it.arg, (kind, source)),
            Pat::Assign(it) => {
                let value = self.expr(&it.right);
                let before = self.out.bindings.len();
                self.pattern(&it.left, (kind, source));
                if matches!(*it.left, Pat::Ident(_)) {
                    self.also(before, value);
                }
            }
            Pat::Expr(it) => drop(self.expr(it)),
            Pat::Invalid(_) => (),
        }
    }

    /// What was bound last may be `value` as well.
    fn also(&mut self, before: usize, value: ExprId) {
        if self.out.bindings.len() > before {
            let source = self.out.sources(Source::Value(value));
            self.out.bindings[before].sources.push(source);
        }
    }

    fn name(&mut self, it: &BindingIdent, (kind, source): How) -> BindingId {
        let note = it.type_ann.as_ref().map(|it| self.note(&it.type_ann));
        let binding = self.bind(word(&it.id), kind, None);
        let made = &mut self.out[binding];
        made.note = note;
        made.sources.extend(source);
        binding
    }

    fn annotated(
        &mut self,
        note: Option<&swc_ecma_ast::TsTypeAnn>,
        source: Option<SourceId>,
    ) -> Option<SourceId> {
        let note: Option<NoteId> = note.map(|it| self.note(&it.type_ann));
        note.map(|it| self.out.sources(Source::Note(it))).or(source)
    }

    fn array(&mut self, it: &ArrayPat, (kind, source): How) {
        let source = self.annotated(it.type_ann.as_deref(), source);
        for (at, one) in (0..).zip(&it.elems) {
            let Some(one) = one else { continue };
            let item = source.map(|it| self.out.sources(Source::Item(it, at)));
            // What is left of a list is such a list.
            let item = if matches!(one, Pat::Rest(_)) { source } else { item };
            self.pattern(one, (kind, item));
        }
    }

    fn object_pattern(&mut self, it: &ObjectPat, (kind, source): How) {
        let source = self.annotated(it.type_ann.as_deref(), source);
        for one in &it.props {
            match one {
                ObjectPatProp::KeyValue(it) => {
                    let name = key(&it.key);
                    let part = self.member_of(source, name.as_ref());
                    self.pattern(&it.value, (kind, part));
                }
                ObjectPatProp::Assign(it) => {
                    let name = word(&it.key.id);
                    self.out.shorthands.push(name.span);
                    let part = self.member_of(source, Some(&name));
                    let value = it.value.as_ref().map(|it| self.expr(it));
                    let before = self.out.bindings.len();
                    self.name(&it.key, (kind, part));
                    value.into_iter().for_each(|it| self.also(before, it));
                }
                ObjectPatProp::Rest(it) => self.pattern(&it.arg, (kind, source)),
            }
        }
    }

    fn member_of(&mut self, source: Option<SourceId>, name: Option<&Word>) -> Option<SourceId> {
        let (source, name) = (source?, name?);
        self.out.keys.push((source, name.clone()));
        Some(self.out.sources(Source::Member(source, name.text.clone())))
    }

    /// What is assigned to; `value` is what it becomes.
    pub(super) fn assigned(&mut self, it: &AssignTarget, value: ExprId) {
        match it {
            AssignTarget::Simple(it) => {
                if let Some(target) = self.simple(it) {
                    self.out.writes.push(Write { target, value });
                }
            }
            AssignTarget::Pat(AssignTargetPat::Object(it)) => self.assigned_parts(it, value),
            AssignTarget::Pat(_) => (),
        }
    }

    fn simple(&mut self, it: &SimpleAssignTarget) -> Option<ExprId> {
        match it {
            SimpleAssignTarget::Ident(it) => {
                let name = Kind::Name(SmolStr::new(&*it.id.sym), None, self.scope);
                Some(self.expr_of(name, it.id.span))
            }
            SimpleAssignTarget::Member(it) => Some(self.member(it)),
            SimpleAssignTarget::Paren(it) => Some(self.expr(&it.expr)),
            SimpleAssignTarget::OptChain(it) => Some(self.chain(it)),
            SimpleAssignTarget::TsAs(it) => Some(self.expr(&it.expr)),
            SimpleAssignTarget::TsNonNull(it) => Some(self.expr(&it.expr)),
            _ => None,
        }
    }

    /// `({ a, b: c.d } = value)`.
    fn assigned_parts(&mut self, it: &ObjectPat, value: ExprId) {
        for one in &it.props {
            let (name, at, target) = match one {
                ObjectPatProp::Assign(it) => (Some(word(&it.key.id)), it.span, None),
                ObjectPatProp::KeyValue(it) => (key(&it.key), it.value.span(), Some(&*it.value)),
                ObjectPatProp::Rest(_) => continue,
            };
            let Some(name) = name else { continue };
            let target = match target {
                None => self.expr_of(Kind::Name(name.text.clone(), None, self.scope), at),
                Some(Pat::Ident(it)) => {
                    self.expr_of(Kind::Name(SmolStr::new(&*it.id.sym), None, self.scope), at)
                }
                Some(Pat::Expr(it)) => self.expr(it),
                Some(_) => continue,
            };
            let part = self.expr_of(Kind::Member(value, name), at);
            self.out.writes.push(Write { target, value: part });
        }
    }
}
