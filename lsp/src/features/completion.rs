//! `textDocument/completion` and `completionItem/resolve`: what may be written here; the story of one of
//! those only when somebody looks at it.

use bowline_analysis::complete::{Item, ItemKind};
use bowline_analysis::infer::Origin;
use bowline_analysis::project::FileId;
use bowline_analysis::summary::Summary;
use bowline_analysis::syntax::Language;
use bowline_analysis::text::Span;
use serde_json::{Value, json};
use tower_lsp::ls_types::{
    CompletionItem, CompletionItemKind, CompletionItemTag, CompletionList, CompletionResponse,
    CompletionTextEdit, Documentation, MarkupContent, MarkupKind, Position, Range, TextEdit, Uri,
};

use crate::place::range;
use crate::state::Snapshot;

/// What may be written at `position`, the likeliest first.
pub(crate) fn complete(snapshot: &Snapshot, position: Position, trigger: Option<&str>) -> CompletionResponse {
    let encoding = snapshot.abilities.encoding;
    let offset = snapshot.offset(position);
    let found = bowline_analysis::complete::complete(&snapshot.files.project, &snapshot.path, offset);
    let replace = range(&snapshot.text, found.replace, encoding);
    let language = Language::of(&snapshot.path);
    let wanted = found.items.iter().filter(|it| is_wanted(it, trigger, language));
    let items = wanted.enumerate().map(|(at, it)| item(snapshot, it, (at, replace))).collect();
    // Before all is read more may be known at the next letter.
    CompletionResponse::List(CompletionList { is_incomplete: !snapshot.files.is_read, items })
}

/// Whether an item is worth a list that nobody asked for: some letters mean something else as often.
fn is_wanted(item: &Item, trigger: Option<&str>, language: Language) -> bool {
    let is_member = matches!(item.kind, ItemKind::Method | ItemKind::Property | ItemKind::Guess);
    let is_quoted = matches!(item.kind, ItemKind::Value | ItemKind::File | ItemKind::Folder);
    match trigger {
        Some("{") => is_member,
        Some("'" | "\"" | "/" | "@") => is_quoted,
        Some(":") => language == Language::Luau && is_member,
        _ => true,
    }
}

fn item(snapshot: &Snapshot, item: &Item, (place, replace): (usize, Range)) -> CompletionItem {
    let label = item.label.to_string();
    let is_struck = item.deprecated && snapshot.abilities.strikes_out;
    CompletionItem {
        kind: Some(kind(item.kind)),
        // Fixed width, for editors compare letters.
        sort_text: Some(format!("{place:05}")),
        filter_text: Some(label.clone()),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: replace, new_text: label.clone() })),
        additional_text_edits: item.import.as_ref().map(|(span, text)| {
            let range = range(&snapshot.text, *span, snapshot.abilities.encoding);
            vec![TextEdit { range, new_text: text.clone() }]
        }),
        tags: is_struck.then(|| vec![CompletionItemTag::DEPRECATED]),
        data: item.origin.map(|it| data(snapshot, it)),
        label,
        ..CompletionItem::default()
    }
}

fn kind(kind: ItemKind) -> CompletionItemKind {
    match kind {
        ItemKind::Method => CompletionItemKind::METHOD,
        ItemKind::Property => CompletionItemKind::PROPERTY,
        ItemKind::Function => CompletionItemKind::FUNCTION,
        ItemKind::Class => CompletionItemKind::CLASS,
        ItemKind::Constant => CompletionItemKind::CONSTANT,
        ItemKind::Variable => CompletionItemKind::VARIABLE,
        ItemKind::Keyword => CompletionItemKind::KEYWORD,
        ItemKind::Value => CompletionItemKind::VALUE,
        ItemKind::File => CompletionItemKind::FILE,
        ItemKind::Folder => CompletionItemKind::FOLDER,
        ItemKind::Guess => CompletionItemKind::TEXT,
    }
}

/// Where the story of an item is written: in which file of the project around the document.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// The document in which it was offered.
    pub(crate) uri: Uri,
    origin: Origin,
}

fn data(snapshot: &Snapshot, origin: Origin) -> Value {
    json!([snapshot.uri.as_str(), origin.file.0, origin.span.start, origin.span.end])
}

/// Where the story of an item is, if we said so.
pub(crate) fn story(item: &CompletionItem) -> Option<Story> {
    let Value::Array(data) = item.data.as_ref()? else { return None };
    let [uri, file, start, end] = data.as_slice() else { return None };
    let number = |it: &Value| u32::try_from(it.as_u64()?).ok();
    let span = Span { start: number(start)?, end: number(end)? };
    Some(Story { uri: uri.as_str()?.parse().ok()?, origin: Origin { file: FileId(number(file)?), span } })
}

/// The item with its story. If its file was edited meanwhile, something else may stand there: then none.
pub(crate) fn resolve(snapshot: &Snapshot, mut item: CompletionItem, story: &Story) -> CompletionItem {
    let (project, Origin { file, span }) = (&snapshot.files.project, story.origin);
    let text = project.file(file).map_or(&project.world.text, |it| &it.text);
    if text.slice(span) != item.label {
        return item;
    }
    let line = text.as_str()[..span.range().start].rfind('\n').map_or(0, |it| it + 1);
    let written = text.as_str()[line..].lines().next().unwrap_or_default().trim();
    item.detail = Some(written.trim_end_matches(['{', ';', ' ']).to_owned());
    item.documentation = doc(project.summary(file), span).map(|value| {
        Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: value.to_owned() })
    });
    item
}

/// What people wrote above the name at `span`.
fn doc(summary: &Summary, span: Span) -> Option<&str> {
    let bindings = summary.bindings.iter().map(|it| (it.name.span, &it.doc));
    let decls = summary.decls.iter().map(|it| (it.name.span, &it.doc));
    let fields = summary.decls.iter().flat_map(|it| &it.fields).map(|it| (it.name.span, &it.doc));
    bindings.chain(decls).chain(fields).find(|it| it.0 == span && it.1.is_some())?.1.as_deref()
}
