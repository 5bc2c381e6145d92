//! Checks of blobs: named by content, whole or absent, streamed both ways.

use std::io::{self, Read};

use bowline_model::Digest;
use serde_json::json;

use super::{Check, Outcome, equal, holds, said};
use crate::{Batch, Store, StoreError, Table, Terms, gc};

pub(super) const CHECKS: &[Check] = &[
    ("a blob has the name of its content and comes back whole", comes_back),
    ("putting a blob twice is putting it once", twice),
    ("an absent blob is none", absent),
    ("blobs are listed by digest, and gone when removed", listed),
    ("a stream is kept up to its limit, and nothing of it above", limit),
    ("a stream that breaks leaves nothing", broken_source),
    ("content that is not what it is called leaves nothing", wrong_content),
    ("a blob is read in pieces", in_pieces),
    ("many threads may put one blob", many_threads),
    ("only blobs that nothing refers to are garbage", garbage),
];

/// More than any buffer on the way, and no multiple of one.
fn large() -> Vec<u8> {
    (0..1_234_567_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn kept_nothing(store: &dyn Store) -> Outcome {
    equal("blobs", &said(store.blobs())?, &Vec::new())
}

fn comes_back(store: &dyn Store) -> Outcome {
    for bytes in [Vec::new(), b"door".to_vec(), vec![0; 64 * 1024], large()] {
        let digest = said(store.put_blob(&bytes))?;
        equal("the name", &digest, &Digest::of(&bytes))?;
        holds("the bytes are the same", said(store.blob(&digest))? == Some(bytes))?;
        holds("it is there", said(store.has_blob(&digest))?)?;
    }
    Ok(())
}

fn twice(store: &dyn Store) -> Outcome {
    let first = said(store.put_blob(b"door"))?;
    let second = said(store.put_blob_from(&mut &b"door"[..], 100))?;
    equal("the answer", &second, &(first, 4))?;
    equal("blobs", &said(store.blobs())?, &vec![first])
}

fn absent(store: &dyn Store) -> Outcome {
    let digest = Digest::of(b"nobody's");
    equal("the blob", &said(store.blob(&digest))?, &None)?;
    holds("no stream", said(store.open_blob(&digest))?.is_none())?;
    holds("not there", !said(store.has_blob(&digest))?)?;
    holds("nothing to remove", !said(store.remove_blob(&digest))?)
}

fn listed(store: &dyn Store) -> Outcome {
    let mut digests = Vec::new();
    for n in 0..20_u8 {
        digests.push(said(store.put_blob(&[n]))?);
    }
    digests.sort_unstable();
    equal("the list", &said(store.blobs())?, &digests)?;
    let gone = digests.remove(7);
    holds("one is removed", said(store.remove_blob(&gone))?)?;
    equal("the rest", &said(store.blobs())?, &digests)?;
    equal("the removed one", &said(store.blob(&gone))?, &None)
}

fn limit(store: &dyn Store) -> Outcome {
    let bytes = large();
    let len = bytes.len() as u64;
    for limit in [0, 1, len - 1] {
        match store.put_blob_from(&mut bytes.as_slice(), limit) {
            Err(StoreError::TooLarge { limit: told }) => equal("the limit told", &told, &limit)?,
            other => return Err(format!("{other:?} is not too large for {limit}")),
        }
        kept_nothing(store)?;
    }
    equal("the answer", &said(store.put_blob_from(&mut bytes.as_slice(), len))?, &(Digest::of(&bytes), len))
}

fn broken_source(store: &dyn Store) -> Outcome {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line is cut"))
        }
    }
    let bytes = large();
    let outcome = store.put_blob_from(&mut bytes.as_slice().chain(Broken), u64::MAX);
    holds("the source is blamed", matches!(outcome, Err(StoreError::Source(_))))?;
    kept_nothing(store)
}

fn wrong_content(store: &dyn Store) -> Outcome {
    let terms = Terms { limit: 100, expected: Some(Digest::of(b"door")) };
    let outcome = store.receive_blob(&mut &b"Door"[..], terms);
    let expected = (Digest::of(b"door"), Digest::of(b"Door"));
    match outcome {
        Err(StoreError::WrongContent { expected: name, actual }) => {
            equal("names", &(name, actual), &expected)?;
        }
        other => return Err(format!("{other:?} is not wrong content")),
    }
    kept_nothing(store)?;
    equal("the right content", &said(store.receive_blob(&mut &b"door"[..], terms))?, &(expected.0, 4))
}

fn in_pieces(store: &dyn Store) -> Outcome {
    let bytes = large();
    let digest = said(store.put_blob(&bytes))?;
    let mut open = said(store.open_blob(&digest))?.ok_or("the blob is absent")?;
    equal("the length", &open.len, &(bytes.len() as u64))?;
    let mut found = Vec::new();
    let mut piece = [0; 1000];
    loop {
        match open.reader.read(&mut piece).map_err(|error| error.to_string())? {
            0 => break,
            n => found.extend_from_slice(&piece[..n]),
        }
    }
    holds("the bytes are the same", found == bytes)
}

fn many_threads(store: &dyn Store) -> Outcome {
    let bytes = large();
    let put = || said(store.put_blob(&bytes));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(put)).collect();
        threads.into_iter().map(|it| it.join().map_err(|_| "a thread panicked".to_owned())).collect()
    });
    for outcome in outcomes {
        equal("the name", &outcome??, &Digest::of(&bytes))?;
    }
    equal("blobs", &said(store.blobs())?, &vec![Digest::of(&bytes)])
}

fn garbage(store: &dyn Store) -> Outcome {
    let [old, new, unused] =
        [said(store.put_blob(b"old"))?, said(store.put_blob(b"new"))?, said(store.put_blob(b""))?];
    let batch = Batch::new()
        .put_row(
            Table::DeploySnapshot,
            "s1",
            json!([{ "scriptFiles": { "index.js": format!("asset://{old}.js") } }]),
        )
        .put_row(
            Table::Blueprint,
            "Door",
            json!({ "props": { "a": [{ "b": format!("asset://{new}.glb") }] } }),
        );
    said(store.apply(batch))?;
    equal("garbage", &said(gc::unreferenced(store))?, &vec![unused])?;
    equal("removed", &said(gc::remove_unreferenced(store, &[old, new, unused]))?, &vec![unused])?;
    equal("left", &said(store.blobs())?.len(), &2)
}
