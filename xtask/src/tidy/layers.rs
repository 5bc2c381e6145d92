//! Which crate may use which: the arrows of ARCHITECTURE.md, held.

use super::repository::{Member, Repository};
use super::{Finding, dependencies};

/// Crate → the crates of this workspace it may use.
const LAYERS: [(&str, &[&str]); 16] = [
    ("model", &[]),
    ("schema", &["model"]),
    ("sync", &["model"]),
    ("script", &["model"]),
    ("analysis", &["model", "schema", "script"]),
    ("lsp", &["model", "schema", "script", "analysis"]),
    ("wire", &["model"]),
    ("store", &["model"]),
    ("runtime", &["model", "schema", "script"]),
    ("disk", &["model"]),
    ("link", &["model", "wire"]),
    ("host", &["model", "schema", "wire", "store", "runtime", "script"]),
    (
        "daemon",
        &["model", "schema", "sync", "script", "wire", "store", "runtime", "disk", "link", "host", "lsp"],
    ),
    ("fixtures", &[]),
    ("bench", &["fixtures", "link", "model", "schema", "sync", "runtime"]),
    ("xtask", &[]),
];

/// The same for tests, on top of the above. Every crate's tests may use `fixtures`.
const TEST_LAYERS: [(&str, &[&str]); 1] = [
    // A world is tested by the client that people use.
    ("host", &["link"]),
];

/// Every arrow of every member is listed in [`LAYERS`].
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    repository.members.iter().flat_map(check_member).collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let place = format!("{}/Cargo.toml", member.name);
    let Some(layers) = listed(&LAYERS, &member.name) else {
        let message =
            format!("{} is a new crate: give it a line in LAYERS and in ARCHITECTURE.md", member.name);
        return vec![Finding::new(place, message)];
    };
    let for_tests = listed(&TEST_LAYERS, &member.name).unwrap_or_default();
    let may = |target: &str, in_test: bool| {
        layers.contains(&target) || in_test && (target == "fixtures" || for_tests.contains(&target))
    };
    dependencies::of(member)
        .filter_map(|dependency| Some((dependency.name.strip_prefix("bowline-")?, dependency.in_test)))
        .filter(|(target, in_test)| !may(target, *in_test))
        .map(|(target, in_test)| {
            let (from, table) = (&member.name, if in_test { "TEST_LAYERS" } else { "LAYERS" });
            let message = format!(
                "{from} -> {target} is a new arrow: give it a line in {table} and in ARCHITECTURE.md, or do without"
            );
            Finding::new(&place, message)
        })
        .collect()
}

fn listed(table: &[(&str, &'static [&'static str])], name: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(from, _)| *from == name).map(|(_, to)| *to)
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use super::LAYERS;
    use expect_test::expect;

    #[test]
    fn an_arrow_that_is_not_listed_fails_and_so_does_a_crate() {
        expect![[r"
            sync/Cargo.toml: sync -> disk is a new arrow: give it a line in LAYERS and in ARCHITECTURE.md, or do without
            vm/Cargo.toml: vm is a new crate: give it a line in LAYERS and in ARCHITECTURE.md
            wire/Cargo.toml: wire -> link is a new arrow: give it a line in TEST_LAYERS and in ARCHITECTURE.md, or do without
        "]]
        .assert_eq(&findings(
            "
            //- /sync/Cargo.toml
            [lints]
            workspace = true
            [dependencies]
            bowline-model.workspace = true
            bowline-disk.workspace = true
            //- /wire/Cargo.toml
            [lints]
            workspace = true
            [dev-dependencies]
            bowline-fixtures.workspace = true
            bowline-link.workspace = true
            //- /host/Cargo.toml
            [lints]
            workspace = true
            [dev-dependencies]
            bowline-link.workspace = true
            //- /vm/Cargo.toml
            [lints]
            workspace = true
            ",
        ));
    }

    #[test]
    fn arrows_point_down_only() {
        for (at, (from, to)) in LAYERS.iter().enumerate() {
            for target in *to {
                let below = LAYERS.iter().position(|(name, _)| name == target);
                assert!(below < Some(at), "{from} -> {target} points up: list crates from the ground");
            }
        }
    }
}
