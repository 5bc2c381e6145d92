//! A running world behind a port.

#![warn(missing_docs)]

pub mod authority;
mod clock;
pub mod differences;
