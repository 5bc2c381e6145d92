//! What a property of something is, and patterns that take values apart.

use swc_ecma_ast::{
    ArrayPat, Expr, Lit, MemberExpr, MemberProp, ObjectPat, ObjectPatProp, Pat, PropName, TsEntityName,
    TsLit, TsType,
};
use swc_ecma_visit::VisitWith as _;

use super::known::{Shape, Shapes, elements};
use super::meaning::Property;
use super::walk::Walk;
use crate::parse::start;

impl Walk<'_> {
    pub(super) fn member(&mut self, member: &MemberExpr) -> Shapes {
        let shapes = self.expression(&member.obj);
        match self.member_name(&member.prop) {
            Some(property) => self.meaning.property(&shapes, &property),
            // `stops[i]`: whichever it is, it is an element.
            None => elements(&shapes),
        }
    }

    pub(super) fn member_name(&mut self, property: &MemberProp) -> Option<Property> {
        match property {
            MemberProp::Ident(it) => Some((it.sym.to_string(), start(it.span))),
            MemberProp::PrivateName(it) => Some((format!("#{}", it.name), start(it.span))),
            MemberProp::Computed(it) => {
                let shapes = self.expression(&it.expr);
                let mut texts = shapes.into_iter().filter_map(|it| match it {
                    Shape::Text(text, place) => Some((text, place)),
                    _ => None,
                });
                texts.next()
            }
        }
    }

    /// `object.property = …`.
    pub(super) fn assign_member(&mut self, member: &MemberExpr, shapes: &Shapes) {
        let objects = self.expression(&member.obj);
        let Some(property) = self.member_name(&member.prop) else { return };
        self.meaning.assign(&objects, &property, shapes);
    }

    /// Gives the names in `pattern` what they take from `shapes`.
    pub(super) fn bind(&mut self, pattern: &Pat, shapes: &Shapes) {
        match pattern {
            Pat::Ident(it) => {
                let said = it.type_ann.as_ref().map(|it| self.annotated(&it.type_ann)).unwrap_or_default();
                self.assign_variable(&it.id.sym, shapes);
                self.assign_variable(&it.id.sym, &said);
            }
            Pat::Assign(it) => {
                let mut either = self.expression(&it.right);
                either.extend(shapes.iter().cloned());
                self.bind(&it.left, &either);
            }
            Pat::Object(it) => self.bind_object(it, shapes),
            Pat::Array(it) => self.bind_array(it, shapes),
            Pat::Rest(it) => self.bind(&it.arg, shapes),
            Pat::Expr(it) => match &**it {
                Expr::Member(it) => self.assign_member(it, shapes),
                other => drop(self.expression(other)),
            },
            Pat::Invalid(_) => (),
        }
    }

    pub(super) fn bind_object(&mut self, pattern: &ObjectPat, shapes: &Shapes) {
        let said = pattern.type_ann.as_ref().map(|it| self.annotated(&it.type_ann)).unwrap_or_default();
        let shapes = &shapes.union(&said).cloned().collect::<Shapes>();
        for property in &pattern.props {
            match property {
                ObjectPatProp::KeyValue(it) => {
                    let held = match property_name(&it.key) {
                        Some(property) => self.meaning.property(shapes, &property),
                        None => {
                            it.key.visit_with(self);
                            Shapes::new()
                        }
                    };
                    self.bind(&it.value, &held);
                }
                ObjectPatProp::Assign(it) => {
                    let property = (it.key.id.sym.to_string(), start(it.key.id.span));
                    let mut held = self.meaning.property(shapes, &property);
                    if let Some(default) = &it.value {
                        held.append(&mut self.expression(default));
                    }
                    self.assign_variable(&it.key.id.sym, &held);
                }
                ObjectPatProp::Rest(it) => self.bind(&it.arg, shapes),
            }
        }
    }

    pub(super) fn bind_array(&mut self, pattern: &ArrayPat, shapes: &Shapes) {
        let each = elements(shapes);
        for pattern in pattern.elems.iter().flatten() {
            match pattern {
                Pat::Rest(it) => self.bind(&it.arg, shapes),
                other => self.bind(other, &each),
            }
        }
    }
}

/// The name of a key that is written out.
pub(super) fn property_name(key: &PropName) -> Option<Property> {
    match key {
        PropName::Ident(it) => Some((it.sym.to_string(), start(it.span))),
        PropName::Str(it) => Some((it.value.to_string_lossy().into_owned(), start(it.span) + 1)),
        PropName::Computed(it) => literal(&it.expr),
        PropName::Num(_) | PropName::BigInt(_) => None,
    }
}

/// A text that is written out, and where its first letter is.
pub(super) fn literal(expression: &Expr) -> Option<(String, usize)> {
    match expression {
        Expr::Lit(Lit::Str(it)) => Some((it.value.to_string_lossy().into_owned(), start(it.span) + 1)),
        Expr::Tpl(it) if it.exprs.is_empty() => {
            Some((it.quasis.first()?.raw.to_string(), start(it.span) + 1))
        }
        _ => None,
    }
}

/// What a type says: `World`, `App`, `Entity`, a list of them, or `ComponentTypes['door']`, with the
/// component that names.
pub(super) fn typed(ty: &TsType) -> Option<(Shape, Option<Property>)> {
    match ty {
        TsType::TsTypeRef(it) => match &it.type_name {
            TsEntityName::Ident(name) => match &*name.sym {
                "World" => Some((Shape::World, None)),
                "App" => Some((Shape::App, None)),
                "Entity" => Some((Shape::Entity, None)),
                _ => None,
            },
            TsEntityName::TsQualifiedName(_) => None,
        },
        TsType::TsArrayType(it) => {
            let (shape, named) = typed(&it.elem_type)?;
            Some((Shape::List(Box::new(shape)), named))
        }
        TsType::TsIndexedAccessType(it) => {
            let all = it.obj_type.as_ts_type_ref()?.type_name.as_ident()?;
            let TsLit::Str(name) = &it.index_type.as_ts_lit_type()?.lit else { return None };
            let component = name.value.to_string_lossy().into_owned();
            let named = (component.clone(), start(name.span) + 1);
            (&*all.sym == "ComponentTypes").then_some((Shape::Handle(component), Some(named)))
        }
        _ => None,
    }
}
