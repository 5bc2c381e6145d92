use bowline_model::blueprint;
use bowline_model::format::world::Placement;
use bowline_wire::{Command, Detail, Order, Refusal, Value as Js};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::*;

/// A world and everything said to it, as text: one line per answer, indented lines for the rest.
struct Story {
    authority: Authority,
    kept: Vec<DeploySnapshot>,
    ms: u64,
    ids: u32,
    text: String,
}

impl Story {
    fn new() -> Story {
        let authority = Authority::new("w1", &Contents::default());
        Story { authority, kept: Vec::new(), ms: 1_000_000, ids: 0, text: String::new() }
    }

    fn moment(&mut self) -> Moment {
        self.ids += 1;
        Moment { ms: self.ms, uuid: format!("uuid-{}", self.ids) }
    }

    fn say(&mut self, command: Value) -> &mut Story {
        let now = self.moment();
        let outcome = self.authority.command(&Command::from(&Js::from(&command)), &now);
        match &outcome.result.outcome {
            Ok(()) => self.text += "ok\n",
            Err(Refusal { error, detail: Detail::None }) => self.text += &format!("{error}\n"),
            Err(Refusal { error, detail: Detail::Lock(it) }) => {
                self.text += &format!(
                    "{error} lock={}\n",
                    it.as_ref().map_or("undefined".into(), |it| json!(it).to_string())
                );
            }
            Err(Refusal { error, detail: Detail::Current(it) }) => {
                self.text += &format!(
                    "{error} current={}\n",
                    it.as_ref().map_or("undefined".into(), |it| json!(it).to_string())
                );
            }
        }
        self.effects(&outcome.broadcasts, &outcome.writes);
        if let Some(reminder) = &outcome.reminder {
            self.text += &format!("  then {}\n", said(reminder));
        }
        self
    }

    fn ask(&mut self, request: Request) -> &mut Story {
        let now = self.moment();
        let kept = self.kept.clone();
        let find = |wanted: Wanted<'_>| Ok(kept.iter().rev().find(|it| it.is(wanted)).cloned());
        let reply = self.authority.request(&request, &now, &find);
        self.text += &format!("{} {}\n", reply.status, reply.body);
        self.effects(&reply.broadcasts, &reply.writes);
        self
    }

    fn effects(&mut self, broadcasts: &[FromServer], writes: &[Change]) {
        for it in broadcasts {
            self.text += &format!("  all  {}\n", said(it));
        }
        for it in writes {
            self.text += &format!("  disk {}\n", brief(it));
            if let Change::PutRow(Table::DeploySnapshot, row) = it {
                self.kept.extend(DeploySnapshot::read(row));
            }
        }
    }

    fn check(&self, expect: Expect) {
        expect.assert_eq(&self.text);
    }
}

fn said(message: &FromServer) -> String {
    let (packet, payload) = message.payload();
    format!("{packet:?} {}", payload.to_json())
}

fn brief(write: &Change) -> String {
    match write {
        Change::PutRow(table, Row { id, json }) if *table == Table::DeploySnapshot => {
            format!("snapshot {id} of {} missing {}", json["meta"]["scope"], json["missing"])
        }
        Change::PutRow(table, Row { id, json }) => format!("{table} {id} = {json}"),
        Change::DeleteRow(table, id) => format!("{table} {id} gone"),
        Change::DeleteRecord(slug) => format!("record {slug} gone"),
        Change::PutRecord(record) => format!("record {}", record.slug),
    }
}

fn add(blueprint: Value) -> Value {
    json!({"type": "blueprint_add", "blueprint": blueprint})
}

fn modify(change: Value) -> Value {
    json!({"type": "blueprint_modify", "change": change})
}

fn acquire(body: Value) -> Request {
    Request::Lock(Method::Post, body)
}

#[test]
fn an_add_is_refused_for_the_first_thing_wrong_with_it() {
    let mut story = Story::new();
    for blueprint in [
        json!(null),
        json!({"name": "x", "version": 0}),
        json!({"id": 7, "version": 0}),
        json!({"id": "../../x", "version": 0}),
        json!({"id": "a".repeat(101), "version": 0}),
        json!({"id": "A"}),
        json!({"id": "A", "version": "1"}),
        json!({"id": "A", "version": 0, "scriptFiles": null}),
        json!({"id": "A", "version": 0, "model": "asset://../db.sqlite"}),
        json!({"id": "A", "version": 0, "props": {"deep": [{"url": "asset://a/../../b"}]}}),
        json!({"id": "A", "version": 0, "script": "", "model": "asset://Model.glb"}),
        json!({"id": "A", "version": 3}),
    ] {
        story.say(add(blueprint));
    }
    story.check(expect![[r#"
        invalid_payload
        invalid_payload
        invalid_payload
        invalid_payload
        invalid_payload
        invalid_payload
        invalid_payload
        deploy_lock_required lock=undefined
        invalid_payload
        invalid_payload
        ok
          all  BlueprintAdded {"id":"A","version":0,"script":"","model":"asset://Model.glb"}
          disk blueprints A = {"id":"A","version":0,"script":"","model":"asset://Model.glb"}
        ok
          all  BlueprintAdded {"id":"A","version":3}
          disk blueprints A = {"id":"A","version":3}
    "#]]);
}

#[test]
fn script_fields_are_checked_after_the_lock() {
    let mut story = Story::new();
    story.ask(acquire(json!({"scope": "A", "owner": "ann"})));
    for fields in [
        json!({"scriptFiles": {"../x.js": "asset://a.js"}}),
        json!({"scriptFiles": {"/x.js": "asset://a.js"}}),
        json!({"scriptFiles": {"a//x.js": "asset://a.js"}}),
        json!({"scriptFiles": {"a\\x.js": "asset://a.js"}}),
        json!({"scriptFiles": {"": "asset://a.js"}}),
        json!({"scriptFiles": {"x.js": "asset://"}}),
        json!({"scriptFiles": {"x.js": "http://a.js"}}),
        json!({"scriptFiles": {"x.js": "asset://../x.js"}}),
        json!({"scriptFiles": []}),
        json!({"scriptEntry": "../x.js"}),
        json!({"scriptEntry": 1}),
        json!({"scriptFiles": {"@shared/A b.js": "asset://a.js"}, "scriptEntry": "other.js"}),
    ] {
        let mut blueprint = json!({"id": "A", "version": 0});
        let object = blueprint.as_object_mut().expect("an object");
        object.extend(fields.as_object().expect("an object").clone());
        story.say(json!({"type": "blueprint_add", "blueprint": blueprint, "lockToken": "uuid-1"}));
    }
    story.check(expect![[r#"
        200 {"ok":true,"token":"uuid-1","ttlMs":120000}
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_files
        invalid_script_entry
        invalid_script_entry
        ok
          all  BlueprintAdded {"id":"A","version":0,"scriptFiles":{"@shared/A b.js":"asset://a.js"},"scriptEntry":"other.js"}
          disk blueprints A = {"id":"A","version":0,"scriptFiles":{"@shared/A b.js":"asset://a.js"},"scriptEntry":"other.js"}
    "#]]);
}

#[test]
fn a_modify_must_be_newer_than_what_is_there() {
    let mut story = Story::new();
    story.say(add(json!({"id": "A", "version": 1, "desc": null})));
    for change in [
        json!({"version": 2}),
        json!({"id": "B", "version": 2}),
        json!({"id": "A", "version": 2, "scriptRef": null}),
        json!({"id": "A", "desc": "x"}),
        json!({"id": "A", "version": 1, "desc": "x"}),
        json!({"id": "A", "version": "9", "desc": "x"}),
        json!({"id": "A", "version": 50, "desc": "jump"}),
        json!({"id": "A", "version": 50.5, "props": {"a": 1}}),
    ] {
        story.say(modify(change));
    }
    story.check(expect![[r#"
        ok
          all  BlueprintAdded {"id":"A","version":1,"desc":null}
          disk blueprints A = {"id":"A","version":1,"desc":null}
        invalid_payload
        not_found current=undefined
        deploy_lock_required lock=undefined
        version_mismatch current={"id":"A","version":1,"desc":null}
          then BlueprintModified {"id":"A","version":1,"desc":null}
        version_mismatch current={"id":"A","version":1,"desc":null}
          then BlueprintModified {"id":"A","version":1,"desc":null}
        version_mismatch current={"id":"A","version":1,"desc":null}
          then BlueprintModified {"id":"A","version":1,"desc":null}
        ok
          all  BlueprintModified {"id":"A","version":50,"desc":"jump"}
          disk blueprints A = {"id":"A","version":50,"desc":"jump"}
        ok
          all  BlueprintModified {"id":"A","version":50.5,"desc":"jump","props":{"a":1}}
          disk blueprints A = {"id":"A","version":50.5,"desc":"jump","props":{"a":1}}
    "#]]);
}

#[test]
fn a_changed_blueprint_clears_the_state_of_its_entities() {
    let mut story = Story::new();
    story.say(add(json!({"id": "A", "version": 1})));
    story.say(json!({"type": "entity_add", "entity":
        {"id": "e1", "type": "app", "blueprint": "A", "state": {"hp": 1}}}));
    story.say(json!({"type": "entity_add", "entity":
        {"id": "e2", "type": "app", "blueprint": "A", "state": {}}}));
    story.say(modify(json!({"id": "A", "version": 2})));
    story.check(expect![[r#"
        ok
          all  BlueprintAdded {"id":"A","version":1}
          disk blueprints A = {"id":"A","version":1}
        ok
          all  EntityAdded {"id":"e1","type":"app","blueprint":"A","state":{"hp":1}}
          disk entities e1 = {"id":"e1","type":"app","blueprint":"A","state":{"hp":1}}
        ok
          all  EntityAdded {"id":"e2","type":"app","blueprint":"A","state":{}}
          disk entities e2 = {"id":"e2","type":"app","blueprint":"A","state":{}}
        ok
          all  BlueprintModified {"id":"A","version":2}
          disk blueprints A = {"id":"A","version":2}
          disk entities e1 = {"id":"e1","type":"app","blueprint":"A","state":{}}
    "#]]);
}

#[test]
fn entities_follow_their_rules() {
    let mut story = Story::new();
    for command in [
        json!({"type": "entity_add"}),
        json!({"type": "entity_add", "entity": {"type": "app"}}),
        json!({"type": "entity_add", "entity": {"id": "a/b", "type": "app"}}),
        json!({"type": "entity_add", "entity": {"id": "e", "type": "player"}}),
        json!({"type": "entity_add", "entity": {"id": "e", "type": "app", "blueprint": "none", "props": 3}}),
        json!({"type": "entity_modify", "change": {}}),
        json!({"type": "entity_modify", "change": {"id": "x", "props": []}}),
        json!({"type": "entity_modify", "change": {"id": "e", "props": []}}),
        json!({"type": "entity_modify", "change": {"id": "e", "pinned": true, "zzz": 1, "position": [1, 2, 3]}}),
        json!({"type": "entity_remove"}),
        json!({"type": "entity_remove", "id": "e"}),
        json!({"type": "entity_remove", "id": "e"}),
    ] {
        story.say(command);
    }
    story.check(expect![[r#"
        invalid_payload
        invalid_payload
        invalid_payload
        server_error
        ok
          all  EntityAdded {"id":"e","type":"app","blueprint":"none","props":{}}
          disk entities e = {"id":"e","type":"app","blueprint":"none","props":{}}
        invalid_payload
        not_found
        invalid_payload
        ok
          all  EntityModified {"id":"e","type":"app","blueprint":"none","props":{},"position":[1,2,3],"pinned":true}
          disk entities e = {"id":"e","type":"app","blueprint":"none","props":{},"position":[1,2,3],"pinned":true}
        invalid_payload
        ok
          all  EntityRemoved "e"
          disk entities e gone
        ok
          all  EntityRemoved "e"
    "#]]);
}

#[test]
fn settings_spawn_and_players() {
    let mut story = Story::new();
    for command in [
        json!({"type": "settings_modify", "key": "title", "value": "Bench"}),
        json!({"type": "settings_modify", "key": "title"}),
        json!({"type": "settings_modify", "key": "serialize", "value": 1}),
        json!({"type": "settings_modify"}),
        json!({"type": "spawn_modify", "op": "clear"}),
        json!({"type": "spawn_modify", "op": "set"}),
        json!({"type": "spawn_modify", "op": "zzz"}),
        json!({"type": "spawn_modify"}),
        json!({"type": "modify_rank", "playerId": "p", "rank": 2}),
        json!({"type": "modify_rank", "playerId": "p", "rank": "2"}),
        json!({"type": "kick"}),
        json!({"type": "kick", "playerId": "p"}),
        json!({"type": "mute", "playerId": "p", "muted": 1}),
        json!({"type": "mute", "playerId": "p", "muted": true}),
        json!({"type": "nope"}),
        json!({}),
    ] {
        story.say(command);
    }
    story.ask(Request::Spawn(json!({"position": [1, 2, 3], "quaternion": [0, 0, 0, 1], "x": 1})));
    story.ask(Request::Spawn(json!({"position": [1]})));
    story.check(expect![[r#"
        ok
          all  SettingsModified {"key":"title","value":"Bench"}
          disk settings title = "Bench"
        ok
          all  SettingsModified {"key":"title","value":null}
          disk settings title = null
        invalid_payload
        invalid_payload
        ok
          all  SpawnModified {"position":[0,0,0],"quaternion":[0,0,0,1]}
          disk meta spawn = {"position":[0,0,0],"quaternion":[0,0,0,1]}
        player_not_found
        invalid_op
        invalid_payload
        not_found
        invalid_payload
        invalid_payload
        not_found
        invalid_payload
        not_found
        unknown_type
        unknown_type
        200 {"ok":true,"spawn":{"position":[1,2,3],"quaternion":[0,0,0,1]}}
          all  SpawnModified {"position":[1,2,3],"quaternion":[0,0,0,1]}
          disk meta spawn = {"position":[1,2,3],"quaternion":[0,0,0,1]}
        400 {"error":"invalid_payload"}
    "#]]);
}

#[test]
fn locks_block_by_scope_and_global_blocks_all() {
    let mut story = Story::new();
    story.ask(Request::Lock(Method::Get, json!({})));
    story.ask(acquire(json!({"owner": " ann ", "scope": " A ", "ttl": "30x"})));
    story.ms += 10;
    story.ask(acquire(json!({"scope": "A"})));
    story.ask(acquire(json!({})));
    story.ask(Request::Lock(Method::Get, json!({"scope": "A"})));
    story.ask(Request::Lock(Method::Get, json!({})));
    story.ask(acquire(json!({"scope": "B", "ttl": 5.9})));
    story.ask(Request::Lock(Method::Put, json!({"token": "uuid-2", "ttl": -1})));
    story.ask(Request::Lock(Method::Put, json!({"token": "x", "scope": "A"})));
    story.ask(Request::Lock(Method::Put, json!({"token": "x", "scope": "Z"})));
    story.ask(Request::Lock(Method::Delete, json!({"token": "x", "scope": "A"})));
    story.ask(Request::Lock(Method::Delete, json!({"token": "uuid-2", "scope": "A"})));
    story.ask(Request::Lock(Method::Delete, json!({"token": "uuid-2"})));
    story.ms += 5000;
    story.ask(acquire(json!({"ttl": "x"})));
    story.ask(acquire(json!({"scope": "A"})));
    story.ask(Request::Lock(Method::Get, json!({"scope": "A"})));
    story.ask(Request::Lock(Method::Delete, json!({"token": "uuid-14"})));
    story.check(expect![[r#"
        200 {"locked":false}
        200 {"ok":true,"token":"uuid-2","ttlMs":30000}
        409 {"error":"locked","lock":{"locked":true,"owner":"ann","acquiredAt":1000000,"ageMs":10,"expiresInMs":29990,"scope":"A"}}
        409 {"error":"locked","lock":{"locked":true,"owner":"ann","acquiredAt":1000000,"ageMs":10,"expiresInMs":29990,"scope":"A"}}
        200 {"locked":true,"owner":"ann","acquiredAt":1000000,"ageMs":10,"expiresInMs":29990,"scope":"A"}
        200 {"locked":false}
        200 {"ok":true,"token":"uuid-7","ttlMs":5000}
        200 {"ok":true,"ttlMs":120000}
        409 {"error":"not_owner","lock":{"locked":true,"owner":"ann","acquiredAt":1000000,"ageMs":10,"expiresInMs":120000,"scope":"A"}}
        409 {"error":"not_locked"}
        409 {"error":"not_owner","lock":{"locked":true,"owner":"ann","acquiredAt":1000000,"ageMs":10,"expiresInMs":120000,"scope":"A"}}
        200 {"ok":true}
        409 {"error":"not_locked"}
        200 {"ok":true,"token":"uuid-14","ttlMs":120000}
        409 {"error":"locked","lock":{"locked":true,"owner":"unknown","acquiredAt":1005010,"ageMs":0,"expiresInMs":120000,"scope":"global"}}
        200 {"locked":true,"owner":"unknown","acquiredAt":1005010,"ageMs":0,"expiresInMs":120000,"scope":"global"}
        200 {"ok":true}
    "#]]);
}

#[test]
fn a_token_opens_its_scope_and_global_opens_all() {
    let mut story = Story::new();
    let with = |id: &str, version: u32, token: &str| {
        json!({"type": "blueprint_add", "lockToken": token,
            "blueprint": {"id": id, "version": version, "script": "asset://a.js"}})
    };
    story.say(with("A", 0, "x"));
    story.ask(acquire(json!({"scope": "A"})));
    story.say(with("A", 0, "x"));
    story.say(with("A__Red", 0, "uuid-2"));
    story.say(with("B", 0, "uuid-2"));
    story.ask(Request::Lock(Method::Delete, json!({"token": "uuid-2"})));
    story.ask(acquire(json!({})));
    story.say(with("B", 0, "uuid-7"));
    story.say(with("B", 0, "uuid-2"));
    story.ms += 120_000;
    story.say(with("B", 1, "uuid-7"));
    story.check(expect![[r#"
        deploy_lock_required lock=undefined
        200 {"ok":true,"token":"uuid-2","ttlMs":120000}
        deploy_locked lock={"locked":true,"owner":"unknown","acquiredAt":1000000,"ageMs":0,"expiresInMs":120000,"scope":"A"}
        ok
          all  BlueprintAdded {"id":"A__Red","version":0,"script":"asset://a.js"}
          disk blueprints A__Red = {"id":"A__Red","version":0,"script":"asset://a.js"}
        deploy_lock_required lock=undefined
        200 {"ok":true}
        200 {"ok":true,"token":"uuid-7","ttlMs":120000}
        ok
          all  BlueprintAdded {"id":"B","version":0,"script":"asset://a.js"}
          disk blueprints B = {"id":"B","version":0,"script":"asset://a.js"}
        deploy_locked lock={"locked":true,"owner":"unknown","acquiredAt":1000000,"ageMs":0,"expiresInMs":120000,"scope":"global"}
        deploy_lock_required lock=undefined
    "#]]);
}

#[test]
fn a_rollback_restores_what_was_there_and_removes_what_was_not() {
    let mut story = Story::new();
    story.say(add(json!({"id": "A", "version": 4, "desc": "before"})));
    story.ask(acquire(json!({"scope": "A"})));
    let token = "uuid-2";
    story.ask(Request::TakeSnapshot(json!({"ids": ["A", "B"], "scope": "A", "lockToken": token})));
    story.ask(Request::TakeSnapshot(json!({"ids": ["A"], "scope": "A"})));
    story.ask(Request::TakeSnapshot(json!({"ids": ["A"], "lockToken": token})));
    story.ask(Request::TakeSnapshot(
        json!({"ids": ["A", "A__New", "A__Used"], "scope": "A", "lockToken": token, "note": "n"}),
    ));
    story.say(modify(json!({"id": "A", "version": 5, "desc": "after", "author": "new field"})));
    story.say(add(json!({"id": "A__New", "version": 0})));
    story.say(add(json!({"id": "A__Used", "version": 0})));
    story.say(json!({"type": "entity_add", "entity": {"id": "e", "type": "app", "blueprint": "A__Used"}}));
    story.ask(Request::Rollback(json!({"scope": "A", "lockToken": "x"})));
    story.ask(Request::Rollback(json!({"scope": "A", "lockToken": token, "id": "none"})));
    story.ask(Request::Rollback(json!({"scope": "A", "lockToken": token})));
    story.ask(Request::RemoveBlueprint("A".into(), None));
    story.ask(Request::Rollback(json!({"scope": "A", "lockToken": token, "id": "uuid-6"})));
    story.ask(acquire(json!({"scope": "C"})));
    story.ask(Request::Rollback(json!({"scope": "C", "lockToken": "uuid-16", "id": "uuid-6"})));
    story.ask(Request::Rollback(json!({"scope": "C", "lockToken": "uuid-16"})));
    story.check(expect![[r#"
        ok
          all  BlueprintAdded {"id":"A","version":4,"desc":"before"}
          disk blueprints A = {"id":"A","version":4,"desc":"before"}
        200 {"ok":true,"token":"uuid-2","ttlMs":120000}
        400 {"error":"multi_scope_not_supported"}
        409 {"error":"deploy_locked","lock":{"locked":true,"owner":"unknown","acquiredAt":1000000,"ageMs":0,"expiresInMs":120000,"scope":"A"}}
        409 {"error":"deploy_lock_required"}
        200 {"ok":true,"id":"uuid-6","count":1,"missing":["A__New","A__Used"],"createdAt":"1970-01-01T00:16:40.000Z"}
          disk snapshot uuid-6 of "A" missing ["A__New","A__Used"]
        ok
          all  BlueprintModified {"id":"A","version":5,"desc":"after","author":"new field"}
          disk blueprints A = {"id":"A","version":5,"desc":"after","author":"new field"}
        ok
          all  BlueprintAdded {"id":"A__New","version":0}
          disk blueprints A__New = {"id":"A__New","version":0}
        ok
          all  BlueprintAdded {"id":"A__Used","version":0}
          disk blueprints A__Used = {"id":"A__Used","version":0}
        ok
          all  EntityAdded {"id":"e","type":"app","blueprint":"A__Used"}
          disk entities e = {"id":"e","type":"app","blueprint":"A__Used"}
        409 {"error":"deploy_locked","lock":{"locked":true,"owner":"unknown","acquiredAt":1000000,"ageMs":0,"expiresInMs":120000,"scope":"A"}}
        404 {"error":"not_found"}
        200 {"ok":true,"snapshotId":"uuid-6","restored":["A"],"failed":[{"id":"A__Used","error":"in_use"}],"removed":["A__New"]}
          all  BlueprintModified {"id":"A","version":6,"desc":"before"}
          all  BlueprintRemoved {"id":"A__New"}
          disk blueprints A = {"id":"A","version":6,"desc":"before"}
          disk blueprints A__New gone
        200 {"ok":true}
          all  BlueprintRemoved {"id":"A"}
          disk blueprints A gone
        200 {"ok":true,"snapshotId":"uuid-6","restored":["A"],"failed":[{"id":"A__Used","error":"in_use"}]}
          all  BlueprintAdded {"id":"A","version":4,"desc":"before"}
          disk blueprints A = {"id":"A","version":4,"desc":"before"}
        200 {"ok":true,"token":"uuid-16","ttlMs":120000}
        409 {"error":"deploy_lock_required"}
        404 {"error":"not_found"}
    "#]]);
}

#[test]
fn blueprints_are_read_and_removed_by_id() {
    let mut story = Story::new();
    story.say(add(json!({"id": "$scene", "version": 0})));
    story.say(json!({"type": "entity_add", "entity": {"id": "e", "type": "app", "blueprint": "$scene"}}));
    story.ask(Request::Blueprint("$scene".into()));
    story.ask(Request::Blueprint("none".into()));
    story.ask(Request::RemoveBlueprint("none".into(), None));
    story.ask(Request::RemoveBlueprint("$scene".into(), None));
    story.ask(Request::Entities(None));
    story.ask(Request::Entities(Some("app".into())));
    story.ask(Request::Entities(Some("player".into())));
    story.say(json!({"type": "entity_remove", "id": "e"}));
    story.ask(Request::RemoveBlueprint("$scene".into(), None));
    story.check(expect![[r#"
        ok
          all  BlueprintAdded {"id":"$scene","version":0}
          disk blueprints $scene = {"id":"$scene","version":0}
        ok
          all  EntityAdded {"id":"e","type":"app","blueprint":"$scene"}
          disk entities e = {"id":"e","type":"app","blueprint":"$scene"}
        200 {"blueprint":{"id":"$scene","version":0}}
        404 {"error":"not_found"}
        404 {"error":"not_found"}
        409 {"error":"in_use"}
        200 {"entities":[{"id":"e","type":"app","blueprint":"$scene"}]}
        200 {"entities":[{"id":"e","type":"app","blueprint":"$scene"}]}
        200 {"entities":[]}
        ok
          all  EntityRemoved "e"
          disk entities e gone
        200 {"ok":true}
          all  BlueprintRemoved {"id":"$scene"}
          disk blueprints $scene gone
    "#]]);
}

#[test]
fn what_is_expected_must_be_there_or_nothing_happens() {
    let mut story = Story::new();
    let a = json!({"id": "A", "version": 0, "desc": "mine"});
    let digest = |it: &Value| blueprint::digest(it.as_object().unwrap()).to_string();
    let with = |mut command: Value, expect: Value| {
        command["expect"] = expect;
        command
    };
    story.say(with(add(a.clone()), Value::Null));
    story.say(with(add(json!({"id": "A", "version": 0})), Value::Null));
    // The same version, and another content: it was removed and added again.
    let unseen = digest(&json!({"id": "A", "version": 0, "desc": "theirs"}));
    story.say(with(modify(json!({"id": "A", "version": 1, "desc": "x"})), json!(unseen)));
    story.say(with(modify(json!({"id": "A", "version": 1.0})), json!(digest(&a))));
    let place = json!({"id": "e", "type": "app", "blueprint": "A", "position": [1, 0, 0], "state": {}});
    let placed = Placement::of(place.as_object().unwrap()).digest().to_string();
    let entity = |kind: &str, entity: Value| json!({"type": format!("entity_{kind}"), "entity": entity});
    let change = |change: Value| json!({"type": "entity_modify", "change": change});
    story.say(with(entity("add", place.clone()), Value::Null));
    story.say(with(entity("add", place), Value::Null));
    story.say(change(json!({"id": "e", "state": {"hp": 1}, "mover": "p"})));
    story.say(with(change(json!({"id": "e", "position": [2, 0, 0]})), json!(placed)));
    story.say(with(change(json!({"id": "e", "position": [3, 0, 0]})), json!(placed)));
    story.say(with(json!({"type": "entity_remove", "id": "e"}), json!(placed)));
    story.say(with(json!({"type": "entity_remove", "id": "e"}), json!("no digest")));
    story.say(json!({"type": "entity_remove", "id": "e"}));
    story.ask(Request::RemoveBlueprint("A".into(), Some(digest(&a))));
    let now = digest(&json!({"id": "A", "version": 1, "desc": "mine"}));
    story.ask(Request::RemoveBlueprint("A".into(), Some(now)));
    story.check(expect![[r#"
        ok
          all  BlueprintAdded {"id":"A","version":0,"desc":"mine"}
          disk blueprints A = {"id":"A","version":0,"desc":"mine"}
        precondition_failed current={"id":"A","version":0,"desc":"mine"}
          then BlueprintModified {"id":"A","version":0,"desc":"mine"}
        precondition_failed current={"id":"A","version":0,"desc":"mine"}
          then BlueprintModified {"id":"A","version":0,"desc":"mine"}
        ok
          all  BlueprintModified {"id":"A","version":1,"desc":"mine"}
          disk blueprints A = {"id":"A","version":1,"desc":"mine"}
        ok
          all  EntityAdded {"id":"e","type":"app","blueprint":"A","position":[1,0,0],"state":{}}
          disk entities e = {"id":"e","type":"app","blueprint":"A","position":[1,0,0],"state":{}}
        precondition_failed current=undefined
        ok
          all  EntityModified {"id":"e","type":"app","blueprint":"A","position":[1,0,0],"state":{"hp":1},"mover":"p"}
          disk entities e = {"id":"e","type":"app","blueprint":"A","position":[1,0,0],"state":{"hp":1},"mover":"p"}
        ok
          all  EntityModified {"id":"e","type":"app","blueprint":"A","position":[2,0,0],"state":{"hp":1},"mover":"p"}
          disk entities e = {"id":"e","type":"app","blueprint":"A","position":[2,0,0],"state":{"hp":1},"mover":"p"}
        precondition_failed current=undefined
        precondition_failed current=undefined
        invalid_payload
        ok
          all  EntityRemoved "e"
          disk entities e gone
        412 {"error":"precondition_failed"}
        200 {"ok":true}
          all  BlueprintRemoved {"id":"A"}
          disk blueprints A gone
    "#]]);
}

#[test]
fn rows_come_back_in_their_order_with_default_settings() {
    let row = |id: &str, json: Value| Row { id: id.to_owned(), json };
    let contents = Contents {
        tables: [
            (
                Table::Blueprint,
                vec![row("B", json!({"id": "B", "version": 1})), row("A", json!({"id": "A"}))],
            ),
            (Table::Setting, vec![row("title", json!("T")), row("evil", json!(1))]),
        ]
        .into(),
        ..Contents::default()
    };
    let snapshot = Value::Object(Authority::new("w", &contents).snapshot());
    expect![[r#"{"settings":{"desc":null,"title":"T","image":null,"avatar":null,"customAvatars":false,"voice":"spatial","rank":0,"playerLimit":0,"ao":true},"spawn":{"position":[0,0,0],"quaternion":[0,0,0,1]},"blueprints":[{"id":"B","version":1},{"id":"A"}],"entities":[],"players":[]}"#]].assert_eq(&snapshot.to_string());
}

#[test]
fn undefined_script_fields_need_the_lock_and_maps_are_refused() {
    let mut authority = Authority::new("w1", &Contents::default());
    let now = Moment { ms: 0, uuid: "u".into() };
    let mut add = |extra: (&str, Js)| {
        let blueprint = Js::object([("id", "A".into()), ("version", Js::Int(0)), extra]);
        let order = Order::BlueprintAdd { blueprint, lock_token: Js::Undefined };
        let command = Command { order, ..Command::default() };
        authority.command(&command, &now).result.outcome.map_err(|it| it.error)
    };
    assert_eq!(add(("scriptRef", Js::Undefined)), Err("deploy_lock_required".to_owned()));
    assert_eq!(add(("props", Js::Map(vec![]))), Err("invalid_payload".to_owned()));
    assert_eq!(
        add(("props", Js::Array(vec![Js::Ext { kind: 0x42, bytes: vec![1] }]))),
        Err("invalid_payload".to_owned())
    );
    assert_eq!(add(("props", Js::Undefined)), Ok(()));
}
