use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn ecs() -> (Ecs, ComponentId, ComponentId) {
    let ecs = Ecs::new(&Definitions::core());
    let (transform, mesh) = (ecs.component("transform").unwrap(), ecs.component("mesh").unwrap());
    (ecs, transform, mesh)
}

#[test]
fn a_component_comes_with_its_defaults() {
    let (mut ecs, transform, mesh) = ecs();
    let entity = ecs.spawn(None);
    ecs.insert(entity, transform);
    ecs.insert(entity, mesh);
    assert_eq!(ecs.get(entity, transform, "scale"), Some(Value::Numbers(vec![1.0, 1.0, 1.0])));
    assert_eq!(ecs.get(entity, mesh, "type"), Some(Value::Text("box".to_owned())));
    assert_eq!(ecs.get(entity, mesh, "nothing"), None);
    assert!(!ecs.set(entity, mesh, "width", &Value::Text("wide".to_owned())));
    assert!(!ecs.set(entity, transform, "position", &Value::Numbers(vec![1.0])));
}

#[test]
fn what_is_below_goes_too_and_old_handles_mean_nothing() {
    let (mut ecs, transform, _) = ecs();
    let root = ecs.spawn(None);
    let child = ecs.spawn(Some(root));
    let grandchild = ecs.spawn(Some(child));
    ecs.insert(grandchild, transform);
    let empty = Ecs::new(&Definitions::core()).state_hash();
    ecs.despawn(root);
    assert_eq!(ecs.entities().count(), 0);
    assert_eq!(ecs.state_hash(), empty);
    let again = ecs.spawn(None);
    assert!(!ecs.alive(root) && !ecs.alive(child) && ecs.alive(again));
    assert!(!ecs.set(grandchild, transform, "position", &Value::Numbers(vec![1.0; 3])));
}

#[test]
fn one_nan_and_one_zero_stand_for_all() {
    let (mut ecs, transform, _) = ecs();
    let entity = ecs.spawn(None);
    ecs.insert(entity, transform);
    let mut hash = |x: f64| {
        ecs.set(entity, transform, "position", &Value::Numbers(vec![x, 0.0, 0.0]));
        ecs.state_hash()
    };
    assert_eq!(hash(f64::NAN), hash(-f64::NAN));
    assert_eq!(hash(0.0), hash(-0.0));
    assert_ne!(hash(0.0), hash(f64::MIN_POSITIVE));
}

#[derive(Debug, Clone)]
enum Deed {
    Spawn,
    Despawn(usize),
    Give(usize),
    Set(usize, f64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        Just(Deed::Spawn),
        (0..8_usize).prop_map(Deed::Despawn),
        (0..8_usize).prop_map(Deed::Give),
        (0..8_usize, -9.0..9.0).prop_map(|(at, x)| Deed::Set(at, x)),
    ];
    proptest::collection::vec(deed, 0..60)
}

proptest! {
    /// Against a map of maps, which cannot be wrong about rows.
    #[test]
    fn the_columns_say_what_a_map_would(deeds in deeds()) {
        let (mut ecs, _, mesh) = ecs();
        let mut handles: Vec<Entity> = Vec::new();
        let mut model: BTreeMap<Entity, Option<f64>> = BTreeMap::new();
        for deed in deeds {
            match deed {
                Deed::Spawn => {
                    let entity = ecs.spawn(None);
                    handles.push(entity);
                    model.insert(entity, None);
                }
                Deed::Despawn(at) => if let Some(&entity) = handles.get(at) {
                    ecs.despawn(entity);
                    model.remove(&entity);
                },
                Deed::Give(at) => if let Some(&entity) = handles.get(at) {
                    ecs.insert(entity, mesh);
                    if let Some(it) = model.get_mut(&entity) { it.get_or_insert(1.0); }
                },
                Deed::Set(at, x) => if let Some(&entity) = handles.get(at) {
                    let done = ecs.set(entity, mesh, "width", &Value::Number(x));
                    let expected = model.get_mut(&entity).and_then(Option::as_mut);
                    prop_assert_eq!(done, expected.is_some());
                    if let Some(it) = expected { *it = x; }
                },
            }
        }
        prop_assert_eq!(ecs.entities().count(), model.len());
        for (entity, width) in model {
            prop_assert_eq!(ecs.get(entity, mesh, "width"), width.map(Value::Number));
        }
    }
}
