//! What the system is asked to watch. On Linux every folder by itself, because a recursive watch
//! would spend the user's watches on `node_modules`; elsewhere the whole project at once.

use std::path::Path;

use notify::{ErrorKind, RecommendedWatcher};

use super::WatchProblem;

/// The system's watcher.
#[derive(Debug)]
pub(super) struct Register {
    watcher: RecommendedWatcher,
}

impl Register {
    pub(super) fn start(watcher: RecommendedWatcher, root: &Path) -> notify::Result<Register> {
        let mut register = Register { watcher };
        register.watch_project(root)?;
        Ok(register)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod per_folder {
    use std::fs;
    use std::path::{Path, PathBuf};

    use notify::{PathOp, RecursiveMode, WatchPathConfig, Watcher as _};

    use super::{ErrorKind, Register};
    use bowline_model::layout::{ROOTS, STATE_FOLDER, is_skipped};

    impl Register {
        /// Watches the top, the roots and all folders below them. Asking twice costs nothing.
        pub(in crate::watch) fn watch_project(&mut self, root: &Path) -> notify::Result<()> {
            self.watch_each(vec![root.join(STATE_FOLDER).join("cookies"), root.to_owned()])?;
            ROOTS.iter().try_for_each(|name| self.watch_below(&root.join(name)))
        }

        /// Watches `folder` and everything below it. Each folder is registered before it is listed,
        /// so that one created in between is either in the listing or has an event.
        pub(in crate::watch) fn watch_below(&mut self, folder: &Path) -> notify::Result<()> {
            let mut level = vec![folder.to_owned()];
            while !level.is_empty() {
                let next = level.clone();
                self.watch_each(level)?;
                level = next.iter().flat_map(|folder| folders_in(folder)).collect();
            }
            Ok(())
        }

        /// Watches folders; those that are gone by now, or that we may not read, are left out: the
        /// scan says so.
        fn watch_each(&mut self, folders: Vec<PathBuf>) -> notify::Result<()> {
            let alone = WatchPathConfig::new(RecursiveMode::NonRecursive).with_dereference_symlinks(false);
            let mut ops: Vec<_> = folders.into_iter().map(|it| PathOp::Watch(it, alone.clone())).collect();
            while !ops.is_empty() {
                match self.watcher.update_paths(std::mem::take(&mut ops)) {
                    Ok(()) => (),
                    Err(error) if matches!(error.source.kind, ErrorKind::MaxFilesWatch) => {
                        return Err(error.source);
                    }
                    Err(error) => {
                        tracing::debug!(%error, folder = ?error.origin, "a folder is not watched");
                        ops = error.remaining;
                    }
                }
            }
            Ok(())
        }
    }

    fn folders_in(folder: &Path) -> Vec<PathBuf> {
        let Ok(listing) = fs::read_dir(folder) else { return Vec::new() };
        let folders = listing.flatten().filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
        let watched = folders.filter(|it| !it.file_name().to_str().is_some_and(is_skipped));
        watched.map(|it| it.path()).collect()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod recursive {
    use std::path::Path;

    use notify::{RecursiveMode, Watcher as _};

    use super::Register;

    impl Register {
        /// Watches the whole project. Asking twice costs nothing.
        pub(in crate::watch) fn watch_project(&mut self, root: &Path) -> notify::Result<()> {
            self.watcher.watch(root, RecursiveMode::Recursive)
        }

        /// Nothing to do: the project's own watch covers it.
        pub(in crate::watch) fn watch_below(&mut self, _folder: &Path) -> notify::Result<()> {
            Ok(())
        }
    }
}

/// The words for what the system said.
pub(super) fn problem(error: &notify::Error) -> WatchProblem {
    /// "Too many open files": what `inotify_init` says when the user has too many instances.
    const EMFILE: i32 = 24;
    let limit = |sysctl| WatchProblem::LimitReached { sysctl, limit: crate::doctor::sysctl(sysctl) };
    match &error.kind {
        ErrorKind::MaxFilesWatch => limit("fs.inotify.max_user_watches"),
        ErrorKind::Io(io) if cfg!(target_os = "linux") && io.raw_os_error() == Some(EMFILE) => {
            limit("fs.inotify.max_user_instances")
        }
        _ => WatchProblem::Failed(error.to_string()),
    }
}
