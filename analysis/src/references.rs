//! Where something is used, and what a new name for it changes.
//!
//! A use counts if it is known to mean the thing: names by what they are bound to, members by where they
//! are written, components and events by the texts that name them. Members of values nobody knows are no
//! uses of anything.

use std::collections::BTreeSet;

use bowline_model::ProjectPath;

use crate::infer::{Infer, Origin, events};
use crate::project::{FileId, Project, WORLD};
use crate::summary::{BindingId, Exported, Kind, Note, ScopeId, Source};
use crate::target::{What, inside, target};
use crate::text::Span;

/// Every place that means what stands at `offset` of `path`, where it is written included.
#[must_use]
pub fn references(project: &Project, path: &ProjectPath, offset: u32) -> Vec<Origin> {
    let Some(found) = target(project, path, offset) else { return Vec::new() };
    let infer = Infer::new(project);
    let places: BTreeSet<Origin> = match &found.what {
        What::Binding(file, id) => infer.uses_of_binding(*file, *id),
        What::Member(member) => infer.uses_of_member(member.origin, &member.name),
        What::Decl(file, decl) => infer.uses_of_decl(*file, &project.summary(*file)[*decl].name.text),
        What::Module(file) => infer.uses_of_file(*file),
        What::Component(name) => infer.uses_in_texts(name, true),
        What::Event(name) => infer.uses_in_texts(name, false),
    };
    places.into_iter().collect()
}

/// Why something cannot have another name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is nothing that has a name.
    #[error("there is nothing to rename here")]
    Nothing,
    /// It is the world's.
    #[error("`{0}` is given by the world; scripts cannot rename it")]
    OfTheWorld(String),
    /// Such a name means nothing.
    #[error("`{0}` is no name")]
    NoName(String),
}

/// What is written where, so that something has another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub place: Origin,
    /// By what.
    pub text: String,
}

/// What changes if what stands at `offset` is to be called `name`.
///
/// # Errors
/// See [`RenameError`].
pub fn rename(
    project: &Project,
    (path, offset): (&ProjectPath, u32),
    name: &str,
) -> Result<Vec<Edit>, RenameError> {
    let (span, found) = renamable(project, path, offset)?;
    let is_text = matches!(found, What::Event(_));
    let mut letters = name.chars();
    let good = letters.next().is_some_and(|it| it.is_alphabetic() || it == '_' || it == '$')
        && letters.all(|it| it.is_alphanumeric() || it == '_' || it == '$');
    let word = name.contains(['\'', '"', '\\', '\n']) || name.is_empty();
    if !good && (word || !is_text) {
        return Err(RenameError::NoName(name.to_owned()));
    }
    let old = project.id(path).and_then(|it| project.file(it)).map_or("", |it| it.text.slice(span));
    let is_key = matches!(found, What::Member(_));
    let edit = |place: Origin| {
        let both = project.summary(place.file).shorthands.contains(&place.span);
        let text = match (both, is_key) {
            (false, _) => name.to_owned(),
            // One word for two things is two words from now on.
            (true, true) => format!("{name}: {old}"),
            (true, false) => format!("{old}: {name}"),
        };
        Edit { place, text }
    };
    Ok(references(project, path, offset).into_iter().map(edit).collect())
}

/// What can have another name at a place: its letters and what it is.
///
/// # Errors
/// See [`RenameError`].
pub fn renamable(project: &Project, path: &ProjectPath, offset: u32) -> Result<(Span, What), RenameError> {
    let found = target(project, path, offset).ok_or(RenameError::Nothing)?;
    let text = project.id(path).and_then(|it| project.file(it)).map(|it| it.text.clone());
    let written = text.map(|it| it.slice(found.span).to_owned()).unwrap_or_default();
    let infer = Infer::new(project);
    let ours = match &found.what {
        What::Module(_) => return Err(RenameError::Nothing),
        // The record is renamed in its file, with an alias; a text here would only stop meaning it.
        What::Component(_) => false,
        other => infer.origins(other).iter().all(|it| it.file != WORLD),
    };
    if ours { Ok((found.span, found.what)) } else { Err(RenameError::OfTheWorld(written)) }
}

impl Infer<'_> {
    fn uses_of_binding(&self, file: FileId, id: BindingId) -> BTreeSet<Origin> {
        // An import is one of many names of what is exported.
        let (file, id) = self.exporter(file, id).unwrap_or((file, id));
        let mut places = BTreeSet::new();
        let summary = self.project.summary(file);
        let name = summary[id].name.text.clone();
        self.names_bound_to(file, id, &mut places);
        let exported: Vec<_> = summary
            .exports
            .iter()
            .filter(|it| matches!(&it.what, Exported::Name(it) if *it == name))
            .filter(|_| summary.find(&name, ScopeId(0), u32::MAX) == Some(id))
            .collect();
        for export in exported {
            if export.name.text == name {
                places.insert(Origin { file, span: export.name.span });
            }
            self.importers(file, &export.name.text, &mut places);
        }
        places
    }

    /// Where other files take `name` of `file`, and use it under the same name.
    fn importers(&self, exporter: FileId, name: &str, places: &mut BTreeSet<Origin>) {
        for (file, it) in self.project.all() {
            let summary = it.summary();
            for import in &summary.imports {
                let names: Vec<_> = import.names.iter().filter(|it| it.0.text == name).collect();
                if names.is_empty() || self.project.imported(file, &import.specifier.text) != Some(exporter) {
                    continue;
                }
                for (there, binding) in names {
                    if name == "default" {
                        continue;
                    }
                    places.insert(Origin { file, span: there.span });
                    if summary[*binding].name.text == name {
                        self.names_bound_to(file, *binding, places);
                    }
                }
            }
            for export in &summary.exports {
                if let Exported::Import(import, there) = &export.what
                    && there == name
                    && export.name.text == name
                    && summary
                        .imports
                        .get(*import as usize)
                        .is_some_and(|it| self.project.imported(file, &it.specifier.text) == Some(exporter))
                {
                    places.insert(Origin { file, span: export.name.span });
                    self.importers(file, name, places);
                }
            }
        }
    }

    fn names_bound_to(&self, file: FileId, id: BindingId, places: &mut BTreeSet<Origin>) {
        let summary = self.project.summary(file);
        places.insert(Origin { file, span: summary[id].name.span });
        for expr in &summary.exprs {
            if matches!(&expr.kind, Kind::Name(_, Some(it), _) if *it == id) {
                places.insert(Origin { file, span: expr.span });
            }
        }
    }

    /// The binding that an import is a name of.
    fn exporter(&self, file: FileId, id: BindingId) -> Option<(FileId, BindingId)> {
        let summary = self.project.summary(file);
        let (import, name) = summary[id].sources.iter().find_map(|it| match &summary[*it] {
            Source::Import(import, name) => Some((*import, name.clone())),
            _ => None,
        })?;
        // Under another name it is a name of its own.
        if name != summary[id].name.text {
            return None;
        }
        let specifier = &summary.imports.get(import as usize)?.specifier.text;
        let target = self.project.imported(file, specifier)?;
        let there = self.project.summary(target);
        match &there.export(&name)?.what {
            Exported::Name(name) => Some((target, there.find(name, ScopeId(0), u32::MAX)?)),
            _ => None,
        }
    }

    /// Where an imported binding is written, whatever it is called here.
    pub(crate) fn export_origin(&self, file: FileId, id: BindingId) -> Option<Origin> {
        let summary = self.project.summary(file);
        summary[id].sources.iter().find_map(|it| match &summary[*it] {
            Source::Import(import, name) => {
                let specifier = &summary.imports.get(*import as usize)?.specifier.text;
                let target = self.project.imported(file, specifier)?;
                Some(self.written_at(target, name, 0))
            }
            _ => None,
        })
    }

    fn written_at(&self, file: FileId, name: &str, depth: u32) -> Origin {
        let summary = self.project.summary(file);
        let top = Origin { file, span: Span::default() };
        let Some(export) = summary.export(name) else { return top };
        match &export.what {
            Exported::Name(name) => {
                let binding = summary.find(name, ScopeId(0), u32::MAX).map(|it| summary[it].name.span);
                let decl = summary.decl(name).map(|it| summary[it].name.span);
                Origin { file, span: binding.or(decl).unwrap_or(export.name.span) }
            }
            Exported::Value(value) => Origin { file, span: summary[*value].span },
            Exported::Import(import, name) if depth < 8 => {
                let specifier = summary.imports.get(*import as usize).map(|it| it.specifier.text.clone());
                let target = specifier.and_then(|it| self.project.imported(file, &it));
                target.map_or(top, |it| self.written_at(it, name, depth + 1))
            }
            Exported::Import(..) => top,
        }
    }

    fn uses_of_member(&self, origin: Origin, name: &str) -> BTreeSet<Origin> {
        let mut places = BTreeSet::new();
        if origin.file != WORLD {
            places.insert(origin);
        }
        for (file, it) in self.project.all() {
            let summary = it.summary();
            // Most files never say the word.
            if !it.text.as_str().contains(name) {
                continue;
            }
            for (of, word) in summary.keys.iter().filter(|it| it.1.text == name) {
                let means = self.member(&self.source(file, *of), name);
                if means.is_some_and(|it| it.origin == origin) {
                    places.insert(Origin { file, span: word.span });
                }
            }
            for (at, expr) in (0..).map(crate::summary::ExprId).zip(&summary.exprs) {
                self.again();
                match &expr.kind {
                    Kind::Member(object, word) if word.text == name => {
                        let means = self.member_behind(file, *object, name);
                        if means.is_some_and(|it| it.origin == origin) {
                            places.insert(Origin { file, span: word.span });
                        }
                    }
                    Kind::Object(all) => {
                        for key in all.iter().filter(|it| it.name.text == name) {
                            let own = Origin { file, span: key.name.span };
                            let wanted = self.expected(file, at);
                            let means = self.member(&wanted, name).map(|it| it.origin);
                            if own == origin || means == Some(origin) {
                                places.insert(own);
                            }
                        }
                    }
                    _ => (),
                }
            }
        }
        places
    }

    fn uses_of_decl(&self, origin: FileId, name: &str) -> BTreeSet<Origin> {
        let Some(decl) = self.project.summary(origin).decl(name) else { return BTreeSet::new() };
        let mut places = BTreeSet::new();
        for (file, it) in self.project.all() {
            if !it.text.as_str().contains(name) {
                continue;
            }
            let summary = it.summary();
            if file == origin {
                places.insert(Origin { file, span: summary[decl].name.span });
            }
            let notes = summary.notes.iter().filter_map(|it| match it {
                Note::Named(word, _) | Note::Foreign(_, word) if word.text == name => Some(word),
                _ => None,
            });
            let means = self.decl_of(file, name) == Some((origin, decl));
            places.extend(notes.filter(|_| means).map(|it| Origin { file, span: it.span }));
            for import in &summary.imports {
                let names = import.names.iter().filter(|it| it.0.text == name);
                let from = self.project.imported(file, &import.specifier.text) == Some(origin);
                places.extend(names.filter(|_| from).map(|it| Origin { file, span: it.0.span }));
            }
        }
        // A class is a value as well.
        let binding = self.project.summary(origin).find(name, ScopeId(0), u32::MAX);
        if let Some(binding) = binding.filter(|_| origin != WORLD) {
            places.extend(self.uses_of_binding(origin, binding));
        }
        places
    }

    fn uses_of_file(&self, target: FileId) -> BTreeSet<Origin> {
        let mut places = BTreeSet::new();
        for (file, it) in self.project.all() {
            for import in &it.summary().imports {
                if self.project.imported(file, &import.specifier.text) == Some(target) {
                    places.insert(Origin { file, span: import.specifier.span });
                }
            }
        }
        places
    }

    fn uses_in_texts(&self, name: &str, component: bool) -> BTreeSet<Origin> {
        let mut places = BTreeSet::new();
        for (file, it) in self.project.all() {
            if !it.text.as_str().contains(name) {
                continue;
            }
            let summary = it.summary();
            let texts = (0..).map(crate::summary::ExprId).zip(&summary.exprs);
            for (at, expr) in texts.filter(|it| matches!(&it.1.kind, Kind::Text(text) if text == name)) {
                let means = match component {
                    true => self.text_names(file, at) == Some(true),
                    false => events(summary).any(|it| it.at == at),
                };
                if means {
                    places.insert(Origin { file, span: inside(expr.span) });
                }
            }
        }
        places
    }
}

#[cfg(test)]
mod tests;
