//! Types that are written.

use smol_str::SmolStr;
use swc_ecma_ast::{
    Expr, TsEntityName, TsExprWithTypeArgs, TsFnOrConstructorType, TsFnParam, TsKeywordTypeKind, TsLit,
    TsType, TsTypeAnn, TsTypeElement, TsTypeOperatorOp, TsTypeParamDecl, TsTypeParamInstantiation,
    TsTypeQueryExpr, TsUnionOrIntersectionType,
};

use super::{Lower, quoted, span, word};
use crate::summary::{Field, Note, NoteId, ParamNote, Signature, Word};

/// A type parameter and what it extends.
pub(super) type Generic = (SmolStr, Option<NoteId>);

impl Lower<'_> {
    pub(super) fn note(&mut self, it: &TsType) -> NoteId {
        let note = match it {
            TsType::TsKeywordType(it) => simple(keyword(it.kind), it.span),
            TsType::TsThisType(it) => simple("this", it.span),
            TsType::TsTypeRef(it) => self.reference(&it.type_name, it.type_params.as_deref()),
            TsType::TsArrayType(it) => Note::List(self.note(&it.elem_type)),
            TsType::TsTupleType(it) => {
                Note::Tuple(it.elem_types.iter().map(|it| self.note(&it.ty)).collect())
            }
            TsType::TsOptionalType(it) => return self.note(&it.type_ann),
            TsType::TsRestType(it) => return self.note(&it.type_ann),
            TsType::TsParenthesizedType(it) => return self.note(&it.type_ann),
            TsType::TsUnionOrIntersectionType(TsUnionOrIntersectionType::TsUnionType(it)) => {
                Note::Union(it.types.iter().map(|it| self.note(it)).collect())
            }
            TsType::TsUnionOrIntersectionType(TsUnionOrIntersectionType::TsIntersectionType(it)) => {
                Note::Both(it.types.iter().map(|it| self.note(it)).collect())
            }
            TsType::TsFnOrConstructorType(TsFnOrConstructorType::TsFnType(it)) => {
                let signature = (it.params.as_slice(), Some(&*it.type_ann), it.type_params.as_deref());
                Note::Function(self.signature(signature))
            }
            TsType::TsTypeLit(it) => Note::Object(self.members(&it.members)),
            TsType::TsTypeOperator(it) => {
                let inner = self.note(&it.type_ann);
                match it.op {
                    TsTypeOperatorOp::KeyOf => Note::Keys(inner),
                    TsTypeOperatorOp::Unique | TsTypeOperatorOp::ReadOnly => return inner,
                }
            }
            TsType::TsIndexedAccessType(it) => Note::Part(self.note(&it.obj_type), self.note(&it.index_type)),
            TsType::TsLitType(it) => match &it.lit {
                TsLit::Str(it) => Note::Text(SmolStr::new(it.value.to_string_lossy())),
                TsLit::Number(it) => simple("number", it.span),
                TsLit::BigInt(it) => simple("number", it.span),
                TsLit::Bool(it) => simple("boolean", it.span),
                TsLit::Tpl(it) => simple("string", it.span),
            },
            TsType::TsTypeQuery(it) => match &it.expr_name {
                TsTypeQueryExpr::TsEntityName(TsEntityName::Ident(it)) => Note::OfValue(word(it)),
                _ => Note::Unknown,
            },
            TsType::TsImportType(it) => {
                let import = self.import_of(quoted(&it.arg), true);
                match &it.qualifier {
                    Some(TsEntityName::Ident(name)) => Note::Foreign(import, word(name)),
                    _ => Note::Unknown,
                }
            }
            TsType::TsTypePredicate(it) => simple("boolean", it.span),
            TsType::TsMappedType(it) => match &it.type_ann {
                Some(value) => {
                    let value = self.note(value);
                    let name = Word { text: "Record".into(), span: span(it.span) };
                    let key = match &it.type_param.constraint {
                        Some(key) => self.note(key),
                        None => self.note_of(Note::Unknown),
                    };
                    Note::Named(name, vec![key, value])
                }
                None => Note::Unknown,
            },
            _ => Note::Unknown,
        };
        self.note_of(note)
    }

    fn reference(&mut self, name: &TsEntityName, args: Option<&TsTypeParamInstantiation>) -> Note {
        let args: Vec<NoteId> = args.iter().flat_map(|it| &it.params).map(|it| self.note(it)).collect();
        match name {
            TsEntityName::Ident(it) => Note::Named(word(it), args),
            TsEntityName::TsQualifiedName(it) => {
                Note::Named(Word { text: SmolStr::new(&*it.right.sym), span: span(it.right.span) }, args)
            }
        }
    }

    pub(super) fn extended(&mut self, it: &TsExprWithTypeArgs) -> Option<NoteId> {
        let Expr::Ident(name) = &*it.expr else { return None };
        let args = it.type_args.iter().flat_map(|it| &it.params).map(|it| self.note(it)).collect();
        Some(self.note_of(Note::Named(word(name), args)))
    }

    pub(super) fn generics(&mut self, it: Option<&TsTypeParamDecl>) -> Vec<Generic> {
        let all = it.iter().flat_map(|it| &it.params);
        all.map(|it| {
            let bound = it.constraint.as_ref().map(|it| self.note(it));
            (SmolStr::new(&*it.name.sym), bound)
        })
        .collect()
    }

    fn signature(
        &mut self,
        (params, returns, generics): (&[TsFnParam], Option<&TsTypeAnn>, Option<&TsTypeParamDecl>),
    ) -> Signature {
        let generics = self.generics(generics);
        let params = params.iter().map(|it| self.param_note(it)).collect();
        let returns = returns.map(|it| self.note(&it.type_ann));
        Signature { generics, params, returns }
    }

    fn param_note(&mut self, it: &TsFnParam) -> ParamNote {
        let (name, note, optional, rest) = match it {
            TsFnParam::Ident(it) => {
                (SmolStr::new(&*it.id.sym), it.type_ann.as_deref(), it.id.optional, false)
            }
            TsFnParam::Rest(it) => {
                let name = it.arg.as_ident().map_or_else(SmolStr::default, |it| SmolStr::new(&*it.id.sym));
                (name, it.type_ann.as_deref(), true, true)
            }
            TsFnParam::Object(it) => {
                (SmolStr::new(self.whole(it.span)), it.type_ann.as_deref(), it.optional, false)
            }
            TsFnParam::Array(it) => {
                (SmolStr::new(self.whole(it.span)), it.type_ann.as_deref(), it.optional, false)
            }
        };
        let note = note.map(|it| self.note(&it.type_ann));
        ParamNote { name, note, optional, rest }
    }

    pub(super) fn members(&mut self, all: &[TsTypeElement]) -> Vec<Field> {
        all.iter().filter_map(|it| self.member_note(it)).collect()
    }

    fn member_note(&mut self, it: &TsTypeElement) -> Option<Field> {
        match it {
            TsTypeElement::TsPropertySignature(it) => {
                let note = it.type_ann.as_ref().map(|it| self.note(&it.type_ann));
                let doc = self.doc(it.span);
                let (optional, readonly) = (it.optional, it.readonly);
                Some(Field { note, optional, readonly, doc, ..Field::named(name(&it.key)?) })
            }
            TsTypeElement::TsGetterSignature(it) => {
                let note = it.type_ann.as_ref().map(|it| self.note(&it.type_ann));
                Some(Field { note, readonly: true, ..Field::named(name(&it.key)?) })
            }
            TsTypeElement::TsMethodSignature(it) => {
                let signature = (it.params.as_slice(), it.type_ann.as_deref(), it.type_params.as_deref());
                let signature = self.signature(signature);
                let note = Some(self.note_of(Note::Function(signature)));
                let doc = self.doc(it.span);
                Some(Field { note, method: true, optional: it.optional, doc, ..Field::named(name(&it.key)?) })
            }
            TsTypeElement::TsIndexSignature(it) => {
                let note = it.type_ann.as_ref().map(|it| self.note(&it.type_ann));
                let any = Word { text: "[]".into(), span: span(it.span) };
                Some(Field { note, ..Field::named(any) })
            }
            _ => None,
        }
    }
}

fn name(it: &Expr) -> Option<Word> {
    match it {
        Expr::Ident(it) => Some(word(it)),
        Expr::Lit(swc_ecma_ast::Lit::Str(it)) => Some(quoted(it)),
        _ => None,
    }
}

fn simple(name: &str, at: swc_common::Span) -> Note {
    Note::Named(Word { text: SmolStr::new(name), span: span(at) }, Vec::new())
}

fn keyword(it: TsKeywordTypeKind) -> &'static str {
    match it {
        TsKeywordTypeKind::TsAnyKeyword => "any",
        TsKeywordTypeKind::TsUnknownKeyword => "unknown",
        TsKeywordTypeKind::TsNumberKeyword | TsKeywordTypeKind::TsBigIntKeyword => "number",
        TsKeywordTypeKind::TsObjectKeyword => "object",
        TsKeywordTypeKind::TsBooleanKeyword => "boolean",
        TsKeywordTypeKind::TsStringKeyword => "string",
        TsKeywordTypeKind::TsNeverKeyword => "never",
        TsKeywordTypeKind::TsVoidKeyword => "void",
        TsKeywordTypeKind::TsUndefinedKeyword => "undefined",
        TsKeywordTypeKind::TsNullKeyword => "null",
        _ => "unknown",
    }
}
