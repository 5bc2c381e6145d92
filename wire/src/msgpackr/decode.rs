//! Reads a message. The input is hostile until shown otherwise: every count is checked against
//! what is left, depth is bounded, and what sharing can multiply has a budget.

use std::collections::HashMap;
use std::rc::Rc;

use super::{FIRST_RECORD, MAX_DEPTH, RECORDS, kind};
use crate::Value;

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input ends inside a value.
    #[error("the message ends in the middle of a value")]
    Truncated,
    /// Bytes follow the value.
    #[error("{0} bytes follow the message")]
    Trailing(usize),
    /// `c1`, which MessagePack never uses.
    #[error("byte c1 is not MessagePack")]
    Reserved,
    /// An extension nobody in this protocol sends.
    #[error("unknown extension type {0:#04x}")]
    UnknownExtension(u8),
    /// A record id outside 0x40–0x7f, or keys that are not text.
    #[error("a record is defined badly")]
    BadRecord,
    /// A set or an error whose content is not an array.
    #[error("a set or error has no array")]
    BadCollection,
    /// A reference to a value that was not numbered.
    #[error("reference {0} points nowhere")]
    DanglingReference(u32),
    /// A value that contains itself.
    #[error("reference {0} points into itself")]
    Cycle(u32),
    /// More than [`MAX_DEPTH`] levels.
    #[error("nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// References or record keys that would unfold to far more than was sent.
    #[error("the message unfolds to much more than its length")]
    TooMuchSharing,
}

/// Decodes one whole message.
///
/// Memory stays below about a hundred times the input plus 2 MiB, whatever the input is.
///
/// # Errors
/// Any input that is not exactly one value of this dialect.
pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let value = decoder.value()?;
    match decoder.rest.len() {
        0 => Ok(value),
        trailing => Err(DecodeError::Trailing(trailing)),
    }
}

/// Bytes that shared keys and values may unfold to, per byte of input. Records are most of a
/// message, so this is generous; a message that needs more was made to hurt.
const UNFOLD_PER_BYTE: usize = 32;
const UNFOLD_ALWAYS: usize = 1 << 20;

/// Room taken on the word of a count alone. The rest is taken as elements really arrive, since
/// counts can be nested.
const TRUSTED_CAPACITY: usize = 64;

/// A value that got a number, and what a copy of it takes.
struct Shared {
    value: Value,
    cost: Cost,
}

struct Decoder<'a> {
    rest: &'a [u8],
    depth: usize,
    records: [Option<Rc<[String]>>; RECORDS],
    /// `None` while the value is still being read, so that a cycle is seen.
    shared: HashMap<u32, Option<Shared>>,
    unfold_left: usize,
}

type Result<T = Value, E = DecodeError> = std::result::Result<T, E>;

impl<'a> Decoder<'a> {
    fn new(input: &'a [u8]) -> Decoder<'a> {
        Decoder {
            rest: input,
            depth: 0,
            records: [const { None }; RECORDS],
            shared: HashMap::new(),
            unfold_left: input.len().saturating_mul(UNFOLD_PER_BYTE).saturating_add(UNFOLD_ALWAYS),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn be<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.be()?))
    }

    fn len8(&mut self) -> Result<usize> {
        Ok(usize::from(self.u8()?))
    }

    fn len16(&mut self) -> Result<usize> {
        Ok(usize::from(u16::from_be_bytes(self.be()?)))
    }

    fn len32(&mut self) -> Result<usize> {
        // A length that does not fit memory is not there to be read either.
        usize::try_from(u32::from_be_bytes(self.be()?)).map_err(|_| DecodeError::Truncated)
    }

    fn value(&mut self) -> Result {
        if self.depth == MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        self.depth += 1;
        let token = self.u8()?;
        let value = self.value_of(token)?;
        self.depth -= 1;
        Ok(value)
    }

    fn value_of(&mut self, token: u8) -> Result {
        match token {
            0x00..=0x3f => Ok(Value::Int(i64::from(token))),
            0x40..=0x7f => self.record(token),
            0x80..=0x8f => self.map(usize::from(token & 0x0f)),
            0x90..=0x9f => self.array(usize::from(token & 0x0f)),
            0xa0..=0xbf => self.text(usize::from(token & 0x1f)),
            0xc0 => Ok(Value::Null),
            0xc1 => Err(DecodeError::Reserved),
            0xc2 => Ok(Value::Bool(false)),
            0xc3 => Ok(Value::Bool(true)),
            0xc4 => self.len8().and_then(|n| self.bytes(n)),
            0xc5 => self.len16().and_then(|n| self.bytes(n)),
            0xc6 => self.len32().and_then(|n| self.bytes(n)),
            0xc7 => self.len8().and_then(|n| self.extension(n)),
            0xc8 => self.len16().and_then(|n| self.extension(n)),
            0xc9 => self.len32().and_then(|n| self.extension(n)),
            0xca..=0xd3 => self.number(token),
            0xd4..=0xd8 => self.extension(1 << (token - 0xd4)),
            0xd9 => self.len8().and_then(|n| self.text(n)),
            0xda => self.len16().and_then(|n| self.text(n)),
            0xdb => self.len32().and_then(|n| self.text(n)),
            0xdc => self.len16().and_then(|n| self.array(n)),
            0xdd => self.len32().and_then(|n| self.array(n)),
            0xde => self.len16().and_then(|n| self.map(n)),
            0xdf => self.len32().and_then(|n| self.map(n)),
            0xe0..=0xff => Ok(Value::Int(i64::from(token.cast_signed()))),
        }
    }

    fn number(&mut self, token: u8) -> Result {
        Ok(match token {
            0xca => Value::number(f64::from(f32::from_be_bytes(self.be()?))),
            0xcb => Value::number(f64::from_be_bytes(self.be()?)),
            0xcc => Value::Int(i64::from(self.u8()?)),
            0xcd => Value::Int(i64::from(u16::from_be_bytes(self.be()?))),
            0xce => Value::Int(i64::from(u32::from_be_bytes(self.be()?))),
            0xcf => Value::number(u64::from_be_bytes(self.be()?) as f64),
            0xd0 => Value::Int(i64::from(i8::from_be_bytes(self.be()?))),
            0xd1 => Value::Int(i64::from(i16::from_be_bytes(self.be()?))),
            0xd2 => Value::Int(i64::from(i32::from_be_bytes(self.be()?))),
            _ => Value::number(i64::from_be_bytes(self.be()?) as f64),
        })
    }

    /// Text that is not UTF-8 is repaired, not refused: one half emoji in somebody's blueprint
    /// must not make a whole world unreadable.
    fn text(&mut self, len: usize) -> Result {
        Ok(Value::Str(String::from_utf8_lossy(self.take(len)?).into_owned()))
    }

    fn bytes(&mut self, len: usize) -> Result {
        Ok(Value::Bytes(self.take(len)?.to_vec()))
    }

    /// Refuses counts of things that cannot all be there, each taking at least a byte.
    fn room_for<T>(&self, count: usize) -> Result<Vec<T>> {
        if count > self.rest.len() {
            return Err(DecodeError::Truncated);
        }
        Ok(Vec::with_capacity(count.min(TRUSTED_CAPACITY)))
    }

    fn items(&mut self, len: usize) -> Result<Vec<Value>> {
        let mut items = self.room_for(len)?;
        for _ in 0..len {
            items.push(self.value()?);
        }
        Ok(items)
    }

    fn array(&mut self, len: usize) -> Result {
        Ok(Value::Array(self.items(len)?))
    }

    fn map(&mut self, len: usize) -> Result {
        let mut entries = self.room_for(len)?;
        for _ in 0..len {
            entries.push((self.value()?, self.value()?));
        }
        Ok(Value::Map(entries))
    }

    /// An object of a key list defined before. Where none is, the byte is an integer: that is how
    /// msgpackr reads standard encoders, and a server has to agree with it.
    fn record(&mut self, id: u8) -> Result {
        let Some(keys) = self.records[usize::from(id - FIRST_RECORD)].clone() else {
            return Ok(Value::Int(i64::from(id)));
        };
        // Two bytes can repeat a key of a megabyte; the definition paid for it only once.
        self.spend(keys.iter().map(String::len).sum())?;
        self.members(&keys)
    }

    fn define_record(&mut self, id: u8) -> Result {
        let slot = id.checked_sub(FIRST_RECORD).map(usize::from).filter(|slot| *slot < RECORDS);
        let slot = slot.ok_or(DecodeError::BadRecord)?;
        let Value::Array(keys) = self.value()? else { return Err(DecodeError::BadRecord) };
        let keys: Rc<[String]> = keys.into_iter().map(key).collect::<Result<_>>()?;
        self.records[slot] = Some(Rc::clone(&keys));
        self.members(&keys)
    }

    /// Holds its own keys: a value in it may redefine the id it was read by.
    fn members(&mut self, keys: &[String]) -> Result {
        let mut entries = self.room_for(keys.len())?;
        for key in keys {
            entries.push((key.clone(), self.value()?));
        }
        Ok(Value::Object(entries))
    }

    fn extension(&mut self, len: usize) -> Result {
        let kind = self.u8()?;
        let bytes = self.take(len)?;
        match (kind, bytes) {
            (kind::RECORD, [id]) => self.define_record(*id),
            (kind::SET, [_]) => self.collection().map(Value::Set),
            (kind::ERROR, [_]) => self.collection().map(Value::Error),
            (kind::SHARED, [a, b, c, d]) => self.share(u32::from_be_bytes([*a, *b, *c, *d])),
            (kind::SAME, [a, b, c, d]) => self.same(u32::from_be_bytes([*a, *b, *c, *d])),
            (kind::UNDEFINED, _) => Ok(Value::Undefined),
            (kind::DATE, _) => Ok(Value::Date(date(bytes))),
            (kind::BIG_INT | kind::TYPED_ARRAY | kind::REG_EXP, _) => {
                Ok(Value::Ext { kind, bytes: bytes.to_vec() })
            }
            _ => Err(DecodeError::UnknownExtension(kind)),
        }
    }

    fn collection(&mut self) -> Result<Vec<Value>> {
        match self.value()? {
            Value::Array(items) => Ok(items),
            _ => Err(DecodeError::BadCollection),
        }
    }

    fn share(&mut self, number: u32) -> Result {
        self.shared.insert(number, None);
        let value = self.value()?;
        let cost = Cost::of(&value);
        self.spend(cost.bytes)?;
        self.shared.insert(number, Some(Shared { value: value.clone(), cost }));
        Ok(value)
    }

    fn same(&mut self, number: u32) -> Result {
        let shared = self.shared.get(&number).ok_or(DecodeError::DanglingReference(number))?;
        let shared = shared.as_ref().ok_or(DecodeError::Cycle(number))?;
        // Depth and size are those of the copy: references to references grow both.
        if self.depth + shared.cost.height > MAX_DEPTH + 1 {
            return Err(DecodeError::TooDeep);
        }
        let cost = shared.cost.bytes;
        let value = shared.value.clone();
        self.spend(cost)?;
        Ok(value)
    }

    fn spend(&mut self, bytes: usize) -> Result<()> {
        self.unfold_left = self.unfold_left.checked_sub(bytes).ok_or(DecodeError::TooMuchSharing)?;
        Ok(())
    }
}

/// A key of a record as JavaScript makes it text.
fn key(value: Value) -> Result<String> {
    match value {
        Value::Str(text) => Ok(text),
        Value::Int(number) => Ok(number.to_string()),
        _ => Err(DecodeError::BadRecord),
    }
}

/// What a copy of a value takes.
struct Cost {
    bytes: usize,
    height: usize,
}

impl Cost {
    fn of(value: &Value) -> Cost {
        let own = size_of::<Value>();
        let (bytes, inner) = match value {
            Value::Str(text) => (text.len(), Cost::NOTHING),
            Value::Bytes(bytes) | Value::Ext { bytes, .. } => (bytes.len(), Cost::NOTHING),
            Value::Array(items) | Value::Set(items) | Value::Error(items) => (0, Cost::sum(items.iter())),
            Value::Object(entries) => {
                let keys = entries.iter().map(|(key, _)| size_of::<String>() + key.len()).sum();
                (keys, Cost::sum(entries.iter().map(|(_, it)| it)))
            }
            Value::Map(entries) => (0, Cost::sum(entries.iter().flat_map(|(key, it)| [key, it]))),
            _ => (0, Cost::NOTHING),
        };
        Cost { bytes: own + bytes + inner.bytes, height: inner.height + 1 }
    }

    const NOTHING: Cost = Cost { bytes: 0, height: 0 };

    fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Cost {
        values
            .map(Cost::of)
            .fold(Cost::NOTHING, |a, b| Cost { bytes: a.bytes + b.bytes, height: a.height.max(b.height) })
    }
}

/// The milliseconds of a MessagePack timestamp, `None` for a JavaScript `Invalid Date`.
fn date(bytes: &[u8]) -> Option<i64> {
    /// No JavaScript date is further from 1970.
    const FURTHEST: i128 = 8_640_000_000_000_000;
    let (seconds, nanos) = match *bytes {
        [a, b, c, d] => (i64::from(u32::from_be_bytes([a, b, c, d])), 0),
        [a, b, c, d, e, f, g, h] => {
            let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            ((both & 0x3_ffff_ffff).cast_signed(), (both >> 34) as u32)
        }
        [a, b, c, d, ref seconds @ ..] => {
            let seconds = i64::from_be_bytes(seconds.try_into().ok()?);
            (seconds, u32::from_be_bytes([a, b, c, d]))
        }
        _ => return None,
    };
    let ms = i128::from(seconds) * 1000 + i128::from(nanos / 1_000_000);
    i64::try_from(ms).ok().filter(|_| ms.abs() <= FURTHEST)
}
