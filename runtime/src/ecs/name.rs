//! How an entity is spelled where only text fits: `e42`, and `e42.3` once its index was used before.

use std::fmt;
use std::str::FromStr;

use super::Entity;

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            0 => write!(f, "e{}", self.index),
            generation => write!(f, "e{}.{generation}", self.index),
        }
    }
}

/// A text is not the name of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entity is called e42 or e42.3")]
pub struct NotAnEntity;

impl FromStr for Entity {
    type Err = NotAnEntity;

    fn from_str(text: &str) -> Result<Entity, NotAnEntity> {
        let digits = text.strip_prefix('e').ok_or(NotAnEntity)?;
        let (index, generation) = digits.split_once('.').unwrap_or((digits, "0"));
        let number = |it: &str| it.parse().map_err(|_| NotAnEntity);
        let entity = Entity { index: number(index)?, generation: number(generation)? };
        // One spelling each: `e+1` and `e1.0` are somebody's mistake.
        if entity.to_string() == text { Ok(entity) } else { Err(NotAnEntity) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entity_has_one_name() {
        for (index, generation, name) in [(0, 0, "e0"), (42, 0, "e42"), (42, 3, "e42.3")] {
            let entity = Entity { index, generation };
            assert_eq!(entity.to_string(), name);
            assert_eq!(name.parse(), Ok(entity));
        }
        for wrong in ["", "e", "42", "e-1", "e+1", "e1.0", "e01", "e1.", "e99999999999", "é1"] {
            assert_eq!(wrong.parse::<Entity>(), Err(NotAnEntity), "{wrong}");
        }
    }
}
