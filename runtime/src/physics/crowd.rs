//! [`Crowd`]: how many others a moving body may touch in one step.
//!
//! Bodies that are put into each other all touch all, and the engine takes seconds to part a few
//! hundred. A body has no room around it for so many: those beyond are let through until it is less
//! crowded.

use std::sync::atomic::{AtomicU16, Ordering};

use rapier3d::dynamics::{RigidBody, RigidBodyHandle};
use rapier3d::geometry::{ColliderHandle, SolverFlags};
use rapier3d::pipeline::{ContactModificationContext, PairFilterContext, PhysicsHooks};

use super::space::Space;

/// Boxes of one size in a heap touch a dozen.
const OTHERS_MOST: u16 = 32;

/// For one step. The engine asks for `Sync`; it steps on one thread, in an order that is state.
pub(super) struct Crowd {
    others: Vec<AtomicU16>,
}

impl Crowd {
    pub(super) fn of(space: &Space) -> Crowd {
        let slots = space.known.values().map(|it| it.handle.into_raw_parts().0 + 1);
        let slots = slots.max().unwrap_or(0) as usize;
        Crowd { others: std::iter::repeat_with(AtomicU16::default).take(slots).collect() }
    }

    fn others(&self, body: Option<RigidBodyHandle>) -> Option<&AtomicU16> {
        self.others.get(body?.into_raw_parts().0 as usize)
    }
}

impl PhysicsHooks for Crowd {
    fn filter_contact_pair(&self, pair: &PairFilterContext<'_>) -> Option<SolverFlags> {
        let dynamic = |it: Option<RigidBodyHandle>| pair.bodies.get(it?).map(RigidBody::is_dynamic);
        let moving = [pair.rigid_body1, pair.rigid_body2].map(|it| dynamic(it) == Some(true));
        let counted = [self.others(pair.rigid_body1), self.others(pair.rigid_body2)];
        // Any number may stand on the ground.
        if let ([true, true], [Some(one), Some(two)]) = (moving, counted) {
            let full = |it: &AtomicU16| it.load(Ordering::Relaxed) >= OTHERS_MOST;
            if full(one) || full(two) {
                return None;
            }
            one.fetch_add(1, Ordering::Relaxed);
            two.fetch_add(1, Ordering::Relaxed);
        }
        Some(SolverFlags::default())
    }

    fn filter_intersection_pair(&self, pair: &PairFilterContext<'_>) -> bool {
        // Triggers do not notice each other.
        let trigger = |it: ColliderHandle| pair.colliders.get(it).is_some_and(|it| it.is_sensor());
        !(trigger(pair.collider1) && trigger(pair.collider2))
    }

    fn modify_solver_contacts(&self, _contacts: &mut ContactModificationContext<'_>) {}
}
