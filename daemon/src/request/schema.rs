//! Definitions as people read them, whether they come from files or from a world.

use bowline_schema::emit::{Language, emit};
use bowline_schema::strings::LOCALE_DEFAULT;
use bowline_schema::{Component, Snapshot};
use serde_json::{Value, json};

use crate::ask::Answer;
use crate::report::{Blame, Report};

/// One component with its fields. `origin` says where it comes from.
pub(crate) fn show(
    snapshot: &Snapshot,
    name: &str,
    origin: impl Fn(&Component) -> String,
) -> Result<Answer, Report> {
    let component = snapshot.component(name).map_err(|problem| {
        let report = Report::new(Blame::User, problem.code, &problem.message);
        match &problem.help {
            Some(help) => report.help(help),
            None => report.help("bowline schema list shows them all"),
        }
    })?;
    let payload = component.to_payload();
    let mut text = format!("{} ({})\n", component.name(), origin(component));
    for field in payload.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let word = |key: &str| field.get(key).map_or(String::new(), in_words);
        let words = field.get("doc").map_or_else(String::new, |it| doc(snapshot, it));
        text += &format!("  {:<20} {:<12} {:<12} {}\n", word("name"), word("kind"), word("default"), words);
    }
    Ok(Answer {
        exit: 0,
        json: json!({"slug": component.slug, "version": component.version, "payload": payload}),
        text,
    })
}

/// What a person reads of a `doc`: one that is a number is looked up.
pub(crate) fn doc(snapshot: &Snapshot, doc: &Value) -> String {
    let id = doc.as_u64().and_then(|it| u32::try_from(it).ok());
    id.map_or_else(|| in_words(doc), |it| snapshot.text(it, LOCALE_DEFAULT).text)
}

/// Plain text as it is, the variants of an enum as a choice, anything else as JSON.
fn in_words(value: &Value) -> String {
    let variants = value.get("enum").and_then(Value::as_array);
    match (value.as_str(), variants) {
        (Some(text), _) => text.to_owned(),
        (None, Some(variants)) => variants.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        (None, None) => value.to_string(),
    }
}

/// All of them, in another language.
pub(crate) fn emitted(snapshot: &Snapshot, language: &str) -> Result<Answer, Report> {
    let Some(language) = Language::named(language) else {
        let known: Vec<&str> = Language::ALL.iter().map(|it| it.name()).collect();
        let what = format!("`{language}` is no language of projections");
        return Err(
            Report::new(Blame::Usage, "unknown_language", what).help(format!("one of {}", known.join(", ")))
        );
    };
    let text = emit(snapshot, language);
    let hash = snapshot.hash().to_string();
    Ok(Answer { exit: 0, json: json!({"language": language.name(), "hash": hash, "text": text}), text })
}
