//! Journeys: the real binary, real folders, real sockets. They only prove that the parts are
//! connected; what is decided is proven in `sync`, what is written in `disk`.
//!
//! Every wait is for something that is said, with a limit that only a broken build reaches.

mod bursts;
mod commands;
mod dev;
mod editor;
mod headless;
mod kept;
mod killed;
mod looking;
mod players;
mod records;
mod refused;
mod saved;
mod screen;
mod seeded;
mod settings;
mod together;
mod world;

/// Prints how long something took, when asked to: `BOWLINE_MEASURE=1`, with `--nocapture`.
fn measured(what: &str, since: std::time::Instant) {
    measured_as(what, since.elapsed());
}

fn measured_as(what: &str, time: std::time::Duration) {
    if std::env::var_os("BOWLINE_MEASURE").is_some() {
        let line = format!("{what}: {} ms\n", time.as_millis());
        std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).expect("somebody reads it");
    }
}
