//! An edit on its way to being run: from the rename of the file to the first line its new code logs in
//! the running world, for each language; and whether `app.state` was still there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::dev::Dev;
use crate::figures::{line, quantile};

/// Edits measured of each language.
const ROUNDS: usize = 30;

/// A world's step. Edits come at moments spread evenly over it: nobody saves in time with a world.
const TICK: Duration = Duration::from_millis(50);

/// The part of a step by which each edit is later in it than the one before: no two are close.
const SPREAD: f64 = 0.618_033_988_749_895;

/// What an edit may take at the median, by the promise in the README.
const BAR: Duration = Duration::from_millis(60);

/// An app's folder, the name of its entry, and its text with `ROUND` where the edits differ. Each start
/// logs how many there have been, which only `app.state` knows.
const APPS: [(&str, &str, &str); 3] = [
    (
        "InJavaScript",
        "index.js",
        "export default (world, app) => {\n  app.state.starts = (app.state.starts ?? 0) + 1\n  \
         console.log('round ROUND start ' + app.state.starts)\n  app.on('update', () => {})\n}\n",
    ),
    (
        "InTypeScript",
        "index.ts",
        "export default (world: any, app: any): void => {\n  const state: { starts?: number } = app.state\n  \
         state.starts = (state.starts ?? 0) + 1\n  console.log(`round ROUND start ${state.starts}`)\n  \
         app.on('update', (dt: number) => {})\n}\n",
    ),
    (
        "InLuau",
        "index.luau",
        "return function(world, app)\n  app.state.starts = (app.state.starts or 0) + 1\n  \
         print(`round ROUND start {app.state.starts}`)\n  app:on('update', function() end)\nend\n",
    ),
];

/// Measures, and says whether every language was below the bar with its state kept.
pub(crate) fn run(binary: &Path) -> bool {
    let dir = tempfile::tempdir().expect("room for a folder");
    write_project(dir.path());
    let dev = Dev::start(binary, dir.path());
    dev.flush();
    let mut bench = Bench { log: Log::open(&dev), dev };
    println!("{ROUNDS} edits of each; from the rename of the file to the first line of its new code\n");
    let mut good = true;
    for (app, entry, text) in APPS {
        let file = dir.path().join("apps").join(app).join(entry);
        let times: Vec<Duration> = (1..=ROUNDS).map(|round| bench.edit(&file, text, round)).collect();
        line(&format!("save to new behaviour: {app}"), &times);
        good &= quantile(&times, 0.5) <= BAR;
    }
    println!("\nthe bar is {} ms at the median", BAR.as_millis());
    good
}

fn write_project(dir: &Path) {
    let mut entities = Vec::new();
    for (app, entry, text) in APPS {
        let folder = dir.join("apps").join(app);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(entry), text.replace("ROUND", "0")).expect("a script");
        let blueprint = json!({"scriptFormat": "module", "model": "asset://empty.glb", "props": {}});
        std::fs::write(folder.join(format!("{app}.json")), blueprint.to_string()).expect("a blueprint");
        entities.push(json!({
            "id": format!("{app}1"), "blueprint": app, "position": [0, 0, 0], "quaternion": [0, 0, 0, 1],
            "scale": [1, 1, 1], "pinned": false, "props": {}, "state": {},
        }));
    }
    let world = json!({
        "formatVersion": 2, "settings": {"title": "Reload"},
        "spawn": {"position": [0, 0, 0], "quaternion": [0, 0, 0, 1]}, "entities": entities,
    });
    std::fs::write(dir.join("world.json"), world.to_string()).expect("a manifest");
}

struct Bench {
    dev: Dev,
    log: Log,
}

impl Bench {
    /// Saves the file as editors do and waits for the words of its new code.
    fn edit(&mut self, file: &PathBuf, text: &str, round: usize) -> Duration {
        let beside = file.with_extension("saving");
        std::fs::write(&beside, text.replace("ROUND", &round.to_string())).expect("it can be written");
        // What was heard of the last edit was heard in time with the world.
        std::thread::sleep(TICK.mul_f64((round as f64 * SPREAD).fract()));
        let started = Instant::now();
        std::fs::rename(&beside, file).expect("it can be renamed");
        let said = self.log.wait(&format!("round {round} start "));
        let took = started.elapsed();
        assert_eq!(said, format!("round {round} start {}", round + 1), "its state was kept, and it ran once");
        self.dev.wait(|it| it["event"] == "applied");
        took
    }
}

/// What the world's scripts log.
struct Log {
    runtime: Runtime,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Log {
    fn open(dev: &Dev) -> Log {
        let runtime = Runtime::new().expect("a runtime");
        let code = std::fs::read_to_string(dev.text("admin_code_file")).expect("the code can be read");
        let url = format!("{}/bowline/events", dev.text("world").replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("an address");
        request.headers_mut().insert("x-admin-code", code.trim().parse().expect("a code is text"));
        let (socket, _) = runtime.block_on(connect_async(request)).expect("the world lets us in");
        Log { runtime, socket }
    }

    /// The next line that begins with `words`.
    fn wait(&mut self, words: &str) -> String {
        let socket = &mut self.socket;
        self.runtime.block_on(async {
            loop {
                let message = socket.next().await.expect("the world stays").expect("it is heard");
                let event: Value =
                    serde_json::from_str(message.to_text().unwrap_or_default()).unwrap_or_default();
                if let Some(text) = event["text"].as_str().filter(|it| it.starts_with(words)) {
                    return text.to_owned();
                }
            }
        })
    }
}
