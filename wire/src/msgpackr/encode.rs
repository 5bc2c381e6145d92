//! Writes a message, byte for byte as msgpackr does for the same value.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{FIRST_RECORD, RECORDS, kind};
use crate::Value;

/// Encodes one message. Every value has an encoding: integers beyond 32 bits go out as doubles,
/// because a 64-bit integer becomes a BigInt on the other side and breaks its JSON.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::default();
    encoder.value(value);
    encoder.finish()
}

/// A key list that occurred in this message.
struct Shape {
    /// The byte that stands for it, until another shape takes that over.
    id: Option<u8>,
    /// Where its first key array begins in the output.
    keys_at: usize,
    /// Its number once that key array is referred to.
    number: Option<u32>,
}

#[derive(Default)]
struct Encoder<'v> {
    out: Vec<u8>,
    shapes: Vec<Shape>,
    by_keys: HashMap<Vec<&'v str>, usize>,
    /// How many records were defined; the id of the next one follows from it.
    defined: usize,
    /// The shape each id stands for.
    holders: Vec<usize>,
    /// Where key array number n + 1 begins: it gets its mark when everything else is written,
    /// because only then is it known to be shared.
    marks: Vec<usize>,
}

impl<'v> Encoder<'v> {
    fn value(&mut self, value: &'v Value) {
        match value {
            Value::Undefined => self.extension(kind::UNDEFINED, &[0]),
            Value::Null => self.out.push(0xc0),
            Value::Bool(it) => self.out.push(0xc2 + u8::from(*it)),
            Value::Int(number) => self.int(*number),
            Value::Float(number) => self.float(*number),
            Value::Str(text) => self.text(text),
            Value::Bytes(bytes) => {
                self.head(bytes.len(), Heads { short: None, len8: Some(0xc4), len16: 0xc5, len32: 0xc6 });
                self.out.extend_from_slice(bytes);
            }
            Value::Array(items) => self.array(items),
            Value::Object(entries) => self.object(entries),
            Value::Map(entries) => {
                self.head(entries.len(), Heads::counted(0x80, 0xde, 0xdf));
                for (key, value) in entries {
                    self.value(key);
                    self.value(value);
                }
            }
            Value::Set(items) => self.collection(kind::SET, items),
            Value::Error(items) => self.collection(kind::ERROR, items),
            Value::Date(ms) => self.date(*ms),
            Value::Ext { kind, bytes } => self.extension(*kind, bytes),
        }
    }

    fn int(&mut self, number: i64) {
        let out = &mut self.out;
        match number {
            -32..=0x3f => out.push(number as u8),
            0x40..=0xff => out.extend([0xcc, number as u8]),
            0x100..=0xffff => put(out, 0xcd, (number as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => put(out, 0xce, (number as u32).to_be_bytes()),
            -0x80..=-33 => out.extend([0xd0, number as u8]),
            -0x8000..=-0x81 => put(out, 0xd1, (number as u16).to_be_bytes()),
            -0x8000_0000..=-0x8001 => put(out, 0xd2, (number as u32).to_be_bytes()),
            _ => put(out, 0xcb, (number as f64).to_be_bytes()),
        }
    }

    /// A double that is a whole number has only one spelling, see [`Value::number`].
    fn float(&mut self, number: f64) {
        match Value::number(number) {
            Value::Int(number) => self.int(number),
            _ => put(&mut self.out, 0xcb, number.to_be_bytes()),
        }
    }

    fn text(&mut self, text: &str) {
        let heads = Heads { short: Some((0xa0, 0x20)), len8: Some(0xd9), len16: 0xda, len32: 0xdb };
        self.head(text.len(), heads);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn array(&mut self, items: &'v [Value]) {
        self.head(items.len(), Heads::counted(0x90, 0xdc, 0xdd));
        for item in items {
            self.value(item);
        }
    }

    fn collection(&mut self, kind: u8, items: &'v [Value]) {
        self.extension(kind, &[0]);
        self.array(items);
    }

    fn object(&mut self, entries: &'v [(String, Value)]) {
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        let next = self.shapes.len();
        let (shape, is_new) = match self.by_keys.entry(keys) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(unknown) => (*unknown.insert(next), true),
        };
        if is_new {
            self.shapes.push(Shape { id: None, keys_at: 0, number: None });
        }
        match self.shapes[shape].id {
            Some(id) => self.out.push(id),
            None => {
                self.define(shape);
                if is_new {
                    self.shapes[shape].keys_at = self.out.len();
                    self.head(entries.len(), Heads::counted(0x90, 0xdc, 0xdd));
                    entries.iter().for_each(|(key, _)| self.text(key));
                } else {
                    self.keys_again(shape);
                }
            }
        }
        for (_, value) in entries {
            self.value(value);
        }
    }

    /// Gives `shape` the next id, taking it from the shape that had it 64 definitions ago.
    fn define(&mut self, shape: usize) {
        let slot = self.defined % RECORDS;
        self.defined += 1;
        match self.holders.get_mut(slot) {
            Some(holder) => {
                self.shapes[*holder].id = None;
                *holder = shape;
            }
            None => self.holders.push(shape),
        }
        // `slot` is below 64.
        let id = FIRST_RECORD + slot as u8;
        self.shapes[shape].id = Some(id);
        self.extension(kind::RECORD, &[id]);
    }

    /// The keys of a shape whose id was taken over: a reference to the array they were written in.
    fn keys_again(&mut self, shape: usize) {
        let shape = &mut self.shapes[shape];
        let number = *shape.number.get_or_insert_with(|| {
            self.marks.push(shape.keys_at);
            self.marks.len() as u32
        });
        self.extension(kind::SAME, &number.to_be_bytes());
    }

    fn date(&mut self, ms: Option<i64>) {
        let Some(ms) = ms else { return self.extension(kind::DATE, &[0xff]) };
        let (seconds, nanos) = (ms.div_euclid(1000), ms.rem_euclid(1000) as u32 * 1_000_000);
        match (u32::try_from(seconds), nanos) {
            (Ok(seconds), 0) => self.extension(kind::DATE, &seconds.to_be_bytes()),
            (Ok(seconds), nanos) if ms > 0 => {
                let both = u64::from(nanos) << 34 | u64::from(seconds);
                self.extension(kind::DATE, &both.to_be_bytes());
            }
            _ => {
                let both = [&nanos.to_be_bytes()[..], &seconds.to_be_bytes()].concat();
                self.extension(kind::DATE, &both);
            }
        }
    }

    fn extension(&mut self, kind: u8, bytes: &[u8]) {
        match bytes.len() {
            len @ (1 | 2 | 4 | 8 | 16) => self.out.push(0xd4 + len.trailing_zeros() as u8),
            len => self.head(len, Heads { short: None, len8: Some(0xc7), len16: 0xc8, len32: 0xc9 }),
        }
        self.out.push(kind);
        self.out.extend_from_slice(bytes);
    }

    fn head(&mut self, len: usize, heads: Heads) {
        match (heads.short, heads.len8, len) {
            (Some((base, limit)), ..) if len < limit => self.out.push(base | len as u8),
            (_, Some(head), ..=0xff) => self.out.extend([head, len as u8]),
            (_, _, ..=0xffff) => put(&mut self.out, heads.len16, (len as u16).to_be_bytes()),
            // No message of this protocol comes near 4 GiB: sockets stop at 100 MiB.
            _ => put(&mut self.out, heads.len32, (len as u32).to_be_bytes()),
        }
    }

    /// Puts `d6 69 <n>` before each key array that was referred to.
    fn finish(self) -> Vec<u8> {
        let mut marks: Vec<(usize, u32)> = self.marks.into_iter().zip(1..).collect();
        marks.sort_unstable();
        let mut out = Vec::with_capacity(self.out.len() + marks.len() * 6);
        let mut done = 0;
        for (at, number) in marks {
            out.extend_from_slice(&self.out[done..at]);
            put(&mut out, 0xd6, [kind::SHARED]);
            out.extend(number.to_be_bytes());
            done = at;
        }
        out.extend_from_slice(&self.out[done..]);
        out
    }
}

/// The bytes a length can be announced with.
struct Heads {
    /// Length in the low bits of this byte, for lengths below the second number.
    short: Option<(u8, usize)>,
    len8: Option<u8>,
    len16: u8,
    len32: u8,
}

impl Heads {
    /// Of arrays and maps, which have no 8-bit form.
    fn counted(short: u8, len16: u8, len32: u8) -> Heads {
        Heads { short: Some((short, 0x10)), len8: None, len16, len32 }
    }
}

fn put<const N: usize>(out: &mut Vec<u8>, head: u8, bytes: [u8; N]) {
    out.push(head);
    out.extend(bytes);
}
