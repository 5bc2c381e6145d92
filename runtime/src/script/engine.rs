//! Which engine runs an app: that of its language. Another language is another line here.

use std::sync::Arc;

use super::quickjs::QuickJs;
use super::worker::Pulse;
use super::{Language, Limits, ScriptVm};

/// The engine of a language, with nothing in it.
pub(super) fn of(language: Language, limits: Limits, pulse: &Arc<Pulse>) -> Box<dyn ScriptVm> {
    match language {
        // Nothing in Luau compiles yet, so nobody asks for it.
        Language::JavaScript | Language::Luau => Box::new(QuickJs::new(limits, Arc::clone(pulse))),
    }
}
