//! `change/rules.md` is documentation and test: every example is executed, and what it shows is what
//! came out.

use std::collections::BTreeMap;

use bowline_schema::change::{LiveFacts, Outcome, Rule, Verdict, WorldFacts, carry, judge};
use bowline_schema::snapshot::Built;
use bowline_schema::{Asking, Component, Entry, Order, RecordKind, Snapshot};
use expect_test::expect_file;
use serde_json::{Map, Value};

const RULES: &str = include_str!("../../src/change/rules.md");

/// One section: its heading, and its fences by what is written behind the three ticks.
pub(crate) struct Section<'a> {
    rule: &'a str,
    fences: BTreeMap<&'a str, &'a str>,
}

fn sections() -> Vec<Section<'static>> {
    RULES.split("\n## ").skip(1).map(section).collect()
}

pub(crate) fn section(text: &'static str) -> Section<'static> {
    let rule = text.lines().next().unwrap_or_default();
    let fences = text.split("\n```").skip(1).step_by(2).filter_map(|it| it.split_once('\n'));
    Section { rule, fences: fences.collect() }
}

impl Section<'_> {
    fn json(&self, fence: &str) -> Map<String, Value> {
        let Some(text) = self.fences.get(fence) else { return Map::new() };
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{} {fence}: {error}", self.rule))
    }
}

/// A world of these records.
fn world(records: &Map<String, Value>) -> Built {
    let entry = |(path, payload): (&String, &Value)| {
        let kind = RecordKind::named(path.split('/').next()?)?;
        Some(Entry { slug: format!("core/{path}"), kind, version: 1, payload: payload.clone() })
    };
    let entries: Vec<Entry> = records.iter().filter_map(entry).collect();
    let names = |it: &Value| -> Vec<String> {
        serde_json::from_value(it.clone()).expect("`order` is a list of names")
    };
    let names = records.get("order").map(names).unwrap_or_default();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let asking = Asking { scopes: Vec::new(), order: Order::named(&names).unwrap_or_default() };
    Snapshot::build(&entries, &asking)
}

fn component(records: &Map<String, Value>, name: &str) -> Option<Component> {
    let slug = format!("component/{name}");
    let payload = records.get(&slug)?;
    Some(Component::parse(&format!("core/{slug}"), 1, payload).0)
}

type Rows = Vec<(String, Map<String, Value>)>;

fn rows(live: &Map<String, Value>, name: &str) -> Rows {
    let rows = live.get(name).and_then(Value::as_object).into_iter().flatten();
    rows.map(|(id, row)| (id.clone(), row.as_object().cloned().unwrap_or_default())).collect()
}

pub(crate) fn judged(section: &Section<'_>) -> (Built, Built, Verdict, String) {
    let (before, live) = (section.json("json before"), section.json("json live"));
    let mut after = before.clone();
    after.extend(section.json("json after"));
    after.retain(|_, payload| !payload.is_null());
    let mut facts = WorldFacts::default();
    for (name, value) in &live {
        if let Some(prefab) = name.strip_prefix("prefab ") {
            facts.prefabs.insert(prefab.to_owned(), value.as_u64().expect("a count of entities"));
            continue;
        }
        let rows = rows(&live, name);
        let old = component(&before, name).expect("what lives was defined before");
        let new = component(&after, name).unwrap_or_else(|| old.clone());
        let rows = rows.iter().map(|(id, row)| (id.as_str(), row));
        facts.components.insert(name.clone(), LiveFacts::measure(&old, &new, rows));
    }
    let (old, new) = (world(&before), world(&after));
    assert_eq!(old.problems, []);
    let verdict = judge(&old, &new, &facts);
    let mut text = verdict.to_string();
    for name in live.keys().filter(|_| verdict.outcome == Outcome::Applied) {
        let (Some(old), Some(new)) = (component(&before, name), component(&after, name)) else { continue };
        for (id, row) in rows(&live, name) {
            text += &format!("{id}: {}\n", Value::Object(carry(&old, &new, &row)));
        }
    }
    (old, new, verdict, text)
}

#[test]
fn every_example_of_the_rules_is_what_happens() {
    let mut shown = RULES.split("\n## ").next().unwrap_or_default().to_owned();
    for text in RULES.split("\n## ").skip(1) {
        let (above, _) = text.split_once("```text verdict\n").expect("every rule shows a verdict");
        let (.., verdict) = judged(&section(text));
        let rule = text.lines().next().unwrap_or_default();
        assert!(verdict.contains(&format!("[{rule}]")), "{rule} is not what its example shows:\n{verdict}");
        shown += &format!("\n## {above}```text verdict\n{verdict}```\n");
    }
    expect_file!["../../src/change/rules.md"].assert_eq(&shown);
}

#[test]
fn every_rule_has_its_example() {
    let sections = sections();
    for rule in Rule::ALL {
        assert!(sections.iter().any(|it| it.rule == rule.name()), "{} has no example", rule.name());
    }
    for section in sections {
        assert!(Rule::ALL.iter().any(|it| it.name() == section.rule), "{} is no rule", section.rule);
    }
}
