//! [`Summary`]: what one file says, in flat lists, whatever language it is written in.
//!
//! Both parsers lower to this and their trees are dropped: a tree takes up to 200 bytes per byte of text,
//! a summary a few. Everything refers to everything by number; a number is only good in its own summary.
//! Nothing here knows other files, nor what a name means in a world: that is [`crate::infer`].

mod links;
mod lookup;
mod places;

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::text::Span;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident => $list:ident: $of:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl std::ops::Index<$name> for Summary {
            type Output = $of;
            fn index(&self, at: $name) -> &$of {
                &self.$list[at.0 as usize]
            }
        }

        impl std::ops::IndexMut<$name> for Summary {
            fn index_mut(&mut self, at: $name) -> &mut $of {
                &mut self.$list[at.0 as usize]
            }
        }

        impl Summary {
            #[doc = concat!("Adds to `", stringify!($list), "`.")]
            pub(crate) fn $list(&mut self, it: $of) -> $name {
                let number = u32::try_from(self.$list.len()).unwrap_or(u32::MAX);
                self.$list.push(it);
                $name(number)
            }
        }
    )*};
}

numbers! {
    /// An expression.
    ExprId => exprs: Expr;
    /// A type that is written down.
    NoteId => notes: Note;
    /// A stretch of text in which names hold.
    ScopeId => scopes: Scope;
    /// Something that has a name.
    BindingId => bindings: Binding;
    /// Where a binding's value comes from.
    SourceId => sources: Source;
    /// A function.
    FunctionId => functions: Function;
    /// A class, an interface, an alias.
    DeclId => decls: Decl;
}

/// What one file says.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Every expression, parts before wholes.
    pub exprs: Vec<Expr>,
    /// Every type that is written down.
    pub notes: Vec<Note>,
    /// Every scope; the first is the file.
    pub scopes: Vec<Scope>,
    /// Every name that is given.
    pub bindings: Vec<Binding>,
    /// Where values come from.
    pub sources: Vec<Source>,
    /// Every function.
    pub functions: Vec<Function>,
    /// Every type that has a name.
    pub decls: Vec<Decl>,
    /// Every import.
    pub imports: Vec<Import>,
    /// What others can have from it.
    pub exports: Vec<Export>,
    /// Who else says what a member is: `state.speed = 1`.
    pub writes: Vec<Write>,
    /// Members by what they are asked of.
    pub paths: BTreeMap<Path, Vec<ExprId>>,
    /// Keys in patterns, and what they are taken of: `const { key } = …`.
    pub keys: Vec<(SourceId, Word)>,
    /// Where one word is a key and a name: `{ speed }`.
    pub shorthands: Vec<Span>,
    /// What is put into things: `list[1] = x`, `table.insert(list, x)`.
    pub puts: BTreeMap<Path, Vec<ExprId>>,
    /// Where what is made in place is kept first.
    holders: BTreeMap<ExprId, Path>,
    /// What was asked of which words, and how often; of no words is all.
    pub uses: BTreeMap<SmolStr, BTreeMap<SmolStr, u32>>,
    /// Who belongs to whom, the other way round.
    links: links::Links,
    /// What each expression is a part of.
    parents: Vec<Option<ExprId>>,
    /// Bindings by name, in the order of the text.
    by_name: BTreeMap<SmolStr, Vec<BindingId>>,
    /// Types by name; of several the first.
    decl_names: BTreeMap<SmolStr, DeclId>,
}

/// A name where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The name.
    pub text: SmolStr,
    /// Its letters, without quotes.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A name: what it means in this file, if anything; and where it is asked.
    Name(SmolStr, Option<BindingId>, ScopeId),
    /// `this`, of a class.
    This(Option<DeclId>),
    /// `object.name`, Luau's `object:name`.
    Member(ExprId, Word),
    /// `object[key]`.
    Index(ExprId, ExprId),
    /// `callee(…)`.
    Call(ExprId, Vec<ExprId>),
    /// `new Callee(…)`.
    New(ExprId, Vec<ExprId>),
    /// `require("…")`, `import("…")`: a number in [`Summary::imports`].
    Require(u32),
    /// Text, without its quotes.
    Text(SmolStr),
    /// A number, or what is one whatever its parts are.
    Number,
    /// True or false, or what is one of them.
    Truth,
    /// Text with parts, or added up.
    Joined(Vec<ExprId>),
    /// `null`, `undefined`, `nil`.
    Nothing,
    /// `{ … }` with names.
    Object(Vec<Property>),
    /// `[ … ]`, Luau's `{ … }` without names.
    List(Vec<ExprId>),
    /// A function.
    Function(FunctionId),
    /// A class.
    Class(DeclId),
    /// Luau's `setmetatable(value, class)`: the value, with the members of the class.
    Instance(ExprId, ExprId),
    /// One of these.
    Either(Vec<ExprId>),
    /// `await x`.
    Await(ExprId),
    /// `...x`.
    Spread(ExprId),
    /// `a + b`: a number or text.
    Sum(ExprId, ExprId),
    /// `x as T`, `x :: T`.
    Cast(ExprId, NoteId),
    /// What is there is not said, or not yet.
    Unknown(Vec<ExprId>),
}

/// A property of an object literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Its name; of `...x` empty.
    pub name: Word,
    /// Its value.
    pub value: ExprId,
}

/// A type that is written down.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// `Name<…>`.
    Named(Word, Vec<NoteId>),
    /// `import('x').T`, `module.T`: a number in [`Summary::imports`], and the name.
    Foreign(u32, Word),
    /// `'text'`.
    Text(SmolStr),
    /// `A | B`.
    Union(Vec<NoteId>),
    /// `A & B`.
    Both(Vec<NoteId>),
    /// `T[]`.
    List(NoteId),
    /// `[A, B]`.
    Tuple(Vec<NoteId>),
    /// `{ name: T }`.
    Object(Vec<Field>),
    /// `(name: T) => R`.
    Function(Signature),
    /// `keyof T`.
    Keys(NoteId),
    /// `T[K]`.
    Part(NoteId, NoteId),
    /// `typeof x`.
    OfValue(Word),
    /// Whatever else.
    Unknown,
}

/// What a function is called with and gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signature {
    /// Type parameters: what they extend.
    pub generics: Vec<(SmolStr, Option<NoteId>)>,
    /// In order.
    pub params: Vec<ParamNote>,
    /// What it gives.
    pub returns: Option<NoteId>,
}

/// A parameter, where only types are written.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamNote {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub note: Option<NoteId>,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it is all that follow.
    pub rest: bool,
}

/// A member of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: Word,
    /// What it is.
    pub note: Option<NoteId>,
    /// Of a class, the value it begins with, or the method.
    pub value: Option<ExprId>,
    /// Whether it is called.
    pub method: bool,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether it cannot be assigned.
    pub readonly: bool,
    /// Whether it is the class's own, not its instances'.
    pub fixed: bool,
    /// What people wrote above it.
    pub doc: Doc,
}

impl Field {
    /// A member of which nothing is known but its name.
    pub(crate) fn named(name: Word) -> Field {
        Field {
            name,
            note: None,
            value: None,
            method: false,
            optional: false,
            readonly: false,
            fixed: false,
            doc: None,
        }
    }
}

/// What people wrote above something, without the marks of comments; `None` if nothing.
pub type Doc = Option<Box<str>>;

/// Where names hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// Where it is.
    pub span: Span,
    /// The function whose it is.
    pub function: Option<FunctionId>,
}

/// What sort of thing has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKind {
    /// `const`.
    Constant,
    /// `let`, `var`, `local`.
    Variable,
    /// A parameter.
    Param,
    /// A function.
    Function,
    /// A class.
    Class,
    /// What comes from another file.
    Import,
}

/// Something that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// Its name, where it is given.
    pub name: Word,
    /// Where it holds.
    pub scope: ScopeId,
    /// From which byte on: Luau's names hold after their statement.
    pub from: u32,
    /// What sort of thing it is.
    pub kind: BindingKind,
    /// Where its value comes from.
    pub sources: Vec<SourceId>,
    /// The type that is written beside it.
    pub note: Option<NoteId>,
    /// What people wrote above it.
    pub doc: Doc,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// It is that.
    Value(ExprId),
    /// It is of that type.
    Note(NoteId),
    /// An element of it: `for (const x of …)`.
    Element(ExprId),
    /// The n-th value that Luau's `for … in` gives of it.
    Each(ExprId, u32),
    /// The n-th value a call gives, in Luau; from 1 on, as the first is the call's own.
    Result(ExprId, u32),
    /// A parameter of a function.
    Param(FunctionId, u32),
    /// A member of another source: `const { name } = …`.
    Member(SourceId, SmolStr),
    /// An item of another source: `const [a] = …`.
    Item(SourceId, u32),
    /// What another file gives: a number in [`Summary::imports`], and its name there; `*` is all.
    Import(u32, SmolStr),
    /// The class.
    Class(DeclId),
}

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Where it is.
    pub span: Span,
    /// Its parameters, in order.
    pub params: Vec<Param>,
    /// What stands behind each `return`.
    pub returns: Vec<ExprId>,
    /// What stands behind the first: which it is, and the value.
    pub others: Vec<(u32, ExprId)>,
    /// The type it says it gives.
    pub note: Option<NoteId>,
    /// Type parameters: what they extend.
    pub generics: Vec<(SmolStr, Option<NoteId>)>,
    /// Whether what it gives is a promise.
    pub is_async: bool,
    /// Whom it is handed to: the call, and which argument it is.
    pub given: Option<(ExprId, u32)>,
    /// The class it is a method of.
    pub class: Option<DeclId>,
    /// Where it is called by its name, in this file.
    pub calls: Vec<ExprId>,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name; of a pattern, its text.
    pub name: Word,
    /// The type that is written beside it.
    pub note: Option<NoteId>,
    /// What it is if it is left out.
    pub default: Option<ExprId>,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it is all that follow.
    pub rest: bool,
}

/// What sort of type has a name.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclKind {
    /// A class; whether its values can be made.
    Class,
    /// An interface.
    Interface,
    /// Another name of a type.
    Alias(NoteId),
}

/// A type that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Decl {
    /// Its name.
    pub name: Word,
    /// What it is.
    pub kind: DeclKind,
    /// All of it.
    pub span: Span,
    /// Type parameters.
    pub generics: Vec<(SmolStr, Option<NoteId>)>,
    /// What it has all members of.
    pub extends: Vec<NoteId>,
    /// Of a class in a script, the class it extends.
    pub base: Option<ExprId>,
    /// Its own members.
    pub fields: Vec<Field>,
    /// What people wrote above it.
    pub doc: Doc,
}

/// How a file is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What stands between the quotes.
    pub specifier: Word,
    /// Each name: what it is called there and the binding here.
    pub names: Vec<(Word, BindingId)>,
    /// Whether only its types are wanted.
    pub type_only: bool,
}

/// Something others can have.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// What they call it; `*` stands for all of another file.
    pub name: Word,
    /// What it is.
    pub what: Exported,
}

/// What an export is.
#[derive(Debug, Clone, PartialEq)]
pub enum Exported {
    /// The binding of that name in the file.
    Name(SmolStr),
    /// A value.
    Value(ExprId),
    /// What another file exports by that name: a number in [`Summary::imports`].
    Import(u32, SmolStr),
}

/// An assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// What is assigned.
    pub target: ExprId,
    /// What it becomes; of `a += b` the sum.
    pub value: ExprId,
}

/// What members are asked of, without a look at values: a name and members behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path {
    /// Whose name it is.
    pub root: Root,
    /// `.a.b`.
    pub rest: SmolStr,
}

/// Where a path begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// A name of this file.
    Binding(BindingId),
    /// A name from elsewhere.
    Global(SmolStr),
    /// The instance of a class.
    This(Option<DeclId>),
}
