//! [`missing`]: which texts a snapshot names that no catalog has, or not in the wanted language.

use serde::Serialize;
use serde_json::Value;

use crate::field::Field;
use crate::kind::Kind;
use crate::problem::child;
use crate::snapshot::Snapshot;
use crate::words::Words;

/// A place that names a text which is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The id of the text.
    pub id: u32,
    /// The record that names it.
    pub slug: String,
    /// Where in its payload.
    pub pointer: String,
    /// The locale that is shown instead; `None` if there is no text at all.
    pub instead: Option<String>,
}

/// Every text that `snapshot` names and no catalog has in `locale`, by record and place. A text in the
/// language of `locale` counts as there: `de` will do for `de-AT`.
#[must_use]
pub fn missing(snapshot: &Snapshot, locale: &str) -> Vec<Missing> {
    let mut named = Named { found: Vec::new(), slug: "" };
    for it in snapshot.components() {
        named.slug = &it.slug;
        named.words("/label", it.label.as_ref());
        named.words("/doc", it.doc.as_ref());
        named.fields("/fields", &it.fields);
    }
    for it in snapshot.prefabs() {
        named.slug = &it.slug;
        named.words("/label", it.label.as_ref());
        named.words("/doc", it.doc.as_ref());
        for (name, values) in &it.components {
            let Ok(component) = snapshot.component(name) else { continue };
            let at = child("/components", name);
            for (field, value) in values {
                if let Some(known) = component.field(field) {
                    named.value(&child(&at, field), value, &known.kind);
                }
            }
        }
    }
    for it in snapshot.systems() {
        named.slug = &it.slug;
        named.words("/doc", it.doc.as_ref());
    }
    let language = locale.split('-').next().unwrap_or(locale);
    let found = named.found.into_iter().filter_map(|(slug, pointer, id)| {
        let instead = snapshot.text(id, locale).locale;
        let there = instead.as_deref().is_some_and(|it| it == locale || it == language);
        (!there).then_some(Missing { id, slug, pointer, instead })
    });
    found.collect()
}

/// Ids, each with its record and place.
struct Named<'a> {
    found: Vec<(String, String, u32)>,
    slug: &'a str,
}

impl Named<'_> {
    fn add(&mut self, at: &str, id: u32) {
        self.found.push((self.slug.to_owned(), at.to_owned(), id));
    }

    fn words(&mut self, at: &str, words: Option<&Words>) {
        if let Some(Words::Id(id)) = words {
            self.add(at, *id);
        }
    }

    fn fields(&mut self, at: &str, fields: &[Field]) {
        for (index, field) in fields.iter().enumerate() {
            let at = child(at, index);
            self.words(&child(&at, "label"), field.label.as_ref());
            self.words(&child(&at, "doc"), field.doc.as_ref());
            if let Some(default) = &field.default {
                self.value(&child(&at, "default"), default, &field.kind);
            }
            self.kind(&child(&at, "kind"), &field.kind);
        }
    }

    fn kind(&mut self, at: &str, kind: &Kind) {
        match kind {
            Kind::List { of, .. } => self.kind(&child(at, "list"), of),
            Kind::Struct { fields } => self.fields(&child(at, "struct"), fields),
            _ => (),
        }
    }

    fn value(&mut self, at: &str, value: &Value, kind: &Kind) {
        match (kind, value) {
            (Kind::StringId, value) => {
                let id = value.as_u64().and_then(|it| u32::try_from(it).ok());
                // 0 is no text, and that is fine.
                id.filter(|it| *it > 0).into_iter().for_each(|it| self.add(at, it));
            }
            (Kind::List { of, .. }, Value::Array(items)) => {
                let numbered = items.iter().enumerate();
                numbered.for_each(|(index, it)| self.value(&child(at, index), it, of));
            }
            (Kind::Struct { fields }, Value::Object(parts)) => {
                for field in fields {
                    if let Some(part) = parts.get(&field.name) {
                        self.value(&child(at, &field.name), part, &field.kind);
                    }
                }
            }
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::missing;
    use crate::{Asking, Entry, RecordKind, Snapshot};
    use expect_test::expect;
    use serde_json::{Value, json};

    #[test]
    fn texts_that_are_not_there_are_listed_with_their_place_and_what_is_shown_instead() {
        let entry =
            |slug: &str, kind, payload: Value| Entry { slug: slug.to_owned(), kind, version: 1, payload };
        let component = json!({"label": 1, "doc": "as it is", "fields": [
            {"name": "title", "kind": "string-id", "default": 2, "label": 3},
            {"name": "rows", "kind": {"list": {"struct": [{"name": "text", "kind": "string-id", "doc": 9}]}},
             "default": [{"text": 0}, {"text": 7}]},
        ]});
        let prefab = json!({"label": 1, "components": {"sign": {"title": 8, "rows": [{"text": 4}]}}});
        let english = json!({"locale": "en", "strings": [
            {"id": 1, "text": "Sign"}, {"id": 2, "text": "Hello"}, {"id": 3, "text": "Title"}, {"id": 4, "text": "Row"}]});
        let german = json!({"locale": "de", "strings": [{"id": 1, "text": "Schild"}]});
        let entries = [
            entry("core/component/sign", RecordKind::Component, component),
            entry("core/prefab/sign", RecordKind::Prefab, prefab),
            entry("core/strings/en", RecordKind::Strings, english),
            entry("core/strings/de", RecordKind::Strings, german),
        ];
        let built = Snapshot::build(&entries, &Asking::default());
        assert_eq!(built.problems, []);
        let show = |locale| -> String {
            let missing = missing(&built.snapshot, locale).into_iter();
            let line = |it: super::Missing| {
                format!(
                    "{} {}{} -> {}\n",
                    it.id,
                    it.slug,
                    it.pointer,
                    it.instead.as_deref().unwrap_or("nothing")
                )
            };
            missing.map(line).collect()
        };
        expect![[r#"
            7 core/component/sign/fields/1/default/1/text -> nothing
            9 core/component/sign/fields/1/kind/list/struct/0/doc -> nothing
            8 core/prefab/sign/components/sign/title -> nothing
        "#]]
        .assert_eq(&show("en"));
        expect![[r#"
            3 core/component/sign/fields/0/label -> en
            2 core/component/sign/fields/0/default -> en
            7 core/component/sign/fields/1/default/1/text -> nothing
            9 core/component/sign/fields/1/kind/list/struct/0/doc -> nothing
            8 core/prefab/sign/components/sign/title -> nothing
            4 core/prefab/sign/components/sign/rows/0/text -> en
        "#]]
        .assert_eq(&show("de-AT"));
    }
}
