use expect_test::{Expect, expect};

use super::check;
use crate::project::Project;
use crate::tests::project;

/// What is wrong in the only file of `fixture`, with `‹›` around it.
fn found(fixture: &str, expected: Expect) {
    expected.assert_eq(&all(&project(fixture).0));
}

fn all(project: &Project) -> String {
    let mut out = String::new();
    for (_, file) in project.all() {
        for it in check(project, &file.path) {
            let help = it.help.map(|it| format!("; {it}")).unwrap_or_default();
            out += &format!("‹{}› {}: {}{help}\n", file.text.slice(it.span), it.code, it.message);
        }
    }
    out
}

#[test]
fn names_the_world_does_not_know() {
    found(
        "//- apps/A/index.js\nexport default (world, app) => {\n  app.entity.get('transfrom')\n  app.entity.get('transform')\n  world.query('mesh', 'rigidbdy')\n  app.create('uiview')\n  app.create('uivew')\n  world.get('anything')\n  app.get('Door')\n}\n",
        expect![[r#"
            ‹transfrom› unknown_component: there is no component `transfrom`; did you mean `transform`?
            ‹rigidbdy› unknown_component: there is no component `rigidbdy`; did you mean `rigidbody`?
            ‹uivew› unknown_node_type: there is no node type `uivew`; did you mean `uiview`?
        "#]],
    );
}

#[test]
fn fields_a_component_does_not_have() {
    found(
        "//- apps/A/index.js\nexport default (world, app) => {\n  const t = app.entity.get('transform')\n  t.positon = [0, 1, 2]\n  t.position\n  app.entity.add('rigidbody', { typ: 'static' })\n}\n",
        expect![[r#"
            ‹positon› unknown_field: `transform` has no field `positon`; did you mean `position`?
            ‹typ› unknown_field: `rigidbody` has no field `typ`; did you mean `type`?
        "#]],
    );
}

#[test]
fn values_a_field_cannot_hold() {
    found(
        "//- apps/A/index.js\nexport default (world, app) => {\n  const body = app.entity.get('rigidbody')\n  body.type = 'flying'\n  body.type = 'static'\n  const t = app.entity.get('transform')\n  t.position = 5\n  t.position = [1, 2, 3]\n  t.position = [1, 'x', 3]\n  t.position = [app.x, 2, 3]\n  app.entity.add('rigidbody', { type: 1 })\n  app.entity.add('rigidbody', { type: app.x })\n}\n",
        expect![[r#"
            ‹'flying'› unknown_variant: `flying` is no variant, expected one of static, kinematic, dynamic
            ‹5› wrong_type: this is 5, expected a list of 3 numbers
            ‹[1, 'x', 3]› wrong_type: this is [1,"x",3], expected a list of 3 numbers
            ‹1› wrong_type: this is 1, expected one of static, kinematic, dynamic
        "#]],
    );
}

#[test]
fn nothing_is_said_of_what_nobody_can_know() {
    found(
        "//- apps/A/index.js\nexport default (world, app) => {\n  const name = app.props.name\n  app.entity.get(name)\n  const it = app.entity.get('transform') || {}\n  it.anything = 1\n  app.state.door = 1\n  app.on('whatever', () => 1)\n  const thing = app.get('Door')\n  thing.material.color = 'red'\n}\n",
        expect![[""]],
    );
}

#[test]
fn harbor_has_nothing_wrong() {
    let project = crate::tests::harbor();
    let known = &project.world.snapshot;
    assert!(known.component("mooring").is_ok(), "its own components are there");
    assert_eq!(all(&project), "");
}
