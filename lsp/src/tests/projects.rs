//! Folders, files on disk and buffers: what a question is answered from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Editor, uri};

/// A project whose one app has these files.
fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let place = dir.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }
    let index = dir.path().join("apps/X/index.js");
    (dir, index)
}

const IMPORT: &str = "import { a } from './'\n";
/// Only a broken build looks as often.
const LOOKS_MAX: u32 = 2_000;

const INSIDE: (u32, u32) = (0, 21);

#[tokio::test]
async fn every_file_is_answered_from_its_own_project() {
    let (one, one_index) = project(&[("apps/X/one.js", "")]);
    let (two, two_index) = project(&[("apps/X/two.js", "")]);
    let (late, late_index) = project(&[("apps/X/late.js", "")]);
    let mut editor = Editor::open(&[one.path(), two.path()], json!({})).await;
    for (index, name) in [(&one_index, "./one.js"), (&two_index, "./two.js")] {
        editor.did_open(index, IMPORT).await;
        assert_eq!(editor.completed_when_read(index, INSIDE, 9).await, name);
    }
    // A project that no folder was opened for is found from its file.
    editor.did_open(&late_index, IMPORT).await;
    assert_eq!(editor.completed_when_read(&late_index, INSIDE, 9).await, "./late.js");
    // One whose folder is closed is still there for files that are open.
    let folder = |it: &Path| json!({ "uri": uri(it), "name": "x" });
    let change = json!({ "added": [folder(late.path())], "removed": [folder(one.path())] });
    editor.tell("workspace/didChangeWorkspaceFolders", json!({ "event": change })).await;
    assert_eq!(editor.completed_when_read(&one_index, INSIDE, 9).await, "./one.js");
}

#[tokio::test]
async fn files_that_change_on_disk_are_read_again() {
    let (dir, index) = project(&[("apps/X/one.js", ""), ("apps/X/lib/deep.js", "")]);
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    editor.did_open(&index, IMPORT).await;
    assert_eq!(editor.completed_when_read(&index, INSIDE, 9).await, "./lib/deep.js ./one.js");
    // The new file is broken, so that it is heard when it was read; the folder goes as one.
    let broken = dir.path().join("apps/X/two.js");
    fs::write(&broken, "?").unwrap();
    fs::remove_dir_all(dir.path().join("apps/X/lib")).unwrap();
    editor.touched(&[&dir.path().join("apps/X/lib"), &broken]).await;
    editor.problems(&broken).await;
    assert_eq!(editor.completed(&index, INSIDE, 9).await, "./one.js ./two.js");
}

#[tokio::test]
async fn what_is_open_is_the_truth_until_it_is_closed() {
    let (dir, index) = project(&[("apps/X/lib.js", "export const old = 1\n"), ("apps/X/signal.js", "?")]);
    let lib = dir.path().join("apps/X/lib.js");
    let signal = dir.path().join("apps/X/signal.js");
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    editor.problems(&signal).await;
    editor.did_open(&index, "import * as lib from './lib.js'\nlib.\n").await;
    editor.did_open(&lib, "export const unsaved = 1\n").await;
    assert_eq!(editor.completed(&index, (1, 4), 9).await, "unsaved");
    // Saved by somebody else meanwhile: read, and not taken.
    fs::write(&lib, "export const theirs = 1\n").unwrap();
    fs::write(&signal, "1").unwrap();
    editor.touched(&[&lib, &signal]).await;
    assert_eq!(editor.problems(&signal).await, "");
    assert_eq!(editor.completed(&index, (1, 4), 9).await, "unsaved");
    fs::write(&signal, "?").unwrap();
    editor.did_close(&lib).await;
    editor.touched(&[&signal]).await;
    editor.problems(&signal).await;
    assert_eq!(editor.completed(&index, (1, 4), 9).await, "theirs");
}

#[tokio::test]
async fn a_definition_that_changes_makes_another_world() {
    let field = |name: &str| format!(r#"{{"fields": [{{"name": "{name}", "kind": "f32", "default": 1}}]}}"#);
    let (dir, index) = project(&[("apps/X/other.js", ""), ("schemas/health.json", &field("points"))]);
    let schema = dir.path().join("schemas/health.json");
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    let text = "export default (world, app) => { app.entity.get('') }\n";
    editor.did_open(&index, text).await;
    let offered = |it: &str, name: &str| it.split(' ').any(|it| it == name);
    // Each look is a question: no time is waited for.
    for looks in 0.. {
        let found = editor.completed_when_read(&index, (0, 49), 999).await;
        if offered(&found, "health") {
            break;
        }
        assert!(looks < LOOKS_MAX, "{found}");
    }
    fs::write(dir.path().join("schemas/armour.json"), field("plates")).unwrap();
    fs::remove_file(&schema).unwrap();
    editor.touched(&[&schema, &dir.path().join("schemas/armour.json")]).await;
    for looks in 0.. {
        let found = editor.completed(&index, (0, 49), 999).await;
        if offered(&found, "armour") && !offered(&found, "health") {
            break;
        }
        assert!(looks < LOOKS_MAX, "{found}");
    }
}

#[tokio::test]
async fn an_item_tells_its_story_when_it_is_looked_at() {
    let (dir, index) = project(&[]);
    fs::create_dir_all(dir.path().join("apps/X")).unwrap();
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    editor.did_open(&index, "export default (world, app) => { app. }\n").await;
    let found = editor.ask("textDocument/completion", super::at(&index, (0, 37))).await;
    let items = found["items"].as_array().unwrap();
    let item = items.iter().find(|it| it["label"] == "configure").unwrap();
    assert_eq!(item.get("documentation"), None);
    let told = editor.ask("completionItem/resolve", item.clone()).await;
    assert!(told["documentation"]["value"].as_str().is_some_and(|it| !it.is_empty()), "{told}");
    assert!(told["detail"].as_str().is_some_and(|it| it.starts_with("configure(")), "{told}");
    let plain = editor.ask("completionItem/resolve", json!({ "label": "somebody else's" })).await;
    assert_eq!(plain, json!({ "label": "somebody else's" }));
}

#[tokio::test]
async fn what_is_no_file_of_a_project_has_no_answers() {
    let (dir, index) = project(&[]);
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    let git = uri(&index).replace("file:", "git:");
    let document = json!({ "uri": git, "languageId": "javascript", "version": 1, "text": "x" });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document })).await;
    let asked = json!({ "textDocument": { "uri": git }, "position": { "line": 0, "character": 0 } });
    assert_eq!(editor.ask("textDocument/completion", asked).await, Value::Null);
}
