//! `conflicts list|show|take`: the sides that lost, kept byte for byte, and how to have them back.

use std::time::SystemTime;

use bowline_disk::Conflict;
use bowline_model::format::world::{self, Placement};
use bowline_model::layout::WORLD_FILE;
use bowline_model::{ProjectPath, format};
use serde_json::{Value, json};
use similar::TextDiff;

use crate::ask::{Answer, Side};
use crate::carry::ENTITY_FOLDER;
use crate::mirror::Mirror;
use crate::report::{Blame, Report};

pub(super) fn list(mirror: &Mirror) -> Result<Answer, Report> {
    let (conflicts, problems) = mirror.folder().conflicts()?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for (index, conflict) in conflicts.iter().enumerate() {
        text += &format!(
            "{}  {}  the {} won, the other is {}\n",
            index + 1,
            conflict.path,
            winner(conflict),
            conflict.kept
        );
        rows.push(row(index, conflict));
    }
    for problem in &problems {
        text += &format!("{problem}\n");
    }
    if conflicts.is_empty() && problems.is_empty() {
        text = "No conflicts.".to_owned();
    } else {
        text += "help: bowline conflicts show N, then take N disk|world";
    }
    Ok(Answer { exit: u8::from(!conflicts.is_empty()), json: json!({ "conflicts": rows }), text })
}

fn row(index: usize, conflict: &Conflict) -> Value {
    json!({
        "id": (index + 1).to_string(), "app": conflict.app, "path": conflict.path.to_string(),
        "winner": winner(conflict), "kept": conflict.kept.to_string(), "folder": conflict.folder.to_string(),
        "local": conflict.note.local.map(|it| it.to_string()), "remote": conflict.note.remote.map(|it| it.to_string()),
        "base": conflict.note.base.map(|it| it.to_string()),
    })
}

fn winner(conflict: &Conflict) -> &'static str {
    match conflict.note.winner {
        bowline_disk::Side::Local => "disk",
        bowline_disk::Side::World => "world",
    }
}

pub(super) fn show(mirror: &Mirror, id: &str) -> Result<Answer, Report> {
    let conflict = find(mirror, id)?;
    let folder = mirror.folder();
    let read = |path: &ProjectPath| std::fs::read(folder.place(path)).unwrap_or_default();
    let (now, kept) = (read(&conflict.path), read(&conflict.kept));
    let text = match (std::str::from_utf8(&now), std::str::from_utf8(&kept)) {
        (Ok(now), Ok(kept)) => TextDiff::from_lines(kept, now)
            .unified_diff()
            .header(&format!("{} (kept)", conflict.kept), &format!("{} (in place)", conflict.path))
            .to_string(),
        _ => format!("{} and {} differ; they are not text", conflict.kept, conflict.path),
    };
    Ok(Answer { exit: 0, json: json!({"conflict": row(0, &conflict), "diff": text}), text })
}

pub(super) fn take(mirror: &mut Mirror, id: &str, side: Side) -> Result<Answer, Report> {
    let conflict = find(mirror, id)?;
    let in_place = matches!(
        (conflict.note.winner, side),
        (bowline_disk::Side::Local, Side::Disk) | (bowline_disk::Side::World, Side::World)
    );
    if !in_place {
        put_in_place(mirror, &conflict)?;
    }
    let trashed = mirror.folder().remove_conflict(&conflict.folder, SystemTime::now())?;
    let what = if in_place { "kept as it is" } else { "replaced by the side that lost" };
    let text = format!("{} is {what}; the conflict's copy is in the trash as {trashed}.", conflict.path);
    Ok(Answer { exit: 0, json: json!({"path": conflict.path.to_string(), "trash": trashed}), text })
}

/// Writes the loser where it belongs, as if a person had saved it: the mirror carries it from there.
fn put_in_place(mirror: &mut Mirror, conflict: &Conflict) -> Result<(), Report> {
    let place = mirror.folder().place(&conflict.kept);
    let bytes = std::fs::read(&place).map_err(|error| Report::from(error).at(&conflict.kept))?;
    match conflict.path.below(ENTITY_FOLDER) {
        None => mirror.save(&conflict.path, &bytes),
        Some(_) => put_entity(mirror, &bytes, conflict),
    }
}

fn put_entity(mirror: &mut Mirror, bytes: &[u8], conflict: &Conflict) -> Result<(), Report> {
    let text = String::from_utf8_lossy(bytes);
    let entity = format::parse_json(conflict.kept.as_str(), &text)?;
    let (Some(id), Some(fields)) = (entity.get("id").and_then(Value::as_str), entity.as_object()) else {
        return Err(Report::new(Blame::User, "bad_conflict", "the kept entity has no id").at(&conflict.kept));
    };
    let path = ProjectPath::parse(WORLD_FILE).map_err(|error| Report::new(Blame::Us, "path", error))?;
    let existing = std::fs::read_to_string(mirror.folder().place(&path)).ok();
    let edit = (id.to_owned(), Some(Placement::of(fields)));
    let text = world::write(existing.as_deref(), &[edit], &|_, _| None)?;
    mirror.save(&path, text.as_bytes())
}

fn find(mirror: &Mirror, id: &str) -> Result<Conflict, Report> {
    let (mut conflicts, _) = mirror.folder().conflicts()?;
    let index = id.parse::<usize>().ok().filter(|it| (1..=conflicts.len()).contains(it));
    match index {
        Some(index) => Ok(conflicts.swap_remove(index - 1)),
        None => Err(Report::new(Blame::Usage, "no_such_conflict", format!("there is no conflict {id}"))
            .help("bowline conflicts list shows their numbers")),
    }
}
