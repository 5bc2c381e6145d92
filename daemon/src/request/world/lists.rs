//! Answers that are lists: of records, of entities, of texts.

use serde_json::{Value, json};

use super::{in_words, list, word};
use crate::ask::Answer;
use crate::print::table;

/// Every record a name can mean here, and what is wrong with some.
pub(super) fn records(json: Value) -> Answer {
    let row = |it: &Value| {
        let hides: Vec<String> = list(it, "shadowed").map(in_words).collect();
        let hides = if hides.is_empty() { String::new() } else { format!("hides {}", hides.join(", ")) };
        vec![
            word(it, "kind"),
            word(it, "name"),
            word(it, "scope"),
            format!("v{}", word(it, "version")),
            hides,
        ]
    };
    let rows: Vec<Vec<String>> = list(&json, "records").map(row).collect();
    let problem = |it: &Value| {
        let pointer = word(it, "pointer");
        let at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
        format!("error[{}]: {}{at}\n  in {}\n", word(it, "code"), word(it, "message"), word(it, "slug"))
    };
    let problems: Vec<String> = list(&json, "problems").map(problem).collect();
    let mut text = table(&rows);
    text += &problems.concat();
    if json.get("safeMode") == Some(&json!(true)) {
        text += "This world runs in safe mode: with the core records alone.\n";
    }
    Answer { exit: u8::from(!problems.is_empty()), json, text }
}

/// The metadata lane.
pub(super) fn entities(json: Value) -> Answer {
    let row = |it: &Value| vec![word(it, "id"), word(it, "component"), word(it, "values")];
    let rows: Vec<Vec<String>> = list(&json, "entities").map(row).collect();
    let text = format!("{}{} entities\n", table(&rows), rows.len());
    Answer { exit: 0, json, text }
}

/// Prefabs and what each is made of.
pub(super) fn graph(json: Value) -> Answer {
    let edges: Vec<(String, String, String)> =
        list(&json, "edges").map(|it| (word(it, "from"), edge(it), word(it, "to"))).collect();
    let mut text = String::new();
    for node in list(&json, "nodes") {
        let name = word(node, "name");
        text += &format!("{name} v{}\n", word(node, "version"));
        for (_, kind, to) in edges.iter().filter(|it| it.0 == name) {
            text += &format!("  {kind} {to}\n");
        }
    }
    if text.is_empty() {
        text = "There are no prefabs.".to_owned();
    }
    Answer { exit: 0, json, text }
}

/// `composes`, or `child` and what it is called.
fn edge(edge: &Value) -> String {
    format!("{} {}", word(edge, "kind"), word(edge, "child")).trim_end().to_owned()
}

/// The same for Graphviz.
pub(crate) fn dot(json: &Value) -> String {
    let quoted = |it: String| json!(it).to_string();
    let mut text = "digraph prefabs {\n".to_owned();
    for node in list(json, "nodes") {
        text += &format!("  {};\n", quoted(word(node, "name")));
    }
    for edge in list(json, "edges") {
        let (from, to, kind) = (word(edge, "from"), word(edge, "to"), self::edge(edge));
        text += &format!("  {} -> {} [label={}];\n", quoted(from), quoted(to), quoted(kind));
    }
    text + "}\n"
}

/// One text, or all of them.
pub(super) fn strings(json: Value) -> Answer {
    if json.get("catalogs").is_none() {
        let (found, wanted) = (word(&json, "locale"), word(&json, "wanted"));
        let other = if found.is_empty() || found == wanted { String::new() } else { format!("  ({found})") };
        let text = format!("{}{other}", word(&json, "text"));
        return Answer { exit: u8::from(found.is_empty()), json, text };
    }
    let mut rows = Vec::new();
    for catalog in list(&json, "catalogs") {
        let (slug, locale) = (word(catalog, "slug"), word(catalog, "locale"));
        let row =
            |it: &Value| vec![format!("#{}", word(it, "id")), locale.clone(), word(it, "text"), slug.clone()];
        rows.extend(list(catalog, "strings").map(row));
    }
    let text = if rows.is_empty() { "There are no texts.".to_owned() } else { table(&rows) };
    Answer { exit: 0, json, text }
}

/// Ids that something uses and no catalog has. Exit 1 if there are any.
pub(super) fn missing(json: Value) -> Answer {
    let row = |it: &Value| match it.as_object() {
        None => vec![format!("#{}", in_words(it))],
        Some(_) => {
            let instead = word(it, "instead");
            let instead = if instead.is_empty() { instead } else { format!("shown in {instead}") };
            vec![format!("#{}", word(it, "id")), word(it, "slug"), word(it, "pointer"), instead]
        }
    };
    let rows: Vec<Vec<String>> = list(&json, "missing").map(row).collect();
    let text = if rows.is_empty() { "No text is missing.".to_owned() } else { table(&rows) };
    Answer { exit: u8::from(!rows.is_empty()), json, text }
}

/// Entities as a query found them, each with its components below it.
pub(super) fn rows(json: Value) -> Answer {
    let mut text = String::new();
    for row in list(&json, "rows") {
        text += &format!("{}{}\n", word(row, "entity"), made_of(row));
        let component = |(name, values): (&String, &Value)| {
            let fields = values.as_object().into_iter().flatten();
            let fields: Vec<String> = fields.map(|(name, it)| format!("{name}={}", in_words(it))).collect();
            vec![format!("  {name}"), fields.join(" ")]
        };
        let components = row.get("components").and_then(Value::as_object).into_iter().flatten();
        text += &table(&components.map(component).collect::<Vec<_>>());
    }
    if text.is_empty() {
        text = "Nothing fits.".to_owned();
    }
    Answer { exit: 0, json, text }
}

/// The prefab an entity was made of, and what that was made of.
fn made_of(row: &Value) -> String {
    let Some(lineage) = row.get("lineage").filter(|it| it.is_object()) else { return String::new() };
    let parents: Vec<String> = list(lineage, "parents").map(in_words).collect();
    let of = if parents.is_empty() { String::new() } else { format!(" of {}", parents.join(", ")) };
    format!("  from {}@{}{of}", word(lineage, "prefab"), word(lineage, "version"))
}

/// An object, a member a line; lists of words on one line.
pub(super) fn members(json: Value) -> Answer {
    let line = |(key, value): (&String, &Value)| match value {
        Value::Array(items) => vec![key.clone(), items.iter().map(name).collect::<Vec<_>>().join(" ")],
        value => vec![key.clone(), in_words(value)],
    };
    let rows: Vec<Vec<String>> = json.as_object().into_iter().flatten().map(line).collect();
    Answer { exit: 0, text: table(&rows), json }
}

fn name(item: &Value) -> String {
    item.get("name").map_or_else(|| in_words(item), in_words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn entities_are_shown_with_what_they_hold_and_where_they_come_from() {
        let answer = rows(json!({"rows": [
            {"entity": "e42", "components": {"door": {"angle": 30, "open": true}, "lock": {}},
                "lineage": {"prefab": "room/project/prefab/gate", "version": 2, "parents": ["placed@1"]}},
            {"entity": "e43", "components": {"door": {"angle": 0, "open": false}}, "lineage": null},
        ]}));
        expect![[r#"
            e42  from room/project/prefab/gate@2 of placed@1
              door  angle=30 open=true
              lock
            e43
              door  angle=0 open=false
        "#]]
        .assert_eq(&answer.text);
    }
}
