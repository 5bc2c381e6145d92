//! The store against a map of maps, which cannot be wrong about rows.

use std::sync::LazyLock;

use bowline_schema::change::carry;
use proptest::prelude::*;

use super::*;

/// Two sets of definitions; the second is what the first may become.
static BEFORE: LazyLock<Arc<Definitions>> = LazyLock::new(|| {
    definitions(&[
        ("a", json!([{"name": "x", "kind": "f32", "default": 0.1}, {"name": "at", "kind": "vec3"}])),
        (
            "b",
            json!([
                {"name": "state", "kind": {"enum": ["shut", "open"]}},
                {"name": "key", "kind": "entity"},
                {"name": "hinge", "kind": {"struct": [{"name": "n", "kind": "i32"}]}, "optional": true},
            ]),
        ),
        (
            "c",
            json!([
                {"name": "n", "kind": "i32", "default": 7}, {"name": "on", "kind": "bool"}, {"name": "any", "kind": "json"},
                {"name": "pins", "kind": {"list": {"struct": [{"name": "t", "kind": "f64"}]}}},
            ]),
        ),
    ])
});

static AFTER: LazyLock<Arc<Definitions>> = LazyLock::new(|| {
    definitions(&[
        (
            "a",
            json!([
                {"name": "y", "kind": "f32", "default": 0.3},
                {"name": "at", "kind": "vec3"}, {"name": "x", "kind": "f64", "default": 0.1, "optional": true},
            ]),
        ),
        ("aa", json!([{"name": "new", "kind": "bool"}])),
        (
            "b",
            json!([
                {"name": "state", "kind": {"enum": ["shut", "open", "ajar"]}, "default": "ajar"},
                {"name": "key", "kind": "entity"},
                {"name": "hinge", "optional": true, "kind": {"struct": [
                    {"name": "m", "kind": "f32", "default": 2}, {"name": "n", "kind": "i64"},
                ]}},
            ]),
        ),
        (
            "c",
            json!([
                {"name": "n", "kind": "i64", "default": 9, "deprecated": true}, {"name": "on", "kind": "bool"},
                {"name": "any", "kind": "json"}, {"name": "count", "kind": "i64", "aliasOf": "n"},
                {"name": "pins", "kind": {"list": {"struct": [{"name": "t", "kind": "f64"}, {"name": "u", "kind": "f64", "default": 3}]}}},
            ]),
        ),
    ])
});

const NAMES: [&str; 3] = ["a", "b", "c"];

#[derive(Debug, Clone)]
enum Deed {
    Spawn(Option<usize>, Vec<usize>),
    Despawn(usize),
    Insert(usize, usize),
    Remove(usize, usize),
    Set(usize, usize, usize),
    /// Adds one to every `a.x` through slices.
    Step,
    /// Goes on in a fork, with the original kept to see that it stays.
    Fork,
    /// Goes on in what was written down and read again.
    Save,
    Define,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let (at, part) = (0..10_usize, 0..3_usize);
    let spawn = (proptest::option::of(0..10_usize), proptest::collection::vec(0..3_usize, 0..3));
    let deed = prop_oneof![
        4 => spawn.prop_map(|(parent, parts)| Deed::Spawn(parent, parts)),
        1 => at.clone().prop_map(Deed::Despawn),
        3 => (at.clone(), part.clone()).prop_map(|(at, part)| Deed::Insert(at, part)),
        1 => (at.clone(), part).prop_map(|(at, part)| Deed::Remove(at, part)),
        6 => (at, 0..9_usize, 0..6_usize).prop_map(|(at, field, value)| Deed::Set(at, field, value)),
        1 => Just(Deed::Step),
        1 => Just(Deed::Fork),
        1 => Just(Deed::Save),
        1 => Just(Deed::Define),
    ];
    proptest::collection::vec(deed, 0..60)
}

const FIELDS: [(&str, &str); 9] = [
    ("a", "x"),
    ("a", "at"),
    ("b", "state"),
    ("b", "key"),
    ("b", "hinge"),
    ("c", "n"),
    ("c", "on"),
    ("c", "any"),
    ("c", "pins"),
];

/// Good values of a field.
fn value(field: &str, at: usize) -> Json {
    let number = [0.0, 1.0, 0.5, -3.0, 0.25, 1.0][at];
    match field {
        "x" => json!(number),
        "at" => json!([number, 1, 2.5]),
        "state" => json!(["shut", "open"][at % 2]),
        "key" => [json!(null), json!("e1#0")][at % 2].clone(),
        "hinge" => [json!(null), json!({"n": 4}), json!({"n": -4})][at % 3].clone(),
        "n" => json!(at),
        "on" => json!(at.is_multiple_of(2)),
        "any" => {
            [json!([1, 2]), json!({"x": [null, "NaN"]}), json!("text"), json!(null), json!([]), json!(true)]
                [at]
                .clone()
        }
        _ => [json!([]), json!([{"t": 1}, {"t": number}])][at % 2].clone(),
    }
}

/// Component → what an entity holds of it.
type Rows = BTreeMap<String, Map<String, Json>>;

/// Entities with their parents.
#[derive(Default, Clone)]
struct Model {
    entities: BTreeMap<Entity, (Option<Entity>, Rows)>,
    after: bool,
}

impl Model {
    fn definitions(&self) -> &Definitions {
        if self.after { &AFTER } else { &BEFORE }
    }

    fn initial(&self, name: &str) -> Map<String, Json> {
        self.definitions().snapshot().component(name).unwrap().initial()
    }

    fn despawn(&mut self, entity: Entity) {
        self.entities.remove(&entity);
        let below: Vec<Entity> = self
            .entities
            .iter()
            .filter(|(_, (parent, _))| *parent == Some(entity))
            .map(|(it, _)| *it)
            .collect();
        below.into_iter().for_each(|it| self.despawn(it));
    }

    fn set(&mut self, entity: Entity, (name, field): (&str, &str), value: &Json) -> bool {
        let component = self.definitions().snapshot().component(name).unwrap().clone();
        let row = self.entities.get_mut(&entity).and_then(|it| it.1.get_mut(name));
        let filled = bowline_schema::check::filled(value, &component.field(field).unwrap().kind);
        row.map(|it| it.insert(field.to_owned(), filled)).is_some()
    }

    fn define(&mut self) {
        for row in self.entities.values_mut().flat_map(|it| it.1.iter_mut()) {
            let of = |it: &Definitions| it.snapshot().component(row.0).unwrap().clone();
            *row.1 = carry(&of(&BEFORE), &of(&AFTER), row.1);
        }
        self.after = true;
    }
}

fn same(ecs: &Ecs, model: &Model) {
    assert_eq!(ecs.entities().collect::<Vec<_>>(), model.entities.keys().copied().collect::<Vec<_>>());
    assert_eq!(ecs.count(), model.entities.len());
    for (entity, (parent, components)) in &model.entities {
        assert_eq!(ecs.parent(*entity), *parent);
        let names = ecs.components(*entity).iter().map(|it| ecs.layout(*it).component.name().to_owned());
        assert_eq!(names.collect::<Vec<_>>(), components.keys().cloned().collect::<Vec<_>>());
        for (name, row) in components {
            let found = ecs.row(*entity, ecs.component(name).unwrap()).unwrap();
            let text = |it: &Map<String, Json>| bowline_model::canonical::object_text(it);
            assert_eq!(text(&found), text(row));
        }
    }
}

fn step(ecs: &mut Ecs, model: &mut Model) {
    let a = ecs.component("a").unwrap();
    let layout = ecs.layout(a);
    let column = layout.columns.iter().position(|it| it.path == "x").unwrap();
    Query::new().write(a, column).each(ecs, |_, slices| {
        let [x] = slices else { panic!("one was asked for") };
        match x {
            Slice::F32Mut(x) => x.iter_mut().for_each(|it| *it = if *it == 0.1 { 1.0 } else { *it + 1.0 }),
            Slice::F64Mut(x) => x.iter_mut().for_each(|it| *it = if *it == 0.1 { 1.0 } else { *it + 1.0 }),
            _ => panic!("a number"),
        }
    });
    for row in model.entities.values_mut().filter_map(|it| it.1.get_mut("a")) {
        let x = row["x"].as_f64().unwrap();
        row["x"] = json!(if x == 0.1 { 1.0 } else { x + 1.0 });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_columns_say_what_a_map_would(deeds in deeds()) {
        let (mut ecs, mut model) = (Ecs::new(&BEFORE), Model::default());
        let mut handles: Vec<Entity> = Vec::new();
        let mut kept: Vec<(Ecs, Model, Digest)> = Vec::new();
        for deed in deeds {
            let handle = |at: &usize| handles.get(*at).copied();
            match &deed {
                Deed::Spawn(parent, parts) => {
                    let parent = parent.and_then(|at| handles.get(at).copied());
                    let ids: Vec<ComponentId> = parts.iter().map(|it| ecs.component(NAMES[*it]).unwrap()).collect();
                    let entity = ecs.spawn_with(parent, &ids);
                    let rows = parts.iter().map(|it| (NAMES[*it].to_owned(), model.initial(NAMES[*it]))).collect();
                    let parent = parent.filter(|it| model.entities.contains_key(it));
                    model.entities.insert(entity, (parent, rows));
                    handles.push(entity);
                }
                Deed::Despawn(at) => if let Some(entity) = handle(at) {
                    ecs.despawn(entity);
                    if model.entities.contains_key(&entity) { model.despawn(entity); }
                },
                Deed::Insert(at, part) => if let Some(entity) = handle(at) {
                    ecs.insert(entity, ecs.component(NAMES[*part]).unwrap());
                    let initial = model.initial(NAMES[*part]);
                    if let Some(it) = model.entities.get_mut(&entity) { it.1.entry(NAMES[*part].to_owned()).or_insert(initial); }
                },
                Deed::Remove(at, part) => if let Some(entity) = handle(at) {
                    ecs.remove(entity, ecs.component(NAMES[*part]).unwrap());
                    if let Some(it) = model.entities.get_mut(&entity) { it.1.remove(NAMES[*part]); }
                },
                Deed::Set(at, field, nth) => if let Some(entity) = handle(at) {
                    let (name, field) = FIELDS[*field];
                    let json = value(field, *nth);
                    let done = ecs.set(entity, ecs.component(name).unwrap(), field, &Value::from_json(&json));
                    prop_assert_eq!(done, model.set(entity, (name, field), &json));
                },
                Deed::Step => step(&mut ecs, &mut model),
                Deed::Fork => kept.push((ecs.clone(), model.clone(), ecs.state_hash())),
                Deed::Save => {
                    let text = ecs.encode().to_string();
                    let mut again = Ecs::decode(&serde_json::from_str(&text).unwrap()).unwrap();
                    again.define(model.definitions()).unwrap();
                    prop_assert_eq!(again.state_hash(), ecs.state_hash());
                    prop_assert_eq!(again.encode().to_string(), text);
                    ecs = again;
                }
                Deed::Define => if !model.after {
                    ecs.define(&AFTER).unwrap();
                    model.define();
                },
            }
        }
        same(&ecs, &model);
        for (ecs, model, hash) in kept {
            same(&ecs, &model);
            prop_assert_eq!(ecs.state_hash(), hash);
        }
    }
}
