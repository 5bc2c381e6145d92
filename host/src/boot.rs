//! What a store has to say before a world can start: which world it is, its rows, its definitions. In
//! this order the log has it: the hash of the snapshot, the registry, and from the tick thread tick 0.

use bowline_runtime::fetch::FetchRules;
use bowline_runtime::{Definitions, Undefined};
use bowline_store::{Batch, Corruption, Kind, Record, Store, StoreError, Table};
use serde_json::Value;

use crate::authority::Authority;
use crate::autosave::{self, AUTOSAVE, Kept, row_id};
use crate::clock;
use crate::mutations::Shown;
use crate::options::{HostError, Options};
use crate::records::{BadCore, Records};
use crate::simulation::{Simulated, Woken};
use crate::ticker::{Simulation as _, rows};

/// The row of [`Table::Meta`] that says which world this is.
const WORLD_ID: &str = "worldId";

/// The code of a kept world that cannot go on.
const DAMAGED: &str = "kept_world_unusable";

/// What a world starts from.
pub(crate) struct Opened {
    pub(crate) authority: Authority,
    pub(crate) shown: Shown,
    pub(crate) simulated: Simulated,
    /// Where its scripts may fetch from.
    pub(crate) fetch: FetchRules,
    /// The worlds that are kept and can be read.
    pub(crate) worlds: Vec<Record>,
    /// Where the simulated world comes from.
    pub(crate) start: Start,
}

/// What became of the world that was kept, for people and tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Start {
    /// The tick it went on from; `None` if it began anew, from its rows.
    pub(crate) restored_tick: Option<u64>,
    /// Why it was kept then.
    pub(crate) reason: Option<String>,
    /// What could not be used, and where it is now.
    pub(crate) warnings: Vec<Warning>,
}

/// Something that was not as it should be, and that the world could do without.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Warning {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Reads the world, giving a new one its id.
pub(crate) fn open(options: &Options) -> Result<Opened, HostError> {
    let store = &*options.store;
    let (sound, damaged) = store.sound_records()?;
    let mut start = Start::default();
    for (slug, why) in sort_out(damaged, options.safe_mode)? {
        start.set_aside(store, &slug, &why)?;
    }
    let (mut worlds, definitions): (Vec<Record>, Vec<Record>) =
        sound.into_iter().partition(|it| it.kind == Kind::World);
    let shown = define(definitions, options)?;
    let authority = Authority::new(&world_id(store, options.world_id.clone())?, &rows(store)?);
    let fetch = FetchRules::parse(&options.fetch)?;
    let mut simulated = Simulated::new(options, shown.definitions.clone(), fetch.clone());
    if !options.safe_mode {
        start.wake(&mut simulated, options, &mut worlds)?;
    }
    Ok(Opened { authority, shown, simulated, fetch, worlds, start })
}

impl Start {
    /// Goes on where the world was kept, if that can be. If not, what was kept is set aside: the next
    /// autosave must not take its place.
    fn wake(
        &mut self,
        simulated: &mut Simulated,
        options: &Options,
        worlds: &mut Vec<Record>,
    ) -> Result<(), HostError> {
        let store = &*options.store;
        let place = worlds.iter().position(|it| is_autosave(it, &options.room));
        let Some(place) = place else { return Ok(()) };
        let record = &worlds[place];
        let row = store.row(Table::Meta, &row_id(&record.slug))?;
        let kept = Kept::read(record, row.as_ref()).map_err(|why| why.to_string());
        match kept.and_then(|kept| simulated.restore(Woken::read(&kept)?).map(|()| kept)) {
            Ok(kept) => {
                tracing::info!(tick = kept.tick, reason = kept.reason, "the world goes on");
                self.restored_tick = Some(kept.tick);
                self.reason = Some(kept.reason);
            }
            Err(why) => {
                let record = worlds.remove(place);
                self.set_aside(store, record.slug.as_str(), &why)?;
            }
        }
        Ok(())
    }

    fn set_aside(&mut self, store: &dyn Store, slug: &str, why: &str) -> Result<(), HostError> {
        let name = format!("{slug} {}", clock::iso(clock::now_ms()));
        store.set_aside(slug, &name)?;
        let message = format!(
            "`{slug}` cannot be used: {why}; the world starts from its rows, what is left is kept as `{name}`"
        );
        tracing::warn!(code = DAMAGED, message);
        self.warnings.push(Warning { code: DAMAGED, message });
        Ok(())
    }
}

fn is_autosave(record: &Record, room: &str) -> bool {
    autosave::slug(room, AUTOSAVE).is_ok_and(|it| it == record.slug)
}

/// The damaged worlds, which can be done without. Anything else that is damaged is an error, unless one
/// is here to mend it.
fn sort_out(damaged: Vec<Corruption>, safe_mode: bool) -> Result<Vec<(String, String)>, HostError> {
    let mut worlds = Vec::new();
    for corruption in damaged {
        match corruption {
            Corruption::Record { slug, why } if is_world(&slug) => worlds.push((slug, why)),
            Corruption::Record { slug, why } if safe_mode => {
                tracing::warn!(slug, why, "a record cannot be read");
            }
            Corruption::Record { slug, why } => return Err(HostError::Record { slug, reason: why }),
            other => return Err(StoreError::Corrupt(other).into()),
        }
    }
    Ok(worlds)
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
