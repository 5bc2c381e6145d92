//! The authenticated sockets, as the actor sees them: bounded queues of frames. One that is full
//! belongs to a peer that does not read; it is told to go, and nobody waits for it.

use std::collections::BTreeMap;

use axum::body::Bytes;
use bowline_wire::{Dialect, FromServer};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Which socket: counted from 1 over the life of the port.
pub(crate) type SocketId = u64;

/// Frames that may wait for one socket. A peer this far behind has to read a snapshot anyway.
pub(crate) const FRAMES_MAX: usize = 4096;

/// One frame on its way out.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) bytes: Bytes,
    /// Given back when the frame has left: bounds the commands one socket has in flight.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Frame {
    pub(crate) fn new(message: &FromServer) -> Frame {
        Frame { bytes: Bytes::from(message.encode(Dialect::Main)), _permit: None }
    }

    /// The frame that settles a command.
    pub(crate) fn last(message: &FromServer, permit: OwnedSemaphorePermit) -> Frame {
        Frame { _permit: Some(permit), ..Frame::new(message) }
    }
}

struct Socket {
    frames: mpsc::Sender<Frame>,
    kick: oneshot::Sender<&'static str>,
}

/// All of them, in the order they came.
#[derive(Default)]
pub(crate) struct Sockets(BTreeMap<SocketId, Socket>);

impl Sockets {
    pub(crate) fn join(
        &mut self,
        id: SocketId,
        frames: mpsc::Sender<Frame>,
        kick: oneshot::Sender<&'static str>,
    ) {
        self.0.insert(id, Socket { frames, kick });
    }

    pub(crate) fn leave(&mut self, id: SocketId) {
        self.0.remove(&id);
    }

    /// To one socket; a socket that left meanwhile is nobody's mistake.
    pub(crate) fn send(&mut self, id: SocketId, frame: Frame) {
        let Some(socket) = self.0.get(&id) else { return };
        if socket.frames.try_send(frame).is_err() {
            self.drop_slow(id);
        }
    }

    /// To all, the author included: that is how clients learn that a change is in.
    pub(crate) fn broadcast(&mut self, frame: &Frame) {
        let full = |socket: &Socket| {
            socket.frames.try_send(Frame { bytes: frame.bytes.clone(), _permit: None }).is_err()
        };
        let slow: Vec<SocketId> = self.0.iter().filter(|(_, it)| full(it)).map(|(id, _)| *id).collect();
        slow.into_iter().for_each(|id| self.drop_slow(id));
    }

    fn drop_slow(&mut self, id: SocketId) {
        if let Some(socket) = self.0.remove(&id) {
            // An error means that it is gone already.
            socket.kick.send("too slow: read a snapshot").unwrap_or_default();
        }
    }
}
