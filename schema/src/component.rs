//! [`Component`]: the schema of one component, read from a record's payload and written back.
//!
//! Reading never fails: what is wrong is part of the answer, each with its pointer. A component with
//! problems is for showing; only one without may enter a [`crate::Snapshot`].

use serde_json::{Map, Value};

use crate::field::{self, Field};
use crate::kind::Place;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::words::{Words, deprecated_json, read_deprecated};

/// What an entity can be made of: named fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The name of its record: `core/component/mesh`.
    pub slug: String,
    /// The version of its record, from 1.
    pub version: u32,
    /// Its name for people.
    pub label: Option<Words>,
    /// One sentence.
    pub doc: Option<Words>,
    /// The name of a picture.
    pub icon: Option<String>,
    /// It still works, and should not be used: what to use instead, or nothing.
    pub deprecated: Option<String>,
    /// In the order they are shown. What they mean does not depend on it.
    pub fields: Vec<Field>,
}

impl Component {
    /// Reads `payload`, the definition of version `version` of `slug`.
    #[must_use]
    pub fn parse(slug: &str, version: u32, payload: &Value) -> (Component, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut reader = Reader::new(payload, "", &mut problems);
        let (label, doc) = (Words::read(&mut reader, "label"), Words::read(&mut reader, "doc"));
        let (icon, deprecated) = (reader.text("icon"), read_deprecated(&mut reader));
        let items = reader.required("fields").map(|_| reader.items("fields")).unwrap_or_default();
        let place = Place { at: reader.at("fields"), depth: 0, slug };
        let fields = field::read_all(items, &place, reader.problems());
        reader.finish();
        (Component { slug: slug.to_owned(), version, label, doc, icon, deprecated, fields }, problems)
    }

    /// The payload that reads as this component.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        let mut json = head_json(self);
        json.insert("fields".to_owned(), self.fields.iter().map(Field::to_json).collect());
        Value::Object(json)
    }

    /// What scripts and other records call it: `mesh`.
    #[must_use]
    pub fn name(&self) -> &str {
        crate::scope::name_of(&self.slug, "component")
    }

    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|it| it.name == name)
    }

    /// What a new entity holds: every field's [`Field::initial`].
    #[must_use]
    pub fn initial(&self) -> Map<String, Value> {
        self.fields.iter().map(|it| (it.name.clone(), it.initial())).collect()
    }
}

/// All of a component's payload but its fields.
pub(crate) fn head_json(component: &Component) -> Map<String, Value> {
    let words = [("label", &component.label), ("doc", &component.doc)];
    let words = words.into_iter().filter_map(|(key, it)| Some((key.to_owned(), it.as_ref()?.to_json())));
    let icon = component.icon.as_deref().map(|it| ("icon".to_owned(), it.into()));
    let deprecated = component.deprecated.as_deref();
    words.chain(icon).chain(deprecated.map(|it| ("deprecated".to_owned(), deprecated_json(it)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(slug: &str, payload: Value, expect: Expect) {
        let (_, problems) = Component::parse(slug, 1, &payload);
        expect.assert_eq(&problems.iter().map(|it| format!("{it}\n")).collect::<String>());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_pointer_and_what_was_expected() {
        let payload = json!({"label": 0, "icons": "door", "fields": [
            {"name": "angle", "kind": "f23"},
            {"name": "2nd", "kind": "vec3", "default": [0, 0]},
            {"name": "angle", "kind": "f32", "range": {"min": 1, "max": 0, "stop": 1}},
            {"name": "state", "kind": {"enum": ["shut", "open", "open"]}, "default": "opne"},
            {"name": "size", "kind": "f32", "range": {"min": 1}},
            {"name": "open", "kind": "bool", "range": {"min": 0}, "optional": "yes"},
            {"name": "swing", "kind": "f32", "aliasOf": "agnle"},
            {"name": "model", "kind": {"asset": ["modle"]}},
            {"name": "hinge", "kind": {"struct": [{"name": "at", "kind": "vec3", "default": 7, "unique": true}]}},
            {"kind": {"enum": []}},
            "door",
        ]});
        check(
            "core/component/door",
            payload,
            expect![[r#"
                error[wrong_type] at /label: this is 0
                  expected: a text, or the id of one in a string catalog
                error[unknown_kind] at /fields/0/kind: `f23` is no kind
                  expected: bool, i32, i64, f32, f64, vec2, vec3, vec4, quat, color, string-id, entity, json, enum, text, asset, list, struct
                  help: did you mean `f32`?
                error[bad_name] at /fields/1/name: `2nd` is no name of a field
                  expected: a letter or _, then letters, digits and _, at most 64
                error[wrong_type] at /fields/1/default: this is [0,0]
                  expected: a list of 3 numbers
                error[unknown_key] at /fields/2/range/stop: `stop` means nothing here
                  expected: min, max, step
                  help: did you mean `step`?
                error[bad_range] at /fields/2/range: `min` is over `max`
                error[missing] at /fields/2: zero is out of range, so `default` is needed
                error[duplicate] at /fields/3/kind/enum/2: `open` is listed twice
                error[unknown_variant] at /fields/3/default: `opne` is no variant
                  expected: one of shut, open
                  help: did you mean `open`?
                error[missing] at /fields/4: zero is out of range, so `default` is needed
                error[wrong_type] at /fields/5/optional: this is "yes"
                  expected: true or false
                error[bad_range] at /fields/5/range: a range is for numbers, and this is `bool`
                error[unknown_word] at /fields/7/kind/asset/0: `modle` is no kind of asset
                  expected: avatar, emote, model, texture, image, video, hdr, audio
                  help: did you mean `model`?
                error[wrong_type] at /fields/8/kind/struct/0/default: this is 7
                  expected: a list of 3 numbers
                error[bad_index] at /fields/8/kind/struct/0: only a field of the component itself can be looked up or unique
                error[missing] at /fields/9: `name` is missing
                error[empty_enum] at /fields/9/kind/enum: an enum needs a variant
                error[wrong_type] at /fields/10: this is "door"
                  expected: an object
                error[duplicate] at /fields/2/name: there is a field `angle` already
                error[unknown_field] at /fields/6/aliasOf: there is no other field `agnle`
                  help: did you mean `angle`?
                error[unknown_key] at /icons: `icons` means nothing here
                  expected: label, doc, icon, deprecated, fields
                  help: did you mean `icon`?
            "#]],
        );
        check(
            "core/component/door",
            json!([]),
            expect![[r#"
            error[wrong_type]: this is []
              expected: an object
        "#]],
        );
        check(
            "core/component/door",
            json!({}),
            expect![[r#"
            error[missing]: `fields` is missing
        "#]],
        );
    }

    #[test]
    fn text_for_people_is_refused_unless_it_is_for_developers_or_the_script_api() {
        let text = |kind: Value| json!({"fields": [{"name": "title", "kind": kind}]});
        check("room/r1/component/door", text(json!({"text": "debug"})), expect![[""]]);
        check("core/component/uitext", text(json!({"text": "script"})), expect![[""]]);
        check(
            "room/r1/component/door",
            text(json!({"text": "script"})),
            expect![[r#"
            error[unflagged_text] at /fields/0/kind/text: text for people belongs in a string catalog
              expected: "string-id", or {"text": "debug"} for developers' eyes only
        "#]],
        );
        check(
            "room/r1/component/door",
            text(json!("text")),
            expect![[r#"
            error[unflagged_text] at /fields/0/kind: text for people belongs in a string catalog
              expected: "string-id", or {"text": "debug"} for developers' eyes only
        "#]],
        );
    }

    #[test]
    fn an_alias_is_the_same_field_by_a_new_name() {
        let fields = |old: Value| json!({"fields": [old, {"name": "new", "kind": "f32", "unit": "m", "aliasOf": "old"}]});
        let slug = "core/component/door";
        let good = json!({"name": "old", "kind": "f32", "unit": "m", "deprecated": "use new"});
        check(slug, fields(good), expect![[""]]);
        check(
            slug,
            fields(json!({"name": "old", "kind": "f32", "unit": "m"})),
            expect![[r#"
            error[bad_alias] at /fields/1/aliasOf: `old` is not deprecated
              help: say `"deprecated": "use new"` there
        "#]],
        );
        check(
            slug,
            fields(json!({"name": "old", "kind": "f64", "deprecated": true})),
            expect![[r#"
            error[bad_alias] at /fields/1/aliasOf: `old` holds something else; an alias is the same field by a new name
        "#]],
        );
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = (0..20).fold(json!("f32"), |inner, _| json!({ "list": inner }));
        check(
            "core/component/door",
            json!({"fields": [{"name": "deep", "kind": nested}]}),
            expect![[r#"
            error[too_deep] at /fields/0/kind/list/list/list/list/list/list/list/list/list: lists and structs nest deeper than 8
        "#]],
        );
    }
}
