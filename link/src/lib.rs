//! The connection to a world: socket, uploads, locks.
