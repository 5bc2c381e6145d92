//! `prefab/…`: what prefabs are made of, and making entities of them. Shapes are in [`super`].

use axum::extract::State;
use axum::http::Uri;
use bowline_schema::meta;
use bowline_schema::scope::RecordKind;
use serde_json::{Value, json};

use super::{Answered, Shared, answer, parameters};

pub(super) async fn graph(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let definitions = port.mutations.shown().definitions.clone();
    let snapshot = definitions.snapshot();
    let nodes = snapshot.prefabs().iter();
    let nodes: Vec<Value> =
        nodes.map(|it| json!({"name": it.name(), "slug": it.slug, "version": it.version})).collect();
    let between = |ends: [RecordKind; 2]| ends == [RecordKind::Prefab; 2];
    let edges = meta::relations(snapshot).into_iter().filter(|(_, from, to)| between([from.0, to.0]));
    let edges: Vec<Value> =
        edges.map(|(kind, from, to)| json!({"kind": kind, "from": from.1, "to": to.1})).collect();
    Ok(answer(&json!({"hash": definitions.hash().to_string(), "nodes": nodes, "edges": edges})))
}
