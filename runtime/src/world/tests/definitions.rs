//! Definitions that change while a world runs.

use bowline_schema::{Asking, Entry, RecordKind, Snapshot};
use expect_test::expect;
use serde_json::{Value, json};

use super::*;

fn definitions(fields: Value) -> Arc<Definitions> {
    let slug = "room/project/component/door".to_owned();
    let door = Entry { slug, kind: RecordKind::Component, version: 1, payload: json!({ "fields": fields }) };
    let records: Vec<Entry> = bowline_schema::core::records().into_iter().chain([door]).collect();
    let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
    Definitions::compile(Snapshot::build(&records, &asking).snapshot).unwrap()
}

#[test]
fn a_new_field_is_there_at_the_next_tick_and_a_removed_one_is_refused() {
    let mut stage = Stage::new();
    let first = definitions(json!([{"name": "angle", "kind": "f64", "default": 1}]));
    stage.world.apply(Step::Define(Arc::clone(&first)));
    assert_eq!(stage.tick(), "defined\n");
    let door = stage.world.ecs.component("door").unwrap();
    let entity = stage.world.ecs.spawn(None);
    stage.world.ecs.insert(entity, door);
    stage.world.ecs.set(entity, door, "angle", &ecs::Value::Number(7.0));
    let both = json!([{"name": "angle", "kind": "f64", "default": 1}, {"name": "speed", "kind": "f64", "default": 2}]);
    stage.world.apply(Step::Define(definitions(both)));
    assert_eq!(stage.tick(), "defined\n");
    let ecs = stage.world.ecs();
    let door = ecs.component("door").unwrap();
    assert_eq!(ecs.get(entity, door, "angle"), Some(ecs::Value::Number(7.0)));
    assert_eq!(ecs.get(entity, door, "speed"), Some(ecs::Value::Number(2.0)));
    let defined = stage.world.definitions().hash();
    stage.world.apply(Step::Define(first));
    expect![[r#"
        not defined: requires_reset
        ! door.speed [remove_field] removed, with its values (entities: 1); deprecate it first
        next: bowline schema migrate --plan

    "#]]
    .assert_eq(&stage.tick());
    assert_eq!(stage.world.definitions().hash(), defined);
}
