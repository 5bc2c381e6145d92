//! `bowline logs`: what scripts printed, once or as it comes.
//!
//! To follow, the world's own socket is listened to; whenever it opens, what was missed is asked for.
//! A world that is started again numbers its lines anew and says so by another `run`.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

use super::{Project, local, stop_signal};
use crate::ask::Request;
use crate::control;
use crate::feed::{self, NoFeed};
use crate::http;
use crate::local_world;
use crate::print::{self, Format, Paint};
use crate::report::Report;
use crate::request::logs::{line, not_offered};
use crate::settings::{Remote, WorldChoice, world_choice};
use bowline_model::layout::STATE_FOLDER;

/// Before a world that is away is looked for again.
const PAUSE: Duration = Duration::from_millis(300);

/// Which lines.
pub(crate) struct Wanted {
    /// Of this app; of all when not said.
    pub(crate) app: Option<String>,
    /// After this number.
    pub(crate) since: u64,
}

/// Shows the lines there are.
pub(crate) async fn show(project: Project, wanted: Wanted, format: Format) -> Result<ExitCode, Report> {
    let Wanted { app, since } = wanted;
    let with_app = app.is_none();
    let mut answer = local::answer(&project, Request::Logs { app, since }).await?;
    let paint = Paint::of_terminal();
    let lines = answer.json.get("lines").and_then(Value::as_array).into_iter().flatten();
    let lines: Vec<String> =
        lines.map(|it| line(it, with_app)).map(|(ink, text)| paint.on(ink, &text)).collect();
    answer.text = lines.join("\n");
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

/// Shows the lines there are and every further one, until told to stop.
pub(crate) async fn follow(project: Project, wanted: Wanted, format: Format) -> Result<ExitCode, Report> {
    let mut follower =
        Follower { app: wanted.app, last: wanted.since, run: None, format, paint: Paint::of_terminal() };
    tokio::select! {
        ended = follower.follow(&project) => ended.map(|()| ExitCode::SUCCESS),
        _ = stop_signal() => Ok(ExitCode::SUCCESS),
    }
}

struct Follower {
    app: Option<String>,
    /// The number of the last line that was shown.
    last: u64,
    /// Which start of the world that was.
    run: Option<String>,
    format: Format,
    paint: Paint,
}

impl Follower {
    /// Ends only with an error that waiting does not mend.
    async fn follow(&mut self, project: &Project) -> Result<(), Report> {
        let root = local::root(&project.dir)?;
        let choice = world_choice(&root, project.target.as_deref(), &|key| std::env::var(key).ok())?;
        let state = root.join(STATE_FOLDER);
        let data = state.join("world");
        loop {
            let world = match &choice {
                WorldChoice::Remote(remote) => Some(remote.clone()),
                // Only while a mirror says it runs: the port could be somebody else's by now.
                WorldChoice::Local => control::address(&state).and_then(|_| local_world::running(&data)),
            };
            if let Some(world) = world {
                self.listen(&world).await?;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Shows lines until the connection ends, for whatever reason.
    async fn listen(&mut self, world: &Remote) -> Result<(), Report> {
        let mut socket = match feed::connect(world).await {
            Ok(socket) => socket,
            Err(NoFeed::NotOffered) => return Err(not_offered()),
            Err(NoFeed::Away) => return Ok(()),
        };
        if !self.catch_up(world).await? {
            return Ok(());
        }
        while let Some(event) = feed::next(&mut socket).await {
            let is_line = event.get("type").and_then(Value::as_str) == Some("log");
            if is_line && number(&event, "seq") > self.last {
                self.last = number(&event, "seq");
                self.show(event);
            }
        }
        Ok(())
    }

    /// Shows what was said since the last line; false if the world is away again.
    async fn catch_up(&mut self, world: &Remote) -> Result<bool, Report> {
        loop {
            let filter =
                self.app.as_deref().map(|it| format!("&app={}", http::segment(it))).unwrap_or_default();
            let answer = http::get(world, &format!("/bowline/logs?since={}{filter}", self.last)).await;
            let json = match answer {
                Ok(json) => json.ok_or_else(not_offered)?,
                Err(report) if report.code == "world_away" => return Ok(false),
                Err(report) => return Err(report),
            };
            let run = json.get("run").and_then(Value::as_str).map(str::to_owned);
            if self.run.is_some() && run != self.run {
                // Another life: it counts from 1 again.
                (self.run, self.last) = (run, 0);
                continue;
            }
            self.run = run;
            for line in json.get("lines").and_then(Value::as_array).into_iter().flatten() {
                self.last = self.last.max(number(line, "seq"));
                self.show(line.clone());
            }
            return Ok(true);
        }
    }

    fn show(&self, mut said: Value) {
        let app = said.get("app").and_then(Value::as_str).unwrap_or_default();
        if self.app.as_deref().is_some_and(|it| it != app) {
            return;
        }
        if let Some(members) = said.as_object_mut() {
            members.shift_remove("type");
        }
        print::line(&match self.format {
            Format::Json => said.to_string(),
            Format::Text => {
                let (ink, text) = line(&said, self.app.is_none());
                self.paint.on(ink, &text)
            }
        });
    }
}

fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or_default()
}
