//! [`Catalog`]: texts for people by id, for one language; [`text`], which finds one, and
//! [`missing`], which says what cannot be found.

mod missing;

use serde_json::{Value, json};

pub use missing::{Missing, missing};

use crate::problem::{Problem, child};
use crate::reader::{Reader, wrong_type};

/// The language looked in when the wanted one has no text.
pub const LOCALE_DEFAULT: &str = "en";

/// Texts by id, for one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    /// The name of its record.
    pub slug: String,
    /// The version of its record.
    pub version: u32,
    /// `en`, `de-AT`.
    pub locale: String,
    /// Id from 1 → text, by id.
    pub strings: Vec<(u32, String)>,
}

impl Catalog {
    /// Reads `payload`: `{"locale": "en", "strings": [{"id": 1, "text": "Door"}]}`. A list, because
    /// an object with a key twice loses one before anybody can object.
    #[must_use]
    pub fn parse(slug: &str, version: u32, payload: &Value) -> (Catalog, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut reader = Reader::new(payload, "", &mut problems);
        let locale = reader.required_text("locale");
        if !is_locale(&locale) {
            let at = reader.at("locale");
            let problem = Problem::new("bad_locale", at, format!("`{locale}` is no locale"));
            reader.problem(problem.expected("a language, or a language and a region: de, de-AT"));
        }
        let at = reader.at("strings");
        let mut strings: Vec<(u32, String)> = Vec::new();
        for (index, item) in reader.items("strings").iter().enumerate() {
            let Some((id, text)) = read_string(item, &child(&at, index), reader.problems()) else { continue };
            match strings.binary_search_by_key(&id, |it| it.0) {
                Ok(_) => {
                    let at = child(&child(&at, index), "id");
                    reader.problem(Problem::new("duplicate", at, format!("there is a text {id} already")));
                }
                Err(place) => strings.insert(place, (id, text)),
            }
        }
        reader.finish();
        (Catalog { slug: slug.to_owned(), version, locale, strings }, problems)
    }

    /// The payload that reads as this catalog.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        let strings = self.strings.iter().map(|(id, text)| json!({ "id": id, "text": text }));
        json!({ "locale": self.locale, "strings": strings.collect::<Vec<_>>() })
    }

    /// The text with `id`.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&str> {
        let place = self.strings.binary_search_by_key(&id, |it| it.0).ok()?;
        Some(&self.strings[place].1)
    }
}

fn is_locale(locale: &str) -> bool {
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    let part = |it: &str| (2..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric());
    (2..=3).contains(&language.len()) && language.bytes().all(|it| it.is_ascii_lowercase()) && parts.all(part)
}

fn read_string(item: &Value, at: &str, problems: &mut Vec<Problem>) -> Option<(u32, String)> {
    let mut reader = Reader::new(item, at, problems);
    let text = reader.required_text("text");
    let value = reader.required("id");
    let id = value.and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok()).filter(|it| *it > 0);
    if let (Some(value), None) = (value, id) {
        let at = reader.at("id");
        reader.problem(wrong_type(&at, "a whole number from 1 to 4294967295", value));
    }
    reader.finish();
    Some((id?, text))
}

/// A text that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// To be shown; `⟨#123 missing⟩` if there is none.
    pub text: String,
    /// The locale it is in; `None` if there is no text in any that was looked in.
    pub locale: Option<String>,
}

/// The text `id` in `locale`, from `catalogs` (nearest scope first). The wanted locale counts more than
/// the nearer scope; then its language, then English.
#[must_use]
pub fn text(catalogs: &[Catalog], id: u32, locale: &str) -> Found {
    let language = locale.split('-').next().unwrap_or(locale);
    for wanted in [locale, language, LOCALE_DEFAULT] {
        let found = catalogs.iter().filter(|it| it.locale == wanted).find_map(|it| it.get(id));
        if let Some(text) = found {
            return Found { text: text.to_owned(), locale: Some(wanted.to_owned()) };
        }
    }
    Found { text: format!("⟨#{id} missing⟩"), locale: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn catalog(payload: Value) -> Catalog {
        let (catalog, problems) = Catalog::parse("core/strings/ui", 1, &payload);
        assert_eq!(problems, []);
        catalog
    }

    #[test]
    fn the_wanted_language_then_english_then_a_mark() {
        let room = catalog(json!({"locale": "en", "strings": [{"id": 1, "text": "Gate"}]}));
        let core = catalog(
            json!({"locale": "en", "strings": [{"id": 1, "text": "Door"}, {"id": 2, "text": "Window"}]}),
        );
        let german = catalog(json!({"locale": "de", "strings": [{"id": 2, "text": "Fenster"}]}));
        let all = [room, core, german];
        let look = |id, locale| text(&all, id, locale).text;
        assert_eq!(look(1, "de-AT"), "Gate", "no German: English, the room's before the product's");
        assert_eq!(look(2, "de-AT"), "Fenster");
        assert_eq!(look(2, "fr"), "Window");
        assert_eq!(look(3, "de"), "⟨#3 missing⟩");
        assert_eq!(text(&all, 3, "de").locale, None);
    }

    #[test]
    fn two_texts_with_one_id_are_refused_and_so_is_half_a_text() {
        let payload = json!({"locale": "English", "strings": [
            {"id": 1, "text": "a"}, {"id": 1, "text": "b"}, {"id": 0, "text": "c"}, {"id": 2}, 7,
        ], "string": []});
        let (catalog, problems) = Catalog::parse("core/strings/ui", 1, &payload);
        assert_eq!(catalog.strings, [(1, "a".to_owned()), (2, String::new())]);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        expect![[r#"
            error[bad_locale] at /locale: `English` is no locale
              expected: a language, or a language and a region: de, de-AT
            error[duplicate] at /strings/1/id: there is a text 1 already
            error[wrong_type] at /strings/2/id: this is 0
              expected: a whole number from 1 to 4294967295
            error[missing] at /strings/3: `text` is missing
            error[wrong_type] at /strings/4: this is 7
              expected: an object
            error[unknown_key] at /string: `string` means nothing here
              expected: locale, strings
              help: did you mean `strings`?"#]]
        .assert_eq(&shown.join("\n"));
    }
}
