//! [`Infer`]: what expressions are, by rules that need no solver.
//!
//! The rules are those that were measured to pay on real scripts: the script API and the parameters of
//! entries, `props`, later assignments, fields put on objects, what lists hold, call sites, events. None
//! looks at the order of statements. A question has a budget of steps; when it is spent, what is not known
//! yet stays unknown. So an answer may say too little; what it says is said somewhere in the project.
//!
//! Start at [`Infer::expr`]; its parts are `bindings` (names), `members`, `notes` (types that are written),
//! `calls` and `events`.

mod bindings;
mod calls;
mod events;
mod members;
mod notes;
mod props;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use smol_str::SmolStr;

use crate::project::{FileId, Project, WORLD};
use crate::summary::{BindingId, ExprId, Kind, Summary};
use crate::syntax::Language;
use crate::ty::{Env, Ty};

pub(crate) use events::{LISTENERS, events};
pub use members::{Member, Origin};

/// Steps one question may take.
const STEPS_MAX: u32 = 20_000;

/// How deep one thing may follow from another.
const DEPTH_MAX: u32 = 40;

/// One question, or several about the same moment.
pub struct Infer<'a> {
    /// What is asked about.
    pub project: &'a Project,
    steps: Cell<u32>,
    depth: Cell<u32>,
    exprs: RefCell<HashMap<(FileId, ExprId), Ty>>,
    bindings: RefCell<HashMap<(FileId, BindingId), Ty>>,
    /// What is being found out: whoever asks again goes in a circle.
    open: RefCell<HashSet<(FileId, Open)>>,
    /// Whether who asks writes Luau.
    luau: Cell<bool>,
    /// Members are listed: what each is, nobody asks.
    listing: Cell<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Open {
    Expr(ExprId),
    Binding(BindingId),
    /// The members of a class that stands in for values.
    Class(ExprId),
}

impl<'a> Infer<'a> {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(project: &'a Project) -> Infer<'a> {
        Infer {
            project,
            steps: Cell::new(0),
            depth: Cell::new(0),
            exprs: RefCell::default(),
            bindings: RefCell::default(),
            open: RefCell::default(),
            luau: Cell::new(false),
            listing: Cell::new(false),
        }
    }

    /// Another question about the same moment: what is known stays known, the budget is whole again.
    pub(crate) fn again(&self) -> &Self {
        self.steps.set(0);
        self
    }

    fn summary(&self, file: FileId) -> &'a Summary {
        self.project.summary(file)
    }

    /// One step deeper, if there is still budget for it; then [`Infer::shallower`] must follow.
    fn deeper(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        let goes = self.steps.get() <= STEPS_MAX && self.depth.get() < DEPTH_MAX;
        self.depth.set(self.depth.get() + u32::from(goes));
        goes
    }

    fn shallower(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// What is asked in a file is asked in its language, wherever it leads.
    fn asked_in(&self, file: FileId) {
        if self.depth.get() == 0
            && let Some(it) = self.project.file(file)
        {
            self.luau.set(Language::of(&it.path) == Language::Luau);
        }
    }

    /// Runs `work` unless the budget is spent, or it is what is being found out.
    fn guarded(&self, what: (FileId, Open), work: impl FnOnce() -> Ty) -> Ty {
        self.asked_in(what.0);
        if !self.open.borrow_mut().insert(what) {
            return Ty::Unknown;
        }
        let ty = if self.deeper() {
            let ty = work();
            self.shallower();
            ty
        } else {
            Ty::Unknown
        };
        self.open.borrow_mut().remove(&what);
        ty
    }

    /// What an expression is.
    #[must_use]
    pub fn expr(&self, file: FileId, expr: ExprId) -> Ty {
        if let Some(known) = self.exprs.borrow().get(&(file, expr)) {
            return known.clone();
        }
        let ty = self.guarded((file, Open::Expr(expr)), || self.expr_of(file, expr));
        // Found inside a circle, it is not the whole answer.
        if self.open.borrow().is_empty() || !ty.is_open() {
            self.exprs.borrow_mut().insert((file, expr), ty.clone());
        }
        ty
    }

    fn expr_of(&self, file: FileId, expr: ExprId) -> Ty {
        let summary = self.summary(file);
        match &summary[expr].kind {
            Kind::Name(name, binding, _) => match binding {
                Some(binding) => self.binding(file, *binding),
                None if matches!(&**name, "props" | "config") => {
                    self.props_of(file).or_else(|| self.global(file, name))
                }
                None => self.global(file, name),
            },
            Kind::This(class) => class.map_or(Ty::Unknown, |it| Ty::Named(file, it, Env::default())),
            Kind::Member(object, name) => self.member_of(file, *object, &name.text),
            Kind::Index(object, key) => self.indexed(file, (*object, *key)),
            Kind::Call(callee, args) => self.call(file, (*callee, args)),
            Kind::New(callee, args) => self.made(file, (*callee, args)),
            Kind::Require(import) => self.required(file, *import),
            Kind::Text(text) => Ty::Literal(text.clone()),
            Kind::Number => Ty::Number,
            Kind::Truth => Ty::Truth,
            Kind::Joined(_) => Ty::Text,
            Kind::Nothing => Ty::Nothing,
            Kind::Object(_) => Ty::Object(file, expr),
            Kind::List(items) => {
                Ty::List(Rc::new(Ty::one_of(items.iter().map(|it| widened(self.expr(file, *it))))))
            }
            Kind::Function(function) => Ty::Function(file, *function),
            Kind::Class(class) => Ty::Class(file, *class),
            Kind::Instance(..) => Ty::Object(file, expr),
            Kind::Either(all) => Ty::one_of(all.iter().map(|it| self.expr(file, *it))),
            Kind::Await(inner) => self.awaited(self.expr(file, *inner)),
            Kind::Spread(inner) => self.element(&self.expr(file, *inner)),
            Kind::Sum(left, right) => {
                let is_text = |it: ExprId| matches!(self.expr(file, it), Ty::Text | Ty::Literal(_));
                // Luau's vectors can be calculated with.
                let mut both = [left, right].into_iter().map(|it| self.expr(file, *it));
                let vector = both.find(|it| self.luau.get() && matches!(it, Ty::Named(..)));
                if is_text(*left) || is_text(*right) { Ty::Text } else { vector.unwrap_or(Ty::Number) }
            }
            Kind::Cast(value, note) => match self.note(file, *note, &Env::default()) {
                ty if ty.is_open() => self.expr(file, *value),
                ty => ty,
            },
            Kind::Unknown(_) => Ty::Unknown,
        }
    }

    /// What a name means that no file gives.
    #[must_use]
    pub fn global(&self, file: FileId, name: &str) -> Ty {
        let language = self.project.file(file).map(|it| Language::of(&it.path));
        let found = self.project.world.global(name, language);
        found.map_or(Ty::Unknown, |it| self.binding(WORLD, it))
    }

    /// What is inside a promise.
    fn awaited(&self, ty: Ty) -> Ty {
        Ty::one_of(ty.parts().into_iter().map(|it| match &it {
            Ty::Named(WORLD, decl, env) if self.summary(WORLD)[*decl].name.text == "Promise" => {
                env.first().map_or(Ty::Unknown, |it| it.1.clone())
            }
            _ => it,
        }))
    }

    fn indexed(&self, file: FileId, (object, key): (ExprId, ExprId)) -> Ty {
        let ty = self.expr(file, object);
        if let Ty::Literal(name) = self.expr(file, key)
            && let Some(member) = self.member(&ty, &name)
        {
            return member.ty;
        }
        Ty::one_of(ty.parts().iter().map(|it| match it {
            Ty::List(item) | Ty::Record(item) => item.as_ref().clone(),
            Ty::Tuple(items) => Ty::one_of(items.iter().cloned()),
            Ty::Object(file, expr) => self.any_value(*file, *expr),
            Ty::Shape(..) | Ty::Named(..) => self.member(it, "[]").map_or(Ty::Unknown, |it| it.ty),
            Ty::Text | Ty::Literal(_) => Ty::Text,
            _ => Ty::Unknown,
        }))
        .or_else(|| self.put_into(file, object))
    }

    /// What an object literal holds, whatever its name.
    fn any_value(&self, file: FileId, expr: ExprId) -> Ty {
        match &self.summary(file)[expr].kind {
            Kind::Object(all) => {
                let own = all.iter().map(|it| widened(self.expr(file, it.value)));
                let put = self.summary(file).holder(expr).map(|it| self.put_on(file, it));
                Ty::one_of(own.chain(put))
            }
            _ => Ty::Unknown,
        }
    }

    /// What a list, a map or the like holds.
    #[must_use]
    pub fn element(&self, ty: &Ty) -> Ty {
        Ty::one_of(ty.parts().iter().map(|it| match it {
            Ty::List(item) | Ty::Record(item) => item.as_ref().clone(),
            Ty::Tuple(items) => Ty::one_of(items.iter().cloned()),
            Ty::Text | Ty::Literal(_) => Ty::Text,
            Ty::Keys(of) => Ty::Keys(Rc::clone(of)),
            Ty::Object(file, expr) => self.any_value(*file, *expr),
            Ty::Named(WORLD, decl, env) => match &*self.summary(WORLD)[*decl].name.text {
                "Set" => env.first().map_or(Ty::Unknown, |it| it.1.clone()),
                "Map" => Ty::Tuple(Rc::new(env.iter().map(|it| it.1.clone()).collect())),
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }))
    }
}

impl Ty {
    /// Itself, if it says something.
    pub(crate) fn or_else(self, other: impl FnOnce() -> Ty) -> Ty {
        if self.is_open() { Ty::one_of([other(), self]) } else { self }
    }
}

/// Text that will not stay that text.
pub(crate) fn widened(ty: Ty) -> Ty {
    match ty {
        Ty::Literal(_) => Ty::Text,
        other => other,
    }
}

/// Type parameters and what they stand for.
fn env_of(names: impl IntoIterator<Item = (SmolStr, Ty)>) -> Env {
    Rc::new(names.into_iter().collect())
}
