//! [`Command`]: what a script wants done with a body.
//!
//! Commands wait until the nodes of the tick are bodies, and are done in the order they were said,
//! before the steps of the tick. A force acts for one step however long the tick: said in every
//! `fixedUpdate` it gives the same impulse as where the steps come in between.

use rapier3d::dynamics::RigidBody;
use rapier3d::math::Vector;
use serde_json::Value;

use super::place::{pose, quaternion, vector};
use super::space::{Space, Who};
use crate::clock::FIXED_SECONDS;

/// How a push is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Newtons, for one step.
    Force,
    /// Newton seconds, at once.
    Impulse,
    /// Metres per second squared, for one step, whatever the mass.
    Acceleration,
    /// Metres per second, whatever the mass.
    VelocityChange,
}

/// Where a force takes hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum At {
    /// The centre of mass.
    Centre,
    /// In the world.
    World([f64; 3]),
    /// In the body.
    Body([f64; 3]),
}

/// One wish.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    Force(Mode, [f64; 3], At),
    Torque(Mode, [f64; 3]),
    LinearVelocity([f64; 3]),
    AngularVelocity([f64; 3]),
    /// In the world, at once.
    Position([f64; 3]),
    Rotation([f64; 4]),
    CentreOfMass([f64; 3]),
    KinematicTarget([f64; 3], [f64; 4]),
}

impl Command {
    /// From the name of a node's method and its arguments: vectors as `[x, y, z]`, quaternions as
    /// `[x, y, z, w]`. `None` for what is no command.
    pub(crate) fn read(method: &str, args: &[Value]) -> Option<Command> {
        let three = |at: usize| numbers::<3>(args.get(at));
        let four = |at: usize| numbers::<4>(args.get(at));
        let mode = match args.get(1).and_then(Value::as_str) {
            Some("impulse") => Mode::Impulse,
            Some("acceleration") => Mode::Acceleration,
            Some("velocityChange") => Mode::VelocityChange,
            _ => Mode::Force,
        };
        Some(match method {
            "addForce" => Command::Force(mode, three(0)?, At::Centre),
            "addForceAtPos" => Command::Force(Mode::Force, three(0)?, At::World(three(1)?)),
            "addForceAtLocalPos" => Command::Force(Mode::Force, three(0)?, At::Body(three(1)?)),
            "addTorque" => Command::Torque(mode, three(0)?),
            "setLinearVelocity" => Command::LinearVelocity(three(0)?),
            "setAngularVelocity" => Command::AngularVelocity(three(0)?),
            "setPosition" | "teleport" => Command::Position(three(0)?),
            "setQuaternion" => Command::Rotation(four(0)?),
            "setCenterOfMass" => Command::CentreOfMass(three(0)?),
            "setKinematicTarget" => Command::KinematicTarget(three(0)?, four(1)?),
            _ => return None,
        })
    }
}

fn numbers<const N: usize>(json: Option<&Value>) -> Option<[f64; N]> {
    let list: Option<Vec<f64>> = json?.as_array()?.iter().map(Value::as_f64).collect();
    list?.try_into().ok()
}

impl Space {
    /// Does it. What is no body, or not of the kind, is left alone.
    pub(super) fn obey(&mut self, who: &Who, command: &Command) {
        match command {
            Command::CentreOfMass(at) => return self.centre(who, *at),
            Command::KinematicTarget(position, rotation) => return self.send(who, *position, *rotation),
            Command::Position(_) | Command::Rotation(_) => self.stop_target(who),
            _ => (),
        }
        let Some(body) = self.body_mut(who) else { return };
        match *command {
            Command::Position(at) => {
                let rotation = quaternion(*body.rotation());
                body.set_position(pose(at, rotation), true);
            }
            Command::Rotation(to) => {
                let turned = pose([0.0; 3], to).rotation;
                body.set_rotation(turned, true);
            }
            // Only what physics moves has velocities of its own.
            _ if !body.is_dynamic() => (),
            Command::Force(mode, force, at) => push(body, mode, vector(force), at),
            Command::Torque(mode, torque) => turn(body, mode, vector(torque)),
            Command::LinearVelocity(to) => body.set_linvel(vector(to), true),
            Command::AngularVelocity(to) => body.set_angvel(vector(to), true),
            Command::CentreOfMass(_) | Command::KinematicTarget(..) => (),
        }
    }

    fn stop_target(&mut self, who: &Who) {
        self.newcomers += 1;
        if let Some(known) = self.known.get_mut(who) {
            known.target = None;
        }
    }

    /// A force lasts one step.
    pub(super) fn forget_forces(&mut self) {
        for known in self.known.values() {
            if let Some(body) = self.bodies.get(known.handle)
                && (body.user_force() != Vector::ZERO || body.user_torque() != Vector::ZERO)
                && let Some(body) = self.bodies.get_mut(known.handle)
            {
                body.reset_forces(false);
                body.reset_torques(false);
            }
        }
    }
}

fn push(body: &mut RigidBody, mode: Mode, force: Vector, at: At) {
    let at = match at {
        At::Centre => None,
        At::World(at) => Some(vector(at)),
        At::Body(at) => Some(*body.position() * vector(at)),
    };
    let step = super::place::single(FIXED_SECONDS);
    match (mode, at) {
        (Mode::Force, None) => body.add_force(force, true),
        (Mode::Force, Some(at)) => body.add_force_at_point(force, at, true),
        (Mode::Impulse, None) => body.apply_impulse(force, true),
        (Mode::Impulse, Some(at)) => body.apply_impulse_at_point(force, at, true),
        (Mode::Acceleration, _) => body.set_linvel(body.linvel() + force * step, true),
        (Mode::VelocityChange, _) => body.set_linvel(body.linvel() + force, true),
    }
}

fn turn(body: &mut RigidBody, mode: Mode, torque: Vector) {
    let step = super::place::single(FIXED_SECONDS);
    match mode {
        Mode::Force => body.add_torque(torque, true),
        Mode::Impulse => body.apply_torque_impulse(torque, true),
        Mode::Acceleration => body.set_angvel(body.angvel() + torque * step, true),
        Mode::VelocityChange => body.set_angvel(body.angvel() + torque, true),
    }
}
