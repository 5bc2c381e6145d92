//! What a person sees who opens the port in a browser. The world's own client is not here: these
//! pages say what this is, and where to go on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::json;

use super::Port;

/// `GET /`.
pub(super) async fn home(State(port): State<Arc<Port>>) -> Html<String> {
    page(&port, "This port serves a world to editors and tools. There is no game client here.")
}

/// `GET /admin` without an upgrade.
pub(super) fn admin(port: &Port) -> Html<String> {
    page(port, "This is the admin socket of a world. Mirror a project folder to it with the bowline command.")
}

fn page(port: &Port, what: &str) -> Html<String> {
    let id = escape(&port.world_id);
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Bowline</title>\
         <h1>Bowline</h1><p>{what}</p><p>World: <code>{id}</code></p>\
         <p><a href=\"/status\">status</a> · <a href=\"/health\">health</a></p></html>\n"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `GET /env.js`: what pages of the real server read their addresses from.
pub(super) async fn env(State(port): State<Arc<Port>>) -> Response {
    let admin = port.face.admin_url.as_deref().unwrap_or_default();
    let env = json!({
        "PUBLIC_MAX_UPLOAD_SIZE": port.face.max_upload_size,
        "PUBLIC_ADMIN_URL": admin,
        "PUBLIC_ASSETS_URL": port.face.assets_url,
    });
    ([(CONTENT_TYPE, "application/javascript")], format!("globalThis.env = {env}\n")).into_response()
}
