//! `query`: the entities that fit an expression, of the game and of the definitions alike. Shapes are in
//! [`super`], the language in [`bowline_runtime::query`].
//!
//! A game is asked as it is between two ticks: the tick lends a fork, and the looking is done here.

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use bowline_runtime::query::{Detail, Expression, Mistake};
use serde_json::{Value, json};

use super::{Answered, Refusal, Shared, answer, blocking, gone, invalid, parameters, refuse, required};
use crate::boundary::Gone;

pub(super) fn read(expr: &str) -> Result<Expression, Refusal> {
    Expression::parse(expr).map_err(mistake)
}

pub(super) fn mistake(mistake: Mistake) -> Refusal {
    let Mistake { code, column, message, help } = mistake;
    let refusal = refuse(StatusCode::BAD_REQUEST, code, format!("{message} at column {column}"));
    help.into_iter().fold(refusal, Refusal::help)
}

pub(super) async fn query(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["expr", "lane", "lineage"])?;
    let expression = read(required(&asked, "expr")?)?;
    let detail = match asked.get("lineage").map(String::as_str) {
        None | Some("false") => Detail::Components,
        Some("" | "true") => Detail::Lineage,
        Some(_) => return Err(invalid("lineage", "true or false")),
    };
    let shown = port.mutations.shown();
    match asked.get("lane").map(String::as_str) {
        None | Some("game") => (),
        Some("meta") => return Ok(rows(shown.tick, &expression.meta(&shown.definitions).map_err(mistake)?)),
        Some(_) => return Err(invalid("lane", "game or meta")),
    }
    let boundary = port.boundary.clone();
    let found = blocking(move || {
        let (tick, entities) = boundary.ask(|world| (world.now(), world.entities()))?;
        Ok::<_, Gone>((tick, expression.game(&entities, detail)))
    });
    match found.await? {
        Ok((tick, found)) => Ok(rows(tick, &found.map_err(mistake)?)),
        Err(why) => Err(gone(why)),
    }
}

fn rows(tick: u64, rows: &[Value]) -> axum::response::Response {
    answer(&json!({"tick": tick, "rows": rows}))
}
