//! [`World`]: what a world gives to scripts, as its own declarations say it.
//!
//! The typings that `bowline schema emit dts` writes are the one table; they are read here as any file
//! is. So what completion offers is what TypeScript would offer with the same typings.

use std::sync::Arc;

use bowline_model::ProjectPath;
use bowline_schema::Snapshot;
use bowline_schema::api::api;
use bowline_schema::emit;

use crate::summary::Summary;
use crate::syntax;
use crate::text::Text;

/// What the languages themselves give, where it is of use in a world.
const LANGUAGE: &str = include_str!("world/language.d.ts");

/// A world as scripts see it.
#[derive(Debug)]
pub struct World {
    /// The definitions.
    pub snapshot: Arc<Snapshot>,
    /// The declarations; offsets in [`World::summary`] are into it.
    pub text: Text,
    /// What they say.
    pub summary: Summary,
}

impl World {
    /// The world with these definitions.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>) -> World {
        let text = declarations(&snapshot);
        let path = ProjectPath::parse("world.d.ts").ok();
        let summary = path.and_then(|it| syntax::summary(&it, &text)).unwrap_or_default();
        World { snapshot, text: Text::new(&text), summary }
    }
}

fn declarations(snapshot: &Snapshot) -> String {
    let values = api().configure.fields.iter().map(|it| format!("  {}: {};\n", it.name, it.value));
    let values: String = values.collect();
    format!(
        "{}\n{}\n{LANGUAGE}\n/** What a field of `app.configure` is in `props`. */\ninterface ConfigureValues {{\n{values}}}\n",
        emit::emit(snapshot, emit::Language::Dts),
        emit::dts_body(),
    )
}

#[cfg(test)]
mod tests {
    use bowline_model::ProjectPath;
    use bowline_script::parse;

    use super::declarations;

    #[test]
    fn the_declarations_can_be_read() {
        let text = declarations(&crate::tests::world().snapshot);
        let path = ProjectPath::parse("world.d.ts").unwrap();
        let problems = parse::with_tree(&path, &text, |it| it.errors);
        let said = problems
            .map_or_else(|it| vec![it.to_string()], |it| it.iter().map(ToString::to_string).collect());
        assert_eq!(said, Vec::<String>::new());
    }
}
