//! The authenticated sockets, as the actor sees them: bounded queues of frames. One that is full
//! belongs to a peer that does not read; it is told to go, and nobody waits for it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    _weight: Option<Weight>,
}

/// Counts a frame's bytes for as long as it waits.
#[derive(Debug)]
struct Weight {
    queued: Arc<AtomicUsize>,
    len: usize,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.queued.fetch_sub(self.len, Ordering::Relaxed);
    }
}

impl Frame {
    pub(crate) fn new(message: &FromServer) -> Frame {
        Frame { bytes: Bytes::from(message.encode(Dialect::Main)), _permit: None, _weight: None }
    }

    /// The frame that settles a command.
    pub(crate) fn last(message: &FromServer, permit: OwnedSemaphorePermit) -> Frame {
        Frame { _permit: Some(permit), ..Frame::new(message) }
    }

    /// The same bytes for one more socket: they are shared, not copied.
    fn again(&self) -> Frame {
        Frame { bytes: self.bytes.clone(), _permit: None, _weight: None }
    }
}

struct Socket {
    frames: mpsc::Sender<Frame>,
    kick: oneshot::Sender<&'static str>,
    queued: Arc<AtomicUsize>,
}

impl Socket {
    /// Whether there was room.
    fn queue(&self, frame: Frame, max_bytes: usize) -> bool {
        let len = frame.bytes.len();
        let before = self.queued.fetch_add(len, Ordering::Relaxed);
        let weight = Weight { queued: self.queued.clone(), len };
        // A single frame may be as large as it likes.
        (before == 0 || before + len <= max_bytes)
            && self.frames.try_send(Frame { _weight: Some(weight), ..frame }).is_ok()
    }
}

/// All of them, in the order they came.
pub(crate) struct Sockets {
    all: BTreeMap<SocketId, Socket>,
    max_backlog_bytes: usize,
}

impl Sockets {
    pub(crate) fn new(max_backlog_bytes: usize) -> Sockets {
        Sockets { all: BTreeMap::new(), max_backlog_bytes }
    }

    pub(crate) fn join(
        &mut self,
        id: SocketId,
        frames: mpsc::Sender<Frame>,
        kick: oneshot::Sender<&'static str>,
    ) {
        self.all.insert(id, Socket { frames, kick, queued: Arc::default() });
    }

    /// Whether it was here.
    pub(crate) fn leave(&mut self, id: SocketId) -> bool {
        self.all.remove(&id).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// To one socket; a socket that left meanwhile is nobody's mistake.
    pub(crate) fn send(&mut self, id: SocketId, frame: Frame) {
        if self.all.get(&id).is_some_and(|socket| !socket.queue(frame, self.max_backlog_bytes)) {
            self.drop_slow(id);
        }
    }

    /// To all, the author included: that is how clients learn that a change is in.
    pub(crate) fn broadcast(&mut self, frame: &Frame) {
        let full = self
            .all
            .iter()
            .filter(|(_, socket)| !socket.queue(frame.again(), self.max_backlog_bytes))
            .map(|(id, _)| *id);
        let slow: Vec<SocketId> = full.collect();
        slow.into_iter().for_each(|id| self.drop_slow(id));
    }

    fn drop_slow(&mut self, id: SocketId) {
        if let Some(socket) = self.all.remove(&id) {
            // An error means that it is gone already.
            socket.kick.send("too slow: read a snapshot").unwrap_or_default();
        }
    }
}
