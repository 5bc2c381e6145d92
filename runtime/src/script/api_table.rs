//! The interface scripts are written against, as the prelude reads it: names of globals and members, and
//! what the properties of each node type take and hold at first.
//!
//! Made from the one table of `bowline_schema`; what the table calls a no-op the prelude offers as a
//! member that does nothing and says so once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bowline_schema::api::{Access, Api, Member, MemberKind, Node, Support, api};
use bowline_schema::{Component, Entry, Field, Kind, core};
use serde_json::{Map, Value, json};

use crate::contract::host_contract;

/// `{reserved, globals, world, app, nodes, control, fileKinds, host}`.
pub(super) static JSON: LazyLock<String> = LazyLock::new(|| of(api()).to_string());

/// What all nodes have; no type of its own.
const BASE: &str = "node";

/// The core components by name.
type Components = BTreeMap<String, Component>;

/// Makes the table now. Left to the first script that needs it, the time would be counted as that
/// script's.
pub(crate) fn prepare() {
    LazyLock::force(&JSON);
}

fn components() -> Components {
    let read = |it: Entry| Component::parse(&it.slug, it.version, &it.payload).0;
    core::records().into_iter().map(read).map(|it| (it.name().to_owned(), it)).collect()
}

fn of(api: &Api) -> Value {
    let components = components();
    // Names a host takes away are not offered.
    let globals = api.globals.iter().filter(|it| it.kind != "undefined").map(|it| it.name.as_str());
    let nodes = api.nodes.iter().filter(|it| it.name != BASE);
    let file = api.configure.fields.iter().find(|it| it.name == "file");
    json!({
        "host": host_contract().iter().flat_map(|it| it.names).collect::<Vec<_>>(),
        "reserved": api.events.reserved,
        "globals": globals.collect::<Vec<_>>(),
        "world": members(&api.world),
        "app": members(&api.app),
        "nodes": nodes.map(|it| (it.name.clone(), node(api, it, &components))).collect::<Map<_, _>>(),
        "control": {
            "buttons": api.control.buttons.iter().chain(&api.control.extra_buttons).collect::<Vec<_>>(),
            "vectors": api.control.vectors,
            "poses": api.control.poses,
        },
        "fileKinds": file.map(|it| it.kinds.keys().collect::<Vec<_>>()).unwrap_or_default(),
    })
}

fn members(members: &[Member]) -> Vec<Value> {
    members.iter().map(|it| json!({"name": it.name, "kind": kind(it)})).collect()
}

fn kind(member: &Member) -> &'static str {
    match member.kind {
        MemberKind::Method => "method",
        MemberKind::Property => "property",
        MemberKind::Callback => "callback",
    }
}

/// `{fields, members}`: what is checked and kept, and what is code. With what all nodes have.
fn node(api: &Api, node: &Node, components: &Components) -> Value {
    let (mut fields, mut others) = (Map::new(), Map::new());
    let base = api.nodes.iter().filter(|it| it.name == BASE);
    for part in base.chain([node]) {
        let own = part.components.iter().filter(|it| it.as_str() != "transform");
        for it in own.filter_map(|it| components.get(it)).flat_map(|it| &it.fields) {
            fields.insert(it.name.clone(), field(it, part.fields.get(&it.name)));
        }
        for it in &part.members {
            match it.kind {
                MemberKind::Callback => fields.insert(it.name.clone(), json!({"kind": "callback"})),
                _ => others.insert(it.name.clone(), member(it)),
            };
        }
    }
    json!({"fields": fields, "members": others})
}

fn member(member: &Member) -> Value {
    json!({"kind": kind(member), "noop": member.support.support == Support::NoOp})
}

/// `{kind, initial}` and what is special about it.
fn field(field: &Field, access: Option<&Access>) -> Value {
    let mut out = Map::new();
    out.insert("kind".to_owned(), spelled(&field.kind).into());
    out.insert("initial".to_owned(), field.initial());
    let mut put = |name: &str, value: Value| {
        if !matches!(value, Value::Null | Value::Bool(false)) {
            out.insert(name.to_owned(), value);
        }
    };
    put("optional", field.optional.into());
    put("min", field.range.min.into());
    put("max", field.range.max.into());
    if let Kind::Enum { variants } = &field.kind {
        put("choices", json!(variants));
    }
    if let Some(access) = access {
        put("type", access.ty.clone().into());
        put("readonly", access.readonly.into());
        put("writeonly", access.writeonly.into());
    }
    Value::Object(out)
}

/// The prelude's word for what is checked alike.
fn spelled(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::StringId => "number",
        Kind::Vec3 => "vec3",
        Kind::Quat => "quat",
        Kind::Enum { .. } => "enum",
        Kind::Color | Kind::Text { .. } | Kind::Asset { .. } => "text",
        Kind::Entity => "entity",
        Kind::List { .. } => "list",
        Kind::Vec2 | Kind::Vec4 | Kind::Struct { .. } | Kind::Json => "json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_offers_its_components_fields_and_its_own_members() {
        let table = of(api());
        let mesh = &table["nodes"]["mesh"];
        assert_eq!(mesh["fields"]["width"], json!({"kind": "number", "initial": 1}));
        assert_eq!(mesh["fields"]["onPointerDown"], json!({"kind": "callback"}));
        assert_eq!(mesh["members"]["setSize"], json!({"kind": "method", "noop": false}));
        let physics = json!({"kind": "enum", "initial": null, "optional": true, "choices": ["static", "kinematic", "dynamic"]});
        assert_eq!(table["nodes"]["prim"]["fields"]["physics"], physics);
        assert!(table["nodes"].as_object().is_some_and(|it| it.len() == 27));
    }
}
