//! `bowline init`: a project that runs, from files embedded in the binary.

use std::path::Path;
use std::process::ExitCode;

use crate::ask::Answer;
use crate::print::{self, Format};
use crate::report::{Blame, Report};

/// The files of a new project.
const FILES: [(&str, &str); 8] = [
    ("apps/Hello/index.js", include_str!("../../template/apps/Hello/index.js")),
    ("apps/Hello/lib/greeting.js", include_str!("../../template/apps/Hello/lib/greeting.js")),
    ("apps/Hello/Hello.json", include_str!("../../template/apps/Hello/Hello.json")),
    ("apps/Spinner/index.ts", include_str!("../../template/apps/Spinner/index.ts")),
    ("apps/Spinner/Spinner.json", include_str!("../../template/apps/Spinner/Spinner.json")),
    ("shared/wave.js", include_str!("../../template/shared/wave.js")),
    ("world.json", include_str!("../../template/world.json")),
    ("bowline.toml", include_str!("../../template/bowline.toml")),
];

/// What differs in a project whose first app is written the older way.
const LEGACY: [(&str, &str); 2] = [
    ("apps/Hello/index.js", include_str!("../../template/legacy/apps/Hello/index.js")),
    ("apps/Hello/Hello.json", include_str!("../../template/legacy/apps/Hello/Hello.json")),
];

/// Bots that get hungry and find food, all of it records. The same files are a sample of the tests.
const SIM: [(&str, &str); 24] = [
    ("apps/Arena/Arena.json", include_str!("../../../fixtures/projects/sim/apps/Arena/Arena.json")),
    ("apps/Arena/index.js", include_str!("../../../fixtures/projects/sim/apps/Arena/index.js")),
    ("prefabs/arena.json", include_str!("../../../fixtures/projects/sim/prefabs/arena.json")),
    ("prefabs/bot.json", include_str!("../../../fixtures/projects/sim/prefabs/bot.json")),
    ("prefabs/food.json", include_str!("../../../fixtures/projects/sim/prefabs/food.json")),
    ("prefabs/placed.json", include_str!("../../../fixtures/projects/sim/prefabs/placed.json")),
    ("prefabs/walker.json", include_str!("../../../fixtures/projects/sim/prefabs/walker.json")),
    ("schemas/arena.json", include_str!("../../../fixtures/projects/sim/schemas/arena.json")),
    ("schemas/bot.json", include_str!("../../../fixtures/projects/sim/schemas/bot.json")),
    ("schemas/food.json", include_str!("../../../fixtures/projects/sim/schemas/food.json")),
    ("schemas/pace.json", include_str!("../../../fixtures/projects/sim/schemas/pace.json")),
    ("schemas/path.json", include_str!("../../../fixtures/projects/sim/schemas/path.json")),
    ("schemas/pointer.json", include_str!("../../../fixtures/projects/sim/schemas/pointer.json")),
    ("schemas/position.json", include_str!("../../../fixtures/projects/sim/schemas/position.json")),
    ("schemas/urge.json", include_str!("../../../fixtures/projects/sim/schemas/urge.json")),
    ("schemas/velocity.json", include_str!("../../../fixtures/projects/sim/schemas/velocity.json")),
    ("systems/consumption.js", include_str!("../../../fixtures/projects/sim/systems/consumption.js")),
    ("systems/pace.js", include_str!("../../../fixtures/projects/sim/systems/pace.js")),
    ("systems/path-following.ts", include_str!("../../../fixtures/projects/sim/systems/path-following.ts")),
    ("systems/pointer.js", include_str!("../../../fixtures/projects/sim/systems/pointer.js")),
    ("systems/seed.js", include_str!("../../../fixtures/projects/sim/systems/seed.js")),
    ("systems/urge.ts", include_str!("../../../fixtures/projects/sim/systems/urge.ts")),
    ("world.json", include_str!("../../../fixtures/projects/sim/world.json")),
    ("bowline.toml", include_str!("../../template/bowline.toml")),
];

/// What the new project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    /// Two small apps, written as modules: what new apps should be.
    Apps,
    /// The same, the first one written as the body of a function.
    LegacyApps,
    /// A simulation: components, prefabs and systems.
    Sim,
}

impl Template {
    fn files(self) -> Vec<(&'static str, &'static str)> {
        let older = |path: &str| LEGACY.iter().find(|it| self == Template::LegacyApps && it.0 == path);
        match self {
            Template::Sim => SIM.to_vec(),
            Template::Apps | Template::LegacyApps => {
                FILES.iter().map(|(path, text)| (*path, older(path).map_or(*text, |it| it.1))).collect()
            }
        }
    }

    fn content(self) -> &'static str {
        match self {
            Template::Sim => "a simulation of bots and food",
            Template::Apps | Template::LegacyApps => "two apps, Hello and Spinner",
        }
    }
}

/// Where git is told what not to keep. A person's own is left as it is.
const IGNORED: (&str, &str) = (
    ".gitignore",
    // Not called .gitignore in the template folder: git would obey it there.
    include_str!("../../template/gitignore"),
);

/// Makes a project in `dir`.
pub(crate) fn run(dir: &Path, template: Template, format: Format) -> Result<ExitCode, Report> {
    let files = template.files();
    refuse_project(dir, &files)?;
    for (path, text) in &files {
        write_new(&dir.join(path), text).map_err(|error| unwritable(error, path))?;
    }
    let assets = dir.join("assets");
    std::fs::create_dir_all(&assets).map_err(|error| unwritable(error, "assets"))?;
    let shown = dir.display();
    let mut text = format!("Made a project in {shown} with {}.", template.content());
    if dir.join(IGNORED.0).exists() {
        let lines = IGNORED.1.trim_end().replace('\n', " ");
        text += &format!("\nYour .gitignore is as it was; git should ignore {lines}");
    } else {
        write_new(&dir.join(IGNORED.0), IGNORED.1).map_err(|error| unwritable(error, IGNORED.0))?;
    }
    text += &format!("\nNext: bowline dev {shown}");
    let files: Vec<&str> = files.iter().map(|it| it.0).collect();
    let json = serde_json::json!({"dir": dir, "files": files});
    print::answer(&Answer { exit: 0, json, text }, format);
    Ok(ExitCode::SUCCESS)
}

fn unwritable(error: std::io::Error, path: &str) -> Report {
    Report::new(Blame::User, "unwritable", format!("a file of the new project cannot be written: {error}"))
        .at(path)
        .help("name a folder you can write to, on a disk that has room")
}

/// A folder that already holds a project, or any of our files, is left exactly as it is.
fn refuse_project(dir: &Path, files: &[(&str, &str)]) -> Result<(), Report> {
    if dir.exists() && !dir.is_dir() {
        return Err(Report::new(Blame::User, "not_a_folder", format!("`{}` is not a folder", dir.display()))
            .help("name a new folder"));
    }
    let taken =
        ["apps", "shared"].into_iter().chain(files.iter().map(|it| it.0)).find(|it| dir.join(it).exists());
    match taken {
        None => Ok(()),
        Some(path) => {
            Err(Report::new(Blame::User, "not_empty", format!("`{}` already has `{path}`", dir.display()))
                .help("name a new folder, or run `bowline dev` here: an existing project needs no init"))
        }
    }
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = std::fs::File::create_new(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_init_touches_nothing() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), Template::Apps, Format::Json).unwrap();
        std::fs::write(dir.path().join("world.json"), "mine").unwrap();
        let refused = run(dir.path(), Template::Sim, Format::Json).unwrap_err();
        assert_eq!(refused.code, "not_empty");
        assert_eq!(std::fs::read_to_string(dir.path().join("world.json")).unwrap(), "mine");
    }

    #[test]
    fn every_file_of_the_sample_simulation_is_in_its_template() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), Template::Sim, Format::Json).unwrap();
        let listed = |root: &Path| {
            let mut open = vec![root.to_owned()];
            let mut files = std::collections::BTreeSet::new();
            while let Some(folder) = open.pop() {
                for entry in std::fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        open.push(path);
                    } else {
                        files.insert(path.strip_prefix(root).unwrap().to_owned());
                    }
                }
            }
            files
        };
        let (made, sample) = (listed(dir.path()), listed(&bowline_fixtures::project("sim")));
        let more: Vec<_> = made.difference(&sample).map(|it| it.display().to_string()).collect();
        assert_eq!(more, [".gitignore", "bowline.toml"]);
        assert!(made.is_superset(&sample));
    }
}
