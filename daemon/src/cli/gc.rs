//! `bowline world gc`: the uploads no blueprint, entity, setting or deploy snapshot refers to any
//! more. A world never removes anything by itself; this is the one way, and it is asked for.

use std::path::Path;
use std::process::ExitCode;

use bowline_store::{DiskStore, Store as _, StoreError, gc};
use serde_json::json;

use super::GcArgs;
use crate::ask::Answer;
use crate::print::{self, Format};
use crate::report::{Blame, Report};

/// Removes what nothing refers to, or only lists it.
pub(crate) fn run(args: &GcArgs, format: Format) -> Result<ExitCode, Report> {
    if !args.data.is_dir() {
        let what = format!("there is no world in `{}`", args.data.display());
        return Err(Report::new(Blame::Usage, "no_world", what).help("name the folder of one with --data"));
    }
    let refused = |error: StoreError| refused(&error, args);
    let store = DiskStore::open(&args.data).map_err(refused)?;
    let unused = gc::unreferenced(&store).map_err(refused)?;
    let (verb, gone) = match args.dry_run {
        true => ("would be removed", unused),
        false => ("were removed", gc::remove_unreferenced(&store, &unused).map_err(refused)?),
    };
    let kept = store.blobs().map_err(refused)?.len() - if args.dry_run { gone.len() } else { 0 };
    let names: Vec<String> = gone.iter().map(ToString::to_string).collect();
    let mut text: String = names.iter().map(|it| format!("{it}\n")).collect();
    text += &format!("{} uploads {verb}, {kept} are in use.", gone.len());
    print::answer(&Answer { exit: 0, json: json!({"unreferenced": names, "kept": kept}), text }, format);
    Ok(ExitCode::SUCCESS)
}

fn refused(error: &StoreError, args: &GcArgs) -> Report {
    unusable(error, &args.data)
}

/// Why the data of a world cannot be used.
pub(super) fn unusable(error: &StoreError, data: &Path) -> Report {
    let help = match error {
        StoreError::Locked { .. } => "stop the world first: what it is about to use must not be removed",
        _ => "nothing was removed; check that the folder can be read and written",
    };
    Report::new(Blame::User, "world_data", error).at(data.display()).help(help)
}
