use bowline_schema::{Asking, Entry, RecordKind, Snapshot, scope};
use expect_test::{Expect, expect};

use super::*;
use crate::ecs::Lineage;

fn definitions() -> std::sync::Arc<Definitions> {
    let entry = |(kind, name, payload): (RecordKind, &str, Value)| Entry {
        slug: format!("room/project/{}/{name}", kind.name()),
        kind,
        version: 1,
        payload,
    };
    let fields = json!({"fields": [
        {"name": "angle", "kind": "f32"}, {"name": "at", "kind": "vec3"}, {"name": "state", "kind": {"enum": ["shut", "open"]}},
        {"name": "key", "kind": "entity"},
    ]});
    let records = [
        (RecordKind::Component, "door", fields),
        (RecordKind::Component, "dead", json!({"fields": []})),
        (RecordKind::Prefab, "gate", json!({"components": {"door": {}}})),
        (RecordKind::Prefab, "arch", json!({"composes": ["gate"]})),
    ];
    let records: Vec<Entry> = bowline_schema::core::records().into_iter().chain(records.map(entry)).collect();
    let scopes = vec![scope::parts(&records[records.len() - 1].slug).unwrap().1.to_owned()];
    Definitions::compile(Snapshot::build(&records, &Asking { scopes, ..Asking::default() }).snapshot).unwrap()
}

fn ask(text: &str, detail: Detail, expect: Expect) {
    let mut ecs = Ecs::new(&definitions());
    let (door, dead) = (ecs.component("door").unwrap(), ecs.component("dead").unwrap());
    for angle in [5.0, 15.0, 25.0] {
        let entity = ecs.spawn_with(None, &[door]);
        ecs.set(entity, door, "angle", &ecs::Value::Number(angle));
        ecs.set(entity, door, "at", &ecs::Value::Numbers(vec![0.0, angle, 0.0]));
        if angle > 20.0 {
            ecs.insert(entity, dead);
            let lineage = Lineage {
                prefab: "room/project/prefab/gate".into(),
                version: 1,
                parents: vec!["a@1".into()],
            };
            ecs.set_lineage(entity, &lineage);
        }
    }
    let shown = Expression::parse(text).and_then(|it| it.game(&ecs, detail));
    expect.assert_eq(&lines(shown));
}

fn lines(shown: Result<Vec<Value>, Mistake>) -> String {
    match shown {
        Ok(rows) => rows.iter().map(|it| format!("{it}\n")).collect(),
        Err(mistake) => format!("{mistake}\n"),
    }
}

#[test]
fn entities_are_found_by_components_and_fields() {
    ask(
        "door(angle > 10), !dead",
        Detail::Components,
        expect![[r#"
        {"entity":"e1","components":{"door":{"angle":15,"at":[0,15,0],"state":"shut","key":null}}}
    "#]],
    );
    ask(
        "!door(at.y<20), door(state=shut, key = null)",
        Detail::Components,
        expect![[r#"
        {"entity":"e2","components":{"door":{"angle":25,"at":[0,25,0],"state":"shut","key":null}}}
    "#]],
    );
    ask(
        "dead",
        Detail::Lineage,
        expect![[r#"
        {"entity":"e2","components":{"dead":{}},"parent":null,"lineage":{"prefab":"room/project/prefab/gate","version":1,"parents":["a@1"]}}
    "#]],
    );
    ask(
        "door( angle=5 )",
        Detail::Lineage,
        expect![[r#"
        {"entity":"e0","components":{"door":{"angle":5,"at":[0,5,0],"state":"shut","key":null}},"parent":null,"lineage":null}
    "#]],
    );
}

#[test]
fn what_is_wrong_has_a_column_and_a_help() {
    for (text, expect) in [
        (
            "",
            expect![[r#"
            error[bad_query] at column 1: expected a component, found the end
              help: for example: position, !dead, door(angle > 10)
        "#]],
        ),
        (
            "door, ",
            expect![[r#"
            error[bad_query] at column 7: expected a component, found the end
              help: for example: position, !dead, door(angle > 10)
        "#]],
        ),
        (
            "door(angle)",
            expect![[r#"
            error[bad_query] at column 11: expected =, !=, <, <=, > or >=, found `)`
              help: for example: position, !dead, door(angle > 10)
        "#]],
        ),
        (
            "door(angle > 1",
            expect![[r#"
            error[bad_query] at column 15: expected `,` or `)`, found the end
              help: for example: position, !dead, door(angle > 10)
        "#]],
        ),
        (
            "door(state = \"open)",
            expect![[r#"
            error[bad_query] at column 14: expected a text that ends with ", found `"`
              help: for example: position, !dead, door(angle > 10)
        "#]],
        ),
        (
            "door dead",
            expect![[r#"
            error[bad_query] at column 6: expected `,` or the end, found `d`
              help: for example: position, !dead, door(angle > 10)
        "#]],
        ),
        (
            "dead, dor",
            expect![[r#"
            error[unknown_component] at column 7: there is no component `dor`
              help: did you mean `door`?
        "#]],
        ),
        (
            "door(at.y = 1, angel > 1)",
            expect![[r#"
            error[unknown_field] at column 16: `door` has no field `angel`
              help: did you mean `angle`?
        "#]],
        ),
    ] {
        ask(text, Detail::Components, expect);
    }
}

#[test]
fn schemas_are_asked_for_with_the_same_words() {
    let meta = |text: &str| lines(Expression::parse(text).and_then(|it| it.meta(&definitions())));
    expect![[r#"
        {"entity":"m334","components":{"Relation":{"kind":"composes","from":332,"to":333}}}
    "#]]
    .assert_eq(&meta("Relation(kind = composes)"));
    expect![[r#"
        {"entity":"m333","components":{"SchemaEntity":{"slug":"room/project/prefab/gate","name":"gate","kind":"prefab","version":1,"hash":"5eb3bfc3de9430a2075f9425375d0cd03a1ab906952928e2b11b0598adb0be79","definition":{"components":{"door":{}}}}}}
    "#]].assert_eq(&meta("SchemaEntity(kind=prefab, name != arch)"));
    expect![[r#"
        error[unknown_component] at column 1: there is no component `Relations`
          help: did you mean `Relation`?
    "#]]
    .assert_eq(&meta("Relations"));
}
