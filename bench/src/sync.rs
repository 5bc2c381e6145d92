//! A save on its way: from the rename of the file to the broadcast on another admin socket, and from
//! a change in the world to the bytes on disk. Beside it what the protocol costs by itself.

use std::path::Path;
use std::time::{Duration, Instant};

use bowline_fixtures::{BigApp, big_app};
use bowline_link::{Acquired, Blob, Link, News, Order, Target};
use bowline_model::{AssetName, Digest};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::dev::Dev;
use crate::figures::{line, ratio};

/// Saves measured, and modules in the app.
const ROUNDS: usize = 20;
const MODULES: usize = 100;

pub(crate) fn run(binary: &Path) {
    let dir = tempfile::tempdir().expect("room for a folder");
    let app = big_app(dir.path(), MODULES);
    let dev = Dev::start(binary, dir.path());
    dev.flush();
    let mut bench = Bench::of(dev, app);
    println!("{MODULES} modules, {ROUNDS} saves of one of them, everything on this machine\n");
    let floor: Vec<Duration> = (0..ROUNDS).map(|round| bench.floor(round)).collect();
    bench.dev.flush();
    let to_world: Vec<Duration> = (0..ROUNDS).map(|round| bench.save(round)).collect();
    bench.dev.flush();
    let to_disk: Vec<Duration> = (0..ROUNDS).map(|round| bench.change(round)).collect();
    line("the protocol alone: check, upload, lock, modify", &floor);
    line("save to broadcast: rename .. second admin socket", &to_world);
    line("world to disk: broadcast .. bytes in the file", &to_disk);
    println!("\nsave to broadcast is {:.1} times the protocol alone", ratio(&to_world, &floor));
}

struct Bench {
    dev: Dev,
    app: BigApp,
    id: String,
    key: String,
    runtime: Runtime,
    link: Link,
    news: mpsc::Receiver<News>,
}

impl Bench {
    fn of(dev: Dev, app: BigApp) -> Bench {
        let runtime = Runtime::new().expect("a runtime");
        let code = std::fs::read_to_string(dev.text("admin_code_file")).expect("the code can be read");
        let target = Target {
            url: dev.text("world"),
            admin_code: Some(code.trim().to_owned()),
            world_id: Some(dev.text("world_id")),
        };
        let (link, _, news) = runtime.block_on(Link::open(&target)).expect("the world lets us in");
        let id = app.folder.file_name().and_then(|it| it.to_str()).expect("it has a name").to_owned();
        let key = app
            .voice
            .strip_prefix(&app.folder)
            .expect("it is in the app")
            .to_str()
            .expect("UTF-8")
            .to_owned();
        Bench { dev, app, id, key, runtime, link, news }
    }

    /// From the rename to the broadcast that names the new content.
    fn save(&mut self, round: usize) -> Duration {
        let text = BigApp::voice_saying(&format!("saved {round}"));
        let url = name_of(&self.key, &text).url();
        let beside = self.app.voice.with_extension("saving");
        std::fs::write(&beside, &text).expect("it can be written");
        let started = Instant::now();
        std::fs::rename(&beside, &self.app.voice).expect("it can be renamed");
        self.broadcast_of(&url);
        let took = started.elapsed();
        self.dev.wait(|it| it["event"] == "applied");
        took
    }

    /// From the broadcast of a change to its bytes on disk.
    fn change(&mut self, round: usize) -> Duration {
        let text = BigApp::voice_saying(&format!("changed {round}"));
        let name = name_of(&self.key, &text);
        self.upload(&name, &text);
        self.modify(&name);
        self.broadcast_of(&name.url());
        let started = Instant::now();
        while std::fs::read_to_string(&self.app.voice).unwrap_or_default() != text {
            std::hint::spin_loop();
        }
        let took = started.elapsed();
        self.dev.wait(|it| it["event"] == "applied");
        took
    }

    /// What any client pays for one change: is it there, here it is, lock, modify.
    fn floor(&mut self, round: usize) -> Duration {
        let text = BigApp::voice_saying(&format!("floor {round}"));
        let name = name_of(&self.key, &text);
        let started = Instant::now();
        let known =
            self.runtime.block_on(self.link.has_assets(std::slice::from_ref(&name))).expect("it answers");
        assert_eq!(known, [false], "every round has new bytes");
        self.upload(&name, &text);
        self.modify(&name);
        self.broadcast_of(&name.url());
        let took = started.elapsed();
        self.dev.wait(|it| it["event"] == "applied");
        took
    }

    fn upload(&self, name: &AssetName, text: &str) {
        let blob = Blob::Bytes(text.as_bytes().to_vec());
        self.runtime.block_on(self.link.upload(name, blob)).expect("it is stored");
    }

    fn modify(&self, name: &AssetName) {
        self.runtime.block_on(async {
            let blueprint =
                self.link.get_blueprint(&self.id).await.expect("it answers").expect("it is there");
            let lock = match self.link.lock(&self.id, "bench", Duration::from_secs(30)).await {
                Ok(Acquired::Granted(lock)) => lock,
                other => panic!("no lock: {other:?}"),
            };
            let change = body(&blueprint, &self.key, &name.url());
            let order =
                Order::BlueprintModify { change: (&change).into(), lock_token: lock.token.as_str().into() };
            self.link.command(order).await.expect("it answers");
            self.link.unlock(&lock).await.expect("it answers");
        });
    }

    fn broadcast_of(&mut self, url: &str) {
        let key = self.key.clone();
        let news = &mut self.news;
        self.runtime.block_on(async {
            loop {
                match news.recv().await.expect("the world stays") {
                    News::BlueprintModified(it) if it["scriptFiles"][&key] == *url => return,
                    _ => (),
                }
            }
        });
    }
}

fn name_of(key: &str, text: &str) -> AssetName {
    AssetName::new(Digest::of(text.as_bytes()), key)
}

fn body(blueprint: &Map<String, Value>, key: &str, url: &str) -> Map<String, Value> {
    let mut files = blueprint["scriptFiles"].clone();
    files[key] = json!(url);
    let entry = blueprint["scriptEntry"].as_str().unwrap_or_default();
    let change = json!({
        "id": blueprint["id"], "version": blueprint["version"].as_u64().unwrap_or(0) + 1,
        "script": files[entry], "scriptEntry": entry, "scriptFiles": files, "scriptFormat": blueprint["scriptFormat"],
    });
    change.as_object().cloned().unwrap_or_default()
}
