//! What a person sees of a command: its exit code and its text, with everything that differs between
//! runs replaced by a stable name.

use std::path::Path;
use std::process::Output;

use crate::dev::bowline;

/// Runs `bowline ARGS DIR` for a person, with these settings.
#[track_caller]
pub(crate) fn see_with(args: &[&str], dir: &Path, env: &[(&str, &str)]) -> String {
    let output = bowline(args).arg(dir).envs(env.iter().copied()).output().expect("the binary runs");
    shown(&output, dir)
}

/// Runs `bowline ARGS DIR` for a person.
#[track_caller]
pub(crate) fn see(args: &[&str], dir: &Path) -> String {
    see_with(args, dir, &[])
}

/// `exit CODE`, then both streams.
#[track_caller]
pub(crate) fn shown(output: &Output, dir: &Path) -> String {
    let code = output.status.code().expect("it was not killed");
    let both = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it).into_owned()).concat();
    redacted(&format!("exit {code}\n{both}"), dir)
}

/// Folders, ports, ids and processes by name.
pub(crate) fn redacted(text: &str, dir: &Path) -> String {
    let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let text =
        text.replace(&real.display().to_string(), "<dir>").replace(&dir.display().to_string(), "<dir>");
    let text = ids(&text);
    let text = durations(&text);
    let text = ["127.0.0.1:", "pid ", "port "].iter().fold(text, |text, before| numbers(&text, before));
    // With or without its extension, whatever the system calls it.
    text.replace("bowline.exe", "bowline")
}

/// `<id>` for every UUID.
fn ids(text: &str) -> String {
    const LENGTH: usize = 36;
    let is_id = |it: &str| {
        it.split('-').map(str::len).eq([8, 4, 4, 4, 12])
            && it.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
    };
    let mut rest = text;
    let mut found = String::new();
    while let Some(first) = rest.chars().next() {
        match rest.get(..LENGTH).filter(|it| is_id(it)) {
            Some(_) => {
                found += "<id>";
                rest = &rest[LENGTH..];
            }
            None => {
                found.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    found
}

/// `<time>` for every number of milliseconds or seconds.
fn durations(text: &str) -> String {
    let is_number = |it: &str| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit() || c == '.');
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let unit = ["ms", "s"].into_iter().find(|it| word == *it || word.starts_with(&format!("{it}\n")));
        match (unit, words.last().is_some_and(|it| is_number(it))) {
            (Some(unit), true) => {
                words.pop();
                words.push(format!("<time>{}", &word[unit.len()..]));
            }
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

/// `<number>` for every number right after `before`.
fn numbers(text: &str, before: &str) -> String {
    let mut parts = text.split(before);
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        found += before;
        found += if rest.len() == part.len() { "" } else { "<number>" };
        found += rest;
    }
    found
}
