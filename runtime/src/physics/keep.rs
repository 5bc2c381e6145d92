//! What of the bodies is state: their hash, and their bytes in an image.

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::space::{Space, Who};

/// Bytes are not what was written, or of another version of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the physics of the image cannot be read")]
pub(crate) struct NoSpace;

fn feed(who: &Who, hasher: &mut Xxh3) {
    match who {
        Who::Entity(it) => hasher.update(&it.number().to_bits().to_le_bytes()),
        Who::Player(id) => {
            hasher.update(&(id.len() as u64).to_be_bytes());
            hasher.update(id.as_bytes());
        }
    }
}

impl Space {
    /// The same for two worlds whose bodies are and move alike, to the bit. `None` without bodies: a
    /// world that has none hashes as if there were no physics.
    pub(crate) fn hash(&self) -> Option<u128> {
        if self.empty() {
            return None;
        }
        let mut hasher = Xxh3::new();
        for (who, known) in &self.known {
            feed(who, &mut hasher);
            let Some(body) = self.bodies.get(known.handle) else { continue };
            let (pose, target) = (body.position(), known.target.map(|it| it.to));
            for pose in [Some(pose), target.as_ref()].into_iter().flatten() {
                let (at, turn) = (pose.translation, pose.rotation);
                [at.x, at.y, at.z, turn.x, turn.y, turn.z, turn.w]
                    .iter()
                    .for_each(|it| hasher.update(&it.to_bits().to_le_bytes()));
            }
            for vector in [body.linvel(), body.angvel()] {
                vector.to_array().iter().for_each(|it| hasher.update(&it.to_bits().to_le_bytes()));
            }
            hasher.update(&[u8::from(body.is_sleeping())]);
        }
        for (pair, count) in self.touching.contacts.iter().chain(&self.touching.inside) {
            feed(&pair.0, &mut hasher);
            feed(&pair.1, &mut hasher);
            hasher.update(&count.to_le_bytes());
        }
        Some(hasher.digest128())
    }

    /// All of it, to the bit; with a hash before it, because the state hash is not of every byte.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let bytes = postcard::to_stdvec(self).expect("all of it is plain data in memory");
        [&xxh3_128(&bytes).to_le_bytes()[..], &bytes].concat()
    }

    /// What [`Space::encode`] made.
    ///
    /// # Errors
    /// If it is not that.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Space, NoSpace> {
        let (hash, bytes) = bytes.split_first_chunk::<16>().ok_or(NoSpace)?;
        if xxh3_128(bytes).to_le_bytes() != *hash {
            return Err(NoSpace);
        }
        postcard::from_bytes(bytes).map_err(|_| NoSpace)
    }
}
