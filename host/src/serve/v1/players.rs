//! `players`: who is in the world.

use axum::extract::State;
use axum::http::Uri;
use serde_json::json;

use super::{Answered, Shared, answer, parameters};

pub(super) async fn players(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    Ok(answer(&json!({ "players": *port.stage.who() })))
}
