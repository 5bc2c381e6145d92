//! What is wrong, told and asked for.

use std::fs;

use expect_test::expect;
use serde_json::json;

use super::{Editor, problems, uri};
use crate::disk::{self, Asked};
use crate::problems::Known;
use crate::workspace::Workspace;

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    bowline_fixtures::write_files(
        "
//- /apps/Bell/index.js
import { ring } from './ring.js'
export default (world, app) => ring(app)
//- /apps/Bell/ring.js
export const ring = app => app
//- /schemas/health.json
{\"doc\": \"How hurt it is.\", \"fields\": [{\"name\": \"points\", \"kind\": \"f32\", \"default\": 100}]}
",
        dir.path(),
    );
    dir
}

#[tokio::test]
async fn problems_come_and_go_with_the_text() {
    let dir = project();
    let file = dir.path().join("apps/Bell/index.js");
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    editor.did_open(&file, "import { ring } from './rings.js'\nexport default () => ring(\n").await;
    expect![[r#"
        2:0-2:0 legacy_body_parse_error: expression expected
    "#]]
    .assert_eq(&editor.problems(&file).await);
    editor.did_change(&file, "import { ring } from './rings.js'\nexport default () => ring()\n").await;
    expect![[r#"
        0:21-0:33 module_not_found: there is no file `rings.js`
    "#]]
    .assert_eq(&editor.problems(&file).await);
    editor.did_change(&file, "import { ring } from './ring.js'\nexport default () => ring()\n").await;
    assert_eq!(editor.problems(&file).await, "");
}

#[tokio::test]
async fn files_that_nobody_opened_are_looked_at_too() {
    let dir = project();
    let (ring, schema) = (dir.path().join("apps/Bell/ring.js"), dir.path().join("schemas/health.json"));
    fs::write(&ring, "export const ring = ?\n").unwrap();
    fs::write(&schema, "{\"fields\": [{\"name\": \"x\", \"kind\": \"f33\"}]}").unwrap();
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    expect![[r#"
        0:20-0:21 syntax_error: expression expected
    "#]]
    .assert_eq(&editor.problems(&ring).await);
    expect![[r#"
        0:0-0:42 unknown_kind: /fields/0/kind: `f33` is no kind (expected bool, i32, i64, f32, f64, vec2, vec3, vec4, quat, color, string-id, entity, json, enum, text, asset, list, struct)
    "#]]
    .assert_eq(&editor.problems(&schema).await);
    fs::remove_file(&ring).unwrap();
    editor.touched(&[&ring]).await;
    assert_eq!(editor.problems(&ring).await, "");
    let index = dir.path().join("apps/Bell/index.js");
    expect![[r#"
        0:21-0:32 module_not_found: there is no file `ring.js`
    "#]]
    .assert_eq(&editor.problems(&index).await);
}

#[tokio::test]
async fn an_editor_that_asks_is_not_told() {
    let dir = project();
    let (index, ring) = (dir.path().join("apps/Bell/index.js"), dir.path().join("apps/Bell/ring.js"));
    let can = json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    });
    let mut editor = Editor::open(&[dir.path()], can).await;
    editor.did_open(&index, "export default (\n").await;
    let asked =
        editor.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri(&index) } })).await;
    assert_eq!(asked["kind"], "full");
    expect![[r#"
        1:0-1:0 syntax_error: expression expected
    "#]]
    .assert_eq(&problems(&asked["items"]));
    // Of another file it is told, and of this one nothing was before.
    fs::write(&ring, "export const ring = ?\n").unwrap();
    editor.touched(&[&ring]).await;
    editor.hear(|it| it["method"] == "workspace/diagnostic/refresh").await;
    editor.problems(&ring).await;
    assert!(editor.heard.iter().all(|it| it["params"]["uri"] != uri(&index)));
}

#[test]
fn nothing_is_wrong_with_the_sample_project() {
    let root = bowline_fixtures::project("harbor");
    let mut now = crate::state::Now::default();
    now.workspaces.push(Workspace::new(root.clone()));
    let reading = disk::read(Asked { root, below: None });
    assert_eq!(reading.notices, Vec::<String>::new());
    now.read(&reading);
    let files = now.workspaces[0].files();
    assert!(files.project.all().count() > 20);
    assert_eq!(Known::default().all(&files).into_iter().collect::<Vec<_>>(), []);
}
