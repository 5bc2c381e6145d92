//! The classic API against its table, in both languages: none missing, none of those that do nothing
//! throws a `TypeError`, none of those that work says `unsupported_here`.

use std::collections::BTreeSet;

use bowline_schema::api::{Member, MemberKind, Support, api};
use bowline_schema::{Asking, Snapshot, core};

use super::*;

fn kind(member: &Member) -> &'static str {
    match member.kind {
        MemberKind::Method => "method",
        MemberKind::Property => "property",
        MemberKind::Callback => "callback",
    }
}

fn described(members: &[Member]) -> Value {
    let params = |it: &Member| {
        let one = |it: &bowline_schema::api::Param| json!({"type": it.ty, "rest": it.rest});
        it.params.iter().map(one).collect::<Vec<_>>()
    };
    members
        .iter()
        .map(|it| json!({"name": it.name, "kind": kind(it), "type": it.ty, "readonly": it.access.readonly, "params": params(it)}))
        .collect()
}

/// The fields of the components of a node type as members, then its members, with what it inherits.
fn of_node(name: &str, snapshot: &Snapshot) -> Value {
    let api = api();
    let mut members = Vec::new();
    for node in api.nodes.iter().filter(|it| it.name == name || it.name == "node") {
        for component in node.components.iter().filter_map(|it| snapshot.component(it).ok()) {
            members.extend(component.fields.iter().map(|it| {
                let readonly = node.fields.get(&it.name).is_some_and(|it| it.readonly);
                json!({"name": it.name, "kind": "property", "readonly": readonly, "params": []})
            }));
        }
        members.extend(described(&node.members).as_array().cloned().unwrap_or_default());
    }
    Value::Array(members)
}

fn control() -> Value {
    let control = &api().control;
    let mut parts = serde_json::Map::new();
    parts.insert("methods".to_owned(), described(&control.methods));
    let groups = [
        (&control.buttons, &control.button),
        (&control.extra_buttons, &control.button),
        (&control.vectors, &control.vector),
        (&control.poses, &control.pose),
    ];
    for (names, members) in groups {
        parts.extend(names.iter().map(|it| (it.clone(), described(members))));
    }
    let single = [
        ("scrollDelta", &control.scroll_delta),
        ("pointer", &control.pointer),
        ("screen", &control.screen),
        ("camera", &control.camera),
    ];
    parts.extend(single.map(|(name, members)| (name.to_owned(), described(members))));
    Value::Object(parts)
}

/// Which language walks. What one of them has not is in its table as taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walker {
    JavaScript,
    Luau,
}

fn table(player: Option<&str>, walker: Walker) -> Value {
    let api = api();
    let snapshot = Snapshot::build(&core::records(), &Asking::default()).snapshot;
    let globals = |taken: bool| -> Vec<&str> {
        let gone = |it: &bowline_schema::api::Global| {
            it.kind == "undefined" || (walker == Walker::Luau && it.support.luau.is_some())
        };
        let wanted = api.globals.iter().filter(|it| gone(it) == taken);
        wanted.map(|it| it.name.as_str()).filter(|it| *it != "undefined").collect()
    };
    let nodes = api.nodes.iter().map(
        |it| json!({"name": it.name, "creatable": it.creatable, "members": of_node(&it.name, &snapshot)}),
    );
    let classes = api.classes.iter().map(|it| json!({"name": it.name, "members": described(&it.members)}));
    let types = api.types.iter().map(|it| (it.name.clone(), described(&it.members)));
    json!({
        "globals": globals(false),
        "taken": globals(true),
        "world": described(&api.world),
        "app": described(&api.app),
        "player": described(&api.player),
        "playerId": player,
        "control": control(),
        "nodes": nodes.collect::<Vec<_>>(),
        "classes": classes.collect::<Vec<_>>(),
        "types": types.collect::<serde_json::Map<_, _>>(),
        "configure": api.configure.fields.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
    })
}

/// What the table calls a no-op, as scripts name it.
fn no_ops() -> BTreeSet<String> {
    let api = api();
    let mut names = BTreeSet::new();
    let mut all = |owner: &str, members: &[Member]| {
        let idle = members.iter().filter(|it| it.support.support == Support::NoOp);
        names.extend(idle.map(|it| format!("{owner}.{}", it.name)));
    };
    all("world", &api.world);
    all("app", &api.app);
    all("player", &api.player);
    all("control", &api.control.methods);
    all("control.pointer", &api.control.pointer);
    for node in &api.nodes {
        all(&node.name, &node.members);
    }
    names
}

/// What is not as the table says, of the lines `said`.
fn check(said: &str) {
    // A server has nobody at its keys.
    let known = no_ops().into_iter().chain(["app.control on the server".to_owned()]).collect::<BTreeSet<_>>();
    let unsupported = said.lines().filter_map(|it| it.split_once("unsupported_here: ").map(|it| it.1));
    let but_works: Vec<&str> = unsupported.filter(|it| !known.contains(*it)).collect();
    assert!(but_works.is_empty(), "the table says these work: {but_works:?}");
    let wrong = said.lines().any(|it| it.contains(": error: ") || it.contains("crashed"));
    assert!(!wrong && said.contains("W: Running"), "{said}");
}

/// What says so when it is called, of those that do nothing.
fn idle_methods(with_player: bool) -> BTreeSet<String> {
    let api = api();
    let mut names = BTreeSet::new();
    let mut all = |owner: &str, members: &[Member]| {
        let idle = members.iter().filter(|it| it.support.support == Support::NoOp);
        names
            .extend(idle.filter(|it| it.kind == MemberKind::Method).map(|it| format!("{owner}.{}", it.name)));
    };
    all("world", &api.world);
    all("app", &api.app);
    if with_player {
        all("player", &api.player);
    }
    all("control", &api.control.methods);
    all("control.pointer", &api.control.pointer);
    api.nodes.iter().filter(|it| it.creatable).for_each(|it| all(&it.name, &it.members));
    names
}

/// Whoever does nothing has said so, once.
fn check_idle(said: &str, with_player: bool) {
    for name in idle_methods(with_player) {
        let line = format!("W: warn: unsupported_here: {name}");
        assert_eq!(said.lines().filter(|it| *it == line).count(), 1, "{name}: {said}");
    }
}

fn walk(player: Option<&str>) -> String {
    format!("const TABLE = {}\n{}", table(player, Walker::JavaScript), include_str!("api/walk.js"))
}

fn walk_in_luau(player: Option<&str>) -> String {
    let table = table(player, Walker::Luau);
    format!("local TABLE = JSON.parse([==[{table}]==])\n{}", include_str!("api/walk.luau"))
}

#[test]
fn every_member_of_the_table_is_there_and_does_what_the_table_says() {
    let mut stage = Stage::new();
    stage.blueprint("Walk", "module", &[("index.js", &walk(None))]);
    stage.entity("W", "Walk", json!({}));
    check(&stage.ticks(3));
}

#[test]
fn every_member_of_the_table_is_there_in_luau_too() {
    let mut stage = Stage::new();
    stage.blueprint("Walk", "module", &[("index.luau", &walk_in_luau(None))]);
    stage.entity("W", "Walk", json!({}));
    let said = stage.ticks(3);
    check(&said);
    check_idle(&said, false);
}

#[test]
fn the_walk_in_luau_finds_what_is_missing() {
    let mut table = table(None, Walker::Luau);
    let nobody = json!({"name": "nobodyKnows", "kind": "property", "type": "number", "params": []});
    let called = json!({"name": "nobodyCalls", "kind": "method", "params": []});
    for it in ["/world", "/app", "/nodes/2/members", "/control/keyA", "/classes/0/members", "/types/Material"]
    {
        let members = table.pointer_mut(it).and_then(Value::as_array_mut).unwrap();
        members.extend([nobody.clone(), called.clone()]);
    }
    table["globals"].as_array_mut().unwrap().push("Nobody".into());
    table["taken"].as_array_mut().unwrap().push("Vector3".into());
    let mut stage = Stage::new();
    let walk = format!("local TABLE = JSON.parse([==[{table}]==])\n{}", include_str!("api/walk.luau"));
    stage.blueprint("Walk", "module", &[("index.luau", &walk)]);
    stage.entity("W", "Walk", json!({}));
    let said = stage.ticks(2);
    let found: Vec<&str> = said.lines().filter_map(|it| it.strip_prefix("W: error: ")).collect();
    expect_test::expect![[r#"
        Nobody: missing
        Vector3: is there
        world.nobodyKnows: missing
        world.nobodyCalls: missing
        app.nobodyKnows: missing
        app.nobodyCalls: missing
        anchor.nobodyKnows: missing
        anchor.nobodyCalls: missing
        control.keyA.nobodyKnows: missing
        control.keyA.nobodyCalls: missing
        Vector3.nobodyKnows: missing
        Vector3.nobodyCalls: missing
        Material.nobodyKnows: missing
        Material.nobodyCalls: missing"#]]
    .assert_eq(&found.join("\n"));
}

#[test]
fn on_a_client_too_with_a_player_and_its_keys() {
    let said = on_a_client(
        "index.js",
        (
            &walk(Some("ann")),
            "export default (world, app) => {
        if (world.isServer) return
        const control = app.control({ onRelease: () => console.log('released') })
        control.keyF.onPress = () => console.log('F down', control.keyF.down)
        control.keyF.onRelease = () => console.log('F up')
        control.camera
        app.on('update', () => console.log(
          control.keyF.down, control.keyF.pressed, control.keyF.released, control.scrollDelta.value,
          control.touchStick.value.toArray(), control.screen.width, control.camera.rotation.y.toFixed(2)))
        app.on('stop', () => control.release())
    }",
        ),
    );
    check(&said);
}

#[test]
fn on_a_client_in_luau_keys_and_players_are_the_same() {
    let said = on_a_client("index.luau", (
        &walk_in_luau(Some("ann")),
        "return function(world, app)
            if world.isServer then return end
            local control = app:control({ onRelease = function() print('released') end })
            control.keyF.onPress = function() print('F down', control.keyF.down) end
            control.keyF.onRelease = function() print('F up') end
            local _ = control.camera
            app:on('update', function()
                print(control.keyF.down, control.keyF.pressed, control.keyF.released, control.scrollDelta.value,
                    JSON.stringify(control.touchStick.value:toArray()), control.screen.width,
                    string.format('%.2f', control.camera.rotation.y))
            end)
            app:on('stop', function() control:release() end)
        end",
    ));
    check(&said);
    check_idle(&said, true);
}

/// What both apps said: `walk`, and one that prints what is done with its keys.
fn on_a_client(entry: &str, (script, keys): (&str, &str)) -> String {
    let texts: BTreeMap<AssetName, Arc<str>> =
        [script, keys].map(|it| (AssetName::new(Digest::of(it.as_bytes()), entry), it.into())).into();
    let url = |text: &str| AssetName::new(Digest::of(text.as_bytes()), entry).url();
    let limits =
        Limits { tick_time: Duration::from_secs(5), grace: Duration::from_secs(5), ..Limits::standard() };
    let blueprints = [("Walk", "W", url(script)), ("Keys", "K", url(keys))];
    let source = move |name: &AssetName| texts.get(name).cloned();
    let mut room = crate::Room::new(Seed { seed: 42 }, limits, source, Definitions::core());
    for (blueprint, entity, url) in blueprints {
        let json = json!({"id": blueprint, "version": 1, "script": url, "scriptEntry": entry,
            "scriptFiles": {entry: url}, "scriptFormat": "module", "props": {}, "model": "asset://empty.glb"});
        room.apply(Step::PutBlueprint { json: json.as_object().unwrap().clone() });
        let json = json!({"id": entity, "type": "app", "blueprint": blueprint, "state": {}});
        room.apply(Step::PutEntity { json: json.as_object().unwrap().clone() });
    }
    let player = crate::player::Player {
        rank: crate::player::Rank::Admin,
        ..crate::player::Player::new("ann", "Ann")
    };
    room.apply(Step::Join { player });
    let mut said = String::new();
    let inputs = [
        Value::Null,
        json!({"down": ["keyF"], "screen": {"width": 800, "height": 600}, "vectors": {"touchStick": [1, 0, 0]}}),
        Value::Null,
        json!({"down": [], "scrollDelta": 2, "camera": {"quaternion": [0, 0.479_425_538_604_203, 0, 0.877_582_561_890_372_8]}}),
        Value::Null,
    ];
    for input in inputs {
        if !input.is_null() {
            room.apply(Step::Input { id: "ann".to_owned(), input });
        }
        for it in room.tick() {
            if matches!(it.context, crate::Context::Client(_)) {
                writeln!(said, "{}", shown(&it.event)).unwrap();
            }
        }
    }
    let keys = said.lines().filter_map(|it| it.strip_prefix("K: info: "));
    // A wheel nobody has touched is 0 in Luau, where one cannot count with nothing.
    let keys: Vec<String> = keys.map(|it| it.replace("null", "0")).collect();
    expect_test::expect![[r#"
        F down true
        true true false 0 [1,0,0] 800 0.00
        true false false 0 [1,0,0] 800 0.00
        F up
        false false true 2 [1,0,0] 800 1.00
        false false false 0 [1,0,0] 800 1.00"#]]
    .assert_eq(&keys.join("\n"));
    said
}
