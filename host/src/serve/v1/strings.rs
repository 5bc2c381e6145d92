//! `strings…`: texts for people, looked up as the world does. Shapes are in [`super`].

use axum::extract::State;
use axum::http::Uri;
use bowline_schema::Catalog;
use bowline_schema::strings::{self, LOCALE_DEFAULT, Missing};
use serde_json::{Value, json};

use super::{Answered, Shared, answer, invalid, parameters};

pub(super) async fn get(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["id", "locale"])?;
    let definitions = port.mutations.shown().definitions.clone();
    let Some(id) = asked.get("id") else {
        let catalogs: Vec<Value> = definitions.snapshot().strings().iter().map(catalog).collect();
        return Ok(answer(&json!({"catalogs": catalogs})));
    };
    let id: u32 = id.parse().map_err(|_| invalid("id", "a whole number from 1"))?;
    let wanted = asked.get("locale").map_or(LOCALE_DEFAULT, String::as_str);
    let found = definitions.snapshot().text(id, wanted);
    Ok(answer(&json!({"id": id, "text": found.text, "locale": found.locale, "wanted": wanted})))
}

fn catalog(catalog: &Catalog) -> Value {
    let mut json = catalog.to_payload();
    json["slug"] = json!(catalog.slug);
    json
}

pub(super) async fn missing(State(port): Shared, uri: Uri) -> Answered {
    let asked = parameters(&uri, &["locale"])?;
    let locale = asked.get("locale").map_or(LOCALE_DEFAULT, String::as_str);
    let definitions = port.mutations.shown().definitions.clone();
    let one =
        |it: &Missing| json!({"id": it.id, "slug": it.slug, "pointer": it.pointer, "instead": it.instead});
    let missing: Vec<Value> = strings::missing(definitions.snapshot(), locale).iter().map(one).collect();
    Ok(answer(&json!({"locale": locale, "missing": missing})))
}
