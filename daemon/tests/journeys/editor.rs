//! An editor starts `bowline lsp` and talks to it over its standard streams.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::dev::bowline;
use crate::measured;

/// The server's process and the editor's ends of its streams.
struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last: u64,
}

impl Editor {
    fn start() -> Editor {
        let mut server =
            bowline(&["lsp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let (input, output) = (server.stdin.take(), server.stdout.take().expect("it is piped"));
        Editor { server, input, output: BufReader::new(output), last: 0 }
    }

    fn write(&mut self, message: &Value) {
        let body = message.to_string();
        let input = self.input.as_mut().expect("it still talks");
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("somebody reads");
        input.flush().expect("somebody reads");
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": self.last, "method": method });
        if !params.is_null() {
            message["params"] = params.clone();
        }
        self.write(&message);
        let id = self.last;
        let reply = self.hear(|it| it["id"] == id && it.get("method").is_none());
        assert_eq!(reply.get("error"), None, "{method}");
        reply["result"].clone()
    }

    fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert_ne!(self.output.read_line(&mut line).expect("it speaks"), 0, "the server is gone");
                match line.trim() {
                    "" => break,
                    it => {
                        length = it
                            .strip_prefix("Content-Length: ")
                            .map_or(length, |it| it.parse().expect("it is a number"))
                    }
                }
            }
            let mut body = vec![0; length];
            self.output.read_exact(&mut body).expect("it speaks");
            let message = serde_json::from_slice(&body).expect("it speaks JSON");
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Its exit code, once the process is gone.
    fn ended(mut self) -> Option<i32> {
        drop(self.input.take());
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(self.server.wait()));
        receiver
            .recv_timeout(Duration::from_secs(10))
            .expect("the process does not end")
            .expect("it can be waited for")
            .code()
    }
}

#[test]
fn an_editor_is_helped_from_its_start_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    bowline_fixtures::copy_project("harbor", dir.path());
    let file = dir.path().join("apps/Bell/index.js");
    let uri = format!("file://{}", file.display());
    let since = Instant::now();
    let mut editor = Editor::start();
    let folder = json!({ "uri": format!("file://{}", dir.path().display()), "name": "harbor" });
    let said = editor.ask("initialize", &json!({ "capabilities": {}, "workspaceFolders": [folder] }));
    assert_eq!(said["serverInfo"]["name"], "bowline");
    measured("language server: initialize", since);
    editor.tell("initialized", &json!({}));
    // Bell is a body from before modules.
    let text = "const rings = 0\napp.\n";
    let document = json!({ "uri": uri, "languageId": "javascript", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    let here = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 4 } });
    let found = editor.ask("textDocument/completion", &here);
    measured("language server: first completion", since);
    let items = found["items"].as_array().expect("a list");
    assert!(items.iter().any(|it| it["label"] == "configure"), "{items:?}");
    let problems =
        |it: &Value| it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri;
    assert_ne!(editor.hear(problems)["params"]["diagnostics"], json!([]));
    let range = json!({ "start": { "line": 1, "character": 4 }, "end": { "line": 1, "character": 4 } });
    let change = json!({
        "textDocument": { "uri": uri, "version": 2 },
        "contentChanges": [{ "range": range, "text": "configure([])" }],
    });
    editor.tell("textDocument/didChange", &change);
    assert_eq!(editor.hear(problems)["params"]["diagnostics"], json!([]));
    assert_eq!(editor.ask("shutdown", &Value::Null), Value::Null);
    editor.tell("exit", &Value::Null);
    let since = Instant::now();
    assert_eq!(editor.ended(), Some(0));
    measured("language server: gone after exit", since);
}

#[test]
fn an_editor_that_goes_away_takes_the_server_with_it() {
    let mut editor = Editor::start();
    editor.ask("initialize", &json!({ "capabilities": {} }));
    // Without `shutdown`, as the protocol wants it said.
    assert_eq!(editor.ended(), Some(1));
}
