//! [`Column`]: the values of one field, packed.

use sha2::{Digest as _, Sha256};

use super::schema::{Field, FieldKind};

/// A field's value outside its column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: what a nullable text or number holds when unset.
    Null,
    /// A double.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// Text or a choice.
    Text(String),
    /// Vectors, quaternions, lists.
    Numbers(Vec<f64>),
}

#[derive(Debug, Clone)]
pub(super) enum Column {
    /// NaN stands for null: nothing else does, and it hashes as one value.
    Number(Vec<f64>),
    Bool(Vec<bool>),
    Text(Vec<Option<Box<str>>>),
    Vec3(Vec<[f64; 3]>),
    Quat(Vec<[f64; 4]>),
    Numbers(Vec<Vec<f64>>),
}

impl Column {
    pub(super) fn of(field: &Field) -> Column {
        match field.kind {
            FieldKind::Number => Column::Number(Vec::new()),
            FieldKind::Bool => Column::Bool(Vec::new()),
            FieldKind::Text => Column::Text(Vec::new()),
            FieldKind::Vec3 => Column::Vec3(Vec::new()),
            FieldKind::Quat => Column::Quat(Vec::new()),
            FieldKind::Numbers => Column::Numbers(Vec::new()),
        }
    }

    pub(super) fn push_default(&mut self, field: &Field) {
        let row = match self {
            Column::Number(it) => push(it, f64::NAN),
            Column::Bool(it) => push(it, false),
            Column::Text(it) => push(it, None),
            Column::Vec3(it) => push(it, [0.0; 3]),
            Column::Quat(it) => push(it, [0.0, 0.0, 0.0, 1.0]),
            Column::Numbers(it) => push(it, Vec::new()),
        };
        self.set(row, &Value::from_json(&field.default));
    }

    pub(super) fn swap_remove(&mut self, row: usize) {
        match self {
            Column::Number(it) => drop(it.swap_remove(row)),
            Column::Bool(it) => drop(it.swap_remove(row)),
            Column::Text(it) => drop(it.swap_remove(row)),
            Column::Vec3(it) => drop(it.swap_remove(row)),
            Column::Quat(it) => drop(it.swap_remove(row)),
            Column::Numbers(it) => drop(it.swap_remove(row)),
        }
    }

    pub(super) fn get(&self, row: usize) -> Value {
        match self {
            Column::Number(it) if it[row].is_nan() => Value::Null,
            Column::Number(it) => Value::Number(it[row]),
            Column::Bool(it) => Value::Bool(it[row]),
            Column::Text(it) => it[row].as_ref().map_or(Value::Null, |text| Value::Text(text.to_string())),
            Column::Vec3(it) => Value::Numbers(it[row].to_vec()),
            Column::Quat(it) => Value::Numbers(it[row].to_vec()),
            Column::Numbers(it) => Value::Numbers(it[row].clone()),
        }
    }

    /// False if the value is of another kind; the row keeps what it had.
    pub(super) fn set(&mut self, row: usize, value: &Value) -> bool {
        match (self, value) {
            (Column::Number(it), Value::Number(value)) => it[row] = *value,
            (Column::Number(it), Value::Text(word)) if NOT_IN_JSON.contains(&word.as_str()) => {
                it[row] = number(&word.as_str().into());
            }
            (Column::Number(it), Value::Null) => it[row] = f64::NAN,
            (Column::Bool(it), Value::Bool(value)) => it[row] = *value,
            (Column::Text(it), Value::Text(value)) => it[row] = Some(value.as_str().into()),
            (Column::Text(it), Value::Null) => it[row] = None,
            (Column::Vec3(it), Value::Numbers(value)) => match value.as_slice().try_into() {
                Ok(value) => it[row] = value,
                Err(_) => return false,
            },
            (Column::Quat(it), Value::Numbers(value)) => match value.as_slice().try_into() {
                Ok(value) => it[row] = value,
                Err(_) => return false,
            },
            (Column::Numbers(it), Value::Numbers(value)) => it[row].clone_from(value),
            (Column::Numbers(it), Value::Null) => it[row].clear(),
            _ => return false,
        }
        true
    }

    pub(super) fn hash(&self, row: usize, hasher: &mut Sha256) {
        match self {
            Column::Number(it) => hasher.update(bits(it[row])),
            Column::Bool(it) => hasher.update([u8::from(it[row])]),
            Column::Text(it) => {
                let text = it[row].as_deref();
                hasher.update(text.map_or(u64::MAX, |it| it.len() as u64).to_le_bytes());
                hasher.update(text.unwrap_or_default());
            }
            Column::Vec3(it) => it[row].iter().for_each(|it| hasher.update(bits(*it))),
            Column::Quat(it) => it[row].iter().for_each(|it| hasher.update(bits(*it))),
            Column::Numbers(it) => {
                hasher.update((it[row].len() as u64).to_le_bytes());
                it[row].iter().for_each(|it| hasher.update(bits(*it)));
            }
        }
    }
}

fn push<T>(column: &mut Vec<T>, value: T) -> usize {
    column.push(value);
    column.len() - 1
}

/// The bits of a number, one NaN for all of them and one zero for both.
fn bits(number: f64) -> [u8; 8] {
    let canonical = if number.is_nan() { f64::NAN } else { number + 0.0 };
    canonical.to_bits().to_le_bytes()
}

/// Numbers JSON has no word for, as they travel.
const NOT_IN_JSON: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

impl Value {
    /// From JSON, where what has no number is spelled `"NaN"`, `"Infinity"`, `"-Infinity"` in lists.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Bool(it) => Value::Bool(*it),
            serde_json::Value::Number(it) => Value::Number(it.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(it) => Value::Text(it.clone()),
            serde_json::Value::Array(list) => Value::Numbers(list.iter().map(number).collect()),
            serde_json::Value::Null | serde_json::Value::Object(_) => Value::Null,
        }
    }
}

fn number(json: &serde_json::Value) -> f64 {
    match json.as_str() {
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        _ => json.as_f64().unwrap_or(f64::NAN),
    }
}
