//! [`Pipe`]: the child's end of the line to the world. Where the system has sockets in the file system's
//! stead it is standard input in both directions, so that nothing a library prints gets between frames.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::frame::{self, Frame, Kind};

/// Shared by the thread that runs scripts and the one that says where it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Pipe {
    writing: Arc<Mutex<()>>,
}

impl Pipe {
    /// The world's next word; `None` when it has ended.
    pub(super) fn receive(&self) -> io::Result<Option<Frame>> {
        frame::read(&mut Stdio)
    }

    pub(super) fn send(&self, kind: Kind, body: &[u8]) -> io::Result<()> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        frame::write(&mut Stdio, kind, body)
    }
}

struct Stdio;

#[cfg(unix)]
impl Read for Stdio {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(rustix::stdio::stdin(), into)?)
    }
}

#[cfg(unix)]
impl Write for Stdio {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdin(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(unix))]
impl Read for Stdio {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(into)
    }
}

#[cfg(not(unix))]
impl Write for Stdio {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = io::stdout().lock();
        let count = out.write(bytes)?;
        out.flush().map(|()| count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
