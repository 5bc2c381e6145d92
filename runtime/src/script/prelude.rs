//! The JavaScript that makes what scripts are handed, in the order in which it is put together.
//!
//! The files share one scope: a name is defined in one of them and used in those after it. `concat!`
//! takes no constants, which is why these are macros.

/// Vectors and what is made of them, curves, addresses: nothing that knows a world.
macro_rules! maths {
    () => {
        concat!(
            include_str!("prelude/math/vector3.js"),
            include_str!("prelude/math/quaternion.js"),
            include_str!("prelude/math/euler.js"),
            include_str!("prelude/math/matrix4.js"),
            include_str!("prelude/math/watched.js"),
            include_str!("prelude/math/object3d.js"),
            include_str!("prelude/math/lerp.js"),
            include_str!("prelude/math/curve.js"),
            include_str!("prelude/math/prng.js"),
            include_str!("prelude/math/url.js"),
        )
    };
}

/// Handles on what the world shows, and on what a player does.
macro_rules! nodes {
    () => {
        concat!(
            include_str!("prelude/node/fields.js"),
            include_str!("prelude/node/node.js"),
            include_str!("prelude/node/material.js"),
            include_str!("prelude/node/physics.js"),
            include_str!("prelude/node/behaviour.js"),
            include_str!("prelude/node/types.js"),
            include_str!("prelude/control.js"),
            include_str!("prelude/configure.js"),
        )
    };
}

pub(super) use {maths, nodes};
