//! No bytes may hurt the reader, and what it read must survive being written and read again.

#![no_main]

use bowline_wire::msgpackr::{decode, encode};
use bowline_wire::{Dialect, FromClient, FromServer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = decode(bytes) {
        // By bytes, since a NaN is not equal to itself.
        let written = encode(&value);
        let read = decode(&written).expect("what we write, we read");
        assert_eq!(encode(&read), written);
    }
    for dialect in [Dialect::Main, Dialect::Dev] {
        let _ = FromClient::decode(dialect, bytes);
        let _ = FromServer::decode(dialect, bytes);
    }
});
