//! A server and an editor in one process: what goes over the wire, and how tests wait for it. Every wait is
//! for a message, with a limit that only a broken build reaches.

mod documents;
mod lifecycle;
mod order;
mod problems;
mod projects;
mod questions;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;
use tower_lsp::LspServiceBuilder;
use tower_lsp::ls_types::Uri;

use crate::ending::Ended;
use crate::serve;
use crate::server::Server;

const LIMIT: Duration = Duration::from_secs(20);

/// An editor, and the server it talks to.
pub(super) struct Editor {
    input: Option<DuplexStream>,
    output: UnboundedReceiver<Value>,
    /// What was heard and nobody waited for.
    heard: VecDeque<Value>,
    server: JoinHandle<Ended>,
    last: i64,
}

impl Editor {
    /// Starts a server that can do what `more` adds.
    pub(super) fn start_with(
        more: impl FnOnce(LspServiceBuilder<Server>) -> LspServiceBuilder<Server>,
    ) -> Editor {
        let (input, server_input) = tokio::io::duplex(1 << 16);
        let (server_output, output) = tokio::io::duplex(1 << 16);
        let service = more(serve::service()).finish();
        let server = tokio::spawn(serve::run(service, server_input, server_output));
        let (heard, messages) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut output = BufReader::new(output);
            while let Some(message) = message(&mut output).await {
                heard.send(message).ok();
            }
        });
        Editor { input: Some(input), output: messages, heard: VecDeque::new(), server, last: 0 }
    }

    pub(super) fn start() -> Editor {
        Editor::start_with(|it| it)
    }

    /// Starts a server and introduces an editor that can do `capabilities` and has `folders` open.
    pub(super) async fn open(folders: &[&Path], capabilities: Value) -> Editor {
        let mut editor = Editor::start();
        editor.begin(folders, capabilities).await;
        editor
    }

    /// Introduces itself; what the server answers.
    pub(super) async fn begin(&mut self, folders: &[&Path], capabilities: Value) -> Value {
        let folder = |it: &&Path| json!({ "uri": uri(it), "name": "x" });
        let folders: Vec<Value> = folders.iter().map(folder).collect();
        let said = self
            .ask("initialize", json!({ "capabilities": capabilities, "workspaceFolders": folders }))
            .await;
        self.tell("initialized", json!({})).await;
        said
    }

    pub(super) async fn write(&mut self, message: &Value) {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.input.as_mut().expect("it still talks").write_all(frame.as_bytes()).await.unwrap();
    }

    pub(super) async fn tell(&mut self, method: &str, params: Value) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    /// Asks something; the number of the question.
    pub(super) async fn send(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": self.last, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.write(&message).await;
        self.last
    }

    /// The whole reply to a question.
    pub(super) async fn reply(&mut self, id: i64) -> Value {
        self.hear(|it| it["id"] == id && it.get("method").is_none()).await
    }

    /// Asks something and waits; what the answer is.
    pub(super) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        let reply = self.reply(id).await;
        assert_eq!(reply.get("error"), None, "{method}");
        reply["result"].clone()
    }

    /// The next message of that sort.
    pub(super) async fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.heard.iter().position(&wanted) {
            return self.heard.remove(at).unwrap();
        }
        loop {
            let message =
                tokio::time::timeout(LIMIT, self.output.recv()).await.expect("the server says nothing");
            let message = message.expect("the server is gone");
            if wanted(&message) {
                return message;
            }
            self.heard.push_back(message);
        }
    }

    /// The next problems that are told of a file: their lines.
    pub(super) async fn problems(&mut self, file: &Path) -> String {
        let uri = uri(file);
        let told = self
            .hear(|it| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri)
            .await;
        problems(&told["params"]["diagnostics"])
    }

    pub(super) async fn did_open(&mut self, file: &Path, text: &str) {
        let document = json!({ "uri": uri(file), "languageId": "javascript", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document })).await;
    }

    /// Replaces all of a file.
    pub(super) async fn did_change(&mut self, file: &Path, text: &str) {
        self.edit(file, json!([{ "text": text }])).await;
    }

    pub(super) async fn edit(&mut self, file: &Path, edits: Value) {
        let document = json!({ "uri": uri(file), "version": 2 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": edits }))
            .await;
    }

    pub(super) async fn did_close(&mut self, file: &Path) {
        self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(file) } })).await;
    }

    pub(super) async fn touched(&mut self, files: &[&Path]) {
        let changes: Vec<Value> = files.iter().map(|it| json!({ "uri": uri(it), "type": 2 })).collect();
        self.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes })).await;
    }

    /// What may be written there, the first `count`.
    pub(super) async fn completed(&mut self, file: &Path, place: (u32, u32), count: usize) -> String {
        let found = self.ask("textDocument/completion", at(file, place)).await;
        labels(&found, count)
    }

    /// Waits until what may be written there is no longer preliminary.
    pub(super) async fn completed_when_read(
        &mut self,
        file: &Path,
        place: (u32, u32),
        count: usize,
    ) -> String {
        loop {
            let found = self.ask("textDocument/completion", at(file, place)).await;
            assert_ne!(found, Value::Null, "it is in no project");
            if found["isIncomplete"] == false {
                return labels(&found, count);
            }
        }
    }

    /// The editor is gone without a word.
    pub(super) fn vanish(&mut self) {
        self.input = None;
    }

    /// How the server ended.
    pub(super) async fn ended(self) -> Ended {
        tokio::time::timeout(LIMIT, self.server).await.expect("the server does not end").unwrap()
    }
}

/// One message of the server.
async fn message(output: &mut BufReader<DuplexStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => length = line.strip_prefix("Content-Length: ").map_or(length, |it| it.parse().unwrap()),
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).await.ok()?;
    serde_json::from_slice(&body).ok()
}

pub(super) fn uri(file: &Path) -> String {
    Uri::from_file_path(file).unwrap().as_str().to_owned()
}

pub(super) fn at(file: &Path, (line, character): (u32, u32)) -> Value {
    json!({ "textDocument": { "uri": uri(file) }, "position": { "line": line, "character": character } })
}

pub(super) fn labels(list: &Value, count: usize) -> String {
    let mut items: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
    items.sort_by_key(|it| it["sortText"].as_str());
    let labels: Vec<&str> = items.iter().take(count).filter_map(|it| it["label"].as_str()).collect();
    labels.join(" ")
}

/// Problems as lines: where, code, message.
pub(super) fn problems(all: &Value) -> String {
    let mut out = String::new();
    for it in all.as_array().into_iter().flatten() {
        let place = |it: &Value| format!("{}:{}", it["line"], it["character"]);
        let (range, message) = (&it["range"], it["message"].as_str().unwrap_or_default());
        let (start, end) = (place(&range["start"]), place(&range["end"]));
        let code = it["code"].as_str().unwrap_or_default();
        writeln!(out, "{start}-{end} {code}: {}", message.lines().next().unwrap_or_default()).unwrap();
    }
    out
}
