//! [`host_contract`]: what a host gives a simulation, and what it keeps from it, as data.
//!
//! Scripts and systems use these and do not replace them: an assignment to any of the names is an error
//! called `host_primitive`. Everything else in a world is records and scripts.

use serde::Serialize;

/// One thing only the host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Primitive {
    /// `time`, `physics`.
    pub name: &'static str,
    /// Whether scripts get it; what they do not get is listed so that nobody looks for it.
    pub provided: bool,
    /// One sentence.
    pub doc: &'static str,
    /// What scripts of apps and systems (`ctx.…`) call it.
    pub names: &'static [&'static str],
}

const CONTRACT: [Primitive; 8] = [
    Primitive {
        name: "time",
        provided: true,
        doc: "Ticks of 50 ms, counted and never measured; physics steps of 20 ms between them.",
        names: &[
            "ctx.tick",
            "ctx.time",
            "ctx.dt",
            "ctx.step",
            "world.getTime",
            "world.getTimestamp",
            "Date.now",
            "setTimeout",
        ],
    },
    Primitive {
        name: "input",
        provided: true,
        doc: "The events of this tick: from players, from outside and from apps.",
        names: &["ctx.input"],
    },
    Primitive {
        name: "physics",
        provided: true,
        doc: "Bodies, contacts, triggers, characters and joints, stepped 50 times a second between two ticks; the phase `fixedUpdate` for as many steps.",
        names: &["world.raycast", "world.overlapSphere", "world.createLayerMask"],
    },
    Primitive {
        name: "random",
        provided: true,
        doc: "Numbers that follow from the world's seed: of a system from the tick and its slug too.",
        names: &["ctx.random", "Math.random", "num", "prng", "uuid"],
    },
    Primitive {
        name: "log",
        provided: true,
        doc: "Lines for people, kept per app and per system: `console`, which a script may change for itself.",
        names: &[],
    },
    Primitive {
        name: "store",
        provided: false,
        doc: "Records are read and written between ticks, never inside one: `store_access_in_tick`.",
        names: &["store"],
    },
    Primitive {
        name: "fs",
        provided: false,
        doc: "There are no files; what a script needs is an asset, a record or a component.",
        names: &[],
    },
    Primitive {
        name: "net",
        provided: false,
        doc: "A tick waits for no network; apps tell players and each other with send and emit.",
        names: &["fetch"],
    },
];

/// All of it.
#[must_use]
pub fn host_contract() -> &'static [Primitive] {
    &CONTRACT
}
