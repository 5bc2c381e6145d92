//! From a change in the folder to a look for the engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bowline_disk::coalesce::Extent;
use bowline_disk::{Dirt, DirtySet};
use bowline_model::{Group, ItemId, Problem};
use bowline_sync::engine::{Event, Look, Scope, Stamp, State as GroupState};
use bowline_sync::sighting::{Seen, Sighting};

use super::Mirror;
use crate::records::Records;
use crate::report::Report;
use crate::tell::Told;

/// A full scan finds what no event named. It costs a stat for each file.
const FULL_SCAN_EVERY: Duration = Duration::from_secs(30);

impl Mirror {
    /// Looks at the folder if something may have changed, or if it is time to look at all of it.
    pub(super) fn scan_if_due(&mut self, now: Instant) -> Result<(), Report> {
        match self.coalescer.ready(now, self.folder.git_index()) {
            Some(dirty) => self.scan(dirty),
            None if now >= self.next_scan => self.scan(DirtySet::everything()),
            None => Ok(()),
        }
    }

    pub(super) fn scan(&mut self, dirty: DirtySet) -> Result<(), Report> {
        // From before the first byte is read: a look that began before one of our writes ended must
        // not count as having seen it.
        let as_of = self.engine.stamp();
        let full = dirty.extent == Extent::Everything;
        let cookies = dirty.cookies.clone();
        let changed = tokio::task::block_in_place(|| self.read_changes(&dirty));
        if full {
            self.next_scan = Instant::now() + FULL_SCAN_EVERY;
            tokio::task::block_in_place(|| self.folder.bury(SystemTime::now()));
        }
        if changed || full {
            self.look_at_disk(as_of)?;
        }
        self.reach_cookies(&cookies);
        Ok(())
    }

    /// Scans, and reads the texts it has not seen yet.
    fn read_changes(&mut self, dirty: &DirtySet) -> bool {
        let scan = self.scanner.rescan(dirty, SystemTime::now());
        let changed = !scan.changes.is_empty();
        if let Some(at) = scan.again_at {
            let pause = at.duration_since(SystemTime::now()).unwrap_or_default();
            self.next_scan = self.next_scan.min(Instant::now() + FULL_SCAN_EVERY);
            self.retries.insert(Instant::now() + pause);
            self.unsettled = true;
        } else {
            self.unsettled = false;
        }
        if dirty.extent == Extent::Everything {
            self.project.forget_unnameable();
        }
        self.project.saw(scan.changes, scan.unnameable);
        for (path, digest) in self.project.unread() {
            match std::fs::read(self.folder.place(&path)) {
                Ok(bytes) if bowline_model::Digest::of(&bytes) == digest => self.project.learn(&path, &bytes),
                // It changed since the scan: the next look will tell.
                _ => self.coalescer.feed(Dirt::Path(path), Instant::now()),
            }
        }
        self.project.forget_old_texts();
        changed
    }

    /// Tells the engine what the folder holds now.
    pub(super) fn look_at_disk(&mut self, as_of: Stamp) -> Result<(), Report> {
        self.project.prefer(self.remote.hints.clone());
        let survey = Arc::new(self.project.survey());
        let old = std::mem::replace(&mut self.survey, survey.clone());
        let mut effects = self.engine.on(Event::Now(super::millis()));
        for app in old.blocked.keys().chain(survey.blocked.keys()).collect::<std::collections::BTreeSet<_>>()
        {
            let why = survey.blocked.get(app).cloned().unwrap_or_default();
            if old.blocked.get(app) != survey.blocked.get(app) {
                effects.extend(self.engine.on(Event::Blocked { group: Group::App(app.clone()), why }));
            }
        }
        let sightings = self.sightings(&old);
        let look = Look { sightings, scope: Scope::Whole, as_of };
        effects.extend(self.engine.on(Event::Disk(look)));
        self.perform(effects)?;
        self.tell_problems();
        Ok(())
    }

    /// What the folder holds; what it may hold is unknown, not absent.
    fn sightings(&self, old: &crate::project::Survey) -> BTreeMap<ItemId, Sighting> {
        let mut sightings = self.survey.items.clone();
        if self.world.records == Records::NotOffered {
            sightings.retain(|item, _| item.group() != Group::Records);
        }
        if self.project.layout_is_unknown() {
            let entities = self.remote.items.keys().chain(old.items.keys());
            for item in entities.filter(|it| matches!(it, ItemId::Entity { .. })) {
                sightings.insert(item.clone(), Sighting::of(Seen::Unknown));
            }
        }
        sightings
    }

    /// Says each problem once, when it appears.
    pub(super) fn tell_problems(&mut self) {
        self.forget_old_attempts();
        let mut now = std::collections::BTreeSet::new();
        for (app, problem) in self.problems() {
            now.insert((app, problem));
        }
        for (app, problem) in now.difference(&self.told) {
            self.say(Told::Problem { app: app.clone(), problem: problem.clone() });
        }
        let gone: Vec<_> = self.told.difference(&now).cloned().collect();
        for (app, problem) in gone {
            self.say(Told::Mended { app, path: problem.path });
        }
        self.told = now;
    }

    /// What failed of a group that needs nothing any more is history: somebody else did it, or undid it.
    fn forget_old_attempts(&mut self) {
        let in_sync = self.engine.status().filter(|(_, it)| it.state == GroupState::InSync);
        let groups: Vec<String> = in_sync.map(|(group, _)| group.to_string()).collect();
        self.attempts.retain(|group, _| !groups.contains(group));
    }

    /// Everything wrong right now, by app; under the empty name what belongs to none.
    pub(crate) fn problems(&self) -> Vec<(String, Problem)> {
        let maps = [&self.survey.problems, &self.remote.problems, &self.attempts];
        let all = maps.into_iter().flatten();
        all.flat_map(|(app, problems)| problems.iter().map(|it| (app.trim_end().to_owned(), it.clone())))
            .collect()
    }
}
