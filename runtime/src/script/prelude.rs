//! The JavaScript that makes what scripts are handed, in the order in which it is put together.
//!
//! The files share one scope: a name is defined in one of them and used in those after it. `concat!`
//! takes no constants, which is why these are macros.
//!
//! An engine reads them as code that was compiled once per process: parsing them takes ten times as long
//! as all the rest of a start.

use std::sync::LazyLock;

use rquickjs::loader::Loader as _;
use rquickjs::loader::bundle::{Bundle, ScaBundleData};
use rquickjs::module::WriteOptions;
use rquickjs::{Context, Ctx, Function, Module, Runtime};

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

#[cfg(test)]
pub(super) use maths;

/// What the engine calls it.
const NAME: &str = "bowline:prelude";

const OF_APPS: &str = concat!(
    "export default (function (host, api) {\n'use strict'\nconst RealDate = Date\n",
    maths!(),
    include_str!("prelude/globals.js"),
    include_str!("prelude/packed.js"),
    nodes!(),
    include_str!("prelude/components.js"),
    include_str!("prelude/players.js"),
    include_str!("prelude/fetch.js"),
    include_str!("prelude/api.js"),
    include_str!("prelude/lockdown.js"),
    include_str!("prelude/undeclared.js"),
    "\nreturn bridge\n})",
);

const OF_SYSTEMS: &str = concat!(
    "export default (function (host, api) {\n'use strict'\nconst RealDate = Date\n",
    maths!(),
    include_str!("prelude/globals.js"),
    include_str!("prelude/system.js"),
    include_str!("prelude/lockdown.js"),
    "\nreturn bridge\n})",
);

/// Code as the engine reads it: by name, and never freed.
type Code = ScaBundleData<&'static [u8]>;

static APPS: LazyLock<Code> = LazyLock::new(|| compiled(OF_APPS));
static SYSTEMS: LazyLock<Code> = LazyLock::new(|| compiled(OF_SYSTEMS));

/// Compiles it now. Left to the first script that needs it, the time would be counted as that script's.
pub(super) fn prepare() {
    LazyLock::force(&APPS);
}

/// The function that makes it all for a script, of `(host, api)`.
pub(super) fn function<'js>(ctx: &Ctx<'js>, bundle: &super::Bundle) -> rquickjs::Result<Function<'js>> {
    let code = if bundle.system.is_some() { &SYSTEMS } else { &APPS };
    let module = Bundle(**code).load(ctx, NAME, None)?;
    let (module, _evaluated) = module.eval()?;
    module.get("default")
}

/// The text is ours and does not change: one that does not compile is a bug the first test finds.
fn compiled(text: &str) -> Code {
    let made = || {
        let runtime = Runtime::new()?;
        let options = WriteOptions { strip_source: true, ..WriteOptions::default() };
        Context::full(&runtime)?.with(|ctx| Module::declare(ctx, NAME, text)?.write(options))
    };
    let code: &'static [u8] = made().expect("the prelude is JavaScript").leak();
    vec![(NAME, code)].leak()
}
