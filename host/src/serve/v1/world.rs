//! `world/…`: the running world as it is kept. Shapes are in [`super`].

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use bowline_store::{Kind, Record, Scope, StoreError, Table};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answered, Refusal, Shared, answer, blocking, body, gone, parameters, refuse, stopping, store_failed,
};
use crate::autosave::{Kept, NotSaved, row_id, slug};
use crate::simulation::Woken;

pub(super) async fn checkpoints(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let room = port.mutations.shown().records.room().to_owned();
    let store = port.store.clone();
    let found = blocking(move || {
        let records = store.records(Some(Kind::World), Some(&Scope::Room(room)))?;
        let with_row = |it: Record| Ok((store.row(Table::Meta, &row_id(&it.slug))?, it));
        records.into_iter().map(with_row).collect::<Result<Vec<_>, StoreError>>()
    });
    let found = found.await?.map_err(store_failed)?;
    let listed: Vec<Value> = found.iter().map(|(row, it)| checkpoint(it, row.as_ref())).collect();
    Ok(answer(&json!({ "checkpoints": listed })))
}

pub(super) async fn accounts(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let boundary = port.boundary.clone();
    match blocking(move || boundary.ask(|world| (world.now(), world.accounts()))).await? {
        Ok((tick, apps)) => Ok(answer(&json!({"tick": tick, "isolation": port.isolation, "apps": apps}))),
        Err(why) => Err(gone(why)),
    }
}

fn checkpoint(record: &Record, row: Option<&Value>) -> Value {
    let name = record.slug.path().strip_prefix("world/").unwrap_or_default();
    let at = row.and_then(|it| it["at"].as_str()).unwrap_or(&record.updated_at);
    let mut json = json!({"name": name, "slug": record.slug, "at": at});
    match Kept::read(record, row) {
        Ok(kept) => {
            json["tick"] = json!(kept.tick);
            json["reason"] = json!(kept.reason);
            json["stateHash"] = json!(kept.state_hash);
            json["schemaHash"] = json!(kept.schema_hash);
        }
        Err(why) => json["problem"] = json!(why.to_string()),
    }
    json
}

/// The body of `checkpoint`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    #[serde(default = "by_hand")]
    reason: String,
}

fn by_hand() -> String {
    "by hand".to_owned()
}

pub(super) async fn checkpoint_now(State(port): Shared, request: Request<Body>) -> Answered {
    let Asked { name, reason } = body(request).await?;
    let saved = port.saves.checkpoint(name, reason).await;
    Ok(answer(&json!(saved.map_err(not_saved)?)))
}

fn not_saved(why: NotSaved) -> Refusal {
    match &why {
        NotSaved::Name(bad) => refuse(StatusCode::BAD_REQUEST, "invalid_body", bad)
            .help("a name is lower-case words joined by `-`"),
        NotSaved::Store(error) => store_failed(error),
        NotSaved::Failed => refuse(StatusCode::CONFLICT, "simulation_failed", why),
        NotSaved::Stopping => stopping(why),
    }
}

/// The body of `restore`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

pub(super) async fn restore(State(port): Shared, request: Request<Body>) -> Answered {
    let Name { name } = body(request).await?;
    let shown = port.mutations.shown();
    let slug = slug(shown.records.room(), &name)
        .map_err(|bad| refuse(StatusCode::BAD_REQUEST, "invalid_body", bad))?;
    let (store, wanted) = (port.store.clone(), slug.clone());
    let found =
        blocking(move || Ok((store.get_by_slug(&wanted)?, store.row(Table::Meta, &row_id(&wanted))?)));
    let (record, row) = found.await?.map_err(|error: StoreError| store_failed(error))?;
    let Some(record) = record else {
        return Err(refuse(StatusCode::NOT_FOUND, "not_found", format!("no world is kept as `{name}`")));
    };
    let cannot = |why: String| refuse(StatusCode::CONFLICT, "not_restored", why);
    let read = blocking(move || {
        let kept = Kept::read(&record, row.as_ref()).map_err(|why| why.to_string())?;
        Woken::read(&kept)
    });
    let woken = read.await?.map_err(cannot)?;
    let (boundary, pending) = (port.boundary.clone(), port.pending.clone());
    let restored = blocking(move || {
        boundary.ask(move |world| {
            world.restore(woken)?;
            // What was edited since stays: the rows of the store count, not those of the world.
            pending.read_everything();
            Ok((world.now(), world.hash()))
        })
    });
    match restored.await? {
        Ok(Ok((tick, hash))) => Ok(answer(&json!({"name": name, "tick": tick, "stateHash": hash}))),
        Ok(Err(why)) => Err(cannot(why)),
        Err(why) => Err(gone(why)),
    }
}
