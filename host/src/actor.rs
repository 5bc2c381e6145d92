//! The one owner of the [`Authority`]: a thread that takes what sockets and requests ask, in order,
//! writes it down, and only then tells anybody. It blocks on the disk; nothing else does. Start with
//! [`Actor::handle`].
//!
//! Whatever waits in the inbox is decided together and written as one batch, so that a hundred
//! commands in flight cost one disk sync. Answers keep the order of the questions. If the batch
//! fails, memory is put back to what the disk has and each question is asked again alone, so that
//! one bad row costs its author a `server_error` and nobody else anything.

use std::sync::Arc;

use bowline_model::Digest;
use bowline_runtime::player::Rank;
use bowline_store::{Batch, Change, Store, StoreError, Table, gc};
use bowline_wire::{AdminResult, Command, Detail, FromServer, JsonObject};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::authority::{Authority, DeploySnapshot, Moment, Outcome, Reply, Request, Wanted};
use crate::autosave::Saves;
use crate::clock;
use crate::face::Face;
use crate::options::Options;
use crate::pending::Pending;
use crate::sockets::{Frame, SocketId, Sockets};
use crate::ticker::rows;

/// Most questions decided and written together: bounds how long the first of them waits for the last.
const GROUP_MAX: usize = 256;

/// Questions waiting for the thread. When they are this many, sockets stop reading and requests wait.
pub(crate) const INBOX_CAPACITY: usize = 1024;

/// Everything that can be asked of the world's definitions. If it is not here, it cannot change one.
#[derive(Debug)]
pub(crate) enum Ask {
    /// A socket showed the right code.
    Join {
        socket: SocketId,
        frames: mpsc::Sender<Frame>,
        kick: oneshot::Sender<&'static str>,
        snapshot: Wants,
    },
    /// A socket is gone.
    Leave(SocketId),
    /// A command of an authenticated socket. The permit returns when its result has left.
    Command { socket: SocketId, command: Box<Command>, permit: OwnedSemaphorePermit },
    /// Bytes of an authenticated socket that were no packet, answered in turn.
    Garbage { socket: SocketId, permit: OwnedSemaphorePermit },
    /// An HTTP request.
    Request(Request, oneshot::Sender<Answer>),
    /// `GET /admin/snapshot`.
    Snapshot(oneshot::Sender<Answer>),
    /// The settings, for `/status`.
    Settings(oneshot::Sender<Answer>),
    /// The rank everybody has at least.
    LeastRank(oneshot::Sender<Rank>),
    /// The ids of all blueprints.
    BlueprintIds(oneshot::Sender<Vec<String>>),
    /// Remove those of these that nothing refers to. Here, so that no blueprint that names one is
    /// being written meanwhile.
    Collect(Vec<Digest>, oneshot::Sender<Result<Vec<Digest>, StoreError>>),
    /// Answer what came before, then end.
    Stop,
}

/// Whether a joining socket wants the snapshot packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    Snapshot,
    Nothing,
}

/// What an HTTP handler sends on.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// A decided question, not yet told to anybody.
enum Decided {
    Command(Outcome),
    Reply(Reply),
    Join(Option<JsonObject>),
    Ids(Vec<String>),
    Rank(Rank),
    Plain,
}

/// Who hears of what is decided, beside the sockets.
pub(crate) struct Told {
    pub(crate) pending: Arc<Pending>,
    pub(crate) saves: Saves,
}

pub(crate) struct Actor {
    authority: Authority,
    store: Arc<dyn Store>,
    face: Face,
    sockets: Sockets,
    pending: Arc<Pending>,
    saves: Saves,
    /// Set while memory may hold what the disk does not: nothing is decided before it is reread.
    stale: bool,
}

impl Actor {
    pub(crate) fn new(authority: Authority, options: &Options, face: Face, told: Told) -> Actor {
        let (store, sockets) = (options.store.clone(), Sockets::new(options.max_backlog_bytes));
        let Told { pending, saves } = told;
        Actor { authority, store, face, sockets, pending, saves, stale: false }
    }

    /// Answers until it is stopped, or nobody is left to ask.
    pub(crate) fn run(mut self, mut inbox: mpsc::Receiver<Ask>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while inbox.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            let stop = group.iter().position(|it| matches!(it, Ask::Stop));
            group.truncate(stop.unwrap_or(group.len()));
            self.handle(std::mem::take(&mut group));
            if stop.is_some() {
                break;
            }
        }
    }

    fn handle(&mut self, group: Vec<Ask>) {
        if self.stale && self.reread().is_err() {
            return group.into_iter().for_each(|it| self.fail(it));
        }
        let locks = self.authority.locks().clone();
        let mut decided = Vec::with_capacity(group.len());
        let mut writes = Vec::new();
        for ask in &group {
            let it = self.decide(ask, &writes);
            writes.extend_from_slice(it.writes());
            decided.push(it);
        }
        let Err(error) = self.commit(writes) else {
            return group.into_iter().zip(decided).for_each(|(ask, it)| self.deliver(ask, it));
        };
        tracing::error!(%error, "a batch was not written");
        self.stale = true;
        self.authority = self.authority.clone().with_locks(locks);
        match <[Ask; 1]>::try_from(group) {
            Ok([ask]) => self.fail(ask),
            Err(group) => group.into_iter().for_each(|it| self.handle(vec![it])),
        }
    }

    fn reread(&mut self) -> Result<(), StoreError> {
        let contents = rows(&*self.store)?;
        let locks = self.authority.locks().clone();
        self.authority = Authority::new(self.authority.world_id(), &contents).with_locks(locks);
        self.stale = false;
        Ok(())
    }

    fn decide(&mut self, ask: &Ask, unwritten: &[Change]) -> Decided {
        let now = || Moment { ms: clock::now_ms(), uuid: uuid::Uuid::new_v4().to_string() };
        match ask {
            Ask::Command { command, .. } => Decided::Command(self.authority.command(command, &now())),
            Ask::Request(request, _) => {
                let store = self.store.clone();
                let find = |wanted: Wanted<'_>| find(&*store, unwritten, wanted);
                Decided::Reply(self.authority.request(request, &now(), &find))
            }
            Ask::Snapshot(_) => Decided::Reply(read(self.face.http_snapshot(&self.authority))),
            Ask::Settings(_) => Decided::Reply(read(self.face.status(&self.authority))),
            Ask::Join { snapshot: Wants::Snapshot, .. } => {
                Decided::Join(Some(self.face.socket_snapshot(&self.authority)))
            }
            Ask::Join { .. } => Decided::Join(None),
            Ask::LeastRank(_) => Decided::Rank(self.authority.least_rank()),
            Ask::BlueprintIds(_) => Decided::Ids(self.authority.blueprint_ids()),
            Ask::Leave(_) | Ask::Garbage { .. } | Ask::Collect(..) | Ask::Stop => Decided::Plain,
        }
    }

    fn commit(&self, writes: Vec<Change>) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        self.store.apply(writes.into_iter().fold(Batch::new(), Batch::change))
    }

    fn deliver(&mut self, ask: Ask, decided: Decided) {
        match (ask, decided) {
            (Ask::Command { socket, permit, .. }, Decided::Command(outcome)) => {
                self.broadcast(&outcome.broadcasts);
                self.sockets.send(socket, Frame::last(&FromServer::Result(outcome.result), permit));
                if let Some(reminder) = outcome.reminder {
                    self.sockets.send(socket, Frame::new(&reminder));
                }
            }
            (Ask::Request(_, to) | Ask::Snapshot(to) | Ask::Settings(to), Decided::Reply(reply)) => {
                self.broadcast(&reply.broadcasts);
                answer(to, reply.status, reply.body);
            }
            (Ask::Join { socket, frames, kick, .. }, Decided::Join(snapshot)) => {
                self.sockets.join(socket, frames, kick);
                self.sockets.send(socket, Frame::new(&FromServer::AuthOk));
                if let Some(snapshot) = snapshot {
                    self.sockets.send(socket, Frame::new(&FromServer::Snapshot(snapshot)));
                }
            }
            (Ask::BlueprintIds(to), Decided::Ids(ids)) => tell(to, ids),
            (Ask::LeastRank(to), Decided::Rank(rank)) => tell(to, rank),
            (Ask::Leave(socket), _) => {
                if self.sockets.leave(socket) && self.sockets.is_empty() {
                    self.saves.soon("last_client");
                }
            }
            (Ask::Garbage { socket, permit }, _) => {
                let result = FromServer::Result(AdminResult::invalid_packet());
                self.sockets.send(socket, Frame::last(&result, permit));
            }
            (Ask::Collect(candidates, to), _) => tell(to, gc::remove_unreferenced(&*self.store, &candidates)),
            // Every question is paired with its own decision in `decide`.
            (_, _) => (),
        }
    }

    fn broadcast(&mut self, messages: &[FromServer]) {
        for message in messages {
            self.sockets.broadcast(&Frame::new(message));
            self.pending.push(message);
        }
    }

    /// The store did not take it: the answer says that nothing happened.
    fn fail(&mut self, ask: Ask) {
        match ask {
            Ask::Command { socket, command, permit } => {
                let result = AdminResult::refused(command.request_id, "server_error", Detail::None);
                self.sockets.send(socket, Frame::last(&FromServer::Result(result), permit));
            }
            Ask::Request(_, to) | Ask::Snapshot(to) | Ask::Settings(to) => {
                answer(to, 500, json!({"error": "server_error"}));
            }
            // The client comes back; an error means that it is gone already.
            Ask::Join { kick, .. } => kick.send("the world cannot be read").unwrap_or_default(),
            // Dropped: whoever asked is told that there is no answer.
            Ask::BlueprintIds(_) | Ask::LeastRank(_) => (),
            ask @ (Ask::Leave(_) | Ask::Garbage { .. } | Ask::Collect(..) | Ask::Stop) => {
                self.deliver(ask, Decided::Plain);
            }
        }
    }
}

impl Decided {
    fn writes(&self) -> &[Change] {
        match self {
            Decided::Command(outcome) => &outcome.writes,
            Decided::Reply(reply) => &reply.writes,
            Decided::Join(_) | Decided::Ids(_) | Decided::Rank(_) | Decided::Plain => &[],
        }
    }
}

fn read(body: Value) -> Reply {
    Reply { status: 200, body, broadcasts: Vec::new(), writes: Vec::new() }
}

/// The newest snapshot that is wanted, those of this very group included.
fn find(
    store: &dyn Store,
    unwritten: &[Change],
    wanted: Wanted<'_>,
) -> Result<Option<DeploySnapshot>, StoreError> {
    let fresh = unwritten.iter().rev().filter_map(|write| match write {
        Change::PutRow(Table::DeploySnapshot, row) => DeploySnapshot::read(row),
        _ => None,
    });
    if let Some(fresh) = fresh.into_iter().find(|it| it.is(wanted)) {
        return Ok(Some(fresh));
    }
    let rows = store.rows(Table::DeploySnapshot)?;
    Ok(rows.iter().rev().filter_map(DeploySnapshot::read).find(|it| it.is(wanted)))
}

/// Whoever asked may have hung up meanwhile; what was decided stands either way.
fn answer(to: oneshot::Sender<Answer>, status: u16, body: Value) {
    tell(to, Answer { status, body });
}

fn tell<T>(to: oneshot::Sender<T>, what: T) {
    drop(to.send(what));
}
