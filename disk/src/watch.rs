//! Watching.
use bowline_model::ProjectPath;
/// One piece of doubt about what the folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dirt {
    /// A file, or something that has this name.
    Path(ProjectPath),
    /// Everything below a folder.
    Subtree(ProjectPath),
    /// Everything: events were lost, or there are none here.
    Everything,
    /// A barrier: whatever happened before [`Watcher::cookie`] gave this name has been reported.
    Cookie(String),
}
