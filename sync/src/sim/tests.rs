use super::*;

/// What a debug build on a slow machine does in a few seconds; `cargo xtask bench` runs more.
const SEEDS: u64 = 400;

#[test]
fn nothing_is_lost_and_both_sides_converge() {
    let report = run(0..SEEDS, Protocol::Preconditions, Ablation::None);
    assert_eq!(report.failed, 0, "{:#?}", report.failures);
    // A simulation in which nothing goes wrong would prove nothing.
    let it = report.counts;
    for (what, count) in [
        ("refused steps", it.refused),
        ("exchanges taken back", it.taken_back),
        ("conflicts", it.conflicts),
        ("crashes", it.crashes),
        ("old bases", it.old_bases),
        ("lost bases", it.lost_bases),
        ("disconnects", it.disconnects),
        ("worlds crashed", it.world_crashes),
        ("sets of records refused", it.verdicts),
        ("changes of records not made", it.mismatches),
        ("late looks", it.late_looks),
    ] {
        assert!(count > SEEDS / 20, "{what}: only {count} in {SEEDS} runs");
    }
    assert_eq!(it.unprotected, 0, "{it:?}");
}

#[test]
fn worlds_without_preconditions_converge_and_lose_what_only_they_could_have_kept() {
    let report = run(0..SEEDS, Protocol::Versions, Ablation::None);
    assert_eq!(report.failed, 0, "{:#?}", report.failures);
    assert!(report.counts.unprotected < SEEDS / 100, "{:?}", report.counts);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..40 {
        let [once, twice] =
            [(); 2].map(|()| run_one(seed, (Protocol::Preconditions, Ablation::None), Trace::On));
        assert!(once.trace.len() > 50);
        assert_eq!(once, twice, "seed {seed}");
    }
}

/// The checkers must find a broken rule, by one of these checks, within so many seeds.
#[track_caller]
fn is_found(ablation: Ablation, checks: &[&str], within: u64) {
    let names_one = |it: &String| checks.iter().any(|check| it.starts_with(check));
    let found = (0..within).any(|seed| {
        run_one(seed, (Protocol::Preconditions, ablation), Trace::Off).found.iter().any(names_one)
    });
    assert!(found, "{ablation:?} went unnoticed in {within} seeds");
}

#[test]
fn looking_first_and_renaming_then_is_found() {
    is_found(Ablation::CheckThenRename, &["E1", "E2"], 500);
}

#[test]
fn writing_over_another_version_is_found() {
    is_found(Ablation::NoVersionCheck, &["E1", "E2"], 1_000);
}

#[test]
fn leaving_staged_files_alone_after_a_crash_is_found() {
    is_found(Ablation::NoRecovery, &["E1"], 500);
}

#[test]
fn deleting_without_looking_is_found() {
    is_found(Ablation::DeleteBlind, &["E2"], 500);
}

#[test]
fn changing_records_whatever_they_are_is_found() {
    is_found(Ablation::ApplyBlind, &["E1", "E2"], 500);
}

#[test]
fn deleting_straight_into_the_trash_is_found() {
    is_found(Ablation::DeleteStraightToTrash, &["E2"], 2_000);
}
