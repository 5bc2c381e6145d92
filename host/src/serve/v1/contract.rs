//! `host-contract`: what only the host has, and what a script may call on it, by name.

use axum::http::Uri;
use bowline_schema::api::{self, Member};
use serde_json::{Value, json};

use super::{Answered, answer, parameters};

pub(super) async fn contract(uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let names = |members: &[Member]| members.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let api = api::api();
    let nodes: Vec<Value> = api
        .nodes
        .iter()
        .map(|it| json!({"name": it.name, "components": it.components, "members": names(&it.members)}))
        .collect();
    Ok(answer(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "primitives": bowline_runtime::host_contract(),
        "world": names(&api.world),
        "app": names(&api.app),
        "player": names(&api.player),
        "globals": api.globals.iter().map(|it| &it.name).collect::<Vec<_>>(),
        "nodes": nodes,
    })))
}
