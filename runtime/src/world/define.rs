//! [`Step::Define`](super::Step::Define): other definitions between two ticks, if nothing is lost by it.

use std::sync::Arc;

use bowline_schema::change::{self, Change, Outcome, Rule, Verdict, WorldFacts};

use super::{Parts, World, WorldEvent};
use crate::definitions::Definitions;

impl World {
    pub(super) fn define(&mut self, definitions: Arc<Definitions>) {
        let hash = definitions.hash();
        if hash == self.definitions.hash() {
            return;
        }
        let refused = match self.judge(&definitions) {
            Some(verdict) => Some(verdict),
            None => self.ecs.define(&definitions).err().map(lost),
        };
        if let Some(verdict) = refused {
            return self.events.push(WorldEvent::NotDefined { hash, verdict });
        }
        self.parts = Parts::of(&self.ecs);
        self.definitions = definitions;
        self.events.push(WorldEvent::Defined { hash });
        self.schedule_systems();
    }

    /// What has to be known of this world to judge a change to `definitions`. It looks at every value of
    /// the components that change: to keep that off a tick, ask a fork ([`crate::ecs::Ecs::facts`]).
    #[must_use]
    pub fn facts_about(&self, definitions: &Definitions) -> WorldFacts {
        self.ecs.facts(definitions.snapshot())
    }

    /// `None` if nothing is lost. What was judged when it was compiled is not judged again, and what
    /// needs no look at an entity is decided without one: a tick has no time for either.
    pub fn judge(&self, definitions: &Definitions) -> Option<Verdict> {
        let judged = definitions.judged(self.definitions.hash());
        if judged.is_some_and(loses_nothing) {
            return None;
        }
        let compare = |facts| change::snapshots(self.definitions.snapshot(), definitions.snapshot(), &facts);
        let verdict = compare(self.ecs.counts());
        let unsure = |it: &Change| matches!(it.rule, Rule::Tighten | Rule::AddAlias | Rule::AddUnique);
        if loses_nothing(&verdict) {
            return None;
        }
        if !verdict.changes.iter().any(unsure) {
            return Some(verdict);
        }
        Some(compare(self.ecs.facts(definitions.snapshot()))).filter(|it| !loses_nothing(it))
    }
}

/// Wider numbers hold what narrower ones held: whoever gives the step has decided to migrate.
pub(super) fn loses_nothing(verdict: &Verdict) -> bool {
    verdict.changes.iter().all(|it| it.outcome == Outcome::Applied || it.rule == Rule::WidenNumber)
}

/// The store saw what the comparison did not.
fn lost(lost: crate::ecs::Lost) -> Verdict {
    let reasons = vec![lost.to_string()];
    let outcome = Outcome::RequiresReset;
    let change =
        Change { path: lost.path, rule: Rule::ChangeKind, outcome, message: "loses values".to_owned() };
    Verdict { outcome, changes: vec![change], reasons, entities: 0, how_to_reset: None }
}
