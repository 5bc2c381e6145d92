use bowline_model::ProjectPath;
use expect_test::expect;

use super::{RenameError, rename};
use crate::tests::{defined, project, used};

macro_rules! tests {
    ($($name:ident: $ask:ident($fixture:expr) => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            $ask($fixture, $expected);
        }
    )*};
}

tests! {
    a_local_name: used("//- apps/A/index.js\nconst speed = 1\nfunction f(speed) { return speed }\nf(sp$0eed)\n") => expect![[r#"
        apps/A/index.js: const ‹speed› = 1
        apps/A/index.js: f(‹speed›)
    "#]];
    an_export_and_its_imports: used("//- apps/A/index.js\nimport { step } from './x.js'\nstep(1)\n//- apps/A/x.js\nexport function st$0ep(dt) { return dt }\nstep(2)\n//- apps/A/y.js\nimport { step as other } from './x.js'\nother()\n//- apps/B/index.js\nconst step = 1\n") => expect![[r#"
        apps/A/index.js: import { ‹step› } from './x.js'
        apps/A/index.js: ‹step›(1)
        apps/A/x.js: export function ‹step›(dt) { return dt }
        apps/A/x.js: ‹step›(2)
        apps/A/y.js: import { ‹step› as other } from './x.js'
    "#]];
    an_import_leads_to_all: used("//- apps/A/index.js\nimport { step } from './x.js'\nst$0ep(1)\n//- apps/A/x.js\nexport function step(dt) { return dt }\n") => expect![[r#"
        apps/A/index.js: import { ‹step› } from './x.js'
        apps/A/index.js: ‹step›(1)
        apps/A/x.js: export function ‹step›(dt) { return dt }
    "#]];
    a_field_of_a_class: used("//- apps/A/index.js\nimport { Swing } from './x.js'\nconst s = new Swing()\ns.angle = 2\nconst other = { angle: 1 }\nother.angle\n//- apps/A/x.js\nexport class Swing {\n  an$0gle = 1\n  step() { return this.angle }\n}\n") => expect![[r#"
        apps/A/index.js: s.‹angle› = 2
        apps/A/x.js: ‹angle› = 1
        apps/A/x.js: step() { return this.‹angle› }
    "#]];
    a_key_of_an_object: used("//- apps/A/index.js\nconst state = { speed: 1 }\nstate.sp$0eed += 1\nconst other = { speed: 2 }\n") => expect![[r#"
        apps/A/index.js: const state = { ‹speed›: 1 }
        apps/A/index.js: state.‹speed› += 1
    "#]];
    an_event: used("//- apps/A/index.js\nexport default (world, app) => {\n  world.on('door:op$0en', e => e)\n}\n//- apps/B/index.js\nexport default (world, app) => {\n  app.emit('door:open', { by: 1 })\n  console.log('door:open')\n}\n") => expect![[r#"
        apps/A/index.js: world.on('‹door:open›', e => e)
        apps/B/index.js: app.emit('‹door:open›', { by: 1 })
    "#]];
    a_component_in_all_files: used("//- apps/A/index.js\nexport default (world, app) => {\n  app.entity.get('trans$0form')\n}\n//- apps/B/index.js\nexport default (world, app) => {\n  world.query('transform', 'mesh')\n  const transform = 'transform'\n}\n") => expect![[r#"
        apps/A/index.js: app.entity.get('‹transform›')
        apps/B/index.js: world.query('‹transform›', 'mesh')
    "#]];
    a_file: used("//- apps/A/index.js\nimport { x } from './$0x.js'\n//- apps/A/x.js\nexport const x = 1\n//- apps/A/y.js\nexport * from './x.js'\n") => expect![[r#"
        apps/A/index.js: import { x } from '‹./x.js›'
        apps/A/y.js: export * from '‹./x.js›'
    "#]];
    a_type: used("//- apps/A/index.ts\nimport type { Rhythm } from './x.ts'\nconst r: Rhy$0thm = { period: 1 }\n//- apps/A/x.ts\nexport interface Rhythm { period: number }\n") => expect![[r#"
        apps/A/index.ts: import type { ‹Rhythm› } from './x.ts'
        apps/A/index.ts: const r: ‹Rhythm› = { period: 1 }
        apps/A/x.ts: export interface ‹Rhythm› { period: number }
    "#]];
    where_an_import_is_written: defined("//- apps/A/index.js\nimport { step as s } from './x.js'\ns$0(1)\n//- apps/A/x.js\nexport function step(dt) { return dt }\n") => expect![[r#"
        apps/A/x.js: export function ‹step›(dt) { return dt }
    "#]];
    where_a_method_is_written: defined("//- apps/A/index.js\nimport { Swing } from './x.js'\nnew Swing().st$0ep()\n//- apps/A/x.js\nexport class Swing {\n  step() { return 1 }\n}\n") => expect![[r#"
        apps/A/x.js: ‹step›() { return 1 }
    "#]];
    where_a_member_of_the_world_is_written: defined("//- apps/A/index.js\nexport default (world) => world.getP$0layers()\n") => expect![[r#"
        world: ‹getPlayers›(): Player[];
    "#]];
    where_a_module_is: defined("//- apps/A/index.js\nimport { x } from './$0x.js'\n//- apps/A/x.js\nexport const x = 1\n") => expect![[r#"
        apps/A/x.js: ‹›export const x = 1
    "#]];
    where_an_event_is_sent: defined("//- apps/A/index.js\nexport default (world, app) => {\n  world.on('o$0pen', e => e)\n}\n//- apps/B/index.js\nexport default (world, app) => {\n  app.emit('open', 1)\n}\n") => expect![[r#"
        apps/B/index.js: app.emit('‹open›', 1)
    "#]];
}

#[test]
fn one_word_for_two_things_becomes_two() {
    let edits = |fixture: &str| {
        let (project, cursor) = project(fixture);
        let (path, offset) = cursor.unwrap();
        let mut text = project.file(project.id(&path).unwrap()).unwrap().text.as_str().to_owned();
        for it in rename(&project, (&path, offset), "pace").unwrap().iter().rev() {
            text.replace_range(it.place.span.range(), &it.text);
        }
        text
    };
    let of_name = "//- apps/A/index.js\nconst speed$0 = 1\nconst s = { speed }\ns.speed\n";
    let of_key =
        "//- apps/A/index.js\nconst speed = 1\nconst s = { speed }\ns.speed$0\nconst { speed: other } = s\n";
    let of_part = "//- apps/A/index.js\nconst s = { speed: 1 }\nconst { speed } = s\nspeed$0\ns.speed\n";
    expect![[r#"
        const pace = 1
        const s = { speed: pace }
        s.speed
    "#]]
    .assert_eq(&edits(of_name));
    expect![[r#"
        const speed = 1
        const s = { pace: speed }
        s.pace
        const { pace: other } = s
    "#]]
    .assert_eq(&edits(of_key));
    expect![[r#"
        const s = { speed: 1 }
        const { speed: pace } = s
        pace
        s.speed
    "#]]
    .assert_eq(&edits(of_part));
}

#[test]
fn what_cannot_be_renamed_says_why() {
    let refusal = |fixture: &str, name: &str| {
        let (project, cursor) = project(fixture);
        let (path, offset): (ProjectPath, u32) = cursor.unwrap();
        rename(&project, (&path, offset), name).map(|it| it.len()).map_err(|it: RenameError| it.to_string())
    };
    let of = "//- apps/A/index.js\nexport default (world) => world.getP$0layers()\n";
    let ours = "//- apps/A/index.js\nconst a$0 = 1\na\n";
    assert_eq!(
        refusal(of, "x"),
        Err("`getPlayers` is given by the world; scripts cannot rename it".to_owned())
    );
    assert_eq!(refusal(ours, "not a name"), Err("`not a name` is no name".to_owned()));
    assert_eq!(
        refusal("//- apps/A/index.js\n1 $0+ 2\n", "x"),
        Err("there is nothing to rename here".to_owned())
    );
    assert_eq!(refusal(ours, "b"), Ok(2));
}
