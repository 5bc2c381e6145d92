//! The few words of the ring itself, and how everything is spelled in a frame: MessagePack, fields by
//! place.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::script::Number;

/// The first word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Setup {
    /// Bytes the process may have beside what it has when it is locked in.
    pub(super) memory: u64,
    /// What the engines are told.
    pub(super) engine: Vec<u8>,
}

/// Where a batch that takes long is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Sign {
    /// Which instance.
    pub(super) instance: Number,
    /// Microseconds of processor time since it was first seen there.
    pub(super) spent: u64,
    /// The same since the batch came.
    pub(super) batch: u64,
}

impl Sign {
    pub(super) fn spent(self) -> Duration {
        Duration::from_micros(self.spent)
    }
}

pub(super) fn pack(value: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("plain values have a spelling, and memory does not fail here")
}

/// `None` if it says something else.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut from = rmp_serde::Deserializer::from_read_ref(bytes);
    from.set_max_depth(DEPTH_MAX);
    T::deserialize(&mut from).ok()
}

/// Deeper than any JSON scripts can say, and far from the end of a stack.
const DEPTH_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn depth_has_an_end() {
        let nested = |deep: usize| [vec![0x91; deep], vec![0xc0]].concat();
        assert!(unpack::<serde_json::Value>(&nested(100)).is_some());
        assert_eq!(unpack::<serde_json::Value>(&nested(100_000)), None);
    }

    proptest! {
        #[test]
        fn numbers_and_texts_arrive_to_the_bit(number: f64, text: String, whole: i64) {
            let value = (serde_json::json!([number, text, whole]), number.to_bits(), text.clone());
            prop_assert_eq!(unpack(&pack(&value)), Some(value));
        }

        #[test]
        fn nonsense_is_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _read: Option<Sign> = unpack(&bytes);
            let _read: Option<serde_json::Value> = unpack(&bytes);
        }
    }
}
