//! The suite that every backend passes: what [`Store`] promises, tried from outside.
//!
//! Public, so that a backend in another crate (a browser's, a cloud's) is held to the same list.
//! What only one medium can do to a store (a kill, a torn file, a second process) is tested beside
//! that backend instead.

mod blobs;
mod records;
mod rows;

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::record::{Kind, Record};
use crate::slug::{Scope, Slug};
use crate::{Batch, Store, StoreError};

/// `Ok`, or what was found instead.
pub type Outcome = Result<(), String>;

type Check = (&'static str, fn(&dyn Store) -> Outcome);

/// Runs every check, each on a fresh, empty store from `make`. The names and their order are the
/// same for every backend.
pub fn conformance(make: &mut dyn FnMut() -> Box<dyn Store>) -> Vec<(&'static str, Outcome)> {
    let checks = [records::CHECKS, rows::CHECKS, blobs::CHECKS].concat();
    checks
        .into_iter()
        .map(|(name, check)| {
            let store = make();
            (name, check(store.as_ref()).and_then(|()| is_sound(store.as_ref())))
        })
        .collect()
}

/// The list as people read it: `ok   <name>`, or `FAIL <name>: <what was found>`, a line each.
#[must_use]
pub fn report(outcomes: &[(&'static str, Outcome)]) -> String {
    let line = |(name, outcome): &(&str, Outcome)| match outcome {
        Ok(()) => format!("ok   {name}\n"),
        Err(found) => format!("FAIL {name}: {found}\n"),
    };
    outcomes.iter().map(line).collect()
}

fn is_sound(store: &dyn Store) -> Outcome {
    equal("damage found by verify", &said(store.verify())?, &Vec::new())
}

const NOW: &str = "2026-01-31T09:30:00.000Z";

fn said<T>(result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|error| format!("failed: {error}"))
}

fn equal<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

fn holds(what: &str, condition: bool) -> Outcome {
    condition.then_some(()).ok_or_else(|| format!("not so: {what}"))
}

fn slug(spelling: &str) -> Result<Slug, String> {
    Slug::parse(spelling).map_err(|bad| bad.to_string())
}

fn record(spelling: &str, kind: Kind) -> Result<Record, String> {
    let payload = json!({ "type": "vec3", "default": [0, 0.5, -1e-9], "unit": "m", "doc": "Où?" });
    Record::new(slug(spelling)?, kind, payload, NOW).map_err(|bad| bad.to_string())
}

fn component(spelling: &str) -> Result<Record, String> {
    record(spelling, Kind::Component)
}

/// How many batches a writer applies while a reader looks.
const ROUNDS: u32 = 40;

/// Applies the batches 1, 2, 3 … that `batch` makes, while `look` is called over and over on another
/// thread; `look` sees batch 1 at least.
fn while_writing(
    store: &dyn Store,
    batch: &(dyn Fn(u32) -> Result<Batch, String> + Sync),
    look: &dyn Fn() -> Outcome,
) -> Outcome {
    said(store.apply(batch(1)?))?;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let written = (2..=ROUNDS).try_for_each(|round| said(store.apply(batch(round)?)));
            done.store(true, Ordering::SeqCst);
            written
        });
        let mut looked = look();
        while looked.is_ok() && !done.load(Ordering::SeqCst) {
            looked = look();
        }
        let written = writer.join().map_err(|_| "the writer panicked".to_owned());
        looked.and(written.and_then(|it| it))
    })
}

fn core() -> Scope {
    Scope::Core
}
