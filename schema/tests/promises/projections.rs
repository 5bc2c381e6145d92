//! What the projections say, compared with files one can read; and that they are always the same.

use bowline_schema::api::api;
use bowline_schema::emit::{Language, dts_body, emit};
use bowline_schema::{Asking, Entry, RecordKind, Snapshot, core};
use expect_test::expect_file;
use proptest::prelude::*;
use serde_json::json;

use crate::dice::Dice;

fn component(slug: &str, payload: serde_json::Value) -> Entry {
    Entry { slug: slug.to_owned(), kind: RecordKind::Component, version: 2, payload }
}

/// A component with a field of every kind, one with an awkward name, and texts from a catalog.
fn sample() -> Vec<Entry> {
    let every = json!({"label": 1, "doc": 2, "icon": "door", "fields": [
        {"name": "open", "kind": "bool", "default": true, "doc": "Whether */ it --]] is\nopen."},
        {"name": "count", "kind": "i32", "range": {"min": 0, "max": 9, "step": 1}},
        {"name": "stamp", "kind": "i64"},
        {"name": "angle", "kind": "f32", "unit": "deg", "default": 45.5, "range": {"min": -90}},
        {"name": "strength", "kind": "f64", "default": "Infinity"},
        {"name": "uv", "kind": "vec2", "range": {"max": 1}},
        {"name": "at", "kind": "vec3", "unit": "m"},
        {"name": "clip", "kind": "vec4"},
        {"name": "turn", "kind": "quat"},
        {"name": "paint", "kind": "color", "default": "#ff8800"},
        {"name": "state", "kind": {"enum": ["shut", "open"]}, "optional": true},
        {"name": "title", "kind": "string-id", "default": 7},
        {"name": "note", "kind": {"text": "debug"}, "default": "a \"b\"\\\n"},
        {"name": "model", "kind": {"asset": ["model"]}, "optional": true},
        {"name": "key", "kind": "entity", "deprecated": "use lock"},
        {"name": "end", "kind": {"list": {"struct": [{"name": "t", "kind": "f64"}]}, "max": 3}},
        {"name": "any", "kind": "json", "default": {"a": [1, null]}},
    ]});
    let strings =
        json!({"locale": "en", "strings": [{"id": 1, "text": "Door"}, {"id": 2, "text": "Opens."}]});
    let catalog = Entry { kind: RecordKind::Strings, ..component("core/strings/ui", strings) };
    let awkward = json!({"deprecated": true, "fields": [{"name": "x", "kind": "f32"}]});
    vec![component("core/component/door", every), component("core/component/9-lives/ui", awkward), catalog]
}

fn build(entries: &[Entry]) -> Snapshot {
    let built = Snapshot::build(entries, &Asking::default());
    assert_eq!(built.problems, []);
    built.snapshot
}

/// The part of the declarations that is about components; the rest is the same for every snapshot.
fn components_only(dts: &str) -> String {
    let end = dts.find("interface ComponentTypes").and_then(|at| Some(at + dts[at..].find("}\n")? + 2));
    dts[..end.unwrap_or(dts.len())].to_owned()
}

/// Without what is the same for every snapshot, nearly.
fn without_api(luau: &str) -> String {
    let (components, rest) = luau.split_once("\n-- The script API.").expect("it says where the API begins");
    format!("{components}{}", &rest[rest.rfind("\nreturn ").expect("it is a module")..])
}

#[test]
fn every_kind_of_field_in_every_language() {
    let snapshot = build(&sample());
    let show = |language| emit(&snapshot, language);
    expect_file!["golden/door.d.ts"].assert_eq(&components_only(&show(Language::Dts)));
    expect_file!["golden/door.schema.json"].assert_eq(&show(Language::JsonSchema));
    expect_file!["golden/door.luau"].assert_eq(&without_api(&show(Language::Luau)));
    expect_file!["golden/door.luacats.lua"].assert_eq(&show(Language::LuaCats));
    expect_file!["golden/door.lua"].assert_eq(&show(Language::Lua));
}

#[test]
fn the_core_records_as_typescript() {
    let snapshot = build(&core::records());
    expect_file!["golden/core.d.ts"].assert_eq(&emit(&snapshot, Language::Dts));
    expect_file!["golden/core.luau"].assert_eq(&emit(&snapshot, Language::Luau));
    expect_file!["golden/body.d.ts"].assert_eq(&dts_body());
}

#[test]
fn the_definitions_of_luau_are_its_types_and_every_global_there_is() {
    let snapshot = build(&core::records());
    let text = emit(&snapshot, Language::LuauDefinitions);
    let (types, globals) =
        text.split_at(text.rfind("\n-- Every global of a script.\n").expect("it declares them"));
    assert!(emit(&snapshot, Language::Luau).contains(types), "the types are those of the module");
    expect_file!["golden/globals.d.luau"].assert_eq(globals);
    for it in &api().globals {
        let there = globals.contains(&format!("\ndeclare {}: ", it.name));
        assert_eq!(there, it.support.luau.is_none() && it.kind != "undefined", "{}", it.name);
    }
}

#[test]
fn the_luau_parser_accepts_the_lua_projections() {
    for snapshot in [build(&sample()), build(&core::records())] {
        // What is declared is spelled as a local is, whose types the parser knows.
        let declared = emit(&snapshot, Language::LuauDefinitions).replace("\ndeclare ", "\nlocal ");
        let parsed = full_moon::parse(&declared);
        assert!(parsed.is_ok(), "definitions: {:?}", parsed.err());
        for language in [Language::Luau, Language::LuaCats, Language::Lua] {
            let text = emit(&snapshot, language);
            let parsed = full_moon::parse(&text);
            assert!(parsed.is_ok(), "{}: {:?}", language.name(), parsed.err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn one_snapshot_is_one_text_whatever_order_its_records_came_in(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let mut entries: Vec<Entry> = ["a", "b/c", "d-e"]
            .into_iter()
            .map(|name| {
                let slug = format!("core/component/{name}");
                component(&slug, dice.component(&slug).to_payload())
            })
            .collect();
        let first = build(&entries);
        dice.shuffle(&mut entries);
        let second = build(&entries);
        prop_assert_eq!(first.hash(), second.hash());
        for language in Language::ALL {
            let text = emit(&first, language);
            prop_assert!(text.contains(&first.hash().to_string()), "{} names its snapshot", language.name());
            prop_assert_eq!(&text, &emit(&second, language));
            if matches!(language, Language::Luau | Language::LuaCats | Language::Lua) {
                prop_assert!(full_moon::parse(&text).is_ok(), "{}", text);
            }
        }
    }
}
