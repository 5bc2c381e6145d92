//! How the tests of this crate say what they expect: a small project as text, `$0` where the cursor is.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use bowline_model::{ProjectPath, layout};
use bowline_schema::scope::{Entry, RecordKind};
use bowline_schema::{Asking, Snapshot, core};
use expect_test::Expect;

use crate::complete::complete;
use crate::hover::hover;
use crate::infer::{Infer, Origin};
use crate::project::Project;
use crate::references::references;
use crate::target::target;
use crate::text::Text;
use crate::world::World;

/// A world with nothing but the core records; made once.
pub(crate) fn world() -> Arc<World> {
    static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| {
        let snapshot = Snapshot::build(&core::records(), &Asking::default()).snapshot;
        Arc::new(World::new(Arc::new(snapshot)))
    });
    Arc::clone(&WORLD)
}

/// The project that `fixture` says: `//- path` begins a file. With the place of `$0`.
pub(crate) fn project(fixture: &str) -> (Project, Option<(ProjectPath, u32)>) {
    let mut project = Project::new(world());
    let mut cursor = None;
    for file in fixture.split("//- ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        let path = ProjectPath::parse(path.trim()).unwrap();
        if let Some(at) = text.find("$0") {
            cursor = Some((path.clone(), u32::try_from(at).unwrap()));
        }
        project = project.with(&path, Text::new(&text.replacen("$0", "", 1)));
    }
    (project, cursor)
}

/// The first `count` of what may be written at `$0`.
pub(crate) fn completed(fixture: &str, count: usize, expected: Expect) {
    let (project, cursor) = project(fixture);
    let (path, offset) = cursor.expect("a fixture has a cursor");
    let found = complete(&project, &path, offset);
    let mut out = String::new();
    for it in found.items.iter().take(count) {
        writeln!(out, "{} {:?}", it.label, it.kind).unwrap();
    }
    expected.assert_eq(&out);
}

/// What stands at `$0`.
pub(crate) fn hovered(fixture: &str, expected: Expect) {
    let (project, cursor) = project(fixture);
    let (path, offset) = cursor.expect("a fixture has a cursor");
    let out = match hover(&project, &path, offset) {
        Some(it) => format!("{}\n{}\n", it.code, it.text),
        None => "nothing\n".to_owned(),
    };
    expected.assert_eq(&out);
}

/// Where what stands at `$0` is used: `path:line:column` and the line, with `‹›` around the use.
pub(crate) fn used(fixture: &str, expected: Expect) {
    let (project, cursor) = project(fixture);
    let (path, offset) = cursor.expect("a fixture has a cursor");
    expected.assert_eq(&places(&project, &references(&project, &path, offset)));
}

/// Where what stands at `$0` is written.
pub(crate) fn defined(fixture: &str, expected: Expect) {
    let (project, cursor) = project(fixture);
    let (path, offset) = cursor.expect("a fixture has a cursor");
    let found = target(&project, &path, offset).map(|it| Infer::new(&project).origins(&it.what));
    expected.assert_eq(&places(&project, &found.unwrap_or_default()));
}

fn places(project: &Project, all: &[Origin]) -> String {
    let mut out = String::new();
    for it in all {
        let (name, text) = match project.file(it.file) {
            Some(file) => (file.path.as_str(), &file.text),
            None => ("world", &project.world.text),
        };
        let (start, end) = (it.span.start as usize, it.span.end as usize);
        let text = text.as_str();
        let line_start = text[..start].rfind('\n').map_or(0, |it| it + 1);
        let line_end = text[end..].find('\n').map_or(text.len(), |it| it + end);
        let line = format!("{}‹{}›{}", &text[line_start..start], &text[start..end], &text[end..line_end]);
        writeln!(out, "{name}: {}", line.trim()).unwrap();
    }
    out
}

/// Harbor's scripts and JSON.
pub(crate) fn harbor_texts() -> Vec<(ProjectPath, String)> {
    let all = bowline_fixtures::project_texts("harbor").into_iter();
    all.filter_map(|(path, text)| Some((ProjectPath::parse(&path).ok()?, text)))
        .filter(|(path, _)| layout::is_script(path) || path.extension() == Some("json"))
        .collect()
}

/// Harbor, in a world with its components.
pub(crate) fn harbor() -> Project {
    let (files, mut entries) = (harbor_texts(), core::records());
    for (path, text) in &files {
        if let Some(slug) = layout::slug_of(path)
            && path.below("schemas").is_some()
        {
            let payload = serde_json::from_str(text).unwrap();
            entries.push(Entry { slug, kind: RecordKind::Component, version: 1, payload });
        }
    }
    let snapshot = Snapshot::build(
        &entries,
        &Asking { scopes: vec![layout::PROJECT_SCOPE.to_owned()], ..Asking::default() },
    )
    .snapshot;
    let world = Arc::new(World::new(Arc::new(snapshot)));
    files.iter().fold(Project::new(world), |project, (path, text)| project.with(path, Text::new(text)))
}
