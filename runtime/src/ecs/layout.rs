//! [`Layout`]: a component as columns, and how a field's value is laid into them.
//!
//! The columns are the registry's, in its order. Whether a value is in range or of a known asset is
//! not asked here: only whether its columns can hold it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bowline_schema::check::filled;
use bowline_schema::registry::Column;
use bowline_schema::{Component, Field, Kind, Registry, Snapshot};
use serde_json::{Map, Value as Json};

use super::{Scalar, Value};

/// Which component. Only good for the definitions it was asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct ComponentId(pub(super) u32);

/// One component as it is kept.
#[derive(Debug, PartialEq)]
pub struct Layout {
    /// What it was compiled from.
    pub component: Component,
    /// One per scalar, in the order of the fields.
    pub columns: Vec<Column>,
    /// What each column holds at first.
    pub(super) initial: Vec<Scalar>,
    /// Where each field's columns begin, and after the last one where they end.
    pub(super) places: Vec<usize>,
}

/// All of them, by slug.
#[derive(Debug, PartialEq, Default)]
pub(crate) struct Layouts {
    pub(super) list: Vec<Arc<Layout>>,
    names: BTreeMap<String, u32>,
}

impl Layouts {
    pub(crate) fn new(snapshot: &Snapshot, registry: &Registry) -> Layouts {
        let pairs = snapshot.components().iter().zip(&registry.layouts);
        let list: Vec<Arc<Layout>> =
            pairs.map(|(component, it)| Arc::new(Layout::new(component, &it.columns))).collect();
        let names = (0..).zip(&list).map(|(id, it)| (it.component.name().to_owned(), id)).collect();
        Layouts { list, names }
    }

    pub(crate) fn named(&self, name: &str) -> Option<ComponentId> {
        self.names.get(name).copied().map(ComponentId)
    }

    pub(crate) fn of(&self, component: ComponentId) -> &Layout {
        &self.list[component.0 as usize]
    }
}

impl Layout {
    fn new(component: &Component, columns: &[Column]) -> Layout {
        let (mut initial, mut places) = (Vec::with_capacity(columns.len()), vec![0]);
        for field in &component.fields {
            initial.extend(laid(field, &Value::from_json(&field.initial())));
            places.push(initial.len());
        }
        Layout { component: component.clone(), columns: columns.to_vec(), initial, places }
    }

    /// Which field is called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<usize> {
        self.component.fields.iter().position(|it| it.name == name)
    }

    /// The columns of a field.
    #[must_use]
    pub fn columns_of(&self, field: usize) -> std::ops::Range<usize> {
        self.places[field]..self.places[field + 1]
    }

    /// What the columns of a field have to hold so that it is `value`; `None` if they cannot.
    pub(super) fn lay(&self, field: usize, value: &Value) -> Option<Vec<Scalar>> {
        let mut scalars = Vec::with_capacity(self.columns_of(field).len());
        lay(&self.component.fields[field], value, &mut scalars)?;
        Some(scalars)
    }

    /// The value of a field whose columns hold `scalars`.
    pub(super) fn lift(&self, field: usize, scalars: &mut dyn Iterator<Item = Scalar>) -> Value {
        lift(&self.component.fields[field], scalars)
    }
}

/// How many columns a field has.
pub(super) fn width(field: &Field) -> usize {
    let inner = match &field.kind {
        Kind::Struct { fields } => fields.iter().map(width).sum(),
        kind => kind.numbers().unwrap_or(if *kind == Kind::Quat { 4 } else { 1 }),
    };
    inner + usize::from(field.optional)
}

/// The cells of a field that holds `value`, which is known to fit.
pub(super) fn laid(field: &Field, value: &Value) -> Vec<Scalar> {
    let mut cells = Vec::with_capacity(width(field));
    lay(field, value, &mut cells).expect("a default fits: the record was checked");
    cells
}

type Laid = Option<()>;

fn lay(field: &Field, value: &Value, out: &mut Vec<Scalar>) -> Laid {
    if !field.optional {
        return lay_kind(&field.kind, value, out);
    }
    let there = *value != Value::Null;
    out.push(Scalar::Bool(there));
    if there {
        return lay_kind(&field.kind, value, out);
    }
    // What is not there is zero, so that it is the same however it went.
    lay_kind(&field.kind, &Value::from_json(&field.kind.zero()), out)
}

fn lay_kind(kind: &Kind, value: &Value, out: &mut Vec<Scalar>) -> Laid {
    let number = || if *value == Value::Null { Some(f64::NAN) } else { value.number() };
    let scalar = match kind {
        Kind::Bool => match value {
            Value::Bool(it) => Scalar::Bool(*it),
            _ => return None,
        },
        Kind::F64 => Scalar::F64(number()?),
        Kind::F32 => Scalar::F32(narrow(number()?)?),
        Kind::I32 => Scalar::I32(i32::try_from(whole(value)?).ok()?),
        Kind::I64 => Scalar::I64(whole(value)?),
        Kind::StringId => Scalar::U32(u32::try_from(whole(value)?).ok()?),
        Kind::Enum { variants } => Scalar::U32(variant(variants, value)?),
        Kind::Vec2 | Kind::Vec3 | Kind::Vec4 | Kind::Quat => {
            let numbers = value.numbers().filter(|it| it.len() == kind.numbers().unwrap_or(4))?;
            out.extend(numbers.into_iter().map(Scalar::F64));
            return Some(());
        }
        Kind::Struct { fields } => {
            let Value::Json(Json::Object(parts)) = value else { return None };
            return lay_struct(fields, parts, out);
        }
        _ => Scalar::Value(other(kind, value)?),
    };
    out.push(scalar);
    Some(())
}

fn lay_struct(fields: &[Field], parts: &Map<String, Json>, out: &mut Vec<Scalar>) -> Laid {
    if parts.keys().any(|key| fields.iter().all(|it| it.name != *key)) {
        return None;
    }
    for field in fields {
        let value = parts.get(&field.name).map(Value::from_json);
        lay(field, &value.unwrap_or_else(|| Value::from_json(&field.initial())), out)?;
    }
    Some(())
}

/// Values of any length, in the one form they are kept in.
fn other(kind: &Kind, value: &Value) -> Option<Value> {
    match (kind, value) {
        (Kind::Entity, Value::Null) | (Kind::Json, _) => Some(value.clone()),
        (Kind::List { of, .. }, _) if of.numbers() == Some(1) => {
            if *value == Value::Null {
                Some(Value::Numbers(Vec::new()))
            } else {
                value.numbers().map(Value::Numbers)
            }
        }
        (Kind::List { .. }, Value::Numbers(_)) => Some(value.clone()),
        (Kind::List { .. }, Value::Json(list @ Json::Array(_))) => {
            Some(Value::from_json(&filled(list, kind)))
        }
        (Kind::Color | Kind::Text { .. } | Kind::Asset { .. } | Kind::Entity, Value::Text(_)) => {
            Some(value.clone())
        }
        _ => None,
    }
}

fn variant(variants: &[String], value: &Value) -> Option<u32> {
    let Value::Text(word) = value else { return None };
    u32::try_from(variants.iter().position(|it| it == word)?).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "whole and in range, or none")]
fn whole(value: &Value) -> Option<i64> {
    let number = value.number().filter(|it| it.fract() == 0.0 && it.abs() < 9.1e15)?;
    Some(number as i64)
}

#[expect(clippy::cast_possible_truncation, reason = "that is what 32 bits are; what is too large is refused")]
fn narrow(number: f64) -> Option<f32> {
    let narrow = number as f32;
    (narrow.is_finite() == number.is_finite()).then_some(narrow)
}

fn lift(field: &Field, scalars: &mut dyn Iterator<Item = Scalar>) -> Value {
    let there = !field.optional || scalars.next() == Some(Scalar::Bool(true));
    let value = lift_kind(&field.kind, scalars);
    if there { value } else { Value::Null }
}

fn lift_kind(kind: &Kind, scalars: &mut dyn Iterator<Item = Scalar>) -> Value {
    match kind {
        Kind::Struct { fields } => {
            let part = |it: &Field| (it.name.clone(), lift(it, scalars).to_json());
            Value::Json(Json::Object(fields.iter().map(part).collect()))
        }
        Kind::Vec2 | Kind::Vec3 | Kind::Vec4 | Kind::Quat => {
            let count = kind.numbers().unwrap_or(4);
            Value::Numbers(scalars.take(count).filter_map(|it| it.number()).collect())
        }
        _ => match (kind, scalars.next()) {
            (_, None) => Value::Null,
            (Kind::Enum { variants }, Some(Scalar::U32(at))) => {
                variants.get(at as usize).map_or(Value::Null, |it| Value::Text(it.clone()))
            }
            (_, Some(Scalar::Bool(it))) => Value::Bool(it),
            (_, Some(Scalar::Value(it))) => it,
            (_, Some(scalar)) => match scalar.number() {
                Some(number) if !number.is_nan() => Value::Number(number),
                _ => Value::Null,
            },
        },
    }
}
