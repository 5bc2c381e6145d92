//! The same step in bevy_ecs and in bitECS.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Board, ENTITIES, ROUNDS, Target};

/// With components that are types of Rust, the fastest way there is without `unsafe`: columns of
/// components made at run time are only to be had with it, and this workspace has none.
#[cfg(feature = "bevy")]
pub(super) fn bevy(board: &mut Board, ours: f64) {
    use bevy_ecs::prelude::{Component, World};

    #[derive(Component)]
    struct Position([f32; 3]);
    #[derive(Component)]
    struct Velocity([f32; 3]);

    let mut world = World::new();
    for at in 0..ENTITIES {
        world.spawn((Position([at as f32, 1.0, 2.0]), Velocity([(at % 7) as f32, 1.0, -1.0])));
    }
    let mut query = world.query::<(&mut Position, &Velocity)>();
    let step = super::times(ROUNDS, || {
        super::timed(|| {
            for (mut position, velocity) in query.iter_mut(&mut world) {
                position.0.iter_mut().zip(velocity.0).for_each(|(x, v)| *x += v * super::DT);
            }
        })
    });
    let theirs = super::nanoseconds(&step, ENTITIES);
    board.line(
        "  bevy_ecs, components typed in Rust (dynamic: unsafe)",
        (theirs, "ns/entity"),
        &Target::None,
    );
    board.line("  bevy_ecs / Bowline", (theirs / ours, "x"), &Target::None);
}

#[cfg(not(feature = "bevy"))]
pub(super) fn bevy(_board: &mut Board, _ours: f64) {
    println!("  bevy_ecs: not measured, build with --features bevy");
}

pub(super) fn bitecs(board: &mut Board, ours: f64) {
    match in_node() {
        Ok(figures) => {
            for (key, version) in [("v03", "0.3.40"), ("v04", "0.4.0")] {
                let theirs = figures[key].as_f64().unwrap_or(f64::NAN);
                board.line(&format!("  bitECS {version} in Node"), (theirs, "ns/entity"), &Target::None);
                let ratio = (theirs / ours, "x");
                board.line(&format!("  bitECS {version} / Bowline"), ratio, &Target::AtLeast(10.0));
            }
        }
        Err(why) => println!("  bitECS: not measured, {why}"),
    }
}

/// Installs exactly what the lock file says, and runs it.
fn in_node() -> Result<Value, String> {
    let folder = Path::new("bench/bitecs");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(folder).output();
        let output = output.map_err(|it| format!("{program} could not be started: {it}"))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = || String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
        if output.status.success() { Ok(said) } else { Err(format!("{program} failed: {}", wrong())) }
    };
    run("npm", &["ci", "--no-audit", "--no-fund"])?;
    let said = run("node", &["bench.mjs", &ENTITIES.to_string(), &ROUNDS.to_string()])?;
    serde_json::from_str(&said).map_err(|it| format!("node said {said:?}: {it}"))
}
