//! Questions about a world's definitions, entities and store: each is one request of `/bowline/v1`, and
//! how its answer is shown. The shapes are in `host/src/serve/v1.rs`.

pub(crate) mod accounts;
mod apps;
mod definitions;
mod kept;
mod lists;
mod migrate;
mod verdicts;

pub(crate) use lists::dot;
pub(crate) use verdicts::verdict;

use serde_json::{Value, json};

use crate::ask::{Answer, Question};
use crate::http::{self, V1, segment};
use crate::report::{Blame, Report};
use crate::settings::Remote;

pub(super) async fn answer(world: Remote, question: Question) -> Result<Answer, Report> {
    match question {
        Question::StoreGet { slug } => kept::record(&world, &slug).await,
        question => {
            let json = ask(&world, &question).await?.ok_or_else(|| not_offered(&world))?;
            shown(&question, json)
        }
    }
}

async fn ask(world: &Remote, question: &Question) -> Result<Option<Value>, Report> {
    let get = |path: String| async move { http::get(world, &format!("{V1}/{path}")).await };
    let post = |path: &'static str, body: Value| async move {
        http::post(world, &format!("{V1}/{path}"), &body).await
    };
    match question {
        Question::SchemaList { room } => get(with("schema", &[("room", room.as_ref())])).await,
        Question::SchemaWhich { name, kind, room } => {
            get(with("schema/which", &[("name", Some(name)), ("kind", Some(kind)), ("room", room.as_ref())]))
                .await
        }
        Question::SchemaCheck { records } | Question::SchemaMigrate { records } => {
            post("schema/check", json!({ "records": records })).await
        }
        Question::SchemaApply { records } => {
            post("schema/apply", json!({"records": records, "wait": true})).await
        }
        Question::SchemaShow { .. } | Question::SchemaEmit { .. } | Question::SchemaSnapshot => {
            get("schema/snapshot".to_owned()).await
        }
        Question::SchemaRegistry => get("schema/registry".to_owned()).await,
        Question::SchemaQueue => get("schema/queue".to_owned()).await,
        Question::SchemaErrors { drain: false } => get("schema/errors".to_owned()).await,
        Question::SchemaErrors { drain: true } => post("schema/errors/drain", json!({})).await,
        Question::SchemaEntities { expr } => get(with("schema/entities", &[("expr", expr.as_ref())])).await,
        Question::PrefabGraph => get("prefab/graph".to_owned()).await,
        Question::PrefabSpawn { prefab, overrides, at } => {
            post("prefab/spawn", without_nulls(json!({"prefab": prefab, "overrides": overrides, "at": at})))
                .await
        }
        Question::StringsGet { id, locale } => {
            get(with("strings", &[("id", id.as_ref()), ("locale", locale.as_ref())])).await
        }
        Question::StringsMissing { locale } => {
            get(with("strings/missing", &[("locale", locale.as_ref())])).await
        }
        Question::Query { expr, lane, lineage } => {
            let lineage = lineage.then(|| "true".to_owned());
            let parameters = [("expr", Some(expr)), ("lane", lane.as_ref()), ("lineage", lineage.as_ref())];
            get(with("query", &parameters)).await
        }
        Question::StoreList { kind, scope } => {
            get(with("store/records", &[("kind", kind.as_ref()), ("scope", scope.as_ref())])).await
        }
        Question::StoreGet { slug } => get(with("store/record", &[("slug", Some(slug))])).await,
        Question::StorePut { record } => {
            http::put(world, &format!("{V1}/store/record"), &json!(record)).await
        }
        Question::StoreVerify => get("store/verify".to_owned()).await,
        Question::HostContract => get("host-contract".to_owned()).await,
        Question::Info => http::get(world, "/bowline/info").await,
        Question::Accounts => get("world/accounts".to_owned()).await,
        Question::AppModules { app } => get(with("app/modules", &[("app", Some(app))])).await,
        Question::AppExplain { app } => get(with("app/explain", &[("app", Some(app))])).await,
        Question::Checkpoints => get("world/checkpoints".to_owned()).await,
        Question::Checkpoint { name } => post("world/checkpoint", json!({ "name": name })).await,
        Question::Restore { name } => post("world/restore", json!({ "name": name })).await,
    }
}

fn shown(question: &Question, json: Value) -> Result<Answer, Report> {
    Ok(match question {
        Question::SchemaList { .. } => lists::records(json),
        Question::SchemaWhich { .. } => definitions::which(json),
        Question::SchemaCheck { .. } | Question::SchemaApply { .. } => verdicts::verdict(json),
        Question::StorePut { .. } => verdicts::verdict(json),
        Question::SchemaMigrate { .. } => migrate::plan(json),
        Question::SchemaShow { name } => definitions::show(&json, name)?,
        Question::SchemaEmit { language } => definitions::emitted(&json, language)?,
        Question::SchemaQueue => verdicts::queue(json),
        Question::SchemaErrors { .. } => verdicts::errors(json),
        Question::SchemaRegistry => definitions::registry(json),
        Question::SchemaEntities { .. } => lists::entities(json),
        Question::PrefabGraph => lists::graph(json),
        Question::StringsGet { .. } => lists::strings(json),
        Question::StringsMissing { .. } => lists::missing(json),
        Question::Query { .. } => lists::rows(json),
        Question::StoreList { .. } => kept::list(json),
        Question::StoreVerify => kept::damage(json),
        Question::Accounts => accounts::table(json),
        Question::AppModules { .. } => apps::modules(json),
        Question::AppExplain { .. } => apps::explained(json),
        Question::Checkpoints => kept::checkpoints(json),
        Question::Restore { name } => {
            let tick = word(&json, "tick");
            said(json, format!("What was simulated is as it was in {name}, at tick {tick}."))
        }
        Question::Checkpoint { name } => {
            let tick = word(&json, "tick");
            said(json, format!("The world of tick {tick} is kept as {name}."))
        }
        Question::PrefabSpawn { prefab, .. } => {
            let entity = json.get("entity").map(in_words).unwrap_or_default();
            said(json, format!("{entity} is a new {prefab}."))
        }
        Question::SchemaSnapshot | Question::StoreGet { .. } => whole(json),
        Question::HostContract | Question::Info => lists::members(json),
    })
}

fn said(json: Value, text: String) -> Answer {
    Answer { exit: 0, json, text }
}

/// What is data through and through is shown as that.
fn whole(json: Value) -> Answer {
    let text = bowline_model::format::print_json(&json);
    Answer { exit: 0, json, text }
}

fn without_nulls(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.retain(|_, it| !it.is_null());
    }
    body
}

/// `path?key=value&…`, without those that are not said.
fn with(path: &str, parameters: &[(&str, Option<&String>)]) -> String {
    let said =
        parameters.iter().filter_map(|(key, value)| Some(format!("{key}={}", segment(value.as_ref()?))));
    let query: Vec<String> = said.collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

fn not_offered(world: &Remote) -> Report {
    let what = format!("the world at {} does not answer such questions", world.url);
    Report::new(Blame::World, "not_offered", what)
        .help("only worlds served by a bowline that is as new as this one do")
}

/// Text as it is, anything else as JSON.
fn in_words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A member of an object as words; empty if it is not there or null.
fn word(object: &Value, key: &str) -> String {
    object.get(key).filter(|it| !it.is_null()).map(in_words).unwrap_or_default()
}

/// A list in an answer.
fn list<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    json.get(key).and_then(Value::as_array).into_iter().flatten()
}
