//! What survives a restart: the base, the journal of what was carried, and the locks we hold.
//!
//! Losing this file loses no work: sides that are equal are adopted again, sides that differ become
//! conflicts with both contents kept. That is why `synchronous=NORMAL` is enough.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use bowline_link::Lock;
use bowline_model::{Digest, ItemId, ProjectPath};
use bowline_sync::plan::Agreed;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The state of one project towards one world.
pub(crate) struct State {
    db: Connection,
    world_id: String,
}

/// Why the state cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("the state file is damaged or not ours: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the state file was written by a newer bowline (schema {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
}

/// One line of the journal: something that was carried, or could not be.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, PartialEq)]
pub(crate) struct JournalRow {
    /// Unique and ordered.
    pub(crate) op: i64,
    /// Milliseconds since 1970.
    pub(crate) at: u64,
    /// Who caused it: `disk` or `world`.
    pub(crate) source: String,
    /// Which program or person, if known.
    pub(crate) actor: String,
    /// `to-world`, `to-disk`, `conflict`.
    pub(crate) what: String,
    pub(crate) group: String,
    /// The version the world had before and after, if it was a blueprint.
    pub(crate) version: Option<u64>,
    /// Each file with what it held before and after: the inverse is in the row.
    pub(crate) files: serde_json::Value,
}

const SCHEMA: i64 = 1;

impl State {
    /// Opens or makes the state in `folder` for the world `world_id`. A damaged file is set aside,
    /// not deleted, and a new one begun.
    pub(crate) fn open(folder: &Path, world_id: &str) -> Result<State, StateError> {
        let path = folder.join("state.sqlite");
        let open = || -> Result<Connection, StateError> {
            let db = Connection::open(&path)?;
            prepare(&db)?;
            Ok(db)
        };
        let db = match open() {
            Ok(db) => db,
            Err(StateError::Database(_)) => {
                set_aside(&path);
                open()?
            }
            Err(newer) => return Err(newer),
        };
        Ok(State { db, world_id: world_id.to_owned() })
    }

    /// What both sides last agreed on.
    pub(crate) fn base(&self) -> Result<BTreeMap<ItemId, Agreed>, StateError> {
        let mut query = self.db.prepare("SELECT item, digest, at FROM base WHERE world = ?1")?;
        let rows = query.query_map([&self.world_id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, u64>(2)?))
        })?;
        let mut base = BTreeMap::new();
        for row in rows {
            let (item, digest, at) = row?;
            // A row we cannot read is a row we do not have: at worst a false conflict.
            if let (Some(item), Ok(digest)) = (parse_item(&item), <[u8; 32]>::try_from(digest)) {
                base.insert(item, Agreed { held: Digest::from_bytes(digest), at });
            }
        }
        Ok(base)
    }

    /// Moves the base.
    pub(crate) fn agree(&mut self, items: &[(ItemId, Option<Agreed>)]) -> Result<(), StateError> {
        let write = self.db.transaction()?;
        for (item, held) in items {
            let item = print_item(item);
            match held {
                Some(agreed) => write.execute(
                    "INSERT OR REPLACE INTO base (world, item, digest, at) VALUES (?1, ?2, ?3, ?4)",
                    params![self.world_id, item, agreed.held.bytes().as_slice(), agreed.at],
                )?,
                None => write.execute(
                    "DELETE FROM base WHERE world = ?1 AND item = ?2",
                    params![self.world_id, item],
                )?,
            };
        }
        write.commit()?;
        Ok(())
    }

    /// Remembers a deploy lock, so that the next start can give it back if this one is killed. The
    /// token proves that it is ours, and one project has one mirror at a time: nobody else's lock
    /// can be given back by this.
    pub(crate) fn hold(&mut self, scope: &str, token: &str) -> Result<(), StateError> {
        let write = "INSERT OR REPLACE INTO locks (world, scope, token) VALUES (?1, ?2, ?3)";
        self.db.execute(write, params![self.world_id, scope, token])?;
        Ok(())
    }

    /// Forgets a deploy lock.
    pub(crate) fn let_go(&mut self, token: &str) -> Result<(), StateError> {
        self.db
            .execute("DELETE FROM locks WHERE world = ?1 AND token = ?2", params![self.world_id, token])?;
        Ok(())
    }

    /// The deploy locks that were never given back.
    pub(crate) fn locks(&self) -> Result<Vec<Lock>, StateError> {
        let mut query = self.db.prepare("SELECT scope, token FROM locks WHERE world = ?1")?;
        let rows = query.query_map([&self.world_id], |row| {
            Ok(Lock { scope: row.get(0)?, token: row.get(1)?, ttl: Duration::ZERO })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Adds a line to the journal and returns its number.
    pub(crate) fn journal(&mut self, row: &JournalRow) -> Result<i64, StateError> {
        self.db.execute(
            "INSERT INTO journal (world, at, source, actor, what, grp, version, files) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
            params![
                self.world_id,
                row.at,
                row.source,
                row.actor,
                row.what,
                row.group,
                row.version,
                row.files.to_string()
            ],
        )?;
        Ok(self.db.last_insert_rowid())
    }

    /// Journal lines after `op`, oldest first.
    pub(crate) fn journal_since(&self, op: i64) -> Result<Vec<JournalRow>, StateError> {
        let mut query = self.db.prepare(
            "SELECT op, at, source, actor, what, grp, version, files FROM journal WHERE world = ?1 AND op > ?2 ORDER BY op LIMIT 1000",
        )?;
        let rows = query.query_map(params![self.world_id, op], |row| {
            Ok(JournalRow {
                op: row.get(0)?,
                at: row.get(1)?,
                source: row.get(2)?,
                actor: row.get(3)?,
                what: row.get(4)?,
                group: row.get(5)?,
                version: row.get(6)?,
                files: serde_json::from_str(&row.get::<_, String>(7)?).unwrap_or_default(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The highest version ever seen of a blueprint: one that comes back must start above it, or
    /// worlds that cache modules by version run its old code.
    pub(crate) fn version_seen(&self, id: &str) -> Result<Option<u64>, StateError> {
        let query = "SELECT version FROM versions WHERE world = ?1 AND id = ?2";
        Ok(self.db.query_row(query, params![self.world_id, id], |row| row.get(0)).optional()?)
    }

    /// Remembers versions.
    pub(crate) fn saw_versions(&mut self, versions: &BTreeMap<String, u64>) -> Result<(), StateError> {
        let write = self.db.transaction()?;
        for (id, version) in versions {
            write.execute(
                "INSERT INTO versions (world, id, version) VALUES (?1, ?2, ?3)
                 ON CONFLICT (world, id) DO UPDATE SET version = max(version, excluded.version)",
                params![self.world_id, id, version],
            )?;
        }
        write.commit()?;
        Ok(())
    }
}

fn prepare(db: &Connection) -> Result<(), StateError> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA {
        return Err(StateError::Newer { found, known: SCHEMA });
    }
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS base (world TEXT, item TEXT, digest BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (world, item)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS locks (world TEXT, scope TEXT, token TEXT NOT NULL, PRIMARY KEY (world, scope)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS versions (world TEXT, id TEXT, version INTEGER NOT NULL, PRIMARY KEY (world, id)) WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS journal (op INTEGER PRIMARY KEY AUTOINCREMENT, world TEXT NOT NULL, at INTEGER NOT NULL,
            source TEXT NOT NULL, actor TEXT NOT NULL, what TEXT NOT NULL, grp TEXT NOT NULL, version INTEGER, files TEXT NOT NULL);",
    )?;
    db.pragma_update(None, "user_version", SCHEMA)?;
    Ok(())
}

fn set_aside(path: &Path) {
    let aside = path.with_extension(format!("damaged-{}", std::process::id()));
    if let Err(error) = std::fs::rename(path, &aside) {
        tracing::warn!(%error, "could not set the damaged state file aside");
    }
}

/// Items as they are stored: readable, and the same for ever.
fn print_item(item: &ItemId) -> String {
    let parts = match item {
        ItemId::Script { app, path } => vec!["script", app, path.as_str()],
        ItemId::Blueprint { app, id } => vec!["blueprint", app, id],
        ItemId::Entity { id } => vec!["entity", id],
        ItemId::Record { file } => vec!["record", file.as_str()],
    };
    serde_json::Value::from(parts).to_string()
}

fn parse_item(text: &str) -> Option<ItemId> {
    let parts: Vec<String> = serde_json::from_str(text).ok()?;
    let [kind, rest @ ..] = parts.as_slice() else { return None };
    match (kind.as_str(), rest) {
        ("script", [app, path]) => {
            Some(ItemId::Script { app: app.clone(), path: ProjectPath::parse(path).ok()? })
        }
        ("blueprint", [app, id]) => Some(ItemId::Blueprint { app: app.clone(), id: id.clone() }),
        ("entity", [id]) => Some(ItemId::Entity { id: id.clone() }),
        ("record", [file]) => Some(ItemId::Record { file: ProjectPath::parse(file).ok()? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<(ItemId, Option<Agreed>)> {
        let path = ProjectPath::parse("lib/x.js").unwrap();
        vec![
            (ItemId::Script { app: "A".to_owned(), path }, agreed(b"1")),
            (ItemId::Blueprint { app: "A".to_owned(), id: "A__B".to_owned() }, agreed(b"2")),
            (ItemId::Entity { id: "e\"1".to_owned() }, agreed(b"3")),
            (ItemId::Record { file: ProjectPath::parse("systems/x.ts").unwrap() }, agreed(b"4")),
        ]
    }

    fn agreed(content: &[u8]) -> Option<Agreed> {
        Some(Agreed { held: Digest::of(content), at: 5 })
    }

    #[test]
    fn the_base_survives_a_restart_and_belongs_to_one_world() {
        let dir = tempfile::tempdir().unwrap();
        State::open(dir.path(), "w1").unwrap().agree(&items()).unwrap();
        let again = State::open(dir.path(), "w1").unwrap().base().unwrap();
        assert_eq!(again.len(), 4);
        assert!(items().iter().all(|(item, held)| again.get(item) == held.as_ref()));
        assert!(State::open(dir.path(), "w2").unwrap().base().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("state.sqlite"), "not a database, at all, but long enough to be read")
            .unwrap();
        assert!(State::open(dir.path(), "w").unwrap().base().unwrap().is_empty());
        let kept = std::fs::read_dir(dir.path()).unwrap().flatten();
        assert!(
            kept.map(|it| it.file_name().to_string_lossy().into_owned()).any(|it| it.contains("damaged"))
        );
    }

    #[test]
    fn locks_are_remembered_until_they_are_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut state = State::open(dir.path(), "w").unwrap();
        state.hold("A", "one").unwrap();
        state.hold("A", "two").unwrap();
        state.let_go("one").unwrap();
        let left = State::open(dir.path(), "w").unwrap().locks().unwrap();
        assert_eq!(left.iter().map(|it| it.token.as_str()).collect::<Vec<_>>(), ["two"]);
        assert!(State::open(dir.path(), "other").unwrap().locks().unwrap().is_empty());
        state.let_go("two").unwrap();
        assert!(state.locks().unwrap().is_empty());
    }

    #[test]
    fn versions_only_grow() {
        let dir = tempfile::tempdir().unwrap();
        let mut state = State::open(dir.path(), "w").unwrap();
        for version in [4, 9, 2] {
            state.saw_versions(&BTreeMap::from([("A".to_owned(), version)])).unwrap();
        }
        assert_eq!(state.version_seen("A").unwrap(), Some(9));
    }
}
