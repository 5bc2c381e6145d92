use expect_test::expect;

use crate::tests::hovered;

macro_rules! hovers {
    ($($name:ident: $fixture:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            hovered($fixture, $expected);
        }
    )*};
}

hovers! {
    a_member_of_the_world:
        "//- apps/A/index.js\nexport default (world, app) => {\n  world.get$0Players()\n}\n" => expect![[r#"
            World.getPlayers(): Player[]
            Everybody who is here.
        "#]];
    a_parameter:
        "//- apps/A/index.js\nexport default (world, app) => {\n  wor$0ld.getPlayers()\n}\n" => expect![[r#"
            (parameter) world: World

        "#]];
    a_field_of_a_component:
        "//- apps/A/index.js\nexport default (world, app) => {\n  app.entity.get('rigidbody').ty$0pe = 1\n}\n" => expect![[r#"
            RigidbodyComponent.type: "static" | "kinematic" | "dynamic"
            How it moves: not, by script, by physics. @default "static"

            default `"static"`
        "#]];
    a_component:
        "//- apps/A/index.js\nexport default (world, app) => {\n  app.entity.get('trans$0form')\n}\n" => expect![[r#"
            component transform
            Where something is, relative to its parent.

            - `position`: default `[0,0,0]`, in m
            - `quaternion`: default `[0,0,0,1]`
            - `scale`: default `[1,1,1]`

            `core/component/transform`, version 1
        "#]];
    a_function_of_ones_own:
        "//- apps/A/index.js\n/** Adds. */\nfunction sum(a, b = 1) {\n  return a + b\n}\nsu$0m(1, 2)\n" => expect![[r#"
            function sum(a: number, b?: number): number
            Adds.
        "#]];
    an_object:
        "//- apps/A/index.js\nconst state = { speed: 1, name: 'x', parts: [{ a: 1 }] }\nsta$0te.speed\n" => expect![[r#"
            const state: { speed: number; name: string; parts: { a: number }[] }

        "#]];
    an_event:
        "//- apps/A/index.js\nexport default (world, app) => {\n  world.on('door:op$0en', e => e)\n}\n//- apps/B/index.js\nexport default (world, app) => {\n  app.emit('door:open', { by: 1 })\n}\n" => expect![[r#"

            sent by
            - `apps/B/index.js`
        "#]];
    a_module:
        "//- apps/A/index.js\nimport { x } from './par$0ts/x.js'\n//- apps/A/parts/x.js\nexport const x = 1\n" => expect![[r#"

            `apps/A/parts/x.js`
        "#]];
    an_import:
        "//- apps/A/index.js\nimport { step } from './x.js'\nst$0ep(1)\n//- apps/A/x.js\n/** One step. */\nexport function step(dt) { return dt * 2 }\n" => expect![[r#"
            (import) step: (dt: unknown) => number
            One step.
        "#]];
}
