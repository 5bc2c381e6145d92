//! Packets: a message is the array `[number, payload]`, and the numbers are positions in a list
//! that the two dialects do not share. Nothing in a message tells which list it was written with.

use crate::Value;
use crate::msgpackr::{DecodeError, decode, encode};

/// Which list of packet numbers a world uses. Both call themselves version 0.0.16; the HTTP
/// request `GET /admin/changes` tells them apart (404 or 200).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The released worlds.
    Main,
    /// The worlds of the development branch.
    Dev,
}

/// Why a frame is no packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The bytes are not a message.
    #[error("not a message: {0}")]
    Decode(#[from] DecodeError),
    /// The message is not `[number, payload]`.
    #[error("a packet is an array of a number and a payload")]
    NotAPacket,
    /// The number stands for nothing in this dialect.
    #[error("unknown packet number {0}")]
    UnknownId(i64),
}

macro_rules! packets {
    ($($name:ident $main:tt $dev:tt,)*) => {
        /// The name of a message. The `/ws` ones are here too, so that numbers are complete.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are the protocol's own, listed in one table")]
        pub enum Packet { $($name,)* }

        /// Name, number in main, number in dev; a minus sign where a dialect lacks it.
        const TABLE: &[(Packet, Option<u8>, Option<u8>)] =
            &[$((Packet::$name, packets!(@ $main), packets!(@ $dev)),)*];
    };
    (@ -) => { None };
    (@ $id:literal) => { Some($id) };
}

packets! {
    Snapshot             0  0,
    Command              1  1,
    ChatAdded            2  2,
    ChatCleared          3  3,
    BlueprintAdded       4  4,
    BlueprintModified    5  5,
    EntityAdded          6  6,
    EntityModified       7  7,
    EntityEvent          8  8,
    EntityRemoved        9  9,
    PlayerTeleport      10 10,
    PlayerPush          11 11,
    PlayerSessionAvatar 12 12,
    PlayerAvatar         - 13,
    LiveKitLevel        13 14,
    Mute                14 15,
    SettingsModified    15 16,
    SpawnModified       16 17,
    ModifyRank          17 18,
    Kick                18 19,
    Ping                19 20,
    Pong                20 21,
    BlueprintRemoved    21 22,
    AdminAuth           22 23,
    AdminAuthOk         23 24,
    AdminAuthError      24 25,
    AdminCommand        25 26,
    AdminResult         26 27,
    PlayerJoined        27 28,
    PlayerUpdated       28 29,
    PlayerLeft          29 30,
    ScriptAiRequest     30 31,
    ScriptAiProposal    31 32,
    ScriptAiEvent        - 33,
    AiCreateRequest     32 34,
    ServerLog            - 35,
    ServerLogHistory     - 36,
    SubscribeLogs        - 37,
    UnsubscribeLogs      - 38,
}

impl Packet {
    /// Its number, `None` when the dialect has no such packet.
    #[must_use]
    pub fn id(self, dialect: Dialect) -> Option<u8> {
        // The table is in the order of the enum; a test holds it there.
        let (_, main, dev) = TABLE[self as usize];
        match dialect {
            Dialect::Main => main,
            Dialect::Dev => dev,
        }
    }

    /// The packet of that number.
    #[must_use]
    pub fn from_id(dialect: Dialect, id: u8) -> Option<Packet> {
        TABLE.iter().map(|(packet, ..)| *packet).find(|packet| packet.id(dialect) == Some(id))
    }
}

/// Reads one frame.
///
/// # Errors
/// Every input a world answers with `invalid_packet`.
pub fn decode_packet(dialect: Dialect, bytes: &[u8]) -> Result<(Packet, Value), PacketError> {
    let Value::Array(parts) = decode(bytes)? else { return Err(PacketError::NotAPacket) };
    let mut parts = parts.into_iter();
    let Some(Value::Int(id)) = parts.next() else { return Err(PacketError::NotAPacket) };
    let packet = u8::try_from(id).ok().and_then(|id| Packet::from_id(dialect, id));
    // A packet without payload is read as one of `undefined`, as destructuring does it.
    Ok((packet.ok_or(PacketError::UnknownId(id))?, parts.next().unwrap_or_default()))
}

/// Writes one frame; `None` when the dialect has no such packet.
#[must_use]
pub fn encode_packet(dialect: Dialect, packet: Packet, payload: &Value) -> Option<Vec<u8>> {
    // An array of two, and a number below 64: nothing that payload records could refer to.
    let mut frame = vec![0x92, packet.id(dialect)?];
    frame.extend(encode(payload));
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions_without_gaps() {
        for (index, (packet, ..)) in TABLE.iter().enumerate() {
            assert_eq!(*packet as usize, index);
        }
        for (dialect, count) in [(Dialect::Main, 33), (Dialect::Dev, 39)] {
            let mut ids: Vec<u8> = TABLE.iter().filter_map(|(packet, ..)| packet.id(dialect)).collect();
            ids.sort_unstable();
            assert_eq!(ids, (0..count).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn what_is_not_a_packet_says_why() {
        let refused = |bytes: &[u8]| decode_packet(Dialect::Main, bytes).unwrap_err().to_string();
        assert_eq!(refused(&[0xc1, 0xff]), "not a message: byte c1 is not MessagePack");
        assert_eq!(refused(&[0x92, 0x16]), "not a message: the message ends in the middle of a value");
        assert_eq!(refused(&[0x92, 0x21, 0xc0]), "unknown packet number 33");
        assert_eq!(refused(&[0xa0]), "a packet is an array of a number and a payload");
        assert_eq!(refused(&[0x92, 0xa0, 0xc0]), "a packet is an array of a number and a payload");
        assert_eq!(refused(&[0xc0, 0xc0]), "not a message: 1 bytes follow the message");
    }
}
