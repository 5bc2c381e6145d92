//! What we tell and ask the editor, one after the other in a task of its own.
//!
//! A handler that waited for the editor could wait for ever: the reply may stand behind messages that
//! wait for the handler.

use tokio::sync::mpsc::{self, Receiver, Sender};
use tower_lsp::Client;
use tower_lsp::ls_types::{Diagnostic, MessageType, Registration, Uri};

/// More than this waits only if the editor does not listen; then the newest is dropped, and the log says so.
const CAPACITY: usize = 1024;

/// What can be told.
#[derive(Debug)]
pub(crate) enum Letter {
    /// Something people should know.
    Notice(String),
    /// Tell us of these.
    Register(Vec<Registration>),
    /// All problems of a file, in that version.
    Problems(Uri, Vec<Diagnostic>, Option<i32>),
    /// Ask us for problems again.
    AskForProblems,
}

/// Where letters are put.
#[derive(Debug, Clone)]
pub(crate) struct Outbox(Sender<Letter>);

impl Outbox {
    /// An outbox and what [`deliver`] takes from.
    pub(crate) fn new() -> (Outbox, Receiver<Letter>) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Outbox(sender), receiver)
    }

    /// Tells something; returns at once.
    pub(crate) fn put(&self, letter: Letter) {
        if let Err(error) = self.0.try_send(letter) {
            tracing::warn!(%error, "the editor does not listen");
        }
    }

    /// Tells something, and waits for room: for tasks that nobody waits for.
    pub(crate) async fn put_when_there_is_room(&self, letter: Letter) {
        // Fails only when the server ends.
        self.0.send(letter).await.ok();
    }

    /// Tells people something.
    pub(crate) fn notice(&self, text: String) {
        self.put(Letter::Notice(text));
    }
}

/// Delivers letters, for ever. What the editor refuses is logged: we can do without.
pub(crate) async fn deliver(client: Client, mut letters: Receiver<Letter>) {
    while let Some(letter) = letters.recv().await {
        match letter {
            Letter::Notice(text) => client.show_message(MessageType::WARNING, text).await,
            Letter::Problems(uri, all, version) => client.publish_diagnostics(uri, all, version).await,
            Letter::Register(all) => {
                let client = client.clone();
                // Their replies may take long, and other letters must not wait for them.
                tokio::spawn(async move { refused(client.register_capability(all).await) });
            }
            Letter::AskForProblems => {
                let client = client.clone();
                tokio::spawn(async move { refused(client.workspace_diagnostic_refresh().await) });
            }
        }
    }
}

fn refused(said: tower_lsp::jsonrpc::Result<()>) {
    if let Err(error) = said {
        tracing::warn!(%error, "the editor refused");
    }
}
