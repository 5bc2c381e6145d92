//! The bytes of the world protocol, both dialects.
