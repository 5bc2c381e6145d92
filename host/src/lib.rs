//! A running world behind a port.
