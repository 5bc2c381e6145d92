//! What scripts said in their turn: lines, events, messages, and what they store; kept even when they were
//! stopped.

use std::sync::Arc;

use serde_json::Value;

use super::rate::{Line, STORED_BYTES_MAX};
use super::{World, WorldEvent};
use crate::script::{Emitted, Event, Life, Said, Stored};
use crate::world::Level;

impl World {
    /// What one said that is none any more: nobody is there for an answer.
    pub(super) fn hear_last(&mut self, mut said: Said, entity: &str) {
        said.life.retain(|it| matches!(it, Life::Chat { .. }));
        self.hear(said, entity);
    }

    pub(super) fn hear(&mut self, said: Said, entity: &str) {
        let app = self.instances.get(entity).map(|it| it.app().to_owned()).unwrap_or_default();
        self.store_denied += said.denied;
        for (level, text) in said.lines {
            self.log(&app, entity, level, text);
        }
        for sent in said.sends {
            let data = serde_json::from_str(&sent.data).unwrap_or(Value::Null);
            let (name, to, except) = (sent.name, sent.to, sent.except);
            let version = self.instances.get(entity).map_or(0, |it| it.version);
            let entity = entity.to_owned();
            self.events.push(WorldEvent::Send { entity, name, data, to, except, version });
        }
        for Emitted { name, data } in said.emits {
            if !self.rates.emit(&app, name.len() + data.len()) {
                self.log(&app, entity, Level::Warn, "too_many_events: the rest is dropped".to_owned());
                break;
            }
            self.emitted.push(Event { name, data, from: None });
        }
        if !said.writes.is_empty() {
            self.store(&app, entity, said.writes);
        }
        self.hear_life(said.life, entity);
    }

    /// `world.set`, as much of it as there is room for.
    fn store(&mut self, app: &str, entity: &str, writes: Vec<Stored>) {
        let mut bytes: usize = self.storage.iter().map(|(key, it)| key.len() + it.len()).sum();
        for Stored { key, value } in writes {
            let before = self.storage.get(&key).map_or(0, |it| key.len() + it.len());
            let after = bytes - before + key.len() + value.len();
            if after > STORED_BYTES_MAX {
                let text =
                    format!("storage_full: `{key}` is not kept: there are {} MB", STORED_BYTES_MAX >> 20);
                self.log(app, entity, Level::Error, text);
                continue;
            }
            bytes = after;
            Arc::make_mut(&mut self.storage).insert(key, value);
        }
    }

    pub(super) fn log(&mut self, app: &str, entity: &str, level: Level, text: String) {
        let most = self.limits.log_lines_per_second;
        let (level, text) = match self.rates.line(app, self.clock.0, most) {
            Line::Kept => (level, text),
            Line::TooMany => {
                let text = format!("too_many_lines: more than {most} in a second; the rest of it is dropped");
                (Level::Warn, text)
            }
            Line::Dropped => return,
        };
        let lines = self.logs.entry(app.to_owned()).or_default();
        lines.push_back((self.clock.0, level, text.clone()));
        while lines.len() > self.limits.log_lines {
            lines.pop_front();
        }
        self.events.push(WorldEvent::Log { app: app.to_owned(), entity: entity.to_owned(), level, text });
    }
}
