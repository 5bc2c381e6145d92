//! `bowline world serve`: a world on its own port.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::ServeArgs;
use crate::local_world;
use crate::print::{self, Format};
use crate::report::{Blame, Report};
use crate::settings::{ScriptSettings, script_settings};
use bowline_model::layout::STATE_FOLDER;

/// Serves until told to stop.
pub(crate) async fn run(args: ServeArgs, format: Format) -> Result<ExitCode, Report> {
    let started = std::time::Instant::now();
    crate::log::start(&args.data);
    let code = local_world::admin_code(&args.data, args.admin_code.as_deref())?;
    let bind = SocketAddr::new(args.bind, args.port);
    let script = settings_of(&args.data)?.with(args.isolation.isolation);
    let terms = local_world::Terms { code: &code, bind, safe_mode: args.safe_mode, script };
    let running = local_world::start_at(&args.data, terms).await?;
    let (url, file) = (format!("http://{}", running.addr), local_world::code_file(&args.data));
    let safe_mode =
        if args.safe_mode { "         in safe mode: the core definitions, no scripts\n" } else { "" };
    let ms = started.elapsed().as_millis();
    print::line(&match format {
        Format::Json => json!({
            "event": "ready", "world": url, "world_id": running.world_id, "admin_code_file": file,
            "pid": std::process::id(), "ms": u64::try_from(ms).unwrap_or(u64::MAX),
        })
        .to_string(),
        Format::Text => format!(
            "bowline: world {} at {url}\n{safe_mode}         its admin code is in {}\n         Ctrl-C ends",
            running.world_id,
            file.display()
        ),
    });
    let signal = super::stop_signal().await;
    running.stop_because(signal).await.map_err(|error| Report::new(Blame::Us, "world", error))?;
    Ok(ExitCode::SUCCESS)
}

/// What scripts may use: `bowline.toml` beside the data, or of the project whose own world it is.
fn settings_of(data: &Path) -> Result<ScriptSettings, Report> {
    let data = std::path::absolute(data)?;
    let state = data.parent().filter(|it| it.file_name().is_some_and(|it| it == STATE_FOLDER));
    Ok(script_settings(state.and_then(Path::parent).unwrap_or(&data))?)
}
