//! Records and rows in SQLite: the schema, and the statements on it.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bowline_model::Digest;
use rusqlite::{Connection, ErrorCode, Params, TransactionBehavior, params};
use serde_json::{Value, json};

use crate::batch::{Change, CheckedBatch, Row, Table};
use crate::error::{Corruption, StoreError};
use crate::record::{Kind, Record};
use crate::slug::{Scope, Slug};
use crate::snapshot::Contents;

/// Written to `user_version`. Grows with every change of [`SCHEMA`] or of the tables.
///
/// 2: `journal` and `set_aside`.
const SCHEMA_VERSION: u32 = 2;

/// Rows carry the sha256 of their text: SQLite notices a torn page, not a flipped bit in one.
/// Records need none, having their own.
const SCHEMA: &str = "
    CREATE TABLE records (
        slug TEXT PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, scope TEXT NOT NULL,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL, payload TEXT NOT NULL, checksum TEXT NOT NULL
    ) STRICT;
";

const RECORD: &str =
    "SELECT slug, kind, version, scope, created_at, updated_at, payload, checksum FROM records";

#[derive(Debug)]
pub(super) struct Database {
    // One connection: a batch is seen whole and a cut is consistent because there is no second view.
    connection: Mutex<Connection>,
}

/// Something read, or why it is damaged. Kept apart from failures, so that [`Database::verify`] can
/// go on where a read must stop.
type Sound<T> = Result<T, Corruption>;

impl Database {
    pub(super) fn open(folder: &Path) -> Result<Database, StoreError> {
        let connection = Connection::open(folder.join("world.db")).map_err(failed)?;
        prepare(&connection, folder).map_err(|error| match error {
            // Our own lock is held, so this is a foreign tool, and the same thing to a person.
            StoreError::Database(inner) if is_busy(inner.as_ref()) => {
                StoreError::Locked { folder: folder.to_owned() }
            }
            error => error,
        })?;
        Ok(Database { connection: Mutex::new(connection) })
    }

    /// A panic while the lock was held dropped its transaction, which rolled it back.
    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn commit(&self, batch: CheckedBatch) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let behavior = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(behavior).map_err(failed)?;
        for change in batch.changes() {
            make(&transaction, change).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    pub(super) fn record(&self, slug: &Slug) -> Result<Option<Record>, StoreError> {
        let found =
            read(&self.connection(), &format!("{RECORD} WHERE slug = ?1"), [slug.as_str()], as_record)?;
        Ok(found.into_iter().next().transpose()?)
    }

    pub(super) fn records(
        &self,
        kind: Option<Kind>,
        scope: Option<&Scope>,
    ) -> Result<Vec<Record>, StoreError> {
        // By the slug, and by kind only after reading: a record whose scope or kind was tampered with
        // must be found and named, not missed. `0` is the character after `/`.
        let scope = scope.map(Scope::to_string);
        let (from, to) =
            (scope.as_ref().map(|it| format!("{it}/")), scope.as_ref().map(|it| format!("{it}0")));
        let query =
            format!("{RECORD} WHERE slug >= coalesce(?1, '') AND (?2 IS NULL OR slug < ?2) ORDER BY slug");
        let mut records = all_sound(read(&self.connection(), &query, [from, to], as_record)?)?;
        records.retain(|record| kind.is_none_or(|kind| record.kind == kind));
        Ok(records)
    }

    pub(super) fn rows(&self, table: Table) -> Result<Vec<Row>, StoreError> {
        all_sound(read_rows(&self.connection(), table)?)
    }

    pub(super) fn row(&self, table: Table, id: &str) -> Result<Option<Value>, StoreError> {
        let query = format!("SELECT id, json, sha256 FROM {table} WHERE id = ?1");
        let found = read(&self.connection(), &query, [id], |row| as_row(table, row))?;
        Ok(found.into_iter().next().transpose()?.map(|row| row.json))
    }

    pub(super) fn contents(&self) -> Result<Contents, StoreError> {
        let connection = self.connection();
        let records = all_sound(read(&connection, &format!("{RECORD} ORDER BY slug"), [], as_record)?)?;
        let tables =
            Table::ALL.into_iter().map(|table| Ok((table, all_sound(read_rows(&connection, table)?)?)));
        Ok(Contents { records, tables: tables.collect::<Result<_, StoreError>>()? })
    }

    pub(super) fn sound_records(&self) -> Result<(Vec<Record>, Vec<Corruption>), StoreError> {
        let (mut sound, mut damaged) = (Vec::new(), Vec::new());
        for found in read(&self.connection(), &format!("{RECORD} ORDER BY slug"), [], as_record)? {
            match found {
                Ok(record) => sound.push(record),
                Err(corruption) => damaged.push(corruption),
            }
        }
        Ok((sound, damaged))
    }

    pub(super) fn set_aside(&self, slug: &str, name: &str) -> Result<bool, StoreError> {
        let mut connection = self.connection();
        let behavior = TransactionBehavior::Immediate;
        let transaction = connection.transaction_with_behavior(behavior).map_err(failed)?;
        let left =
            read(&transaction, &format!("{RECORD} WHERE slug = ?1"), [slug], |row| Ok(leftovers(row)))?;
        let Some(json) = left.into_iter().next().transpose()? else { return Ok(false) };
        let row = Change::PutRow(Table::SetAside, Row { id: name.to_owned(), json });
        make(&transaction, row).map_err(failed)?;
        transaction.execute("DELETE FROM records WHERE slug = ?1", [slug]).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(true)
    }

    pub(super) fn verify(&self) -> Result<Vec<Corruption>, StoreError> {
        let connection = self.connection();
        let mut found = Vec::new();
        let query = "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        let pages = read(&connection, query, [], |row| {
            Err::<(), _>(Corruption::Database { why: lossy_text(row, 0) })
        });
        collect(&mut found, pages)?;
        collect(&mut found, read(&connection, &format!("{RECORD} ORDER BY slug"), [], as_record))?;
        for table in Table::ALL {
            collect(&mut found, read_rows(&connection, table))?;
        }
        Ok(found)
    }
}

/// How long an opening waits for a foreign tool that has the file open: a backup's moment, not a
/// person's. Once open nobody else gets in, so nothing ever waits again.
const WAIT: Duration = Duration::from_millis(250);

fn prepare(connection: &Connection, folder: &Path) -> Result<(), StoreError> {
    connection.busy_timeout(WAIT).map_err(failed)?;
    // EXCLUSIVE: while we run no other tool reads or writes, whatever it thinks of our lock file.
    // Before anything is read: a log that was once opened shared stays shared.
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE").map_err(failed)?;
    // Before anything is changed: a newer release may not even use this journal.
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { folder: folder.to_owned(), found, supported: SCHEMA_VERSION });
    }
    // FULL and fullfsync: a commit that returned is on the platter.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON").map_err(failed)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        return Err(StoreError::Database(format!("no write-ahead log here, only `{mode}`").into()));
    }
    match found {
        0 => create(connection).map_err(failed),
        1 => extend(connection).map_err(failed),
        _ => Ok(()),
    }
}

fn create(connection: &Connection) -> rusqlite::Result<()> {
    let tables = Table::ALL.map(table).concat();
    // One transaction with the version, so that a kill in between leaves an empty database.
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {SCHEMA} {tables} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    ))
}

/// What a folder of the first release lacks; as a whole or not at all, as in [`create`].
fn extend(connection: &Connection) -> rusqlite::Result<()> {
    let tables = [Table::Journal, Table::SetAside].map(table).concat();
    connection
        .execute_batch(&format!("BEGIN IMMEDIATE; {tables} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"))
}

fn table(table: Table) -> String {
    format!(
        "CREATE TABLE {table} (
            place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL, sha256 TEXT NOT NULL
        ) STRICT;"
    )
}

fn make(connection: &Connection, change: Change) -> rusqlite::Result<usize> {
    match change {
        Change::PutRecord(record) => put_record(connection, &record),
        Change::DeleteRecord(slug) => {
            connection.prepare_cached("DELETE FROM records WHERE slug = ?1")?.execute([slug.as_str()])
        }
        Change::PutRow(table, Row { id, json }) => {
            let json = json.to_string();
            let sha256 = Digest::of(json.as_bytes()).to_string();
            // Not INSERT OR REPLACE: that deletes first, and the row would lose its place.
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {table} (id, json, sha256) VALUES (?1, ?2, ?3)
                     ON CONFLICT (id) DO UPDATE SET json = excluded.json, sha256 = excluded.sha256"
                ))?
                .execute(params![id, json, sha256])
        }
        Change::DeleteRow(table, id) => {
            connection.prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1"))?.execute([id])
        }
    }
}

fn put_record(connection: &Connection, record: &Record) -> rusqlite::Result<usize> {
    let query = "INSERT OR REPLACE INTO records
        (slug, kind, version, scope, created_at, updated_at, payload, checksum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(query)?.execute(params![
        record.slug.as_str(),
        record.kind.name(),
        record.version,
        record.scope.to_string(),
        record.created_at,
        record.updated_at,
        record.payload.to_string(),
        record.checksum,
    ])
}

/// Every row of the answer, sound or damaged.
fn read<T>(
    connection: &Connection,
    query: &str,
    parameters: impl Params,
    of: impl Fn(&rusqlite::Row<'_>) -> Sound<T>,
) -> Result<Vec<Sound<T>>, StoreError> {
    let mut statement = connection.prepare_cached(query).map_err(failed)?;
    let rows = statement.query_map(parameters, |row| Ok(of(row))).map_err(failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(failed)
}

fn read_rows(connection: &Connection, table: Table) -> Result<Vec<Sound<Row>>, StoreError> {
    let query = format!("SELECT id, json, sha256 FROM {table} ORDER BY place");
    read(connection, &query, [], |row| as_row(table, row))
}

fn as_row(table: Table, row: &rusqlite::Row<'_>) -> Sound<Row> {
    let damaged = |why: String| Corruption::Row { table, id: lossy_text(row, 0), why };
    let text = |column| row.get::<_, String>(column).map_err(|error| damaged(error.to_string()));
    let (id, json, sha256) = (text(0)?, text(1)?, text(2)?);
    if Digest::of(json.as_bytes()).to_string() != sha256 {
        return Err(damaged("its text was changed".to_owned()));
    }
    let json = serde_json::from_str(&json).map_err(|error| damaged(error.to_string()))?;
    Ok(Row { id, json })
}

fn as_record(row: &rusqlite::Row<'_>) -> Sound<Record> {
    let damaged = |why: String| Corruption::Record { slug: lossy_text(row, 0), why };
    let text = |column| row.get::<_, String>(column).map_err(|error| damaged(error.to_string()));
    let payload: Value = serde_json::from_str(&text(6)?).map_err(|error| damaged(error.to_string()))?;
    let version: i64 = row.get(2).map_err(|error| damaged(error.to_string()))?;
    // Through the same door as a record from outside, so that the same things are wrong with it.
    let json = json!({
        "slug": text(0)?, "kind": text(1)?, "version": version, "scope": text(3)?, "createdAt": text(4)?,
        "updatedAt": text(5)?, "payload": payload, "checksum": text(7)?,
    });
    Record::from_json(json).map_err(|why| damaged(why.to_string()))
}

/// What can be read of a record that may be none, every column as text.
fn leftovers(row: &rusqlite::Row<'_>) -> Value {
    json!({
        "slug": lossy_text(row, 0), "kind": lossy_text(row, 1), "version": row.get::<_, i64>(2).ok(),
        "scope": lossy_text(row, 3), "createdAt": lossy_text(row, 4), "updatedAt": lossy_text(row, 5),
        "payload": lossy_text(row, 6), "checksum": lossy_text(row, 7),
    })
}

fn lossy_text(row: &rusqlite::Row<'_>, column: usize) -> String {
    let bytes = row.get_ref(column).ok().and_then(|value| value.as_bytes_or_null().ok().flatten());
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

fn all_sound<T>(found: Vec<Sound<T>>) -> Result<Vec<T>, StoreError> {
    Ok(found.into_iter().collect::<Sound<Vec<T>>>()?)
}

/// Adds what is damaged in one answer, or that the answer could not be had for damage.
fn collect<T>(
    found: &mut Vec<Corruption>,
    answer: Result<Vec<Sound<T>>, StoreError>,
) -> Result<(), StoreError> {
    match answer {
        Ok(answer) => found.extend(answer.into_iter().filter_map(Result::err)),
        Err(StoreError::Corrupt(corruption)) => found.push(corruption),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Corruption::Database { why: error.to_string() }.into()
        }
        _ => StoreError::Database(Box::new(error)),
    }
}

fn is_busy(error: &(dyn std::error::Error + 'static)) -> bool {
    let code = error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
