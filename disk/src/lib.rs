//! A project folder: scanned, watched, and written without losing what was there.
