//! Files say what they are: a `//!` paragraph at the top, and a name that is a noun or a verb of the field.

use super::Finding;
use super::repository::Repository;

/// Drawers: nothing ever looks out of place in them, so everything ends up there.
const DRAWERS: [&str; 10] =
    ["utils", "helpers", "common", "misc", "manager", "types", "constants", "session", "config", "util"];

/// Checks the opening and the name of every Rust file, and the names of modules inside files.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &repository.sources {
        if !source.introduced && !source.test {
            let message = "open with a `//!` paragraph: what this is, what it is not, where to start";
            findings.push(Finding::new(&source.path, message));
        }
        let stem = source.path.trim_end_matches(".rs");
        let file = stem.rsplit('/').next().unwrap_or(stem);
        if file == "mod" {
            findings.push(Finding::new(
                &source.path,
                "call it `foo.rs` beside the folder `foo/`, not `foo/mod.rs`",
            ));
        }
        let parts = stem.split('/').filter(|part| DRAWERS.contains(part));
        findings.extend(parts.map(|name| Finding::new(&source.path, drawer(name))));
        let inline = source.modules.iter().filter(|(_, name)| DRAWERS.contains(&name.as_str()));
        findings.extend(inline.map(|(line, name)| Finding::at(&source.path, *line, drawer(name))));
    }
    findings
}

fn drawer(name: &str) -> String {
    format!("`{name}` is a drawer: name the module after the one noun or verb it is about")
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use expect_test::expect;

    #[test]
    fn files_open_with_a_paragraph_and_are_no_drawers() {
        expect![[r"
            disk/src/scan.rs: open with a `//!` paragraph: what this is, what it is not, where to start
            disk/src/utils.rs: `utils` is a drawer: name the module after the one noun or verb it is about
            disk/src/watch/mod.rs: call it `foo.rs` beside the folder `foo/`, not `foo/mod.rs`
            disk/src/watch/mod.rs:2: `types` is a drawer: name the module after the one noun or verb it is about
            disk/tests/common/disk.rs: `common` is a drawer: name the module after the one noun or verb it is about
        "]]
        .assert_eq(&findings(
            "
            //- /disk/src/scan.rs
            // Reads the project.
            fn scan() {}
            //- /disk/src/utils.rs
            //! Everything.
            //- /disk/src/watch/mod.rs
            //! Watches.
            mod types {}
            //- /disk/tests/journey.rs
            fn no_paragraph_needed_in_tests() {}
            //- /disk/tests/common/disk.rs
            fn a_folder() {}
            ",
        ));
    }
}
