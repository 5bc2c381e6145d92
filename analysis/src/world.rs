//! [`World`]: what a world gives to scripts, as its own declarations say it.
//!
//! The typings that `bowline schema emit dts` writes are the one table; they are read here as any file
//! is. So what completion offers is what TypeScript would offer with the same typings.

use std::sync::Arc;

use bowline_model::ProjectPath;
use bowline_schema::Snapshot;
use bowline_schema::api::api;
use bowline_schema::emit;

use crate::summary::{BindingId, ScopeId, Summary};
use crate::syntax::{self, Language};
use crate::text::{Span, Text};

/// What the languages themselves give, where it is of use in a world.
const LANGUAGE: &str = include_str!("world/language.d.ts");

/// What Luau gives, in the same notation.
const LUAU: &str = include_str!("world/luau.d.ts");

/// A world as scripts see it.
#[derive(Debug)]
pub struct World {
    /// The definitions.
    pub snapshot: Arc<Snapshot>,
    /// The declarations; offsets in [`World::summary`] are into it.
    pub text: Text,
    /// What they say.
    pub summary: Summary,
    /// Where what only JavaScript has begins, and where what only Luau has.
    own: (u32, u32),
}

impl World {
    /// The world with these definitions.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>) -> World {
        let (text, own) = declarations(&snapshot);
        let path = ProjectPath::parse("world.d.ts").ok();
        let summary = path.and_then(|it| syntax::summary(&it, &text)).unwrap_or_default();
        World { snapshot, text: Text::new(&text), summary, own }
    }

    /// What a name means that no file of `language` gives.
    #[must_use]
    pub fn global(&self, name: &str, language: Option<Language>) -> Option<BindingId> {
        self.summary.all_named(name).filter(|it| self.speaks(*it, language)).last()
    }

    /// Whether `language` has a name; without one, whether any has.
    #[must_use]
    pub fn speaks(&self, name: BindingId, language: Option<Language>) -> bool {
        let it = &self.summary[name];
        let at = it.name.span.start;
        let (script, luau) = self.own;
        it.scope == ScopeId(0)
            && match language {
                Some(Language::Luau) => at < script || at >= luau,
                Some(_) => at < luau,
                None => true,
            }
    }
}

/// The text, and where in it each language's own begins.
fn declarations(snapshot: &Snapshot) -> (String, (u32, u32)) {
    let values = api().configure.fields.iter().map(|it| format!("  {}: {};\n", it.name, it.value));
    let values: String = values.collect();
    let shared = format!(
        "{}\n{}\n/** What a field of `app.configure` is in `props`. */\ninterface ConfigureValues {{\n{values}}}\n",
        emit::emit(snapshot, emit::Language::Dts),
        emit::dts_body(),
    );
    let script = Span::new(0, shared.len()).end;
    let luau = script + Span::new(0, LANGUAGE.len()).end;
    (format!("{shared}{LANGUAGE}{LUAU}"), (script, luau))
}

#[cfg(test)]
mod tests {
    use bowline_model::ProjectPath;
    use bowline_script::parse;

    use super::declarations;

    #[test]
    fn the_declarations_can_be_read() {
        let (text, _) = declarations(&crate::tests::world().snapshot);
        let path = ProjectPath::parse("world.d.ts").unwrap();
        let problems = parse::with_tree(&path, &text, |it| it.errors);
        let said = problems
            .map_or_else(|it| vec![it.to_string()], |it| it.iter().map(ToString::to_string).collect());
        assert_eq!(said, Vec::<String>::new());
    }
}
