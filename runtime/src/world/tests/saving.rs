//! Worlds written down and read again, here and in another process.

use std::process::Command;

use bowline_schema::{Asking, Entry, RecordKind, Snapshot};
use expect_test::expect;
use serde_json::json;

use super::*;
use crate::ecs::{Scalar, Unreadable};

/// The core records, and `spot` with these fields.
fn spots(fields: Value) -> Arc<Definitions> {
    let slug = "room/project/component/spot".to_owned();
    let spot = Entry { slug, kind: RecordKind::Component, version: 1, payload: json!({ "fields": fields }) };
    let records: Vec<Entry> = bowline_schema::core::records().into_iter().chain([spot]).collect();
    let asking = Asking { scopes: vec!["room/project".to_owned()], ..Asking::default() };
    Definitions::compile(Snapshot::build(&records, &asking).snapshot).unwrap()
}

fn at() -> Value {
    json!([{"name": "x", "kind": "f32"}, {"name": "n", "kind": "i32", "default": 3}])
}

/// Scripts with nodes, state and storage, and a thousand entities of no script.
fn world() -> Stage {
    let mut stage = Stage::new();
    stage.world.apply(Step::Define(spots(at())));
    stage.app(
        "A",
        "app.state.count ??= 0
         world.set('kept', { count: app.state.count })
         const box = app.create('mesh', { position: [1, 2, 3] })
         app.add(box)
         box.add(app.create('prim'))
         app.on('update', () => { app.state.count += 1; box.position.x += 0.1; app.position.y = app.state.count })",
    );
    stage.ticks(3);
    let spot = stage.world.ecs.component("spot").unwrap();
    for at in 0..1000_u16 {
        let x = [Scalar::F32(f32::from(at) / 8.0), Scalar::I32(at.into())];
        let entity = stage.world.ecs.spawn_row(&[spot], &x).unwrap();
        if at % 7 == 0 {
            stage.world.ecs.despawn(entity);
        }
    }
    stage.ticks(2);
    stage
}

fn text(stage: &Stage) -> String {
    stage.world.save().encode().to_string()
}

fn image(text: &str) -> Image {
    Image::decode(&serde_json::from_str(text).unwrap()).unwrap()
}

#[test]
fn a_world_that_is_read_again_is_the_same_to_the_bit_and_goes_on() {
    let mut stage = world();
    let (hash, text) = (stage.world.state_hash(), text(&stage));
    let entities = stage.world.ecs().count();
    stage.ticks(2);
    assert_ne!(stage.world.state_hash(), hash);
    stage.alone();
    stage.world.restore(&image(&text)).unwrap();
    assert_eq!((stage.world.state_hash(), stage.world.now()), (hash, 5));
    expect![[r#"
        A: Running
    "#]]
    .assert_eq(&stage.tick());
    // Its nodes of before went when it started again.
    assert_eq!(stage.world.ecs().count(), entities);
    let again = world();
    assert_eq!(self::text(&again), text, "the same world is written the same");
}

#[test]
fn another_world_takes_it_over_under_its_own_definitions() {
    let stage = world();
    let image = image(&text(&stage));
    let wider = json!([
        {"name": "n", "kind": "i64", "default": 3}, {"name": "x", "kind": "f32"}, {"name": "y", "kind": "f32", "default": 5},
    ]);
    let new =
        |definitions| World::new(Seed { seed: 1 }, Limits::standard(), |_: &AssetName| None, definitions);
    let mut other = new(spots(wider));
    other.restore(&image).unwrap();
    let spot = other.ecs().component("spot").unwrap();
    let entity = ecs::Query::new().with(spot).entities(other.ecs())[1];
    let row = other.ecs().row(entity, spot).unwrap();
    assert_eq!(Value::from(row), json!({"n": 2, "x": 0.25, "y": 5}));
    let mut same = new(spots(at()));
    same.restore(&image).unwrap();
    assert_eq!(same.state_hash(), stage.world.state_hash());
    let mut bare = new(Definitions::core());
    let before = bare.state_hash();
    let Err(Unreadable::Changed(why)) = bare.restore(&image) else { panic!("there is no `spot`") };
    assert_eq!(why, "spot: there is no component `spot`");
    assert_eq!(bare.state_hash(), before);
}

#[test]
fn what_is_damaged_is_refused() {
    let stage = world();
    let json: Value = serde_json::from_str(&text(&stage)).unwrap();
    let mut out = String::new();
    for (pointer, value) in [
        ("/form", json!(9)),
        ("/tick", json!(7)),
        ("/ecs/free", json!("AAAAAA==")),
        ("/ecs/parents", json!("AAAA")),
        ("/ecs/tables/0/components", json!(["spots"])),
        ("/entities/A/root", json!("A")),
        ("/ecs", json!(null)),
    ] {
        let mut damaged = json.clone();
        *damaged.pointer_mut(pointer).unwrap() = value;
        let why = Image::decode(&damaged).err().map_or("read".to_owned(), |it| it.to_string());
        writeln!(out, "{pointer}: {}", why.split(" to ").next().unwrap()).unwrap();
    }
    expect![[r#"
        /form: the image has no good `form`
        /tick: the image is damaged: it hashes
        /ecs/free: the image has no good `entities`
        /ecs/parents: the image has no good `parents`
        /ecs/tables/0/components: the image has no good `tables`
        /entities/A/root: the image has no good `entities`
        /ecs: the image has no good `generations`
    "#]]
    .assert_eq(&out);
}

const IMAGE: &str = "BOWLINE_TEST_IMAGE";

#[test]
fn another_process_reads_the_same_state() {
    let name = "world::tests::saving::another_process_reads_the_same_state";
    if let Some(path) = std::env::var_os(IMAGE) {
        #[expect(clippy::disallowed_methods, reason = "the crate is pure, its test hands a file to itself")]
        let text = std::fs::read_to_string(path).unwrap();
        let mut other = Stage::new();
        other.world.apply(Step::Define(spots(at())));
        other.tick();
        other.alone();
        other.world.restore(&image(&text)).unwrap();
        println!("restored {}", other.world.state_hash());
        return;
    }
    let stage = world();
    let file = tempfile::NamedTempFile::new().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the crate is pure, its test hands a file to itself")]
    std::fs::write(file.path(), text(&stage)).unwrap();
    let program = std::env::current_exe().unwrap();
    let there = Command::new(program)
        .args([name, "--exact", "--nocapture"])
        .env(IMAGE, file.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&there.stdout);
    assert!(said.contains(&format!("restored {}", stage.world.state_hash())), "{said}");
}
