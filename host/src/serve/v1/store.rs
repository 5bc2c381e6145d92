//! `store/…`: records as they are kept. Shapes are in [`super`].

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use bowline_store::{Kind, Record, Scope, Slug};
use serde_json::{Value, json};

use super::{Answered, Shared, answer, blocking, body, invalid, parameters, refuse, required, store_failed};

pub(super) async fn records(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["kind", "scope"])?;
    let kind = asked.get("kind").map(|it| it.parse::<Kind>()).transpose();
    let kind = kind.map_err(|why| invalid("kind", why))?;
    let scope = asked.get("scope").map(|it| it.parse::<Scope>()).transpose();
    let scope = scope.map_err(|why| invalid("scope", why))?;
    let store = port.store.clone();
    let records = blocking(move || store.records(kind, scope.as_ref())).await?.map_err(store_failed)?;
    let listed: Vec<Value> = records.iter().map(without_payload).collect();
    Ok(answer(&json!({ "records": listed })))
}

fn without_payload(record: &Record) -> Value {
    json!({
        "slug": record.slug,
        "kind": record.kind,
        "version": record.version,
        "scope": record.scope,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "checksum": record.checksum,
    })
}

pub(super) async fn record(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["slug"])?;
    let slug = Slug::parse(required(&asked, "slug")?).map_err(|why| invalid("slug", why))?;
    let (store, wanted) = (port.store.clone(), slug.clone());
    match blocking(move || store.get_by_slug(&wanted)).await?.map_err(store_failed)? {
        Some(record) => Ok(answer(&record.to_json())),
        None => Err(refuse(StatusCode::NOT_FOUND, "not_found", format!("there is no record `{slug}`"))),
    }
}

pub(super) async fn put(State(port): Shared, request: Request<Body>) -> Answered {
    super::schema::put(&port.mutations, body(request).await?).await
}

pub(super) async fn verify(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let store = port.store.clone();
    let found = blocking(move || store.verify()).await?.map_err(store_failed)?;
    let damage: Vec<String> = found.iter().map(ToString::to_string).collect();
    Ok(answer(&json!({ "damage": damage })))
}
