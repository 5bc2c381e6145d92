//! The use index over the sample harbor: every line that a change of one of its components would break.

#![cfg(test)]

use std::path::Path;

use bowline_model::ProjectPath;
use bowline_script::uses::{self, Json, Name, Nodes, Use};
use expect_test::{Expect, expect};

/// Every use in the project, with its file, by path.
fn harbor() -> Vec<(String, Use)> {
    let root = bowline_fixtures::project("harbor");
    let mut found = Vec::new();
    for path in files(&root, "") {
        let (name, text) = (ProjectPath::parse(&path).unwrap(), || read(&root.join(&path)));
        let uses = match path.rsplit_once('.') {
            Some((_, "js" | "ts")) => uses::of_module(&name, &text(), &Nodes::default()),
            Some((_, "luau")) => uses::of_luau(&name, &text(), &Nodes::default()),
            Some((_, "json")) if path.starts_with("prefabs/") => uses::of_json(&name, &text(), Json::Prefab),
            Some((_, "json")) if path.starts_with("profiles/") => {
                uses::of_json(&name, &text(), Json::Profile)
            }
            _ => continue,
        };
        assert_eq!(uses.problems, [], "{path}");
        found.extend(uses.uses.into_iter().map(|it| (path.clone(), it)));
    }
    found
}

fn files(root: &Path, below: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root.join(below)).unwrap();
    let mut names: Vec<String> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let paths = names.into_iter().map(|it| if below.is_empty() { it } else { format!("{below}/{it}") });
    paths.flat_map(|it| if root.join(&it).is_dir() { files(root, &it) } else { vec![it] }).collect()
}

fn check(broken: &[Name], expect: Expect) {
    let lines: Vec<String> = harbor()
        .into_iter()
        .filter(|(_, it)| !uses::broken_by(std::slice::from_ref(it), broken).is_empty())
        .map(|(path, it)| format!("{path}:{}:{} {} | {}\n", it.line, it.column, it.name, it.text))
        .collect();
    expect.assert_eq(&lines.concat());
}

fn field(component: &str, field: &str) -> Name {
    Name::Field(component.to_owned(), field.to_owned())
}

#[test]
fn the_lines_of_the_harbor_that_a_field_gone_would_break() {
    check(
        &[field("tide", "level")],
        expect![[r#"
            apps/$scene/parts/tide.js:12:35 tide.level | tide.rising = level >= tide.level
            apps/$scene/parts/tide.js:13:12 tide.level | tide.level = level
            apps/Windsock/index.luau:38:40 tide.level | local level = sea and sea:get("tide").level
            shared/tide.ts:9:28 tide.level | return sea?.get('tide')?.level ?? 0
        "#]],
    );
    check(
        &[field("mooring", "line"), field("visits", "last")],
        expect![[r#"
        apps/Boat/index.js:12:48 mooring.line | const mooring = app.entity?.add('mooring', { line: props.line ?? 3 })
        apps/Boat/index.js:20:48 mooring.line | if (mooring) mooring.slack = slack(mooring.line, hull.position.y)
        apps/Buoy/index.ts:30:32 mooring.line | app.entity?.add('mooring', { line: 12 })
        apps/Door/index.ts:27:14 visits.last | visits.last = time
        prefabs/berth.json:5:19 mooring.line | "mooring": { "line": 4 }
        prefabs/guest-berth.json:5:19 mooring.line | "mooring": { "line": 6, "side": "starboard" }
    "#]],
    );
}

#[test]
fn the_lines_of_the_harbor_that_a_component_or_prefab_gone_would_break() {
    check(
        &[Name::Component("visits".to_owned())],
        expect![[r#"
        apps/Door/index.ts:19:35 visits | const visits = app.entity?.get('visits') ?? app.entity?.add('visits')
        apps/Door/index.ts:19:64 visits | const visits = app.entity?.get('visits') ?? app.entity?.add('visits')
        apps/Door/index.ts:26:14 visits.count | visits.count += 1
        apps/Door/index.ts:27:14 visits.last | visits.last = time
        apps/ScoreBoard/model/visitors.js:4:37 visits | for (const door of world.query?.('visits') ?? []) count += door.get('visits').count
        apps/ScoreBoard/model/visitors.js:4:72 visits | for (const door of world.query?.('visits') ?? []) count += door.get('visits').count
        apps/ScoreBoard/model/visitors.js:4:81 visits.count | for (const door of world.query?.('visits') ?? []) count += door.get('visits').count
        profiles/inspector.json:2:47 visits | "components": ["tide", "mooring", "berth", "visits"]
    "#]],
    );
    check(
        &[Name::Component("berth".to_owned()), Name::Prefab("berth".to_owned())],
        expect![[r#"
        apps/$scene/parts/berths.js:7:36 berth | if (!world.query || world.query('berth').length > 0) return
        apps/$scene/parts/berths.js:9:64 berth | if (number > BERTHS - GUESTS) world.spawn('guest-berth', { berth: { number } })
        apps/$scene/parts/berths.js:9:73 berth.number | if (number > BERTHS - GUESTS) world.spawn('guest-berth', { berth: { number } })
        apps/$scene/parts/berths.js:10:23 prefab berth | else world.spawn('berth', { berth: { number } })
        apps/$scene/parts/berths.js:10:33 berth | else world.spawn('berth', { berth: { number } })
        apps/$scene/parts/berths.js:10:42 berth.number | else world.spawn('berth', { berth: { number } })
        prefabs/berth.json:4:6 berth | "berth": {},
        prefabs/guest-berth.json:3:17 prefab berth | "composes": ["berth"],
        profiles/inspector.json:2:38 berth | "components": ["tide", "mooring", "berth", "visits"]
    "#]],
    );
}

#[expect(clippy::disallowed_methods, reason = "the crate is pure, its test reads a fixture")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
