//! What manifests must say: reasons for dependencies, one place for versions and lints, little in pure crates.

use super::Finding;
use super::repository::{Member, Repository};

/// Crates of values in, values out. Their clippy.toml bans the calls; this bans the crates.
const PURE: [&str; 5] = ["analysis", "model", "sync", "script", "wire"];

/// Clocks, files, sockets, threads and chance.
const IMPURE: [&str; 19] = [
    "axum",
    "clap",
    "futures-util",
    "getrandom",
    "notify",
    "rand",
    "reqwest",
    "rquickjs",
    "rusqlite",
    "rustix",
    "rustls",
    "tempfile",
    "tokio",
    "tokio-tungstenite",
    "tracing",
    "tracing-subscriber",
    "uuid",
    "walkdir",
    "rayon",
];

/// One line of a `[dependencies]` or `[dev-dependencies]` table.
pub(crate) struct Dependency<'a> {
    pub(crate) name: &'a str,
    pub(crate) in_test: bool,
    value: &'a toml::Value,
}

/// All dependencies of `member`, also those of a single platform.
pub(crate) fn of(member: &Member) -> impl Iterator<Item = Dependency<'_>> {
    let platforms = member.manifest.get("target").and_then(toml::Value::as_table);
    let tables = platforms.into_iter().flatten().filter_map(|(_, table)| table.as_table());
    std::iter::once(&member.manifest).chain(tables).flat_map(|table| {
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
            .into_iter()
            .flat_map(move |(key, in_test)| {
                let entries = table.get(key).and_then(toml::Value::as_table).into_iter().flatten();
                entries.map(move |(name, value)| Dependency { name, in_test, value })
            })
    })
}

/// Checks the root manifest and every member's.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let root = repository.files.get("Cargo.toml").map(String::as_str).unwrap_or_default();
    let mut findings = without_reason(root);
    findings.extend(repository.members.iter().flat_map(check_member));
    findings
}

/// The lines of `[workspace.dependencies]` that name a foreign crate and do not say why.
fn without_reason(manifest: &str) -> Vec<Finding> {
    let numbered =
        manifest.lines().enumerate().skip_while(|(_, line)| *line != "[workspace.dependencies]").skip(1);
    let table = numbered.take_while(|(_, line)| !line.starts_with('['));
    table
        .filter(|(_, line)| line.contains('=') && !line.starts_with('#') && !line.starts_with("bowline-"))
        .filter(|(_, line)| line.rsplit_once('#').is_none_or(|(_, reason)| reason.trim().len() < 4))
        .map(|(at, line)| {
            let name = line.split('=').next().unwrap_or_default().trim();
            Finding::at("Cargo.toml", at + 1, format!("say on this line why we need {name}: `# …`"))
        })
        .collect()
}

fn check_member(member: &Member) -> Vec<Finding> {
    let place = format!("{}/Cargo.toml", member.name);
    let mut messages = Vec::new();
    for Dependency { name, in_test, value } in of(member) {
        if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
            messages
                .push(format!("write `{name}.workspace = true`: versions are in the root Cargo.toml only"));
        }
        if !in_test && PURE.contains(&member.name.as_str()) && IMPURE.contains(&name) {
            messages.push(format!(
                "{} is pure and must not use {name}: take what it would give as a value",
                member.name
            ));
        }
    }
    let lints = member.manifest.get("lints").and_then(|lints| lints.get("workspace"));
    if lints.and_then(toml::Value::as_bool) != Some(true) {
        messages.push("has lints of its own: write `[lints]` and `workspace = true`".to_owned());
    }
    messages.into_iter().map(|message| Finding::new(&place, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::findings;
    use expect_test::expect;

    #[test]
    fn every_foreign_crate_has_its_reason_on_its_line() {
        expect![[r"
            Cargo.toml:6: say on this line why we need serde: `# …`
            Cargo.toml:7: say on this line why we need toml: `# …`
        "]]
        .assert_eq(&findings(
            r#"
            //- /Cargo.toml
            [workspace]
            [workspace.dependencies]
            bowline-model = { path = "model" }

            # Data
            serde = { version = "1", features = ["derive"] }
            toml = "1.2" #
            sha2 = "0.11" # assets are named by sha256
            [workspace.lints.rust]
            unsafe_code = "forbid"
            "#,
        ));
    }

    #[test]
    fn pure_crates_take_no_io_and_members_take_versions_and_lints_from_the_root() {
        expect![[r#"
            disk/Cargo.toml: has lints of its own: write `[lints]` and `workspace = true`
            disk/Cargo.toml: write `toml.workspace = true`: versions are in the root Cargo.toml only
            wire/Cargo.toml: wire is pure and must not use rustix: take what it would give as a value
            wire/Cargo.toml: wire is pure and must not use tokio: take what it would give as a value
        "#]]
        .assert_eq(&findings(
            r#"
            //- /wire/Cargo.toml
            [lints]
            workspace = true
            [dependencies]
            tokio.workspace = true
            [target.'cfg(unix)'.dependencies]
            rustix.workspace = true
            [dev-dependencies]
            tempfile.workspace = true
            //- /disk/Cargo.toml
            [dependencies]
            tokio.workspace = true
            toml = "1.2"
            "#,
        ));
    }
}
