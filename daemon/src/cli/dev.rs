//! `bowline dev`: the main job.

use std::process::ExitCode;
use std::time::Instant;

use tokio::sync::mpsc;

use super::DevArgs;
use super::local::root;
use crate::ask::Asked;
use crate::control;
use crate::input::Input;
use crate::mirror::{Mirror, Mode, Wanted};
use crate::print::Format;
use crate::report::{Blame, Report};
use crate::request;
use crate::tell::Told;
use bowline_model::layout::STATE_FOLDER;

/// Mirrors until told to stop.
pub(crate) async fn run(args: DevArgs, format: Format) -> Result<ExitCode, Report> {
    let DevArgs { project, isolation } = args;
    let started = Instant::now();
    let root = root(&project.dir)?;
    let state = root.join(STATE_FOLDER);
    let wanted = Wanted { target: project.target.as_deref(), isolation: isolation.isolation };
    let mut mirror = Mirror::open(&root, wanted, Mode::Live(format)).await?;
    let started_control = control::start(&state, project.target).await;
    let (address, asks) = started_control.map_err(no_control)?;
    mirror.announce(address.url.rsplit(':').next().and_then(|it| it.parse().ok()).unwrap_or(0));
    forward(asks, mirror.inbox());
    stop_on_signal(mirror.inbox());
    let (world, world_id, admin_code_file) = mirror.world_address();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (apps, control) = (mirror.app_count(), address.url.clone());
    mirror.say(Told::Ready { world, world_id, admin_code_file, control, apps, ms });
    let ended = request::serve(&mut mirror).await;
    control::withdraw(&state);
    mirror.close().await;
    ended.map(|()| ExitCode::SUCCESS)
}

fn no_control(error: std::io::Error) -> Report {
    Report::new(Blame::User, "no_control", format!("commands cannot be taken: {error}"))
        .at(".bowline/control.json")
        .help("check that the disk has room and that .bowline can be written to")
}

fn forward(mut asks: mpsc::Receiver<Asked>, inbox: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        while let Some(asked) = asks.recv().await {
            if inbox.send(Input::Asked(asked)).await.is_err() {
                return;
            }
        }
    });
}

fn stop_on_signal(inbox: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        let signal = super::stop_signal().await;
        // If the mirror has ended already, that is what was wanted.
        drop(inbox.send(Input::Stop(signal)).await);
    });
}
