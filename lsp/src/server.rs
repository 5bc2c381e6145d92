//! [`Server`]: the table of what an editor can say. Each line is a change of the state or a question; what
//! they do is elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    CompletionItem, CompletionParams, CompletionResponse, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, DocumentDiagnosticParams,
    DocumentDiagnosticReportResult, DocumentHighlight, DocumentHighlightParams, DocumentSymbolParams,
    DocumentSymbolResponse, FoldingRange, FoldingRangeParams, GotoDefinitionParams, GotoDefinitionResponse,
    Hover, HoverParams, InitializeParams, InitializeResult, InitializedParams, InlayHint, InlayHintParams,
    Location, PrepareRenameResponse, ReferenceParams, RenameFilesParams, RenameParams, SemanticTokensParams,
    SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult, SignatureHelp,
    SignatureHelpParams, TextDocumentPositionParams, Uri, WorkspaceEdit,
};
use tower_lsp::{Client, LanguageServer};

use crate::abilities::Abilities;
use crate::disk::{self, Waiting};
use crate::features::{
    capabilities, completion, diagnostics, folding, hints, hover, places, rename, signature, symbols, tokens,
};
use crate::job::{answer, aside};
use crate::outbox::{self, Letter, Outbox};
use crate::problems::Known;
use crate::state::{Now, Snapshot, State, Todo};
use crate::workspace::Workspace;
use crate::{checks, place, worlds};

/// A server for one editor. What works in the background ends with it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
    _background: JoinSet<()>,
}

/// What handlers and background share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: State,
    pub(crate) disk: Waiting,
    /// A definition may be another one.
    pub(crate) worlds: Notify,
    /// There may be other problems.
    pub(crate) checks: Notify,
    /// What files were found to say, for whoever looks for problems.
    pub(crate) known: Arc<Known>,
    pub(crate) outbox: Outbox,
}

impl Shared {
    /// Sees to what follows of a change; returns at once.
    pub(crate) fn schedule(&self, todo: Todo) {
        self.disk.add(todo.read);
        if todo.worlds {
            self.worlds.notify_one();
        }
        self.checks.notify_one();
    }

    /// A change, and what follows of it.
    fn change(&self, change: impl FnOnce(&mut Now) -> Todo) {
        self.schedule(self.state.change(change));
    }
}

impl Server {
    /// For the editor behind `client`.
    pub(crate) fn new(client: Client) -> Server {
        let (outbox, letters) = Outbox::new();
        let shared = Arc::new(Shared {
            state: State::default(),
            disk: Waiting::default(),
            worlds: Notify::new(),
            checks: Notify::new(),
            known: Arc::default(),
            outbox,
        });
        let mut background = JoinSet::new();
        background.spawn(outbox::deliver(client, letters));
        background.spawn(disk::keep_reading(Arc::clone(&shared)));
        background.spawn(worlds::keep_making(Arc::clone(&shared)));
        background.spawn(checks::keep_checking(Arc::clone(&shared)));
        // The first project needs it; made while the editor still introduces itself.
        background.spawn_blocking(|| drop(crate::workspace::core_world()));
        Server { shared, _background: background }
    }

    pub(crate) fn snapshot(&self, uri: &Uri) -> Option<Snapshot> {
        self.shared.state.look(|now| now.snapshot(uri))
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let abilities = Abilities::of(&params.capabilities);
        self.shared.state.change(|now| {
            now.abilities = abilities;
            now.begin_with(folders(&params));
        });
        Ok(capabilities::answer(abilities))
    }

    async fn initialized(&self, _: InitializedParams) {
        self.shared.change(Now::begin);
        if self.shared.state.look(|now| now.abilities.watches_files) {
            self.shared.outbox.put(Letter::Register(capabilities::watchers()));
        }
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.shared.change(|now| now.open(params.text_document));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        self.shared.change(|now| now.edit(&document.uri, document.version, &params.content_changes));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.shared.change(|now| now.close(&params.text_document.uri));
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        // What was saved is what is open.
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let files: Vec<PathBuf> = params.changes.iter().filter_map(|it| place::file(&it.uri)).collect();
        self.shared.change(|now| now.touched(&files));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let files = |it: Vec<tower_lsp::ls_types::WorkspaceFolder>| {
            it.iter().filter_map(|it| place::file(&it.uri)).collect::<Vec<_>>()
        };
        let (opened, closed) = (files(params.event.added), files(params.event.removed));
        self.shared.change(|now| now.folders(&opened, &closed));
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = params.text_document_position;
        let snapshot = self.snapshot(&place.text_document.uri);
        let trigger = params.context.and_then(|it| it.trigger_character);
        answer(snapshot, move |it, _| Ok(completion::complete(it, place.position, trigger.as_deref()))).await
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        let Some(story) = completion::story(&item) else { return Ok(item) };
        let Some(snapshot) = self.snapshot(&story.uri) else { return Ok(item) };
        let plain = item.clone();
        let found = answer(Some(snapshot), move |it, _| Ok(completion::resolve(it, item, &story))).await;
        // An item without its story is better than none.
        Ok(found.ok().flatten().unwrap_or(plain))
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let snapshot = self.snapshot(&params.text_document.uri);
        let known = Arc::clone(&self.shared.known);
        let found = answer(snapshot, move |it, _| Ok(diagnostics::of(it, &known)));
        diagnostics::report(found.await)
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = params.text_document_position_params;
        let snapshot = self.snapshot(&place.text_document.uri);
        Ok(answer(snapshot, move |it, _| Ok(hover::hover(it, place.position))).await?.flatten())
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        let place = params.text_document_position_params;
        let snapshot = self.snapshot(&place.text_document.uri);
        Ok(answer(snapshot, move |it, _| Ok(signature::signature(it, place.position))).await?.flatten())
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        let snapshot = self.snapshot(&place.text_document.uri);
        Ok(answer(snapshot, move |it, _| Ok(places::definition(it, place.position))).await?.flatten())
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let place = params.text_document_position;
        let snapshot = self.snapshot(&place.text_document.uri);
        answer(snapshot, move |it, _| Ok(places::all(it, place.position))).await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let place = params.text_document_position_params;
        let snapshot = self.snapshot(&place.text_document.uri);
        answer(snapshot, move |it, _| Ok(places::here(it, place.position))).await
    }

    async fn prepare_rename(
        &self,
        place: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let snapshot = self.snapshot(&place.text_document.uri);
        answer(snapshot, move |it, _| rename::prepare(it, place.position)).await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let place = params.text_document_position;
        let snapshot = self.snapshot(&place.text_document.uri);
        answer(snapshot, move |it, _| rename::edits(it, place.position, &params.new_name)).await
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        let file = |it: &str| it.parse().ok().as_ref().and_then(place::file);
        let moves: Vec<(PathBuf, PathBuf)> =
            params.files.iter().filter_map(|it| file(&it.old_uri).zip(file(&it.new_uri))).collect();
        let (files, encoding) = self.shared.state.look(|now| {
            let first = moves.first().and_then(|it| now.workspace_of(&it.0));
            (first.map(Workspace::files), now.abilities.encoding)
        });
        let Some(files) = files else { return Ok(None) };
        aside(move || rename::after_moves(&files, &moves, encoding)).await.map(Some)
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        let snapshot = self.snapshot(&params.text_document.uri);
        answer(snapshot, |it, _| Ok(symbols::symbols(it))).await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        let snapshot = self.snapshot(&params.text_document.uri);
        answer(snapshot, |it, _| Ok(folding::folding(it))).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let snapshot = self.snapshot(&params.text_document.uri);
        answer(snapshot, move |it, _| Ok(hints::of(it, params.range))).await
    }

    async fn semantic_tokens_full(
        &self,
        params: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let snapshot = self.snapshot(&params.text_document.uri);
        answer(snapshot, |it, _| Ok(SemanticTokensResult::Tokens(tokens::of(it, None)))).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let snapshot = self.snapshot(&params.text_document.uri);
        let part = Some(params.range);
        answer(snapshot, move |it, _| Ok(SemanticTokensRangeResult::Tokens(tokens::of(it, part)))).await
    }
}

/// What is open in the editor.
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    let named = params.workspace_folders.iter().flatten().map(|it| &it.uri);
    let all: Vec<PathBuf> = named.filter_map(place::file).collect();
    match all.is_empty() {
        false => all,
        true => old_root(params).into_iter().collect(),
    }
}

/// How editors said it before there could be several.
#[expect(deprecated, reason = "editors that know one folder still say it so")]
fn old_root(params: &InitializeParams) -> Option<PathBuf> {
    params.root_uri.as_ref().and_then(place::file)
}
