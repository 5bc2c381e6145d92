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

/// Makes a project in `dir`.
pub(crate) fn run(dir: &Path, script: Script, format: Format) -> Result<ExitCode, Report> {
    refuse_project(dir)?;
    for (path, text) in FILES {
        let older = LEGACY.iter().find(|it| script == Script::LegacyBody && it.0 == path);
        let text = older.map_or(text, |it| it.1);
        write_new(&dir.join(path), text).map_err(|error| unwritable(error, path))?;
    }
    let assets = dir.join("assets");
    std::fs::create_dir_all(&assets).map_err(|error| unwritable(error, "assets"))?;
    let shown = dir.display();
    let mut text = format!("Made a project in {shown} with two apps, Hello and Spinner.");
    if dir.join(IGNORED.0).exists() {
        let lines = IGNORED.1.trim_end().replace('\n', " ");
        text += &format!("\nYour .gitignore is as it was; git should ignore {lines}");
    } else {
        write_new(&dir.join(IGNORED.0), IGNORED.1).map_err(|error| unwritable(error, IGNORED.0))?;
    }
    text += &format!("\nNext: bowline dev {shown}");
    let files: Vec<&str> = FILES.iter().map(|it| it.0).collect();
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
fn refuse_project(dir: &Path) -> Result<(), Report> {
    if dir.exists() && !dir.is_dir() {
        return Err(Report::new(Blame::User, "not_a_folder", format!("`{}` is not a folder", dir.display()))
            .help("name a new folder"));
    }
    let taken =
        ["apps", "shared"].into_iter().chain(FILES.iter().map(|it| it.0)).find(|it| dir.join(it).exists());
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
        run(dir.path(), Script::Module, Format::Json).unwrap();
        std::fs::write(dir.path().join("world.json"), "mine").unwrap();
        let refused = run(dir.path(), Script::Module, Format::Json).unwrap_err();
        assert_eq!(refused.code, "not_empty");
        assert_eq!(std::fs::read_to_string(dir.path().join("world.json")).unwrap(), "mine");
    }
}
