//! What a store has to say before a world can start: which world it is, its rows, its definitions. In
//! this order the log has it: the hash of the snapshot, the registry, and from the tick thread tick 0.

use bowline_runtime::{Definitions, Undefined};
use bowline_store::{Batch, Corruption, Record, Store, StoreError, Table};
use serde_json::Value;

use crate::authority::Authority;
use crate::mutations::Shown;
use crate::options::{HostError, Options};
use crate::records::{BadCore, Records};
use crate::ticker::rows;

/// The row of [`Table::Meta`] that says which world this is.
const WORLD_ID: &str = "worldId";

/// What a world starts from.
pub(crate) struct Opened {
    pub(crate) authority: Authority,
    pub(crate) shown: Shown,
}

/// Reads the world, giving a new one its id.
pub(crate) fn open(options: &Options) -> Result<Opened, HostError> {
    let store = &*options.store;
    let (sound, damaged) = store.sound_records()?;
    sort_out(damaged, options.safe_mode)?;
    let shown = define(sound, options)?;
    let authority = Authority::new(&world_id(store, options.world_id.clone())?, &rows(store)?);
    Ok(Opened { authority, shown })
}

/// A kept world can be done without. Anything else that is damaged is an error, unless one is here to
/// mend it.
fn sort_out(damaged: Vec<Corruption>, safe_mode: bool) -> Result<(), HostError> {
    for corruption in damaged {
        match corruption {
            Corruption::Record { slug, why } if safe_mode || is_world(&slug) => {
                tracing::warn!(slug, why, "a record cannot be read");
            }
            Corruption::Record { slug, why } => return Err(HostError::Record { slug, reason: why }),
            other => return Err(StoreError::Corrupt(other).into()),
        }
    }
    Ok(())
}

fn is_world(slug: &str) -> bool {
    bowline_schema::scope::parts(slug).is_some_and(|(_, _, path)| path.starts_with("world/"))
}

fn define(stored: Vec<Record>, options: &Options) -> Result<Shown, HostError> {
    let records = Records::new(stored, &options.room);
    let built = records.meaning();
    tracing::info!(hash = %built.snapshot.hash(), "schema snapshot");
    for (slug, problem) in &built.problems {
        tracing::warn!(slug, %problem, "a record is left out, or hides another it should not");
    }
    let definitions = if options.safe_mode {
        tracing::warn!("safe mode: core records only, no scripts");
        Definitions::core()
    } else {
        records.check_core()?;
        Definitions::compile(built.snapshot.clone()).map_err(bad_core)?
    };
    tracing::info!(components = definitions.registry().layouts.len(), "registry compiled");
    Ok(Shown { records, definitions, tick: 0, safe_mode: options.safe_mode })
}

fn bad_core(why: Undefined) -> HostError {
    match why {
        Undefined::Core { slug, reason } => BadCore { slug, reason },
        Undefined::Projection(why) => BadCore { slug: "core".to_owned(), reason: why.to_string() },
    }
    .into()
}

fn world_id(store: &dyn Store, wanted: Option<String>) -> Result<String, HostError> {
    let stored = store.row(Table::Meta, WORLD_ID)?;
    match (stored.as_ref().and_then(Value::as_str).map(str::to_owned), wanted) {
        (Some(stored), Some(wanted)) if stored != wanted => Err(HostError::OtherWorld { stored, wanted }),
        (Some(stored), _) => Ok(stored),
        (None, wanted) => {
            let id = wanted.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
            store.apply(Batch::new().put_row(Table::Meta, WORLD_ID, Value::String(id.clone())))?;
            Ok(id)
        }
    }
}
