//! The interface scripts are written against, as the prelude reads it: names of globals and members,
//! and what the properties of each node type hold at first.
//!
//! Made from the one table of `bowline_schema`; the prelude offers what this world does not do yet as
//! members that do nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bowline_schema::api::{Api, Member, MemberKind, Node, api};
use bowline_schema::{Component, Entry, core};
use serde_json::{Map, Value, json};

use crate::contract::host_contract;

/// `{reserved, globals, world, app, nodes, host}`.
pub(super) static JSON: LazyLock<String> = LazyLock::new(|| of(api()).to_string());

/// What all nodes have; no type of its own.
const BASE: &str = "node";

/// What each component holds at first, by its name.
type Initial = BTreeMap<String, Map<String, Value>>;

/// Makes the table now. Left to the first script that needs it, the time would be counted as that
/// script's.
pub(crate) fn prepare() {
    LazyLock::force(&JSON);
}

fn initial() -> Initial {
    let read = |it: Entry| Component::parse(&it.slug, it.version, &it.payload).0;
    core::records().into_iter().map(read).map(|it| (it.name().to_owned(), it.initial())).collect()
}

fn of(api: &Api) -> Value {
    let initial = initial();
    // Names a host takes away are not offered.
    let globals = api.globals.iter().filter(|it| it.kind != "undefined").map(|it| it.name.as_str());
    let nodes = api.nodes.iter().filter(|it| it.name != BASE);
    json!({
        "host": host_contract().iter().flat_map(|it| it.names).collect::<Vec<_>>(),
        "reserved": api.events.reserved,
        "globals": globals.collect::<Vec<_>>(),
        "world": members(&api.world),
        "app": members(&api.app),
        "nodes": nodes.map(|it| (it.name.clone(), node(it, &initial))).collect::<Map<_, _>>(),
    })
}

fn members(members: &[Member]) -> Vec<Value> {
    members.iter().map(|it| json!({"name": it.name, "kind": kind(it)})).collect()
}

fn kind(member: &Member) -> &'static str {
    match member.kind {
        MemberKind::Method => "method",
        MemberKind::Property | MemberKind::Callback => "property",
    }
}

fn node(node: &Node, initial: &Initial) -> Value {
    let own = node.components.iter().filter(|it| !matches!(it.as_str(), BASE | "transform"));
    let mut props = Map::new();
    for fields in own.filter_map(|it| initial.get(it)) {
        props.extend(fields.clone());
    }
    for member in node.members.iter().filter(|it| it.kind != MemberKind::Method) {
        props.entry(member.name.as_str()).or_insert(Value::Null);
    }
    let methods: Vec<&str> =
        node.members.iter().filter(|it| it.kind == MemberKind::Method).map(|it| it.name.as_str()).collect();
    json!({"props": props, "methods": methods})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_offers_its_components_fields_and_its_own_members() {
        let table = of(api());
        let mesh = &table["nodes"]["mesh"];
        assert_eq!(mesh["props"]["width"], 1);
        assert_eq!(mesh["props"]["geometry"], Value::Null);
        assert_eq!(mesh["methods"], json!(["setSize"]));
        assert!(table["nodes"].as_object().is_some_and(|it| it.len() == 27));
    }
}
