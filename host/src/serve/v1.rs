//! The definitions, the living world and what is kept of it, for tools: below `/bowline/v1`, behind the
//! same door and code as `/bowline`. JSON in, JSON out.
//!
//! A refusal is `{error, message, help?}`; `error` is one of the words below and never changes its
//! meaning. A body is read by [`body`], parameters by [`parameters`]: what they do not know is refused,
//! so that a misspelt key is not a silent default.
//!
//! | request | answer |
//! |---|---|
//! | `GET schema?room=` | `{hash, order, scopes, room, tick, safeMode, records:[Listed], problems:[Problem]}` as the world's own room sees it, or another |
//! | `GET schema/snapshot` | `{hash, order, scopes, tick, records:[{slug, kind, version, payload}]}`: enough to build the same snapshot |
//! | `GET schema/registry` | `{hash, components:[{id, slug, name, version, size, columns:[{path, kind, offset}]}]}` |
//! | `GET schema/entities?expr=` | `{hash, entities:[{id, component, values}]}`: the metadata lane |
//! | `GET schema/which?name=&kind=&room=` | `{name, kind, winner, chain:[{slug, version, state}]}`, nearest scope first; state is `wins`, `hidden` or `absent` |
//! | `POST schema/check {records:[Edit]}` | an `Answer` without a ticket; nothing changes |
//! | `POST schema/apply {records:[Edit], wait?}` | an `Answer`; with `wait:false`, and when it takes longer than half a minute, `{ticket, outcome:"queued"}` |
//! | `GET schema/queue` | `{tickets:[{ticket, outcome, records:[slug], tick}], applied, refused, forgotten}`: the last 256 and those that wait |
//! | `GET schema/errors` | `{errors:[Answer]}`: rejections nobody has taken yet |
//! | `POST schema/errors/drain` | the same, each for the last time |
//! | `GET prefab/graph` | `{hash, nodes:[{name, slug, version, components}], edges:[{kind, from, to, child}]}`; kind is `composes` or `child`, which has a name |
//! | `GET query?expr=&lane=&lineage=` | `{tick, rows:[{entity, components:{name:{field: value}}, parent?, lineage?}]}`: the entities of the `game` lane, or of `meta`; the language is [`bowline_runtime::query`] |
//! | `POST prefab/spawn {prefab, overrides?, at?}` | `{entity, tick}`; overrides are component → fields, at is a position |
//! | `GET strings?id=&locale=` | `{id, text, locale, wanted}`; locale is null if there is no text. Without an id `{catalogs:[{slug, locale, strings:[{id, text}]}]}` |
//! | `GET strings/missing?locale=` | `{locale, missing:[{id, slug, pointer, instead}]}`: ids that definitions name and no catalog has in that language; instead is the locale that is shown |
//! | `GET store/records?kind=&scope=` | `{records:[…]}` as they are kept, without payloads |
//! | `GET store/record?slug=` | the record, all eight fields |
//! | `PUT store/record Edit` | an `Answer`: it goes through the same queue |
//! | `GET store/verify` | `{damage:[text]}`; empty if all is well |
//! | `GET world/checkpoints` | `{checkpoints:[{name, slug, at, tick, reason, stateHash, schemaHash}]}`; `problem` instead of the last four if it cannot be read |
//! | `POST world/checkpoint {name, reason?}` | `{name, slug, tick, reason, stateHash, schemaHash, at, same}`: the running world as it is between two ticks; same if only the tick had to be written |
//! | `GET world/accounts` | `{tick, isolation, apps:[Account]}`: what each app's scripts cost |
//! | `GET app/modules?app=` | `{app, blueprint, version, entry, format, modules:[{key, path, language, size, digest, entry, reached, imports:[{specifier, key}], importedBy:[key]}]}`: one script root as a graph |
//! | `GET app/explain?app=` | `{app, blueprints:[{id, version, root, rule, because, problem?}], entry, format, reload, instances:[{entity, blueprint, state, starts, problem, props:[{key, value, from}]}]}`: why it runs what it runs; `from` is an entity or a blueprint |
//! | `POST world/restore {name}` | `{name, tick, stateHash}`: what was simulated is as it was; blueprints and entities stay as they are stored now |
//! | `GET players` | `{players:[{id, name, rank, position, quaternion, health, avatar?, sessionAvatar?, effect?, voice?}]}`: who is in the world |
//! | `GET play` | the socket of a player; its words are in `serve/play.rs`, and it may show the code in its first message |
//! | `GET host-contract` | `{version, primitives:[{name, provided, doc, names}], world, app, player, globals, nodes}`: what only the host has, and what scripts may call, by name |
//!
//! * `Edit` = `{slug, payload, expect?}`: payload null removes; `expect` is the checksum the record must
//!   have now, null if there must be none.
//! * `Answer` = `{ticket, outcome, changes, reasons, affected:{entities, scripts, profiles},
//!   how_to_reset, plan?, tick, hash, records:[{slug, version, checksum}]}`; outcome is `applied`,
//!   `requires_reset`, `rejected` or `mismatch`, all with status 200: the question was answered. What
//!   requires a reset has a plan, `{steps:[{path, action, …, loss, note}]}`: [`bowline_schema::change::Plan`].
//!   Applied means durable, and seen by the world between `tick` and the next.
//! * `Listed` = `{slug, name, kind, scope, version, checksum, createdAt, updatedAt, shadowed:[slug]}`; what
//!   is compiled in has no dates. `Problem` = `{code, slug, pointer, message, expected, help}`.
//!
//! * `Account` = `{app, instances, running, crashed, starts, lastMs, tickMs, maxMs, memory,
//!   realms, late}`: processor time of the last tick, of an average one and of the longest; bytes held;
//!   versions of the script that somebody still runs; ticks in which not all instances had their turn.
//!
//! Errors: `invalid_json`, `invalid_body`, `unknown_parameter`, `missing_parameter`, `invalid_parameter`,
//! `bad_query`, `unknown_prefab`, `unknown_component`, `unknown_field`, `wrong_type`, `entity_budget`, `too_large`, `not_found`, `not_restored`, `simulation_failed`, `queue_full`, `stopping`,
//! `store_failed`.

mod app;
mod contract;
mod players;
mod prefab;
mod query;
mod schema;
mod store;
mod strings;
mod world;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Port, guard};
use crate::boundary::Gone;

type Shared = State<Arc<Port>>;

/// An answer, or why there is none.
type Answered = Result<Response, Refusal>;

/// A project's definitions at once are well below this.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) fn router() -> Router<Arc<Port>> {
    let routes = Router::new()
        .route("/schema", get(schema::list))
        .route("/schema/snapshot", get(schema::snapshot))
        .route("/schema/registry", get(schema::registry))
        .route("/schema/entities", get(schema::entities))
        .route("/schema/which", get(schema::which))
        .route("/schema/check", post(schema::check))
        .route("/schema/apply", post(schema::apply))
        .route("/schema/queue", get(schema::queue))
        .route("/schema/errors", get(schema::errors))
        .route("/schema/errors/drain", post(schema::drain))
        .route("/query", get(query::query))
        .route("/prefab/graph", get(prefab::whole_graph))
        .route("/prefab/spawn", post(prefab::spawn))
        .route("/strings", get(strings::get))
        .route("/strings/missing", get(strings::missing))
        .route("/store/records", get(store::records))
        .route("/store/record", get(store::record).put(store::put))
        .route("/store/verify", get(store::verify))
        .route("/world/checkpoints", get(world::checkpoints))
        .route("/world/checkpoint", post(world::checkpoint_now))
        .route("/world/restore", post(world::restore))
        .route("/players", get(players::players))
        .route("/world/accounts", get(world::accounts))
        .route("/app/modules", get(app::modules))
        .route("/app/explain", get(app::explain))
        .route("/host-contract", get(contract::contract));
    Router::new().nest("/bowline/v1", routes)
}

fn answer(body: &Value) -> Response {
    guard::json(StatusCode::OK, body)
}

/// Why a question has no answer: `{error, message, help?}`.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
    help: Option<String>,
}

impl Refusal {
    fn help(self, help: impl Into<String>) -> Refusal {
        Refusal { help: Some(help.into()), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.error, "message": self.message});
        if let Some(help) = self.help {
            body["help"] = help.into();
        }
        guard::json(self.status, &body)
    }
}

fn refuse(status: StatusCode, error: &'static str, message: impl Display) -> Refusal {
    Refusal { status, error, message: message.to_string(), help: None }
}

fn stopping(why: impl Display) -> Refusal {
    refuse(StatusCode::SERVICE_UNAVAILABLE, "stopping", why)
}

/// Why nothing is done between ticks any more.
fn gone(why: Gone) -> Refusal {
    match why {
        Gone::Failed => {
            let message = "the simulation failed; restart the world";
            refuse(StatusCode::CONFLICT, "simulation_failed", message)
        }
        Gone::Stopped => stopping("the world stops"),
    }
}

fn store_failed(why: impl Display) -> Refusal {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "store_failed", why)
}

/// The body, if it is JSON of the shape of `T`. The one validator of everything below.
async fn body<T: DeserializeOwned>(request: Request<Body>) -> Result<T, Refusal> {
    let bytes = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await.map_err(|_| {
        let message = format!("a body has at most {BODY_BYTES_MAX} bytes");
        refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    })?;
    // Through a value: keys that are there twice, and numbers, mean the same as everywhere else.
    let json: Value = serde_json::from_slice(&bytes)
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, "invalid_json", error))?;
    serde_json::from_value(json).map_err(|error| refuse(StatusCode::BAD_REQUEST, "invalid_body", error))
}

/// The parameters of a request, all of them among `known`.
fn parameters(uri: &Uri, known: &[&str]) -> Result<BTreeMap<String, String>, Refusal> {
    let bad = |error: &'static str, message: String| Err(refuse(StatusCode::BAD_REQUEST, error, message));
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Ok(pairs) = pairs else {
        return bad("invalid_parameter", "the parameters are not key=value pairs".to_owned());
    };
    let mut parameters = BTreeMap::new();
    for (key, value) in pairs.0 {
        if !known.contains(&key.as_str()) {
            let refusal = bad("unknown_parameter", format!("`{key}` is no parameter here"));
            let known: String = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
            return refusal.map_err(|it| it.help(known));
        }
        parameters.insert(key, value);
    }
    Ok(parameters)
}

fn required<'a>(parameters: &'a BTreeMap<String, String>, key: &str) -> Result<&'a str, Refusal> {
    let missing =
        || refuse(StatusCode::BAD_REQUEST, "missing_parameter", format!("say which: `{key}=` is missing"));
    parameters.get(key).map(String::as_str).filter(|it| !it.is_empty()).ok_or_else(missing)
}

fn invalid(parameter: &str, why: impl Display) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "invalid_parameter", format!("`{parameter}`: {why}"))
}

/// Does on another thread what may wait for a disk or a tick.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(stopping)
}
