//! `app show APP`: an app as the world has it: the blueprint, and how its instances are.

use bowline_model::blueprint::split_id;
use serde_json::{Map, Value};

use crate::ask::Answer;
use crate::http;
use crate::report::{Blame, Report};
use crate::settings::Remote;

pub(super) async fn answer(world: Remote, app: String) -> Result<Answer, Report> {
    let path = format!("/admin/blueprints/{}", http::segment(&app));
    let found = http::get(&world, &path).await?.and_then(|it| it.get("blueprint").cloned());
    let Some(Value::Object(mut blueprint)) = found else {
        return Err(Report::new(Blame::User, "no_such_app", format!("the world has no app `{app}`"))
            .help("bowline status lists the apps; one that has problems may not have been deployed yet"));
    };
    let instances = instances(&world, &app).await?;
    let text = text(&blueprint, &instances);
    blueprint.insert("instances".to_owned(), instances);
    Ok(Answer { exit: 0, json: Value::Object(blueprint), text })
}

/// Null for a world that does not tell.
async fn instances(world: &Remote, id: &str) -> Result<Value, Report> {
    let path = format!("/bowline/apps/{}", http::segment(split_id(id).0));
    let Some(app) = http::get(world, &path).await? else { return Ok(Value::Null) };
    let all = app.get("instances").and_then(Value::as_array).cloned().unwrap_or_default();
    let whole = split_id(id).0 == id;
    let mine = all.into_iter().filter(|it| whole || it.get("blueprint").and_then(Value::as_str) == Some(id));
    Ok(mine.collect())
}

fn text(blueprint: &Map<String, Value>, instances: &Value) -> String {
    let word =
        |key: &str| blueprint.get(key).map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
    let mut text = format!("{} v{}\n", word("id").unwrap_or_default(), word("version").unwrap_or_default());
    for key in ["scriptEntry", "scriptFormat", "scriptRef", "model"] {
        if let Some(value) = word(key).filter(|it| it != "null") {
            text += &format!("  {key}: {value}\n");
        }
    }
    for (key, url) in blueprint.get("scriptFiles").and_then(Value::as_object).into_iter().flatten() {
        text += &format!("  {key}  {}\n", url.as_str().unwrap_or_default());
    }
    for instance in instances.as_array().into_iter().flatten() {
        let word = |key: &str| instance.get(key).and_then(Value::as_str).unwrap_or_default();
        let client = match word("context") {
            "" => String::new(),
            context => format!(" ({context})"),
        };
        text += &format!("  {} {} of {}{client}\n", word("state"), word("entity"), word("blueprint"));
        if let Some(problem) = instance.get("problem").filter(|it| !it.is_null()) {
            let word = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default();
            let line = problem.get("line").and_then(Value::as_u64).unwrap_or(0);
            text += &format!("    {}\n    at {}:{line}\n", word("message"), word("path"));
        }
    }
    if instances.is_null() {
        text += "  (this world does not say how its instances are)\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_crash_is_shown_with_its_place() {
        let blueprint = json!({"id": "A", "version": 3, "scriptFiles": {"index.js": "asset://x.js"}});
        let instances = json!([{"entity": "e1", "blueprint": "A", "state": "crashed",
            "problem": {"message": "boom", "path": "apps/A/index.js", "line": 2}}]);
        let text = text(blueprint.as_object().unwrap(), &instances);
        assert!(text.contains("crashed e1 of A\n    boom\n    at apps/A/index.js:2"), "{text}");
    }
}
