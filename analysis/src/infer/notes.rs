//! Types that are written down, made into [`Ty`].

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Infer, env_of};
use crate::project::{FileId, WORLD};
use crate::summary::{DeclId, DeclKind, Note, NoteId, ScopeId};
use crate::ty::{Env, Ty};

impl Infer<'_> {
    /// What a written type means, where its parameters stand for `env`.
    #[must_use]
    pub fn note(&self, file: FileId, note: NoteId, env: &Env) -> Ty {
        if !self.deeper() {
            return Ty::Unknown;
        }
        let ty = self.note_of(file, note, env);
        self.shallower();
        ty
    }

    fn note_of(&self, file: FileId, note: NoteId, env: &Env) -> Ty {
        let of = |it: &NoteId| self.note(file, *it, env);
        match &self.summary(file)[note] {
            Note::Named(name, args) => self.named(file, (&name.text, args), env),
            Note::Foreign(import, name) => self.foreign(file, *import, &name.text, env),
            Note::Text(text) => Ty::Literal(text.clone()),
            Note::Union(all) => Ty::one_of(all.iter().map(of)),
            Note::Both(all) => all.iter().map(of).find(|it| !it.is_open()).unwrap_or_default(),
            Note::List(of_these) => Ty::List(Rc::new(of(of_these))),
            Note::Tuple(all) => Ty::Tuple(Rc::new(all.iter().map(of).collect())),
            Note::Object(fields) => match fields.as_slice() {
                [only] if only.name.text == "[]" => {
                    Ty::Record(Rc::new(only.note.as_ref().map_or(Ty::Any, of)))
                }
                _ => Ty::Shape(file, note, Rc::clone(env)),
            },
            Note::Function(_) => Ty::Signature(file, note, Rc::clone(env)),
            Note::Keys(it) => Ty::Keys(Rc::new(of(it))),
            Note::Part(object, key) => self.part(&of(object), &of(key)),
            Note::OfValue(name) => self
                .summary(file)
                .find(&name.text, ScopeId(0), u32::MAX)
                .map_or_else(|| self.global(file, &name.text), |it| self.binding(file, it)),
            Note::Unknown => Ty::Unknown,
        }
    }

    /// `T[K]`.
    fn part(&self, object: &Ty, key: &Ty) -> Ty {
        Ty::one_of(key.parts().iter().map(|key| match key {
            Ty::Literal(name) => self.member(object, name).map_or(Ty::Unknown, |it| it.ty),
            Ty::Number | Ty::Text => self.element(object),
            _ => Ty::Unknown,
        }))
    }

    fn named(&self, file: FileId, (name, args): (&SmolStr, &[NoteId]), env: &Env) -> Ty {
        if let Some((_, ty)) = env.iter().rev().find(|it| it.0 == *name) {
            return ty.clone();
        }
        let arg = |at: usize| args.get(at).map_or(Ty::Unknown, |it| self.note(file, *it, env));
        match &**name {
            "any" | "object" => Ty::Any,
            "unknown" | "never" => Ty::Unknown,
            "number" => Ty::Number,
            "string" => Ty::Text,
            "boolean" => Ty::Truth,
            "void" | "undefined" | "null" | "nil" => Ty::Nothing,
            "Array" | "ReadonlyArray" | "Iterable" | "ArrayLike" => Ty::List(Rc::new(arg(0))),
            "Partial" | "Required" | "Readonly" | "NonNullable" | "Awaited" | "Pick" | "Omit" => arg(0),
            "Record" => Ty::Record(Rc::new(arg(1))),
            _ => self.of_decl(file, (name, args), env),
        }
    }

    fn of_decl(&self, file: FileId, (name, args): (&SmolStr, &[NoteId]), env: &Env) -> Ty {
        let here = self.summary(file).decl(name).map(|it| (file, it));
        let found = here.or_else(|| {
            let imported = self.summary(file).find(name, ScopeId(0), u32::MAX).is_some();
            (!imported).then(|| self.summary(WORLD).decl(name).map(|it| (WORLD, it))).flatten()
        });
        match found {
            Some((owner, decl)) => {
                let names = self.summary(owner)[decl].generics.iter().map(|it| it.0.clone());
                let args = args.iter().map(|it| self.note(file, *it, env));
                self.declared(owner, decl, &env_of(names.zip(args)))
            }
            None => self.imported_type(file, name, env).unwrap_or_default(),
        }
    }

    /// What a declaration means.
    pub(super) fn declared(&self, file: FileId, decl: DeclId, env: &Env) -> Ty {
        let it = &self.summary(file)[decl];
        match it.kind {
            DeclKind::Alias(note) => self.note(file, note, env),
            // What is said to have any member is as good as what was set for this app, if that is known.
            DeclKind::Interface if file == WORLD && it.name.text == "Props" => Ty::Any,
            DeclKind::Interface | DeclKind::Class => Ty::Named(file, decl, Rc::clone(env)),
        }
    }
}
