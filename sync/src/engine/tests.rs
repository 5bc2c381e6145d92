use super::*;
use crate::sighting::Held;
use bowline_model::{Digest, ProjectPath};
use expect_test::{Expect, expect};

fn content(letter: char) -> Digest {
    Digest::from_bytes([letter as u8; 32])
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

fn seen(letter: &str) -> Seen {
    match letter.chars().next() {
        Some('-') | None => Seen::Absent,
        Some('?') => Seen::Unknown,
        Some(it) => Seen::Present(content(it)),
    }
}

/// An engine and everything it said, told in lines:
/// `disk a.js=b lib.js=-`, `world …` (`whole` first if it is), `at 3` for the version of `A`,
/// `done`, `refused x`, `failed soon|for good`, `away`, `now +250`, `consent`, `settle a.js disk`.
struct Bench {
    engine: Engine,
    said: String,
    running: Option<Action>,
    now: Millis,
}

impl Bench {
    fn new(policy: Policy, base: &str) -> Bench {
        let agreed = |(item, seen): (ItemId, Seen)| Some((item, Agreed { held: seen.held()??, at: 0 }));
        let base = pairs(base.split_whitespace()).filter_map(agreed).collect();
        let setup = Setup { policy, now: 100_000, seed: 1 };
        Bench { engine: Engine::new(base, setup), said: String::new(), running: None, now: 100_000 }
    }

    fn tell(&mut self, line: &str) {
        self.said += &format!("{line}\n");
        let as_of = self.engine.stamp();
        let event = self.event(line, as_of);
        self.hear(event);
    }

    fn hear(&mut self, event: Event) {
        for effect in self.engine.on(event) {
            self.said += &format!("  {}\n", print(&effect));
            if let Effect::Run(action) = effect {
                self.running = Some(action);
            }
        }
    }

    fn event(&mut self, line: &str, as_of: Stamp) -> Event {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "disk" => Event::Disk(look(&words[1..], as_of)),
            "world" => Event::World(look(&words[1..], as_of), blueprints(&words[1..])),
            "away" => Event::WorldAway,
            "consent" => Event::Consent { group: item("a.js").group() },
            "settle" => {
                let winner = if words[2] == "disk" { Side::Disk } else { Side::World };
                Event::Settle { item: item(words[1]), winner }
            }
            "blocked" => Event::Blocked {
                group: item("a.js").group(),
                why: vec![Problem::file("unsupported_import", "a.js", "no such module")],
            },
            "now" => {
                self.now += words[1].parse::<Millis>().unwrap();
                Event::Now(self.now)
            }
            _ => self.finished(line),
        }
    }

    fn finished(&mut self, line: &str) -> Event {
        let action = self.running.take().expect("an action is under way");
        let failed = |retry| Outcome::Failed(Failure { message: "no luck".to_owned(), retry });
        let outcome = match line.split_once(' ') {
            None if line == "done" => Outcome::Done,
            Some(("refused", found)) => Outcome::Refused(seen(found)),
            Some(("stale", found)) => Outcome::Stale(seen(found)),
            Some(("failed", "soon")) => failed(Retry::Soon),
            Some(("failed", _)) => failed(Retry::WhenChanged),
            other => panic!("{line}: {other:?}"),
        };
        let outcomes = action.steps.iter().map(|it| (it.item.clone(), outcome.clone())).collect();
        Event::Finished { action: action.id, outcomes, versions: BTreeMap::new() }
    }
}

fn pairs<'a>(words: impl Iterator<Item = &'a str>) -> impl Iterator<Item = (ItemId, Seen)> {
    words.filter_map(|it| it.split_once('=')).map(|(name, it)| (item(name), seen(it)))
}

fn look(words: &[&str], as_of: Stamp) -> Look {
    let scope = if words.first() == Some(&"whole") { Scope::Whole } else { Scope::Partial };
    let changed_at = if words.contains(&"late") { Some(90_000) } else { None };
    let sightings =
        pairs(words.iter().copied()).map(|(item, seen)| (item, Sighting { seen, changed_at })).collect();
    Look { sightings, scope, as_of }
}

fn blueprints(words: &[&str]) -> Blueprints {
    let at = words.iter().position(|it| *it == "at").and_then(|it| words[it + 1].parse().ok());
    let versions = at.into_iter().map(|it: u64| ("A".to_owned(), Some(it))).collect();
    Blueprints { versions, roots: BTreeMap::new() }
}

fn print(effect: &Effect) -> String {
    match effect {
        Effect::Run(it) => {
            let step = |it: &Step| format!(" {} {}->{}", it.item, letter(it.expect), letter(it.put));
            let steps: String = it.steps.iter().map(step).collect();
            let at = it.deploy.iter().map(|it| format!(" on {:?}", it.versions)).collect::<String>();
            let gone = it.deploy.iter().filter(|it| !it.emptied.is_empty());
            let gone = gone.map(|it| format!(" removing {:?}", it.emptied)).collect::<String>();
            format!("run {:?}:{steps}{at}{gone}", it.direction)
        }
        Effect::Agreed(rows) => {
            let row =
                |(item, it): &(ItemId, Option<Agreed>)| format!(" {item}={}", letter(it.map(|it| it.held)));
            format!("agreed{}", rows.iter().map(row).collect::<String>())
        }
        Effect::Conflict(it) => {
            format!(
                "conflict {}: disk {}, world {}, winner {:?}",
                it.item,
                letter(it.disk),
                letter(it.world),
                it.winner
            )
        }
        Effect::Held { why, .. } => format!("held by {}", why.len()),
        Effect::WorldForgot { blueprint } => format!("the world forgot {blueprint}"),
        Effect::Freed { .. } => "freed".to_owned(),
        Effect::Failed { why, .. } => format!("failed: {}", why[0].1.message),
        Effect::RetryAfter { ms, .. } => format!("pause {ms}"),
        Effect::Look { side, .. } => format!("look at {side:?}"),
    }
}

#[track_caller]
fn check(policy: Policy, base: &str, lines: &[&str], expect: Expect) {
    let mut bench = Bench::new(policy, base);
    lines.iter().for_each(|it| bench.tell(it));
    expect.assert_eq(&bench.said);
}

#[test]
fn nothing_moves_before_both_sides_were_seen_whole() {
    check(
        Policy::Lww,
        "",
        &["disk whole a.js=b", "world a.js=-", "world whole", "done"],
        expect![[r#"
        disk whole a.js=b
        world a.js=-
        world whole
          run ToWorld: A/a.js -->b on {"A": None}
        done
          agreed A/a.js=b
    "#]],
    );
}

#[test]
fn the_base_moves_when_a_side_reports_and_never_on_sending() {
    let mut bench = Bench::new(Policy::Lww, "a.js=a b.js=a");
    bench.tell("disk whole a.js=b b.js=a");
    bench.tell("world whole a.js=a b.js=a at 3");
    assert_eq!(bench.engine.explain(&item("a.js")).unwrap().row.base(), Some(content('a')));
    assert!(!bench.engine.settled());
    bench.tell("done");
    assert_eq!(bench.engine.explain(&item("a.js")).unwrap().row.base(), Some(content('b')));
    assert!(bench.engine.settled());
}

#[test]
fn an_echo_is_told_from_an_edit_by_content() {
    check(
        Policy::Lww,
        "a.js=a",
        &[
            "disk whole a.js=b",
            "world whole a.js=a at 3",
            "done",
            "world a.js=b at 4",
            "disk a.js=b",
            "world a.js=c at 5",
        ],
        expect![[r#"
            disk whole a.js=b
            world whole a.js=a at 3
              run ToWorld: A/a.js a->b on {"A": Some(3)}
            done
              agreed A/a.js=b
            world a.js=b at 4
            disk a.js=b
            world a.js=c at 5
              run ToDisk: A/a.js b->c
        "#]],
    );
}

#[test]
fn a_save_during_our_own_push_is_no_conflict() {
    check(
        Policy::Lww,
        "a.js=a",
        &["disk whole a.js=b", "world whole a.js=a at 3", "disk a.js=c", "world a.js=b at 4", "done"],
        expect![[r#"
            disk whole a.js=b
            world whole a.js=a at 3
              run ToWorld: A/a.js a->b on {"A": Some(3)}
            disk a.js=c
            world a.js=b at 4
            done
              agreed A/a.js=b
              look at World
              run ToWorld: A/a.js b->c on {"A": Some(3)}
        "#]],
    );
}

#[test]
fn a_push_whose_answer_got_lost_is_no_conflict_either() {
    check(
        Policy::Lww,
        "a.js=a",
        &[
            "disk whole a.js=b",
            "world whole a.js=a at 3",
            "failed soon",
            "away",
            "disk a.js=c",
            "world whole a.js=b at 4",
            "now 250",
        ],
        expect![[r#"
            disk whole a.js=b
            world whole a.js=a at 3
              run ToWorld: A/a.js a->b on {"A": Some(3)}
            failed soon
              pause 250
              failed: no luck
              look at World
              held by 1
            away
            disk a.js=c
            world whole a.js=b at 4
              agreed A/a.js=b
              freed
            now 250
              run ToWorld: A/a.js b->c on {"A": Some(4)}
        "#]],
    );
}

#[test]
fn a_push_that_arrives_after_it_was_tried_again_is_no_conflict_with_what_was_saved_meanwhile() {
    check(
        Policy::Lww,
        "a.js=a",
        &[
            "disk whole a.js=b",
            "world whole a.js=a at 3",
            "failed soon",
            "world a.js=a at 3",
            "now 250",
            "stale c",
            "refused b",
        ],
        expect![[r#"
            disk whole a.js=b
            world whole a.js=a at 3
              run ToWorld: A/a.js a->b on {"A": Some(3)}
            failed soon
              pause 250
              failed: no luck
              look at World
              held by 1
            world a.js=a at 3
              freed
            now 250
              run ToWorld: A/a.js a->b on {"A": Some(3)}
            stale c
              run ToWorld: A/a.js a->c on {"A": Some(3)}
            refused b
              agreed A/a.js=b
              run ToWorld: A/a.js b->c on {"A": Some(3)}
        "#]],
    );
}

#[test]
fn a_look_from_before_our_write_does_not_undo_it() {
    let mut bench = Bench::new(Policy::Lww, "a.js=a");
    bench.tell("disk whole a.js=a");
    bench.tell("world whole a.js=b at 3");
    let before = bench.engine.stamp();
    bench.tell("done");
    let late = bench.event("disk a.js=a", before);
    bench.said += "late: disk a.js=a\n";
    bench.hear(late);
    expect![[r#"
        disk whole a.js=a
        world whole a.js=b at 3
          run ToDisk: A/a.js a->b
        done
          agreed A/a.js=b
        late: disk a.js=a
          look at Disk
    "#]]
    .assert_eq(&bench.said);
}

#[test]
fn what_is_seen_where_we_are_writing_does_not_count() {
    // Our own b is seen on disk, and then taken back because somebody had saved c.
    check(
        Policy::Local,
        "a.js=a",
        &["disk whole a.js=a", "world whole a.js=b at 3", "disk a.js=b", "refused c"],
        expect![[r#"
            disk whole a.js=a
            world whole a.js=b at 3
              run ToDisk: A/a.js a->b
            disk a.js=b
            refused c
              look at Disk
              conflict A/a.js: disk c, world b, winner Some(Disk)
              run ToWorld: A/a.js b->c on {"A": Some(3)}
        "#]],
    );
}

#[test]
fn refusals_are_planned_again_three_times_before_a_pause() {
    let refused = ["refused b", "refused c", "refused d", "refused e", "now 250"];
    check(
        Policy::World,
        "",
        &[&["disk whole a.js=a", "world whole a.js=z at 3"][..], &refused].concat(),
        expect![[r#"
            disk whole a.js=a
            world whole a.js=z at 3
              conflict A/a.js: disk a, world z, winner Some(World)
              run ToDisk: A/a.js a->z
            refused b
              conflict A/a.js: disk b, world z, winner Some(World)
              run ToDisk: A/a.js b->z
            refused c
              conflict A/a.js: disk c, world z, winner Some(World)
              run ToDisk: A/a.js c->z
            refused d
              conflict A/a.js: disk d, world z, winner Some(World)
              run ToDisk: A/a.js d->z
            refused e
              pause 250
              conflict A/a.js: disk e, world z, winner Some(World)
            now 250
              run ToDisk: A/a.js e->z
        "#]],
    );
}

#[test]
fn what_cannot_work_waits_until_it_changes() {
    check(
        Policy::Lww,
        "a.js=a",
        &[
            "disk whole a.js=a",
            "world whole a.js=b at 3",
            "failed for good",
            "disk a.js=a",
            "now 500",
            "world a.js=c at 4",
        ],
        expect![[r#"
            disk whole a.js=a
            world whole a.js=b at 3
              run ToDisk: A/a.js a->b
            failed for good
              pause 60000
              failed: no luck
              look at Disk
              held by 1
            disk a.js=a
              freed
            now 500
            world a.js=c at 4
              run ToDisk: A/a.js a->c
        "#]],
    );
}

#[test]
fn an_app_whose_folder_vanished_waits_for_consent() {
    check(
        Policy::Lww,
        "a.js=a b.js=a blueprint:A=a",
        &["world whole a.js=a b.js=a blueprint:A=a at 3", "disk whole", "consent"],
        expect![[r#"
            world whole a.js=a b.js=a blueprint:A=a at 3
            disk whole
              held by 1
            consent
              freed
              run ToWorld: A/a.js a->- A/b.js a->- blueprint A a->- on {"A": Some(3)} removing {"A"}
        "#]],
    );
    check(
        Policy::Lww,
        "a.js=a b.js=a",
        &["world whole a.js=a b.js=a at 3", "disk whole", "disk a.js=a b.js=a"],
        expect![[r#"
            world whole a.js=a b.js=a at 3
            disk whole
              held by 1
            disk a.js=a b.js=a
              freed
        "#]],
    );
}

#[test]
fn a_person_settles_what_only_a_person_may() {
    check(
        Policy::Ask,
        "a.js=a b.js=a",
        &["disk whole a.js=b b.js=b", "world whole a.js=c b.js=a at 3", "settle a.js disk", "done"],
        expect![[r#"
            disk whole a.js=b b.js=b
            world whole a.js=c b.js=a at 3
              conflict A/a.js: disk b, world c, winner None
              held by 1
            settle a.js disk
              freed
              run ToWorld: A/a.js c->b A/b.js a->b on {"A": Some(3)}
            done
              agreed A/a.js=b A/b.js=b
        "#]],
    );
}

#[test]
fn a_world_that_went_away_holds_everything_until_it_was_seen_whole_again() {
    check(
        Policy::Lww,
        "a.js=a",
        &[
            "disk whole a.js=a",
            "world whole a.js=a at 3",
            "away",
            "disk a.js=b",
            "world a.js=a at 3",
            "world whole a.js=a at 3",
        ],
        expect![[r#"
            disk whole a.js=a
            world whole a.js=a at 3
            away
            disk a.js=b
            world a.js=a at 3
            world whole a.js=a at 3
              run ToWorld: A/a.js a->b on {"A": Some(3)}
        "#]],
    );
}

#[test]
fn a_world_that_crashed_and_forgot_is_reminded_and_not_believed() {
    check(
        Policy::Lww,
        "a.js=b",
        &["disk whole a.js=b", "world whole a.js=b at 7", "away", "world whole a.js=a at 3"],
        expect![[r#"
            disk whole a.js=b
            world whole a.js=b at 7
            away
            world whole a.js=a at 3
              the world forgot A
              run ToWorld: A/a.js a->b on {"A": Some(3)}
        "#]],
    );
}

#[test]
fn pulls_go_before_pushes_and_problems_hold_only_pushes() {
    check(
        Policy::Lww,
        "a.js=a b.js=a",
        &["blocked", "disk whole a.js=b b.js=a", "world whole a.js=a b.js=c at 3", "done"],
        expect![[r#"
            blocked
            disk whole a.js=b b.js=a
            world whole a.js=a b.js=c at 3
              held by 1
              run ToDisk: A/b.js a->c
            done
              agreed A/b.js=c
        "#]],
    );
}

#[test]
fn a_mirror_steps_aside_when_content_comes_round_again() {
    let name = "@shared/s.js";
    let mut bench = Bench::new(Policy::Lww, &format!("{name}=x"));
    bench.tell(&format!("disk whole {name}=x"));
    bench.tell(&format!("world whole {name}=y at 1"));
    for content in ["x", "y"] {
        bench.tell("done");
        bench.tell(&format!("world {name}={content} at 2"));
    }
    bench.tell("done");
    assert!(bench.said.lines().last().is_some_and(|it| it.starts_with("  pause ")), "{}", bench.said);
}

#[test]
fn every_group_says_where_it_stands() {
    let mut bench = Bench::new(Policy::Ask, "a.js=a entity:e1=a");
    let stands = |bench: &Bench| -> String {
        bench.engine.status().map(|(group, it)| format!("{group} {:?} ", it.state)).collect()
    };
    assert_eq!(stands(&bench), "A Unseen world.json Unseen ");
    bench.tell("disk whole a.js=b entity:e1=a");
    bench.tell("world whole a.js=a entity:e1=a at 3");
    assert_eq!(stands(&bench), "A Moving(ToWorld) world.json InSync ");
    bench.tell("failed soon");
    bench.tell("world a.js=a at 3");
    assert_eq!(stands(&bench), "A Pausing(ToWorld) world.json InSync ");
    assert_eq!(bench.engine.pending().count(), 1);
    bench.tell("world a.js=c at 4");
    assert_eq!(stands(&bench), "A Conflict world.json InSync ");
    bench.tell("disk a.js=?");
    assert_eq!(stands(&bench), "A Held world.json InSync ");
}

#[test]
fn what_is_refused_for_good_is_held_until_it_changes() {
    let mut bench = Bench::new(Policy::Lww, "a.js=a");
    let stands = |bench: &Bench| bench.engine.status().map(|it| it.1.state).collect::<Vec<_>>();
    bench.tell("disk whole a.js=b");
    bench.tell("world whole a.js=a at 3");
    bench.tell("failed for good");
    bench.tell("world a.js=a at 3");
    assert_eq!(stands(&bench), [State::Held]);
    bench.tell("disk a.js=c");
    assert_eq!(stands(&bench), [State::Moving(Direction::ToWorld)]);
}

#[test]
fn a_shared_module_is_not_sent_again_because_the_pull_that_drops_its_import_came_first() {
    check(
        Policy::Lww,
        "a.js=a @shared/w.js=w",
        &[
            "disk whole a.js=a @shared/w.js=w",
            "world whole a.js=b at 4",
            "done",
            "disk whole a.js=b",
            "world whole a.js=b at 4",
        ],
        expect![[r#"
            disk whole a.js=a @shared/w.js=w
            world whole a.js=b at 4
              run ToDisk: A/a.js a->b
            done
              agreed A/a.js=b
              look at Disk
              held by 1
            disk whole a.js=b
              agreed A/@shared/w.js=-
              freed
            world whole a.js=b at 4
        "#]],
    );
}
