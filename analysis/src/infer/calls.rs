//! What calls give, and what they want.

use std::rc::Rc;

use super::{Infer, env_of, widened};
use crate::project::FileId;
use crate::summary::{ExprId, Kind, Note, NoteId, Signature};
use crate::ty::{Env, Ty};

impl<'a> Infer<'a> {
    /// What a call gives.
    pub(super) fn call(&self, file: FileId, (callee, args): (ExprId, &[ExprId])) -> Ty {
        let ty = self.called(file, (callee, args));
        // Luau waits by itself.
        if self.luau.get() { self.awaited(ty) } else { ty }
    }

    fn called(&self, file: FileId, (callee, args): (ExprId, &[ExprId])) -> Ty {
        if let Some(made) = self.made_in_luau(file, callee) {
            return made;
        }
        let chosen = self.callee(file, (callee, args));
        match &chosen {
            Ty::Signature(at, note, env) => {
                let Note::Function(signature) = &self.summary(*at)[*note] else { return Ty::Unknown };
                let env = self.bound((*at, signature), env, (file, args));
                signature.returns.map_or(Ty::Unknown, |it| self.note(*at, it, &env))
            }
            Ty::Function(..) => {
                let object = match self.summary(file)[callee].kind {
                    Kind::Member(object, _) => self.expr(file, object),
                    _ => Ty::Unknown,
                };
                self.returned_by(&chosen, &env_of([("this".into(), object)]))
            }
            _ => Ty::Unknown,
        }
    }

    /// What a function that is written in a script gives.
    #[must_use]
    pub fn returned(&self, function: &Ty) -> Ty {
        self.returned_by(function, &Env::default())
    }

    fn returned_by(&self, function: &Ty, env: &Env) -> Ty {
        let Ty::Function(at, function) = function else { return Ty::Unknown };
        let it = &self.summary(*at)[*function];
        match it.note {
            Some(note) => self.note(*at, note, env),
            None => Ty::one_of(it.returns.iter().map(|it| self.expr(*at, *it))),
        }
    }

    /// `Vector3.new(…)` and `Vector3(…)`: Luau has no word for it.
    fn made_in_luau(&self, file: FileId, callee: ExprId) -> Option<Ty> {
        if !self.luau.get() {
            return None;
        }
        let class = match &self.summary(file)[callee].kind {
            Kind::Member(object, name) if name.text == "new" => self.expr(file, *object),
            _ => self.expr(file, callee),
        };
        match class {
            Ty::Class(at, decl) => Some(Ty::Named(at, decl, Env::default())),
            _ => None,
        }
    }

    /// What is called: of several signatures the one whose words fit.
    #[must_use]
    pub fn callee(&self, file: FileId, (callee, args): (ExprId, &[ExprId])) -> Ty {
        if let Kind::Member(object, name) = &self.summary(file)[callee].kind {
            let all = self.overloads(&self.expr(file, *object), &name.text);
            let fits = |it: &Ty| match it {
                Ty::Signature(at, note, env) => self.fit((*at, *note, env), (file, args)),
                _ => 1,
            };
            let best = all.into_iter().map(|it| (fits(&it.ty), it.ty)).rev().max_by_key(|it| it.0);
            if let Some((_, ty)) = best
                && !ty.is_open()
            {
                return ty;
            }
        }
        let ty = self.expr(file, callee);
        ty.parts().into_iter().find(|it| matches!(it, Ty::Signature(..) | Ty::Function(..))).unwrap_or(ty)
    }

    /// What is called, its type parameters standing for what the arguments make them, or may make them.
    #[must_use]
    pub fn callee_with(&self, file: FileId, (callee, args): (ExprId, &[ExprId])) -> Ty {
        match self.callee(file, (callee, args)) {
            Ty::Signature(at, note, env) => {
                let Note::Function(signature) = &self.summary(at)[note] else { return Ty::Unknown };
                let env = self.bound((at, signature), &env, (file, args));
                let bounds = self.bounds((at, signature), &env);
                let known = env.iter().filter(|it| !it.1.is_open()).cloned();
                Ty::Signature(at, note, env_of(bounds.iter().cloned().chain(known)))
            }
            other => other,
        }
    }

    /// How well arguments fit a signature: 0 is not at all.
    fn fit(&self, (at, note, env): (FileId, NoteId, &Env), (file, args): (FileId, &[ExprId])) -> u32 {
        let Note::Function(signature) = &self.summary(at)[note] else { return 0 };
        let env = self.bounds((at, signature), env);
        let pairs = signature.params.iter().zip(args);
        let scores = pairs.map(|(param, arg)| {
            let Kind::Text(text) = &self.summary(file)[*arg].kind else { return 2 };
            match param.note.map_or(Ty::Any, |it| self.note(at, it, &env)) {
                Ty::Keys(of) if self.member(&of, text).is_some() => 3,
                Ty::Keys(_) => 0,
                wanted if wanted.parts().contains(&Ty::Literal(text.clone())) => 3,
                wanted if wanted.parts().iter().all(|it| matches!(it, Ty::Literal(_))) => 0,
                _ => 1,
            }
        });
        scores.min().unwrap_or(1)
    }

    /// Type parameters as what they extend.
    fn bounds(&self, (at, signature): (FileId, &Signature), env: &Env) -> Env {
        let generics = signature.generics.iter();
        let found =
            generics.map(|(name, bound)| (name.clone(), bound.map_or(Ty::Any, |it| self.note(at, it, env))));
        env_of(env.iter().cloned().chain(found))
    }

    /// Type parameters as what the arguments make them.
    fn bound(
        &self,
        (at, signature): (FileId, &'a Signature),
        env: &Env,
        (file, args): (FileId, &[ExprId]),
    ) -> Env {
        let mut found: Vec<(smol_str::SmolStr, Ty)> = Vec::new();
        for (name, bound) in &signature.generics {
            let pairs = signature.params.iter().zip(args);
            let ty = pairs
                .filter_map(|(param, arg)| self.stands_for(name, (at, param.note?, env), (file, *arg)))
                .find(|it| !it.is_open());
            let bound = bound.map(|it| self.note(at, it, env));
            // A text may be any of a few; whoever asks for a type parameter wants what it is.
            let ty = ty.map(|it| if bound.is_some() { it } else { widened(it) });
            found.push((name.clone(), ty.unwrap_or(Ty::Unknown)));
        }
        env_of(env.iter().cloned().chain(found))
    }

    /// What the parameter `name` is if an argument of this written type is `arg`.
    fn stands_for(
        &self,
        name: &str,
        (at, note, env): (FileId, NoteId, &Env),
        (file, arg): (FileId, ExprId),
    ) -> Option<Ty> {
        match &self.summary(at)[note] {
            Note::Named(word, _) if word.text == name => Some(self.expr(file, arg)),
            Note::List(inner) => match &self.summary(at)[*inner] {
                Note::Named(word, _) if word.text == name => Some(self.element(&self.expr(file, arg))),
                _ => None,
            },
            Note::Union(all) => all.iter().find_map(|it| self.stands_for(name, (at, *it, env), (file, arg))),
            Note::Function(signature) => {
                let returns = signature.returns?;
                let gives = match self.expr(file, arg) {
                    Ty::Function(at, function) => {
                        let it = &self.summary(at)[function];
                        Ty::one_of(it.returns.iter().map(|it| self.expr(at, *it)))
                    }
                    _ => return None,
                };
                match &self.summary(at)[returns] {
                    Note::Named(word, _) if word.text == name => Some(gives),
                    Note::Union(all) => all
                        .iter()
                        .any(|it| matches!(&self.summary(at)[*it], Note::Named(word, _) if word.text == name))
                        .then_some(gives),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What `new` makes.
    pub(super) fn made(&self, file: FileId, (callee, args): (ExprId, &[ExprId])) -> Ty {
        match self.expr(file, callee) {
            Ty::Class(at, decl) => Ty::Named(at, decl, Env::default()),
            _ => self.language_made(file, (callee, args)),
        }
    }

    /// `new Map()`, `new Vector3()`: by name, as nobody gives these another meaning.
    fn language_made(&self, file: FileId, (callee, args): (ExprId, &[ExprId])) -> Ty {
        let Kind::Name(name, None, _) = &self.summary(file)[callee].kind else { return Ty::Unknown };
        match &**name {
            "Array" => Ty::List(Rc::new(Ty::Unknown)),
            it if it.ends_with("Array") => self.world_type("TypedArray"),
            "Set" | "Map" | "WeakMap" | "WeakSet" => self.collection(name, (file, args), callee),
            it if it.ends_with("Error") => self.world_type("Error"),
            it => self.world_type(it),
        }
    }

    /// A map or a set holds what it is made of, and what is put into it.
    fn collection(&self, name: &str, (file, args): (FileId, &[ExprId]), callee: ExprId) -> Ty {
        let summary = self.summary(file);
        let Ty::Named(world, decl, _) = self.world_type(name) else { return Ty::Unknown };
        let first = args.first().map_or(Ty::Unknown, |it| self.element(&self.expr(file, *it)));
        let held = summary.parent(callee).and_then(|made| self.holder(file, made));
        let put = held.map_or(Ty::Unknown, |path| self.put_on(file, &path));
        let generics = &self.summary(world)[decl].generics;
        let env = match (generics.as_slice(), first) {
            ([one], first) => vec![(one.0.clone(), Ty::one_of([first, put]))],
            ([key, value], Ty::Tuple(pair)) => vec![
                (key.0.clone(), pair.first().cloned().unwrap_or_default()),
                (value.0.clone(), Ty::one_of([pair.get(1).cloned().unwrap_or_default(), put])),
            ],
            ([key, value], _) => vec![(key.0.clone(), Ty::Text), (value.0.clone(), put)],
            _ => Vec::new(),
        };
        Ty::Named(world, decl, Rc::new(env))
    }

    /// The path that a value is first assigned to.
    fn holder(&self, file: FileId, value: ExprId) -> Option<crate::summary::Path> {
        let summary = self.summary(file);
        if let Some(target) = summary.target_of(value) {
            return summary.path(target);
        }
        let root = crate::summary::Root::Binding(summary.name_of(value)?);
        Some(crate::summary::Path { root, rest: Default::default() })
    }

    /// The type a call wants for an argument.
    #[must_use]
    pub fn expected_argument(&self, file: FileId, call: ExprId, argument: u32) -> Ty {
        let summary = self.summary(file);
        let (Kind::Call(callee, args) | Kind::New(callee, args)) = &summary[call].kind else {
            return Ty::Unknown;
        };
        match self.callee(file, (*callee, args)) {
            Ty::Signature(at, note, env) => {
                let Note::Function(signature) = &self.summary(at)[note] else { return Ty::Unknown };
                let Some(param) = param_at(signature, argument) else { return Ty::Unknown };
                // What this argument makes of a type parameter is not what is wanted of it.
                let others: Vec<ExprId> = args.iter().take(argument as usize).copied().collect();
                let env = self.bound((at, signature), &env, (file, &others));
                let bounds = self.bounds((at, signature), &env);
                let known = env.iter().filter(|it| !it.1.is_open()).cloned();
                let env = env_of(bounds.iter().cloned().chain(known));
                let ty = param.note.map_or(Ty::Unknown, |it| self.note(at, it, &env));
                let ty = if param.rest { self.element(&ty).or_else(|| ty.clone()) } else { ty };
                self.event_callback(file, (*callee, args), argument).or_else(|| ty)
            }
            Ty::Function(at, function) => self.param_note(at, function, argument),
            _ => Ty::Unknown,
        }
    }

    fn param_note(&self, file: FileId, function: crate::summary::FunctionId, argument: u32) -> Ty {
        let param = self.summary(file)[function].params.get(argument as usize);
        param.and_then(|it| it.note).map_or(Ty::Unknown, |it| self.note(file, it, &Env::default()))
    }

    /// What a function type hands to its n-th parameter.
    pub(super) fn param_of(&self, wanted: &Ty, number: u32) -> Ty {
        Ty::one_of(wanted.parts().iter().map(|it| match it {
            Ty::Signature(at, note, env) => match &self.summary(*at)[*note] {
                Note::Function(signature) => {
                    let env = self.bounds((*at, signature), env);
                    let param = param_at(signature, number);
                    param.and_then(|it| it.note).map_or(Ty::Unknown, |it| self.note(*at, it, &env))
                }
                _ => Ty::Unknown,
            },
            Ty::Function(at, function) => self.param_note(*at, *function, number),
            // An event of another app hands over what it was sent with.
            Ty::Tuple(sent) => sent.get(number as usize).cloned().unwrap_or_default(),
            _ => Ty::Unknown,
        }))
    }

    /// The type that is wanted where `expr` stands.
    #[must_use]
    pub fn expected(&self, file: FileId, expr: ExprId) -> Ty {
        let summary = self.summary(file);
        let Some(parent) = summary.parent(expr) else {
            return summary
                .target_of(expr)
                .map_or(Ty::Unknown, |it| self.expr(file, it))
                .or_else(|| self.noted(file, expr));
        };
        match &summary[parent].kind {
            Kind::Call(callee, args) | Kind::New(callee, args) if *callee != expr => {
                let at = args.iter().position(|it| *it == expr).and_then(|it| u32::try_from(it).ok());
                at.map_or(Ty::Unknown, |it| self.expected_argument(file, parent, it))
            }
            Kind::Object(all) => {
                let name = all.iter().find(|it| it.value == expr).map(|it| &it.name.text);
                let whole = self.expected(file, parent);
                name.and_then(|it| self.member(&whole, it)).map_or(Ty::Unknown, |it| it.ty)
            }
            Kind::List(_) => self.element(&self.expected(file, parent)),
            Kind::Either(_) => self.expected(file, parent),
            _ => Ty::Unknown,
        }
    }

    /// The type that is written beside the name this is the value of.
    fn noted(&self, file: FileId, expr: ExprId) -> Ty {
        let summary = self.summary(file);
        let note = summary.name_of(expr).and_then(|it| summary[it].note);
        note.map_or(Ty::Unknown, |it| self.note(file, it, &Env::default()))
    }
}

/// The parameter an argument goes to.
pub(crate) fn param_at(signature: &Signature, number: u32) -> Option<&crate::summary::ParamNote> {
    let params = &signature.params;
    params.get(number as usize).or_else(|| params.last().filter(|it| it.rest))
}
