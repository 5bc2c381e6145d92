//! The project's own world: started in this process, reached over the wire like any other.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bowline_host::{HostError, Options, Running};
use bowline_store::{DiskStore, StoreError};

use crate::report::{Blame, Report};
use crate::settings::{Remote, ScriptSettings};

/// Starts the world whose data is in `data`, on the port it had last time if that is free.
pub(crate) async fn start(data: &Path, script: &ScriptSettings) -> Result<(Running, Remote), Report> {
    let code = admin_code(data, None)?;
    let last = std::fs::read_to_string(data.join("port")).ok().and_then(|it| it.trim().parse().ok());
    let wanted = last.unwrap_or(0);
    let at = |port: u16| {
        let bind = SocketAddr::from(([127, 0, 0, 1], port));
        Terms { code: &code, bind, safe_mode: false, script: script.clone() }
    };
    let running = match serve(data, at(wanted)).await {
        Err(HostError::Listen { .. }) if wanted != 0 => serve(data, at(0)).await,
        other => other,
    };
    let running = running.map_err(|error| refused(error, data))?;
    remember_port(data, running.addr.port());
    let remote = Remote {
        name: "local".to_owned(),
        url: format!("http://{}", running.addr),
        world_id: Some(running.world_id.clone()),
        admin_code: Some(code),
    };
    Ok((running, remote))
}

/// Where the world is that was last served from `data` by a mirror; nothing if there never was one. It may
/// have ended since.
pub(crate) fn running(data: &Path) -> Option<Remote> {
    let port: u16 = std::fs::read_to_string(data.join("port")).ok()?.trim().parse().ok()?;
    let code = std::fs::read_to_string(code_file(data)).ok()?;
    Some(Remote {
        name: "local".to_owned(),
        url: format!("http://127.0.0.1:{port}"),
        world_id: None,
        admin_code: Some(code.trim().to_owned()),
    })
}

/// How a world is served.
pub(crate) struct Terms<'a> {
    pub(crate) code: &'a str,
    pub(crate) bind: SocketAddr,
    /// With the core definitions alone, and no scripts.
    pub(crate) safe_mode: bool,
    /// What scripts may use.
    pub(crate) script: ScriptSettings,
}

async fn serve(data: &Path, terms: Terms<'_>) -> Result<Running, HostError> {
    let folder = data.to_owned();
    let store = tokio::task::spawn_blocking(move || DiskStore::open(&folder))
        .await
        .map_err(std::io::Error::other)??;
    let Terms { code, bind, safe_mode, script: ScriptSettings { limits, fetch } } = terms;
    let admin_code = code.to_owned();
    let options = Options { admin_code, bind, safe_mode, limits, fetch, ..Options::new(Arc::new(store)) };
    bowline_host::start(options).await
}

/// Serves a world until told to stop.
pub(crate) async fn start_at(data: &Path, terms: Terms<'_>) -> Result<Running, Report> {
    serve(data, terms).await.map_err(|error| refused(error, data))
}

/// The file that holds the world's admin code.
pub(crate) fn code_file(data: &Path) -> PathBuf {
    data.join("admin-code")
}

/// The world's admin code: the given one, the one it had, or a new one.
pub(crate) fn admin_code(data: &Path, given: Option<&str>) -> Result<String, Report> {
    let file = code_file(data);
    let old = std::fs::read_to_string(&file).ok().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let code =
        given.map(str::to_owned).or(old.clone()).unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    if old.as_deref() != Some(code.as_str()) {
        write_private(&file, &code).map_err(|error| Report::from(error).at(file.display()))?;
    }
    Ok(code)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

fn remember_port(data: &Path, port: u16) {
    // Only a convenience: the address of the preview stays the same.
    if let Err(error) = std::fs::write(data.join("port"), port.to_string()) {
        tracing::debug!(%error, "the port could not be remembered");
    }
}

fn refused(error: HostError, data: &Path) -> Report {
    let report = |code, what: &str| Report::new(Blame::User, code, what);
    match &error {
        HostError::Store(StoreError::Locked { .. }) => {
            report("world_in_use", "another process has this world open, and only one may write it")
                .at(data.display())
                .help("stop that one; `bowline world serve` can serve another world with --data")
        }
        HostError::Listen { address, source } if source.kind() == std::io::ErrorKind::AddrInUse => {
            report("port_taken", &format!("another program has port {} already", address.port()))
                .help("name another port, or 0 for a free one")
        }
        HostError::Listen { address, source } => {
            report("cannot_listen", &format!("cannot listen on {address}: {source}"))
                .help("name an address of this machine; 127.0.0.1 always is one")
        }
        // Exit 3, as for a world that is away: nothing a person typed is wrong.
        HostError::Core(_) | HostError::Record { .. } => {
            Report::new(Blame::World, "world_does_not_start", &error).at(data.display()).help(format!(
                "bowline world serve --safe-mode --data {} starts it with the core definitions alone",
                data.display()
            ))
        }
        error => report("world_data", &error.to_string())
            .at(data.display())
            .help("check that the folder can be read and written, and that the disk has room"),
    }
}
