//! [`serve`]: a server on two streams, and the last nets under it.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::jsonrpc::{Error, Request, Response};
use tower_lsp::{ClientSocket, LspService, LspServiceBuilder};
use tower_service::Service;

use crate::ending::{Ended, Ending};
use crate::frames;
use crate::server::Server;

/// Requests that may be open at once. Handlers wait for threads only, never for the editor, so this many
/// are no danger; and so few never stop the reader.
const REQUESTS_MAX: usize = 64;

/// Bytes of messages that may wait for the framework.
const PIPE: usize = 64 * 1024;

/// Answers an editor until it says `exit` or its end of `input` closes; then comes back within a second,
/// whatever still runs.
pub async fn serve<I, O>(input: I, output: O) -> Ended
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    run(service().finish(), input, output).await
}

pub(crate) fn service() -> LspServiceBuilder<Server> {
    LspService::build(Server::new)
}

pub(crate) async fn run<I, O>(service: (LspService<Server>, ClientSocket), input: I, output: O) -> Ended
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let ending = Arc::new(Ending::default());
    let (inner, socket) = service;
    let calls = Calls { inner, ending: Arc::clone(&ending) };
    let (messages, checked) = tokio::io::duplex(PIPE);
    let serving =
        tower_lsp::Server::new(checked, output, socket).concurrency_level(REQUESTS_MAX).serve(calls);
    let hearing = async {
        if let Err(error) = frames::pass(input, messages).await {
            tracing::warn!(%error, "the editor cannot be heard any more");
        }
        ending.is_deaf();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = serving => (),
        () = ending.is_over() => (),
        () = hearing => (),
    }
    ending.how()
}

/// Every call on its way to the framework.
struct Calls<S> {
    inner: S,
    ending: Arc<Ending>,
}

type Called<E> = Pin<Box<dyn Future<Output = Result<Option<Response>, E>> + Send>>;

impl<S> Service<Request> for Calls<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = Called<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Called<S::Error> {
        self.ending.heard(request.method());
        let id = request.id().cloned();
        let handling = self.inner.call(request);
        Box::pin(async move {
            // A handler that panics loses its own answer; the state it may have held is still whole.
            let ended = AssertUnwindSafe(handling).catch_unwind().await;
            ended.unwrap_or_else(|_| Ok(id.map(|it| Response::from_error(it, Error::internal_error()))))
        })
    }
}
