//! What something is, in a few lines people can read.

use bowline_model::ProjectPath;
use bowline_schema::field::Field;
use bowline_schema::strings::LOCALE_DEFAULT;

use crate::infer::Infer;
use crate::project::{FileId, Project, WORLD};
use crate::show::show;
use crate::summary::{BindingId, BindingKind, Doc};
use crate::target::{What, target};
use crate::text::Span;

/// What is known about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The letters it is about.
    pub span: Span,
    /// How it is declared, in the language of the file.
    pub code: String,
    /// What people wrote about it, and what the world knows: Markdown.
    pub text: String,
}

/// What stands at `offset` of `path`.
#[must_use]
pub fn hover(project: &Project, path: &ProjectPath, offset: u32) -> Option<Hover> {
    let found = target(project, path, offset)?;
    let infer = Infer::new(project);
    let (code, text) = match &found.what {
        What::Binding(file, id) => {
            let it = &project.summary(*file)[*id];
            let word = match it.kind {
                BindingKind::Constant => "const ",
                BindingKind::Variable => "let ",
                BindingKind::Param => "(parameter) ",
                BindingKind::Import => "(import) ",
                BindingKind::Function => "function ",
                BindingKind::Class => "class ",
            };
            let ty = infer.binding(*file, *id);
            let code = match it.kind {
                BindingKind::Function => {
                    format!("{word}{}{}", it.name.text, show(&infer, &ty).replacen(" => ", ": ", 1))
                }
                BindingKind::Class => format!("{word}{}", it.name.text),
                _ => format!("{word}{}: {}", it.name.text, show(&infer, &ty)),
            };
            (code, joined([doc(it.doc.clone()), exporter_doc(&infer, *file, *id)]))
        }
        What::Member(member) => {
            let owner = member.owner.as_ref().map(|it| format!("{it}.")).unwrap_or_default();
            let code = match member.origin.file {
                WORLD => format!("{owner}{}", declaration(project, member.origin.span)),
                _ => format!("{owner}{}: {}", member.name, show(&infer, &member.ty)),
            };
            (
                code,
                joined([doc(member.doc.clone()), field_note(project, member.owner.as_deref(), &member.name)]),
            )
        }
        What::Decl(file, decl) => {
            let it = &project.summary(*file)[*decl];
            (format!("type {}", it.name.text), doc(it.doc.clone()))
        }
        What::Module(file) => (String::new(), module(project, *file)),
        What::Component(name) => component(project, name),
        What::Event(name) => (String::new(), event(&infer, name)),
    };
    (!code.is_empty() || !text.is_empty()).then_some(Hover { span: found.span, code, text })
}

/// What people wrote where an import comes from.
fn exporter_doc(infer: &Infer<'_>, file: FileId, id: BindingId) -> String {
    let Some(origin) = infer.export_origin(file, id) else { return String::new() };
    let there = infer.project.summary(origin.file);
    let named = there.bindings.iter().find(|it| it.name.span == origin.span);
    named.map(|it| doc(it.doc.clone())).unwrap_or_default()
}

fn doc(it: Doc) -> String {
    it.map(String::from).unwrap_or_default()
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|it| !it.is_empty()).collect();
    parts.join("\n\n")
}

/// The line of the declarations that says what stands at `span`.
fn declaration(project: &Project, span: Span) -> String {
    let text = project.world.text.as_str();
    let from = &text[(span.start as usize).min(text.len())..];
    let end = from.find('\n').unwrap_or(from.len());
    from[..end].trim_end_matches([';', ' ', '}']).to_owned()
}

/// What the record of a component knows about a field.
fn field_note(project: &Project, owner: Option<&str>, name: &str) -> String {
    let Some(title) = owner.and_then(|it| it.strip_suffix("Component")) else { return String::new() };
    let snapshot = &project.world.snapshot;
    let same = |it: &str| {
        it.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase()
            == title.to_lowercase()
    };
    let found = snapshot.components().iter().find(|it| same(it.name()));
    let field = found.and_then(|it| it.fields.iter().find(|it| it.name == name));
    field.map(facts).unwrap_or_default()
}

fn facts(field: &Field) -> String {
    let mut said = vec![format!("default `{}`", field.initial())];
    said.extend(field.unit.as_ref().map(|it| format!("in {it}")));
    said.join(", ")
}

fn component(project: &Project, name: &str) -> (String, String) {
    let snapshot = &project.world.snapshot;
    let Ok(it) = snapshot.component(name) else { return Default::default() };
    let said = it.doc.as_ref().map(|it| snapshot.words(it, LOCALE_DEFAULT)).unwrap_or_default();
    let fields = it.fields.iter().map(|it| format!("- `{}`: {}", it.name, facts(it)));
    let fields: Vec<String> = fields.collect();
    let version = format!("`{}`, version {}", it.slug, it.version);
    (format!("component {name}"), joined([said, fields.join("\n"), version]))
}

fn module(project: &Project, file: FileId) -> String {
    project.file(file).map(|it| format!("`{}`", it.path)).unwrap_or_default()
}

fn event(infer: &Infer<'_>, name: &str) -> String {
    let sent = infer.origins(&What::Event(name.into()));
    let mut files: Vec<String> = sent
        .iter()
        .filter_map(|it| infer.project.file(it.file))
        .map(|it| format!("- `{}`", it.path))
        .collect();
    files.dedup();
    if files.is_empty() { String::new() } else { format!("sent by\n{}", files.join("\n")) }
}

#[cfg(test)]
mod tests;
