//! The port: HTTP and sockets around the actor. Nothing here decides anything about the world; a
//! handler checks the door (code, host, origin, size), asks the actor or the store, and spells the
//! answer the way the real server does, down to its bare 500s.
//!
//! Start with [`start`]; the routes are in [`router`]. `serve/guard.rs` is the door,
//! `serve/admin.rs` the requests that reach the actor, `serve/socket.rs` the `/admin` socket,
//! `serve/play.rs` the socket of a player,
//! `serve/upload.rs` and `serve/assets.rs` bytes in and out (`serve/built_in.rs`: those nobody sent), `serve/pages.rs` what a person sees,
//! `serve/bowline.rs` and `serve/v1.rs` our own endpoints.

mod admin;
mod assets;
mod bowline;
mod built_in;
mod guard;
mod pages;
mod play;
mod socket;
mod upload;
mod v1;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post, put};
use bowline_model::Digest;
use bowline_store::{Store, gc};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::actor::{Actor, Ask, INBOX_CAPACITY, Told};
use crate::autosave::{Saver, Saves};
use crate::boot::{self, Start};
use crate::boundary::{Boundary, Gone};
use crate::face::Face;
use crate::mutations::Mutations;
use crate::options::{HostError, Options};
use crate::pending::Pending;
use crate::seats::Seats;
use crate::sockets::SocketId;
use crate::stage::Stage;
use crate::steps::Steps;
use crate::ticker::{Ticker, Wires};

/// Connections that do not end by themselves after a stop are dropped after this long.
const FAREWELL: Duration = Duration::from_secs(5);

/// What every handler needs.
pub(crate) struct Port {
    pub(crate) inbox: mpsc::Sender<Ask>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) face: Face,
    pub(crate) world_id: String,
    pub(crate) admin_code: String,
    pub(crate) max_upload_bytes: u64,
    pub(crate) is_loopback: bool,
    pub(crate) stage: Arc<Stage>,
    pub(crate) steps: Arc<Steps>,
    pub(crate) seats: Arc<Seats>,
    pub(crate) mutations: Arc<Mutations>,
    pub(crate) boundary: Boundary,
    pub(crate) pending: Arc<Pending>,
    pub(crate) saves: Saves,
    pub(crate) start: Start,
    /// Where scripts run, by its name in the settings.
    pub(crate) isolation: &'static str,
    /// Turns true when the port stops; sockets listen to it.
    pub(crate) stopping: watch::Receiver<bool>,
    sockets_so_far: AtomicU64,
}

impl Port {
    pub(crate) fn next_socket(&self) -> SocketId {
        self.sockets_so_far.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// A world that is being served, until [`Running::stop`].
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Which world it is.
    pub world_id: String,
    store: Arc<dyn Store>,
    inbox: mpsc::Sender<Ask>,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    actor: std::thread::JoinHandle<()>,
    mutations: Arc<Mutations>,
    schemas: std::thread::JoinHandle<()>,
    boundary: Boundary,
    saver: Saver,
    ticker: Ticker,
}

/// Listens on `options.bind` and serves.
///
/// # Errors
/// If the address cannot be had, the store holds another world, or cannot be read.
pub async fn start(options: Options) -> Result<Running, HostError> {
    let listen = |source| HostError::Listen { address: options.bind, source };
    let listener = TcpListener::bind(options.bind).await.map_err(listen)?;
    start_on(options, listener).await
}

/// Serves on a socket that listens already, until `shutdown` comes true and everything asked before
/// is answered and on disk.
///
/// # Errors
/// As [`start`], and if the port fails while serving.
pub async fn serve(
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), HostError> {
    let running = start_on(options, listener).await?;
    shutdown.await;
    running.stop().await
}

/// Serves on a socket that listens already.
///
/// # Errors
/// As [`start`].
pub async fn start_on(options: Options, listener: TcpListener) -> Result<Running, HostError> {
    let addr = listener.local_addr()?;
    let store = options.store.clone();
    let opening = options.clone();
    let opened = tokio::task::spawn_blocking(move || boot::open(&opening)).await;
    let opened = opened.map_err(std::io::Error::other)??;
    let world_id = opened.authority.world_id().to_owned();

    let wires = Wires::new(opened.fetch);
    let Wires { pending, boundary, steps, seats, .. } = wires.clone();
    let ticker = Ticker::start(&options, wires, Box::new(opened.simulated))?;
    let saver = Saver::start(&options, boundary.clone(), ticker.stage(), opened.worlds)?;
    let (mutations, schemas) =
        Mutations::start(opened.shown, boundary.clone(), store.clone(), ticker.stage())?;
    let face = face(&options, addr);
    let (inbox, asked) = mpsc::channel(INBOX_CAPACITY);
    let told = Told { pending: pending.clone(), saves: saver.saves() };
    let actor = Actor::new(opened.authority, &options, face.clone(), told);
    let actor =
        std::thread::Builder::new().name("bowline-authority".to_owned()).spawn(move || actor.run(asked))?;
    let (stop, stopping) = watch::channel(false);
    let port = Arc::new(Port {
        inbox: inbox.clone(),
        store: store.clone(),
        face,
        world_id: world_id.clone(),
        admin_code: options.admin_code,
        max_upload_bytes: options.max_upload_bytes,
        is_loopback: addr.ip().is_loopback(),
        stage: ticker.stage(),
        steps,
        seats,
        mutations: mutations.clone(),
        boundary: boundary.clone(),
        pending,
        isolation: options.limits.isolation.name(),
        saves: saver.saves(),
        start: opened.start,
        stopping: stopping.clone(),
        sockets_so_far: AtomicU64::new(0),
    });
    // A broadcast and the result after it are two small writes: without this the second waits for the
    // client's delayed acknowledgement of the first, some 40 ms.
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket stays slow");
        }
    });
    let served = axum::serve(listener, router(port)).with_graceful_shutdown(stopped(stopping));
    let server = tokio::spawn(async move { served.await });
    Ok(Running {
        addr,
        world_id,
        store,
        inbox,
        stop,
        server,
        actor,
        mutations,
        schemas,
        boundary,
        saver,
        ticker,
    })
}

/// Comes true when the port stops.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop too.
    drop(stopping.wait_for(|it| *it).await);
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({} on {})", self.world_id, self.addr)
    }
}

impl Running {
    /// Stops listening, answers what was asked, keeps the running world, and waits until all of it is on
    /// disk and the store is let go of. Peers that do not hang up, and a tick that does not end, are waited for five seconds
    /// and then left behind.
    ///
    /// # Errors
    /// If the port had failed before.
    pub async fn stop(self) -> Result<(), HostError> {
        self.stop_because("stop").await
    }

    /// The same, with the reason that the kept world says: the name of a signal.
    ///
    /// # Errors
    /// As [`Running::stop`].
    pub async fn stop_because(self, reason: &str) -> Result<(), HostError> {
        self.stop.send_replace(true);
        let mut server = self.server;
        let served = tokio::time::timeout(FAREWELL, async {
            let served = (&mut server).await;
            // Every handler and socket has the port, and the port has the other end of this.
            self.stop.closed().await;
            served
        });
        let served = match served.await {
            Ok(served) => served.map_err(std::io::Error::other)?,
            Err(_) => {
                tracing::warn!("a connection did not end");
                server.abort();
                Ok(())
            }
        };
        // Everything asked before this is decided and written before the thread ends. An error means
        // that it has ended.
        drop(self.inbox.send(Ask::Stop).await);
        let (actor, ticker, boundary) = (self.actor, self.ticker, self.boundary);
        let (mutations, schemas, saver) = (self.mutations, self.schemas, self.saver);
        let reason = reason.to_owned();
        let joined = tokio::task::spawn_blocking(move || {
            mutations.stop();
            saver.stop(&reason, FAREWELL);
            ticker.stop(FAREWELL);
            // A tick that hangs never says so.
            boundary.close(Gone::Stopped);
            let ended = schemas.join().and(actor.join());
            ended.map_err(|_| std::io::Error::other("a thread panicked"))
        });
        joined.await.map_err(std::io::Error::other)??;
        Ok(served?)
    }

    /// The blobs that no row, record or used blob refers to. Nothing is ever removed by itself.
    ///
    /// # Errors
    /// If the store failed.
    pub async fn unreferenced(&self) -> Result<Vec<Digest>, HostError> {
        let store = self.store.clone();
        let found = tokio::task::spawn_blocking(move || gc::unreferenced(&*store)).await;
        Ok(found.map_err(std::io::Error::other)??)
    }

    /// Removes those of `candidates` that are still unreferenced, and says which. Between the
    /// questions of clients, who wait: no blueprint that names one can be written meanwhile.
    ///
    /// # Errors
    /// If the store failed, or the world has stopped.
    pub async fn gc(&self, candidates: Vec<Digest>) -> Result<Vec<Digest>, HostError> {
        let gone = || std::io::Error::other("the world has stopped");
        let (to, answer) = oneshot::channel();
        self.inbox.send(Ask::Collect(candidates, to)).await.map_err(|_| gone())?;
        Ok(answer.await.map_err(|_| gone())??)
    }
}

fn face(options: &Options, addr: SocketAddr) -> Face {
    // `0.0.0.0` is no address a client can use; on this machine loopback is the same door.
    let host =
        if addr.ip().is_unspecified() { format!("127.0.0.1:{}", addr.port()) } else { addr.to_string() };
    Face {
        assets_url: options.assets_url.clone().unwrap_or_else(|| format!("http://{host}/assets")),
        max_upload_size: options.max_upload_size.clone(),
        has_admin_code: !options.admin_code.is_empty(),
        admin_url: Some(options.admin_url.clone().unwrap_or_else(|| format!("http://{host}/admin"))),
        started: Instant::now(),
    }
}

fn router(port: Arc<Port>) -> Router {
    let guarded = Router::new()
        .route("/admin/snapshot", get(admin::snapshot))
        .route(
            "/admin/deploy-lock",
            get(admin::lock_status).post(admin::lock).put(admin::lock).delete(admin::lock),
        )
        .route("/admin/deploy-snapshots", post(admin::take_snapshot))
        .route("/admin/deploy-snapshots/rollback", post(admin::rollback))
        .route("/admin/blueprints/{id}", get(admin::blueprint).delete(admin::remove_blueprint))
        .route("/admin/entities", get(admin::entities))
        .route("/admin/spawn", put(admin::spawn))
        .route("/admin/upload-check", get(upload::check))
        .route("/admin/upload", post(upload::upload))
        .merge(bowline::router())
        .merge(v1::router())
        .route_layer(axum::middleware::from_fn_with_state(port.clone(), guard::code));
    Router::new()
        .route("/", get(pages::home))
        .route("/env.js", get(pages::env))
        .route("/health", get(admin::health))
        .route("/status", get(admin::status))
        .route("/assets/{name}", get(assets::download))
        .route("/api/upload", post(upload::retired))
        .route("/api/upload-check", get(upload::retired_check))
        .route("/admin", get(socket::admin))
        .route("/bowline/v1/play", get(play::play))
        .merge(guarded)
        .fallback(guard::not_found)
        .method_not_allowed_fallback(guard::not_found)
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(port.clone(), guard::door))
        .with_state(port)
}

#[cfg(test)]
mod tests {
    use super::Running;

    #[test]
    fn a_running_world_can_be_shared_between_tasks() {
        fn shared<T: Send + Sync>() {}
        shared::<Running>();
    }
}
