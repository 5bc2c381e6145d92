//! MessagePack as the JavaScript library msgpackr writes it with structured cloning on.
//!
//! Plain MessagePack, except that an object is a *record*: its key list is defined once per
//! message (`d4 72 <id> [keys] values…`) and then referred to by one byte (`<id> values…`). That
//! byte is 0x40–0x7f, which is why the integers 64–127 are spelled `cc xx` here. A 65th key list
//! takes the oldest id over; a list that is needed again after that is written as a reference to
//! its first key array.
//!
//! [`decode`] accepts everything a peer may send, [`encode`] writes byte for byte what msgpackr
//! would for the same value. Neither keeps anything between messages. The one thing [`encode`]
//! never does is share equal sub-objects: a [`crate::Value`] is a tree and has no identities.

mod decode;
mod encode;

pub use decode::{DecodeError, decode};
pub use encode::encode;

/// Values nested deeper than this are refused. It is the limit our JSON reader has, so that what
/// comes in by socket can always go out by HTTP; real worlds nest less than twenty deep.
pub const MAX_DEPTH: usize = 128;

/// The first byte that refers to a record.
const FIRST_RECORD: u8 = 0x40;

/// How many key lists can be defined at one time.
const RECORDS: usize = 64;

/// Extension types of the dialect, each an ASCII letter.
mod kind {
    pub(super) const UNDEFINED: u8 = 0;
    pub(super) const RECORD: u8 = b'r';
    pub(super) const SET: u8 = b's';
    pub(super) const ERROR: u8 = b'e';
    pub(super) const BIG_INT: u8 = b'B';
    pub(super) const TYPED_ARRAY: u8 = b't';
    pub(super) const REG_EXP: u8 = b'x';
    pub(super) const DATE: u8 = 0xff;
    /// The next value gets a number …
    pub(super) const SHARED: u8 = b'i';
    /// … and here it is meant again.
    pub(super) const SAME: u8 = b'p';
}
