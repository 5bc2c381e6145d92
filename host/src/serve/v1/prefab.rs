//! `prefab/…`: what prefabs are made of, and making entities of them. Shapes are in [`super`].

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri};
use bowline_schema::check::check_values;
use bowline_schema::nearest::did_you_mean;
use bowline_schema::prefab::{Edge, graph};
use bowline_schema::{Prefab, Problem, Snapshot};
use bowline_wire::JsonObject;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answered, Refusal, Shared, answer, blocking, body, gone, parameters, refuse};

pub(super) async fn whole_graph(State(port): Shared, uri: Uri) -> Answered {
    parameters(&uri, &[])?;
    let definitions = port.mutations.shown().definitions.clone();
    let graph = graph(definitions.snapshot());
    let kind = |it: &Edge| if it.child.is_some() { "child" } else { "composes" };
    let edge = |it: &Edge| json!({"kind": kind(it), "from": it.from, "to": it.to, "child": it.child});
    let edges: Vec<Value> = graph.edges.iter().map(edge).collect();
    Ok(answer(&json!({"hash": definitions.hash().to_string(), "nodes": graph.prefabs, "edges": edges})))
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
        Err(why) => Err(gone(why)),
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
