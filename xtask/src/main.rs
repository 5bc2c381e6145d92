//! `cargo xtask <task>`: the repository's own tools.

fn main() {}
