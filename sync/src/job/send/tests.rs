use super::*;
use crate::engine::Deploy;
use crate::sighting::Direction;
use bowline_model::{Group, ProjectPath};
use expect_test::{Expect, expect};

fn content(letter: char) -> Digest {
    Digest::from_bytes([letter as u8; 32])
}

fn held(letter: char) -> Held {
    (letter != '-').then(|| content(letter))
}

fn letter(it: Held) -> char {
    it.map_or('-', |it| char::from(it.bytes()[0]))
}

fn item(name: &str) -> ItemId {
    match name.split_once(':') {
        Some(("blueprint", id)) => ItemId::Blueprint { app: "A".to_owned(), id: id.to_owned() },
        Some((_, id)) => ItemId::Entity { id: id.to_owned() },
        None => ItemId::Script { app: "A".to_owned(), path: ProjectPath::parse(name).unwrap() },
    }
}

/// `item put expect`, and `!` for a conflict.
fn step(line: &str) -> Step {
    let words: Vec<&str> = line.split_whitespace().collect();
    let letter = |at: usize| words[at].chars().next().unwrap();
    let keep = if words.len() > 3 { Keep::Conflict } else { Keep::Trash };
    let expect = held(letter(2));
    Step { item: item(words[0]), put: held(letter(1)), expect, base: expect, keep }
}

/// A push of app `A`; `versions` as `A 3 A__V -`, a `!` after an id if it is emptied.
fn deploy(versions: &str, steps: &[&str]) -> Action {
    let words: Vec<&str> = versions.split_whitespace().collect();
    let pairs = words.chunks(2).map(|it| (it[0].trim_end_matches('!').to_owned(), it[1].parse().ok()));
    let emptied = words.iter().filter_map(|it| it.strip_suffix('!')).map(str::to_owned).collect();
    let deploy = Deploy { root: "A".to_owned(), versions: pairs.collect(), emptied };
    let steps = steps.iter().map(|it| step(it)).collect();
    Action {
        id: 1,
        group: Group::App("A".to_owned()),
        direction: Direction::ToWorld,
        steps,
        deploy: Some(deploy),
    }
}

fn layout(steps: &[&str]) -> Action {
    Action { group: Group::Layout, deploy: None, ..deploy("", steps) }
}

fn items(it: &[(ItemId, Held)]) -> String {
    it.iter().map(|(item, held)| format!(" {item}={}", letter(*held))).collect()
}

fn outcome(it: &Outcome) -> String {
    match it {
        Outcome::Failed(why) => format!("failed ({})", why.message),
        other => format!("{other:?}"),
    }
}

fn print(call: &Call) -> String {
    match call {
        Call::Park(wanted) => format!("park{}", items(wanted)),
        Call::Keep(losers) => losers
            .iter()
            .map(|it| format!("keep {} {} {:?} ", it.item, letter(Some(it.held)), it.keep))
            .collect(),
        Call::PutBlobs(blobs) => {
            format!("upload {}", blobs.iter().map(|it| letter(Some(*it))).collect::<String>())
        }
        Call::Lock(scope) => format!("lock {scope}"),
        Call::Wait { ms, holder } => {
            format!("wait for {holder}: {}", if (50..2_000).contains(ms) { "a while" } else { "?" })
        }
        Call::Read(ids) => format!("read {}", ids.join(" ")),
        Call::Modify { blueprint, version, items: it } => {
            format!("modify {blueprint} at {version}:{}", items(it))
        }
        Call::Add { blueprint, items: it } => format!("add {blueprint}:{}", items(it)),
        Call::Remove(id) => format!("remove {id}"),
        Call::Entity { item, put, expect } => format!("{item} {}->{}", letter(*expect), letter(*put)),
        Call::Unlock => "unlock".to_owned(),
        Call::Finish(outcomes, versions) => {
            let each = outcomes.iter().map(|(item, it)| format!("{item} {}", outcome(it)));
            format!("finish {versions:?}: {}", each.collect::<Vec<_>>().join("; "))
        }
    }
}

/// The calls of a push to which the world answers with these, from the lock on.
#[track_caller]
fn check(action: Action, replies: &[Reply], expect: Expect) {
    let mut job = SendJob::new(action, 7);
    let mut replies = replies.iter().cloned();
    let (mut out, mut reply) = (String::new(), Reply::Start);
    loop {
        let call = job.next(reply);
        out += print(&call).trim_end();
        out.push('\n');
        if matches!(call, Call::Finish(..)) {
            break;
        }
        reply = match call {
            Call::Park(_) => Reply::Parked(Vec::new()),
            Call::PutBlobs(_) | Call::Unlock | Call::Wait { .. } | Call::Keep(_) => Reply::Ok,
            _ => replies.next().expect("a reply for every call"),
        };
    }
    expect.assert_eq(&out);
}

fn versions(it: &[(&str, Option<u64>)]) -> Reply {
    Reply::Versions(it.iter().map(|(id, version)| ((*id).to_owned(), *version)).collect())
}

fn wrote(version: u64) -> Reply {
    Reply::Wrote { version: Some(version), displaced: Vec::new() }
}

#[test]
fn an_app_goes_in_one_locked_update_root_first() {
    check(
        deploy(
            "A 3 A__V 7 A__W -",
            &["index.js b a", "lib.js - a !", "blueprint:A__V b a", "blueprint:A__W n -"],
        ),
        &[
            Reply::Busy("ann".to_owned()),
            Reply::Ok,
            versions(&[("A", Some(3)), ("A__V", Some(7)), ("A__W", None)]),
            wrote(4),
            wrote(8),
            wrote(0),
        ],
        expect![[r#"
            park A/index.js=b A/lib.js=- blueprint A__V=b blueprint A__W=n
            upload bn
            lock A
            wait for ann: a while
            lock A
            read A A__V A__W
            keep A/index.js a Trash keep A/lib.js a Conflict keep blueprint A__V a Trash
            modify A at 3: A/index.js=b A/lib.js=-
            modify A__V at 7: blueprint A__V=b
            add A__W: blueprint A__W=n
            unlock
            finish {"A": Some(4), "A__V": Some(8), "A__W": Some(0)}: A/index.js Done; A/lib.js Done; blueprint A__V Done; blueprint A__W Done
        "#]],
    );
}

#[test]
fn another_version_than_planned_changes_nothing() {
    check(
        deploy("A 3 A__V 7", &["index.js b a", "blueprint:A__V b a"]),
        &[Reply::Ok, versions(&[("A", Some(4)), ("A__V", Some(7))])],
        expect![[r#"
            park A/index.js=b blueprint A__V=b
            upload b
            lock A
            read A A__V
            unlock
            finish {}: A/index.js Refused(Unknown); blueprint A__V Skipped
        "#]],
    );
}

#[test]
fn what_went_through_before_a_refusal_is_said_to_be_done() {
    check(
        deploy("A 3 A__V 7 A__W 1", &["index.js b a", "blueprint:A__V b a", "blueprint:A__W b a"]),
        &[
            Reply::Ok,
            versions(&[("A", Some(3)), ("A__V", Some(7)), ("A__W", Some(1))]),
            wrote(4),
            Reply::Mismatch,
        ],
        expect![[r#"
            park A/index.js=b blueprint A__V=b blueprint A__W=b
            upload b
            lock A
            read A A__V A__W
            keep A/index.js a Trash keep blueprint A__V a Trash keep blueprint A__W a Trash
            modify A at 3: A/index.js=b
            modify A__V at 7: blueprint A__V=b
            unlock
            finish {"A": Some(4)}: A/index.js Done; blueprint A__V Refused(Unknown); blueprint A__W Skipped
        "#]],
    );
}

#[test]
fn a_lost_lock_or_world_ends_the_push_and_the_lock_is_given_back() {
    for reply in [Reply::LockLost, Reply::Gone] {
        let mut job = SendJob::new(deploy("A 3", &["index.js b -"]), 7);
        let mut calls = Vec::new();
        let replies = [
            Reply::Start,
            Reply::Parked(Vec::new()),
            Reply::Ok,
            Reply::Ok,
            versions(&[("A", Some(3))]),
            reply,
            Reply::Gone,
        ];
        for reply in replies {
            calls.push(job.next(reply));
        }
        assert_eq!(calls[5], Call::Unlock);
        assert!(matches!(&calls[6], Call::Finish(it, _) if matches!(it[0].1, Outcome::Failed(_))));
    }
}

#[test]
fn removed_blueprints_go_last_and_the_root_after_all() {
    check(
        deploy("A! 3 A__V! 7", &["index.js - a", "blueprint:A - a", "blueprint:A__V - a"]),
        &[
            Reply::Ok,
            versions(&[("A", Some(3)), ("A__V", Some(7))]),
            Reply::Wrote { version: None, displaced: vec![(item("blueprint:A__V"), content('a'))] },
            Reply::Wrote { version: None, displaced: vec![(item("new.js"), content('x'))] },
        ],
        expect![[r#"
            park A/index.js=- blueprint A=- blueprint A__V=-
            lock A
            read A__V A
            keep A/index.js a Trash keep blueprint A a Trash keep blueprint A__V a Trash
            remove A__V
            remove A
            keep A/new.js x Conflict
            unlock
            finish {"A": None, "A__V": None}: A/index.js Done; blueprint A Done; blueprint A__V Done
        "#]],
    );
}

#[test]
fn entities_go_one_by_one_and_a_surprise_is_filed_afterwards() {
    check(
        layout(&["entity:e1 b a", "entity:e2 b a", "entity:e3 b -"]),
        &[
            Reply::Wrote { version: None, displaced: vec![(item("entity:e1"), content('x'))] },
            Reply::Refused(Seen::Present(content('y'))),
            Reply::Wrote { version: None, displaced: Vec::new() },
        ],
        expect![[r#"
            park entity e1=b entity e2=b entity e3=b
            keep entity e1 a Trash keep entity e2 a Trash
            entity e1 a->b
            keep entity e1 x Conflict
            entity e2 a->b
            entity e3 -->b
            finish {}: entity e1 Done; entity e2 Refused(Present(79797979…)); entity e3 Done
        "#]],
    );
}

#[test]
fn a_file_saved_again_keeps_its_app_back_but_not_other_entities() {
    let stale = |name: &str| Reply::Parked(vec![(item(name), Seen::Present(content('c')))]);
    let mut app = SendJob::new(deploy("A 3", &["index.js b a", "lib.js b a"]), 7);
    let _park = app.next(Reply::Start);
    let end = print(&app.next(stale("lib.js")));
    assert_eq!(end, "finish {}: A/index.js Skipped; A/lib.js Stale(Present(63636363…))");

    let mut entities = SendJob::new(layout(&["entity:e1 b -", "entity:e2 b -"]), 7);
    let _park = entities.next(Reply::Start);
    assert_eq!(print(&entities.next(stale("entity:e1"))), "entity e2 -->b");
}

#[test]
fn a_lock_that_stays_busy_ends_in_a_new_plan() {
    let mut job = SendJob::new(deploy("A 3", &["index.js b -"]), 7);
    let _park = job.next(Reply::Start);
    let _upload = job.next(Reply::Parked(Vec::new()));
    let mut call = job.next(Reply::Ok);
    let mut waited = 0;
    while !matches!(call, Call::Finish(..)) {
        call = match call {
            Call::Wait { ms, .. } => {
                waited += ms;
                job.next(Reply::Ok)
            }
            _ => job.next(Reply::Busy("ann".to_owned())),
        };
    }
    assert!((5_000..30_000).contains(&waited), "waited {waited} ms");
    assert!(print(&call).ends_with("A/index.js failed (the deploy lock is held by ann)"), "{}", print(&call));
}
