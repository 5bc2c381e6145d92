//! [`Stage`]: what the running world shows of itself. The tick thread writes it, requests read it;
//! neither waits for the other longer than a copy takes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bowline_runtime::player::Players;
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// Log lines kept per app.
pub(crate) const LINES_MAX: usize = 1000;

/// State hashes kept: a minute of ticks at the usual pace.
const HASHES_MAX: usize = 1200;

/// Events that may wait for one listener; one that is further behind is closed.
const EVENTS_MAX: usize = 1024;

/// A tick that takes this long is not late, it hangs.
const HANGS_AFTER: Duration = Duration::from_secs(2);

/// One line an app said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) app: String,
    pub(crate) entity: String,
    pub(crate) level: String,
    pub(crate) text: String,
    /// `client <player>`; `None` is the server.
    pub(crate) context: Option<String>,
}

impl Line {
    /// As a player is told what its own client said.
    pub(crate) fn told(&self, tick: u64) -> Value {
        json!({
            "type": "log",
            "tick": tick,
            "app": self.app,
            "entity": self.entity,
            "level": self.level,
            "text": self.text,
        })
    }
}

/// One entity's script, as it is after a tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Instance {
    pub(crate) app: String,
    pub(crate) entity: String,
    pub(crate) blueprint: String,
    /// `starting`, `running`, `crashed` or `idle`.
    pub(crate) state: &'static str,
    /// `{code, path, line, column, message, help}` of what stopped it.
    pub(crate) problem: Option<Value>,
    /// How often it was started.
    pub(crate) starts: u64,
    /// `client <player>`; `None` is the server.
    pub(crate) context: Option<String>,
}

/// Where the simulation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Health {
    Runs,
    /// It panicked; the words.
    Failed(String),
}

pub(crate) struct Stage {
    /// Another for every start: line numbers begin anew with it.
    run: String,
    shown: Mutex<Shown>,
    events: broadcast::Sender<String>,
}

struct Shown {
    tick: u64,
    hashes: VecDeque<(u64, String)>,
    instances: Vec<Instance>,
    players: Arc<Players>,
    lines: BTreeMap<String, VecDeque<(u64, u64, Line)>>,
    seq: u64,
    health: Health,
    busy_since: Option<Instant>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let shown = Shown {
            tick: 0,
            hashes: VecDeque::new(),
            instances: Vec::new(),
            players: Arc::default(),
            lines: BTreeMap::new(),
            seq: 0,
            health: Health::Runs,
            busy_since: None,
        };
        let run = uuid::Uuid::new_v4().simple().to_string();
        Stage { run, shown: Mutex::new(shown), events: broadcast::channel(EVENTS_MAX).0 }
    }

    /// What is shown is always whole: a writer that panicked had nothing half done that matters.
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which start of the world this is.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<String> {
        self.events.subscribe()
    }

    /// A tick begins, or something between two; until [`Stage::after`] the simulation is busy.
    pub(crate) fn before(&self) {
        self.shown().busy_since = Some(Instant::now());
    }

    /// A tick is done, or something after it.
    pub(crate) fn after(&self, tick: u64, hash: String, instances: Option<Vec<Instance>>) {
        let mut shown = self.shown();
        shown.tick = tick;
        shown.busy_since = None;
        if shown.hashes.back().is_some_and(|(it, _)| *it == tick) {
            shown.hashes.pop_back();
        }
        shown.hashes.push_back((tick, hash));
        if shown.hashes.len() > HASHES_MAX {
            shown.hashes.pop_front();
        }
        if let Some(instances) = instances {
            shown.instances = instances;
        }
    }

    /// Who is in the world now.
    pub(crate) fn players(&self, players: Arc<Players>) {
        self.shown().players = players;
    }

    /// Who is in the world.
    pub(crate) fn who(&self) -> Arc<Players> {
        Arc::clone(&self.shown().players)
    }

    /// The simulation is over; the port goes on.
    pub(crate) fn failed(&self, why: &str) {
        let mut shown = self.shown();
        shown.busy_since = None;
        shown.health = Health::Failed(why.to_owned());
        drop(shown);
        self.tell(&json!({"type": "simulation", "state": "failed", "message": why}));
    }

    pub(crate) fn log(&self, tick: u64, line: Line) {
        let mut shown = self.shown();
        shown.seq += 1;
        let seq = shown.seq;
        let event = line_json(seq, tick, &line);
        let ring = shown.lines.entry(line.app.clone()).or_default();
        ring.push_back((seq, tick, line));
        if ring.len() > LINES_MAX {
            ring.pop_front();
        }
        drop(shown);
        let mut all = json!({"type": "log"});
        merge(&mut all, event);
        self.tell(&all);
    }

    /// Tells every listener. Without one nobody hears it, which is no error.
    pub(crate) fn tell(&self, event: &Value) {
        drop(self.events.send(event.to_string()));
    }

    /// `{state: running|hanging|failed, message?}` and where it stands, seen from `now`.
    pub(crate) fn info(&self, now: Instant) -> Value {
        let shown = self.shown();
        let hangs = shown.busy_since.is_some_and(|it| now.duration_since(it) > HANGS_AFTER);
        let simulation = match &shown.health {
            Health::Failed(why) => json!({"state": "failed", "message": why}),
            Health::Runs if hangs => json!({"state": "hanging", "message": "a tick does not end"}),
            Health::Runs => json!({"state": "running"}),
        };
        let hash = shown.hashes.back().map(|(_, hash)| hash);
        json!({"tick": shown.tick, "stateHash": hash, "simulation": simulation})
    }

    /// The hash after `tick`, or after the last one; `None` when it is no longer, or not yet, known.
    pub(crate) fn hash(&self, tick: Option<u64>) -> Option<(u64, String)> {
        let shown = self.shown();
        match tick {
            Some(tick) => shown.hashes.iter().find(|(it, _)| *it == tick).cloned(),
            None => shown.hashes.back().cloned(),
        }
    }

    pub(crate) fn instances(&self) -> Vec<Instance> {
        self.shown().instances.clone()
    }

    /// The newest `limit` lines after `since`, of one app or of all, oldest first.
    pub(crate) fn lines(&self, app: Option<&str>, since: u64, limit: usize) -> Vec<Value> {
        let shown = self.shown();
        let rings = shown.lines.iter().filter(|(name, _)| app.is_none_or(|app| app == name.as_str()));
        let mut lines: Vec<_> = rings.flat_map(|(_, ring)| ring).filter(|(seq, ..)| *seq > since).collect();
        lines.sort_by_key(|(seq, ..)| *seq);
        let skip = lines.len().saturating_sub(limit);
        lines[skip..].iter().map(|(seq, tick, line)| line_json(*seq, *tick, line)).collect()
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

fn line_json(seq: u64, tick: u64, line: &Line) -> Value {
    let mut json = json!({
        "seq": seq,
        "tick": tick,
        "app": line.app,
        "entity": line.entity,
        "level": line.level,
        "text": line.text,
    });
    if let Some(context) = &line.context {
        json["context"] = context.as_str().into();
    }
    json
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(stage: &Stage, app: &str, text: &str) {
        let entity = "e".to_owned();
        stage.log(
            7,
            Line {
                app: app.to_owned(),
                entity,
                level: "info".to_owned(),
                text: text.to_owned(),
                context: None,
            },
        );
    }

    fn texts(lines: &[Value]) -> String {
        let one = |it: &Value| format!("{}{}", it["seq"], it["text"].as_str().unwrap_or_default());
        lines.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_are_numbered_over_all_apps_and_cut_from_the_old_end() {
        let stage = Stage::new();
        [("A", "x"), ("B", "y"), ("A", "z")].iter().for_each(|(app, text)| say(&stage, app, text));
        assert_eq!(texts(&stage.lines(None, 0, 10)), "1x 2y 3z");
        assert_eq!(texts(&stage.lines(Some("A"), 1, 10)), "3z");
        assert_eq!(texts(&stage.lines(None, 0, 2)), "2y 3z");
        (0..LINES_MAX).for_each(|_| say(&stage, "A", "n"));
        assert_eq!(stage.lines(Some("A"), 0, usize::MAX).len(), LINES_MAX);
        assert_eq!(texts(&stage.lines(Some("B"), 0, 10)), "2y");
    }

    #[test]
    fn a_tick_that_does_not_end_is_called_hanging() {
        let stage = Stage::new();
        let state = |now| stage.info(now)["simulation"]["state"].clone();
        stage.before();
        assert_eq!(state(Instant::now()), "running");
        assert_eq!(state(Instant::now() + 2 * HANGS_AFTER), "hanging");
        stage.after(1, "h".to_owned(), None);
        assert_eq!(state(Instant::now() + 2 * HANGS_AFTER), "running");
    }

    #[test]
    fn the_hash_of_a_past_tick_can_be_asked_for_a_while() {
        let stage = Stage::new();
        (1..=2000).for_each(|tick| stage.after(tick, format!("h{tick}"), None));
        assert_eq!(stage.hash(None), Some((2000, "h2000".to_owned())));
        assert_eq!(stage.hash(Some(1500)), Some((1500, "h1500".to_owned())));
        assert_eq!(stage.hash(Some(3)), None);
    }
}
