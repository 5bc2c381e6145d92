//! [`Turns`]: all instances of one app, in a realm per version of its script, whatever engine it is: who
//! is built, told, run and stopped when, and what a reload is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bowline_model::Problem;

use super::budget::Budget;
use super::bundle::Strategy;
use super::failure::OUT_OF_MEMORY;
use super::home::{Home, Key};
use super::worker::Pulse;
use super::{
    Batch, Births, Bundle, Event, Job, Limits, Number, Outcome, Reloaded, Renewal, Reply, Said, ScriptVm,
    Source, Span, Usage, Work,
};

/// How many ticks pass between two looks at what the engines hold.
const TICKS_PER_LOOK: u64 = 100;

pub(super) struct Turns<H> {
    budget: Rc<Budget>,
    pulse: Arc<Pulse>,
    /// The oldest first; numbers are not used again.
    realms: BTreeMap<u64, H>,
    made: u64,
    /// Where everybody lives.
    places: BTreeMap<Number, (u64, String)>,
    /// Realms in which somebody has just run out of memory.
    starved: BTreeSet<u64>,
    /// Builds that had no turn yet.
    waiting: VecDeque<Birth>,
    /// Who is first in the next tick, because the last one had no time for it.
    late: Option<(u64, Key)>,
    usage: Usage,
    looked: u64,
}

/// An instance that is to be built.
struct Birth {
    number: Number,
    bundle: Arc<Bundle>,
    entity: String,
    facts: String,
}

/// Why a reload is undone, and what was said until then.
struct Refusal {
    problem: Problem,
    said: Said,
}

/// What a batch brings along.
#[derive(Clone, Copy)]
struct Setting<'a> {
    batch: &'a Batch,
    world: &'a Arc<dyn Source>,
}

impl<H: Home> Turns<H> {
    pub(super) fn new(limits: Limits, pulse: Arc<Pulse>) -> Turns<H> {
        let budget = Rc::new(Budget::new(limits, Arc::clone(&pulse)));
        Turns {
            budget,
            pulse,
            realms: BTreeMap::new(),
            made: 0,
            places: BTreeMap::new(),
            starved: BTreeSet::new(),
            waiting: VecDeque::new(),
            late: None,
            usage: Usage::default(),
            looked: 0,
        }
    }

    /// The realm a new instance of `bundle` lives in.
    fn realm(&mut self, bundle: &Arc<Bundle>, setting: Setting<'_>) -> Result<u64, Problem> {
        let mut newest = self.realms.iter().rev();
        let found = newest.find(|(_, it)| it.bundle().id == bundle.id && !it.is_full());
        if let Some((id, _)) = found {
            return Ok(*id);
        }
        let realm = H::new(bundle, &self.budget, &self.pulse)?;
        realm.open(setting.batch, setting.world)?;
        self.made += 1;
        self.realms.insert(self.made, realm);
        Ok(self.made)
    }

    fn build(&mut self, birth: Birth, setting: Setting<'_>, turn: u64) -> Outcome {
        let Birth { number, bundle, entity, facts } = birth;
        let realm = match self.realm(&bundle, setting) {
            Ok(it) => it,
            Err(problem) => {
                return Outcome { instance: number, failure: Some(problem), ..Outcome::default() };
            }
        };
        let key = (entity.clone(), number);
        let built = self.realms.get_mut(&realm).map(|it| it.build(key, &facts, turn));
        let outcome = built.unwrap_or_default();
        match &outcome.failure {
            None => drop(self.places.insert(number, (realm, entity))),
            Some(it) if it.code == OUT_OF_MEMORY => drop(self.starved.insert(realm)),
            Some(_) => (),
        }
        outcome
    }

    /// Builds those who wait. False if the time was over before all had their turn.
    fn births(&mut self, setting: Setting<'_>, into: &mut Vec<Outcome>) -> bool {
        while let Some(birth) = self.waiting.pop_front() {
            if setting.batch.births == Births::InTurns && self.budget.is_spent() {
                self.waiting.push_front(birth);
                return false;
            }
            into.push(self.build(birth, setting, setting.batch.now.tick));
        }
        true
    }

    /// Runs everybody's frames, those first who had none in the last tick.
    fn frames(&mut self, tick: u64, events: &[Event], into: &mut Vec<Outcome>) {
        let first = self.late.take();
        let from = first.as_ref().map_or(0, |(realm, _)| *realm);
        for (id, realm) in self.realms.range_mut(from..) {
            let key = first.as_ref().filter(|(it, _)| it == id).map(|(_, key)| key);
            self.late = realm.frames(key, tick, into).map(|key| (*id, key));
            if self.late.is_some() {
                break;
            }
        }
        if self.late.is_none() && first.is_some() {
            for (id, realm) in self.realms.range_mut(..=from) {
                self.late = realm.frames(None, tick, into).map(|key| (*id, key));
                if self.late.is_some() {
                    break;
                }
            }
        }
        if self.late.is_some() && !events.is_empty() {
            self.realms.values_mut().for_each(|it| it.keep_for_late(tick, events));
        }
    }

    /// Runs the `destroy` listeners of an instance and forgets it.
    fn stop(&mut self, number: Number) -> Outcome {
        self.waiting.retain(|it| it.number != number);
        let stopped = self
            .places
            .remove(&number)
            .and_then(|(realm, entity)| self.realms.get_mut(&realm)?.stop(&(entity, number)));
        let Outcome { said, .. } = stopped.unwrap_or_default();
        // The instance is going: what it still wanted to change goes with it.
        Outcome { instance: number, said, last: true, ..Outcome::default() }
    }

    fn job(&mut self, job: &Job, setting: Setting<'_>, reply: &mut Reply) {
        let number = job.instance;
        match &job.work {
            Work::Stop => reply.outcomes.push(self.stop(number)),
            Work::Build { bundle, entity, facts } => {
                let Some(bundle) = setting.batch.bundles.get(bundle) else { return };
                let (bundle, entity, facts) = (Arc::clone(bundle), entity.clone(), facts.clone());
                self.waiting.push_back(Birth { number, bundle, entity, facts });
            }
            Work::Hear(input) => {
                if let Some((realm, entity)) = self.places.get(&number)
                    && let Some(realm) = self.realms.get_mut(realm)
                {
                    realm.hear(&(entity.clone(), number), input);
                }
            }
            Work::Reload { bundle, from, renewals } => {
                let Some(bundle) = setting.batch.bundles.get(bundle) else { return };
                self.reload(&Arc::clone(bundle), *from, renewals, (setting, reply));
            }
            Work::Run { input } => reply.outcomes.extend(self.run_system(number, input)),
        }
    }

    fn run_system(&mut self, number: Number, input: &str) -> Option<Outcome> {
        let (realm, entity) = self.places.get(&number)?;
        self.realms.get_mut(realm)?.run(&(entity.clone(), number), input)
    }

    /// All or none: the new instances are made beside the old ones, which are only stopped when every
    /// new one has taken over.
    fn reload(
        &mut self,
        bundle: &Arc<Bundle>,
        from: u64,
        renewals: &[Renewal],
        (setting, reply): (Setting<'_>, &mut Reply),
    ) {
        let mut born = Vec::new();
        let mut undone = None;
        for renewal in renewals {
            match self.renew(bundle, from, renewal, setting) {
                Ok(outcomes) => born.extend(outcomes),
                Err(refusal) => {
                    let Refusal { problem, said } = *refusal;
                    let instance = renewal.new;
                    born.push(Outcome { instance, said, ..Outcome::default() });
                    undone = Some(problem);
                    break;
                }
            }
        }
        if undone.is_some() {
            for renewal in renewals {
                self.forget(renewal.new);
            }
            // What the new ones said is in the log; nothing else of them was ever there.
            let lines = |it: Outcome| Outcome {
                instance: it.instance,
                said: Said { lines: it.said.lines, ..Said::default() },
                ..Outcome::default()
            };
            reply.outcomes.extend(born.into_iter().map(lines));
            let over = |it: &Renewal| Outcome { instance: it.new, last: true, ..Outcome::default() };
            reply.outcomes.extend(renewals.iter().map(over));
        } else {
            for renewal in renewals {
                reply.outcomes.push(self.stop(renewal.old));
            }
            reply.outcomes.extend(born);
        }
        reply.reloads.push(Reloaded { bundle: bundle.id, undone });
    }

    /// One instance of a reload. An entry that throws stops its instance, as it would at a start; what
    /// throws in a hook about the reload undoes the whole of it.
    fn renew(
        &mut self,
        bundle: &Arc<Bundle>,
        from: u64,
        renewal: &Renewal,
        setting: Setting<'_>,
    ) -> Result<Vec<Outcome>, Box<Refusal>> {
        let mut outcomes = Vec::new();
        let mut saved = None;
        if bundle.reload == Strategy::SaveRestore {
            let asked = self
                .places
                .get(&renewal.old)
                .and_then(|(realm, entity)| self.realms.get_mut(realm)?.save(&(entity.clone(), renewal.old)));
            // What it changes while it saves is the old one's, and goes with it: only its value counts.
            let (asked, value) = asked.unwrap_or_default();
            if let Some(problem) = asked.failure {
                return Err(Box::new(Refusal { problem, said: asked.said }));
            }
            saved = value;
        }
        let Renewal { new: number, entity, facts, .. } = renewal.clone();
        let birth = Birth { number, bundle: Arc::clone(bundle), entity, facts };
        let built = self.build(birth, setting, 0);
        let failed = built.failure.is_some();
        outcomes.push(built);
        let place = self.places.get(&number).filter(|_| !failed);
        let renewed = place.and_then(|(realm, entity)| {
            let context = serde_json::json!({ "from": from, "to": bundle.root.version, "saved": saved });
            self.realms.get_mut(realm)?.renew(&(entity.clone(), number), &context.to_string())
        });
        match renewed {
            Some(Outcome { failure: Some(problem), said, .. }) => {
                let before = outcomes.into_iter().flat_map(|it| it.said.lines);
                let said = Said { lines: before.chain(said.lines).collect(), ..Said::default() };
                Err(Box::new(Refusal { problem, said }))
            }
            renewed => {
                outcomes.extend(renewed);
                Ok(outcomes)
            }
        }
    }

    fn forget(&mut self, number: Number) {
        if let Some((realm, entity)) = self.places.remove(&number)
            && let Some(realm) = self.realms.get_mut(&realm)
        {
            realm.forget(&(entity, number));
        }
    }

    /// Those who failed are gone from their realms; if what they took is not, neither can the others
    /// stay there.
    fn bury(&mut self, reply: &mut Reply) {
        let failed = reply.outcomes.iter().filter_map(|it| Some((it.instance, it.failure.as_ref()?.code)));
        let failed: Vec<(Number, &str)> = failed.collect();
        for (number, code) in failed {
            let Some((id, _)) = self.places.get(&number).cloned() else { continue };
            self.forget(number);
            if code == OUT_OF_MEMORY {
                self.starved.insert(id);
            }
        }
        for id in std::mem::take(&mut self.starved) {
            let spoiled = self.realms.get(&id).is_some_and(H::is_spoiled);
            if spoiled && let Some(realm) = self.realms.remove(&id) {
                for number in realm.numbers() {
                    self.places.remove(&number);
                    reply.lost.push(number);
                }
            }
        }
        // A version nobody runs any more goes, and all it held.
        self.realms.retain(|_, it| it.living() > 0);
    }

    /// What is used, after `started` that has been counted already.
    fn look(&mut self, tick: u64, started: Duration) -> Usage {
        let (realms, instances) = (self.realms.len(), self.places.len());
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let (realms, instances) = (number(realms), number(instances));
        let changed = (realms, instances) != (self.usage.realms, self.usage.instances);
        if self.looked == 0 || (changed && instances < 100) || tick >= self.looked + TICKS_PER_LOOK {
            self.looked = tick;
            self.usage.memory = self.realms.values().map(H::memory).sum();
        }
        let time = u64::try_from((started + self.budget.used()).as_micros()).unwrap_or(u64::MAX);
        let late = self.late.is_some() || !self.waiting.is_empty();
        self.usage = Usage { time, realms, instances, late, ..self.usage };
        self.usage
    }
}

/// The world as it is read in this tick is that of a reset that did not come: those whose it is not wait
/// for the next.
fn reset_undone(batch: &Batch, reply: &Reply) -> bool {
    let strategy = |it: &Reloaded| batch.bundles.get(&it.bundle).map(|it| it.reload);
    reply.reloads.iter().any(|it| it.undone.is_some() && strategy(it) == Some(Strategy::Reset))
}

impl<H: Home> ScriptVm for Turns<H> {
    fn run(&mut self, batch: &Batch, world: &Arc<dyn Source>, _pulse: &Pulse) -> Reply {
        self.budget.refill();
        let setting = Setting { batch, world };
        let mut reply = Reply::default();
        for realm in self.realms.values() {
            // Only a realm without memory cannot be told the time; its instances notice.
            let _told = realm.open(batch, world).is_ok();
        }
        for job in &batch.jobs {
            self.job(job, setting, &mut reply);
        }
        // Who had no turn in the last tick is first in this one.
        let births_first = self.late.is_none() && !self.waiting.is_empty();
        if births_first {
            self.births(setting, &mut reply.outcomes);
        }
        // What is started takes nothing from the time of the others' frames.
        let started = self.budget.used();
        self.budget.refill();
        if batch.span == Span::Between {
            // Who is late stays so: its turn comes with the next tick.
        } else if reset_undone(batch, &reply) {
            self.realms.values_mut().for_each(|it| it.keep_for_late(batch.now.tick, &batch.events));
        } else {
            self.frames(batch.now.tick, &batch.events, &mut reply.outcomes);
        }
        if !births_first {
            self.births(setting, &mut reply.outcomes);
        }
        self.bury(&mut reply);
        self.realms.values().for_each(H::close);
        reply.usage = self.look(batch.now.tick, started);
        reply
    }
}
