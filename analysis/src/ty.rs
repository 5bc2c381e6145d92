//! [`Ty`]: what a value is, as far as anybody can tell without running it.
//!
//! A type is mostly a place where something is written down, looked into when somebody asks for a member.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::project::FileId;
use crate::summary::{DeclId, ExprId, FunctionId, NoteId};

/// More than this many possibilities are not followed.
const UNION_MAX: usize = 8;

/// What type parameters stand for.
pub type Env = Rc<Vec<(SmolStr, Ty)>>;

/// What a value is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Ty {
    /// Nobody can tell.
    #[default]
    Unknown,
    /// Somebody said it may be anything.
    Any,
    /// `null`, `undefined`, `nil`, nothing at all.
    Nothing,
    /// True or false.
    Truth,
    /// A number.
    Number,
    /// Text.
    Text,
    /// This text.
    Literal(SmolStr),
    /// A value of a class or an interface.
    Named(FileId, DeclId, Env),
    /// A class itself.
    Class(FileId, DeclId),
    /// What an object literal says.
    Object(FileId, ExprId),
    /// What `{ … }` among types says.
    Shape(FileId, NoteId, Env),
    /// A function that is written in a script.
    Function(FileId, FunctionId),
    /// A function whose type is written down.
    Signature(FileId, NoteId, Env),
    /// A list of these.
    List(Rc<Ty>),
    /// A list of exactly these.
    Tuple(Rc<Vec<Ty>>),
    /// Any key, with these values.
    Record(Rc<Ty>),
    /// The names of its members.
    Keys(Rc<Ty>),
    /// All that a file exports.
    Module(FileId),
    /// What was set for an app: the folder.
    Props(SmolStr),
    /// One of these.
    Union(Rc<Vec<Ty>>),
}

impl Ty {
    /// Whether it says nothing about its members.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Ty::Unknown | Ty::Any)
    }

    /// One of `all`. What says nothing is left out, `null` too: completion wants what may be there.
    #[must_use]
    pub fn one_of(all: impl IntoIterator<Item = Ty>) -> Ty {
        let mut found: Vec<Ty> = Vec::new();
        let mut nothing = Ty::Unknown;
        for ty in all {
            let parts = match ty {
                Ty::Union(all) => all.as_ref().clone(),
                other => vec![other],
            };
            for ty in parts {
                match ty {
                    Ty::Unknown => (),
                    Ty::Any | Ty::Nothing => nothing = ty,
                    ty if found.len() < UNION_MAX && !found.contains(&ty) => found.push(ty),
                    _ => (),
                }
            }
        }
        match found.len() {
            0 => nothing,
            1 => found.swap_remove(0),
            _ => Ty::Union(Rc::new(found)),
        }
    }

    /// What it may be.
    #[must_use]
    pub fn parts(&self) -> Vec<Ty> {
        match self {
            Ty::Union(all) => all.as_ref().clone(),
            other => vec![other.clone()],
        }
    }
}
