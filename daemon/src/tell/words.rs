//! The words people read for each event: one or two short lines, the most important word first.

use std::collections::BTreeSet;

use bowline_model::ProjectPath;
use bowline_model::layout::{PROJECT_SCOPE, slug_of};

use super::{ScriptState, Told, Way, Winner, WorldState};
use crate::print::Ink;

/// One thing said. May have further lines, which are indented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) ink: Ink,
    pub(super) text: String,
}

/// Files named in a line; more are counted.
const FILES_SHOWN: usize = 3;

fn line(ink: Ink, text: impl Into<String>) -> Line {
    Line { ink, text: text.into() }
}

/// What people read of one event.
pub(super) fn of(told: &Told) -> Line {
    match told {
        Told::Ready { world, world_id, apps, ms, .. } => line(
            Ink::Plain,
            format!(
                "bowline: {}, ready in {}\n  world  {world}\n  id     {world_id}\n  Save a file and the world runs it. Ctrl-C ends.",
                count(*apps, "app"),
                duration(*ms)
            ),
        ),
        Told::Applied { direction, app, version, files, ms } => {
            let version = version.map_or(String::new(), |it| format!(" v{it}"));
            let text =
                format!("{} {app}{version}  {}  {}", arrow(*direction), few(app, files), duration(*ms));
            line(if *direction == Way::ToWorld { Ink::Good } else { Ink::News }, text)
        }
        Told::Conflict { path, winner: Winner::Nobody, .. } => line(
            Ink::Warning,
            format!("! both sides changed {path}\n  help: bowline conflicts list shows both"),
        ),
        Told::Conflict { path, winner, kept, .. } => {
            let kept =
                kept.as_ref().map_or(String::new(), |it| format!("\n  the other side is kept in {it}"));
            line(Ink::Warning, format!("! both sides changed {path}: the one {} wins{kept}", place(*winner)))
        }
        Told::Problem { problem, .. } => line(Ink::Bad, problem.to_string()),
        Told::Mended { path, .. } => line(Ink::Good, format!("✓ {path} is right again")),
        Told::Script { app, state: ScriptState::Running, .. } => {
            line(Ink::Good, format!("▶ {app} runs again"))
        }
        Told::Script { app, path, line: at, message, .. } => {
            let at = if *at == 0 { path.clone() } else { format!("{path}:{at}") };
            line(Ink::Bad, format!("✖ {app} crashed: {message}\n  at {at}"))
        }
        Told::World { state: WorldState::Away, detail } => line(
            Ink::Warning,
            format!("… the world is away: {detail}\n  Go on saving. What you save is sent when it is back."),
        ),
        Told::World { state: WorldState::Back, .. } => line(Ink::Good, "… the world is back"),
    }
}

/// One line for many arrivals in one direction.
pub(super) fn many(way: Way, arrivals: &[(String, Vec<String>, u64)]) -> Line {
    let all: BTreeSet<&String> = arrivals.iter().flat_map(|it| &it.1).collect();
    let (placed, files): (Vec<&String>, Vec<&String>) = all.into_iter().partition(|it| is_placed(it));
    let (records, files): (Vec<&String>, Vec<&String>) = files.into_iter().partition(|it| is_record(it));
    let is_app = |it: &&String| !matches!(it.as_str(), LAYOUT | PROJECT_SCOPE);
    let apps: BTreeSet<&String> = arrivals.iter().map(|it| &it.0).filter(is_app).collect();
    let counts = [
        (apps.len(), "app"),
        (files.len(), "file"),
        (records.len(), "definition"),
        (placed.len(), "placed object"),
    ];
    let counts: Vec<String> =
        counts.into_iter().filter(|it| it.0 > 0).map(|(number, what)| count(number, what)).collect();
    let slowest = arrivals.iter().map(|it| it.2).max().unwrap_or(0);
    let ink = if way == Way::ToWorld { Ink::Good } else { Ink::News };
    line(ink, format!("{} {} {}  {}", arrow(way), counts.join(", "), target(way), duration(slowest)))
}

const LAYOUT: &str = bowline_model::layout::WORLD_FILE;

fn is_record(file: &str) -> bool {
    ProjectPath::parse(file).is_ok_and(|it| slug_of(&it).is_some())
}

fn is_placed(file: &str) -> bool {
    file.strip_prefix(LAYOUT).is_some_and(|it| it.starts_with('#'))
}

fn arrow(way: Way) -> &'static str {
    match way {
        Way::ToWorld => "↑",
        Way::ToDisk => "↓",
    }
}

fn target(way: Way) -> &'static str {
    match way {
        Way::ToWorld => "sent to the world",
        Way::ToDisk => "written to disk",
    }
}

fn place(winner: Winner) -> &'static str {
    match winner {
        Winner::Disk => "on disk",
        Winner::World | Winner::Nobody => "in the world",
    }
}

/// Names the first few of many, without what the app's name says already.
fn few(app: &str, files: &[String]) -> String {
    let mine = format!("apps/{app}/");
    let short = |it: &String| {
        let name = it.strip_prefix(&mine).unwrap_or(it);
        name.strip_prefix(LAYOUT).and_then(|it| it.strip_prefix('#')).unwrap_or(name).to_owned()
    };
    let shown: Vec<String> = files.iter().take(FILES_SHOWN).map(short).collect();
    match files.len() {
        0 => "removed".to_owned(),
        n if n <= FILES_SHOWN => shown.join(", "),
        n => format!("{}, and {} more", shown.join(", "), n - FILES_SHOWN),
    }
}

fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        _ => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_line_names_a_few_files_without_repeating_the_app() {
        let told = Told::Applied {
            direction: Way::ToWorld,
            app: "Buoy".to_owned(),
            version: Some(7),
            files: ["apps/Buoy/a.js", "shared/b.js", "apps/Buoy/c/c.js", "d"].map(str::to_owned).to_vec(),
            ms: 31,
        };
        expect!["↑ Buoy v7  a.js, shared/b.js, c/c.js, and 1 more  31 ms"].assert_eq(&of(&told).text);
    }
}
