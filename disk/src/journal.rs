//! The staging journal: which files with reserved names there are, and what each is. A row is
//! written before its file appears, so that after a crash no leftover is a riddle.
//!
//! One JSON object per line, the last one per name counts. It is not flushed to the disk row by
//! row: a process that dies leaves what it wrote, and after a power cut recovery also looks for
//! reserved names by itself.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bowline_model::{Digest, ProjectPath};
use serde::{Deserialize, Serialize};

use crate::DiskError;

/// What a file with a reserved name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Ours, being written: a part of the content `digest`.
    Staging,
    /// Ours, with the content `digest`; or, if we died right after an exchange, what it displaced.
    Staged,
    /// What was under the target's name, taken away to be looked at.
    Captured,
    /// What an exchange displaced, already parked as `digest`.
    Displaced,
    /// Displaced and filed; it waits to be carried to the graveyard.
    Filed,
    /// In the graveyard since `at_ms`, with `digest` when it was filed.
    Grave,
    /// Carried to the graveyard, but on another file system: it waits where it is.
    GraveInPlace,
    /// Gone.
    Done,
}

/// One file with a reserved name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) state: State,
    pub(crate) target: ProjectPath,
    pub(crate) digest: Option<Digest>,
    pub(crate) at_ms: u64,
}

/// A row as it is spelled in the file.
#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    state: State,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default)]
    at_ms: u64,
}

/// Rows that are done make up most of the file; past this size, or twice what it last shrank to, it
/// is written anew.
const BYTES_MAX: u64 = 256 * 1024;

#[derive(Debug)]
pub(crate) struct Journal {
    place: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    rows: BTreeMap<ProjectPath, Row>,
    /// Past this size it is written anew.
    bytes_max: u64,
}

impl Journal {
    pub(crate) fn open(place: &Path) -> Result<Journal, DiskError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(place);
        let file = file.map_err(DiskError::io("open", place))?;
        let rows = read_rows(&file).map_err(DiskError::io("read", place))?;
        let journal = Journal {
            place: place.to_owned(),
            inner: Mutex::new(Inner { file, rows, bytes_max: BYTES_MAX }),
        };
        journal.compact(&mut journal.lock())?;
        Ok(journal)
    }

    /// Writes what `name` is from now on.
    pub(crate) fn write(&self, name: &ProjectPath, row: Row) -> Result<(), DiskError> {
        let mut inner = self.lock();
        let before = inner.file.metadata().map_err(DiskError::io("read", &self.place))?.len();
        if let Err(error) = inner.file.write_all(&line(name, &row)) {
            // Half a line would swallow the next row, so take it back; if even that fails, reading
            // skips the one line that both make.
            let _cut = inner.file.set_len(before);
            return Err(DiskError::io("write", &self.place)(error));
        }
        match row.state {
            State::Done => inner.rows.remove(name),
            _ => inner.rows.insert(name.clone(), row),
        };
        match before > inner.bytes_max {
            true => self.compact(&mut inner),
            false => Ok(()),
        }
    }

    /// `name` is gone. A row that outlives its file is harmless (recovery finds nothing there), so
    /// a full disk does not turn a finished step into a failed one.
    pub(crate) fn done(&self, name: &ProjectPath) {
        let Some(row) = self.row(name) else { return };
        if let Err(error) = self.write(name, Row { state: State::Done, ..row }) {
            tracing::debug!(%name, %error, "the journal keeps a row that is done");
            self.lock().rows.remove(name);
        }
    }

    pub(crate) fn row(&self, name: &ProjectPath) -> Option<Row> {
        self.lock().rows.get(name).cloned()
    }

    pub(crate) fn rows(&self) -> BTreeMap<ProjectPath, Row> {
        self.lock().rows.clone()
    }

    /// Writes only what still matters, beside the old file, and replaces it.
    fn compact(&self, inner: &mut Inner) -> Result<(), DiskError> {
        let io = |doing| DiskError::io(doing, &self.place);
        let folder = self.place.parent().unwrap_or(&self.place);
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(io("write"))?;
        let lines: Vec<u8> = inner.rows.iter().flat_map(|(name, row)| line(name, row)).collect();
        fresh.write_all(&lines).map_err(io("write"))?;
        inner.bytes_max = BYTES_MAX.max(lines.len() as u64 * 2);
        // Here a flush is due: an empty journal after a power cut would forget rows of last week.
        fresh.as_file().sync_all().map_err(io("write"))?;
        fresh.persist(&self.place).map_err(|failed| io("replace")(failed.error))?;
        inner.file = OpenOptions::new().read(true).append(true).open(&self.place).map_err(io("open"))?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The map is changed in one step after the file; a panic in between loses at most that.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(name: &ProjectPath, row: &Row) -> Vec<u8> {
    let line = Line {
        name: name.to_string(),
        state: row.state,
        target: row.target.to_string(),
        digest: row.digest.map(|it| it.to_string()),
        at_ms: row.at_ms,
    };
    let mut text = serde_json::to_vec(&line).expect("strings and numbers are always JSON");
    text.push(b'\n');
    text
}

/// Every row that reads; a torn or foreign line is skipped, its file is then found by its name.
fn read_rows(file: &File) -> std::io::Result<BTreeMap<ProjectPath, Row>> {
    let mut rows = BTreeMap::new();
    let mut reader = BufReader::new(file);
    reader.rewind()?;
    for text in reader.split(b'\n') {
        let Some((name, row)) = read_row(&text?) else { continue };
        match row.state {
            State::Done => rows.remove(&name),
            _ => rows.insert(name, row),
        };
    }
    Ok(rows)
}

fn read_row(text: &[u8]) -> Option<(ProjectPath, Row)> {
    let line: Line = serde_json::from_slice(text).ok()?;
    let digest = match line.digest {
        Some(digest) => Some(digest.parse().ok()?),
        None => None,
    };
    let target = ProjectPath::parse(&line.target).ok()?;
    let name = ProjectPath::parse(&line.name).ok()?;
    Some((name, Row { state: line.state, target, digest, at_ms: line.at_ms }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ProjectPath {
        ProjectPath::parse(text).unwrap()
    }

    fn staged(target: &str) -> Row {
        Row { state: State::Staged, target: path(target), digest: Some(Digest::of(b"x")), at_ms: 0 }
    }

    #[test]
    fn rows_survive_and_done_rows_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("staging");
        let journal = Journal::open(&place).unwrap();
        journal.write(&path("a/t1"), staged("a/x.js")).unwrap();
        journal.write(&path("a/t2"), staged("a/y.js")).unwrap();
        journal.done(&path("a/t1"));
        let again = Journal::open(&place).unwrap();
        assert_eq!(again.rows(), BTreeMap::from([(path("a/t2"), staged("a/y.js"))]));
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("staging");
        let mut text = line(&path("t1"), &staged("x.js"));
        text.extend(b"{\"name\":\"t2\",\"sta\n\xff\xfe\n");
        text.extend(line(&path("t3"), &staged("z.js")));
        text.extend(b"{\"name\":\"t4");
        std::fs::write(&place, text).unwrap();
        let journal = Journal::open(&place).unwrap();
        journal.write(&path("t5"), staged("w.js")).unwrap();
        let names: Vec<_> = Journal::open(&place).unwrap().rows().into_keys().collect();
        assert_eq!(names, [path("t1"), path("t3"), path("t5")]);
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("staging");
        let journal = Journal::open(&place).unwrap();
        for n in 0..4_000 {
            let name = path(&format!("t{n}"));
            journal.write(&name, staged("x.js")).unwrap();
            journal.done(&name);
        }
        assert!(std::fs::metadata(&place).unwrap().len() < 2 * BYTES_MAX);
    }
}
