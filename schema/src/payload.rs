//! The payloads of records described as JSON Schema, for editors and other tools.
//!
//! The readers of this crate do not use them: what they refuse goes beyond what JSON Schema can say
//! (a default that fits, an alias of a deprecated field). A test holds the two to the same keys.

use crate::scope::RecordKind;

/// The JSON Schema (2020-12) of the payloads of `kind`.
#[must_use]
pub fn schema(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Component => include_str!("payload/component.json"),
        RecordKind::Prefab => include_str!("payload/prefab.json"),
        RecordKind::System => include_str!("payload/system.json"),
        RecordKind::Strings => include_str!("payload/strings.json"),
        RecordKind::Profile => include_str!("payload/profile.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, Component, Prefab, Problem, Profile, System};
    use serde_json::{Value, json};

    fn problems(kind: RecordKind, payload: &Value) -> Vec<Problem> {
        match kind {
            RecordKind::Component => Component::parse("core/x", 1, payload).1,
            RecordKind::Prefab => Prefab::parse("core/x", 1, payload).1,
            RecordKind::System => System::parse("core/x", 1, payload).1,
            RecordKind::Strings => Catalog::parse("core/x", 1, payload).1,
            RecordKind::Profile => Profile::parse("core/x", 1, payload).1,
        }
    }

    /// The keys a reader says it knows when it meets one it does not.
    fn known(kind: RecordKind, payload: &Value) -> Vec<String> {
        let problems = problems(kind, payload);
        let unknown = problems.iter().find(|it| it.code == "unknown_key").expect("`?` is no key");
        sorted(unknown.expected.as_deref().unwrap_or_default().split(", "))
    }

    fn described(schema: &Value, pointer: &str) -> Vec<String> {
        let properties = schema.pointer(pointer).and_then(Value::as_object);
        sorted(properties.into_iter().flatten().map(|(key, _)| key.as_str()))
    }

    fn sorted<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut keys: Vec<String> = keys.map(str::to_owned).collect();
        keys.sort();
        keys
    }

    #[test]
    fn schemas_and_readers_know_the_same_keys() {
        for kind in RecordKind::ALL {
            let schema: Value = serde_json::from_str(schema(kind)).unwrap();
            assert_eq!(known(kind, &json!({"?": 1})), described(&schema, "/properties"), "{}", kind.name());
        }
        let component: Value = serde_json::from_str(schema(RecordKind::Component)).unwrap();
        let field = json!({"fields": [{"?": 1}]});
        let fields = described(&component, "/$defs/field/properties");
        assert_eq!(known(RecordKind::Component, &field), fields);
        let range = json!({"fields": [{"range": {"?": 1}}]});
        let ranges = described(&component, "/$defs/field/properties/range/properties");
        assert_eq!(known(RecordKind::Component, &range), ranges);
    }

    #[test]
    fn every_kind_of_field_is_described() {
        let payload = json!({"fields": [{"name": "x", "kind": "?"}]});
        let problems = problems(RecordKind::Component, &payload);
        let known = sorted(problems[0].expected.as_deref().unwrap_or_default().split(", "));
        let component: Value = serde_json::from_str(schema(RecordKind::Component)).unwrap();
        let kinds = component.pointer("/$defs/kind/oneOf").and_then(Value::as_array).unwrap();
        let words =
            kinds.iter().filter_map(|it| it.get("enum")?.as_array()).flatten().filter_map(Value::as_str);
        let detailed = kinds.iter().filter_map(|it| it.get("required")?.get(0)?.as_str());
        assert_eq!(known, sorted(words.chain(detailed)));
    }
}
