//! `prefab/…`: what prefabs are made of, and making entities of them. Shapes are in [`super`].

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use bowline_schema::check::check_values;
use bowline_schema::nearest::did_you_mean;
use bowline_schema::scope::RecordKind;
use bowline_schema::{Prefab, Problem, Snapshot, meta};
use bowline_wire::JsonObject;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answered, Refusal, Shared, answer, blocking, body, parameters, refuse, stopping};
use crate::boundary::Gone;

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

/// The body of `spawn`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    prefab: String,
    #[serde(default)]
    overrides: JsonObject,
    at: Option<[f64; 3]>,
}

pub(super) async fn spawn(State(port): Shared, request: Request<Body>) -> Answered {
    let Asked { prefab, mut overrides, at } = body(request).await?;
    if let Some(at) = at {
        let transform = overrides.entry("transform").or_insert_with(|| json!({}));
        if let Some(transform) = transform.as_object_mut() {
            transform.insert("position".to_owned(), json!(at));
        }
    }
    let shown = port.mutations.shown();
    if let Some(problem) = wrong(shown.definitions.snapshot(), &prefab, &overrides) {
        return Err(refused(problem));
    }
    let boundary = port.boundary.clone();
    let spawned =
        blocking(move || boundary.ask(move |world| (world.now(), world.spawn(&prefab, &overrides))));
    match spawned.await? {
        Ok((tick, Ok(entity))) => Ok(answer(&json!({"entity": entity, "tick": tick}))),
        Ok((_, Err(problem))) => Err(refused(problem)),
        Err(Gone::Failed) => {
            let message = "the simulation failed; restart the world";
            Err(refuse(StatusCode::CONFLICT, "simulation_failed", message))
        }
        Err(Gone::Stopped) => Err(stopping("the world stops")),
    }
}

fn refused(problem: Problem) -> Refusal {
    let Problem { code, pointer, message, help, .. } = problem;
    let place = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
    let refusal = refuse(StatusCode::BAD_REQUEST, code, format!("{message}{place}"));
    help.into_iter().fold(refusal, Refusal::help)
}

/// The first thing that cannot be spawned: what a world is told it has to know.
fn wrong(snapshot: &Snapshot, prefab: &str, overrides: &JsonObject) -> Option<Problem> {
    if snapshot.prefab(prefab).is_none() {
        let problem = Problem::new("unknown_prefab", "/prefab", format!("there is no prefab `{prefab}`"));
        let known = snapshot.prefabs().iter().map(Prefab::name);
        return Some(Problem { help: did_you_mean(prefab, known), ..problem });
    }
    overrides.iter().find_map(|(name, values)| {
        let at = format!("/overrides/{name}");
        match (snapshot.component(name), values.as_object()) {
            (Err(problem), _) => Some(problem.below(&at)),
            (Ok(_), None) => Some(Problem::new("wrong_type", at, "the fields of a component are an object")),
            (Ok(component), Some(values)) => {
                check_values(values, component).into_iter().next().map(|it| it.below(&at))
            }
        }
    })
}
