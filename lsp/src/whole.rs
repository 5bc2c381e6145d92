//! [`check`]: a project looked at once and whole, without an editor: the same problems, in the same words.

use std::path::Path;
use std::sync::Arc;

use bowline_analysis::check::{Finding, check as findings};
use bowline_analysis::project::{File, Project};
use bowline_analysis::text::Encoding;
use bowline_model::Problem;

use crate::disk::{self, Asked};
use crate::problems::Known;
use crate::workspace::{Files, core_world};
use crate::worlds;

/// What is wrong with a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// By file, line and column.
    pub problems: Vec<Problem>,
    /// How many files were looked at.
    pub files: usize,
    /// What was left out, and why.
    pub notices: Vec<String>,
}

/// Reads the project in the folder `root` and says everything that is wrong with it.
#[must_use]
pub fn check(root: &Path) -> Checked {
    let reading = disk::read(Asked { root: root.to_owned(), below: None });
    let mut project = Project::new(core_world());
    let mut unread = std::collections::BTreeSet::new();
    for (path, text) in reading.found {
        match text {
            Some(text) => project = project.with(&path, text),
            None => drop(unread.insert(path)),
        }
    }
    let made = worlds::make(root.to_owned(), &project, &Arc::default());
    if let Some(world) = made.world {
        project = project.within(world);
    }
    let files = Files {
        root: root.to_owned(),
        project: Arc::new(project),
        unread: Arc::new(unread),
        problems: made.problems,
        is_read: true,
    };
    let mut problems: Vec<Problem> = Known::default().all(&files).into_values().flatten().collect();
    for (_, file) in files.project.all() {
        problems.extend(findings(&files.project, &file.path).into_iter().map(|it| problem(file, it)));
    }
    problems.sort_by(|a, b| (&a.path, a.line, a.column, a.code).cmp(&(&b.path, b.line, b.column, b.code)));
    problems.dedup();
    Checked { problems, files: files.project.all().count(), notices: reading.notices }
}

fn problem(file: &File, it: Finding) -> Problem {
    let place = file.text.position(it.span.start, Encoding::Utf16);
    let found =
        Problem::file(it.code, file.path.as_str(), it.message).at(place.line + 1, place.character + 1);
    Problem { help: it.help, ..found }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::expect;

    use super::check;

    #[test]
    fn all_that_is_wrong_is_said_at_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("schemas/door.json", r#"{"fields": [{"name": "angle", "kind": "f32", "default": 0}]}"#);
        write(
            "apps/A/index.js",
            "import './gone.js'\nexport default (world, app) => {\n  app.entity.get('dor')\n  app.entity.get('door').angel = 1\n  app.entity.get('door').angle = 'x'\n}\n",
        );
        write("apps/B/index.ts", "export default (world: World) => {\n  world.\n}\n");
        let found = check(folder.path());
        assert_eq!(found.files, 3);
        let said: String = found.problems.iter().map(|it| format!("{it}\n")).collect();
        expect![[r#"
            error[module_not_found]: there is no file `gone.js`
              at apps/A/index.js:1:8
            error[unknown_component]: there is no component `dor`
              at apps/A/index.js:3:19
              help: did you mean `door`?
            error[unknown_field]: `door` has no field `angel`
              at apps/A/index.js:4:26
              help: did you mean `angle`?
            error[wrong_type]: this is "x", expected a number of 32 bits
              at apps/A/index.js:5:34
            error[legacy_body_parse_error]: expected ident
              at apps/B/index.ts:3:1
        "#]]
        .assert_eq(&said);
    }

    #[test]
    fn nothing_is_wrong_with_the_harbor() {
        let found = check(&bowline_fixtures::project("harbor"));
        assert_eq!(found.problems, Vec::new());
        assert!(found.files > 80, "only {} files", found.files);
    }
}
