//! What we can do, as the editor is told at the beginning; and what we want to be told.

use bowline_model::layout::ROOTS;
use serde_json::json;
use tower_lsp::ls_types::{
    CompletionOptions, DiagnosticOptions, DiagnosticServerCapabilities, FileOperationFilter,
    FileOperationPattern, FileOperationRegistrationOptions, FoldingRangeProviderCapability,
    HoverProviderCapability, InitializeResult, OneOf, Registration, RenameOptions, SemanticTokensFullOptions,
    SemanticTokensOptions, SemanticTokensServerCapabilities, ServerCapabilities, ServerInfo,
    SignatureHelpOptions, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkDoneProgressOptions, WorkspaceFileOperationsServerCapabilities,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use super::tokens;
use crate::abilities::{self, Abilities};

/// Behind these something can be said at once. A blank is none of them: people type more of those than of
/// all others, and rarely want a list.
const TRIGGERS: [&str; 7] = [".", ":", "'", "\"", "/", "{", "@"];

/// The answer to `initialize`.
pub(crate) fn answer(can: Abilities) -> InitializeResult {
    InitializeResult {
        capabilities: capabilities(can),
        server_info: Some(ServerInfo {
            name: "bowline".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
    }
}

fn capabilities(can: Abilities) -> ServerCapabilities {
    let problems = DiagnosticOptions {
        identifier: Some("bowline".to_owned()),
        inter_file_dependencies: true,
        ..DiagnosticOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(abilities::name(can.encoding)),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        diagnostic_provider: can.pulls_problems.then_some(DiagnosticServerCapabilities::Options(problems)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some(["(", ","].map(str::to_owned).to_vec()),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            },
        )),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                will_rename: Some(FileOperationRegistrationOptions { filters: vec![scripts()] }),
                ..WorkspaceFileOperationsServerCapabilities::default()
            }),
        }),
        ..ServerCapabilities::default()
    }
}

/// Files and folders that imports may name.
fn scripts() -> FileOperationFilter {
    let pattern =
        FileOperationPattern { glob: "**/{apps,shared}/**".to_owned(), matches: None, options: None };
    FileOperationFilter { scheme: Some("file".to_owned()), pattern }
}

/// What we want to hear of: everything in the folders of a project, folders too, for one that is deleted
/// is told by itself.
pub(crate) fn watchers() -> Vec<Registration> {
    let globs = [format!("**/{{{}}}/**", ROOTS.join(",")), "**/world.json".to_owned()];
    let watchers: Vec<_> = globs.iter().map(|it| json!({ "globPattern": it })).collect();
    vec![Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(json!({ "watchers": watchers })),
    }]
}
