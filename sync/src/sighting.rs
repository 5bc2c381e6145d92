//! What a side holds, and how sure we are: the words that [`crate::plan`] and [`crate::engine`]
//! share. Not where sightings are remembered; that is the engine.

use bowline_model::Digest;

/// The content of an item at a place; `None` means the item is absent there, so that a deletion is
/// a change like any other.
pub type Held = Option<Digest>;

/// Milliseconds since the Unix epoch, on this machine's clock.
pub type Millis = u64;

/// One of the two places that hold the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The folder.
    Disk,
    /// The world.
    World,
}

/// Which way content moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// A pull: the disk gets what the world holds.
    ToDisk,
    /// A push: the world gets what the disk holds.
    ToWorld,
}

impl Direction {
    /// The side that is written.
    #[must_use]
    pub fn target(self) -> Side {
        match self {
            Direction::ToDisk => Side::Disk,
            Direction::ToWorld => Side::World,
        }
    }
}

impl Side {
    /// The direction in which this side's content moves when it wins.
    #[must_use]
    pub fn outward(self) -> Direction {
        match self {
            Side::Disk => Direction::ToWorld,
            Side::World => Direction::ToDisk,
        }
    }
}

/// What a look at one side showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    /// Verifiably not there.
    Absent,
    /// There, with this content.
    Present(Digest),
    /// Unreadable, unsettled, unversioned, or not looked at. Never treated as absent.
    Unknown,
}

impl Seen {
    /// What is held, if that is known.
    #[must_use]
    pub fn held(self) -> Option<Held> {
        match self {
            Seen::Absent => Some(None),
            Seen::Present(digest) => Some(Some(digest)),
            Seen::Unknown => None,
        }
    }
}

impl From<Held> for Seen {
    fn from(held: Held) -> Seen {
        held.map_or(Seen::Absent, Seen::Present)
    }
}

/// One item as one side showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sighting {
    /// What was there.
    pub seen: Seen,
    /// When it got that content, if the side says so: the file's mtime, the world's change time
    /// corrected by the measured clock offset.
    pub changed_at: Option<Millis>,
}

impl Sighting {
    /// A sighting without a time.
    #[must_use]
    pub fn of(seen: Seen) -> Sighting {
        Sighting { seen, changed_at: None }
    }
}
