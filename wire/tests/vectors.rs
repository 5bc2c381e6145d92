//! Byte vectors made with msgpackr itself: each decodes to the value it was made of, and each is
//! what our encoder writes for that value.

#![expect(clippy::unwrap_used, reason = "in a helper of a test a panic is a failed test too")]

use bowline_wire::msgpackr::{decode, encode};
use bowline_wire::{Json, Value};

const VECTORS: &str = include_str!("../../fixtures/wire/msgpackr-vectors.json");

/// Vectors in which one JavaScript object occurs twice. A `Value` is a tree, so we read these and
/// do not write them.
const SHARED: [&str; 2] = ["shared reference", "shared array"];

fn vectors() -> Vec<(String, Value, Vec<u8>)> {
    let file: Json = serde_json::from_str(VECTORS).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let name = |it: &Json| it["name"].as_str().unwrap().to_owned();
    vectors.iter().map(|it| (name(it), made_of(&it["value"]), bytes(it["hex"].as_str().unwrap()))).collect()
}

/// JSON cannot say undefined, so the vectors spell it as a word.
fn made_of(json: &Json) -> Value {
    match json {
        Json::String(text) if text == "__undefined__" => Value::Undefined,
        Json::Array(items) => Value::Array(items.iter().map(made_of).collect()),
        Json::Object(entries) => {
            Value::Object(entries.iter().map(|(key, it)| (key.clone(), made_of(it))).collect())
        }
        other => Value::from(other),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_vector_decodes_to_its_value() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 27);
    for (name, value, bytes) in vectors {
        assert_eq!(decode(&bytes).as_ref(), Ok(&value), "{name}");
    }
}

#[test]
fn every_vector_without_sharing_is_what_we_write() {
    for (name, value, bytes) in vectors() {
        if !SHARED.contains(&name.as_str()) {
            assert_eq!(encode(&value), bytes, "{name}");
        }
    }
}
