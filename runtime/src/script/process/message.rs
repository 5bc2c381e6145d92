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
    rmp_serde::from_slice(bytes).ok()
}
