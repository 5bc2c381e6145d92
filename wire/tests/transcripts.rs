//! A recording of the real world server and its real client, read and written again.

#![expect(clippy::unwrap_used, reason = "in a helper of a test a panic is a failed test too")]

use bowline_wire::msgpackr::{decode, encode};
use bowline_wire::packet::{decode_packet, encode_packet};
use bowline_wire::{Dialect, FromClient, FromServer, Json, Value};
use expect_test::expect;

macro_rules! transcripts {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../fixtures/wire/transcripts/", $name, ".jsonl")))),*]
    };
}

const TRANSCRIPTS: [(&str, &str); 12] = transcripts!(
    "01-auth" "02-snapshot" "03-blueprint-add" "04-blueprint-modify" "05-entity" "06-assets"
    "07-deploy-lock" "08-broadcast" "09-deploy-snapshots" "10-many-files" "11-peer-client-session"
    "12-no-admin-code"
);

const UNKNOWN_ID: u8 = 99;

#[derive(Clone, Copy, PartialEq)]
enum Sender {
    /// The recorder's own client, which defines record 0x40 anew for every object.
    Recorder,
    /// The existing client, which uses msgpackr.
    Peer,
    Server,
}

struct Frame {
    place: String,
    sender: Sender,
    bytes: Vec<u8>,
    /// `None` for the garbage the recorder sent on purpose, a packet of an unknown number included.
    data: Option<Json>,
    maps: bool,
}

/// Every data frame of every transcript.
fn frames() -> Vec<Frame> {
    let lines = TRANSCRIPTS.iter().flat_map(|(name, text)| text.lines().map(move |line| (*name, line)));
    let parsed = lines.map(|(name, line)| (name, serde_json::from_str::<Json>(line).unwrap()));
    let data = parsed.filter(|(_, it)| it["kind"] == "ws" && it["opcode"] != 8);
    data.map(|(name, it)| frame(name, &it)).collect()
}

fn frame(name: &str, line: &Json) -> Frame {
    let hex = line["hex"].as_str().unwrap();
    let sender = match (line["dir"].as_str().unwrap(), name) {
        ("s2c", _) => Sender::Server,
        (_, "11-peer-client-session") => Sender::Peer,
        _ => Sender::Recorder,
    };
    Frame {
        place: format!("{name} seq {}", line["seq"]),
        sender,
        bytes: (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect(),
        data: line.get("data").filter(|_| line["packet_id"] != UNKNOWN_ID).cloned(),
        maps: line["wire"]["maps"].as_u64().is_some_and(|maps| maps > 0),
    }
}

/// As `to_json`, except that standard maps are shown as the recorder showed them.
fn shown(value: &Value) -> Json {
    match value {
        Value::Map(entries) => {
            entries.iter().map(|(key, it)| (key.as_str().unwrap().to_owned(), shown(it))).collect()
        }
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(entries) => {
            let defined = entries.iter().filter(|(_, it)| *it != Value::Undefined);
            defined.map(|(key, it)| (key.clone(), shown(it))).collect()
        }
        other => other.to_json(),
    }
}

/// The recorder replaced the address of the world in what it decoded, not in the bytes.
fn without_address(json: &Json) -> Json {
    let text = json.to_string();
    let Some(start) = text.find("127.0.0.1:") else { return json.clone() };
    let port = text[start + 10..].find(|c: char| !c.is_ascii_digit()).unwrap();
    serde_json::from_str(&text.replace(&text[start..start + 10 + port], "WORLD_HOST")).unwrap()
}

#[test]
fn every_recorded_frame_decodes_to_the_recorded_data() {
    let mut count = 0;
    for frame in frames() {
        match (decode_packet(Dialect::Main, &frame.bytes), &frame.data) {
            (Ok((_, payload)), Some(data)) => {
                assert_eq!(&without_address(&shown(&payload)), data, "{}", frame.place);
            }
            (Err(_), None) => (),
            (read, _) => panic!("{}: {read:?}", frame.place),
        }
        count += 1;
    }
    expect!["304"].assert_eq(&count.to_string());
}

#[test]
fn frames_of_msgpackr_are_written_again_byte_for_byte() {
    let mut count = 0;
    for frame in frames().into_iter().filter(|it| it.sender != Sender::Recorder) {
        let (packet, payload) = decode_packet(Dialect::Main, &frame.bytes).unwrap();
        let written = encode_packet(Dialect::Main, packet, &payload).unwrap();
        assert!(written == frame.bytes, "{}", frame.place);
        count += 1;
    }
    expect!["202"].assert_eq(&count.to_string());
}

#[test]
fn what_the_recorder_sent_means_the_same_when_we_write_it() {
    for frame in frames().into_iter().filter(|it| it.data.is_some()) {
        let value = decode(&frame.bytes).unwrap();
        let written = encode(&value);
        assert_eq!(decode(&written).as_ref(), Ok(&value), "{}", frame.place);
        let seen = Seen::all_of(&written);
        assert!(seen.maps == frame.maps && !seen.int64 && !seen.stray, "{}", frame.place);
    }
}

#[test]
fn typed_messages_say_what_the_bytes_said() {
    for frame in frames().into_iter().filter(|it| it.data.is_some()) {
        if frame.sender == Sender::Server {
            let message = FromServer::decode(Dialect::Main, &frame.bytes).unwrap();
            assert!(!matches!(message, FromServer::Other(..)), "{}", frame.place);
            assert!(message.encode(Dialect::Main) == frame.bytes, "{}: {message:?}", frame.place);
            let dev = message.encode(Dialect::Dev);
            assert_eq!(FromServer::decode(Dialect::Dev, &dev).unwrap(), message, "{}", frame.place);
        } else {
            let message = FromClient::decode(Dialect::Main, &frame.bytes).unwrap();
            let again = FromClient::decode(Dialect::Main, &message.encode(Dialect::Main)).unwrap();
            assert_eq!(again, message, "{}", frame.place);
            if frame.sender == Sender::Peer {
                assert!(message.encode(Dialect::Main) == frame.bytes, "{}: {message:?}", frame.place);
            }
        }
    }
}

/// What a server could not read, found by walking the bytes without our decoder.
#[derive(Default)]
struct Seen {
    maps: bool,
    int64: bool,
    /// A byte 0x40–0x7f that refers to no record.
    stray: bool,
    keys: std::collections::HashMap<u8, usize>,
}

impl Seen {
    fn all_of(bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        assert_eq!(seen.value(bytes), bytes.len());
        seen
    }

    /// The length of the value `bytes` begin with.
    fn value(&mut self, bytes: &[u8]) -> usize {
        let be = |n: usize| bytes[1..=n].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        match bytes[0] {
            id @ 0x40..=0x7f => match self.keys.get(&id).copied() {
                Some(count) => self.values(bytes, 1, count),
                None => {
                    self.stray = true;
                    1
                }
            },
            it @ 0x80..=0x8f => {
                self.maps = true;
                self.values(bytes, 1, 2 * usize::from(it & 15))
            }
            it @ 0x90..=0x9f => self.values(bytes, 1, usize::from(it & 15)),
            it @ 0xa0..=0xbf => 1 + usize::from(it & 31),
            0xcf | 0xd3 => {
                self.int64 = true;
                9
            }
            0xcb => 9,
            0xca | 0xce | 0xd2 => 5,
            0xcd | 0xd1 => 3,
            0xcc | 0xd0 => 2,
            0xd9 => 2 + be(1),
            0xda => 3 + be(2),
            0xdb => 5 + be(4),
            0xdc => self.values(bytes, 3, be(2)),
            0xd4 if bytes[1] == b'r' => {
                let (id, keys) = (bytes[2], 3 + self.value(&bytes[3..]));
                let count = match bytes[3] {
                    0xdc => usize::from(bytes[4]) << 8 | usize::from(bytes[5]),
                    short => usize::from(short & 15),
                };
                self.keys.insert(id, count);
                self.values(bytes, keys, count)
            }
            0xd4 => 3,
            0x00..=0x3f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => 1,
            other => panic!("unexpected byte {other:02x}"),
        }
    }

    fn values(&mut self, bytes: &[u8], from: usize, count: usize) -> usize {
        (0..count).fold(from, |at, _| at + self.value(&bytes[at..]))
    }
}
