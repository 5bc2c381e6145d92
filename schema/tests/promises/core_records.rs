//! The core records and the table of the script API, against the list of names that hosts have
//! (`names.txt`): nothing is lost, nothing is made up, nothing is said twice.

use std::collections::BTreeSet;

use bowline_schema::api::{Member, MemberKind, api};
use bowline_schema::{Asking, Snapshot, core};

const NAMES: &str = include_str!("names.txt");

/// What only worlds of our own have.
const OURS: [&str; 12] = [
    "app.entity",
    "type Entity.add()",
    "type Entity.get()",
    "type Entity.has()",
    "type Entity.id",
    "type Entity.lineage",
    "type Entity.remove()",
    "world.despawn()",
    "world.entity()",
    "world.query()",
    "world.schema()",
    "world.spawn()",
];

fn member(of: &str, member: &Member) -> String {
    let call = if member.kind == MemberKind::Method { "()" } else { "" };
    format!("{of}.{}{call}", member.name)
}

fn core_snapshot() -> Snapshot {
    let built = Snapshot::build(&core::records(), &Asking::default());
    assert_eq!(built.problems, []);
    built.snapshot
}

fn node_names(names: &mut Vec<String>) {
    let snapshot = core_snapshot();
    for node in &api().nodes {
        let components = node
            .components
            .iter()
            .map(|it| snapshot.component(it).expect("nodes are made of core components"));
        let fields: Vec<&str> = components.flat_map(|it| &it.fields).map(|it| it.name.as_str()).collect();
        for special in node.fields.keys() {
            assert!(fields.contains(&special.as_str()), "{}.{special} is no field", node.name);
        }
        names.extend(fields.into_iter().map(|it| format!("node {}.{it}", node.name)));
        names.extend(node.members.iter().map(|it| member(&format!("node {}", node.name), it)));
    }
}

fn control_names(names: &mut Vec<String>) {
    let it = &api().control;
    names.extend(it.methods.iter().map(|it| member("control", it)));
    let listed = [&it.buttons, &it.extra_buttons, &it.vectors, &it.poses];
    names.extend(listed.into_iter().flatten().map(|it| format!("control.{it}")));
    let parts =
        [("button", &it.button), ("vector", &it.vector), ("pose", &it.pose), ("pointer", &it.pointer)];
    let more = [("scrollDelta", &it.scroll_delta), ("screen", &it.screen), ("camera", &it.camera)];
    for (part, members) in parts.into_iter().chain(more) {
        names.extend(members.iter().map(|it| member(&format!("control {part}"), it)));
    }
}

fn other_names(names: &mut Vec<String>) {
    let api = api();
    for (of, members) in [("world", &api.world), ("app", &api.app), ("player", &api.player)] {
        names.extend(members.iter().map(|it| member(of, it)));
    }
    names.extend(api.globals.iter().map(|it| format!("global.{}", it.name)));
    names.extend(api.entry.iter().map(|it| format!("entry.{}", it.name)));
    names.extend(api.events.events.iter().map(|it| format!("event {}.{}", it.on, it.name)));
    names.extend(api.events.reserved.iter().map(|it| format!("reserved {it}")));
    for field in &api.configure.fields {
        names.push(format!("configure {}", field.name));
        names.extend(field.props.iter().map(|it| format!("configure {}.{}", field.name, it.name)));
    }
    names.extend(api.configure.common.iter().map(|it| format!("configure *.{}", it.name)));
    for class in &api.classes {
        names.push(format!("class {}", class.name));
        names.extend(class.members.iter().map(|it| member(&format!("class {}", class.name), it)));
    }
    for shape in &api.types {
        names.extend(shape.members.iter().map(|it| member(&format!("type {}", shape.name), it)));
    }
}

#[test]
fn every_name_of_the_script_api_is_in_the_table_once() {
    let mut ours = Vec::new();
    node_names(&mut ours);
    control_names(&mut ours);
    other_names(&mut ours);
    let set: BTreeSet<&str> = ours.iter().map(String::as_str).collect();
    let theirs: BTreeSet<&str> = NAMES.lines().chain(OURS).collect();
    let lost: Vec<_> = theirs.difference(&set).collect();
    let made_up: Vec<_> = set.difference(&theirs).collect();
    assert!(lost.is_empty() && made_up.is_empty(), "lost: {lost:?}\nmade up: {made_up:?}");
    assert_eq!(ours.len(), theirs.len(), "a name is in the table twice");
}

#[test]
fn every_member_has_its_type_and_says_what_it_is() {
    let api = api();
    let nodes = api.nodes.iter().flat_map(|it| &it.members);
    let others = [&api.world, &api.app, &api.player].into_iter().flatten();
    for it in nodes.chain(others).chain(api.types.iter().flat_map(|it| &it.members)) {
        assert!(it.doc.as_ref().is_some_and(|it| it.ends_with('.') && it.lines().count() == 1), "{it:?}");
        assert_eq!(it.kind == MemberKind::Method, it.returns.is_some(), "{it:?}");
        assert_eq!(it.kind == MemberKind::Method, it.ty.is_none(), "{it:?}");
    }
    assert_eq!(api.nodes[0].name, "node", "what all have comes first");
    assert_eq!(api.nodes.len(), 28);
}
