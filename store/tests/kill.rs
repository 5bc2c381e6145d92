//! A writer killed at any moment leaves each batch whole or absent, and every batch it was told is
//! kept. The writer is this test binary again, started with a folder in its environment.
//!
//! A kill proves that nothing we acknowledged was still in the process. That nothing of it was still
//! in the system's memory (a lost power line) rests on fsync, which no test of one process can show.

#![cfg(test)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bowline_store::{Batch, DiskStore, Kind, Record, Slug, Store, StoreError, Table, gc};
use serde_json::{Value, json};
use tempfile::TempDir;

const FOLDER: &str = "BOWLINE_STORE_KILL_FOLDER";
const ROUNDS: u64 = 24;
const RECORDS: u64 = 10;
const ROWS: u64 = 39;

/// Fifty changes, each saying which batch it is of; the last replaces what the batch before left.
fn batch(number: u64, blob: &str) -> Batch {
    let mut batch = Batch::new();
    for index in 0..RECORDS {
        let slug = Slug::parse(&format!("room/r1/prefab/b{number}-{index}")).unwrap();
        let payload = json!({ "batch": number });
        batch =
            batch.put_record(Record::new(slug, Kind::Prefab, payload, "2026-01-31T09:30:00.000Z").unwrap());
    }
    for index in 0..ROWS {
        let table = [Table::Blueprint, Table::Entity, Table::DeploySnapshot][index as usize % 3];
        let json = json!({ "batch": number, "script": blob, "padding": "x".repeat(200) });
        batch = batch.put_row(table, format!("{number}-{index}"), json);
    }
    batch.put_row(Table::Meta, "last", json!(number))
}

/// The other process: uploads, saves, says so on standard error, without end.
#[test]
fn writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = DiskStore::open(Path::new(&folder)).unwrap();
    let last = store.row(Table::Meta, "last").unwrap().and_then(|it| it.as_u64()).unwrap_or(0);
    for number in last + 1.. {
        let blob = store.put_blob(format!("// batch {number}\n").repeat(500).as_bytes()).unwrap();
        let batch = batch(number, &format!("asset://{blob}.js"));
        assert_eq!(batch.len(), 50);
        store.apply(batch).unwrap();
        // One write, so that a kill leaves no half of a number. When the reader is gone so is the need.
        if std::io::stderr().write_all(format!("kept {number}\n").as_bytes()).is_err() {
            return;
        }
    }
}

fn start_writer(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Lets a writer keep `batches` batches, and then go on for `spins` turns of nothing; kills it.
/// Answers with the last batch it was told is kept.
fn write_and_kill(folder: &Path, batches: usize, spins: u64) -> u64 {
    let mut writer = start_writer(folder);
    let mut lines = BufReader::new(writer.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut said: Vec<String> = lines.by_ref().take(batches).collect();
    (0..spins).for_each(|_| std::hint::spin_loop());
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What it said before it died counts, though we read it after.
    said.extend(lines);
    let mut numbers = said.iter().map(|line| line.strip_prefix("kept ").unwrap_or_else(|| panic!("{line}")));
    numbers.next_back().map_or(0, |number| number.parse().unwrap())
}

/// How many changes of each batch are there.
fn changes_by_batch(store: &DiskStore) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    let contents = store.contents().unwrap();
    for value in contents.values().filter(|value| value.is_object()) {
        *counts.entry(value["batch"].as_u64().unwrap()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn a_killed_writer_leaves_whole_batches_and_all_that_were_acknowledged() {
    let folder = TempDir::new().unwrap();
    // A fixed sequence: the moments still differ from run to run, as processes do.
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut unacknowledged = 0;
    for round in 0..ROUNDS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acknowledged =
            write_and_kill(folder.path(), (random >> 60) as usize % 5, (random >> 33) % 400_000);
        let store = DiskStore::open(folder.path()).unwrap();
        let counts = changes_by_batch(&store);
        let last = counts.keys().last().copied().unwrap_or(0);
        assert!(
            last >= acknowledged,
            "round {round}: batch {acknowledged} was acknowledged, {last} is there"
        );
        unacknowledged += u64::from(last > acknowledged && acknowledged > 0);
        assert_eq!(counts, (1..=last).map(|it| (it, RECORDS + ROWS)).collect(), "round {round}");
        let meta = store.row(Table::Meta, "last").unwrap();
        assert_eq!(meta.as_ref().and_then(Value::as_u64).unwrap_or(0), last, "round {round}");
        assert_eq!(store.verify().unwrap(), [], "round {round}");
        for digest in gc::referenced(store.contents().unwrap().values()) {
            assert!(
                store.has_blob(&digest).unwrap(),
                "round {round}: {digest} was uploaded before it was named"
            );
        }
    }
    println!("{ROUNDS} kills, {unacknowledged} of them between a commit and its acknowledgement");
}

#[test]
fn a_second_process_is_refused_while_the_first_lives_and_welcome_when_it_is_dead() {
    let folder = TempDir::new().unwrap();
    let mut writer = start_writer(folder.path());
    let first = BufReader::new(writer.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert_eq!(first, "kept 1");
    assert!(matches!(DiskStore::open(folder.path()), Err(StoreError::Locked { .. })));
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert!(DiskStore::open(folder.path()).is_ok());
}
