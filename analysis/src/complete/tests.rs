use expect_test::expect;

use crate::tests::completed;

macro_rules! completions {
    ($($name:ident: $fixture:expr, $count:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            completed($fixture, $count, $expected);
        }
    )*};
}

completions! {
    members_of_what_an_entry_is_given:
        "//- apps/A/index.js\nexport default (world, app) => {\n  world.getP$0\n}\n", 5 => expect![[r#"
            add Method
            attach Method
            chat Method
            createLayerMask Method
            despawn Method
        "#]];
    parameters_by_place_whatever_their_names:
        "//- apps/A/index.js\nexport default function main(w, a, f, p) {\n  if (a.$0\n}\n", 3 => expect![[r#"
            active Property
            add Method
            children Property
        "#]];
    a_node_of_the_kind_that_was_made:
        "//- apps/A/index.js\nexport default (world, app) => {\n  const lamp = app.create('light')\n  const body = app.create('rigidbody')\n  body.add$0\n}\n", 4 => expect![[r#"
            add Method
            active Property
            addForce Method
            addForceAtLocalPos Method
        "#]];
    a_component_by_name:
        "//- apps/A/index.js\nexport default (world, app) => {\n  const t = app.entity.get('transform')\n  t.$0\n}\n", 4 => expect![[r#"
            position Property
            quaternion Property
            scale Property
        "#]];
    names_of_components_in_strings:
        "//- apps/A/index.js\nexport default (world, app) => {\n  const t = app.entity.get('$0\n}\n", 4 => expect![[r#"
            action Value
            anchor Value
            audio Value
            avatar Value
        "#]];
    names_of_node_types_in_strings:
        "//- apps/A/index.js\nexport default (world, app) => {\n  const t = app.create('$0')\n}\n", 4 => expect![[r#"
            action Value
            anchor Value
            audio Value
            avatar Value
        "#]];
    what_a_literal_says:
        "//- apps/A/index.js\nconst state = { speed: 1, name: 'x' }\nstate.turn = () => 1\nstate.$0\n", 9 => expect![[r#"
            turn Method
            name Property
            speed Property
        "#]];
    what_a_loop_goes_over:
        "//- apps/A/index.js\nconst all = []\nall.push({ door: 1, open: true })\nfor (const it of all) {\n  it.$0\n}\nall.forEach(x => x.door)\n", 4 => expect![[r#"
            door Property
            open Property
        "#]];
    what_a_callback_is_given:
        "//- apps/A/index.js\nexport default (world, app) => {\n  const b = app.create('rigidbody')\n  b.onTriggerEnter = e => {\n    e.$0\n  }\n}\n", 4 => expect![[r#"
            isLocalPlayer Property
            playerId Property
            tag Property
        "#]];
    what_a_callback_in_a_literal_is_given:
        "//- apps/A/index.js\nexport default (world, app) => {\n  world.on('enter', e => {\n    e.$0\n  })\n}\n", 4 => expect![[r#"
            playerId Property
        "#]];
    players_of_a_world:
        "//- apps/A/index.js\nexport default (world, app) => {\n  for (const p of world.getPlayers()) p.pos$0\n}\n", 2 => expect![[r#"
            admin Property
            applyEffect Method
        "#]];
    events_that_others_send:
        "//- apps/A/index.js\nexport default (world, app) => {\n  app.on('$0')\n  app.on('hello', () => 1)\n}\n//- apps/B/index.js\nexport default (world, app) => {\n  app.emit('door:open', { by: 1 })\n}\n", 3 => expect![[r#"
            door:open Value
            hello Value
            fixedUpdate Value
        "#]];
    what_an_event_brings:
        "//- apps/A/index.js\nexport default (world, app) => {\n  world.on('door:open', e => e.$0)\n}\n//- apps/B/index.js\nexport default (world, app) => {\n  app.emit('door:open', { by: 1, how: 'x' })\n}\n", 3 => expect![[r#"
            by Property
            how Property
        "#]];
    props_that_were_asked_for:
        "//- apps/A/index.js\nexport default (world, app, fetch, props) => {\n  app.configure([{ key: 'speed', type: 'number', label: 'Speed' }, { key: 'model', type: 'file' }])\n  props.$0\n}\n", 3 => expect![[r#"
            model Property
            speed Property
        "#]];
    parts_of_a_file_prop:
        "//- apps/A/index.js\nexport default (world, app, fetch, props) => {\n  app.configure([{ key: 'model', type: 'file' }])\n  props.model.$0\n}\n", 4 => expect![[r#"
            name Property
            type Property
            url Property
        "#]];
    keys_of_what_a_call_takes:
        "//- apps/A/index.js\nexport default (world, app) => {\n  app.create('uitext', { value: 'x', fontS$0 })\n}\n", 3 => expect![[r#"
            display Property
            absolute Property
            top Property
        "#]];
    modules_that_may_be_imported:
        "//- apps/A/index.js\nimport { x } from '$0\n//- apps/A/parts/door.js\n\n//- apps/B/index.js\n\n//- shared/tide.js\n", 4 => expect![[r#"
            ./parts/door.js File
            @shared/tide.js File
        "#]];
    what_another_file_exports:
        "//- apps/A/index.js\nimport { Swing } from './swing.js'\nconst s = new Swing(1)\ns.$0\n//- apps/A/swing.js\nexport class Swing {\n  constructor(x) { this.angle = x }\n  /** Moves. */\n  step(dt) { return { at: dt } }\n}\n", 4 => expect![[r#"
            angle Property
            step Method
        "#]];
    what_a_method_of_another_file_gives:
        "//- apps/A/index.js\nimport { Swing } from './swing.js'\nconst s = new Swing(1)\ns.step(1).$0\n//- apps/A/swing.js\nexport class Swing {\n  step(dt) { return { at: dt } }\n}\n", 4 => expect![[r#"
            at Property
        "#]];
    names_that_hold_here:
        "//- apps/A/index.js\nconst outer = 1\nfunction f(param) {\n  const inner = 2\n  $0\n}\n", 5 => expect![[r#"
            param Variable
            inner Constant
            outer Constant
            f Function
            opaque Constant
        "#]];
    names_seen_behind_the_same_words:
        "//- apps/A/index.js\nfunction f(thing) {\n  thing.weight = 1\n  thing.open()\n  thing.$0\n}\n", 4 => expect![[r#"
            weight Property
            open Guess
        "#]];
    types_that_are_written:
        "//- apps/A/index.ts\ninterface Props { color?: string; mark?: 'ball' | 'can' }\nexport default (world: World, app: App, fetch: unknown, props: Props) => {\n  props.$0\n}\n", 4 => expect![[r#"
            color Property
            mark Property
        "#]];
    a_word_of_a_few:
        "//- apps/A/index.ts\ninterface Props { mark?: 'ball' | 'can' }\nconst p: Props = { mark: '$0' }\n", 4 => expect![[r#"
            ball Value
            can Value
        "#]];
    promises_are_waited_for:
        "//- apps/A/index.js\nexport default async (world, app, fetch) => {\n  const r = await fetch('x')\n  r.$0\n}\n", 4 => expect![[r#"
            arrayBuffer Method
            blob Method
            headers Property
            json Method
        "#]];
    maps_hold_what_is_put_into_them:
        "//- apps/A/index.js\nconst m = new Map()\nm.set('a', { door: 1 })\nm.get('a').$0\n", 2 => expect![[r#"
            door Property
        "#]];
    a_chain_of_what_lists_give:
        "//- apps/A/index.js\nconst a = [{ x: 1 }]\na.filter(it => it.x).map(it => ({ y: it.x })).find(Boolean).$0\n", 2 => expect![[r#"
            y Property
        "#]];
    parameters_by_the_calls_of_a_method:
        "//- apps/A/index.js\nclass Scale {\n  weigh(fish) { fish.$0 }\n  all() { this.weigh({ weight: 2 }) }\n}\n", 3 => expect![[r#"
            weight Property
        "#]];
    what_is_put_on_an_object_is_there_whoever_has_it:
        "//- apps/A/index.js\nconst state = {}\nstate.speed = 1\nconst other = state\nother.$0\n", 3 => expect![[r#"
            speed Property
        "#]];
}

/// What accepting `label` at `$0` makes of the file, the name itself left out.
fn imported(fixture: &str, label: &str) -> String {
    let (project, cursor) = crate::tests::project(fixture);
    let (path, offset) = cursor.unwrap();
    let text = project.file(project.id(&path).unwrap()).unwrap().text.as_str().to_owned();
    let found =
        super::complete(&project, &path, offset).items.into_iter().find(|it| it.label == label).unwrap();
    let (at, with) = found.import.expect("it comes from elsewhere");
    let mut text = text;
    text.replace_range(at.range(), &with);
    text
}

#[test]
fn a_name_of_another_file_brings_its_import() {
    let others = "//- apps/A/parts/x.js\nexport const speed = 1\nexport function step() {}\n//- shared/tide.js\nexport const tide = 1\n";
    let of = |text: &str, label: &str| imported(&format!("//- apps/A/index.js\n{text}{others}"), label);
    assert_eq!(of("$0\n", "step"), "import { step } from './parts/x.js'\n\n");
    assert_eq!(
        of("import { speed } from './parts/x.js'\nconst a = 1\n$0\n", "step"),
        "import { speed, step } from './parts/x.js'\nconst a = 1\n\n"
    );
    assert_eq!(
        of("import { speed as s } from './parts/x.js'\n\n$0\n", "tide"),
        "import { speed as s } from './parts/x.js'\nimport { tide } from '@shared/tide.js'\n\n\n"
    );
    let luau = "//- apps/L/index.luau\n--!strict\nlocal a = require(\"./a\")\n$0\n//- apps/L/a.luau\nreturn 1\n//- apps/L/catch/fish.luau\nreturn { any = 1 }\n";
    assert_eq!(
        imported(luau, "fish"),
        "--!strict\nlocal a = require(\"./a\")\nlocal fish = require(\"./catch/fish\")\n\n"
    );
}
