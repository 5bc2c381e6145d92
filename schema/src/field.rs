//! [`Field`]: one named part of a component or of a struct inside one.

use serde_json::{Map, Value};

use crate::check;
use crate::kind::{Kind, Place};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, child};
use crate::reader::Reader;
use crate::words::{Words, deprecated_json, read_deprecated};

/// Most bytes of a field's name.
pub const NAME_BYTES_MAX: usize = 64;

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// As scripts call it: a letter or `_`, then letters, digits and `_`.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What its author says it holds at first; see [`Field::initial`].
    pub default: Option<Value>,
    /// `m`, `deg`, `rad`, `s`, `px`, `kg`.
    pub unit: Option<String>,
    /// What its numbers may be.
    pub range: Range,
    /// One sentence.
    pub doc: Option<Words>,
    /// Its name for people.
    pub label: Option<Words>,
    /// How an editor should show it: `slider`, `multiline`.
    pub hint: Option<String>,
    /// Where an editor should show it: lower is earlier.
    pub order: Option<i32>,
    /// It still works, and should not be used: what to use instead, or nothing.
    pub deprecated: Option<String>,
    /// The deprecated field this one is the new name of.
    pub alias_of: Option<String>,
    /// Whether it may be `null`.
    pub optional: bool,
    /// Whether entities are looked up by it.
    pub index: bool,
    /// Whether no two entities may hold the same.
    pub unique: bool,
}

/// The numbers a field may hold. Each component of a vector is held to it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The distance an editor steps by. A hint: values between steps are good.
    pub step: Option<f64>,
}

impl Range {
    /// Whether `number` is inside.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }
}

impl Field {
    /// A field with a name and a kind and nothing else said.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Field {
        Field {
            name: name.into(),
            kind,
            default: None,
            unit: None,
            range: Range::default(),
            doc: None,
            label: None,
            hint: None,
            order: None,
            deprecated: None,
            alias_of: None,
            optional: false,
            index: false,
            unique: false,
        }
    }

    /// What a new entity holds: the default, or `null` if it may, or the kind's zero. Structs are
    /// filled up, so that every part can be read.
    #[must_use]
    pub fn initial(&self) -> Value {
        match &self.default {
            Some(default) => check::filled(default, &self.kind),
            None if self.optional => Value::Null,
            None => self.kind.zero(),
        }
    }

    fn read(value: &Value, place: &Place<'_>, problems: &mut Vec<Problem>) -> Field {
        let mut reader = Reader::new(value, &place.at, problems);
        let name = reader.required_text("name");
        if !name.is_empty() && !is_name(&name) || value.get("name").is_some_and(|it| it == "") {
            let message = format!("`{name}` is no name of a field");
            let problem = Problem::new("bad_name", reader.at("name"), message);
            reader.problem(problem.expected("a letter or _, then letters, digits and _, at most 64"));
        }
        let kind = match reader.required("kind") {
            Some(kind) => Kind::read(kind, &place.below("kind"), reader.problems()),
            None => Kind::Json,
        };
        let field = Field {
            kind,
            default: reader.value("default").cloned(),
            unit: reader.text("unit"),
            range: read_range(&mut reader),
            doc: Words::read(&mut reader, "doc"),
            label: Words::read(&mut reader, "label"),
            hint: reader.text("hint"),
            order: reader.whole("order"),
            deprecated: read_deprecated(&mut reader),
            alias_of: reader.text("aliasOf"),
            optional: reader.flag("optional"),
            index: reader.flag("index"),
            unique: reader.flag("unique"),
            ..Field::new(name, Kind::Json)
        };
        reader.finish();
        field.own_problems(&place.at, problems);
        if place.depth > 0 && (field.unique || field.index) {
            let message = "only a field of the component itself can be looked up or unique";
            problems.push(Problem::new("bad_index", &place.at, message));
        }
        field
    }

    fn own_problems(&self, at: &str, problems: &mut Vec<Problem>) {
        let Range { min, max, .. } = self.range;
        if self.range != Range::default() && self.kind.numbers().is_none() {
            let message = format!("a range is for numbers, and this is `{}`", self.kind.name());
            problems.push(Problem::new("bad_range", child(at, "range"), message));
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            problems.push(Problem::new("bad_range", child(at, "range"), "`min` is over `max`"));
        }
        if let Some(default) = &self.default {
            let wrong = check::check_field(default, self);
            problems.extend(wrong.into_iter().map(|it| it.below(&child(at, "default"))));
        } else if !self.optional && !self.range.holds(0.0) && self.kind.numbers().is_some() {
            let problem = Problem::new("missing", at, "zero is out of range, so `default` is needed");
            problems.push(problem);
        }
    }

    /// Its spelling in a payload. What is as usual is not said.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        let mut say = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                json.insert(key.to_owned(), value);
            }
        };
        let text = |it: &String| Value::from(it.as_str());
        let flag = |it: bool| it.then_some(Value::Bool(true));
        say("name", Some(text(&self.name)));
        say("kind", Some(self.kind.to_json()));
        say("default", self.default.clone());
        say("unit", self.unit.as_ref().map(text));
        say("range", range_json(self.range));
        say("doc", self.doc.as_ref().map(Words::to_json));
        say("label", self.label.as_ref().map(Words::to_json));
        say("hint", self.hint.as_ref().map(text));
        say("order", self.order.map(Value::from));
        say("deprecated", self.deprecated.as_deref().map(deprecated_json));
        say("aliasOf", self.alias_of.as_ref().map(text));
        say("optional", flag(self.optional));
        say("index", flag(self.index));
        say("unique", flag(self.unique));
        Value::Object(json)
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.bytes();
    let starts = letters.next().is_some_and(|it| it.is_ascii_alphabetic() || it == b'_');
    // Taken in every object of JavaScript: a field of that name would write to the prototype.
    starts
        && name.len() <= NAME_BYTES_MAX
        && letters.all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && name != "__proto__"
}

fn read_range(reader: &mut Reader<'_>) -> Range {
    let at = reader.at("range");
    let Some(value) = reader.value("range") else { return Range::default() };
    let mut inner = Reader::new(value, &at, reader.problems());
    let range = Range { min: inner.number("min"), max: inner.number("max"), step: inner.number("step") };
    inner.finish();
    range
}

fn range_json(range: Range) -> Option<Value> {
    let parts = [("min", range.min), ("max", range.max), ("step", range.step)];
    let parts = parts.into_iter().filter_map(|(key, it)| Some((key.to_owned(), Value::from(it?))));
    let map: Map<String, Value> = parts.collect();
    (!map.is_empty()).then_some(Value::Object(map))
}

/// Reads the fields of a component or a struct, and what they say of each other.
pub(crate) fn read_all(items: &[Value], place: &Place<'_>, problems: &mut Vec<Problem>) -> Vec<Field> {
    let numbered = items.iter().enumerate();
    let fields: Vec<Field> =
        numbered.map(|(index, item)| Field::read(item, &place.below(index), problems)).collect();
    for (index, field) in fields.iter().enumerate() {
        let at = child(&place.at, index);
        if !field.name.is_empty() && fields[..index].iter().any(|it| it.name == field.name) {
            let message = format!("there is a field `{}` already", field.name);
            problems.push(Problem::new("duplicate", child(&at, "name"), message));
        }
        if let Some(old) = &field.alias_of {
            problems.extend(alias_problem(&fields, field, old).map(|it| it.below(&child(&at, "aliasOf"))));
        }
    }
    fields
}

fn alias_problem(fields: &[Field], field: &Field, old: &str) -> Option<Problem> {
    let Some(target) = fields.iter().find(|it| it.name == old && it.name != field.name) else {
        let problem = Problem::new("unknown_field", "", format!("there is no other field `{old}`"));
        let others = fields.iter().map(|it| it.name.as_str()).filter(|it| *it != field.name);
        return Some(Problem { help: did_you_mean(old, others), ..problem });
    };
    let holds = |it: &Field| (it.kind.clone(), it.optional, it.unit.clone());
    if holds(target) != holds(field) {
        let message = format!("`{old}` holds something else; an alias is the same field by a new name");
        return Some(Problem::new("bad_alias", "", message));
    }
    if target.deprecated.is_none() {
        let problem = Problem::new("bad_alias", "", format!("`{old}` is not deprecated"));
        return Some(problem.help(format!("say `\"deprecated\": \"use {}\"` there", field.name)));
    }
    None
}
