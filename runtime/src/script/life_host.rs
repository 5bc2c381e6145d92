//! What the prelude asks of the host about players, the chat and the network: checked here, collected
//! with the rest of what a script says, and done by the world after all scripts have run.

use std::rc::Rc;
use std::sync::Arc;

use rquickjs::{ArrayBuffer, CatchResultExt as _, Ctx, Exception, Function, Object, Value};
use serde_json::json;

use super::console::Console;
use super::{Life, Players};
use crate::fetch::{FetchRequest, FetchResponse};
use crate::player::Act;

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
    /// What is new since the last time, as JSON; `None` if nothing is.
    pub(super) fn news(&mut self, players: &Arc<Players>) -> Option<String> {
        if Arc::ptr_eq(&self.0, players) {
            return None;
        }
        let before = std::mem::replace(&mut self.0, Arc::clone(players));
        let (put, gone) = players.since(&before);
        let nothing = put.is_empty() && gone.is_empty();
        (!nothing).then(|| json!({ "put": put, "gone": gone }).to_string())
    }
}

/// Calls `answered(number, head, bytes)` of the bridge.
pub(super) fn answer<'js>(
    ctx: &Ctx<'js>,
    bridge: &Object<'js>,
    (number, response): &(u32, Option<Arc<FetchResponse>>),
) -> Result<(), rquickjs::CaughtError<'js>> {
    let call = || {
        let answered: Function<'js> = bridge.get("fetched")?;
        match response {
            None => answered.call::<_, Value<'js>>((*number, Value::new_null(ctx.clone()))),
            Some(it) => {
                let headers: serde_json::Map<_, _> =
                    it.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                let head = json!({ "status": it.status, "statusText": it.status_text, "headers": headers });
                let head: Object<'js> = ctx.json_parse(head.to_string())?.get()?;
                // The engine has no decoder of its own.
                head.set("text", String::from_utf8_lossy(&it.body).into_owned())?;
                let bytes = ArrayBuffer::new(ctx.clone(), it.body.clone())?;
                answered.call::<_, Value<'js>>((*number, head, bytes))
            }
        }
    };
    call().catch(ctx).map(drop)
}
