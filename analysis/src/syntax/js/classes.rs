//! Classes and interfaces.

use smol_str::SmolStr;
use swc_ecma_ast::{
    Class, ClassMember, MethodKind, ParamOrTsParamProp, Pat, TsEnumDecl, TsEnumMemberId, TsInterfaceDecl,
    TsParamPropParam, TsTypeAliasDecl,
};

use super::{Lower, key, quoted, span, word};
use crate::summary::{BindingKind, Decl, DeclId, DeclKind, Field, Kind, Note, Source, Word};

impl Lower<'_> {
    pub(super) fn class_decl(&mut self, name: Word, class: &Class) {
        let doc = self.doc(class.span);
        let binding = self.bind(name.clone(), BindingKind::Class, doc);
        let class = self.class(Some(name), class);
        let source = self.out.sources(Source::Class(class));
        self.out[binding].sources.push(source);
    }

    pub(super) fn class(&mut self, name: Option<Word>, it: &Class) -> DeclId {
        let base = it.super_class.as_ref().map(|it| self.expr(it));
        let generics = self.generics(it.type_params.as_deref());
        let name = name.unwrap_or(Word { text: SmolStr::default(), span: span(it.span) });
        let doc = self.doc(it.span);
        let decl = self.out.decls(Decl {
            name,
            kind: DeclKind::Class,
            span: span(it.span),
            generics,
            extends: Vec::new(),
            base,
            fields: Vec::new(),
            doc,
        });
        let around = self.class.replace(decl);
        for member in &it.body {
            self.class_member(decl, member);
        }
        self.class = around;
        decl
    }

    fn class_member(&mut self, class: DeclId, it: &ClassMember) {
        let field = match it {
            ClassMember::Constructor(it) => {
                let params = it.params.iter().map(param).collect();
                let body = it.body.as_ref().map(|it| &*it.stmts);
                let value = self.constructor((params, it.span), body);
                let name = Word { text: "constructor".into(), span: span(it.span) };
                for one in &it.params {
                    let field = self.param_field(one);
                    self.out[class].fields.extend(field);
                }
                Some(Field { value: Some(value), method: true, ..Field::named(name) })
            }
            ClassMember::Method(it) => {
                let value = self.function(&it.function);
                let doc = self.doc(it.span);
                let (method, value) = match it.kind {
                    MethodKind::Method => (true, Some(value)),
                    MethodKind::Getter => (false, Some(self.expr_of(Kind::Call(value, Vec::new()), it.span))),
                    MethodKind::Setter => (false, None),
                };
                key(&it.key).map(|name| Field {
                    value,
                    method,
                    fixed: it.is_static,
                    doc,
                    ..Field::named(name)
                })
            }
            ClassMember::ClassProp(it) => {
                let note = it.type_ann.as_ref().map(|it| self.note(&it.type_ann));
                let value = it.value.as_ref().map(|it| self.expr(it));
                let doc = self.doc(it.span);
                key(&it.key).map(|name| Field {
                    note,
                    value,
                    readonly: it.readonly,
                    fixed: it.is_static,
                    doc,
                    ..Field::named(name)
                })
            }
            ClassMember::PrivateProp(it) => {
                let note = it.type_ann.as_ref().map(|it| self.note(&it.type_ann));
                let value = it.value.as_ref().map(|it| self.expr(it));
                let name = private(&it.key);
                Some(Field { note, value, fixed: it.is_static, ..Field::named(name) })
            }
            ClassMember::PrivateMethod(it) => {
                let value = Some(self.function(&it.function));
                Some(Field { value, method: true, fixed: it.is_static, ..Field::named(private(&it.key)) })
            }
            ClassMember::StaticBlock(it) => {
                self.within((span(it.span), None), |lower| lower.statements(&it.body.stmts));
                None
            }
            ClassMember::TsIndexSignature(_) | ClassMember::Empty(_) | ClassMember::AutoAccessor(_) => None,
        };
        self.out[class].fields.extend(field);
    }

    /// `constructor(private speed: number)` makes a field too.
    fn param_field(&mut self, it: &ParamOrTsParamProp) -> Option<Field> {
        let ParamOrTsParamProp::TsParamProp(it) = it else { return None };
        let name = match &it.param {
            TsParamPropParam::Ident(it) => it,
            TsParamPropParam::Assign(it) => it.left.as_ident()?,
        };
        let note = name.type_ann.as_ref().map(|it| self.note(&it.type_ann));
        Some(Field { note, readonly: it.readonly, ..Field::named(word(&name.id)) })
    }

    pub(super) fn interface(&mut self, it: &TsInterfaceDecl) {
        let extends = it.extends.iter().filter_map(|it| self.extended(it)).collect();
        let generics = self.generics(it.type_params.as_deref());
        let fields = self.members(&it.body.body);
        let doc = self.doc(it.span);
        self.out.decls(Decl {
            name: word(&it.id),
            kind: DeclKind::Interface,
            span: span(it.span),
            generics,
            extends,
            base: None,
            fields,
            doc,
        });
    }

    pub(super) fn alias(&mut self, it: &TsTypeAliasDecl) {
        let generics = self.generics(it.type_params.as_deref());
        let note = self.note(&it.type_ann);
        let doc = self.doc(it.span);
        self.named(word(&it.id), (DeclKind::Alias(note), it.span), (generics, doc));
    }

    /// An enum: not something worlds can run, but something people may be writing.
    pub(super) fn enumeration(&mut self, it: &TsEnumDecl) {
        let names = it.members.iter().map(|it| match &it.id {
            TsEnumMemberId::Ident(it) => word(it),
            TsEnumMemberId::Str(it) => quoted(it),
        });
        let texts: Vec<_> = names.map(|it| self.note_of(Note::Text(it.text))).collect();
        let note = self.note_of(Note::Union(texts));
        let doc = self.doc(it.span);
        self.named(word(&it.id), (DeclKind::Alias(note), it.span), (Vec::new(), doc));
    }

    fn named(
        &mut self,
        name: Word,
        (kind, at): (DeclKind, swc_common::Span),
        (generics, doc): (Vec<super::notes::Generic>, crate::summary::Doc),
    ) {
        self.out.decls(Decl {
            name,
            kind,
            span: span(at),
            generics,
            extends: Vec::new(),
            base: None,
            fields: Vec::new(),
            doc,
        });
    }
}

fn private(it: &swc_ecma_ast::PrivateName) -> Word {
    Word { text: SmolStr::new(format!("#{}", it.name)), span: span(it.span) }
}

fn param(it: &ParamOrTsParamProp) -> &Pat {
    static NONE: Pat = Pat::Invalid(swc_ecma_ast::Invalid { span: swc_common::DUMMY_SP });
    match it {
        ParamOrTsParamProp::Param(it) => &it.pat,
        ParamOrTsParamProp::TsParamProp(_) => &NONE,
    }
}
