//! [`Verdict::broken`]: what a change takes away or makes something else, by the names that scripts and
//! records use. Which lines those are, the use index of the `script` crate knows; who has both, joins.

use super::{Change, Rule, Verdict};

/// A name that does not mean what it meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// A component, and with it all its fields.
    Component(String),
    /// A field of a component, spelled from the top: `hinge.angle`, `stops[].at`.
    Field(String, String),
    /// A prefab.
    Prefab(String),
}

impl Verdict {
    /// What lines would have to be looked at if this were done: the removed, the renamed, the retyped.
    /// Not what only existing values are in the way of, and not a field that was added.
    #[must_use]
    pub fn broken(&self) -> Vec<Broken> {
        self.changes.iter().filter_map(broken).collect()
    }
}

fn broken(change: &Change) -> Option<Broken> {
    let field = || {
        let (component, path) = change.path.split_once('.')?;
        // That its elements are others breaks whoever reads the list.
        Some(Broken::Field(component.to_owned(), path.trim_end_matches("[]").to_owned()))
    };
    match change.rule {
        Rule::RemoveComponent => Some(Broken::Component(change.path.clone())),
        Rule::RemoveField | Rule::RenameField | Rule::ChangeKind | Rule::WidenNumber | Rule::ChangeUnit => {
            field()
        }
        // A part that is gone from a prefab is named by no script.
        Rule::PrefabRemove => (!change.path.contains('.')).then(|| Broken::Prefab(change.path.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Broken;
    use crate::change::{WorldFacts, snapshots};
    use crate::{Asking, Entry, RecordKind, Snapshot};
    use expect_test::expect;
    use serde_json::{Value, json};

    fn world(records: &[(&str, Value)]) -> Snapshot {
        let entry = |(path, payload): &(&str, Value)| {
            let kind = RecordKind::named(path.split('/').next().unwrap()).unwrap();
            Entry { slug: format!("room/r1/{path}"), kind, version: 1, payload: payload.clone() }
        };
        let entries: Vec<Entry> = records.iter().map(entry).collect();
        let asking = Asking { scopes: vec!["room/r1".to_owned()], ..Asking::default() };
        let built = Snapshot::build(&entries, &asking);
        assert_eq!(built.problems, []);
        built.snapshot
    }

    #[test]
    fn names_that_are_gone_or_mean_something_else_are_broken() {
        let stops = |kind: &str| json!({"name": "stops", "kind": {"list": {"struct": [{"name": "at", "kind": kind}]}}});
        let old = world(&[
            ("component/bollard", json!({"fields": []})),
            (
                "component/mooring",
                json!({"fields": [
                    {"name": "line", "kind": "f32"}, {"name": "slack", "kind": "f32", "range": {"max": 9}},
                    {"name": "cleat", "kind": {"struct": [{"name": "side", "kind": "i32"}]}},
                    {"name": "marks", "kind": {"list": "f32"}}, stops("vec3"),
                ]}),
            ),
            ("prefab/lantern", json!({"components": {"bollard": {}}})),
            ("prefab/quay", json!({"components": {"bollard": {}, "mooring": {}}})),
        ]);
        let new = world(&[
            (
                "component/mooring",
                json!({"fields": [
                    {"name": "length", "kind": "f32"}, {"name": "slack", "kind": "f32", "range": {"max": 5}},
                    {"name": "cleat", "kind": {"struct": []}},
                    {"name": "marks", "kind": {"list": "bool"}}, stops("vec2"),
                    {"name": "wet", "kind": "bool", "default": true},
                ]}),
            ),
            ("prefab/quay", json!({"components": {"mooring": {}}})),
        ]);
        let broken = snapshots(&old, &new, &WorldFacts::default()).broken();
        let shown: Vec<String> = broken
            .iter()
            .map(|it| match it {
                Broken::Component(component) => format!("component {component}\n"),
                Broken::Field(component, field) => format!("field {component} {field}\n"),
                Broken::Prefab(prefab) => format!("prefab {prefab}\n"),
            })
            .collect();
        expect![[r#"
            component bollard
            field mooring line
            field mooring cleat.side
            field mooring marks
            field mooring stops[].at
            prefab lantern
        "#]]
        .assert_eq(&shown.concat());
    }
}
