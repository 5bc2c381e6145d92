//! [`Step::Define`](super::Step::Define): other definitions between two ticks, if nothing is lost by it.

use std::sync::Arc;

use bowline_schema::change::{self, LiveFacts, Outcome, Rule, Verdict, WorldFacts};

use super::{Parts, World, WorldEvent};
use crate::definitions::Definitions;

impl World {
    pub(super) fn define(&mut self, definitions: Arc<Definitions>) {
        let hash = definitions.hash();
        if hash == self.definitions.hash() {
            return;
        }
        let facts = self.facts_about(&definitions);
        let verdict = change::snapshots(self.definitions.snapshot(), definitions.snapshot(), &facts);
        if !loses_nothing(&verdict) {
            self.events.push(WorldEvent::NotDefined { hash, verdict });
            return;
        }
        self.ecs.define(&definitions);
        self.parts = Parts::of(&self.ecs);
        self.definitions = definitions;
        self.schedule_systems();
        self.events.push(WorldEvent::Defined { hash });
    }

    /// What has to be known of this world to judge a change to `definitions`.
    #[must_use]
    pub fn facts_about(&self, definitions: &Definitions) -> WorldFacts {
        let mut facts = WorldFacts::default();
        for component in definitions.snapshot().components() {
            let Some(id) = self.ecs.component(component.name()) else { continue };
            let entities = self.ecs.entities().filter(|it| self.ecs.has(*it, id)).count() as u64;
            let live = LiveFacts { entities, ..LiveFacts::default() };
            facts.components.insert(component.name().to_owned(), live);
        }
        facts
    }
}

/// Wider numbers hold what narrower ones held: whoever gives the step has decided to migrate.
fn loses_nothing(verdict: &Verdict) -> bool {
    verdict.changes.iter().all(|it| it.outcome == Outcome::Applied || it.rule == Rule::WidenNumber)
}
