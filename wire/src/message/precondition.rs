//! [`Precondition`]: what a target must be for a command to be carried out.
//!
//! Ours, not the protocol's: existing worlds do not read the `expect` member of a command and existing
//! clients do not send it. It closes the one hole in which a client that knows what it replaces, but
//! not in time, writes over what somebody else has just put there.

use bowline_model::Digest;

use crate::Value;

/// What the blueprint or entity that a command names must be, at the moment it is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Whatever it is. The member is absent.
    #[default]
    Any,
    /// It must not be there. On the wire `null`.
    Absent,
    /// It must have this content: the digest of a whole blueprint, or of an entity's placement
    /// (`bowline_model::format::world`), because what players and scripts do to an entity is nobody's
    /// edit. On the wire 64 hex digits.
    Content(Digest),
}

impl Precondition {
    /// Whether a target that holds `held` now meets it.
    #[must_use]
    pub fn is_met_by(self, held: Option<Digest>) -> bool {
        match self {
            Precondition::Any => true,
            Precondition::Absent => held.is_none(),
            Precondition::Content(digest) => held == Some(digest),
        }
    }

    /// From the wire; `None` if it is none of the three.
    #[must_use]
    pub fn read(value: &Value) -> Option<Precondition> {
        match value {
            Value::Undefined => Some(Precondition::Any),
            Value::Null => Some(Precondition::Absent),
            other => other.as_str()?.parse().ok().map(Precondition::Content),
        }
    }
}

/// What is held now, as what must be held then.
impl From<Option<Digest>> for Precondition {
    fn from(held: Option<Digest>) -> Precondition {
        held.map_or(Precondition::Absent, Precondition::Content)
    }
}

impl From<Precondition> for Value {
    fn from(it: Precondition) -> Value {
        match it {
            Precondition::Any => Value::Undefined,
            Precondition::Absent => Value::Null,
            Precondition::Content(digest) => digest.to_string().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precondition_travels_as_a_digest_null_or_nothing() {
        let digest = Digest::of(b"x");
        for it in [Precondition::Any, Precondition::Absent, Precondition::Content(digest)] {
            assert_eq!(Precondition::read(&it.into()), Some(it));
        }
        for bad in [Value::from("abc"), Value::from(true), Value::from("")] {
            assert_eq!(Precondition::read(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn each_asks_for_what_it_says() {
        let (ours, theirs) = (Digest::of(b"ours"), Digest::of(b"theirs"));
        let table = [
            (Precondition::Any, [true, true, true]),
            (Precondition::Absent, [true, false, false]),
            (Precondition::Content(ours), [false, true, false]),
        ];
        for (it, met) in table {
            assert_eq!([None, Some(ours), Some(theirs)].map(|held| it.is_met_by(held)), met, "{it:?}");
        }
    }
}
