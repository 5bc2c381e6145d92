//! Each question once, over the wire: that it is put to the right place and comes back in the words of the
//! protocol. What the answers are is proven in `bowline_analysis`.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::{Editor, at, uri};

const INDEX: &str = "\
import { ring } from './lib/ring.js'

export default (world, app) => {
  const loud = 2
  ring(app, loud)
}
";

const RING: &str = "/** Rings it. */\nexport const ring = (app, times) => app.emit('ring', times)\n";

struct Case {
    editor: Editor,
    dir: tempfile::TempDir,
    index: PathBuf,
}

/// A project with two files, the one that imports the other open.
async fn case() -> Case {
    let dir = tempfile::tempdir().unwrap();
    let lib = dir.path().join("apps/Bell/lib");
    fs::create_dir_all(&lib).unwrap();
    fs::write(lib.join("ring.js"), RING).unwrap();
    let index = dir.path().join("apps/Bell/index.js");
    let mut editor = Editor::open(&[dir.path()], json!({})).await;
    editor.did_open(&index, INDEX).await;
    editor.completed_when_read(&index, (5, 1), 1).await;
    Case { editor, dir, index }
}

impl Case {
    async fn asked(&mut self, method: &str, place: (u32, u32), more: Value) -> Value {
        let mut params = at(&self.index, place);
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        self.editor.ask(method, params).await
    }

    /// As text, without the folder.
    fn said(&self, answer: &Value, expected: Expect) {
        let folder = format!("{}/", uri(self.dir.path()));
        expected.assert_eq(&answer.to_string().replace(&folder, ""));
    }
}

#[tokio::test]
async fn what_stands_here_and_what_it_takes() {
    let mut case = case().await;
    let hover = case.asked("textDocument/hover", (4, 3), json!({})).await;
    case.said(
        &hover["contents"]["value"],
        expect![[r#""```typescript\n(import) ring: (app: App, times: unknown) => null\n```\nRings it.""#]],
    );
    case.said(
        &hover["range"],
        expect![[r#"{"start":{"line":4,"character":2},"end":{"line":4,"character":6}}"#]],
    );
    let signature = case.asked("textDocument/signatureHelp", (4, 12), json!({})).await;
    case.said(&signature, expect![[r#"{"signatures":[{"label":"ring(app: App, times: unknown): null","parameters":[{"label":"app: App"},{"label":"times: unknown"}],"activeParameter":1}],"activeSignature":0,"activeParameter":1}"#]]);
}

#[tokio::test]
async fn where_something_is_written() {
    let mut case = case().await;
    let found = case.asked("textDocument/definition", (4, 3), json!({})).await;
    case.said(&found, expect![[r#"[{"uri":"apps/Bell/lib/ring.js","range":{"start":{"line":1,"character":13},"end":{"line":1,"character":17}}}]"#]]);
    let found = case
        .asked("textDocument/references", (4, 3), json!({ "context": { "includeDeclaration": true } }))
        .await;
    let mut lines: Vec<String> = found.as_array().unwrap().iter().map(Value::to_string).collect();
    lines.sort();
    case.said(&json!(lines.len()), expect!["3"]);
    let found = case.asked("textDocument/documentHighlight", (4, 13), json!({})).await;
    case.said(&found, expect![[r#"[{"range":{"start":{"line":3,"character":8},"end":{"line":3,"character":12}}},{"range":{"start":{"line":4,"character":12},"end":{"line":4,"character":16}}}]"#]]);
}

#[tokio::test]
async fn another_name_is_written_everywhere() {
    let mut case = case().await;
    let found = case.asked("textDocument/prepareRename", (4, 13), json!({})).await;
    case.said(&found, expect![[r#"{"start":{"line":4,"character":12},"end":{"line":4,"character":16}}"#]]);
    let found = case.asked("textDocument/rename", (4, 13), json!({ "newName": "softly" })).await;
    case.said(&found, expect![[r#"{"changes":{"apps/Bell/index.js":[{"range":{"start":{"line":3,"character":8},"end":{"line":3,"character":12}},"newText":"softly"},{"range":{"start":{"line":4,"character":12},"end":{"line":4,"character":16}},"newText":"softly"}]}}"#]]);
    let mut params = at(&case.index, (4, 13));
    params["newName"] = json!("not a name");
    let id = case.editor.send("textDocument/rename", params).await;
    let refused = case.editor.reply(id).await;
    case.said(&refused["error"]["message"], expect![[r#""`not a name` is no name""#]]);
}

#[tokio::test]
async fn imports_follow_a_folder_that_is_renamed() {
    let mut case = case().await;
    let place = |it: &str| uri(&case.dir.path().join("apps/Bell").join(it));
    let moves = json!({ "files": [{ "oldUri": place("lib"), "newUri": place("parts") }] });
    let found = case.editor.ask("workspace/willRenameFiles", moves).await;
    case.said(&found, expect![[r#"{"changes":{"apps/Bell/index.js":[{"range":{"start":{"line":0,"character":22},"end":{"line":0,"character":35}},"newText":"./parts/ring.js"}]}}"#]]);
}

#[tokio::test]
async fn what_is_shown_between_and_in_the_letters() {
    let mut case = case().await;
    let part =
        json!({ "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 5, "character": 0 } } });
    let found = case.asked("textDocument/inlayHint", (0, 0), part.clone()).await;
    case.said(&found, expect!["[]"]);
    let all = case.asked("textDocument/semanticTokens/full", (0, 0), json!({})).await;
    case.said(
        &all["data"],
        expect!["[0,9,4,2,0,2,16,5,1,0,0,7,3,1,0,1,8,4,0,2,1,2,4,2,0,0,5,3,1,0,0,5,4,0,2]"],
    );
    let part = case.asked("textDocument/semanticTokens/range", (0, 0), part).await;
    assert_eq!(part["data"], all["data"]);
}

#[tokio::test]
async fn a_file_in_outline() {
    let mut case = case().await;
    let document = json!({ "textDocument": { "uri": uri(&case.index) } });
    let found = case.editor.ask("textDocument/documentSymbol", document.clone()).await;
    let names: Vec<_> = found.as_array().unwrap().iter().map(|it| (&it["name"], &it["kind"])).collect();
    case.said(&json!(names), expect![[r#"[["loud",14]]"#]]);
    let found = case.editor.ask("textDocument/foldingRange", document).await;
    case.said(&found, expect![[r#"[{"startLine":2,"endLine":4}]"#]]);
}

#[tokio::test]
async fn what_is_no_message_ends_nothing() {
    let mut case = case().await;
    for bytes in [
        "Content-Length: 4\r\n\r\n{{{{",
        "Content-Length: 2\r\n\r\n[]",
        "somebody prints\r\n\r\n",
        "Content-Length: many\r\n\r\n",
        "Content-Length: 52\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":7777,\"method\":\"no/such/thing\"}",
        "Content-Length: 40\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":12345,\"result\":{}}",
    ] {
        case.editor.input.as_mut().unwrap().write_all(bytes.as_bytes()).await.unwrap();
    }
    let bad = json!({ "textDocument": { "uri": 7 }, "position": null });
    let id = case.editor.send("textDocument/hover", bad).await;
    assert_eq!(case.editor.reply(id).await["error"]["code"], -32602);
    // A place that is none, and an edit that ends before it begins.
    let far = u32::MAX >> 1;
    let range = json!({ "start": { "line": far, "character": far }, "end": { "line": 0, "character": 0 } });
    let index = case.index.clone();
    case.editor.edit(&index, json!([{ "range": range, "text": "\nconst late = 1\n" }])).await;
    case.asked("textDocument/hover", (far, u32::MAX), json!({})).await;
    assert!(case.editor.completed(&index, (far, 0), 999).await.contains("late"));
}
