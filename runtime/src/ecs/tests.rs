mod model;

use bowline_schema::{Asking, Entry, RecordKind, Snapshot};
use serde_json::json;

use super::*;

/// The core records, and components of these names and fields.
pub(crate) fn definitions(components: &[(&str, Json)]) -> Arc<Definitions> {
    let entry = |(name, fields): &(&str, Json)| Entry {
        slug: format!("room/project/component/{name}"),
        kind: RecordKind::Component,
        version: 1,
        payload: json!({ "fields": fields }),
    };
    let records: Vec<Entry> =
        bowline_schema::core::records().into_iter().chain(components.iter().map(entry)).collect();
    let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
    let built = Snapshot::build(&records, &asking);
    assert_eq!(built.problems, []);
    Definitions::compile(built.snapshot).unwrap()
}

fn core() -> (Ecs, ComponentId, ComponentId) {
    let ecs = Ecs::new(&Definitions::core());
    let (transform, mesh) = (ecs.component("transform").unwrap(), ecs.component("mesh").unwrap());
    (ecs, transform, mesh)
}

fn moving() -> (Ecs, ComponentId, ComponentId) {
    let three =
        |it: [&str; 3]| it.map(|name| json!({"name": name, "kind": "f32"})).into_iter().collect::<Json>();
    let ecs = Ecs::new(&definitions(&[
        ("position", three(["x", "y", "z"])),
        ("velocity", three(["x", "y", "z"])),
        ("dead", json!([])),
    ]));
    let (position, velocity) = (ecs.component("position").unwrap(), ecs.component("velocity").unwrap());
    (ecs, position, velocity)
}

#[test]
fn a_component_comes_with_its_defaults() {
    let (mut ecs, transform, mesh) = core();
    let entity = ecs.spawn_with(None, &[mesh, transform]);
    assert_eq!(ecs.get(entity, transform, "scale"), Some(Value::Numbers(vec![1.0, 1.0, 1.0])));
    assert_eq!(ecs.get(entity, mesh, "type"), Some(Value::Text("box".to_owned())));
    assert_eq!(ecs.get(entity, mesh, "nothing"), None);
    assert!(!ecs.set(entity, mesh, "width", &Value::Text("wide".to_owned())));
    assert!(!ecs.set(entity, mesh, "type", &Value::Text("ball".to_owned())));
    assert!(!ecs.set(entity, transform, "position", &Value::Numbers(vec![1.0])));
    assert_eq!(ecs.components(entity), [mesh, transform]);
}

#[test]
fn what_is_below_goes_too_and_old_handles_mean_nothing() {
    let (mut ecs, transform, _) = core();
    let root = ecs.spawn(None);
    let child = ecs.spawn(Some(root));
    let grandchild = ecs.spawn(Some(child));
    ecs.insert(grandchild, transform);
    ecs.despawn(root);
    assert_eq!((ecs.entities().count(), ecs.count()), (0, 0));
    let again = ecs.spawn(None);
    assert!(!ecs.alive(root) && !ecs.alive(child) && ecs.alive(again));
    assert!(!ecs.set(grandchild, transform, "position", &Value::Numbers(vec![1.0; 3])));
    assert_eq!(again.to_string().parse(), Ok(again));
}

#[test]
fn one_nan_and_one_zero_stand_for_all() {
    let (mut ecs, transform, _) = core();
    let entity = ecs.spawn_with(None, &[transform]);
    let mut hash = |x: f64| {
        ecs.set(entity, transform, "position", &Value::Numbers(vec![x, 0.0, 0.0]));
        ecs.state_hash()
    };
    assert_eq!(hash(f64::NAN), hash(-f64::NAN));
    assert_eq!(hash(0.0), hash(-0.0));
    assert_ne!(hash(0.0), hash(f64::MIN_POSITIVE));
}

#[test]
fn a_query_gives_slices_and_a_fork_keeps_what_was() {
    let (mut ecs, position, velocity) = moving();
    let still = ecs.spawn_with(None, &[position]);
    let runner =
        ecs.spawn_row(&[position, velocity], &[1.0, 0.0, 0.0, 2.0, 0.0, 0.0].map(Scalar::F32)).unwrap();
    let dead = ecs.spawn_with(None, &[position, velocity, ecs.component("dead").unwrap()]);
    assert_eq!(ecs.spawn_row(&[position], &[Scalar::Bool(true)]), None);
    let query = Query::new().write(position, 0).read(velocity, 0).without(ecs.component("dead").unwrap());
    let (fork, before) = (ecs.clone(), ecs.state_hash());
    let mut seen = Vec::new();
    query.each(&mut ecs, |entities, slices| {
        let [x, v] = slices else { panic!("two were asked for") };
        x.f32_mut().unwrap().iter_mut().zip(v.f32().unwrap()).for_each(|(x, v)| *x += v);
        seen.extend_from_slice(entities);
    });
    assert_eq!(seen, [runner]);
    assert_eq!(ecs.get(runner, position, "x"), Some(Value::Number(3.0)));
    assert_eq!(fork.get(runner, position, "x"), Some(Value::Number(1.0)));
    assert_eq!(fork.state_hash(), before);
    assert_ne!(ecs.state_hash(), before);
    assert_eq!(Query::new().with(position).entities(&ecs), [dead, still, runner]);
    assert_eq!(ecs.count_of(velocity), 2);
    let mark = ecs.component("dead").unwrap();
    assert_eq!((ecs.row(dead, mark), ecs.row(still, mark)), (Some(Map::new()), None));
}

#[test]
fn a_hash_is_of_values_and_not_of_how_they_are_kept() {
    let (mut ecs, position, _) = moving();
    let entities: Vec<Entity> = (0..10).map(|_| ecs.spawn_with(None, &[position])).collect();
    let uniform = ecs.state_hash();
    ecs.set(entities[3], position, "x", &Value::Number(1.0));
    assert_ne!(ecs.state_hash(), uniform);
    ecs.set(entities[3], position, "x", &Value::Number(0.0));
    assert_eq!(ecs.state_hash(), uniform);
}

#[test]
fn what_cannot_be_kept_is_refused_and_changes_nothing() {
    let (mut ecs, position, _) = moving();
    let entity = ecs.spawn_with(None, &[position]);
    let before = ecs.state_hash();
    let other = definitions(&[("position", json!([{"name": "x", "kind": "f32"}]))]);
    assert_eq!(ecs.define(&other).unwrap_err().path, "position.y");
    assert_eq!(ecs.define(&Definitions::core()).unwrap_err().path, "position");
    assert_eq!((ecs.state_hash(), ecs.has(entity, position)), (before, true));
}

#[test]
fn living_values_are_measured_against_a_narrower_field() {
    let open = |max: u32| json!([{"name": "angle", "kind": "f32", "range": {"max": max}}]);
    let (wide, narrow) = (definitions(&[("door", open(90))]), definitions(&[("door", open(45))]));
    let mut ecs = Ecs::new(&wide);
    let door = ecs.component("door").unwrap();
    let doors: Vec<Entity> = (0..3).map(|_| ecs.spawn_with(None, &[door])).collect();
    ecs.set(doors[1], door, "angle", &Value::Number(60.0));
    ecs.set_lineage(
        doors[0],
        &Lineage { prefab: "core/prefab/gate".to_owned(), version: 1, parents: Vec::new() },
    );
    let facts = ecs.facts(narrow.snapshot());
    assert_eq!(facts.components["door"].entities, 3);
    assert_eq!(facts.components["door"].values["angle"].misfits, ["e1"]);
    assert_eq!(facts.prefabs["gate"], 1);
}
