//! Players in a world of the real binary, over its real socket: they meet, talk through the apps of the
//! folder, see an edit of them, and what the scripts fetch.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::dev::{Dev, empty_project};

/// Longer than anything takes on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const BLUEPRINT: &str = r#"{"scriptFormat": "module", "props": {}}"#;

fn entity() -> String {
    let entity = json!({
        "id": "bell-1", "blueprint": "Bell", "position": [0, 0, 0], "quaternion": [0, 0, 0, 1],
        "scale": [1, 1, 1], "pinned": false, "props": {}, "state": {},
    });
    json!({"formatVersion": 2, "entities": [entity]}).to_string()
}

fn bell(word: &str) -> String {
    format!(
        "export default (world, app, fetch) => {{
  if (world.isServer) {{
    app.on('ring', async (data, from) => {{
      const name = world.getPlayer(from).name
      const answer = await fetch('http://ADDRESS/tide')
      app.send('rang', {{ word: '{word}', by: name, tide: answer ? await answer.text() : null }})
    }})
    return
  }}
  app.on('rang', it => console.log('rang', it.word, it.by, it.tide))
  world.on('enter', e => console.log('came', e.playerId))
  world.on('leave', e => console.log('left', e.playerId))
  world.on('command', c => {{ if (c.cmd === 'ring') app.send('ring', 1) }})
  console.log('ready', '{word}')
}}
"
    )
}

/// A player's connection.
struct Play<'a> {
    runtime: &'a Runtime,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl<'a> Play<'a> {
    #[track_caller]
    fn join(runtime: &'a Runtime, dev: &Dev, id: &str) -> Play<'a> {
        let url = dev.url().replacen("http", "ws", 1) + "/bowline/v1/play";
        let (socket, _) = runtime.block_on(connect_async(url)).expect("the world listens");
        let mut play = Play { runtime, socket };
        play.say(&json!({"type": "join", "id": id, "name": id.to_uppercase(), "code": dev.code()}));
        play.wait("welcome", |it| it["type"] == "welcome");
        play
    }

    #[track_caller]
    fn say(&mut self, message: &Value) {
        let sent = self.socket.send(Message::text(message.to_string()));
        self.runtime.block_on(sent).expect("the world listens");
    }

    /// The next message that fits; others are passed over.
    #[track_caller]
    fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut heard = Vec::new();
        let socket = &mut self.socket;
        let waiting = async {
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(text) = message else { continue };
                let message: Value = serde_json::from_str(text.as_str()).expect("it is JSON");
                heard.push(message.clone());
                if fits(&message) {
                    return Some(message);
                }
            }
            None
        };
        let found = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, waiting).await });
        found.ok().flatten().unwrap_or_else(|| panic!("no {what}; it was told {heard:#?}"))
    }

    /// Waits until its own client logs this.
    #[track_caller]
    fn line(&mut self, text: &str) {
        self.wait(text, |it| it["type"] == "log" && it["text"] == text);
    }
}

/// Answers every request with the tide, until the test ends.
fn tide() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its port").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The head comes in one piece, and whoever hangs up has read enough.
            let read = stream.read(&mut [0; 4096]);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhigh";
            drop(read.and_then(|_| stream.write_all(answer)));
        }
    });
    address
}

#[test]
fn two_players_ring_a_bell_whose_script_is_edited_meanwhile() {
    let dir = empty_project();
    let address = tide();
    let write =
        |path: &str, text: &str| std::fs::write(dir.path().join(path), text).expect("it can be written");
    std::fs::create_dir(dir.path().join("apps/Bell")).expect("it can be made");
    write("apps/Bell/Bell.json", BLUEPRINT);
    write("apps/Bell/index.js", &bell("ding").replace("ADDRESS", &address));
    write("world.json", &entity());
    write("bowline.toml", &format!("[script]\nfetch = [\"http://{address}\"]\n"));
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();

    let runtime = Runtime::new().expect("a runtime");
    let mut ann = Play::join(&runtime, &dev, "ann");
    ann.line("ready ding");
    let mut bob = Play::join(&runtime, &dev, "bob");
    ann.line("came bob");
    bob.line("ready ding");
    ann.say(&json!({"type": "chat", "text": "/ring"}));
    bob.line("rang ding ANN high");

    dev.save("apps/Bell/index.js", &bell("dong").replace("ADDRESS", &address));
    bob.line("ready dong");
    ann.line("ready dong");
    bob.say(&json!({"type": "chat", "text": "/ring"}));
    ann.line("rang dong BOB high");

    // Its client breaks, nobody else does; and the folder's own list of problems has it.
    dev.save("apps/Bell/index.js", "export default world => { if (world.isClient) null.x }\n");
    let broken = ann.wait("the crash", |it| it["type"] == "script" && it["state"] == "crashed");
    assert_eq!(broken["problem"]["path"], "apps/Bell/index.js", "{broken}");
    assert_eq!(broken["context"], "client ann");
    dev.save("apps/Bell/index.js", &bell("dung").replace("ADDRESS", &address));
    ann.line("ready dung");

    drop(bob);
    ann.line("left bob");
}
