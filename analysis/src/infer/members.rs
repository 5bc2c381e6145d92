//! What has which members.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::{Infer, env_of};
use crate::project::{FileId, WORLD};
use crate::summary::{DeclId, DeclKind, Doc, Exported, ExprId, Field, Kind, Note, Path, Root};
use crate::text::Span;
use crate::ty::{Env, Ty};

/// How many classes may stand above each other.
const BASES_MAX: u32 = 12;

/// More places that put something into one thing are not looked at.
const PUTS_MAX: usize = 8;

/// Where something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file; [`WORLD`] is the world's declarations.
    pub file: FileId,
    /// Its name there.
    pub span: Span,
}

/// Something a value has.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: SmolStr,
    /// What it is.
    pub ty: Ty,
    /// Whether it is called.
    pub method: bool,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether it cannot be assigned.
    pub readonly: bool,
    /// What people wrote above it.
    pub doc: Doc,
    /// Where it is written.
    pub origin: Origin,
    /// The type whose it is, if it has a name.
    pub owner: Option<SmolStr>,
}

impl Infer<'_> {
    /// The member of that name; the first if a type says it several times.
    #[must_use]
    pub fn member(&self, ty: &Ty, name: &str) -> Option<Member> {
        self.overloads(ty, name).into_iter().next()
    }

    /// Every member of that name.
    #[must_use]
    pub fn overloads(&self, ty: &Ty, name: &str) -> Vec<Member> {
        let mut found = Vec::new();
        for part in ty.parts() {
            self.each_member(&part, Some(name), &mut |it| found.push(it));
        }
        found
    }

    /// Every member, the type's own first. Of several with one name all are here.
    #[must_use]
    pub fn members(&self, ty: &Ty) -> Vec<Member> {
        let mut found = Vec::new();
        for part in ty.parts() {
            self.each_member(&part, None, &mut |it| found.push(it));
        }
        found
    }

    fn each_member(&self, ty: &Ty, only: Option<&str>, give: &mut dyn FnMut(Member)) {
        // `state = { ...state, x }` has members of itself.
        if self.deeper() {
            self.each_of(ty, only, give);
            self.shallower();
        }
    }

    fn each_of(&self, ty: &Ty, only: Option<&str>, give: &mut dyn FnMut(Member)) {
        match ty {
            Ty::Named(file, decl, env) => {
                let env = self.with_this(env, ty);
                self.of_instance((*file, *decl, env), (only, 0), give);
            }
            Ty::Class(file, decl) => self.of_class(*file, *decl, (only, give)),
            Ty::Shape(file, note, env) => {
                if let Note::Object(fields) = &self.summary(*file)[*note] {
                    self.fields(*file, fields, (env, only, None), give);
                }
            }
            Ty::Object(file, expr) => self.of_object(*file, *expr, (only, give)),
            Ty::List(item) => self.of_language("Array", std::slice::from_ref(item), (only, give)),
            Ty::Tuple(items) => {
                let item = std::rc::Rc::new(Ty::one_of(items.iter().cloned()));
                self.of_language("Array", &[item], (only, give));
            }
            Ty::Text | Ty::Literal(_) => self.of_language("String", &[], (only, give)),
            Ty::Number => self.of_language("Number", &[], (only, give)),
            Ty::Truth => self.of_language("Boolean", &[], (only, give)),
            Ty::Function(..) | Ty::Signature(..) => self.of_language("Function", &[], (only, give)),
            Ty::Module(file) => self.of_module(*file, (only, give)),
            Ty::Props(app) => self.of_props(app, (only, give)),
            Ty::Record(item) => {
                if let Some(name) = only {
                    let origin = Origin { file: WORLD, span: Span::default() };
                    give(plain(SmolStr::new(name), item.as_ref().clone(), origin));
                }
            }
            Ty::Unknown | Ty::Any | Ty::Nothing | Ty::Keys(_) | Ty::Union(_) => (),
        }
    }

    fn with_this(&self, env: &Env, ty: &Ty) -> Env {
        env_of(env.iter().cloned().chain([("this".into(), ty.clone())]))
    }

    fn of_language(
        &self,
        name: &str,
        args: &[std::rc::Rc<Ty>],
        (only, give): (Option<&str>, &mut dyn FnMut(Member)),
    ) {
        let world = self.summary(WORLD);
        let name = match (self.luau.get(), name) {
            (false, name) => name,
            (true, "String") => "LuauString",
            // Luau's tables, numbers and functions have no members.
            (true, _) => return,
        };
        let Some(decl) = world.decl(name) else { return };
        let names = world[decl].generics.iter().map(|it| it.0.clone());
        let env = env_of(names.zip(args.iter().map(|it| it.as_ref().clone())));
        self.of_instance((WORLD, decl, env), (only, 0), give);
    }

    fn of_instance(
        &self,
        (file, decl, env): (FileId, DeclId, Env),
        (only, depth): (Option<&str>, u32),
        give: &mut dyn FnMut(Member),
    ) {
        let summary = self.summary(file);
        let it = &summary[decl];
        let own: Vec<Field> =
            it.fields.iter().filter(|it| !it.fixed && it.name.text != "constructor").cloned().collect();
        self.fields(file, &own, (&env, only, Some(&it.name.text)), give);
        if it.kind == DeclKind::Class {
            let path = Path { root: Root::This(Some(decl)), rest: SmolStr::default() };
            let said = |name: &str| own.iter().any(|it| it.name.text == name);
            self.written(file, &path, only, &mut |it| {
                if !said(&it.name) {
                    give(it);
                }
            });
        }
        if depth >= BASES_MAX {
            return;
        }
        for base in &it.extends {
            if let Ty::Named(file, decl, above) = self.note(file, *base, &env) {
                let this = env.iter().filter(|it| it.0 == "this").cloned();
                let env = env_of(above.iter().cloned().chain(this));
                self.of_instance((file, decl, env), (only, depth + 1), give);
            }
        }
        if let Some(base) = it.base
            && let Ty::Class(file, decl) = self.expr(file, base)
        {
            self.of_instance((file, decl, env), (only, depth + 1), give);
        }
    }

    fn of_class(&self, file: FileId, decl: DeclId, (only, give): (Option<&str>, &mut dyn FnMut(Member))) {
        let it = &self.summary(file)[decl];
        let own: Vec<Field> = it.fields.iter().filter(|it| it.fixed).cloned().collect();
        self.fields(file, &own, (&Env::default(), only, Some(&it.name.text)), give);
        if self.luau.get() && only.is_none_or(|only| only == "new") {
            let origin = Origin { file, span: it.name.span };
            give(Member { method: true, ..plain("new".into(), Ty::Any, origin) });
        }
    }

    fn fields(
        &self,
        file: FileId,
        fields: &[Field],
        (env, only, owner): (&Env, Option<&str>, Option<&SmolStr>),
        give: &mut dyn FnMut(Member),
    ) {
        for it in fields.iter().filter(|it| only.is_none_or(|only| it.name.text == only)) {
            if only.is_none() && it.name.text == "[]" {
                continue;
            }
            let noted = it.note.map_or(Ty::Unknown, |note| self.note(file, note, env));
            let ty = match it.value {
                Some(value) if noted.is_open() => self.value(file, value, only),
                _ => noted,
            };
            give(Member {
                name: it.name.text.clone(),
                ty,
                method: it.method,
                optional: it.optional,
                readonly: it.readonly,
                doc: it.doc.clone(),
                origin: Origin { file, span: it.name.span },
                owner: owner.cloned(),
            });
        }
    }

    fn of_object(&self, file: FileId, expr: ExprId, (only, give): (Option<&str>, &mut dyn FnMut(Member))) {
        let summary = self.summary(file);
        let all = match &summary[expr].kind {
            Kind::Object(all) => all,
            Kind::Instance(value, class) => return self.of_instance_of(file, (*value, *class), (only, give)),
            _ => return,
        };
        for it in all {
            if it.name.text.is_empty() {
                if let Kind::Spread(inner) = summary[it.value].kind {
                    for part in self.expr(file, inner).parts() {
                        self.each_member(&part, only, give);
                    }
                }
                continue;
            }
            if only.is_some_and(|only| it.name.text != only) {
                continue;
            }
            let origin = Origin { file, span: it.name.span };
            let method = matches!(summary[it.value].kind, Kind::Function(_));
            let ty = self.value(file, it.value, only);
            give(Member { method, ..plain(it.name.text.clone(), ty, origin) });
        }
        // What is put on it where it is kept.
        if let Some(path) = summary.holder(expr) {
            self.written(file, path, only, &mut |it| {
                if !all.iter().any(|own| own.name.text == it.name) {
                    give(it);
                }
            });
        }
    }

    /// Of `setmetatable(value, class)`: the value's own, the class's, and what the class says stands in for
    /// what it has not.
    fn of_instance_of(
        &self,
        file: FileId,
        (value, class): (ExprId, ExprId),
        (only, give): (Option<&str>, &mut dyn FnMut(Member)),
    ) {
        // Classes may stand in for each other in a circle.
        if !self.open.borrow_mut().insert((file, super::Open::Class(class))) {
            return;
        }
        let (value, class_ty) = (self.expr(file, value), self.expr(file, class));
        let behind = self.member(&class_ty, "__index").map_or(Ty::Unknown, |it| it.ty);
        let mut all = value.parts();
        all.extend(class_ty.parts());
        all.extend(behind.parts().into_iter().filter(|it| *it != class_ty));
        for part in all {
            self.each_member(&part, only, &mut *give);
        }
        self.open.borrow_mut().remove(&(file, super::Open::Class(class)));
    }

    fn of_module(&self, file: FileId, (only, give): (Option<&str>, &mut dyn FnMut(Member))) {
        for it in self.summary(file).exports.iter().filter(|it| only.is_none_or(|only| it.name.text == only))
        {
            if it.name.text == "*" {
                if let Exported::Import(import, _) = &it.what
                    && let Ty::Module(target) = self.imported(file, *import, "*")
                    && target != file
                {
                    self.of_module(target, (only, give));
                }
                continue;
            }
            let ty = if self.listing.get() && only.is_none() {
                Ty::Unknown
            } else {
                self.exported(file, &it.name.text, 0)
            };
            give(plain(it.name.text.clone(), ty, Origin { file, span: it.name.span }));
        }
    }

    /// What scripts put on a path: `state.speed = 1`.
    pub(super) fn written(
        &self,
        file: FileId,
        path: &Path,
        only: Option<&str>,
        give: &mut dyn FnMut(Member),
    ) {
        let summary = self.summary(file);
        let Some(uses) = summary.paths.get(path) else { return };
        let mut seen: Vec<&str> = Vec::new();
        for expr in uses {
            let Kind::Member(_, name) = &summary[*expr].kind else { continue };
            if only.is_some_and(|only| name.text != only) || seen.contains(&&*name.text) {
                continue;
            }
            let same =
                |it: ExprId| matches!(&summary[it].kind, Kind::Member(_, other) if other.text == name.text);
            let values = uses.iter().filter(|it| same(**it));
            let writes: Vec<ExprId> = values.filter_map(|it| summary.value_of(*it)).collect();
            if writes.is_empty() {
                continue;
            }
            seen.push(&name.text);
            let ty = Ty::one_of(writes.iter().map(|it| self.value(file, *it, only)));
            let method = matches!(ty, Ty::Function(..));
            give(Member { method, ..plain(name.text.clone(), ty, Origin { file, span: name.span }) });
        }
    }

    /// What scripts put on `object` under that name.
    pub(crate) fn member_written(&self, file: FileId, object: ExprId, name: &str) -> Option<Member> {
        let path = self.summary(file).path(object)?;
        let mut found = None;
        self.written(file, &path, Some(name), &mut |it| found = found.take().or(Some(it)));
        found
    }

    /// What `object.name` is: by the type of the object, else by what is put there.
    pub(super) fn member_of(&self, file: FileId, object: ExprId, name: &str) -> Ty {
        let ty = self.expr(file, object);
        if matches!(name, "props" | "config") && ty == self.world_type("App") {
            return self.props_of(file);
        }
        if let Some(member) = self.member(&ty, name)
            && !member.ty.is_open()
        {
            return self.filled_path(file, (object, name), member.ty);
        }
        let Some(path) = self.summary(file).path(object) else { return Ty::Unknown };
        let mut found = Ty::Unknown;
        self.written(file, &path, Some(name), &mut |it| found = it.ty);
        self.filled_path(file, (object, name), found)
    }

    /// A list that is made empty holds what is put into it.
    fn filled_path(&self, file: FileId, (object, name): (ExprId, &str), ty: Ty) -> Ty {
        match &ty {
            Ty::List(item) if item.is_open() => {
                let Some(Path { root, rest }) = self.summary(file).path(object) else { return ty };
                let path = Path { root, rest: smol_str::format_smolstr!("{rest}.{name}") };
                Ty::List(std::rc::Rc::new(self.put_on(file, &path)))
            }
            _ => ty,
        }
    }

    /// What a value is; in a list of members only what is seen at once, as nobody asks for all of them.
    fn value(&self, file: FileId, expr: ExprId, only: Option<&str>) -> Ty {
        match self.summary(file)[expr].kind {
            Kind::Function(function) => Ty::Function(file, function),
            _ if self.listing.get() && only.is_none() => Ty::Unknown,
            _ => super::widened(self.expr(file, expr)),
        }
    }

    /// Every member anybody may mean behind `object`; of what they are only what is seen at once.
    #[must_use]
    pub fn members_of(&self, file: FileId, object: ExprId) -> Vec<Member> {
        self.asked_in(file);
        let ty = self.expr(file, object);
        self.listing.set(true);
        let found = self.list(file, (object, &ty));
        self.listing.set(false);
        found
    }

    fn list(&self, file: FileId, (object, ty): (ExprId, &Ty)) -> Vec<Member> {
        let mut found = self.members(ty);
        if ty.parts().contains(&self.world_type("Node")) {
            // What a model calls a node is of whatever kind the model makes it.
            for kind in self.members(&self.world_type("NodeTypes")) {
                let more = self.members(&kind.ty);
                found.extend(more);
            }
        }
        if let Some(path) = self.summary(file).path(object) {
            let mut more = Vec::new();
            self.written(file, &path, None, &mut |it| more.push(it));
            found.extend(more);
        }
        let mut seen = BTreeSet::new();
        found.retain(|it| seen.insert(it.name.clone()));
        found
    }

    /// What is put into `object` with `push`, `add` or `set`.
    pub(super) fn put_into(&self, file: FileId, object: ExprId) -> Ty {
        self.summary(file).path(object).map_or(Ty::Unknown, |path| self.put_on(file, &path))
    }

    pub(super) fn put_on(&self, file: FileId, path: &Path) -> Ty {
        let summary = self.summary(file);
        let uses = summary.paths.get(path).into_iter().flatten();
        let put = summary.puts.get(path).into_iter().flatten().take(PUTS_MAX);
        let put = put.map(|it| super::widened(self.expr(file, *it)));
        Ty::one_of(put.chain(uses.filter_map(|it| {
            let Kind::Member(_, name) = &summary[*it].kind else { return None };
            let at = match &*name.text {
                "push" | "unshift" | "add" => 0,
                "set" => 1,
                _ => return None,
            };
            match &summary[summary.parent(*it)?].kind {
                Kind::Call(callee, args) if callee == it => {
                    args.get(at).map(|it| super::widened(self.expr(file, *it)))
                }
                _ => None,
            }
        })))
    }
}

/// A member of which only this is known.
pub(super) fn plain(name: SmolStr, ty: Ty, origin: Origin) -> Member {
    Member { name, ty, method: false, optional: false, readonly: false, doc: None, origin, owner: None }
}
