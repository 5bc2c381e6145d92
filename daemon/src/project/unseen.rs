//! Why a file cannot be seen, in words, with the next step.

use bowline_disk::Unseen;
use bowline_model::{Problem, ProjectPath};

/// The problem to tell people of; nothing for what passes by itself.
pub(super) fn problem(path: &ProjectPath, why: &Unseen) -> Option<Problem> {
    let tell =
        |code, message: String, help: &str| Some(Problem::file(code, path.as_str(), message).help(help));
    match why {
        Unseen::Unsettled => None,
        Unseen::Unreadable(system) => tell(
            "unreadable",
            format!("this file cannot be read: {system}"),
            "make it readable for you; until then the world keeps what it has",
        ),
        Unseen::Clash { with } => tell(
            "name_clash",
            format!("`{with}` beside it would be the same file on many disks"),
            "rename one of them; until then neither is mirrored",
        ),
        Unseen::Link => tell(
            "symbolic_link",
            "this is a symbolic link, and links are never followed".to_owned(),
            "put the file itself here; until then it is left alone",
        ),
        Unseen::NotAFile => tell(
            "not_a_file",
            "this has a file's name but is no plain file".to_owned(),
            "rename or remove it; until then the world keeps what it has",
        ),
        Unseen::ScriptTooLarge { size } => tell(
            "too_large",
            format!("this script has {} MB; worlds take scripts up to 50 MB", size / 1_000_000),
            "make it smaller, or put data into assets/; until then the world keeps what it has",
        ),
        Unseen::AssetTooLarge { size } => tell(
            "too_large",
            format!("this asset has {} MB; worlds take assets up to 209 MB", size / 1_000_000),
            "make it smaller; until then the world keeps what it has",
        ),
        Unseen::RootVanished => tell(
            "folder_vanished",
            "the project's folder has vanished".to_owned(),
            "bring the folder back; nothing in the world is deleted because of this",
        ),
    }
}
