//! Random values survive the wire; random bytes cannot hurt the reader.

use bowline_wire::msgpackr::{DecodeError, decode, encode};
use bowline_wire::{Dialect, FromClient, FromServer, Value};
use proptest::prelude::*;

/// Few keys, so that shapes recur and sometimes exceed 64.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-f]{0,2}", 1 => ".{0,40}"]
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-300i64..300).prop_map(Value::Int),
        (-(1i64 << 53)..=1 << 53).prop_map(Value::Int),
        any::<f64>().prop_filter("NaN is not equal to itself", |it| !it.is_nan()).prop_map(Value::number),
        ".{0,300}".prop_map(Value::Str),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
        proptest::option::of(-8_640_000_000_000_000i64..=8_640_000_000_000_000).prop_map(Value::Date),
        (proptest::sample::select(&b"Btx"[..]), proptest::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(kind, bytes)| Value::Ext { kind, bytes }),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(5, 200, 80, |inner| {
        let items = || proptest::collection::vec(inner.clone(), 0..20);
        prop_oneof![
            items().prop_map(Value::Array),
            proptest::collection::vec((key(), inner.clone()), 0..20).prop_map(Value::Object),
            proptest::collection::vec((key(), Just(Value::Null)), 0..90).prop_map(|entries| {
                Value::Array(entries.into_iter().map(|entry| Value::Object(vec![entry])).collect())
            }),
            proptest::collection::vec((inner.clone(), inner.clone()), 0..5).prop_map(Value::Map),
            items().prop_map(Value::Set),
            items().prop_map(Value::Error),
        ]
    })
}

/// Bytes that look like messages more often than chance.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        &[0x92],
        &[0xd4, b'r', 0x40],
        &[0x91, 0xa1, b'k'],
        &[0x40],
        &[0xd6, b'i', 0, 0, 0, 1],
        &[0xd6, b'p', 0, 0, 0, 1],
        &[0xdd, 0, 0xff, 0xff, 0xff],
        &[0xdf, 0, 0, 0xff, 0xff],
        &[0xdb, 0, 0, 1, 0],
        &[0xd4, b's', 0],
        &[0xc7, 12, 0xff],
    ];
    let piece = prop_oneof![
        proptest::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// The memory of a value, its spare capacity included.
fn memory(value: &Value) -> usize {
    let sum = |items: &Vec<Value>| items.iter().map(memory).sum::<usize>();
    let spare = |capacity: usize, len: usize| (capacity - len) * size_of::<Value>();
    size_of::<Value>()
        + match value {
            Value::Str(text) => text.capacity(),
            Value::Bytes(bytes) | Value::Ext { bytes, .. } => bytes.capacity(),
            Value::Array(items) | Value::Set(items) | Value::Error(items) => {
                sum(items) + spare(items.capacity(), items.len())
            }
            Value::Object(entries) => {
                let keys: usize = entries.iter().map(|(key, it)| 24 + key.capacity() + memory(it)).sum();
                keys + 2 * spare(entries.capacity(), entries.len())
            }
            Value::Map(entries) => {
                let both: usize = entries.iter().map(|(key, it)| memory(key) + memory(it)).sum();
                both + 2 * spare(entries.capacity(), entries.len())
            }
            _ => 0,
        }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_come_back_as_they_went(value in value()) {
        prop_assert_eq!(decode(&encode(&value)), Ok(value));
    }

    #[test]
    fn json_comes_back_as_it_went(value in value()) {
        let json = value.to_json();
        prop_assert_eq!(Value::from(&json).to_json(), json);
    }

    #[test]
    fn hostile_bytes_neither_panic_nor_fill_memory(bytes in hostile()) {
        if let Ok(value) = decode(&bytes) {
            prop_assert!(memory(&value) < 100 * bytes.len() + (2 << 20));
        }
    }

    #[test]
    fn damaged_frames_neither_panic_nor_hang(value in value(), at: prop::sample::Index, byte: u8) {
        let mut bytes = encode(&value);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [&bytes[..], &bytes[..at]] {
            for dialect in [Dialect::Main, Dialect::Dev] {
                let _ = FromClient::decode(dialect, bytes);
                let _ = FromServer::decode(dialect, bytes);
            }
        }
    }
}

#[test]
fn deep_nesting_is_refused_before_the_stack_is() {
    let nested = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
    assert!(decode(&nested(127)).is_ok());
    assert_eq!(decode(&nested(128)), Err(DecodeError::TooDeep));
    assert_eq!(decode(&nested(1_000_000)), Err(DecodeError::TooDeep));
    assert_eq!(decode(&[0x81; 1_000_000]), Err(DecodeError::TooDeep));
}

/// Each line doubles the one before: `[[1, 1], …]` by reference.
#[test]
fn references_cannot_multiply_without_bound() {
    let mut bytes = vec![0xdc, 0, 40];
    for number in 0..40u8 {
        bytes.extend([0xd6, b'i', 0, 0, 0, number, 0x92]);
        for _ in 0..2 {
            match number.checked_sub(1) {
                Some(before) => bytes.extend([0xd6, b'p', 0, 0, 0, before]),
                None => bytes.push(1),
            }
        }
    }
    assert_eq!(decode(&bytes), Err(DecodeError::TooMuchSharing));
}

#[test]
fn references_cannot_build_depth_without_bound() {
    let mut bytes = vec![0xdc, 0, 20];
    for number in 0..20u8 {
        bytes.extend([0xd6, b'i', 0, 0, 0, number]);
        bytes.extend([0x91; 100]);
        match number.checked_sub(1) {
            Some(before) => bytes.extend([0xd6, b'p', 0, 0, 0, before]),
            None => bytes.push(1),
        }
    }
    assert_eq!(decode(&bytes), Err(DecodeError::TooDeep));
}

/// A key of a megabyte, then thousands of two-byte objects that have it.
#[test]
fn long_keys_cannot_be_repeated_without_bound() {
    let mut bytes = vec![0xdc, 0xff, 0xff, 0xd4, b'r', 0x40, 0x91, 0xdb, 0, 0x10, 0, 0];
    bytes.extend(vec![b'k'; 0x10_0000]);
    bytes.push(1);
    bytes.extend([0x40, 1].repeat(0xfffe));
    assert_eq!(decode(&bytes), Err(DecodeError::TooMuchSharing));
}

#[test]
fn what_cannot_be_read_says_why() {
    for (bytes, expected) in [
        (&b"\xd6i\0\0\0\x01\x91\xd6p\0\0\0\x01"[..], DecodeError::Cycle(1)),
        (b"\xd6p\0\0\0\x07", DecodeError::DanglingReference(7)),
        (b"\xd4r\x40\xc0", DecodeError::BadRecord),
        (b"\xd4r\x20\x90", DecodeError::BadRecord),
        (b"\xd4r\x40\x91\xc0\xc0", DecodeError::BadRecord),
        (b"\xd4s\0\xc0", DecodeError::BadCollection),
        (b"\xd4\x11\0", DecodeError::UnknownExtension(0x11)),
        (b"\xdd\xff\xff\xff\xff", DecodeError::Truncated),
        (b"", DecodeError::Truncated),
    ] {
        assert_eq!(decode(bytes), Err(expected));
    }
}

#[test]
fn what_other_encoders_write_is_read() {
    let object = Value::object([("a", Value::Int(1))]);
    for (bytes, expected) in [
        (&b"\x92\xd4r\x40\x91\xa1a\x01\xd4r\x40\x91\xa1a\x01"[..], Value::Array(vec![object.clone(); 2])),
        (b"\xcf\0\0\0\0\0\0\0\x05", Value::Int(5)),
        (b"\xd3\xff\xff\xff\xff\xff\xff\xff\xff", Value::Int(-1)),
        (b"\xca\x3f\0\0\0", Value::Float(0.5)),
        (b"\xcb\x41\xf0\0\0\0\0\0\0", Value::Int(1 << 32)),
        (b"\x64", Value::Int(100)),
        (b"\xa2\xff\x61", Value::Str("\u{fffd}a".to_owned())),
        (b"\x81\xa1a\x01", Value::Map(vec![("a".into(), Value::Int(1))])),
        (b"\xd6\xff\0\0\0\x01", Value::Date(Some(1000))),
        (b"\xd4\xff\xff", Value::Date(None)),
    ] {
        assert_eq!(decode(bytes), Ok(expected));
    }
}
