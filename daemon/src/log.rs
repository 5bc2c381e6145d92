//! `.bowline/bowline.log`: what happened, for whoever has to find out why. Never the terminal.
//!
//! `BOWLINE_LOG` says how much, as `BOWLINE_LOG=debug` or `BOWLINE_LOG=bowline_link=trace`.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// A log this long is put aside at the next start, in place of the one before it: there are never
/// more than two.
const BYTES_MAX: u64 = 5 * 1024 * 1024;

const FILE: &str = "bowline.log";
const OLD: &str = "bowline.log.old";
const DEFAULT: &str = "warn,bowline=info,bowline_disk=info,bowline_link=info,bowline_host=info";

/// Begins to log into the state folder of a project.
///
/// A log that cannot be written keeps nobody from working: then there is none.
pub(crate) fn start(folder: &Path) {
    let Ok(file) = open(folder) else { return };
    let filter = EnvFilter::try_from_env("BOWLINE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Lines(file));
    // Only fails if there is a log already.
    log.try_init().ok();
}

fn open(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let place = folder.join(FILE);
    if std::fs::metadata(&place).is_ok_and(|it| it.len() > BYTES_MAX) {
        std::fs::rename(&place, folder.join(OLD))?;
    }
    OpenOptions::new().create(true).append(true).open(place)
}

/// A file that several threads, and several commands, append whole lines to.
struct Lines(File);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a File;

    fn make_writer(&'a self) -> &'a File {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_put_aside_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join(FILE);
        std::fs::write(&place, "short\n").unwrap();
        open(dir.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "short\n");
        File::options().write(true).open(&place).unwrap().set_len(BYTES_MAX + 1).unwrap();
        open(dir.path()).unwrap();
        assert_eq!(std::fs::metadata(&place).unwrap().len(), 0);
        assert_eq!(std::fs::metadata(dir.path().join(OLD)).unwrap().len(), BYTES_MAX + 1);
    }
}
