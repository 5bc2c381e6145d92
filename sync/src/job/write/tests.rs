use super::*;
use expect_test::{Expect, expect};

fn content(letter: char) -> Digest {
    Digest::from_bytes([letter as u8; 32])
}

fn held(letter: char) -> Held {
    (letter != '-').then(|| content(letter))
}

fn name(digest: Digest) -> char {
    char::from(digest.bytes()[0])
}

/// `path put expect`, and `!` for a conflict.
fn step(line: &str) -> FileStep {
    let words: Vec<&str> = line.split_whitespace().collect();
    let letter = |at: usize| words[at].chars().next().unwrap();
    FileStep {
        path: ProjectPath::parse(words[0]).unwrap(),
        put: held(letter(1)),
        expect: held(letter(2)),
        keep: if words.len() > 3 { Keep::Conflict } else { Keep::Trash },
    }
}

fn outcome(it: &Outcome) -> String {
    match it {
        Outcome::Refused(Seen::Present(found)) => format!("refused, holds {}", name(*found)),
        Outcome::Refused(seen) => format!("refused, {seen:?}"),
        Outcome::Failed(why) => format!("failed: {}", why.message),
        other => format!("{other:?}"),
    }
}

fn print(call: &Call) -> String {
    let names = |it: &[Digest]| it.iter().map(|it| name(*it)).collect::<String>();
    match call {
        Call::Fetch(wanted) => format!("fetch {}", names(wanted)),
        Call::Stage(steps) => {
            format!("stage {}", steps.iter().map(|it| it.path.to_string()).collect::<Vec<_>>().join(" "))
        }
        Call::Exchange(path) => format!("exchange {path}"),
        Call::Create(path) => format!("create {path}"),
        Call::Capture(step) => format!("capture {}", step.path),
        Call::PutBack(path) => format!("put back {path}"),
        Call::KeepInTrash(path) => format!("trash {path}"),
        Call::KeepInConflicts(path, note) => {
            format!("conflict {path}: {} lost", note.lost.map_or('-', name))
        }
        Call::DropStaged(path) => format!("drop {path}"),
        Call::Finish(outcomes) => {
            let each = outcomes.iter().map(|(path, it)| format!("{path} {}", outcome(it)));
            format!("finish: {}", each.collect::<Vec<_>>().join("; "))
        }
    }
}

/// The calls of a job to which the disk answers with these, and then with `Ok`.
#[track_caller]
fn check(steps: &[&str], replies: &[Reply], expect: Expect) {
    let mut job = WriteJob::new(steps.iter().map(|it| step(it)).collect());
    let mut replies = replies.iter().cloned();
    let (mut out, mut reply) = (String::new(), Reply::Start);
    loop {
        let call = job.next(reply);
        out += &print(&call);
        out.push('\n');
        if matches!(call, Call::Finish(_)) {
            break;
        }
        reply = match call {
            Call::Fetch(_) | Call::Stage(_) => Reply::Ok,
            _ => replies.next().unwrap_or(Reply::Ok),
        };
    }
    expect.assert_eq(&out);
}

fn out(letter: char) -> Reply {
    Reply::Displaced(content(letter))
}

#[test]
fn everything_is_staged_before_the_first_file_changes() {
    check(
        &["old.js - a", "lib.js b a", "new.js n -", "index.js d c !"],
        &[Reply::Ok, out('c'), Reply::Ok, out('a'), Reply::Ok, out('a')],
        expect![[r#"
            fetch ndb
            stage new.js index.js lib.js
            create new.js
            exchange index.js
            conflict index.js: c lost
            exchange lib.js
            trash lib.js
            capture old.js
            trash old.js
            finish: new.js Done; index.js Done; lib.js Done; old.js Done
        "#]],
    );
}

#[test]
fn a_name_that_another_file_needs_is_freed_first() {
    check(
        &["lib.js b -", "Lib.js - a", "x.js - a"],
        &[out('a'), Reply::Ok, Reply::Ok, out('a')],
        expect![[r#"
            fetch b
            stage lib.js
            capture Lib.js
            trash Lib.js
            create lib.js
            capture x.js
            trash x.js
            finish: Lib.js Done; lib.js Done; x.js Done
        "#]],
    );
}

#[test]
fn a_save_in_between_comes_back() {
    check(
        &["a.js p e"],
        &[out('u'), out('p')],
        expect![[r#"
        fetch p
        stage a.js
        exchange a.js
        exchange a.js
        drop a.js
        finish: a.js refused, holds u
    "#]],
    );
}

#[test]
fn a_save_while_a_save_comes_back_wins_over_it() {
    check(
        &["a.js p e"],
        &[out('u'), out('v'), out('u')],
        expect![[r#"
        fetch p
        stage a.js
        exchange a.js
        exchange a.js
        exchange a.js
        conflict a.js: u lost
        finish: a.js refused, holds v
    "#]],
    );
}

#[test]
fn endless_saves_end_with_the_newest_kept() {
    let saves: Vec<Reply> = ('f'..='o').map(out).collect();
    check(
        &["a.js p e"],
        &saves,
        expect![[r#"
        fetch p
        stage a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        exchange a.js
        conflict a.js: o lost
        finish: a.js refused, Unknown
    "#]],
    );
}

#[test]
fn a_deletion_while_a_save_is_in_our_hand_does_not_take_the_save_along() {
    check(
        &["a.js p e"],
        &[out('u'), Reply::Missing],
        expect![[r#"
        fetch p
        stage a.js
        exchange a.js
        exchange a.js
        put back a.js
        finish: a.js refused, holds u
    "#]],
    );
    check(
        &["a.js p e"],
        &[out('u'), Reply::Missing, Reply::Exists(Seen::Present(content('v')))],
        expect![[r#"
            fetch p
            stage a.js
            exchange a.js
            exchange a.js
            put back a.js
            conflict a.js: u lost
            finish: a.js refused, holds v
        "#]],
    );
}

#[test]
fn what_is_there_already_is_done_and_what_is_gone_is_refused() {
    check(
        &["a.js p e", "b.js q -", "c.js r e", "d.js - e"],
        &[
            Reply::Exists(Seen::Present(content('q'))),
            Reply::Ok,
            out('p'),
            Reply::Ok,
            Reply::Missing,
            Reply::Ok,
            Reply::Missing,
        ],
        expect![[r#"
            fetch qpr
            stage b.js a.js c.js
            create b.js
            drop b.js
            exchange a.js
            drop a.js
            exchange c.js
            drop c.js
            capture d.js
            finish: b.js Done; a.js Done; c.js refused, Absent; d.js Done
        "#]],
    );
}

#[test]
fn a_file_that_was_created_meanwhile_stays() {
    check(
        &["a.js p -"],
        &[Reply::Exists(Seen::Present(content('u')))],
        expect![[r#"
        fetch p
        stage a.js
        create a.js
        drop a.js
        finish: a.js refused, holds u
    "#]],
    );
}

#[test]
fn a_deletion_looks_at_what_it_took() {
    check(
        &["a.js - e"],
        &[out('u')],
        expect![[r#"
        capture a.js
        put back a.js
        finish: a.js refused, holds u
    "#]],
    );
    check(
        &["a.js - e"],
        &[out('u'), Reply::Exists(Seen::Present(content('v')))],
        expect![[r#"
        capture a.js
        put back a.js
        conflict a.js: u lost
        finish: a.js refused, holds v
    "#]],
    );
}

#[test]
fn a_disk_that_cannot_stage_changes_nothing() {
    let mut job = WriteJob::new(vec![step("a.js p e"), step("b.js q -")]);
    let full = Failure { message: "no space left".to_owned(), retry: Retry::WhenChanged };
    assert_eq!(print(&job.next(Reply::Start)), "fetch qp");
    assert_eq!(print(&job.next(Reply::Ok)), "stage b.js a.js");
    assert_eq!(print(&job.next(Reply::Failed(full))), "drop b.js");
    assert_eq!(print(&job.next(Reply::Ok)), "drop a.js");
    let end = print(&job.next(Reply::Ok));
    assert_eq!(end, "finish: b.js failed: no space left; a.js failed: no space left");
}
