//! [`Record`]: a stored definition, and everything that makes it worth trusting.
//!
//! A record is *not* a world row. It is a definition with an author, a version and a checksum, named
//! by a published grammar, and checked before anything keeps it. A row (see [`crate::batch`]) is
//! whatever JSON a running world holds under whatever id a client chose; the world, not the store,
//! says what it means. The dates are kept for people; nothing here ever expires.

use std::fmt;
use std::str::FromStr;

use bowline_model::Digest;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::canonical::{NotCanonical, canonical_json};
use crate::slug::{BadSlug, Scope, Slug};
use crate::timestamp::is_timestamp;

/// A stored definition. Its JSON has exactly these eight keys, in camelCase.
///
/// The fields are open to read and to build from; no backend ever keeps one that does not pass
/// [`Record::check`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its name.
    pub slug: Slug,
    /// What the payload is.
    pub kind: Kind,
    /// The version its author gave it, from 1.
    pub version: u32,
    /// Whose it is: always the scope of the slug.
    pub scope: Scope,
    /// RFC 3339, UTC, milliseconds: `2026-01-31T09:30:00.000Z`. The caller reads the clock.
    pub created_at: String,
    /// The same form, never before `created_at`.
    pub updated_at: String,
    /// The definition itself.
    pub payload: Value,
    /// [`checksum`] of the payload.
    pub checksum: String,
}

/// What can be stored. Closed: the store is not a general key/value store, a log or a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The fields of a component.
    Component,
    /// Entities to stamp out together.
    Prefab,
    /// A script that runs for a whole world.
    System,
    /// Texts by key, for one language.
    Strings,
    /// How an engine or a user wants things.
    Profile,
    /// A whole world, as one value.
    World,
}

impl Kind {
    /// Every kind, in the order of their names in documentation.
    pub const ALL: [Kind; 6] =
        [Kind::Component, Kind::Prefab, Kind::System, Kind::Strings, Kind::Profile, Kind::World];

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Component => "component",
            Kind::Prefab => "prefab",
            Kind::System => "system",
            Kind::Strings => "strings",
            Kind::Profile => "profile",
            Kind::World => "world",
        }
    }
}

/// A word that names no [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind; there are component, prefab, system, strings, profile and world")]
pub struct UnknownKind(pub String);

/// Why something is no record. The words are the same whichever backend was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Not a JSON object.
    #[error("a record is a JSON object")]
    NotAnObject,
    /// One of the eight keys is absent.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A ninth key.
    #[error("`{0}` is no field of a record")]
    UnknownField(String),
    /// A value of the wrong JSON type.
    #[error("`{field}` must be {expected}")]
    WrongType {
        /// The key.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The slug breaks the grammar.
    #[error(transparent)]
    Slug(#[from] BadSlug),
    /// The kind is none of the six.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// The scope is not the slug's.
    #[error("`scope` is `{found}`, but the slug is in `{expected}`")]
    Scope {
        /// What the record says.
        found: String,
        /// What its slug says.
        expected: Scope,
    },
    /// A date that is not RFC 3339 UTC with milliseconds, or not in the calendar.
    #[error("`{field}` is `{found}`; write a UTC date like 2026-01-31T09:30:00.000Z")]
    Timestamp {
        /// The key.
        field: &'static str,
        /// What it holds.
        found: String,
    },
    /// Updated before it was created.
    #[error("`updatedAt` {updated_at} is before `createdAt` {created_at}")]
    Backwards {
        /// As in the record.
        created_at: String,
        /// As in the record.
        updated_at: String,
    },
    /// The payload has no canonical form, so no checksum.
    #[error("the payload cannot be kept: {0}")]
    Payload(#[from] NotCanonical),
    /// The payload is not what the checksum was made of.
    #[error("`checksum` is `{found}`, but the payload has `{expected}`")]
    Checksum {
        /// What the record says.
        found: String,
        /// What the payload says.
        expected: String,
    },
}

const VERSION: BadRecord =
    BadRecord::WrongType { field: "version", expected: "a whole number from 1 to 4294967295" };

/// `sha256:` and the lower-case hex of the sha256 of the payload's canonical JSON, whose form
/// [`bowline_model::canonical`] describes for outside scripts.
///
/// # Errors
/// If the payload has no canonical form.
pub fn checksum(payload: &Value) -> Result<String, NotCanonical> {
    Ok(format!("sha256:{}", Digest::of(canonical_json(payload)?.as_bytes())))
}

impl Record {
    /// The first version of a record, created at `now` (RFC 3339, UTC, milliseconds).
    ///
    /// # Errors
    /// If `now` is no such date, or the payload cannot be kept.
    pub fn new(slug: Slug, kind: Kind, payload: Value, now: &str) -> Result<Record, BadRecord> {
        let (scope, checksum) = (slug.scope(), checksum(&payload)?);
        let (created_at, updated_at) = (now.to_owned(), now.to_owned());
        let record = Record { slug, kind, version: 1, scope, created_at, updated_at, payload, checksum };
        record.check()?;
        Ok(record)
    }

    /// The next version of this record, with another payload, updated at `now`.
    ///
    /// # Errors
    /// As [`Record::new`]; also if `now` is before the record was created, or versions ran out.
    pub fn next(&self, payload: Value, now: &str) -> Result<Record, BadRecord> {
        let version = self.version.checked_add(1).ok_or(VERSION)?;
        let (checksum, updated_at) = (checksum(&payload)?, now.to_owned());
        let record = Record { version, checksum, updated_at, payload, ..self.clone() };
        record.check()?;
        Ok(record)
    }

    /// Whether every promise of a record holds. Backends need not ask: nothing reaches them unchecked.
    ///
    /// # Errors
    /// The first promise that is broken.
    pub fn check(&self) -> Result<(), BadRecord> {
        if self.version == 0 {
            return Err(VERSION);
        }
        if self.scope != self.slug.scope() {
            return Err(BadRecord::Scope { found: self.scope.to_string(), expected: self.slug.scope() });
        }
        for (field, date) in [("createdAt", &self.created_at), ("updatedAt", &self.updated_at)] {
            if !is_timestamp(date) {
                return Err(BadRecord::Timestamp { field, found: date.clone() });
            }
        }
        // One form of fixed width: the order of the texts is the order of the times.
        if self.updated_at < self.created_at {
            let (created_at, updated_at) = (self.created_at.clone(), self.updated_at.clone());
            return Err(BadRecord::Backwards { created_at, updated_at });
        }
        let expected = checksum(&self.payload)?;
        if self.checksum != expected {
            return Err(BadRecord::Checksum { found: self.checksum.clone(), expected });
        }
        Ok(())
    }

    /// The record that `json` is, checked. Nothing is filled in: a missing date or checksum is an
    /// error, because a store that invents them cannot be believed about the others.
    ///
    /// # Errors
    /// The first thing that is missing, unknown or wrong.
    pub fn from_json(json: Value) -> Result<Record, BadRecord> {
        let Value::Object(mut map) = json else { return Err(BadRecord::NotAnObject) };
        let slug = Slug::parse(&text(&mut map, "slug")?)?;
        let kind = text(&mut map, "kind")?.parse()?;
        let version = take(&mut map, "version")?.as_u64().and_then(|it| u32::try_from(it).ok());
        let scope = text(&mut map, "scope")?;
        let record = Record {
            scope: slug.scope(),
            slug,
            kind,
            version: version.ok_or(VERSION)?,
            created_at: text(&mut map, "createdAt")?,
            updated_at: text(&mut map, "updatedAt")?,
            payload: take(&mut map, "payload")?,
            checksum: text(&mut map, "checksum")?,
        };
        if let Some(key) = map.keys().next() {
            return Err(BadRecord::UnknownField(key.clone()));
        }
        if scope != record.scope.to_string() {
            return Err(BadRecord::Scope { found: scope, expected: record.scope });
        }
        record.check()?;
        Ok(record)
    }

    /// The record as JSON, with its eight keys.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a record has string keys only")
    }
}

fn take(map: &mut Map<String, Value>, field: &'static str) -> Result<Value, BadRecord> {
    map.shift_remove(field).ok_or(BadRecord::Missing(field))
}

fn text(map: &mut Map<String, Value>, field: &'static str) -> Result<String, BadRecord> {
    match take(map, field)? {
        Value::String(text) => Ok(text),
        _ => Err(BadRecord::WrongType { field, expected: "a string" }),
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Kind, UnknownKind> {
        Kind::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn door() -> Value {
        let payload = json!({ "open": true, "angle": 90.0, "label": "Tür", "at": [0, -1.5, 2e3] });
        let slug = Slug::parse("room/r1/prefab/door").unwrap();
        Record::new(slug, Kind::Prefab, payload, "2026-01-31T09:30:00.000Z").unwrap().to_json()
    }

    #[test]
    fn a_record_has_exactly_eight_keys() {
        expect![[r#"
            {
              "slug": "room/r1/prefab/door",
              "kind": "prefab",
              "version": 1,
              "scope": "room/r1",
              "createdAt": "2026-01-31T09:30:00.000Z",
              "updatedAt": "2026-01-31T09:30:00.000Z",
              "payload": {
                "open": true,
                "angle": 90.0,
                "label": "Tür",
                "at": [
                  0,
                  -1.5,
                  2000.0
                ]
              },
              "checksum": "sha256:2c3823564b9ff908864c86fd623d2bd748d276cd55e717916e8f366e3842c2b6"
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&door()).unwrap());
        assert_eq!(Record::from_json(door()).unwrap().to_json(), door());
    }

    /// The documented form, built a second time from nothing but its description.
    fn independent_form(value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let sorted: BTreeMap<Vec<char>, &Value> =
                    map.iter().map(|(key, value)| (key.chars().collect(), value)).collect();
                let pairs: Vec<String> = sorted
                    .into_iter()
                    .map(|(key, value)| {
                        let key: String = key.into_iter().collect();
                        format!("{}:{}", json!(key), independent_form(value))
                    })
                    .collect();
                format!("{{{}}}", pairs.join(","))
            }
            Value::Array(items) => {
                format!("[{}]", items.iter().map(independent_form).collect::<Vec<_>>().join(","))
            }
            // Rust's `{}` agrees with JavaScript between 1e-6 and 1e21.
            Value::Number(number) => format!("{}", number.as_f64().unwrap() + 0.0),
            other => other.to_string(),
        }
    }

    fn payloads() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            (1e-6..1e15).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_outside_script_computes_the_same_checksum(payload in payloads()) {
            let outside = format!("sha256:{}", Digest::of(independent_form(&payload).as_bytes()));
            prop_assert_eq!(checksum(&payload).unwrap(), outside);
        }

        #[test]
        fn neither_key_order_nor_a_trip_through_text_changes_a_checksum(payload in payloads()) {
            let text = serde_json::to_string(&payload).unwrap();
            let again: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(checksum(&again), checksum(&payload));
            if let Value::Object(map) = &payload {
                let reversed: Map<String, Value> = map.clone().into_iter().rev().collect();
                prop_assert_eq!(checksum(&Value::Object(reversed)), checksum(&payload));
            }
        }

        #[test]
        fn no_json_panics_the_reader(json in payloads()) {
            let mut record = door();
            for key in ["slug", "kind", "version", "scope", "createdAt", "updatedAt", "checksum"] {
                record[key] = json.clone();
                prop_assert!(Record::from_json(record.clone()).is_err());
            }
            prop_assert!(Record::from_json(json).is_err());
        }
    }

    fn check(edits: &[(&str, Option<Value>)], expect: Expect) {
        let lines: Vec<String> = edits
            .iter()
            .map(|(key, edit)| {
                let mut json = door();
                let map = json.as_object_mut().unwrap();
                match edit {
                    Some(value) => map.insert((*key).to_owned(), value.clone()),
                    None => map.shift_remove(*key),
                };
                match Record::from_json(json) {
                    Ok(_) => format!("{key}: kept\n"),
                    Err(bad) => format!("{key}: {bad}\n"),
                }
            })
            .collect();
        expect.assert_eq(&lines.concat());
    }

    #[test]
    fn every_broken_promise_has_its_words() {
        let keys = ["slug", "kind", "version", "scope", "createdAt", "updatedAt", "payload", "checksum"];
        let missing: Vec<_> = keys.iter().map(|key| (*key, None)).collect();
        check(
            &missing,
            expect![[r#"
            slug: `slug` is missing
            kind: `kind` is missing
            version: `version` is missing
            scope: `scope` is missing
            createdAt: `createdAt` is missing
            updatedAt: `updatedAt` is missing
            payload: `payload` is missing
            checksum: `checksum` is missing
        "#]],
        );
        check(
            &[
                ("slug", Some(json!("Room/door"))),
                ("slug", Some(json!(7))),
                ("kind", Some(json!("log"))),
                ("version", Some(json!(0))),
                ("version", Some(json!("1"))),
                ("version", Some(json!(-1))),
                ("version", Some(json!(1.5))),
                ("version", Some(json!(4_294_967_296_u64))),
                ("scope", Some(json!("core"))),
                ("scope", Some(json!("room/r2"))),
                ("createdAt", Some(json!("2026-01-31"))),
                ("createdAt", Some(json!("2026-02-01T00:00:00.000Z"))),
                ("updatedAt", Some(json!("2026-01-31T09:30:00Z"))),
                ("payload", Some(json!({ "open": false }))),
                ("payload", Some(json!([u64::MAX]))),
                ("checksum", Some(json!("sha256:00"))),
                ("ttl", Some(json!(60))),
            ],
            expect![[r#"
                slug: `Room/door` starts with no scope; begin with core/, user/<name>/, group/<name>/ or room/<name>/
                slug: `slug` must be a string
                kind: `log` is no kind; there are component, prefab, system, strings, profile and world
                version: `version` must be a whole number from 1 to 4294967295
                version: `version` must be a whole number from 1 to 4294967295
                version: `version` must be a whole number from 1 to 4294967295
                version: `version` must be a whole number from 1 to 4294967295
                version: `version` must be a whole number from 1 to 4294967295
                scope: `scope` is `core`, but the slug is in `room/r1`
                scope: `scope` is `room/r2`, but the slug is in `room/r1`
                createdAt: `createdAt` is `2026-01-31`; write a UTC date like 2026-01-31T09:30:00.000Z
                createdAt: `updatedAt` 2026-01-31T09:30:00.000Z is before `createdAt` 2026-02-01T00:00:00.000Z
                updatedAt: `updatedAt` is `2026-01-31T09:30:00Z`; write a UTC date like 2026-01-31T09:30:00.000Z
                payload: `checksum` is `sha256:2c3823564b9ff908864c86fd623d2bd748d276cd55e717916e8f366e3842c2b6`, but the payload has `sha256:5cbc2772c1f9aa12971f6f5c6a7ef7d53788f163971d944b5b47c2e267d4ce89`
                payload: the payload cannot be kept: the number 18446744073709551615 is not exact in JavaScript; write it as a string
                checksum: `checksum` is `sha256:00`, but the payload has `sha256:2c3823564b9ff908864c86fd623d2bd748d276cd55e717916e8f366e3842c2b6`
                ttl: `ttl` is no field of a record
            "#]],
        );
        expect!["a record is a JSON object"]
            .assert_eq(&Record::from_json(json!([])).unwrap_err().to_string());
    }

    #[test]
    fn the_next_version_keeps_the_name_and_the_birthday() {
        let first = Record::from_json(door()).unwrap();
        let next = first.next(json!({}), "2026-02-01T00:00:00.000Z").unwrap();
        assert_eq!((next.version, &next.slug, &next.created_at), (2, &first.slug, &first.created_at));
        assert!(first.next(json!({}), "2025-01-01T00:00:00.000Z").is_err());
    }
}
