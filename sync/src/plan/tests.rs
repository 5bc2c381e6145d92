use super::*;
use bowline_model::{Digest, ProjectPath};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn script(app: &str, path: &str) -> ItemId {
    ItemId::Script { app: app.to_owned(), path: ProjectPath::parse(path).unwrap() }
}

fn held(letter: u8) -> Held {
    (letter != b'-').then(|| Digest::from_bytes([letter; 32]))
}

fn seen(letter: u8) -> Sighting {
    Sighting::of(if letter == b'?' { Seen::Unknown } else { held(letter).into() })
}

fn row(spelled: &str) -> Row {
    let [base, disk, world] = spelled.as_bytes() else { panic!("{spelled}: base, disk, world") };
    Row {
        base: held(*base).map(|held| Agreed { held, at: 0 }),
        disk: seen(*disk),
        world: seen(*world),
        winner: Some(Side::World),
        forced: None,
    }
}

fn plan_of(rows: &Rows, blocked: &[Problem], consented: &BTreeSet<(Side, ItemId)>) -> Plan {
    let mut names = Names::default();
    rows.keys().for_each(|it| names.add(it));
    plan(rows, Terms { blocked, consented, names: &names })
}

fn letter(it: Held) -> char {
    it.map_or('-', |it| char::from(it.bytes()[0]))
}

fn print(plan: &Plan) -> String {
    let step = |it: &Step| format!("{} {}->{} {:?}", it.item, letter(it.expect), letter(it.put), it.keep);
    let mut out = String::new();
    for (item, held) in &plan.agree {
        out += &format!("agree {item} {}\n", letter(*held));
    }
    for it in &plan.to_disk {
        out += &format!("disk  {}\n", step(it));
    }
    for it in &plan.to_world {
        out += &format!("world {}\n", step(it));
    }
    for (direction, it) in &plan.waiting {
        out += &format!("waits {:?} {}\n", direction.target(), step(it));
    }
    for it in &plan.conflicts {
        out += &format!("conflict {} won by {:?}\n", it.item, it.winner);
    }
    for it in &plan.holds {
        out += &match it {
            Hold::Unknown(side, item) => format!("hold  {item} unknown on {side:?}\n"),
            Hold::Blocked(why) => format!("hold  blocked by {} problem\n", why.len()),
            Hold::NeedsConfirmation { side, deletes, of } => {
                format!("hold  {side:?} would lose {deletes} of {of}\n")
            }
            Hold::Clash(item, other) => format!("hold  {item} clashes with {other}\n"),
            Hold::Ask(item) => format!("hold  {item} waits for a person\n"),
        };
    }
    out
}

/// `path base-disk-world` per line, all of app `A`.
fn rows(text: &str) -> Rows {
    let parse = |line: &str| {
        let (path, spelled) = line.trim().rsplit_once(' ')?;
        Some((script("A", path), row(spelled)))
    };
    text.lines().filter_map(parse).collect()
}

#[track_caller]
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&print(&plan_of(&rows(text), &[], &BTreeSet::new())));
}

#[test]
fn both_directions_travel_in_their_own_action() {
    check(
        "index.js aba\nlib.js aab\nnew.js -n-\nsame.js abb\nboth.js abc\nstill.js aaa",
        expect![[r#"
            agree A/same.js b
            disk  A/both.js b->c Conflict
            disk  A/lib.js a->b Trash
            world A/index.js a->b Trash
            world A/new.js -->n Trash
            conflict A/both.js won by Some(World)
        "#]],
    );
}

#[test]
fn unknown_holds_its_item_and_the_deploy_of_its_app() {
    check(
        "index.js aba\nlib.js aab\nodd.js a?a\nfar.js aa?",
        expect![[r#"
            disk  A/lib.js a->b Trash
            waits World A/index.js a->b Trash
            hold  A/far.js unknown on World
            hold  A/odd.js unknown on Disk
        "#]],
    );
}

#[test]
fn an_app_with_problems_is_pulled_and_not_pushed() {
    let problem = Problem::file("unsupported_import", "apps/A/index.js", "`lodash` is no relative path");
    let plan = plan_of(&rows("index.js aba\nlib.js aab"), &[problem], &BTreeSet::new());
    expect![[r#"
        disk  A/lib.js a->b Trash
        waits World A/index.js a->b Trash
        hold  blocked by 1 problem
    "#]]
    .assert_eq(&print(&plan));
}

#[test]
fn a_shared_module_is_never_deleted_from_disk_by_one_apps_world() {
    check(
        "@shared/u.js aa-\nindex.js aaa",
        expect![[r#"
            world A/@shared/u.js -->a Trash
        "#]],
    );
    check(
        "@shared/u.js aa-\nindex.js aab",
        expect![[r#"
            disk  A/index.js a->b Trash
            waits World A/@shared/u.js -->a Trash
        "#]],
    );
}

#[test]
fn mass_deletions_wait_for_consent() {
    check(
        "a.js aa-\nb.js aa-\nc.js aaa\nd.js aaa",
        expect![[r#"
        disk  A/a.js a->- Trash
        disk  A/b.js a->- Trash
    "#]],
    );
    check(
        "a.js aa-\nb.js aa-\nc.js aa-\nd.js aaa\ne.js aba",
        expect![[r#"
        waits Disk A/a.js a->- Trash
        waits Disk A/b.js a->- Trash
        waits Disk A/c.js a->- Trash
        waits World A/e.js a->b Trash
        hold  Disk would lose 3 of 5
    "#]],
    );
    check(
        "a.js a-a",
        expect![[r#"
        waits World A/a.js a->- Trash
        hold  World would lose 1 of 1
    "#]],
    );
    let gone = rows("a.js a-a");
    let consented = plan_of(&gone, &[], &BTreeSet::new()).deletions();
    assert_eq!(print(&plan_of(&gone, &[], &consented)), "world A/a.js a->- Trash\n");
}

#[test]
fn the_last_module_of_an_app_waits_for_consent_whatever_else_the_app_has() {
    let with_blueprint = |text: &str| {
        let mut rows = rows(text);
        let item = ItemId::Blueprint { app: "A".to_owned(), id: "A".to_owned() };
        rows.insert(item, row("aaa"));
        print(&plan_of(&rows, &[], &BTreeSet::new()))
    };
    expect![[r#"
        waits World A/a.js a->- Trash
        hold  World would lose 1 of 2
    "#]]
    .assert_eq(&with_blueprint("a.js a-a"));
    // Renamed, or edited in the world meanwhile: a module is left.
    expect![[r#"
        world A/a.js a->- Trash
        world A/b.js -->a Trash
    "#]]
    .assert_eq(&with_blueprint("a.js a-a\nb.js -a-"));
    expect![[r#"
        disk  A/b.js -->b Trash
        world A/a.js a->- Trash
    "#]]
    .assert_eq(&with_blueprint("a.js a-a\nb.js a-b"));
}

#[test]
fn names_that_a_disk_would_fold_are_held() {
    check(
        "Lib.js aaa\nlib.js --n",
        expect![[r#"
        waits Disk A/lib.js -->n Trash
        hold  A/lib.js clashes with A/Lib.js
    "#]],
    );
    // A rename that only changes case is no clash: the old name goes.
    check(
        "Lib.js aa-\nlib.js --a\nx.js aaa",
        expect![[r#"
        disk  A/Lib.js a->- Trash
        disk  A/lib.js -->a Trash
    "#]],
    );
}

#[test]
fn a_conflict_without_a_winner_holds_its_app() {
    let mut rows = rows("a.js abc\nb.js aba");
    rows.values_mut().for_each(|it| it.winner = None);
    expect![[r#"
        waits World A/b.js a->b Trash
        conflict A/a.js won by None
        hold  A/a.js waits for a person
    "#]]
    .assert_eq(&print(&plan_of(&rows, &[], &BTreeSet::new())));
}

#[test]
fn a_person_can_turn_a_direction_around() {
    let mut rows = rows("a.js aba\nb.js aaa");
    rows.values_mut().for_each(|it| it.forced = Some(Side::World));
    expect![[r#"
        disk  A/a.js b->a Conflict
    "#]]
    .assert_eq(&print(&plan_of(&rows, &[], &BTreeSet::new())));
}

fn any_rows() -> impl Strategy<Value = Rows> {
    let paths = prop::sample::subsequence(
        vec!["a.js", "A.js", "b.js", "c.js", "d.js", "@shared/s.js", "@shared/t.js"],
        0..=7,
    );
    let side = prop::sample::select(b"aab-?".to_vec());
    let base = prop::sample::select(b"aa-".to_vec());
    let winner = prop::sample::select(vec![Some(Side::Disk), Some(Side::World), None]);
    (paths, prop::collection::vec((base, side.clone(), side, winner), 7)).prop_map(|(paths, rows)| {
        let row = |(base, disk, world, winner): (u8, u8, u8, Option<Side>)| Row {
            winner,
            ..row(std::str::from_utf8(&[base, disk, world]).unwrap())
        };
        paths.into_iter().map(|it| script("A", it)).zip(rows.into_iter().map(row)).collect()
    })
}

/// All steps succeed and all conflicts are settled.
fn carry_out(rows: &mut Rows, plan: &Plan) {
    for (item, held) in &plan.agree {
        rows.get_mut(item).unwrap().base = held.map(|held| Agreed { held, at: 1 });
    }
    for step in plan.to_disk.iter().chain(&plan.to_world) {
        let row = rows.get_mut(&step.item).unwrap();
        row.disk = Sighting::of(step.put.into());
        row.world = Sighting::of(step.put.into());
        row.base = step.put.map(|held| Agreed { held, at: 1 });
    }
}

fn swapped(rows: &Rows) -> Rows {
    let other = |it: Side| if it == Side::Disk { Side::World } else { Side::Disk };
    let swap = |it: &Row| Row { disk: it.world, world: it.disk, winner: it.winner.map(other), ..*it };
    rows.iter().map(|(item, row)| (item.clone(), swap(row))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_in_sync_or_unknown_is_never_touched(rows in any_rows()) {
        let plan = plan_of(&rows, &[], &BTreeSet::new());
        for step in plan.to_disk.iter().chain(&plan.to_world) {
            let row = rows[&step.item];
            let (disk, world) = row.both().expect("a step needs both sides known");
            prop_assert!(disk != world);
        }
    }

    #[test]
    fn one_lossless_round_reaches_the_fixed_point(mut rows in any_rows()) {
        let consent: BTreeSet<_> =
            rows.keys().flat_map(|it| [(Side::Disk, it.clone()), (Side::World, it.clone())]).collect();
        for _ in 0..2 {
            let plan = plan_of(&rows, &[], &consent);
            carry_out(&mut rows, &plan);
        }
        let rest = plan_of(&rows, &[], &consent);
        prop_assert!(rest.to_disk.is_empty() && rest.to_world.is_empty() && rest.agree.is_empty(), "{}", print(&rest));
    }

    #[test]
    fn first_contact_deletes_nothing(mut rows in any_rows()) {
        rows.values_mut().for_each(|it| it.base = None);
        prop_assert!(plan_of(&rows, &[], &BTreeSet::new()).deletions().is_empty());
    }

    #[test]
    fn only_agreed_content_goes_to_the_trash(rows in any_rows()) {
        let plan = plan_of(&rows, &[], &BTreeSet::new());
        for step in plan.to_disk.iter().chain(&plan.to_world) {
            prop_assert!(step.keep == Keep::Conflict || step.expect.is_none() || step.expect == step.base);
        }
    }

    #[test]
    fn an_unmodified_item_deleted_on_one_side_goes_and_an_edited_one_comes_back(rows in any_rows()) {
        let plan = plan_of(&rows, &[], &BTreeSet::new());
        for (side, item) in plan.deletions() {
            let row = rows[&item];
            prop_assert_eq!(row.at(side).seen.held(), Some(row.base()));
        }
    }

    #[test]
    fn the_two_sides_are_treated_alike(rows in any_rows()) {
        // Shared modules and folding names are about disks only.
        let rows: Rows = rows.into_iter().filter(|(it, _)| !it.is_shared() && *it != script("A", "A.js")).collect();
        let there = plan_of(&rows, &[], &BTreeSet::new());
        let back = plan_of(&swapped(&rows), &[], &BTreeSet::new());
        let moves = |direction: Direction, plan: &Plan| -> BTreeSet<String> {
            let waiting = plan.waiting.iter().filter(|it| it.0 == direction).map(|it| &it.1);
            plan.ready(direction).iter().chain(waiting).map(|it| format!("{it:?}")).collect()
        };
        prop_assert_eq!(moves(Direction::ToDisk, &there), moves(Direction::ToWorld, &back));
        prop_assert_eq!(moves(Direction::ToWorld, &there), moves(Direction::ToDisk, &back));
    }

    #[test]
    fn no_two_files_are_planned_under_one_folded_name(rows in any_rows()) {
        let plan = plan_of(&rows, &[], &BTreeSet::new());
        let created: Vec<_> = plan.to_disk.iter().filter(|it| it.expect.is_none()).map(|it| &it.item).collect();
        let both = [script("A", "a.js"), script("A", "A.js")];
        prop_assert!(!both.iter().all(|it| created.contains(&it)));
    }
}
