//! `bowline schema apply FILE --reset`: a change that a living world refuses, made in the data of the
//! world on this machine while it is stopped. What it kept of its entities and does not fit any more is
//! set aside at the next start, not removed.

use std::path::Path;

use bowline_host::queue::{Edit, Expect};
use bowline_model::layout::STATE_FOLDER;
use bowline_store::{DiskStore, Slug};
use serde_json::Value;

use super::{Project, edits, gc, local};
use crate::ask::Answer;
use crate::report::{Blame, Report};
use crate::request::verdict;

/// The room whose definitions a project's are.
const ROOM: &str = "project";

pub(super) fn run(file: &Path, project: &Project) -> Result<Answer, Report> {
    let root = local::root(&project.dir)?;
    let edits = edits::read(file, &root)?.into_iter().map(edit).collect::<Result<Vec<_>, Report>>()?;
    let data = root.join(STATE_FOLDER).join("world");
    if !data.is_dir() {
        let what = format!("there is no world in `{}`", data.display());
        return Err(Report::new(Blame::Usage, "no_world", what).help("bowline dev makes one"));
    }
    let store = DiskStore::open(&data).map_err(|error| gc::unusable(&error, &data))?;
    let settled = bowline_host::reset(&store, ROOM, edits).map_err(|error| {
        Report::new(Blame::User, "world_data", error).at(data.display()).help("nothing was changed")
    })?;
    let json = serde_json::to_value(settled).map_err(|it| Report::new(Blame::Us, "unprintable", it))?;
    Ok(verdict(json))
}

fn edit(asked: crate::ask::Edit) -> Result<Edit, Report> {
    let slug = Slug::parse(&asked.slug).map_err(|it| Report::new(Blame::User, "bad_slug", it))?;
    let expect = match asked.expect {
        None => Expect::Anything,
        Some(Value::String(checksum)) => Expect::Checksum(checksum),
        Some(_) => Expect::Nothing,
    };
    Ok(Edit { slug, payload: Some(asked.payload).filter(|it| !it.is_null()), expect })
}
