//! Two sides and what they say to each other: steps in, events out.

use expect_test::expect;
use serde_json::json;
use std::fmt::Write as _;
use std::time::Duration;

use super::*;
use crate::fetch::FetchResponse;
use crate::player::{Player, Rank};
use crate::world::tests::shown;
use bowline_model::{AssetName, Digest};

type Texts = Arc<Mutex<BTreeMap<AssetName, Arc<str>>>>;

/// A room and the texts of its scripts.
struct Stage {
    room: Room,
    texts: Texts,
    version: u64,
}

impl Stage {
    fn new() -> Stage {
        let texts: Texts = Arc::default();
        let source = Arc::clone(&texts);
        let limits =
            Limits { tick_time: Duration::from_secs(2), grace: Duration::from_secs(2), ..Limits::standard() };
        let text = move |name: &AssetName| source.lock().unwrap().get(name).cloned();
        let room = Room::new(Seed { seed: 42 }, limits, text, Definitions::core());
        Stage { room, texts, version: 0 }
    }

    /// An app of one file with one entity of the same name.
    fn app(&mut self, id: &str, body: &str) {
        self.script(id, body);
        let entity = json!({"id": id, "type": "app", "blueprint": id, "state": {"doors": 1}});
        self.room.apply(Step::PutEntity { json: entity.as_object().unwrap().clone() });
    }

    fn script(&mut self, id: &str, body: &str) {
        let text = format!("export default (world, app, fetch, props, setTimeout) => {{\n{body}\n}}\n");
        let name = AssetName::new(Digest::of(text.as_bytes()), "index.js");
        self.texts.lock().unwrap().insert(name.clone(), text.into());
        self.version += 1;
        let blueprint = json!({
            "id": id, "version": self.version, "script": name.url(), "scriptEntry": "index.js",
            "scriptFiles": {"index.js": name.url()}, "scriptFormat": "module",
        });
        self.room.apply(Step::PutBlueprint { json: blueprint.as_object().unwrap().clone() });
    }

    /// The same, in Luau.
    fn luau(&mut self, id: &str, body: &str) {
        let name = AssetName::new(Digest::of(body.as_bytes()), "index.luau");
        self.texts.lock().unwrap().insert(name.clone(), body.into());
        self.version += 1;
        let blueprint = json!({
            "id": id, "version": self.version, "script": name.url(), "scriptEntry": "index.luau",
            "scriptFiles": {"index.luau": name.url()}, "scriptFormat": "legacy-body",
        });
        self.room.apply(Step::PutBlueprint { json: blueprint.as_object().unwrap().clone() });
        let entity = json!({"id": id, "type": "app", "blueprint": id, "state": {"doors": 1}});
        self.room.apply(Step::PutEntity { json: entity.as_object().unwrap().clone() });
    }

    fn join(&mut self, id: &str) {
        self.room.apply(Step::Join { player: Player::new(id, id.to_uppercase()) });
    }

    fn ticks(&mut self, count: usize) -> String {
        let mut out = String::new();
        for _ in 0..count {
            for RoomEvent { context, event } in self.room.tick() {
                let side = match context {
                    Context::Server => "server".to_owned(),
                    Context::Client(player) => player,
                };
                writeln!(out, "{side}: {}", shown(&event)).unwrap();
            }
        }
        out
    }
}

const SIDE: &str = "const side = world.isServer ? 'server' : 'client ' + world.networkId\n";

#[test]
fn players_of_one_room_talk_over_their_apps() {
    let mut stage = Stage::new();
    stage.app(
        "Bell",
        r"
        if (world.isServer) {
          world.on('enter', e => console.log('enter', e))
          world.on('leave', e => console.log('leave', e))
          app.on('ring', (data, from) => {
            console.log('ring', data, 'from', from)
            app.send('rang', { by: from })
            app.send('others', from, from)
            app.sendTo(from, 'thanks', [world.getPlayers().map(it => it.name)])
          })
          app.state.doors = 2
        } else {
          console.log('state', app.state, 'local', world.getPlayer().name)
          app.on('rang', (data, from) => console.log('rang', data, from))
          app.on('others', it => console.log('others', it))
          app.on('thanks', it => console.log('thanks', it))
          if (world.networkId === 'bob') app.send('ring', 7)
          try { app.sendTo('ann', 'x') } catch (error) { console.log(error.message) }
        }",
    );
    stage.ticks(1);
    stage.join("ann");
    stage.join("bob");
    let said = stage.ticks(2);
    stage.room.apply(Step::Leave { id: "ann".to_owned() });
    let said = said + &stage.ticks(1);
    expect![[r#"
        server: ann is here
        server: bob is here
        server: Bell: info: enter {"playerId":"ann"}
        server: Bell: info: enter {"playerId":"bob"}
        ann: Bell: Running
        ann: Bell: info: state {"doors":2} local ANN
        ann: Bell: info: sendTo can only be called on the server
        bob: Bell: Running
        bob: Bell: info: state {"doors":2} local BOB
        bob: Bell: info: sendTo can only be called on the server
        bob: Bell: send ring 7 to None except None
        server: Bell: info: ring 7 from bob
        server: Bell: send rang {"by":"bob"} to None except None
        server: Bell: send others "bob" to None except Some("bob")
        server: Bell: send thanks [["ANN","BOB"]] to Some("bob") except None
        ann: Bell: info: rang {"by":"bob"} undefined
        ann: Bell: info: others bob
        bob: Bell: info: rang {"by":"bob"} undefined
        bob: Bell: info: thanks [["ANN","BOB"]]
        server: ann is gone
        server: Bell: info: leave {"playerId":"ann"}
    "#]]
    .assert_eq(&said);
    assert!(stage.room.client("ann").is_none() && stage.room.client("bob").is_some());
}

#[test]
fn what_is_said_is_heard_on_all_sides_once() {
    let mut stage = Stage::new();
    stage.app(
        "Chat",
        &format!(
            "{SIDE}
        world.on('chat', m => {{
          console.log(side, m.fromId ?? '-', m.body, typeof m.id, m.createdAt)
          try {{ m.body = 'other' }} catch {{ console.log('frozen') }}
        }})
        world.on('command', c => console.log(side, c))
        app.on('shout', () => world.chat({{ body: 'hey' }}, true))
        app.on('mutter', () => world.chat({{ body: 'hm' }}))"
        ),
    );
    stage.join("ann");
    stage.join("bob");
    stage.ticks(2);
    let message = json!({"from": "ANN", "fromId": "ann", "body": "hello", "id": "m1"});
    let from = Some("ann".to_owned());
    stage.room.apply(Step::Chat { message: message.as_object().unwrap().clone(), from });
    let mut said = stage.ticks(1);
    for text in ["/name Annie", "/jump high  up", "/admin secret"] {
        stage.room.apply(Step::Command { id: "ann".to_owned(), text: text.to_owned() });
    }
    said += &stage.ticks(1);
    for (context, name) in [
        (Context::Server, "shout"),
        (Context::Client("bob".to_owned()), "shout"),
        (Context::Server, "mutter"),
    ] {
        let (to, name) = (Some("Chat".to_owned()), name.to_owned());
        let step = Step::Message { to, name, data: Value::Null, from: None, version: None };
        stage.room.apply_in(&context, step);
        writeln!(said, "--").unwrap();
        said += &stage.ticks(3);
    }
    expect![[r#"
        server: chat {"from":"ANN","fromId":"ann","body":"hello","id":"m1","createdAt":"2026-01-01T00:00:00.100Z"} from Some("ann") broadcast false
        server: Chat: info: server ann hello string 2026-01-01T00:00:00.100Z
        server: Chat: info: frozen
        ann: chat {"from":"ANN","fromId":"ann","body":"hello","id":"m1","createdAt":"2026-01-01T00:00:00.100Z"} from Some("ann") broadcast false
        ann: Chat: info: client ann ann hello string 2026-01-01T00:00:00.100Z
        ann: Chat: info: frozen
        bob: chat {"from":"ANN","fromId":"ann","body":"hello","id":"m1","createdAt":"2026-01-01T00:00:00.100Z"} from Some("ann") broadcast false
        bob: Chat: info: client bob ann hello string 2026-01-01T00:00:00.100Z
        bob: Chat: info: frozen
        server: ann: {"do":"name","name":"Annie"}
        server: Chat: info: server {"playerId":"ann","args":["name","Annie"]}
        server: Chat: info: server {"playerId":"ann","args":["jump","high","up"]}
        ann: Chat: info: client ann {"playerId":"ann","cmd":"name","value":"Annie","args":["name","Annie"]}
        ann: Chat: info: client ann {"playerId":"ann","cmd":"jump","value":"high  up","args":["jump","high","up"]}
        --
        server: chat {"body":"hey","id":"83f33e3e34","createdAt":"2026-01-01T00:00:00.250Z"} from None broadcast true
        ann: chat {"body":"hey","id":"83f33e3e34","createdAt":"2026-01-01T00:00:00.250Z"} from None broadcast false
        ann: Chat: info: client ann - hey string 2026-01-01T00:00:00.250Z
        ann: Chat: info: frozen
        bob: chat {"body":"hey","id":"83f33e3e34","createdAt":"2026-01-01T00:00:00.250Z"} from None broadcast false
        bob: Chat: info: client bob - hey string 2026-01-01T00:00:00.250Z
        bob: Chat: info: frozen
        server: Chat: info: server - hey string 2026-01-01T00:00:00.250Z
        server: Chat: info: frozen
        --
        bob: chat {"body":"hey","id":"c3cf265ec2","createdAt":"2026-01-01T00:00:00.400Z"} from None broadcast true
        server: chat {"body":"hey","id":"c3cf265ec2","createdAt":"2026-01-01T00:00:00.400Z"} from Some("bob") broadcast false
        server: Chat: info: server - hey string 2026-01-01T00:00:00.400Z
        server: Chat: info: frozen
        ann: chat {"body":"hey","id":"c3cf265ec2","createdAt":"2026-01-01T00:00:00.400Z"} from Some("bob") broadcast false
        ann: Chat: info: client ann - hey string 2026-01-01T00:00:00.400Z
        ann: Chat: info: frozen
        bob: Chat: info: client bob - hey string 2026-01-01T00:00:00.400Z
        bob: Chat: info: frozen
        --
        server: chat {"body":"hm","id":"512115b1c7","createdAt":"2026-01-01T00:00:00.550Z"} from None broadcast false
        server: Chat: info: server - hm string 2026-01-01T00:00:00.550Z
        server: Chat: info: frozen
    "#]].assert_eq(&said);
    assert_eq!(stage.room.server().players().get("ann").unwrap().name, "Annie");
}

#[test]
fn a_server_script_hurts_heals_moves_and_enchants_players() {
    let mut stage = Stage::new();
    stage.app(
        "Trap",
        r"
        if (!world.isServer) {
          world.on('health', e => console.log('client', e, world.getPlayer(e.playerId).health))
          return
        }
        world.on('health', e => console.log('server', e))
        let p
        world.on('enter', e => {
          p = world.getPlayer(e.playerId)
          console.log(p.id, p.name, p.local, p.admin, p.builder, p.health, p.hasEffect(), p.destroyed)
          p.damage(30)
          console.log('at once', p.health)
          p.teleport(new Vector3(1, 2, 3), Math.PI)
          const effect = p.applyEffect({ freeze: true, duration: 0.1, onEnd: () => console.log('over at', world.getTime()) })
          console.log('active', effect.active, p.hasEffect(), 'at', world.getTime())
          p.setSessionAvatar('asset://x.vrm')
          p.setVoiceLevel('global')
          p.push(new Vector3(0, 5, 0))
        })
        world.on('leave', () => console.log('gone', p.destroyed, world.getPlayer(p.id)))
        let frame = 0
        app.on('update', () => {
          if (p && ++frame === 1) console.log(p.position.toArray(), p.rotation.y.toFixed(3), p.quaternion.y.toFixed(3))
          if (frame === 2) { p.heal(); p.heal(); console.log(p.health) }
        })",
    );
    stage.ticks(1);
    let player = Player { rank: Rank::Builder, ..Player::new("ann", "Ann") };
    stage.room.apply(Step::Join { player });
    let mut said = stage.ticks(5);
    let ann = stage.room.server().players().get("ann").cloned().unwrap();
    writeln!(said, "{}", json!(ann)).unwrap();
    stage.room.apply(Step::Leave { id: "ann".to_owned() });
    said += &stage.ticks(1);
    expect![[r#"
        server: ann is here
        server: Trap: info: ann Ann false false true 100 false false
        server: Trap: info: at once 70
        server: Trap: info: active true true at 0.1
        server: Trap: info: [0,0,0] 0.000 0.000
        server: ann: {"do":"damage","amount":30.0}
        server: ann: {"do":"teleport","position":[1.0,2.0,3.0],"rotationY":3.141592653589793}
        server: ann: {"do":"effect","effect":{"id":"Trap@0.1#1","by":"Trap","freeze":true,"duration":0.1}}
        server: ann: {"do":"sessionAvatar","url":"asset://x.vrm"}
        server: ann: {"do":"voice","by":"Trap","level":"global"}
        server: ann: {"do":"push","force":[0.0,5.0,0.0]}
        ann: Trap: Running
        server: Trap: info: server {"playerId":"ann","health":70}
        server: Trap: info: 100
        server: ann: {"do":"heal","amount":100.0}
        ann: Trap: info: client {"playerId":"ann","health":100} 100
        server: ann: {"do":"endEffect","id":"Trap@0.1#1"}
        server: Trap: info: over at 0.2
        server: Trap: info: server {"playerId":"ann","health":100}
        {"id":"ann","name":"Ann","rank":"builder","position":[1.0,2.0,3.0],"quaternion":[0.0,1.0,0.0,6.123233995736766e-17],"health":100.0,"sessionAvatar":"asset://x.vrm","voice":{"Trap":"global"}}
        server: ann is gone
        server: Trap: info: gone true null
    "#]].assert_eq(&said);
}

#[test]
fn what_a_script_put_on_a_player_ends_with_the_script() {
    let mut stage = Stage::new();
    let body = "if (world.isServer) world.on('enter', e => {
          const p = world.getPlayer(e.playerId)
          p.applyEffect({ emote: 'asset://wave.glb' })
          p.setVoiceLevel('disabled')
        })";
    stage.app("Trap", body);
    stage.ticks(1);
    stage.join("ann");
    stage.ticks(2);
    let ann = |stage: &Stage| stage.room.server().players().get("ann").cloned().unwrap();
    assert!(ann(&stage).effect.is_some() && ann(&stage).voice.len() == 1);
    stage.script("Trap", "// nothing");
    stage.ticks(2);
    assert!(ann(&stage).effect.is_none() && ann(&stage).voice.is_empty());
}

#[test]
fn a_client_moves_itself_and_hurts_nobody() {
    let mut stage = Stage::new();
    stage.app(
        "Boost",
        r"
        if (world.isServer) return
        const me = world.getPlayer()
        const bob = world.getPlayer('bob')
        if (me.id !== 'ann' || !bob) return
        console.log(me.local, bob.local)
        me.teleport([5, 0, 0])
        me.damage(10)
        bob.damage(10)
        bob.applyEffect({ freeze: true })
        me.applyEffect({ snare: 0.5 })
        me.setVoiceLevel('global')
        console.log(me.health, bob.health, bob.hasEffect())",
    );
    stage.join("bob");
    stage.ticks(1);
    stage.join("ann");
    let said = stage.ticks(2);
    expect![[r#"
        server: ann is here
        ann: Boost: Running
        ann: Boost: info: true false
        ann: Boost: error: setVoiceLevel belongs to the server
        ann: Boost: info: 90 90 true
        ann: ann: {"do":"teleport","position":[5.0,0.0,0.0]}
        ann: ann: {"do":"damage","amount":10.0}
        ann: bob: {"do":"damage","amount":10.0}
        ann: bob: {"do":"effect","effect":{"id":"Boost@0.1#1","by":"Boost","freeze":true}}
        ann: ann: {"do":"effect","effect":{"id":"Boost@0.1#2","by":"Boost","snare":0.5}}
        server: ann: {"do":"teleport","position":[5.0,0.0,0.0]}
        server: ann: {"do":"effect","effect":{"id":"Boost@0.1#2","by":"Boost","snare":0.5}}
    "#]]
    .assert_eq(&said);
    let players = stage.room.server().players();
    let one = |id: &str| json!(players.get(id).unwrap()).to_string();
    expect![[r#"
        {"id":"ann","name":"ANN","rank":"visitor","position":[5.0,0.0,0.0],"quaternion":[0.0,0.0,0.0,1.0],"health":100.0,"effect":{"id":"Boost@0.1#2","by":"Boost","snare":0.5}}
        {"id":"bob","name":"BOB","rank":"visitor","position":[0.0,0.0,0.0],"quaternion":[0.0,0.0,0.0,1.0],"health":100.0}"#]].assert_eq(&(one("ann") + "\n" + &one("bob")));
}

#[test]
fn each_side_stores_for_itself_and_a_player_finds_its_own_again() {
    let mut stage = Stage::new();
    stage.app(
        "Diary",
        &format!(
            "{SIDE}console.log(side, world.get('visits') ?? 0)
            world.set('visits', (world.get('visits') ?? 0) + 1)"
        ),
    );
    let mut said = String::new();
    for _ in 0..2 {
        stage.join("ann");
        said += &stage.ticks(1);
        stage.room.apply(Step::Leave { id: "ann".to_owned() });
        said += &stage.ticks(1);
    }
    expect![[r#"
        server: ann is here
        server: Diary: Running
        server: Diary: info: server 0
        ann: Diary: Running
        ann: Diary: info: client ann 0
        server: ann is gone
        server: ann is here
        ann: Diary: Running
        ann: Diary: info: client ann 1
        server: ann is gone
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_message_for_a_newer_version_waits_until_it_runs() {
    let mut stage = Stage::new();
    stage.app("Door", "app.on('open', it => console.log('old', it))");
    stage.join("ann");
    stage.ticks(1);
    let open = |version| {
        let (to, name) = (Some("Door".to_owned()), "open".to_owned());
        Step::Message { to, name, data: json!(version), from: None, version: Some(version) }
    };
    for version in [1, 2] {
        stage.room.apply_in(&Context::Client("ann".to_owned()), open(version));
    }
    let mut said = stage.ticks(2);
    stage.script("Door", "app.on('open', it => console.log('new', it))");
    said += &stage.ticks(2);
    expect![[r#"
        ann: Door: info: old 1
        server: Door: Running
        ann: Door: Running
        ann: Door: info: new 2
    "#]]
    .assert_eq(&said);
}

#[test]
fn whatever_clients_do_the_server_is_the_same_to_the_bit() {
    let script = "
        let n = 0
        app.on('update', () => { app.position.x = Math.random() })
        app.on('hit', (data, from) => { n += data; app.state.n = n; world.getPlayer(from)?.damage(1) })
        if (world.isClient) app.on('update', () => { if (Math.random() < 0.5) app.send('hit', 1) })";
    let run = |loops: &str| {
        let mut stage = Stage::new();
        stage.app("Game", script);
        if !loops.is_empty() {
            stage.app("Loop", &format!("if (world.isClient) {{ {loops} }}"));
        }
        stage.ticks(2);
        for id in ["ann", "bob"] {
            stage.join(id);
        }
        let mut hashes = Vec::new();
        for tick in 0..20_u32 {
            let position = [f64::from(tick), 0.0, 0.0];
            let (id, quaternion) = ("ann".to_owned(), [0.0, 0.0, 0.0, 1.0]);
            stage.room.apply(Step::Move { id, position, quaternion });
            stage.ticks(1);
            hashes.push(stage.room.server().state_hash());
        }
        (hashes, stage.room.server().players().get("ann").unwrap().health)
    };
    let (once, health) = run("");
    assert!(health < 100.0, "somebody was hit");
    assert_eq!(once, run("").0);
    assert_eq!(once.len(), once.iter().collect::<std::collections::BTreeSet<_>>().len());
    // A client that breaks or makes things of its own is seen by nobody else.
    let broken = run("app.create('mesh'); throw new Error('no')").0;
    assert_eq!(broken, run("app.add(app.create('group'))").0);
}

#[test]
fn players_are_kept_with_the_world_and_are_back_after_a_restore() {
    let mut stage = Stage::new();
    stage.app("Trap", "if (world.isServer) world.on('enter', e => world.getPlayer(e.playerId).damage(5))");
    stage.ticks(1);
    stage.join("ann");
    stage.ticks(2);
    let image = stage.room.server().save();
    let image = Image::decode(&image.encode()).unwrap();
    let hash = stage.room.server().state_hash();
    assert_eq!(image.state_hash(), hash);
    stage.room.apply(Step::Leave { id: "ann".to_owned() });
    stage.ticks(1);
    assert_ne!(stage.room.server().state_hash(), hash);
    stage.room.restore(&image).unwrap();
    assert_eq!(stage.room.server().state_hash(), hash);
    assert_eq!(stage.room.server().players().get("ann").unwrap().health, 95.0);
    stage.ticks(1);
    assert!(stage.room.client("ann").is_some());
}

#[test]
fn somebody_who_cannot_come_in_is_told_why() {
    let mut stage = Stage::new();
    for player in [
        Player::new("a", "A"),
        Player::new("a", "A again"),
        Player::new("", "nobody"),
        Player { position: [f64::NAN; 3], ..Player::new("b", "B") },
    ] {
        stage.room.apply(Step::Join { player });
    }
    expect![[r#"
        server: a is here
        server: a is not here: somebody of this id is here already
        server:  is not here: a player's id and name have 1 to 64 bytes
        server: b is not here: a number of a player must be finite
    "#]]
    .assert_eq(&stage.ticks(1));
}

#[test]
fn keys_reach_the_controls_of_their_own_client_and_actions_its_nodes() {
    let mut stage = Stage::new();
    stage.app(
        "Lever",
        &format!(
            "{SIDE}if (world.isServer) return
        const control = app.control()
        control.keyE.onPress = () => console.log(side, 'pressed')
        control.keyE.onRelease = () => console.log(side, 'released')
        const action = app.create('action', {{ id: 'pull' }})
        action.onTrigger = e => console.log(side, 'pulled', e)
        app.add(action)"
        ),
    );
    stage.join("ann");
    stage.join("bob");
    stage.ticks(2);
    let id = || "ann".to_owned();
    let mut said = String::new();
    for down in [json!(["keyE"]), json!([])] {
        stage.room.apply(Step::Input { id: id(), input: json!({ "down": down }) });
        said += &stage.ticks(1);
    }
    let (entity, node) = ("Lever".to_owned(), "pull".to_owned());
    stage.room.apply(Step::Action { id: id(), entity, node });
    said += &stage.ticks(1);
    expect![[r#"
        ann: Lever: info: client ann pressed
        ann: Lever: info: client ann released
        ann: Lever: info: client ann pulled {"playerId":"ann"}
    "#]]
    .assert_eq(&said);
}

#[test]
fn a_room_runs_so_many_clients_and_has_the_other_players_all_the_same() {
    let mut stage = Stage::new();
    for n in 0..=CLIENTS_MAX {
        stage.join(&format!("p{n:02}"));
    }
    let said = stage.ticks(2);
    let refused: Vec<&str> = said.lines().filter(|it| it.contains("no scripts")).collect();
    assert_eq!(refused, ["p16: p16 is not here: a room runs 16 clients; this one runs no scripts"]);
    assert_eq!(stage.room.server().players().len(), CLIENTS_MAX + 1);
    stage.room.apply(Step::Leave { id: "p03".to_owned() });
    stage.ticks(1);
    assert!(stage.room.client("p16").is_some(), "there is room now");
}

#[test]
fn an_error_in_a_client_is_told_with_its_context() {
    let mut stage = Stage::new();
    stage.app("Broken", "if (world.isClient) undefined.x");
    stage.join("ann");
    let said = stage.ticks(1);
    stage.room.apply(Step::Leave { id: "ann".to_owned() });
    let said = said + &stage.ticks(1);
    expect![[r#"
        server: ann is here
        server: Broken: Running
        ann: Broken: crashed: error[script_error]: TypeError: cannot read property 'x' of undefined
          at apps/Broken/index.js:2:21
        server: ann is gone
        ann: Broken: Idle
    "#]]
    .assert_eq(&said);
}

fn response(status: u16, body: &str) -> Arc<FetchResponse> {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Arc::new(FetchResponse { status, status_text: "OK".to_owned(), headers, body: body.into() })
}

#[test]
fn a_fetch_is_answered_by_a_step_and_fails_as_undefined() {
    let mut stage = Stage::new();
    stage.room.allow_fetch(FetchRules::parse(&["https://api.example.com"]).unwrap());
    stage.app(
        "Weather",
        r#"
        if (world.isClient) return
        const show = async (url, options) => {
          const it = await fetch(url, options)
          if (!it) return console.log('undefined for', url)
          const blob = await it.blob()
          console.log(it.ok, it.status, it.statusText, it.headers, await it.json(), await it.text(),
            (await it.arrayBuffer()).byteLength, blob.size, blob.type)
        }
        show('https://api.example.com/a', { method: 'post', headers: { 'X-One': 1 }, body: 'b' })
        show('https://elsewhere.net/')
        show('https://api.example.com/fails')"#,
    );
    let mut said = stage.ticks(1);
    stage.room.apply(Step::Fetched { ticket: 2, answer: Err("no route".to_owned()) });
    stage.room.apply(Step::Fetched { ticket: 1, answer: Ok(response(200, r#"{"sun": "ö"}"#)) });
    stage.room.apply(Step::Fetched { ticket: 1, answer: Ok(response(500, "twice")) });
    said += &stage.ticks(2);
    expect![[r#"
        server: Weather: Running
        server: Weather: fetch 1 POST https://api.example.com/a
        server: Weather: error: fetch_not_allowed: https://elsewhere.net is not on the list of what scripts may fetch (to allow it, write in bowline.toml: [script] fetch = ["https://elsewhere.net"])
        server: Weather: fetch 2 GET https://api.example.com/fails
        server: Weather: error: fetch_failed: no route
        server: Weather: info: undefined for https://elsewhere.net/
        server: Weather: info: undefined for https://api.example.com/fails
        server: Weather: info: true 200 OK {"content-type":"application/json"} {"sun":"ö"} {"sun": "ö"} 13 13 application/json
    "#]].assert_eq(&said);
}

#[test]
fn an_answer_to_what_runs_no_longer_is_dropped() {
    let mut stage = Stage::new();
    stage.room.allow_fetch(FetchRules::parse(&["*"]).unwrap());
    let body = |name: &str| {
        format!(
            "if (world.isServer) fetch('https://a.net/{name}').then(it => console.log('{name}', it.status))"
        )
    };
    stage.app("A", &body("old"));
    let mut said = stage.ticks(1);
    stage.script("A", &body("new"));
    said += &stage.ticks(1);
    for ticket in [1, 2] {
        stage.room.apply(Step::Fetched { ticket, answer: Ok(response(200, "")) });
    }
    said += &stage.ticks(1);
    expect![[r#"
        server: A: Running
        server: A: fetch 1 GET https://a.net/old
        server: A: Running
        server: A: fetch 2 GET https://a.net/new
        server: A: info: new 200
    "#]]
    .assert_eq(&said);
}

#[test]
fn without_a_list_nothing_is_fetched_and_too_much_is_not_asked() {
    let mut stage = Stage::new();
    stage.app("A", "fetch('https://a.net/x?y').then(it => console.log('got', it))");
    let mut said = stage.ticks(2);
    let mut stage = Stage::new();
    stage.room.allow_fetch(FetchRules::parse(&["*"]).unwrap());
    stage.app(
        "A",
        "for (let i = 0; i < 17; i++) fetch('https://a.net/' + i)
         fetch('https://a.net/', { body: 'x'.repeat(2000000) })
         fetch('http://127.0.0.1/')",
    );
    let many = stage.ticks(2);
    said += &many.lines().filter(|it| !it.contains(": fetch ")).collect::<Vec<_>>().join("\n");
    expect![[r#"
        server: A: Running
        server: A: error: fetch_not_allowed: https://a.net is not on the list of what scripts may fetch (to allow it, write in bowline.toml: [script] fetch = ["https://a.net"])
        server: A: info: got undefined
        server: A: Running
        server: A: error: too_many_fetches: 16 requests of A are under way
        server: A: error: fetch_too_large: a request has at most 1048576 bytes and 64 headers
        server: A: error: too_many_fetches: 16 requests of A are under way"#]].assert_eq(&said);
}

#[test]
fn luau_apps_see_players_and_both_sides_as_javascript_does() {
    let mut stage = Stage::new();
    stage.luau(
        "Bell",
        r#"if world.isServer then
            world:on("enter", function(e) print("enter", e) end)
            app:on("ring", function(data, from)
                print("ring", data, "from", from, #world:getPlayers(), world:getPlayer(from).name)
                app:send("rang", { by = from })
                app:sendTo(from, "thanks", { world:getPlayers()[1].name })
                local player = world:getPlayer(from)
                player:damage(30)
                player:teleport(Vector3.new(1, 2, 3))
                local effect = player:applyEffect({ freeze = true, duration = 5, onEnd = function() print("over") end })
                print(player.health, player:hasEffect(), effect.active, player == world:getPlayer(from), player.isAdmin)
                effect.cancel()
                world:chat("hello")
                for key in player do print("KEY", key) end
            end)
            task.spawn(function()
                local answer = fetch("https://example.com/x")
                print("answer", answer)
            end)
        else
            print("state", app.state, "local", world:getPlayer().name, world.isClient, world.networkId)
            app:on("rang", function(data, from) print("rang", data, from) end)
            app:on("thanks", function(it) print("thanks", it) end)
            if world.networkId == "bob" then app:send("ring", 7) end
            print(pcall(app.sendTo, app, "ann", "x"))
        end"#,
    );
    stage.ticks(1);
    stage.join("ann");
    stage.join("bob");
    let said = stage.ticks(4);
    expect![[r#"
        server: ann is here
        server: bob is here
        server: Bell: info: answer nil
        server: Bell: info: enter {"playerId":"ann"}
        server: Bell: info: enter {"playerId":"bob"}
        ann: Bell: Running
        ann: Bell: info: state {"doors":1} local ANN true ann
        ann: Bell: info: false sendTo can only be called on the server
        bob: Bell: Running
        bob: Bell: info: state {"doors":1} local BOB true bob
        bob: Bell: info: false sendTo can only be called on the server
        bob: Bell: send ring 7 to None except None
        server: Bell: info: ring 7 from bob 2 BOB
        server: Bell: info: 70 true true true false
        server: Bell: info: over
        server: Bell: send rang {"by":"bob"} to None except None
        server: Bell: send thanks ["ANN"] to Some("bob") except None
        server: bob: {"do":"damage","amount":30.0}
        server: bob: {"do":"teleport","position":[1.0,2.0,3.0]}
        server: bob: {"do":"effect","effect":{"id":"Bell@0.15#1","by":"Bell","freeze":true,"duration":5.0}}
        server: bob: {"do":"endEffect","id":"Bell@0.15#1"}
        server: chat {"body":"hello","id":"905f564d7c","createdAt":"2026-01-01T00:00:00.150Z"} from None broadcast false
        ann: Bell: info: rang {"by":"bob"} nil
        bob: Bell: info: rang {"by":"bob"} nil
        bob: Bell: info: thanks ["ANN"]
    "#]].assert_eq(&said);
}

#[test]
fn a_client_finds_the_maps_of_the_servers_state_and_of_its_messages() {
    let mut stage = Stage::new();
    stage.app(
        "Arena",
        "if (world.isServer) {
           app.state.actors = new Map([['x', { energy: 3 }]])
           app.on('hello', data => console.log([...data.seen], data.at.get(1)))
         } else {
           for (const [id, { energy }] of app.state.actors) console.log(id, energy)
           world.on('leave', e => console.log(JSON.stringify(e), e.player.networkId, e.player.name))
           world.on('enter', e => console.log(JSON.stringify(e), e.player.local))
           app.send('hello', { seen: new Set([1, 2]), at: new Map([[1, 'one']]) })
         }",
    );
    stage.ticks(2);
    stage.join("ann");
    let mut said = stage.ticks(3);
    stage.join("bob");
    said += &stage.ticks(2);
    stage.room.apply(Step::Leave { id: "bob".to_owned() });
    said += &stage.ticks(2);
    expect![[r#"
        server: ann is here
        ann: Arena: Running
        ann: Arena: info: x 3
        ann: Arena: send hello {"seen":{"$bowline":"Set","of":[1,2]},"at":{"$bowline":"Map","of":[[1,"one"]]}} to None except None
        server: Arena: info: [1,2] one
        server: bob is here
        ann: Arena: info: {"playerId":"bob"} false
        bob: Arena: Running
        bob: Arena: info: x 3
        bob: Arena: send hello {"seen":{"$bowline":"Set","of":[1,2]},"at":{"$bowline":"Map","of":[[1,"one"]]}} to None except None
        server: Arena: info: [1,2] one
        server: bob is gone
        ann: Arena: info: {"playerId":"bob"} bob BOB
    "#]]
    .assert_eq(&said);
}
