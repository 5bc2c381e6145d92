//! Both backends against the one suite, and against each other.

use bowline_store::conformance::{conformance, report};
use bowline_store::{DiskStore, MemoryStore};
use expect_test::expect;
use tempfile::TempDir;

#[test]
fn memory_and_disk_pass_the_same_list() {
    let memory = report(&conformance(&mut || Box::new(MemoryStore::new())));
    let mut folders = Vec::new();
    let disk = report(&conformance(&mut || {
        let folder = TempDir::new().unwrap();
        let store = DiskStore::open(folder.path()).unwrap();
        folders.push(folder);
        Box::new(store)
    }));
    assert_eq!(memory, disk);
    expect![[r#"
        ok   a record comes back as it was put
        ok   a miss is none, and so is the same path in another scope
        ok   a put replaces the record of that slug
        ok   a list has one kind of one scope, by slug
        ok   a scope is not a prefix: room/r1 does not list room/r1-b or room/r10
        ok   a record without any one of its eight fields is refused
        ok   a record with a wrong field is refused
        ok   a record that was changed after its checksum is refused
        ok   an unknown kind is refused
        ok   one bad record of fifty leaves none
        ok   a snapshot is ordered, with the published hash
        ok   a snapshot during puts is a consistent cut
        ok   rows keep the order in which they came
        ok   tables are apart
        ok   any string is an id, byte by byte
        ok   json comes back to the byte
        ok   the last change of a batch stands
        ok   a delete of nothing and an empty batch are fine
        ok   a row too deep to be read back is refused with its batch
        ok   a refused record takes the rows of its batch along
        ok   contents during puts is a consistent cut over tables and records
        ok   a blob has the name of its content and comes back whole
        ok   putting a blob twice is putting it once
        ok   an absent blob is none
        ok   blobs are listed by digest, and gone when removed
        ok   a stream is kept up to its limit, and nothing of it above
        ok   a stream that breaks leaves nothing
        ok   content that is not what it is called leaves nothing
        ok   a blob is read in pieces
        ok   many threads may put one blob
        ok   only blobs that nothing refers to are garbage
    "#]]
    .assert_eq(&disk);
}
