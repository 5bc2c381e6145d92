//! What is not written here: places of one machine, unfinished work, tests that wait for a clock.

use super::Finding;
use super::repository::Repository;
use super::syntax::{Banned, Source};

/// Written in two halves, so that this file may stay in the repository.
const MACHINE_PATHS: [&str; 3] = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/")];

/// Checks every text file, and the calls in Rust files.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let paths = repository.files.iter().flat_map(|(path, text)| machine_paths(path, text));
    paths.chain(repository.sources.iter().flat_map(banned_calls)).collect()
}

fn machine_paths(path: &str, text: &str) -> Vec<Finding> {
    let numbered = text.lines().enumerate();
    let named =
        numbered.filter_map(|(at, line)| Some((at, MACHINE_PATHS.iter().find(|it| names(line, it))?)));
    named
        .map(|(at, found)| {
            let message = format!("names a place of one machine, `{found}`: nobody else has it");
            Finding::at(path, at + 1, message)
        })
        .collect()
}

/// Whether an absolute path in `line` begins with `place`: the end of a longer path or of an address
/// (`docs/…`, `https://…`) is somewhere else.
fn names(line: &str, place: &str) -> bool {
    let begins = |at: usize| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-~}$)".contains(before))
    };
    line.match_indices(place).any(|(at, _)| begins(at))
}

fn banned_calls(source: &Source) -> Vec<Finding> {
    let say = |banned| match banned {
        Banned::Todo => Some("finish this: `todo!` is not committed"),
        Banned::Dbg => Some("take `dbg!` out again"),
        Banned::Ignore => Some("a test that is ignored tests nothing: mend it or delete it"),
        Banned::Sleep { in_test } if in_test || source.test => {
            Some("a test waits for an event, never for a duration: do not sleep")
        }
        Banned::Sleep { .. } => None,
    };
    let found = source.banned.iter().filter_map(|(line, banned)| Some((line, say(*banned)?)));
    found.map(|(line, message)| Finding::at(&source.path, *line, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::{MACHINE_PATHS, names};
    use expect_test::expect;

    #[test]
    fn sleeping_is_for_programs_and_unfinished_work_for_nobody() {
        expect![[r#"
            disk/src/watch.rs:4: finish this: `todo!` is not committed
            disk/src/watch.rs:5: take `dbg!` out again
            disk/src/watch.rs:11: a test that is ignored tests nothing: mend it or delete it
            disk/src/watch.rs:13: a test waits for an event, never for a duration: do not sleep
            disk/src/watch/sleepy.rs:4: a test waits for an event, never for a duration: do not sleep
            disk/tests/journey.rs:3: a test waits for an event, never for a duration: do not sleep
        "#]]
        .assert_eq(&findings(
            "
            //- /disk/src/watch.rs
            //! Watches.
            fn watch() {
                std::thread::sleep(PAUSE);
                todo!()
                + dbg!(1)
            }
            #[cfg(test)]
            mod sleepy;
            #[cfg(test)]
            mod tests {
                #[ignore]
                fn waits() {
                    thread::sleep(PAUSE);
                }
            }
            //- /disk/src/watch/sleepy.rs
            // All of this file is a test, because of how `watch.rs` declares it.
            fn waits() {
                let sleep = pool.sleep(1);
                sleep(PAUSE);
            }
            //- /disk/src/sleepy.rs
            //! A program of the same name may sleep.
            fn waits() {
                sleep(PAUSE);
            }
            //- /disk/tests/journey.rs
            async fn a_journey() {
                // Also when it is awaited:
                tokio::time::sleep(PAUSE).await;
            }
            ",
        ));
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_every_kind_of_file() {
        let text = format!(
            "//- /README.md\nSee {}me/notes.\n//- /a.json\n\"{}x\"\n",
            MACHINE_PATHS[2], MACHINE_PATHS[0]
        );
        assert_eq!(findings(&text).lines().count(), 2);
    }

    #[test]
    fn the_middle_of_a_longer_path_is_no_place_of_a_machine() {
        let place = MACHINE_PATHS[1];
        for (line, named) in
            [("x", false), ("cd PLACE", true), ("\"PLACEa", true), ("doPLACEx", false), ("../.PLACE", false)]
        {
            assert_eq!(names(&line.replace("PLACE", place), place), named, "{line}");
        }
    }
}
