//! `schema/…`: what there is, what it means, and changing it. Shapes are in [`super`].

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use bowline_schema::meta::MetaEntity;
use bowline_schema::scope::RecordKind;
use bowline_schema::snapshot::Built;
use bowline_store::Slug;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{
    Answered, Refusal, Shared, answer, blocking, body, invalid, parameters, query, refuse, required, stopping,
};
use crate::mutations::{Mutations, Shown};
use crate::queue::{Edit, Expect};

/// How long a request waits for its ticket before it is told to come back.
const WAIT: Duration = Duration::from_secs(30);

pub(super) async fn list(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["room"])?;
    let shown = port.mutations.shown();
    let room = asked.get("room").map_or(shown.records.room(), String::as_str);
    let seen;
    let built = if room == shown.records.room() {
        &**shown.records.meaning()
    } else {
        seen = shown.records.seen_from(room);
        &seen
    };
    let mut body = head(&shown, built, room);
    body["room"] = json!(room);
    body["safeMode"] = json!(shown.safe_mode);
    body["records"] = json!(shown.records.list(built));
    body["problems"] = built.problems.iter().map(problem).collect();
    Ok(answer(&body))
}

fn head(shown: &Shown, built: &Built, room: &str) -> Value {
    json!({
        "hash": built.snapshot.hash().to_string(),
        "order": built.snapshot.order().names(),
        "scopes": shown.records.asking(room).scopes,
        "tick": shown.tick,
    })
}

fn problem((slug, problem): &(String, bowline_schema::Problem)) -> Value {
    json!({
        "code": problem.code,
        "slug": slug,
        "pointer": problem.pointer,
        "message": problem.message,
        "expected": problem.expected,
        "help": problem.help,
    })
}

pub(super) async fn snapshot(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let shown = port.mutations.shown();
    let built = shown.records.meaning();
    let mut body = head(&shown, built, shown.records.room());
    let record = |it: bowline_schema::Entry| json!({"slug": it.slug, "kind": it.kind.name(), "version": it.version, "payload": it.payload});
    body["records"] = built.snapshot.records().into_iter().map(record).collect();
    Ok(answer(&body))
}

pub(super) async fn registry(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let definitions = port.mutations.shown().definitions.clone();
    let registry = definitions.registry();
    Ok(answer(&json!({"hash": registry.hash.to_string(), "components": registry.layouts})))
}

pub(super) async fn entities(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["expr"])?;
    let definitions = port.mutations.shown().definitions.clone();
    let fitting = match asked.get("expr") {
        Some(expr) => Some(query::read(expr)?.meta(&definitions).map_err(query::mistake)?),
        None => None,
    };
    let named = |it: &MetaEntity| format!("m{}", it.id);
    let fits = |it: &&MetaEntity| {
        fitting.as_ref().is_none_or(|rows| rows.iter().any(|row| row["entity"] == named(it)))
    };
    let entity = |it: &MetaEntity| json!({"id": it.id, "component": it.component, "values": it.values});
    let entities: Vec<Value> = definitions.meta().iter().filter(fits).map(entity).collect();
    Ok(answer(&json!({"hash": definitions.hash().to_string(), "entities": entities})))
}

pub(super) async fn which(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["name", "kind", "room"])?;
    let name = required(&asked, "name")?;
    let kind = asked.get("kind").map_or("component", String::as_str);
    let Some(kind) = RecordKind::named(kind) else {
        return Err(invalid("kind", "there are component, prefab, system, strings and profile"));
    };
    let shown = port.mutations.shown();
    let room = asked.get("room").map_or(shown.records.room(), String::as_str);
    let mut winner = Value::Null;
    let mut chain = Vec::new();
    for (slug, entry) in shown.records.chain(&format!("{}/{name}", kind.name()), room) {
        let state = match &entry {
            None => "absent",
            Some(_) if winner.is_null() => {
                winner = json!(slug);
                "wins"
            }
            Some(_) => "hidden",
        };
        chain.push(json!({"slug": slug, "version": entry.map(|it| it.version), "state": state}));
    }
    Ok(answer(&json!({"name": name, "kind": kind.name(), "winner": winner, "chain": chain})))
}

/// The body of `check` and `apply`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    records: Vec<AskedEdit>,
    #[serde(default = "yes")]
    wait: bool,
}

fn yes() -> bool {
    true
}

/// One record to be put or removed, as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedEdit {
    slug: String,
    payload: Value,
    #[serde(default, deserialize_with = "said")]
    expect: Option<Option<String>>,
}

/// `null` is something that was said.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl AskedEdit {
    fn read(self) -> Result<Edit, Refusal> {
        let slug =
            Slug::parse(&self.slug).map_err(|bad| refuse(StatusCode::BAD_REQUEST, "invalid_body", bad))?;
        let expect = match self.expect {
            None => Expect::Anything,
            Some(None) => Expect::Nothing,
            Some(Some(checksum)) => Expect::Checksum(checksum),
        };
        Ok(Edit { slug, payload: Some(self.payload).filter(|it| !it.is_null()), expect })
    }
}

fn edits(asked: Vec<AskedEdit>) -> Result<Vec<Edit>, Refusal> {
    asked.into_iter().map(AskedEdit::read).collect()
}

pub(super) async fn check(State(port): Shared, request: Request<Body>) -> Answered {
    let asked: Asked = body(request).await?;
    let edits = edits(asked.records)?;
    let mutations = port.mutations.clone();
    let settled = blocking(move || mutations.check(edits)).await?.map_err(stopping)?;
    let mut body = json!(settled);
    body.as_object_mut().map(|it| it.shift_remove("ticket"));
    Ok(answer(&body))
}

pub(super) async fn apply(State(port): Shared, request: Request<Body>) -> Answered {
    let asked: Asked = body(request).await?;
    post(&port.mutations, edits(asked.records)?, asked.wait.then_some(WAIT)).await
}

/// One record, waited for.
pub(super) async fn put(mutations: &Arc<Mutations>, asked: AskedEdit) -> Answered {
    post(mutations, vec![asked.read()?], Some(WAIT)).await
}

async fn post(mutations: &Arc<Mutations>, edits: Vec<Edit>, wait: Option<Duration>) -> Answered {
    let posted = mutations.post(edits);
    let (ticket, told) =
        posted.map_err(|full| refuse(StatusCode::SERVICE_UNAVAILABLE, "queue_full", full))?;
    let queued = || answer(&json!({"ticket": ticket, "outcome": "queued"}));
    let Some(wait) = wait else { return Ok(queued()) };
    match tokio::time::timeout(wait, told).await {
        Ok(Ok(settled)) => Ok(answer(&json!(settled))),
        Ok(Err(_)) => Err(stopping("the world stops; whether it was done shows when it runs again")),
        Err(_) => Ok(queued()),
    }
}

pub(super) async fn queue(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    Ok(answer(&port.mutations.queue(|it| it.to_json())))
}

pub(super) async fn errors(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    Ok(answer(&json!({"errors": port.mutations.queue(|it| it.rejections())})))
}

pub(super) async fn drain(State(port): Shared) -> Answered {
    Ok(answer(&json!({"errors": port.mutations.queue(|it| it.drain())})))
}
