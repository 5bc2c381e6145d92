//! The rules that keep answers true: edits in their order, answers to what was there when it was asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex, mpsc};

use serde_json::{Value, json};
use tower_lsp::jsonrpc::Result;

use super::{Editor, at, labels, uri};
use crate::job::answer;
use crate::server::Server;

impl Server {
    /// What stands in a document.
    async fn text(&self, params: Value) -> Result<Value> {
        let uri = params["uri"].as_str().and_then(|it| it.parse().ok()).unwrap();
        let snapshot = self.snapshot(&uri);
        let text = answer(snapshot, |it, _| Ok(it.text.as_str().to_owned())).await?;
        Ok(json!(text))
    }

    /// Works until nobody wants it; says when it begins and why it ends.
    async fn work(&self, params: Value) -> Result<Value> {
        let uri = params["uri"].as_str().and_then(|it| it.parse().ok()).unwrap();
        let snapshot = self.snapshot(&uri);
        let probe = PROBES.lock().unwrap().remove(params["probe"].as_str().unwrap()).unwrap();
        answer(snapshot, move |_, wanted| {
            probe.send("begun".to_owned()).unwrap();
            let error = loop {
                match wanted.check() {
                    Ok(()) => std::thread::yield_now(),
                    Err(error) => break error,
                }
            };
            probe.send(error.message.to_string()).unwrap();
            Err::<Value, _>(error)
        })
        .await
        .map(|it| json!(it))
    }

    async fn panic_at_once(&self) -> Result<Value> {
        panic!("as the test wants")
    }

    async fn panic_when_told(&self, _: Value) {
        self.shared.state.change(|_| panic!("as the test wants"))
    }

    async fn panic_at_work(&self, params: Value) -> Result<Value> {
        let uri = params["uri"].as_str().and_then(|it| it.parse().ok()).unwrap();
        answer(self.snapshot(&uri), |_, _| -> Result<Value> { panic!("as the test wants") })
            .await
            .map(|it| json!(it))
    }
}

/// Who listens to which test's work.
static PROBES: LazyLock<Mutex<BTreeMap<String, mpsc::Sender<String>>>> = LazyLock::new(Mutex::default);

fn probe(name: &str) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    PROBES.lock().unwrap().insert(name.to_owned(), sender);
    receiver
}

async fn editor() -> (Editor, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("apps/X")).unwrap();
    let mut editor = Editor::start_with(|it| {
        it.custom_method("test/text", Server::text)
            .custom_method("test/work", Server::work)
            .custom_method("test/panicAtOnce", Server::panic_at_once)
            .custom_method("test/panicWhenTold", Server::panic_when_told)
            .custom_method("test/panicAtWork", Server::panic_at_work)
    });
    editor.begin(&[dir.path()], json!({})).await;
    (editor, dir)
}

fn file(dir: &tempfile::TempDir) -> std::path::PathBuf {
    dir.path().join("apps/X/index.js")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_to_the_text_that_was_there() {
    let (mut editor, dir) = editor().await;
    let file = file(&dir);
    editor.did_open(&file, "let v = 0\n").await;
    let (mut texts, mut lists) = (Vec::new(), Vec::new());
    for n in 0..400 {
        editor.did_change(&file, &format!("let v{n} = 0\n")).await;
        texts.push((n, editor.send("test/text", json!({ "uri": uri(&file) })).await));
        lists.push((n, editor.send("textDocument/completion", at(&file, (1, 0))).await));
    }
    let (mut fresh, mut stale) = (0, 0);
    for (n, id) in texts {
        let reply = editor.reply(id).await;
        match reply["error"]["code"].as_i64() {
            None => assert_eq!(reply["result"], format!("let v{n} = 0\n")),
            // It was edited while the question waited, and that is said.
            code => assert_eq!(code, Some(-32801)),
        }
    }
    for (n, id) in lists {
        let reply = editor.reply(id).await;
        if reply["error"]["code"] == -32801 {
            stale += 1;
            continue;
        }
        fresh += 1;
        let labels = labels(&reply["result"], usize::MAX);
        assert!(labels.split(' ').any(|it| it == format!("v{n}")), "{n}: {labels}");
    }
    assert!(fresh >= 1, "the last question is never stale ({fresh} fresh, {stale} stale)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_are_made_in_their_order() {
    let (mut editor, dir) = editor().await;
    let file = file(&dir);
    editor.did_open(&file, "").await;
    let mut expected = String::new();
    for n in 0..400 {
        let (letter, end) = (char::from(b'a' + u8::try_from(n % 26).unwrap()).to_string(), n);
        let place = json!({ "line": 0, "character": end });
        editor.edit(&file, json!([{ "range": { "start": place, "end": place }, "text": letter }])).await;
        expected += &letter;
    }
    assert_eq!(editor.ask("test/text", json!({ "uri": uri(&file) })).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_cancelled_stops() {
    let (mut editor, dir) = editor().await;
    let (file, probe) = (file(&dir), probe("cancelled"));
    editor.did_open(&file, "").await;
    let id = editor.send("test/work", json!({ "uri": uri(&file), "probe": "cancelled" })).await;
    assert_eq!(heard(&probe), "begun");
    editor.tell("$/cancelRequest", json!({ "id": id })).await;
    assert_eq!(editor.reply(id).await["error"]["code"], -32800);
    assert_eq!(heard(&probe), "Canceled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_works_on_an_old_text_says_so() {
    let (mut editor, dir) = editor().await;
    let (file, probe) = (file(&dir), probe("edited"));
    let other = dir.path().join("apps/X/other.js");
    editor.did_open(&file, "").await;
    let id = editor.send("test/work", json!({ "uri": uri(&file), "probe": "edited" })).await;
    assert_eq!(heard(&probe), "begun");
    // Another document is no matter.
    editor.did_open(&other, "x").await;
    assert_eq!(editor.ask("test/text", json!({ "uri": uri(&other) })).await, "x");
    assert!(probe.try_recv().is_err());
    editor.did_change(&file, "now").await;
    assert_eq!(editor.reply(id).await["error"]["code"], -32801);
    assert_eq!(heard(&probe), "Content modified");
}

fn heard(probe: &mpsc::Receiver<String>) -> String {
    probe.recv_timeout(super::LIMIT).unwrap()
}

#[tokio::test]
async fn a_panic_costs_one_answer() {
    let (mut editor, dir) = editor().await;
    let file = file(&dir);
    editor.did_open(&file, "let here = 1\n").await;
    let document = json!({ "uri": uri(&file) });
    for (method, params) in [("test/panicAtOnce", Value::Null), ("test/panicAtWork", document.clone())] {
        let id = editor.send(method, params).await;
        assert_eq!(editor.reply(id).await["error"]["code"], -32603, "{method}");
    }
    editor.tell("test/panicWhenTold", json!({})).await;
    assert_eq!(editor.ask("test/text", document).await, "let here = 1\n");
    assert!(editor.completed(&file, (1, 0), 1000).await.contains("here"));
}

#[tokio::test]
async fn an_editor_that_never_replies_is_answered_all_the_same() {
    let mut editor = Editor::start();
    let watches = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    editor.begin(&[], watches).await;
    editor.hear(|it| it["method"] == "client/registerCapability").await;
    for _ in 0..500 {
        editor.touched(&[Path::new("/nowhere/x.js")]).await;
        editor
            .send("textDocument/documentSymbol", json!({ "textDocument": { "uri": "file:///nowhere/x.js" } }))
            .await;
    }
    assert_eq!(
        editor.ask("textDocument/completion", at(Path::new("/nowhere/x.js"), (0, 0))).await,
        Value::Null
    );
}
