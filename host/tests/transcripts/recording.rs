//! A recording as a list of events, and the world it began with.

use std::collections::BTreeMap;

use bowline_store::Table;
use serde_json::{Map, Value};

use crate::peer::Exchange;

pub(crate) struct Recording {
    pub(crate) events: Vec<Event>,
    lines: Vec<Value>,
    /// For each event, its line.
    places: Vec<usize>,
}

pub(crate) enum Event {
    Open { x: u64 },
    Say { x: u64, bytes: Vec<u8> },
    Close { x: u64, code: Option<u16> },
    Hear { x: u64, bytes: Vec<u8> },
    Closed { x: u64, code: Option<u16> },
    Request { x: u64, exchange: Exchange },
    Response { x: u64, status: u16, headers: BTreeMap<String, String>, body: Vec<u8> },
}

/// What another client did while the recorder could not see it.
pub(crate) struct RemoteEdit {
    pub(crate) blueprint: Map<String, Value>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

fn read_lines(name: &str) -> Vec<Value> {
    let path = bowline_fixtures::wire_dir().join(format!("transcripts/{name}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

impl Recording {
    pub(crate) fn read(name: &str) -> Recording {
        let lines = read_lines(name);
        let mut closing = Vec::new();
        let parsed =
            lines.iter().enumerate().filter_map(|(place, line)| Some((place, event(line, &mut closing)?)));
        let (places, events) = parsed.unzip();
        Recording { events, lines, places }
    }

    /// The admin code its clients showed.
    pub(crate) fn admin_code(&self) -> &str {
        let open = self.note_of(0).contains("without ADMIN_CODE");
        if open { "" } else { "benchcode" }
    }

    fn note_of(&self, place: usize) -> &str {
        self.lines[place]["text"].as_str().unwrap_or_default()
    }

    /// The last note above an event: what it is meant to show.
    pub(crate) fn note_before(&self, event: usize) -> &str {
        let above = (0..=self.places[event]).rev().map(|place| self.note_of(place));
        above.into_iter().find(|note| !note.is_empty()).unwrap_or_default()
    }

    /// The first snapshot in the file, or the one all recordings began with.
    fn snapshot(&self) -> Value {
        first_snapshot(&self.lines)
            .or_else(|| first_snapshot(&read_lines("02-snapshot")))
            .expect("02 has one")
    }

    /// The rows it began with: those of its snapshot, without what the file itself added before that.
    pub(crate) fn seed(&self) -> Vec<(Table, Vec<Value>)> {
        let snapshot = self.snapshot();
        let added: Vec<&Value> = self.lines.iter().filter(|it| it["packet"] == "blueprintAdded").collect();
        let is_new = |row: &Value| added.iter().any(|it| it["data"]["id"] == row["id"]);
        let rows = |key: &str| snapshot[key].as_array().cloned().unwrap_or_default();
        let mut blueprints = rows("blueprints");
        blueprints.retain(|it| !is_new(it));
        vec![
            (Table::Blueprint, blueprints),
            (Table::Entity, self.entities().unwrap_or_else(|| rows("entities"))),
        ]
    }

    /// Entities have random ids; a file without a snapshot may still list them.
    fn entities(&self) -> Option<Vec<Value>> {
        if first_snapshot(&self.lines).is_some() {
            return None;
        }
        let listed = self.lines.iter().filter_map(|it| body_json(it)?.get("entities")?.as_array().cloned());
        listed.into_iter().next()
    }

    pub(crate) fn settings(&self) -> Vec<(String, Value)> {
        let settings = self.snapshot()["settings"].as_object().cloned().unwrap_or_default();
        settings.into_iter().collect()
    }

    /// If the note right above an event says that another client did it: what that client did.
    pub(crate) fn remote_edit_before(&self, event: usize) -> Option<RemoteEdit> {
        let place = self.places[event];
        if !self.note_of(place.checked_sub(1)?).starts_with("REMOTE") {
            return None;
        }
        let blueprint = self.lines[place]["data"].as_object()?.clone();
        let names = blueprint["scriptFiles"].as_object()?.values();
        let names = names.filter_map(|it| it.as_str()?.strip_prefix("asset://"));
        let files = names.map(|name| (name.to_owned(), self.downloaded(name))).collect();
        Some(RemoteEdit { blueprint, files })
    }

    /// The bytes of an asset, as some client downloaded them.
    fn downloaded(&self, name: &str) -> Vec<u8> {
        let path = format!("/assets/{name}");
        let request = self.lines.iter().find(|it| it["path"] == path.as_str()).expect("it was downloaded");
        let response = self.lines.iter().find(|it| it["kind"] == "http_res" && it["x"] == request["x"]);
        body(response.expect("and it came"))
    }
}

fn first_snapshot(lines: &[Value]) -> Option<Value> {
    let of_socket = |it: &Value| (it["packet"] == "snapshot").then(|| it["data"].clone());
    let of_http = |it: &Value| body_json(it).filter(|it| it.get("blueprints").is_some());
    lines.iter().find_map(|it| of_socket(it).or_else(|| of_http(it)))
}

fn body_json(line: &Value) -> Option<Value> {
    if line["kind"] != "http_res" { None } else { serde_json::from_str(line["body"].as_str()?).ok() }
}

/// Frames of a client after its own close are the library's business; so is what it hears then.
fn event(line: &Value, closing: &mut Vec<u64>) -> Option<Event> {
    let x = line["x"].as_u64().unwrap_or_default();
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    match (line["kind"].as_str()?, line["dir"].as_str(), line["packet"].as_str()) {
        ("ws_open", ..) => Some(Event::Open { x }),
        ("ws", Some("c2s"), Some("CLOSE")) => {
            let first = !closing.contains(&x);
            closing.push(x);
            first.then(|| Event::Close { x, code: code(line) })
        }
        ("ws", Some("s2c"), Some("CLOSE")) => {
            let first = !closing.contains(&x);
            // The server's own close is answered by our library: the client's recorded answer is not.
            closing.push(x);
            first.then(|| Event::Closed { x, code: code(line) })
        }
        ("ws", Some("c2s"), _) => Some(Event::Say { x, bytes: hex(&text("hex")) }),
        ("ws", ..) => Some(Event::Hear { x, bytes: hex(&text("hex")) }),
        ("http_req", ..) => {
            let (method, path) = (text("method"), text("path"));
            let exchange = Exchange { host: None, method, path, headers: headers(line), body: body(line) };
            Some(Event::Request { x, exchange })
        }
        ("http_res", ..) => Some(Event::Response {
            x,
            status: line["status"].as_u64().expect("a status") as u16,
            headers: headers(line).into_iter().collect(),
            body: body(line),
        }),
        _ => None,
    }
}

fn code(line: &Value) -> Option<u16> {
    line["code"].as_u64().map(|it| it as u16)
}

fn headers(line: &Value) -> Vec<(String, String)> {
    let pair = |it: &Value| Some((it[0].as_str()?.to_lowercase(), it[1].as_str()?.to_owned()));
    line["headers"].as_array().map(|it| it.iter().filter_map(pair).collect()).unwrap_or_default()
}

fn body(line: &Value) -> Vec<u8> {
    if let Some(text) = line["body"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(text) = line["body_latin1"].as_str() {
        return text.chars().map(|it| u8::try_from(u32::from(it)).expect("latin1")).collect();
    }
    line["body_hex"].as_str().map(hex).unwrap_or_default()
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(byte).collect()
}

/// The scope of a lock that `exchange` acquires for one second.
pub(crate) fn one_second_lock(exchange: &Exchange) -> Option<String> {
    let body: Value = serde_json::from_slice(&exchange.body).ok()?;
    let acquires = exchange.method == "POST" && exchange.path == "/admin/deploy-lock" && body["ttl"] == 1;
    acquires.then(|| body["scope"].as_str().unwrap_or_default().to_owned())
}
