//! What a world says while it starts, in which order. A test of its own binary: there is one log per
//! process.

#![cfg(test)]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bowline_host::Options;
use bowline_store::MemoryStore;
use expect_test::expect;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_snapshot_is_read_then_compiled_and_only_then_the_world_ticks() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(move || writer.clone()).init();
    let options = Options { tick: Duration::from_millis(1), ..Options::new(Arc::new(MemoryStore::new())) };
    let world = bowline_host::start(options).await.expect("it starts");
    world.stop().await.expect("it stops");
    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    let words = |line: &str| {
        let line = line.split_once(": ").map_or(line, |(_, rest)| rest);
        let words = line.split(' ').filter(|it| !it.starts_with("hash="));
        words.collect::<Vec<_>>().join(" ")
    };
    expect![[r#"
        schema snapshot
        registry compiled components=29
        the world runs tick=0
    "#]]
    .assert_eq(&log.lines().map(|it| words(it) + "\n").collect::<String>());
}
