//! `doctor`: what this disk, watcher and world can do, and what to mend. Exit 1 if there is anything
//! to mend.

mod old_tool;

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use bowline_disk::doctor::{Names, Support, Survey, survey};
use serde_json::{Value, json};

use crate::ask::Answer;
use crate::mirror::{Mirror, MirrorStatus};
use crate::report::Report;

/// One thing looked at.
struct Finding {
    what: &'static str,
    found: String,
    /// What to do about it; for what is well, nothing.
    help: Option<String>,
}

fn well(what: &'static str, found: impl Into<String>) -> Finding {
    Finding { what, found: found.into(), help: None }
}

fn mend(what: &'static str, found: impl Into<String>, help: impl Into<String>) -> Finding {
    Finding { what, found: found.into(), help: Some(help.into()) }
}

/// Less than this and a world with a few textures fills the disk.
const FREE_BYTES_MIN: u64 = 200_000_000;

pub(super) fn answer(mirror: &Mirror) -> Result<Answer, Report> {
    let root = mirror.folder().root();
    let survey = survey(root)?;
    let status = mirror.status();
    let mut findings = of_disk(&survey);
    findings.extend(of_watching(&survey, &status, root));
    findings.extend(of_world(&status));
    findings.extend(old_tool::findings(root));
    let exit = u8::from(findings.iter().any(|it| it.help.is_some()));
    let text = findings.iter().map(line).collect();
    let rows: Vec<Value> =
        findings.iter().map(|it| json!({"what": it.what, "finding": it.found, "help": it.help})).collect();
    Ok(Answer { exit, json: json!({ "findings": rows }), text })
}

fn line(finding: &Finding) -> String {
    let mark = if finding.help.is_some() { "!" } else { " " };
    let help = finding.help.as_ref().map_or(String::new(), |it| format!("{:22}help: {it}\n", ""));
    format!("{mark} {:<20}{}\n{help}", finding.what, finding.found)
}

fn of_disk(survey: &Survey) -> Vec<Finding> {
    let support = |what, it: Support, without: &str| match it {
        Support::Yes => well(what, "yes"),
        Support::No => well(what, format!("no: {without}")),
    };
    let names = |what, it: Names, folded: &str| match it {
        Names::Apart => well(
            what,
            format!("two files here, one file on other disks: {folded} is refused as a name clash"),
        ),
        Names::Folded => well(what, "one file"),
    };
    let free = match survey.free_bytes {
        None => well("free space", "unknown"),
        Some(bytes) if bytes < FREE_BYTES_MIN => mend(
            "free space",
            format!("{} MB", bytes / 1_000_000),
            "make room; a full disk stops the mirror, it loses nothing",
        ),
        Some(bytes) => well("free space", format!("{} MB", bytes / 1_000_000)),
    };
    vec![
        support("atomic exchange", survey.exchange, "a file that is replaced is missing for an instant"),
        support("create only if new", survey.noreplace, "hard links are used instead"),
        match survey.one_file_system {
            Support::Yes => well("state beside files", "yes"),
            Support::No => mend(
                "state beside files",
                "no: .bowline is on another disk, so files cannot be moved there in one step",
                "let .bowline be a plain folder of the project",
            ),
        },
        names("a.js and A.js", survey.case, "having both"),
        names("ü as one or two", survey.unicode, "having both spellings"),
        free,
    ]
}

fn of_watching(survey: &Survey, status: &MirrorStatus, root: &Path) -> Vec<Finding> {
    let folders = count_folders(root);
    let watching = match (status.watch, &status.watch_problem) {
        ("native", _) => well("changes are noticed", "at once, by events"),
        (_, Some(problem)) => {
            mend("changes are noticed", "by looking at everything every few seconds", problem.to_string())
        }
        (_, None) => mend(
            "changes are noticed",
            "by looking at everything every few seconds",
            "put the project on a local disk: this one sends no events",
        ),
    };
    let limit = match survey.watches_max {
        None => well("folders to watch", format!("{folders}, no limit known")),
        // Editors and bundlers watch folders of the same user and share the limit.
        Some(limit) if folders.saturating_mul(2) > limit => mend(
            "folders to watch",
            format!("{folders} of at most {limit} for all programs of this user"),
            "sudo sysctl fs.inotify.max_user_watches=524288",
        ),
        Some(limit) => well("folders to watch", format!("{folders} of at most {limit}")),
    };
    vec![watching, limit]
}

fn of_world(status: &MirrorStatus) -> Vec<Finding> {
    let world = &status.world;
    let answers = match &world.error {
        None => well("world", format!("{} answers", world.url)),
        Some(error) => {
            mend("world", format!("away: {error}"), format!("check that a world runs at {}", world.url))
        }
    };
    let reach = match (world.is_ours, is_loopback(&world.url)) {
        (true, true) => well("world is reached", "from this machine only"),
        (true, false) => mend(
            "world is reached",
            "from other machines: its port is not a loopback address",
            "stop it, unless you mean that; `bowline dev` always uses 127.0.0.1",
        ),
        (false, true) => well("world is reached", "on this machine; another program runs it"),
        (false, false) if world.url.starts_with("http://") || world.url.starts_with("ws://") => mend(
            "world is reached",
            "over the network without encryption: the admin code can be read on the way",
            "use its https:// address",
        ),
        (false, false) => well("world is reached", "over the network, encrypted"),
    };
    let unseen = match world.preconditions {
        Some(true) => Some(well("changes unseen", "never replaced: the world checks what a change expects")),
        Some(false) => Some(well(
            "changes unseen",
            "this world cannot check: what somebody does to an entity in the instant before a change \
             of yours arrives is replaced, and kept only if the connection lives to tell",
        )),
        None => None,
    };
    [answers, reach].into_iter().chain(unseen).collect()
}

fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |it| it.1);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// The folders that are watched. Links are not followed, so this ends.
fn count_folders(root: &Path) -> u64 {
    let mut open: Vec<PathBuf> = bowline_model::layout::ROOTS.iter().map(|it| root.join(it)).collect();
    let mut folders = 1;
    while let Some(folder) = open.pop() {
        // What cannot be read is a problem of its own in `status`.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        folders += 1;
        let below = entries.flatten().filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
        open.extend(below.map(|it| it.path()));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_the_network() {
        for (url, expected) in [
            ("http://127.0.0.1:4000", true),
            ("http://localhost/admin", true),
            ("ws://[::1]:80/x", true),
            ("https://127.0.0.1.example.com", false),
            ("http://0.0.0.0:4000", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(url), expected, "{url}");
        }
    }
}
