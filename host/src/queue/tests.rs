use std::collections::BTreeMap;
use std::fmt::Write as _;

use bowline_schema::Component;
use bowline_schema::change::LiveFacts;
use bowline_store::Record;
use expect_test::expect;
use serde_json::Map;

use super::*;

const NOW: &str = "2026-01-31T09:30:00.000Z";

/// Entities by component.
struct Living(BTreeMap<&'static str, Vec<(&'static str, Value)>>);

impl Facts for Living {
    fn measure(&self, _old: &Snapshot, new: &Snapshot) -> WorldFacts {
        let mut facts = WorldFacts::default();
        for (name, rows) in &self.0 {
            let rows: Vec<(&str, Map<String, Value>)> =
                rows.iter().map(|(id, it)| (*id, it.as_object().cloned().unwrap_or_default())).collect();
            let Ok(component) = new.component(name) else { continue };
            let component: &Component = component;
            let rows = rows.iter().map(|(id, it)| (*id, it));
            facts.components.insert((*name).to_owned(), LiveFacts::measure(component, component, rows));
        }
        facts
    }
}

fn door() -> Value {
    json!({"fields": [{"name": "angle", "kind": "f32", "default": 0}]})
}

fn with_field(field: Value) -> Value {
    let mut door = door();
    door["fields"].as_array_mut().unwrap().push(field);
    door
}

fn records() -> Records {
    let record = |slug: &str, payload| {
        let slug = Slug::parse(slug).unwrap();
        let kind = slug.path().split('/').next().unwrap().parse().unwrap();
        Record::new(slug, kind, payload, NOW).unwrap()
    };
    Records::new(
        [
            record("room/project/component/door", door()),
            record("room/project/profile/inspector", json!({"components": ["door", "transform"]})),
        ],
        "project",
    )
}

fn edit(slug: &str, payload: Value) -> Edit {
    let payload = Some(payload).filter(|it| !it.is_null());
    Edit { slug: Slug::parse(slug).unwrap(), payload, expect: Expect::Anything }
}

fn expecting(expect: Expect, edit: Edit) -> Edit {
    Edit { expect, ..edit }
}

fn one_door() -> Living {
    Living(BTreeMap::from([("door", vec![("e1", json!({"angle": 90}))])]))
}

/// What becomes of each ticket, and what is left to write.
fn check(tickets: Vec<Vec<Edit>>, expected: expect_test::Expect) {
    let mut queue = Queue::default();
    for edits in tickets {
        queue.post(edits).unwrap();
    }
    let judged = judge(&records(), &queue.batch(), &one_door(), "2026-02-01T00:00:00.000Z");
    let mut shown = String::new();
    for it in &judged.answers {
        writeln!(shown, "{} {}", it.ticket, it.outcome.name()).unwrap();
        it.changes.iter().for_each(|it| writeln!(shown, "  {} [{}]", it.path, it.rule.name()).unwrap());
        it.reasons.iter().for_each(|it| writeln!(shown, "  because {it}").unwrap());
        let Affected { entities, profiles, .. } = &it.affected;
        if *entities > 0 || !profiles.is_empty() {
            writeln!(shown, "  affects {entities}, {}", profiles.join(", ")).unwrap();
        }
        for Touched { slug, version, checksum } in &it.records {
            let sum = checksum.as_deref().map_or("gone", |it| &it[7..11]);
            writeln!(shown, "  {slug} {} {sum}", version.map_or("-".to_owned(), |it| it.to_string()))
                .unwrap();
        }
    }
    for change in &judged.changes {
        match change {
            Change::PutRecord(it) => writeln!(shown, "put {} {} {}", it.slug, it.version, it.updated_at),
            Change::DeleteRecord(slug) => writeln!(shown, "delete {slug}"),
            other => panic!("{other:?}"),
        }
        .unwrap();
    }
    expected.assert_eq(&shown);
}

const DOOR: &str = "room/project/component/door";

#[test]
fn a_field_with_a_default_is_applied() {
    check(
        vec![vec![edit(DOOR, with_field(json!({"name": "open", "kind": "bool", "default": false})))]],
        expect![[r#"
            1 applied
              door.open [add_field_with_default]
              affects 1, inspector
              room/project/component/door 2 f37a
            put room/project/component/door 2 2026-02-01T00:00:00.000Z
        "#]],
    );
}

#[test]
fn each_ticket_is_judged_after_those_before_it_and_a_bad_one_hurts_no_other() {
    let with_open = with_field(json!({"name": "open", "kind": "bool", "default": false}));
    check(
        vec![
            vec![edit(DOOR, with_open)],
            vec![edit(DOOR, door())],
            vec![edit(DOOR, json!({"fields": 7}))],
            vec![edit("room/project/component/lamp", json!({"fields": []}))],
            vec![edit(
                "room/project/component/lamp",
                json!({"fields": [{"name": "on", "kind": "bool", "default": true}]}),
            )],
            vec![edit(
                "room/project/prefab/gate",
                json!({"components": {"door": {"open": true}, "lamp": {"on": false}}}),
            )],
        ],
        expect![[r#"
            1 applied
              door.open [add_field_with_default]
              affects 1, inspector
              room/project/component/door 2 f37a
            2 requires_reset
              door.open [remove_field]
              because door.open: removed, with its values (entities: 1); deprecate it first
              affects 1, inspector
              room/project/component/door 2 f37a
            3 rejected
              room/project/component/door [invalid]
              room/project/profile/inspector [invalid]
              because room/project/component/door: this is 7 at /fields
              because room/project/profile/inspector: there is no component `door` at /components/0
              room/project/component/door 2 f37a
            4 applied
              lamp [add_component]
              room/project/component/lamp 1 01f2
            5 applied
              lamp.on [add_field_with_default]
              room/project/component/lamp 2 3cea
            6 applied
              gate [prefab_add]
              room/project/prefab/gate 1 f815
            put room/project/component/door 2 2026-02-01T00:00:00.000Z
            put room/project/component/lamp 1 2026-02-01T00:00:00.000Z
            put room/project/component/lamp 2 2026-02-01T00:00:00.000Z
            put room/project/prefab/gate 1 2026-02-01T00:00:00.000Z
        "#]],
    );
}

#[test]
fn a_mutation_is_whole_or_nothing() {
    check(
        vec![vec![
            edit("room/project/component/lamp", json!({"fields": []})),
            edit("room/project/component/lamp2", json!({"fields": [{"name": "x", "kind": "nonsense"}]})),
        ]],
        expect![[r#"
            1 rejected
              room/project/component/lamp2 [invalid]
              because room/project/component/lamp2: `nonsense` is no kind at /fields/0/kind
              room/project/component/lamp - gone
              room/project/component/lamp2 - gone
        "#]],
    );
}

#[test]
fn an_expectation_that_is_not_met_changes_nothing_and_tells_what_is_there() {
    let wider = || with_field(json!({"name": "open", "kind": "bool", "default": false}));
    let now = records().touched(&Slug::parse(DOOR).unwrap()).checksum.unwrap();
    check(
        vec![
            vec![expecting(Expect::Nothing, edit(DOOR, wider()))],
            vec![expecting(Expect::Checksum("sha256:0".to_owned()), edit(DOOR, wider()))],
            vec![expecting(Expect::Checksum(now.clone()), edit("room/project/component/none", wider()))],
            vec![expecting(Expect::Checksum(now.clone()), edit(DOOR, wider()))],
            vec![expecting(Expect::Checksum(now), edit(DOOR, wider()))],
        ],
        expect![[r#"
            1 mismatch
              because room/project/component/door: is sha256:878ec50f2e5066e8595fa7eaa4a211f1057317a1ec5d2ad13f822598624995d8 now
              room/project/component/door 1 878e
            2 mismatch
              because room/project/component/door: is sha256:878ec50f2e5066e8595fa7eaa4a211f1057317a1ec5d2ad13f822598624995d8 now
              room/project/component/door 1 878e
            3 mismatch
              because room/project/component/none: is not there now
              room/project/component/none - gone
            4 applied
              door.open [add_field_with_default]
              affects 1, inspector
              room/project/component/door 2 f37a
            5 mismatch
              because room/project/component/door: is sha256:f37a9ba58767e364ac677191a43d9eb2b55049cd80a827b90d4ebd68a31ac337 now
              room/project/component/door 2 f37a
            put room/project/component/door 2 2026-02-01T00:00:00.000Z
        "#]],
    );
}

#[test]
fn what_is_there_already_and_removing_what_is_not_are_no_changes() {
    check(
        vec![vec![edit(DOOR, door())], vec![edit("room/project/component/none", Value::Null)]],
        expect![[r#"
            1 applied
              room/project/component/door 1 878e
            2 applied
              room/project/component/none - gone
        "#]],
    );
}

#[test]
fn what_would_lose_something_needs_a_reset() {
    check(
        vec![
            vec![edit(DOOR, Value::Null), edit("room/project/profile/inspector", Value::Null)],
            vec![edit(DOOR, json!({"fields": [{"name": "angle", "kind": "vec3"}]}))],
            vec![edit(
                DOOR,
                json!({"fields": [{"name": "angle", "kind": "f32", "default": 0, "range": {"max": 45}}]}),
            )],
            vec![edit(
                DOOR,
                json!({"fields": [{"name": "angle", "kind": "f32", "default": 0, "range": {"max": 90}}]}),
            )],
        ],
        expect![[r#"
            1 requires_reset
              door [remove_component]
              inspector [remove_record]
              because door: removed (entities: 0); deprecate it first
              affects 0, inspector
              room/project/component/door 1 878e
              room/project/profile/inspector 1 8730
            2 requires_reset
              door.angle [change_kind]
              because door.angle: was f32, would be vec3
              affects 1, inspector
              room/project/component/door 1 878e
            3 requires_reset
              door.angle [tighten]
              because door.angle: the range is narrower; does not fit: e1
              affects 1, inspector
              room/project/component/door 1 878e
            4 applied
              door.angle [tighten]
              affects 1, inspector
              room/project/component/door 2 26f4
            put room/project/component/door 2 2026-02-01T00:00:00.000Z
        "#]],
    );
}

#[test]
fn records_of_the_product_and_of_no_kind_are_refused() {
    check(
        vec![
            vec![edit("core/component/transform", json!({"fields": []}))],
            vec![edit("room/project/thing", json!({}))],
            vec![edit("room/project/world/autosave", json!({}))],
            vec![edit("room/project/component/transform", json!({"fields": []}))],
        ],
        expect![[r#"
            1 rejected
              because core/component/transform: core records come with the product; put yours in your room
            2 rejected
              because room/project/thing: the path starts with `thing`, not with the kind of a definition
            3 rejected
              because room/project/world/autosave: the path starts with `world`, not with the kind of a definition
            4 rejected
              room/project/component/transform [invalid]
              because room/project/component/transform: `room/project/component/transform` hides `core/component/transform` and is not compatible with it: transform.position: removed, with its values (entities: 0); deprecate it first; transform.quaternion: removed, with its values (entities: 0); deprecate it first; transform.scale: removed, with its values (entities: 0); deprecate it first
              room/project/component/transform - gone
        "#]],
    );
}

#[test]
fn rejections_are_drained_once_and_the_oldest_forgotten() {
    let mut queue = Queue::default();
    let settled =
        |ticket, outcome| Settled { ticket, ..answer(outcome, Vec::new(), Vec::new(), String::new()) };
    queue.settle(settled(1, Outcome::Applied));
    queue.settle(settled(2, Outcome::Mismatch));
    assert_eq!(queue.rejections().len(), 1);
    assert_eq!(queue.drain().iter().map(|it| it["ticket"].clone()).collect::<Vec<_>>(), [2]);
    assert_eq!(queue.drain(), Vec::<Value>::new());
    (0..=REJECTIONS_MAX as u64).for_each(|it| queue.settle(settled(it, Outcome::Rejected)));
    assert_eq!(queue.drain().len(), REJECTIONS_MAX);
    let json = queue.to_json();
    assert_eq!(
        [&json["applied"], &json["refused"], &json["forgotten"]],
        [&json!(1), &json!(1026), &json!(1)]
    );
    assert_eq!(json["tickets"].as_array().unwrap().len(), SETTLED_MAX);
}

#[test]
fn tickets_wait_in_order_until_they_are_settled_and_too_many_are_refused() {
    let mut queue = Queue::default();
    for ticket in 1..=WAITING_MAX as u64 {
        assert_eq!(queue.post(vec![edit(DOOR, door())]), Ok(ticket));
    }
    assert_eq!(queue.post(Vec::new()), Err(Full));
    assert_eq!(
        queue.to_json()["tickets"][0],
        json!({"ticket": 1, "outcome": "queued", "records": [DOOR], "tick": null})
    );
    queue.settle(Settled { ticket: 1, ..answer(Outcome::Applied, Vec::new(), Vec::new(), String::new()) });
    assert_eq!(queue.batch()[0].ticket, 2);
    assert_eq!(queue.answer(1).map(|it| it.outcome), Some(Outcome::Applied));
    assert_eq!(queue.answer(2), None);
}
