//! What scripts asked of the network and have no answer to yet.
//!
//! The world decides who may ask and how much; its host does the asking, outside of every tick, and
//! answers with [`Step::Fetched`](super::Step::Fetched). A replay that is told the same answers is the
//! same world.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Level, World, WorldEvent};
use crate::fetch::{
    FETCH_BODY_BYTES_MAX, FetchRefused, FetchRequest, FetchResponse, FetchRules, HEADERS_MAX,
};
use crate::script::Fetched;

/// Requests of one app that may be under way.
const UNDER_WAY_MAX: usize = 16;

/// Longest address, in bytes.
const URL_BYTES_MAX: usize = 8192;

#[derive(Debug, Default)]
pub(super) struct Fetches {
    rules: FetchRules,
    tickets: u64,
    under_way: BTreeMap<u64, Asker>,
}

#[derive(Debug)]
struct Asker {
    app: String,
    entity: String,
    /// The script's own number for it.
    number: u32,
}

impl Fetches {
    /// Nobody waits for what this script asked any more.
    pub(super) fn forget(&mut self, entity: &str) {
        self.under_way.retain(|_, it| it.entity != entity);
    }
}

impl World {
    /// Lets scripts fetch what `rules` name, from now on; at first it is nothing.
    pub fn allow_fetch(&mut self, rules: FetchRules) {
        self.fetches.rules = rules;
    }

    /// A script asks for something.
    pub(super) fn fetch(&mut self, entity: &str, number: u32, request: FetchRequest) {
        let Some(app) = self.instances.get(entity).map(|it| it.app().to_owned()) else { return };
        if let Some(why) = self.refuses(&app, &request) {
            self.log(&app, entity, Level::Error, why);
            return self.answer(entity, Fetched { number, response: None });
        }
        self.fetches.tickets += 1;
        let ticket = self.fetches.tickets;
        let asker = Asker { app: app.clone(), entity: entity.to_owned(), number };
        self.fetches.under_way.insert(ticket, asker);
        self.events.push(WorldEvent::Fetch { ticket, app, entity: entity.to_owned(), request });
    }

    fn refuses(&self, app: &str, request: &FetchRequest) -> Option<String> {
        let body = request.body.as_ref().map_or(0, String::len);
        let too_large = body > FETCH_BODY_BYTES_MAX
            || request.headers.len() > HEADERS_MAX
            || request.url.len() > URL_BYTES_MAX;
        if too_large {
            let most = format!("{FETCH_BODY_BYTES_MAX} bytes and {HEADERS_MAX} headers");
            return Some(format!("fetch_too_large: a request has at most {most}"));
        }
        if self.fetches.under_way.values().filter(|it| it.app == app).count() >= UNDER_WAY_MAX {
            return Some(format!("too_many_fetches: {UNDER_WAY_MAX} requests of {app} are under way"));
        }
        self.fetches.rules.allow(&request.url).err().map(|why| refusal(&why))
    }

    /// The host's answer, or why there is none.
    pub(super) fn fetched(&mut self, ticket: u64, answer: Result<Arc<FetchResponse>, String>) {
        let Some(Asker { app, entity, number }) = self.fetches.under_way.remove(&ticket) else { return };
        match answer {
            Ok(response) => self.answer(&entity, Fetched { number, response: Some(response) }),
            Err(why) => {
                self.log(&app, &entity, Level::Error, format!("fetch_failed: {why}"));
                self.answer(&entity, Fetched { number, response: None });
            }
        }
    }

    fn answer(&mut self, entity: &str, fetched: Fetched) {
        if let Some(instance) = self.instances.get_mut(entity) {
            instance.fetched.push(fetched);
            self.told.insert(entity.to_owned());
        }
    }
}

fn refusal(why: &FetchRefused) -> String {
    let help = match why {
        FetchRefused::NotListed(origin) | FetchRefused::Private(origin) => {
            format!(" (to allow it, write in bowline.toml: [script] fetch = [\"{origin}\"])")
        }
        FetchRefused::NoUrl(_) | FetchRefused::Scheme(_) => String::new(),
    };
    format!("fetch_not_allowed: {why}{help}")
}
