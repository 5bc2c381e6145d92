//! Our own endpoints, below `/bowline` and behind the same code. Clients of the world protocol do not
//! know them; our tools ask them what a real server never tells.
//!
//! | request | answer |
//! |---|---|
//! | `GET /bowline/info` | `{name:"bowline", version, worldId, schemaHash, safeMode, start:{restoredTick, reason, warnings:[{code, message}]}, tick, stateHash, simulation:{state, message?}}`; state is `running`, `hanging` or `failed`, and the rest of the port works in all three |
//! | `GET /bowline/apps` | `{apps:[App]}`: `App` = `{app, blueprints:[id], instances:[Instance]}` |
//! | `GET /bowline/apps/<App>` | one `App`, or 404 `{error:"not_found"}` |
//! | `GET /bowline/logs?app=&since=&limit=` | `{lines:[Line], next, run}`: the newest `limit` (1 000) lines after the sequence number `since`, oldest first; ask again with `since=next`, or from 0 when `run` is another: the world was started again |
//! | `GET /bowline/hash?tick=` | `{tick, hash}` after that tick (or the last), or 404 `{error:"unknown_tick"}` |
//! | `GET /bowline/events` | a socket of JSON texts |
//!
//! * `Instance` = `{entity, blueprint, state:"starting"|"running"|"crashed"|"idle", problem, starts,
//!   context}`; `problem` is null or `{code, path, line, column, message, help, chain}`, the path as the
//!   project has it and the chain `{path, line, column, function}` of who called; one that runs may have
//!   one too: why what was saved last does not run, and what ran before goes on. `context` is null on the
//!   server, and `client <player>` in the world as a player's client runs it.
//! * `Line` = `{seq, tick, app, entity, level, text, context?}`. Numbers count over all apps and have no gaps; an
//!   app's ring keeps 1 000 lines, so a reader that sees its app jump has missed some.
//! * Events: `{type:"log", …Line}`, `{type:"reload", tick, app, problem}` (what was saved does not run), `{type:"script", tick, app, entity, state, problem}`,
//!   `{type:"state", tick, entity, state}` (`app.state` changed), `{type:"send", tick, entity, name,
//!   data, to, except}` (`app.send`), `{type:"schema", tick, hash, records:[{slug, version, checksum}]}`
//!   (definitions changed between this tick and the next; null for what is gone), `{type:"saved", name,
//!   slug, tick, reason, stateHash, schemaHash, at, same}` (the running world was kept), `{type:"enter", tick,
//!   playerId}`, `{type:"leave", tick, playerId}`, `{type:"act", tick, playerId, act}` (something was done to a
//!   player), `{type:"chat", tick, message}`, `{type:"simulation", state:"failed", message}`. A listener that falls 1 024 events behind is
//!   closed with 1013; it reads `/bowline/logs` and comes back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use bowline_model::blueprint::split_id;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::oneshot;

use super::guard::{bare_500, json as json_response, refuse};
use super::{Port, stopped};
use crate::actor::Ask;
use crate::stage::{Instance, LINES_MAX};

type Shared = State<Arc<Port>>;
type Pairs = Query<BTreeMap<String, String>>;

pub(super) fn router() -> Router<Arc<Port>> {
    Router::new()
        .route("/bowline/info", get(info))
        .route("/bowline/apps", get(apps))
        .route("/bowline/apps/{app}", get(app))
        .route("/bowline/logs", get(logs))
        .route("/bowline/hash", get(hash))
        .route("/bowline/events", get(events))
}

async fn info(State(port): Shared) -> Response {
    let shown = port.mutations.shown();
    let mut body = json!({
        "name": "bowline",
        "version": env!("CARGO_PKG_VERSION"),
        "worldId": port.world_id,
        "schemaHash": shown.definitions.hash().to_string(),
        "safeMode": shown.safe_mode,
        "start": port.start,
    });
    if let (Some(body), Value::Object(stage)) = (body.as_object_mut(), port.stage.info(Instant::now())) {
        body.extend(stage);
    }
    json_response(StatusCode::OK, &body)
}

/// Every app: the blueprints the world has by app, and the instances that run. An app is in it for
/// either reason.
async fn all_apps(port: &Port) -> Option<BTreeMap<String, Value>> {
    let (to, answer) = oneshot::channel();
    port.inbox.send(Ask::BlueprintIds(to)).await.ok()?;
    let mut apps: BTreeMap<String, (Vec<String>, Vec<Value>)> = BTreeMap::new();
    for id in answer.await.ok()? {
        apps.entry(split_id(&id).0.to_owned()).or_default().0.push(id);
    }
    for instance in port.stage.instances() {
        apps.entry(instance.app.clone()).or_default().1.push(instance_json(&instance));
    }
    let body = |app: &str, (blueprints, instances)| {
        let blueprints: Vec<String> = blueprints;
        let instances: Vec<Value> = instances;
        json!({"app": app, "blueprints": blueprints, "instances": instances})
    };
    Some(apps.into_iter().map(|(app, it)| (app.clone(), body(&app, it))).collect())
}

fn instance_json(it: &Instance) -> Value {
    json!({
        "entity": it.entity,
        "blueprint": it.blueprint,
        "state": it.state,
        "problem": it.problem,
        "starts": it.starts,
        "context": it.context,
    })
}

async fn apps(State(port): Shared) -> Response {
    match all_apps(&port).await {
        Some(apps) => json_response(StatusCode::OK, &json!({"apps": apps.into_values().collect::<Vec<_>>()})),
        None => bare_500(),
    }
}

async fn app(State(port): Shared, Path(name): Path<String>) -> Response {
    match all_apps(&port).await {
        Some(mut apps) => match apps.remove(&name) {
            Some(app) => json_response(StatusCode::OK, &app),
            None => refuse(StatusCode::NOT_FOUND, "not_found"),
        },
        None => bare_500(),
    }
}

async fn logs(State(port): Shared, Query(query): Pairs) -> Response {
    let number = |key: &str| query.get(key).and_then(|it| it.parse::<u64>().ok());
    let since = number("since").unwrap_or_default();
    let limit =
        number("limit").map_or(LINES_MAX, |it| usize::try_from(it).unwrap_or(LINES_MAX).min(LINES_MAX));
    let app = query.get("app").map(String::as_str).filter(|it| !it.is_empty());
    let lines = port.stage.lines(app, since, limit);
    let next = lines.last().map_or(json!(since), |it| it["seq"].clone());
    json_response(StatusCode::OK, &json!({"lines": lines, "next": next, "run": port.stage.run()}))
}

async fn hash(State(port): Shared, Query(query): Pairs) -> Response {
    let tick = match query.get("tick").map(|it| it.parse::<u64>()) {
        Some(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "invalid_payload"),
        Some(Ok(tick)) => Some(tick),
        None => None,
    };
    match port.stage.hash(tick) {
        Some((tick, hash)) => json_response(StatusCode::OK, &json!({"tick": tick, "hash": hash})),
        None => refuse(StatusCode::NOT_FOUND, "unknown_tick"),
    }
}

async fn events(State(port): Shared, upgrade: WebSocketUpgrade) -> Response {
    // Subscribed before the upgrade is answered: what happens after a client got through is heard.
    let events = port.stage.listen();
    upgrade.on_upgrade(move |socket| narrate(port, socket, events))
}

async fn narrate(
    port: Arc<Port>,
    mut socket: WebSocket,
    mut events: tokio::sync::broadcast::Receiver<String>,
) {
    let close = |code, reason: &'static str| Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    loop {
        let message = tokio::select! {
            event = events.recv() => match event {
                Ok(event) => Message::text(event),
                Err(RecvError::Lagged(_)) => close(1013, "too slow: read the logs"),
                Err(RecvError::Closed) => close(1001, "the world stops"),
            },
            () = stopped(port.stopping.clone()) => close(1001, "the world stops"),
            heard = socket.recv() => match heard {
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        let last = matches!(message, Message::Close(_));
        if socket.send(message).await.is_err() || last {
            return;
        }
    }
}
