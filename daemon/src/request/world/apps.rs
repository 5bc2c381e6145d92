//! `app modules` and `app explain`: the world's answers as people read them.

use serde_json::Value;

use super::{in_words, list, word};
use crate::ask::Answer;
use crate::print::table;

/// The graph, a line a module: what it is, how large, and what it imports. Exit 1 if an import leads
/// nowhere or a text is missing.
pub(super) fn modules(json: Value) -> Answer {
    let mut text =
        format!("{} v{}, {}\n", word(&json, "blueprint"), word(&json, "version"), word(&json, "format"));
    let rows: Vec<Vec<String>> = list(&json, "modules").map(row).collect();
    text += &table(&rows);
    let mut broken = false;
    for module in list(&json, "modules") {
        for import in list(module, "imports") {
            let target = word(import, "key");
            broken |= target.is_empty();
            let target = if target.is_empty() { "nothing: it leads nowhere".to_owned() } else { target };
            text += &format!("  {} imports {target}\n", word(module, "key"));
        }
        broken |= module.get("size").is_none_or(Value::is_null);
    }
    Answer { exit: u8::from(broken), json, text }
}

fn row(module: &Value) -> Vec<String> {
    let size = match module.get("size").and_then(Value::as_u64) {
        Some(size) => format!("{size} bytes"),
        None => "text is missing".to_owned(),
    };
    let yes = |key: &str| module.get(key).and_then(Value::as_bool).unwrap_or_default();
    let role = match (yes("entry"), yes("reached")) {
        (true, _) => "entry",
        (false, true) => "",
        (false, false) => "nothing imports it",
    };
    let digest: String = word(module, "digest").chars().take(12).collect();
    vec![format!("  {}", word(module, "key")), word(module, "language"), size, digest, role.to_owned()]
}

/// Why an app runs what it runs. Exit 1 if an instance was stopped by an error.
pub(super) fn explained(json: Value) -> Answer {
    let mut text = format!("{}\n", word(&json, "app"));
    for blueprint in list(&json, "blueprints") {
        text += &format!("  {} v{}: ", word(blueprint, "id"), word(blueprint, "version"));
        text += &match word(blueprint, "problem") {
            problem if !problem.is_empty() => format!("{problem}\n"),
            _ if word(blueprint, "rule") == "NoScript" => format!("{}\n", word(blueprint, "because")),
            _ => format!(
                "runs the script of {}, because {}\n",
                word(blueprint, "root"),
                word(blueprint, "because")
            ),
        };
    }
    let entry = word(&json, "entry");
    if !entry.is_empty() {
        text += &format!("  begins with {entry} ({})\n", word(&json, "format"));
    }
    let reload = word(&json, "reload");
    if !reload.is_empty() {
        text += &format!("  reload: {reload}\n");
    }
    let mut crashed = false;
    for instance in list(&json, "instances") {
        crashed |= word(instance, "state") == "crashed";
        text += &self::instance(instance);
    }
    if list(&json, "instances").next().is_none() {
        text += "  no entity stands on it\n";
    }
    Answer { exit: u8::from(crashed), json, text }
}

fn instance(instance: &Value) -> String {
    let starts = match word(instance, "starts").as_str() {
        "0" => String::new(),
        "1" => ", started once".to_owned(),
        more => format!(", started {more} times"),
    };
    let mut text = format!(
        "  {} of {}: {}{starts}\n",
        word(instance, "entity"),
        word(instance, "blueprint"),
        word(instance, "state")
    );
    for prop in list(instance, "props") {
        let value = prop.get("value").map(in_words).unwrap_or_default();
        text += &format!("    {} = {}  (of {})\n", word(prop, "key"), short(&value), word(prop, "from"));
    }
    if let Some(problem) = instance.get("problem").filter(|it| !it.is_null()) {
        text += &self::problem(problem);
    }
    text
}

/// What stopped it, where, through which calls, and what to do.
pub(crate) fn problem(problem: &Value) -> String {
    let at = |it: &Value| match (word(it, "line").as_str(), word(it, "column").as_str()) {
        ("" | "0", _) => word(it, "path"),
        (line, "" | "0") => format!("{}:{line}", word(it, "path")),
        (line, column) => format!("{}:{line}:{column}", word(it, "path")),
    };
    let mut text = format!(
        "    error[{}]: {}\n      at {}\n",
        word(problem, "code"),
        word(problem, "message"),
        at(problem)
    );
    for frame in list(problem, "chain") {
        let function = match word(frame, "function") {
            it if it.is_empty() => String::new(),
            it => format!(" in {it}"),
        };
        text += &format!("      from {}{function}\n", at(frame));
    }
    let help = word(problem, "help");
    if !help.is_empty() {
        text += &format!("      help: {help}\n");
    }
    text
}

fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn a_graph_names_who_imports_whom_and_what_leads_nowhere() {
        let module = |key: &str, entry: bool, reached: bool, imports: Value| {
            json!({"key": key, "path": format!("apps/Door/{key}"), "language": "JavaScript", "size": 120,
                "digest": "0123456789abcdef", "entry": entry, "reached": reached, "imports": imports, "importedBy": []})
        };
        let answer = modules(json!({"app": "Door", "blueprint": "Door", "version": 4, "entry": "index.js",
            "format": "module", "modules": [
                module("index.js", true, true, json!([{"specifier": "./a.js", "key": "a.js"}])),
                module("a.js", false, true, json!([{"specifier": "./b.js", "key": null}])),
                module("old.js", false, false, json!([]))]}));
        expect![[r#"
            Door v4, module
              index.js  JavaScript  120 bytes  0123456789ab  entry
              a.js      JavaScript  120 bytes  0123456789ab
              old.js    JavaScript  120 bytes  0123456789ab  nothing imports it
              index.js imports a.js
              a.js imports nothing: it leads nowhere
        "#]]
        .assert_eq(&answer.text);
        assert_eq!(answer.exit, 1);
    }

    #[test]
    fn an_app_is_explained_down_to_the_last_error() {
        let answer = explained(json!({"app": "Door",
            "blueprints": [
                {"id": "Door", "version": 4, "root": "Door", "rule": "Own", "because": "it has scriptFiles of its own"},
                {"id": "Door__Visitors", "version": 1, "root": "Door", "rule": "AppBase",
                    "because": "it has no script of its own and runs that of its app's base blueprint"},
                {"id": "Door__Odd", "version": 1, "problem": "script_ref_not_found:Gate"}],
            "entry": "index.ts", "format": "module", "reload": "preserve",
            "instances": [{"entity": "e1", "blueprint": "Door", "state": "crashed", "starts": 2,
                "props": [{"key": "seconds", "value": 3, "from": "e1"}],
                "problem": {"code": "script_error", "message": "TypeError: x", "path": "apps/Door/a.ts", "line": 3,
                    "column": 7, "help": "look at x", "chain": [
                        {"path": "apps/Door/index.ts", "line": 9, "column": 2, "function": "tick"}]}}]}));
        expect![[r#"
            Door
              Door v4: runs the script of Door, because it has scriptFiles of its own
              Door__Visitors v1: runs the script of Door, because it has no script of its own and runs that of its app's base blueprint
              Door__Odd v1: script_ref_not_found:Gate
              begins with index.ts (module)
              reload: preserve
              e1 of Door: crashed, started 2 times
                seconds = 3  (of e1)
                error[script_error]: TypeError: x
                  at apps/Door/a.ts:3:7
                  from apps/Door/index.ts:9:2 in tick
                  help: look at x
        "#]].assert_eq(&answer.text);
        assert_eq!(answer.exit, 1);
    }
}
