//! Files that get another name, and the imports that must follow them.

use std::collections::BTreeMap;

use bowline_model::ProjectPath;

use crate::infer::Origin;
use crate::project::{Owner, Project};
use crate::references::Edit;

/// What has to be written differently once each file of `moves` is where it shall be: new specifiers, in
/// the texts as they are before the move. An import that cannot follow, because its file leaves the app,
/// stays as it is: what is wrong with it is said where imports are checked.
#[must_use]
pub fn moved(project: &Project, moves: &BTreeMap<ProjectPath, ProjectPath>) -> Vec<Edit> {
    let after = |path: &ProjectPath| moves.get(path).cloned().unwrap_or_else(|| path.clone());
    let mut edits = Vec::new();
    for (file, it) in project.all() {
        let importer = after(&it.path);
        for import in &it.summary().imports {
            let specifier = &import.specifier;
            let Some(target) = project.imported(file, &specifier.text).and_then(|it| project.file(it)) else {
                continue;
            };
            if importer == it.path && !moves.contains_key(&target.path) {
                continue;
            }
            let Some(text) = specifier_of(&importer, &after(&target.path)) else { continue };
            let text = as_before(&text, &specifier.text);
            if text != specifier.text {
                edits.push(Edit { place: Origin { file, span: specifier.span }, text });
            }
        }
    }
    edits
}

/// How a script at `importer` names the file at `target`.
pub(crate) fn specifier_of(importer: &ProjectPath, target: &ProjectPath) -> Option<String> {
    let (here, there) = (Owner::of(importer)?, Owner::of(target)?);
    let shared = there.key.starts_with("@shared/");
    match here.key.starts_with("@shared/") {
        false if shared => Some(there.key),
        is_shared if is_shared == shared && here.app == there.app => Some(relative(&here.key, &there.key)),
        _ => None,
    }
}

/// Luau leaves out the ending; whoever did goes on doing so.
fn as_before(text: &str, before: &str) -> String {
    match text.strip_suffix(".luau") {
        Some(bare) if !before.ends_with(".luau") => bare.to_owned(),
        _ => text.to_owned(),
    }
}

/// How `from` names `to`.
pub(crate) fn relative(from: &str, to: &str) -> String {
    let folder: Vec<&str> = from.split('/').collect();
    let folder = &folder[..folder.len().saturating_sub(1)];
    let target: Vec<&str> = to.split('/').collect();
    let same = folder.iter().zip(&target[..target.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = folder.len() - same;
    let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    start + &target[same..].join("/")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bowline_model::ProjectPath;
    use expect_test::{Expect, expect};

    use super::{moved, relative};
    use crate::tests::project;

    fn follows(fixture: &str, moves: &[(&str, &str)], expected: Expect) {
        let (project, _) = project(fixture);
        let path = |it: &str| ProjectPath::parse(it).unwrap();
        let moves: BTreeMap<_, _> = moves.iter().map(|it| (path(it.0), path(it.1))).collect();
        let mut out = String::new();
        for it in moved(&project, &moves) {
            let file = project.file(it.place.file).unwrap();
            out += &format!("{}: {} → {}\n", file.path, file.text.slice(it.place.span), it.text);
        }
        expected.assert_eq(&out);
    }

    const FILES: &str = "//- apps/A/index.js\nimport { x } from './parts/x.js'\nimport { t } from '@shared/tide.js'\n//- apps/A/parts/x.js\nimport { y } from './y.js'\nexport const x = y\n//- apps/A/parts/y.js\nexport const y = 1\n//- shared/tide.js\nimport './sea.js'\nexport const t = 1\n//- shared/sea.js\n//- apps/L/index.luau\nlocal fish = require(\"./catch/fish\")\n//- apps/L/catch/fish.luau\nreturn 1\n";

    #[test]
    fn imports_of_a_file_and_its_own_follow_it() {
        follows(
            FILES,
            &[("apps/A/parts/x.js", "apps/A/deep/er/z.js")],
            expect![[r#"
            apps/A/index.js: ./parts/x.js → ./deep/er/z.js
            apps/A/parts/x.js: ./y.js → ../../parts/y.js
        "#]],
        );
    }

    #[test]
    fn a_folder_that_moves_as_a_whole_keeps_what_is_inside() {
        follows(
            FILES,
            &[("apps/A/parts/x.js", "apps/A/bits/x.js"), ("apps/A/parts/y.js", "apps/A/bits/y.js")],
            expect![[r#"
                apps/A/index.js: ./parts/x.js → ./bits/x.js
            "#]],
        );
    }

    #[test]
    fn shared_files_and_luau() {
        follows(
            FILES,
            &[("shared/tide.js", "shared/water/tide.js"), ("apps/L/catch/fish.luau", "apps/L/fish.luau")],
            expect![[r#"
                apps/A/index.js: @shared/tide.js → @shared/water/tide.js
                apps/L/index.luau: ./catch/fish → ./fish
                shared/tide.js: ./sea.js → ../sea.js
            "#]],
        );
    }

    #[test]
    fn one_key_names_another() {
        let cases = [
            ("index.js", "a.js", "./a.js"),
            ("a/b.js", "a/c.js", "./c.js"),
            ("a/b.js", "c.js", "../c.js"),
            ("a/b/c.js", "a/d/e.js", "../d/e.js"),
            ("a.js", "a/b.js", "./a/b.js"),
        ];
        for (from, to, expected) in cases {
            assert_eq!(relative(from, to), expected);
        }
    }
}
