//! [`Graph`]: which prefab is made from which, for people and tools.

use std::fmt::Write as _;

use serde::Serialize;

use super::Prefab;
use crate::snapshot::Snapshot;

/// All prefabs of a snapshot and what they say of each other. Both lists are in the order of the records,
/// so one snapshot has one graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// By slug.
    pub prefabs: Vec<Node>,
    /// By the prefab that says it, in the order it says them.
    pub edges: Vec<Edge>,
}

/// A prefab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// What others call it.
    pub name: String,
    /// Its record.
    pub slug: String,
    /// The version of the record.
    pub version: u32,
    /// The components it says something of itself.
    pub components: Vec<String>,
}

/// One prefab names another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Who says it.
    pub from: String,
    /// Whom it names.
    pub to: String,
    /// Of a child, what it is called; `None` if `from` is made from `to`.
    pub child: Option<String>,
}

/// The graph of `snapshot`.
#[must_use]
pub fn graph(snapshot: &Snapshot) -> Graph {
    let prefabs = snapshot.prefabs();
    Graph { prefabs: prefabs.iter().map(node).collect(), edges: prefabs.iter().flat_map(edges).collect() }
}

fn node(prefab: &Prefab) -> Node {
    Node {
        name: prefab.name().to_owned(),
        slug: prefab.slug.clone(),
        version: prefab.version,
        components: prefab.components.iter().map(|it| it.0.clone()).collect(),
    }
}

fn edges(prefab: &Prefab) -> Vec<Edge> {
    let edge = |to: &str, child| Edge { from: prefab.name().to_owned(), to: to.to_owned(), child };
    let composes = prefab.composes.iter().map(|it| edge(it, None));
    let children = prefab.children.iter().map(|it| edge(&it.prefab, Some(it.name.clone())));
    composes.chain(children).collect()
}

impl Graph {
    /// The same as Graphviz reads it: a full arrow to what a prefab is made from, a dashed one to a child.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph prefabs {\n  rankdir = BT;\n  node [shape = box];\n");
        for Node { name, version, components, .. } in &self.prefabs {
            let lines: Vec<String> = components.iter().map(|it| format!("\\n{}", escaped(it))).collect();
            let (name, lines) = (escaped(name), lines.concat());
            let _ = writeln!(dot, "  \"{name}\" [label = \"{name} ({version}){lines}\"];");
        }
        for Edge { from, to, child } in &self.edges {
            let look = child
                .as_ref()
                .map_or(String::new(), |it| format!(" [style = dashed, label = \"{}\"]", escaped(it)));
            let _ = writeln!(dot, "  \"{}\" -> \"{}\"{look};", escaped(from), escaped(to));
        }
        dot + "}\n"
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::graph;
    use crate::{Asking, Entry, RecordKind, Snapshot};
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn a_graph_shows_what_is_made_from_what_and_is_the_same_in_any_order() {
        let entry = |path: &str, kind, payload| {
            let slug = format!("core/{path}");
            Entry { slug, kind, version: 2, payload }
        };
        let prefab = |name: &str, payload| entry(&format!("prefab/{name}"), RecordKind::Prefab, payload);
        let mut entries = vec![
            entry("component/mooring", RecordKind::Component, json!({ "fields": [] })),
            prefab("berth", json!({ "components": { "mooring": {} } })),
            prefab("guest/berth", json!({ "composes": ["berth"] })),
            prefab(
                "pier",
                json!({ "children": [{"name": "a \"good\" place", "prefab": "guest/berth"}, {"name": "b", "prefab": "berth"}] }),
            ),
        ];
        let show = |entries: &[Entry]| {
            let built = Snapshot::build(entries, &Asking::default());
            assert_eq!(built.problems, []);
            graph(&built.snapshot).to_dot()
        };
        let dot = show(&entries);
        entries.reverse();
        assert_eq!(show(&entries), dot);
        expect![[r#"
            digraph prefabs {
              rankdir = BT;
              node [shape = box];
              "berth" [label = "berth (2)\nmooring"];
              "guest/berth" [label = "guest/berth (2)"];
              "pier" [label = "pier (2)"];
              "guest/berth" -> "berth";
              "pier" -> "guest/berth" [style = dashed, label = "a \"good\" place"];
              "pier" -> "berth" [style = dashed, label = "b"];
            }
        "#]]
        .assert_eq(&dot);
    }
}
