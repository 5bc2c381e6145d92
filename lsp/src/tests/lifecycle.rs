//! The beginning and the end.

use expect_test::expect;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Result;

use super::Editor;
use crate::ending::Ended;
use crate::server::Server;

#[tokio::test]
async fn a_server_says_what_it_can_and_ends_as_agreed() {
    let mut editor = Editor::start();
    let said = editor.begin(&[], json!({})).await;
    let mut can: Vec<&String> = said["capabilities"].as_object().unwrap().keys().collect();
    can.sort();
    expect![[r#"["completionProvider", "definitionProvider", "documentHighlightProvider", "documentSymbolProvider", "foldingRangeProvider", "hoverProvider", "inlayHintProvider", "positionEncoding", "referencesProvider", "renameProvider", "semanticTokensProvider", "signatureHelpProvider", "textDocumentSync", "workspace"]"#]]
        .assert_eq(&format!("{can:?}"));
    assert_eq!(said["serverInfo"]["name"], "bowline");
    assert_eq!(editor.ask("shutdown", Value::Null).await, Value::Null);
    editor.tell("exit", json!(null)).await;
    assert_eq!(editor.ended().await, Ended::AsAgreed);
}

#[tokio::test]
async fn nobody_is_answered_before_the_beginning() {
    let mut editor = Editor::start();
    let id = editor.send("textDocument/completion", super::at("/x.js".as_ref(), (0, 0))).await;
    assert_eq!(editor.reply(id).await["error"]["code"], -32002);
}

#[tokio::test]
async fn an_editor_that_goes_away_ends_the_server() {
    let mut editor = Editor::open(&[], json!({})).await;
    editor.vanish();
    assert_eq!(editor.ended().await, Ended::Abruptly);
}

impl Server {
    async fn hang(&self) -> Result<Value> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn what_hangs_does_not_keep_the_server() {
    for how in ["exit", "gone"] {
        let mut editor = Editor::start_with(|it| it.custom_method("test/hang", Server::hang));
        editor.begin(&[], json!({})).await;
        editor.send("test/hang", Value::Null).await;
        match how {
            "exit" => editor.tell("exit", json!(null)).await,
            _ => editor.vanish(),
        }
        assert_eq!(editor.ended().await, Ended::Abruptly, "{how}");
    }
}

#[tokio::test]
async fn bytes_are_counted_in_if_the_editor_can() {
    for (offered, taken) in [
        (json!(["utf-32", "utf-8", "utf-16"]), "utf-8"),
        (json!(["utf-32", "utf-16"]), "utf-32"),
        (json!(["utf-7", "utf-16"]), "utf-16"),
        (json!([]), "utf-16"),
        (Value::Null, "utf-16"),
    ] {
        let mut editor = Editor::start();
        let said = editor.begin(&[], json!({ "general": { "positionEncodings": offered } })).await;
        assert_eq!(said["capabilities"]["positionEncoding"], taken, "{offered}");
    }
}
