//! [`Touching`]: who touches whom, and what is told when that begins and ends.
//!
//! The engine speaks of pairs of shapes; scripts hear of pairs of bodies, once when the first two
//! shapes meet and once when the last two part. In each step contacts come before triggers, and both
//! in the order of who hears, whatever order the engine found them in.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel};

use rapier3d::geometry::CollisionEvent;
use rapier3d::pipeline::ChannelEventCollector;
use serde::{Deserialize, Serialize};

use super::place::doubles;
use super::space::{Space, Who};

/// Pairs of bodies and how many of their shapes touch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Touching {
    /// The smaller first.
    pub(super) contacts: BTreeMap<(Who, Who), u32>,
    /// The trigger first.
    pub(super) inside: BTreeMap<(Who, Who), u32>,
    /// Their shapes are new since the last step: what they touched before they may touch again.
    rebuilt: Vec<Who>,
}

/// What a node hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    ContactStart,
    ContactEnd,
    TriggerEnter,
    TriggerLeave,
}

/// Where two bodies touch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) position: [f64; 3],
    pub(crate) normal: [f64; 3],
    pub(crate) impulse: [f64; 3],
}

/// Something a body hears.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Touch {
    pub(crate) what: What,
    /// Whose listener it is for.
    pub(crate) who: Who,
    /// The other side's.
    pub(crate) tag: Option<String>,
    /// The other side, if it is a player.
    pub(crate) player: Option<String>,
    /// Where, when a contact begins.
    pub(crate) points: Vec<Point>,
}

impl Touching {
    pub(super) fn rebuilt(&mut self, who: &Who) {
        self.rebuilt.push(who.clone());
        // The engine tells nothing of shapes that are gone.
        for (pair, count) in self.contacts.iter_mut().chain(&mut self.inside) {
            if pair.0 == *who || pair.1 == *who {
                *count = 0;
            }
        }
    }
}

/// Listens to the engine during a step.
pub(super) struct Ear {
    pub(super) collector: ChannelEventCollector,
    met: Receiver<CollisionEvent>,
}

impl Default for Ear {
    fn default() -> Ear {
        // Nobody asks for forces and tears: their channels have no other end.
        let ((collisions, met), (forces, _), (tears, _)) = (channel(), channel(), channel());
        Ear { collector: ChannelEventCollector::new(collisions, forces, tears), met }
    }
}

impl Space {
    /// What is to be told after a step.
    pub(super) fn told(&mut self, ear: Ear) -> Vec<Touch> {
        let mut touches = Vec::new();
        for met in ear.met.try_iter() {
            // A shape that is gone was told of when its body went.
            let owner = |it| self.owner(it).cloned();
            let (Some(one), Some(two)) = (owner(met.collider1()), owner(met.collider2())) else { continue };
            if one == two {
                continue;
            }
            if met.sensor() {
                self.crossed(met, (one, two), &mut touches);
            } else {
                self.touched(met, (one, two), &mut touches);
            }
        }
        self.forget_rebuilt(&mut touches);
        touches.sort_by(|a, b| (a.what, &a.who, &a.player, &a.tag).cmp(&(b.what, &b.who, &b.player, &b.tag)));
        touches
    }

    fn touched(&mut self, met: CollisionEvent, (one, two): (Who, Who), touches: &mut Vec<Touch>) {
        let pair = if one < two { (one, two) } else { (two, one) };
        if !counted(&mut self.touching.contacts, pair.clone(), met.started()) {
            return;
        }
        let points = if met.started() { self.points(met) } else { Vec::new() };
        let what = if met.started() { What::ContactStart } else { What::ContactEnd };
        for (who, other) in [(&pair.0, &pair.1), (&pair.1, &pair.0)] {
            touches.push(self.touch(what, who, other, points.clone()));
        }
    }

    fn crossed(&mut self, met: CollisionEvent, (one, two): (Who, Who), touches: &mut Vec<Touch>) {
        let sensor = |it| self.colliders.get(it).is_some_and(rapier3d::geometry::Collider::is_sensor);
        let pair = match (sensor(met.collider1()), sensor(met.collider2())) {
            (true, false) => (one, two),
            (false, true) => (two, one),
            // Triggers do not notice each other.
            _ => return,
        };
        if counted(&mut self.touching.inside, pair.clone(), met.started()) {
            let what = if met.started() { What::TriggerEnter } else { What::TriggerLeave };
            touches.push(self.touch(what, &pair.0, &pair.1, Vec::new()));
        }
    }

    fn touch(&self, what: What, who: &Who, other: &Who, points: Vec<Point>) -> Touch {
        let player = match other {
            Who::Player(id) => Some(id.clone()),
            Who::Entity(_) => None,
        };
        Touch { what, who: who.clone(), tag: self.tag(other).map(str::to_owned), player, points }
    }

    fn points(&self, met: CollisionEvent) -> Vec<Point> {
        let Some(pair) = self.narrow.contact_pair(met.collider1(), met.collider2()) else {
            return Vec::new();
        };
        let mut points = Vec::new();
        for manifold in pair.solver_manifolds() {
            let normal = manifold.data.normal;
            for (at, contact) in manifold.data.solver_contacts.iter().enumerate() {
                let (one, two) = manifold.data.solver_contact_world_points(contact, &self.bodies);
                let impulse = manifold.points.get(at).map_or(0.0, |it| it.data.impulse);
                points.push(Point {
                    position: doubles((one + two) * 0.5),
                    normal: doubles(normal),
                    impulse: doubles(normal * impulse),
                });
            }
        }
        points
    }

    /// Bodies with new shapes that no longer touch what they touched.
    fn forget_rebuilt(&mut self, touches: &mut Vec<Touch>) {
        for who in std::mem::take(&mut self.touching.rebuilt) {
            touches.extend(self.part(&who, &|count| count == 0));
        }
    }

    /// Ends what a body touches, before it goes. Those it touched hear of it, in order.
    pub(super) fn farewell(&mut self, who: &Who) -> Vec<Touch> {
        let mut touches = self.part(who, &|_| true);
        touches.retain(|it| it.who != *who);
        touches
    }

    fn part(&mut self, who: &Who, ends: &dyn Fn(u32) -> bool) -> Vec<Touch> {
        let mut touches = Vec::new();
        let over = |(pair, count): (&(Who, Who), &u32)| {
            ((pair.0 == *who || pair.1 == *who) && ends(*count)).then(|| pair.clone())
        };
        let contacts: Vec<(Who, Who)> = self.touching.contacts.iter().filter_map(over).collect();
        let inside: Vec<(Who, Who)> = self.touching.inside.iter().filter_map(over).collect();
        for pair in contacts {
            self.touching.contacts.remove(&pair);
            touches.push(self.touch(What::ContactEnd, &pair.0, &pair.1, Vec::new()));
            touches.push(self.touch(What::ContactEnd, &pair.1, &pair.0, Vec::new()));
        }
        for pair in inside {
            self.touching.inside.remove(&pair);
            touches.push(self.touch(What::TriggerLeave, &pair.0, &pair.1, Vec::new()));
        }
        touches
    }
}

/// Counts the shapes of a pair; true if that begins or ends it.
fn counted(pairs: &mut BTreeMap<(Who, Who), u32>, pair: (Who, Who), started: bool) -> bool {
    if started {
        let known = pairs.contains_key(&pair);
        *pairs.entry(pair).or_default() += 1;
        return !known;
    }
    let Some(count) = pairs.get_mut(&pair) else { return false };
    *count = count.saturating_sub(1);
    let over = *count == 0;
    if over {
        pairs.remove(&pair);
    }
    over
}
