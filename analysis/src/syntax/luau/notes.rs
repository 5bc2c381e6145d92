//! Types that are written.

use full_moon::ast::Expression;
use full_moon::ast::Var;
use full_moon::ast::luau::{
    GenericDeclaration, GenericParameterInfo, IndexedTypeInfo, TypeArgument, TypeField, TypeFieldKey,
    TypeInfo,
};
use full_moon::tokenizer::TokenReference;
use smol_str::SmolStr;

use super::Lower;
use crate::summary::{Field, Note, NoteId, ParamNote, Signature, Word};

/// A type parameter and what it extends.
pub(super) type Generic = (SmolStr, Option<NoteId>);

impl Lower<'_> {
    pub(super) fn note(&mut self, it: &TypeInfo) -> NoteId {
        let note = self.note_kind(it);
        self.note_of(note)
    }

    fn note_kind(&mut self, it: &TypeInfo) -> Note {
        match it {
            TypeInfo::Array { type_info, .. } => Note::List(self.note(type_info)),
            TypeInfo::Basic(it) => Note::Named(self.word(it), Vec::new()),
            TypeInfo::String(it) => Note::Text(self.quoted(it).text),
            TypeInfo::Boolean(it) => {
                let span = self.span(it);
                Note::Named(Word { text: "boolean".into(), span }, Vec::new())
            }
            TypeInfo::Callback { generics, arguments, return_type, .. } => {
                let generics = self.generics(generics.as_ref());
                let params = arguments.iter().map(|it| self.param_note(it)).collect();
                let returns = Some(self.note(return_type));
                Note::Function(Signature { generics, params, returns })
            }
            TypeInfo::Generic { base, generics, .. } => {
                let name = self.word(base);
                Note::Named(name, generics.iter().map(|it| self.note(it)).collect())
            }
            TypeInfo::Intersection(it) => Note::Both(it.types().iter().map(|it| self.note(it)).collect()),
            TypeInfo::Union(it) => Note::Union(it.types().iter().map(|it| self.note(it)).collect()),
            TypeInfo::Module { module, type_info, .. } => self.foreign(module, type_info),
            TypeInfo::Optional { base, question_mark } => {
                let base = self.note(base);
                let span = self.span(question_mark);
                let nothing = self.note_of(Note::Named(Word { text: "nil".into(), span }, Vec::new()));
                Note::Union(vec![base, nothing])
            }
            TypeInfo::Table { fields, .. } => Note::Object(fields.iter().map(|it| self.field(it)).collect()),
            TypeInfo::Typeof { inner, .. } => match &**inner {
                Expression::Var(Var::Name(name)) => Note::OfValue(self.word(name)),
                other => {
                    self.expr(other);
                    Note::Unknown
                }
            },
            TypeInfo::Tuple { types, .. } => {
                // What several values are is what the first is.
                types.iter().next().map_or(Note::Unknown, |it| self.note_kind(it))
            }
            TypeInfo::Variadic { type_info, .. } => self.note_kind(type_info),
            _ => Note::Unknown,
        }
    }

    /// `module.T`.
    fn foreign(&mut self, module: &TokenReference, it: &IndexedTypeInfo) -> Note {
        let import = self.modules.get(&self.word(module).text).copied();
        let name = match it {
            IndexedTypeInfo::Basic(it) => Some(self.word(it)),
            IndexedTypeInfo::Generic { base, .. } => Some(self.word(base)),
            _ => None,
        };
        match (import, name) {
            (Some(import), Some(name)) => Note::Foreign(import, name),
            _ => Note::Unknown,
        }
    }

    fn field(&mut self, it: &TypeField) -> Field {
        let note = Some(self.note(it.value()));
        let readonly = it.access().is_some_and(|it| it.token().to_string() == "read");
        let (name, doc) = match it.key() {
            TypeFieldKey::Name(name) => {
                let name = self.word(name);
                let doc = self.doc(name.span.start);
                (name, doc)
            }
            other => {
                let span = self.span(other);
                (Word { text: "[]".into(), span }, None)
            }
        };
        Field { note, readonly, doc, ..crate::summary::Field::named(name) }
    }

    fn param_note(&mut self, it: &TypeArgument) -> ParamNote {
        let name = it.name().map(|it| self.word(&it.0).text).unwrap_or_default();
        let rest = matches!(it.type_info(), TypeInfo::Variadic { .. } | TypeInfo::VariadicPack { .. });
        let optional = matches!(it.type_info(), TypeInfo::Optional { .. });
        let note = Some(self.note(it.type_info()));
        ParamNote { name, note, optional, rest }
    }

    pub(super) fn generics(&mut self, it: Option<&GenericDeclaration>) -> Vec<Generic> {
        let all = it.into_iter().flat_map(|it| it.generics().iter());
        all.filter_map(|it| match it.parameter() {
            GenericParameterInfo::Name(name) => Some((self.word(name).text, None)),
            _ => None,
        })
        .collect()
    }
}
