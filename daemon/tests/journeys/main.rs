//! Journeys: the real binary, real folders, real sockets. They only prove that the parts are
//! connected; what is decided is proven in `sync`, what is written in `disk`.
//!
//! Every wait is for something that is said, with a limit that only a broken build reaches.

mod dev;
mod saved;
mod world;
