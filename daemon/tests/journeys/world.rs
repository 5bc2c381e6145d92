//! A second admin client of the same world, as another person's editor would be.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bowline_link::{Acquired, Blob, CommandReply, Link, Lock, News, Order, Target};
use bowline_model::{AssetName, Digest};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::dev::Dev;

/// All definitions of a world, asked of itself.
#[track_caller]
pub(crate) fn definitions(world: &Dev) -> Vec<Value> {
    let address = world.url().trim_start_matches("http://").to_owned();
    let code = world.code();
    let request = format!(
        "GET /bowline/v1/schema/snapshot HTTP/1.0\r\nHost: {address}\r\nx-admin-code: {code}\r\n\r\n"
    );
    let mut socket = TcpStream::connect(&address).expect("it listens");
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("it answers");
    let body = answer.split_once("\r\n\r\n").map(|it| it.1).expect("it answers in HTTP");
    let said: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    said["records"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

/// Another client.
pub(crate) struct Client {
    runtime: Runtime,
    link: Link,
    news: mpsc::Receiver<News>,
}

impl Client {
    #[track_caller]
    pub(crate) fn of(dev: &Dev) -> Client {
        let runtime = Runtime::new().expect("a runtime");
        let target = Target { url: dev.url(), admin_code: Some(dev.code()), world_id: Some(dev.world_id()) };
        let (link, _, news) = runtime.block_on(Link::open(&target)).expect("the world lets us in");
        Client { runtime, link, news }
    }

    /// A blueprint as the world has it.
    #[track_caller]
    pub(crate) fn blueprint(&self, id: &str) -> Map<String, Value> {
        let found = self.runtime.block_on(self.link.get_blueprint(id)).expect("the world answers");
        found.unwrap_or_else(|| panic!("the world has no {id}"))
    }

    /// The text of one of its modules.
    #[track_caller]
    pub(crate) fn module(&self, id: &str, key: &str) -> String {
        let url = self.blueprint(id)["scriptFiles"][key]
            .as_str()
            .unwrap_or_else(|| panic!("{id} has no {key}"))
            .to_owned();
        let name: AssetName = url.parse().expect("it is named by content");
        let bytes = self.runtime.block_on(self.link.download(&name)).expect("it is there");
        String::from_utf8(bytes).expect("it is text")
    }

    /// Whether the world has such a blueprint.
    #[track_caller]
    pub(crate) fn has(&self, id: &str) -> bool {
        self.runtime.block_on(self.link.get_blueprint(id)).expect("the world answers").is_some()
    }

    /// The texts of all modules of a blueprint, by key.
    #[track_caller]
    pub(crate) fn modules(&self, id: &str) -> BTreeMap<String, String> {
        let blueprint = self.blueprint(id);
        let files = blueprint["scriptFiles"].as_object().expect("it has modules");
        let mut texts = BTreeMap::new();
        for (key, url) in files {
            let name: AssetName = url.as_str().expect("a url").parse().expect("it is named by content");
            let bytes = self.runtime.block_on(self.link.download(&name)).expect("it is there");
            texts.insert(key.clone(), String::from_utf8(bytes).expect("it is text"));
        }
        texts
    }

    /// Sends a command; what the world says.
    #[track_caller]
    pub(crate) fn try_order(&self, order: Order) -> CommandReply {
        self.runtime.block_on(self.link.command(order)).expect("the world answers")
    }

    /// Changes modules of an app as the editor in the world does: upload, lock, one modify, unlock.
    #[track_caller]
    pub(crate) fn change(&self, id: &str, modules: &[(&str, Option<&str>)]) {
        let mut blueprint = self.blueprint(id);
        let mut files: BTreeMap<String, Value> =
            blueprint["scriptFiles"].as_object().cloned().unwrap_or_default().into_iter().collect();
        for (key, text) in modules {
            match text {
                Some(text) => files.insert((*key).to_owned(), json!(self.upload(key, text).url())),
                None => files.remove(*key),
            };
        }
        let version = blueprint["version"].as_u64().expect("it has a version") + 1;
        let entry = blueprint["scriptEntry"].as_str().expect("it has an entry").to_owned();
        let change = json!({"id": id, "version": version, "script": files[&entry], "scriptEntry": entry,
            "scriptFiles": files, "scriptFormat": blueprint.remove("scriptFormat")});
        self.locked(id, |lock| Order::BlueprintModify {
            change: (&change).into(),
            lock_token: lock.token.as_str().into(),
        });
    }

    #[track_caller]
    pub(crate) fn upload(&self, key: &str, text: &str) -> AssetName {
        let name = AssetName::new(Digest::of(text.as_bytes()), key);
        let blobs = vec![(name.clone(), Blob::Bytes(text.as_bytes().to_vec()))];
        self.runtime.block_on(self.link.put_missing(blobs)).expect("it is stored");
        name
    }

    #[track_caller]
    pub(crate) fn locked(&self, scope: &str, order: impl FnOnce(&Lock) -> Order) {
        let lock = self.runtime.block_on(async {
            loop {
                match self
                    .link
                    .lock(scope, "another editor", Duration::from_secs(30))
                    .await
                    .expect("the world answers")
                {
                    Acquired::Granted(lock) => return lock,
                    // The mirror holds it for the few milliseconds of a deploy.
                    Acquired::Busy(_) => tokio::task::yield_now().await,
                }
            }
        });
        self.order(order(&lock));
        self.runtime.block_on(self.link.unlock(&lock)).expect("the world answers");
    }

    /// Waits until somebody else holds the deploy lock of a scope. A world does not say when; it is
    /// asked until it is so.
    #[track_caller]
    pub(crate) fn wait_for_lock(&self, scope: &str) {
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        self.runtime.block_on(async {
            loop {
                let asked = self.link.lock(scope, "another editor", Duration::from_secs(30)).await;
                let Acquired::Granted(lock) = asked.expect("the world answers") else { return };
                self.link.unlock(&lock).await.expect("the world answers");
                assert!(std::time::Instant::now() < deadline, "nobody took the lock of {scope}");
            }
        });
    }

    /// Sends a command that must be accepted.
    #[track_caller]
    pub(crate) fn order(&self, order: Order) {
        let reply = self.runtime.block_on(self.link.command(order)).expect("the world answers");
        assert_eq!(reply, CommandReply::Done);
    }

    /// Waits for the next blueprint that fits, as it was broadcast.
    #[track_caller]
    pub(crate) fn wait(&mut self, fits: impl Fn(&Map<String, Value>) -> bool) -> Map<String, Value> {
        let news = &mut self.news;
        let waiting = async {
            loop {
                match news.recv().await.expect("the world stays") {
                    News::BlueprintAdded(it) | News::BlueprintModified(it) if fits(&it) => return it,
                    _ => (),
                }
            }
        };
        self.runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(60), waiting).await })
            .expect("news in time")
    }

    /// The blueprints that were broadcast since the last wait, without waiting.
    pub(crate) fn heard(&mut self) -> Vec<Map<String, Value>> {
        let mut heard = Vec::new();
        while let Ok(news) = self.news.try_recv() {
            if let News::BlueprintAdded(it) | News::BlueprintModified(it) = news {
                heard.push(it);
            }
        }
        heard
    }

    /// Whether nothing at all is broadcast for so long.
    pub(crate) fn silent_for(&mut self, duration: Duration) -> bool {
        let news = &mut self.news;
        while news.try_recv().is_ok() {}
        self.runtime.block_on(async { tokio::time::timeout(duration, news.recv()).await }).is_err()
    }

    /// The entities of the world.
    #[track_caller]
    pub(crate) fn entities(&self, dev: &Dev) -> BTreeMap<String, Map<String, Value>> {
        let target = Target { url: dev.url(), admin_code: Some(dev.code()), world_id: None };
        let (_, snapshot, _) = self.runtime.block_on(Link::open(&target)).expect("the world lets us in");
        let id = |it: &Map<String, Value>| it["id"].as_str().expect("it has an id").to_owned();
        snapshot.entities.into_iter().map(|it| (id(&it), it)).collect()
    }
}
