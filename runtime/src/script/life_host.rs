//! What the prelude asks of the host about players, the chat and the network: checked here, collected
//! with the rest of what a script says, and done by the world after all scripts have run.

use std::rc::Rc;
use std::sync::Arc;

use rquickjs::{Ctx, Exception, Function, Object};
use serde_json::json;

use super::console::Console;
use super::{Fetched, Life};
use crate::fetch::FetchRequest;
use crate::player::{Act, Players};

/// Gives `host` its `act`, `chat` and `fetch`.
pub(super) fn install<'js>(
    console: &Rc<Console>,
    ctx: &Ctx<'js>,
    host: &Object<'js>,
) -> rquickjs::Result<()> {
    let it = Rc::clone(console);
    let act = move |ctx: Ctx<'js>, player: String, act: String| {
        let act: Act = read(&ctx, &act)?;
        it.say_life(&ctx, Life::Act { player, act })
    };
    host.set("act", Function::new(ctx.clone(), act)?)?;
    let it = Rc::clone(console);
    let chat = move |ctx: Ctx<'js>, message: String, broadcast: bool| {
        let message = read(&ctx, &message)?;
        it.say_life(&ctx, Life::Chat { message, broadcast })
    };
    host.set("chat", Function::new(ctx.clone(), chat)?)?;
    let it = Rc::clone(console);
    let fetch = move |ctx: Ctx<'js>, number: u32, request: String| {
        let request: FetchRequest = read(&ctx, &request)?;
        it.say_life(&ctx, Life::Fetch { number, request })
    };
    host.set("fetch", Function::new(ctx.clone(), fetch)?)
}

/// What the prelude spelled. Only a script that found its way to `host` can spell it wrong.
fn read<T: serde::de::DeserializeOwned>(ctx: &Ctx<'_>, json: &str) -> rquickjs::Result<T> {
    serde_json::from_str(json).map_err(|why| Exception::throw_type(ctx, &why.to_string()))
}

impl Console {
    fn say_life(&self, ctx: &Ctx<'_>, life: Life) -> rquickjs::Result<()> {
        self.charge(ctx)?;
        self.said.borrow_mut().life.push(life);
        Ok(())
    }
}

/// What one engine was told of the players.
#[derive(Debug, Default)]
pub(super) struct Told(Arc<Players>);

impl Told {
    /// What is new since the last time; `None` if nothing is.
    pub(super) fn news(&self, players: &Arc<Players>) -> Option<serde_json::Value> {
        if Arc::ptr_eq(&self.0, players) {
            return None;
        }
        let (put, gone) = players.since(&self.0);
        let nothing = put.is_empty() && gone.is_empty();
        (!nothing).then(|| json!({ "put": put, "gone": gone }))
    }

    /// It has been told.
    pub(super) fn told(&mut self, players: &Arc<Players>) {
        self.0 = Arc::clone(players);
    }
}

/// An answer, as the prelude is told it. The engine has no decoder and no base64 of its own: text goes
/// as text, and what is none as one character per byte.
pub(super) fn answer(fetched: &Fetched) -> serde_json::Value {
    let Some(it) = &fetched.response else { return json!({ "number": fetched.number, "head": null }) };
    let headers: serde_json::Map<_, _> =
        it.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let text = String::from_utf8_lossy(&it.body);
    let bytes: Option<String> = match std::str::from_utf8(&it.body) {
        Ok(_) => None,
        Err(_) => Some(it.body.iter().map(|byte| char::from(*byte)).collect()),
    };
    let head = json!({
        "status": it.status, "statusText": it.status_text, "headers": headers, "text": text, "bytes": bytes,
    });
    json!({ "number": fetched.number, "head": head })
}
