//! [`Face`]: what the port says about itself besides the world's definitions: addresses, limits,
//! whether a code is needed. Fixed from start to stop.

use std::time::Instant;

use bowline_wire::JsonObject;
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::clock;

/// The fixed answers of one port.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    pub(crate) assets_url: String,
    /// Megabytes, as text: clients show it to people and parse it themselves.
    pub(crate) max_upload_size: String,
    pub(crate) has_admin_code: bool,
    pub(crate) admin_url: Option<String>,
    pub(crate) started: Instant,
}

impl Face {
    /// `GET /admin/snapshot`: the only place that tells the world's id.
    pub(crate) fn http_snapshot(&self, authority: &Authority) -> Value {
        let mut body = JsonObject::new();
        body.insert("worldId".to_owned(), json!(authority.world_id()));
        self.extend(&mut body, authority);
        Value::Object(body)
    }

    /// The snapshot packet.
    pub(crate) fn socket_snapshot(&self, authority: &Authority) -> JsonObject {
        let mut body = JsonObject::new();
        body.insert("serverTime".to_owned(), json!(self.started.elapsed().as_secs_f64() * 1000.0));
        self.extend(&mut body, authority);
        body
    }

    fn extend(&self, body: &mut JsonObject, authority: &Authority) {
        body.insert("assetsUrl".to_owned(), json!(self.assets_url));
        body.insert("maxUploadSize".to_owned(), json!(self.max_upload_size));
        body.extend(authority.snapshot());
        body.insert("hasAdminCode".to_owned(), json!(self.has_admin_code));
        if let Some(url) = &self.admin_url {
            body.insert("adminUrl".to_owned(), json!(url));
        }
    }

    /// `GET /health`.
    pub(crate) fn health(&self) -> Value {
        json!({
            "ok": true,
            "timestamp": clock::iso(clock::now_ms()),
            "uptime": self.started.elapsed().as_secs_f64(),
        })
    }

    /// `GET /status`.
    pub(crate) fn status(&self, authority: &Authority) -> Value {
        let text = |key: &str| authority.setting(key).as_str().filter(|it| !it.is_empty());
        json!({
            "ok": true,
            "worldId": authority.world_id(),
            "title": text("title").unwrap_or("World"),
            "description": text("desc").unwrap_or_default(),
            "imageUrl": self.image_url(authority),
            "playerCount": 0,
            "playerLimit": authority.setting("playerLimit"),
            "commitHash": null,
            "listable": false,
            "updatedAt": clock::iso(clock::now_ms()),
        })
    }

    fn image_url(&self, authority: &Authority) -> Option<String> {
        let url = authority.setting("image").get("url")?.as_str()?;
        Some(match url.strip_prefix(bowline_model::asset::SCHEME) {
            Some(name) => format!("{}/{name}", self.assets_url),
            None => url.to_owned(),
        })
    }
}
