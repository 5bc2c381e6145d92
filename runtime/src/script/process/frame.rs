//! [`Frame`]: what goes through the pipe between a world and a script's process: a length, a kind, bytes.
//!
//! The length is not believed: a frame is read as its bytes come, and one that is too long is an error
//! before anything is allocated for it.

use std::io::{self, Read, Write};

/// Longest frame either side takes. Larger than anything a script within its limits can say.
pub(super) const BYTES_MAX: u32 = 256 << 20;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// To the process, once: limits.
    Begin = 1,
    /// To the process: definitions it does not have yet.
    Define = 2,
    /// To the process: a batch of jobs.
    Run = 3,
    /// To the process: what it asked for.
    Answer = 4,
    /// From the process, once: it is locked in.
    Ready = 5,
    /// From the process: where it is.
    Sign = 6,
    /// From the process: it reads the world.
    Ask = 7,
    /// From the process: the batch is done.
    Reply = 8,
    /// To the process: a batch, and it shall say at once who begins, because the last time nobody knew
    /// whose fault it was.
    RunTelling = 9,
}

const KINDS: [Kind; 9] = [
    Kind::Begin,
    Kind::Define,
    Kind::Run,
    Kind::Answer,
    Kind::Ready,
    Kind::Sign,
    Kind::Ask,
    Kind::Reply,
    Kind::RunTelling,
];

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) body: Vec<u8>,
}

/// Length and kind.
const HEAD_BYTES: usize = 5;

/// Writes a frame in as few calls as its size allows.
pub(super) fn write(to: &mut impl Write, kind: Kind, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|it| *it <= BYTES_MAX).ok_or_else(too_long)?;
    let mut head = Vec::with_capacity(HEAD_BYTES + body.len().min(SMALL_BYTES));
    head.extend(length.to_le_bytes());
    head.push(kind as u8);
    if body.len() <= SMALL_BYTES {
        head.extend(body);
        return to.write_all(&head);
    }
    to.write_all(&head)?;
    to.write_all(body)
}

/// Bodies up to this are copied behind their head, so that they go out in one call.
const SMALL_BYTES: usize = 16 << 10;

/// The next frame; `None` where the other side has ended between two.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut head = [0; HEAD_BYTES];
    let mut have = 0;
    while have < HEAD_BYTES {
        match from.read(&mut head[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => have += more,
            Err(it) if it.kind() == io::ErrorKind::Interrupted => (),
            Err(it) => return Err(it),
        }
    }
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    if length > BYTES_MAX {
        return Err(too_long());
    }
    let kind = KINDS.into_iter().find(|it| *it as u8 == head[4]).ok_or_else(unknown)?;
    let mut body = Vec::new();
    let read = from.take(u64::from(length)).read_to_end(&mut body)?;
    if read < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Frame { kind, body }))
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame is too long")
}

fn unknown() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame is of no known kind")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(body in proptest::collection::vec(any::<u8>(), 0..40_000), kind in 0..9_usize) {
            let mut bytes = Vec::new();
            write(&mut bytes, KINDS[kind], &body).unwrap();
            write(&mut bytes, Kind::Sign, &[]).unwrap();
            let mut from = bytes.as_slice();
            prop_assert_eq!(read(&mut from).unwrap(), Some(Frame { kind: KINDS[kind], body }));
            prop_assert_eq!(read(&mut from).unwrap(), Some(Frame { kind: Kind::Sign, body: vec![] }));
            prop_assert_eq!(read(&mut from).unwrap(), None);
        }

        #[test]
        fn whatever_comes_is_a_frame_an_end_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut from = bytes.as_slice();
            while let Ok(Some(_)) = read(&mut from) {}
        }
    }

    #[test]
    fn a_length_that_lies_costs_nothing() {
        let mut from: &[u8] = &[0xff, 0xff, 0xff, 0xff, 8, 1];
        assert_eq!(read(&mut from).unwrap_err().to_string(), "a frame is too long");
        let mut from: &[u8] = &[0xff, 0xff, 0xff, 0x0f, 8, 1];
        assert_eq!(read(&mut from).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
