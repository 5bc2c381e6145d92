//! Looks as a line in a trace.

use crate::engine::Event;
use crate::sim::content::short;

pub(super) fn sightings(event: &Event) -> String {
    let (Event::Disk(look) | Event::World(look, _)) = event else { return String::new() };
    let seen = look.sightings.iter().map(|(item, it)| match it.seen.held() {
        Some(held) => format!("{item} {}", short(held)),
        None => format!("{item} ?"),
    });
    format!("as of {} {:?}: {}", look.as_of, look.scope, seen.collect::<Vec<_>>().join(", "))
}
