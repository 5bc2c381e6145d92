//! `bowline init`: a project that runs, from files embedded in the binary.

use std::path::Path;
use std::process::ExitCode;

use crate::ask::Answer;
use crate::print::{self, Format};
use crate::report::{Blame, Report};

/// Files embedded from a folder, by their paths below it.
macro_rules! files {
    ($folder:literal, $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!($folder, $path)))),+]
    };
}

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

/// A world of definitions: components, prefabs and systems, and one app that looks on.
const SIM: &[(&str, &str)] = files![
    "../../../fixtures/projects/sim/",
    "apps/Arena/Arena.json",
    "apps/Arena/index.js",
    "prefabs/arena.json",
    "prefabs/bot.json",
    "prefabs/food.json",
    "prefabs/placed.json",
    "prefabs/walker.json",
    "schemas/arena.json",
    "schemas/bot.json",
    "schemas/food.json",
    "schemas/pace.json",
    "schemas/path.json",
    "schemas/pointer.json",
    "schemas/position.json",
    "schemas/urge.json",
    "schemas/velocity.json",
    "systems/consumption.js",
    "systems/pace.js",
    "systems/path-following.ts",
    "systems/pointer.js",
    "systems/seed.js",
    "systems/urge.ts",
    "world.json",
];

/// What a new project is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Template {
    /// Two small apps.
    #[default]
    Apps,
    /// Bots that look for food: components, prefabs and systems.
    Sim,
}

/// How the first app is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// A module with a default export: what new apps should be.
    Module,
    /// The body of a function.
    LegacyBody,
}

/// Where git is told what not to keep. A person's own is left as it is.
const IGNORED: (&str, &str) = (
    ".gitignore",
    // Not called .gitignore in the template folder: git would obey it there.
    include_str!("../../template/gitignore"),
);

impl Template {
    fn files(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Template::Apps => FILES.to_vec(),
            Template::Sim => {
                let settings = FILES.iter().filter(|it| it.0 == "bowline.toml");
                SIM.iter().chain(settings).copied().collect()
            }
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Template::Apps => "two apps, Hello and Spinner",
            Template::Sim => "a world of bots and food: schemas/, prefabs/, systems/ and one app, Arena",
        }
    }
}

/// Makes a project in `dir`.
pub(crate) fn run(
    dir: &Path,
    template: Template,
    script: Script,
    format: Format,
) -> Result<ExitCode, Report> {
    let files = template.files();
    refuse_project(dir, &files)?;
    for (path, text) in files.iter().copied() {
        let older = LEGACY.iter().find(|it| script == Script::LegacyBody && it.0 == path);
        let text = older.map_or(text, |it| it.1);
        write_new(&dir.join(path), text).map_err(|error| unwritable(error, path))?;
    }
    let assets = dir.join("assets");
    std::fs::create_dir_all(&assets).map_err(|error| unwritable(error, "assets"))?;
    let shown = dir.display();
    let mut text = format!("Made a project in {shown} with {}.", template.in_words());
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
    fn a_template_is_the_whole_folder_it_is_made_from() {
        let folder = bowline_fixtures::project("sim");
        let (mut found, mut open) = (Vec::new(), vec![folder.clone()]);
        while let Some(below) = open.pop() {
            for entry in std::fs::read_dir(below).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => found.push(path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned()),
                }
            }
        }
        found.sort();
        let mut embedded: Vec<&str> = SIM.iter().map(|it| it.0).collect();
        embedded.sort_unstable();
        assert_eq!(embedded, found);
    }

    #[test]
    fn a_second_init_touches_nothing() {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), Template::Apps, Script::Module, Format::Json).unwrap();
        std::fs::write(dir.path().join("world.json"), "mine").unwrap();
        let refused = run(dir.path(), Template::Apps, Script::Module, Format::Json).unwrap_err();
        assert_eq!(refused.code, "not_empty");
        assert_eq!(std::fs::read_to_string(dir.path().join("world.json")).unwrap(), "mine");
    }
}
