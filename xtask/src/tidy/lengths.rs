//! How long files and functions may be, and how many arguments a function may take.
//!
//! The stops are where the best codebases of this field have their longest tenth. What is over is listed
//! in `xtask/tidy.allow` ([`ratchet`]) and may only get better.

use super::Finding;
use super::ratchet::{self, Measure};
use super::repository::Repository;
use super::syntax::Source;

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;
const ARGUMENTS: usize = 4;

/// Measures everything outside tests and holds it against the stops and the list of exceptions.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let allowed = repository.files.get(ratchet::PATH).map(String::as_str).unwrap_or_default();
    let sources = repository.sources.iter().filter(|source| !source.test);
    ratchet::hold(allowed, sources.flat_map(measures))
}

fn measures(source: &Source) -> Vec<Measure> {
    let path = &source.path;
    let mut measures =
        vec![Measure { key: path.clone(), value: source.lines, stop: FILE_LINES, unit: "lines" }];
    for function in &source.functions {
        let key = format!("{path}::{}", function.name);
        let arguments = format!("{key}(arguments)");
        measures.push(Measure { key, value: function.lines, stop: FUNCTION_LINES, unit: "lines" });
        measures.push(Measure {
            key: arguments,
            value: function.arguments,
            stop: ARGUMENTS,
            unit: "arguments",
        });
    }
    measures
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use expect_test::expect;

    fn function(name: &str, lines: usize) -> String {
        format!("/// Not counted.\nfn {name}() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn seventy_lines_are_a_function_and_seventy_one_are_two() {
        let text =
            format!("//- /disk/src/lib.rs\n//! A disk.\n{}{}", function("fits", 70), function("bursts", 71));
        expect![[r"
            disk/src/lib.rs::bursts: 71 lines, the stop is 70: split it
        "]]
        .assert_eq(&findings(&text));
    }

    #[test]
    fn methods_are_named_with_their_type_and_self_is_no_argument() {
        expect![[r"
            disk/src/lib.rs::Disk::five(arguments): 5 arguments, the stop is 4: split it
        "]]
        .assert_eq(&findings(
            "
            //- /disk/src/lib.rs
            //! A disk.
            impl Disk {
                fn four(&self, a: A, b: B, c: C, d: D) {}
                fn five(&self, a: A, b: B, c: C, d: D, e: E) {}
            }
            ",
        ));
    }

    #[test]
    fn tests_count_neither_as_file_nor_as_function() {
        let test = function("a_long_story", 90);
        let filler = "// line\n".repeat(495);
        let module = format!("#[cfg(test)]\nmod tests {{\n{test}}}\n");
        let text = format!(
            "//- /disk/src/lib.rs\n//! A disk.\n{filler}{module}//- /disk/tests/journey.rs\n{filler}{test}"
        );
        expect![""].assert_eq(&findings(&text));
    }

    #[test]
    fn a_file_over_its_stop_is_found() {
        let text = format!("//- /disk/src/lib.rs\n//! A disk.\n{}", "// line\n".repeat(500));
        expect![[r"
            disk/src/lib.rs: 501 lines, the stop is 500: split it
        "]]
        .assert_eq(&findings(&text));
    }
}
