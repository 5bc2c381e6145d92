//! Which engine runs an app: that of its language. Another language is another line here.

use std::sync::Arc;

use super::luau::LuauRealm;
use super::realm::Realm;
use super::turns::Turns;
use super::worker::Pulse;
use super::{Language, Limits, ScriptVm, prelude};

/// The engine of a language, with nothing in it.
pub(super) fn of(language: Language, limits: Limits, pulse: &Arc<Pulse>) -> Box<dyn ScriptVm> {
    match language {
        Language::JavaScript => {
            prelude::prepare();
            Box::new(Turns::<Realm>::new(limits, Arc::clone(pulse)))
        }
        Language::Luau => Box::new(Turns::<LuauRealm>::new(limits, Arc::clone(pulse))),
    }
}
