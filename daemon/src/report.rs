//! Any error, as what a person reads: what happened, where, the next step. The one place with the
//! words and the exit codes.

use std::fmt;
use std::process::ExitCode;

use bowline_disk::DiskError;
use bowline_model::Problem;

use crate::settings::SettingsError;
use crate::state::StateError;

/// Who has to act. Decides the exit code, and nothing else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Blame {
    /// The user can mend it: exit 1.
    User,
    /// It was typed wrong: exit 2.
    Usage,
    /// The world or the network: exit 3.
    World,
    /// We have a bug: exit 70.
    Us,
}

/// What a person reads when something did not work.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Report {
    pub(crate) blame: Blame,
    pub(crate) code: String,
    pub(crate) what: String,
    /// `file` or `file:line`; empty when it is about no file.
    pub(crate) at: String,
    pub(crate) help: Option<String>,
}

impl Report {
    pub(crate) fn new(blame: Blame, code: &str, what: impl fmt::Display) -> Report {
        Report { blame, code: code.to_owned(), what: what.to_string(), at: String::new(), help: None }
    }

    pub(crate) fn at(self, at: impl fmt::Display) -> Report {
        Report { at: at.to_string(), ..self }
    }

    pub(crate) fn help(self, help: impl fmt::Display) -> Report {
        Report { help: Some(help.to_string()), ..self }
    }

    pub(crate) fn exit(&self) -> ExitCode {
        ExitCode::from(match self.blame {
            Blame::User => 1,
            Blame::Usage => 2,
            Blame::World => 3,
            Blame::Us => 70,
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({"error": self.code, "message": self.what, "at": self.at, "help": self.help})
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if !self.at.is_empty() {
            write!(f, "\n  at {}", self.at)?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl From<Problem> for Report {
    fn from(problem: Problem) -> Report {
        let at = match problem.line {
            0 => problem.path.clone(),
            line => format!("{}:{line}", problem.path),
        };
        Report {
            blame: Blame::User,
            code: problem.code.to_owned(),
            what: problem.message,
            at,
            help: problem.help,
        }
    }
}

impl From<SettingsError> for Report {
    fn from(error: SettingsError) -> Report {
        let (code, at, help) = match &error {
            SettingsError::UnknownTarget { known, .. } if known.is_empty() => (
                "unknown_target",
                String::new(),
                "the project names no targets yet; add [targets.NAME] with url and world_id to bowline.toml"
                    .to_owned(),
            ),
            SettingsError::UnknownTarget { known, files, .. } => {
                let known = known.join(", ");
                (
                    "unknown_target",
                    String::new(),
                    format!("known targets: {known}; another can be added to {}", files.join(" or ")),
                )
            }
            SettingsError::IncompleteTarget { name, field, file } => {
                ("incomplete_target", (*file).to_owned(), format!("add `{field}` to target `{name}`"))
            }
            SettingsError::Unreadable { file, line, .. } => {
                let at = if *line == 0 { (*file).to_owned() } else { format!("{file}:{line}") };
                ("bad_settings", at, "correct it and try again; nothing was started".to_owned())
            }
            SettingsError::Wrong { at, help, .. } => ("bad_settings", at.clone(), help.clone()),
            SettingsError::NoProject { .. } => (
                "no_project",
                String::new(),
                "run `bowline init` to make one, or name the folder of one".to_owned(),
            ),
        };
        Report::new(Blame::Usage, code, &error).at(at).help(help)
    }
}

impl From<StateError> for Report {
    fn from(error: StateError) -> Report {
        let help = match error {
            StateError::Newer { .. } => {
                "use the newer bowline, or delete .bowline/state.sqlite to begin again"
            }
            StateError::Database(_) => "check that the disk has room and can be written to",
        };
        Report::new(Blame::User, "state", error).at(".bowline/state.sqlite").help(help)
    }
}

impl From<std::io::Error> for Report {
    fn from(error: std::io::Error) -> Report {
        Report::new(Blame::User, "io", error).help("look at the file and its folder, and try again")
    }
}

impl From<DiskError> for Report {
    fn from(error: DiskError) -> Report {
        let (code, help) = match &error {
            DiskError::Full(_) => {
                ("disk_full", "make room on the disk; nothing was lost, and it is tried again")
            }
            DiskError::Denied(_) => ("no_permission", "make it readable and writable for you"),
            DiskError::NoEntry(_) => ("no_entry", "bowline trash list shows what there is"),
            DiskError::Link(_) => ("symbolic_link", "put the file itself there; links are never followed"),
            _ => ("disk", "nothing was lost; look at the file and try again"),
        };
        let mut what = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            what += &format!(": {source}");
        }
        Report::new(Blame::User, code, what).help(help)
    }
}
