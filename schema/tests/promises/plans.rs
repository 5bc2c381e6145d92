//! `change/migrate.md` is documentation and test, as `change/rules.md` is; and plans hold for random changes.

use bowline_schema::change::{Action, Loss, Outcome, WorldFacts, plan, snapshots};
use bowline_schema::{Asking, Component, Entry, RecordKind, Snapshot};
use expect_test::expect_file;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::rules::{judged, section};

const PLANS: &str = include_str!("../../src/change/migrate.md");

#[test]
fn every_example_of_a_plan_is_what_is_planned() {
    let mut shown = PLANS.split("\n## ").next().unwrap_or_default().to_owned();
    for text in PLANS.split("\n## ").skip(1) {
        let (above, _) = text.split_once("```text plan\n").expect("every example shows a plan");
        let (old, new, verdict, _) = judged(&section(text));
        let plan = plan(&old.snapshot, &new.snapshot, &verdict);
        shown += &format!("\n## {above}```text plan\n{plan}```\n");
    }
    expect_file!["../../src/change/migrate.md"].assert_eq(&shown);
}

fn world(component: &Component) -> Snapshot {
    let (slug, payload) = (component.slug.clone(), component.to_payload());
    Snapshot::build(&[Entry { slug, kind: RecordKind::Component, version: 1, payload }], &Asking::default())
        .snapshot
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Where a change is refused there is a plan, whose steps are of what there was, kept before dropped.
    #[test]
    fn what_is_refused_has_a_plan_and_what_is_applied_has_none(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let old = dice.component("core/component/door");
        let mut new = old.clone();
        for _ in 0..=dice.roll(3) {
            dice.edit(&mut new.fields, 0);
        }
        prop_assume!(Component::parse(&new.slug, 1, &new.to_payload()).1.is_empty());
        let (before, after) = (world(&old), world(&new));
        let verdict = snapshots(&before, &after, &WorldFacts::default());
        let plan = plan(&before, &after, &verdict);
        prop_assert_eq!(plan.steps.is_empty(), verdict.outcome == Outcome::Applied, "{}{}", verdict, plan);
        let drops = plan.steps.iter().skip_while(|it| it.action != Action::Drop);
        prop_assert!(drops.clone().all(|it| it.action == Action::Drop), "{}", plan);
        prop_assert!(drops.clone().all(|it| it.loss == Loss::All));
    }
}
