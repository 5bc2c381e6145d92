//! Single blueprints and the spawn point over HTTP. There is no socket command to remove a
//! blueprint.

use bowline_wire::http::{BlueprintBody, Done, SpawnBody, SpawnDone, path};
use bowline_wire::{JsonObject, Precondition};
use reqwest::Method;

use crate::http::segment;
use crate::{Link, LinkError};

/// What became of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone now.
    Done,
    /// There was none.
    AlreadyGone,
    /// Entities still use it; remove them first.
    InUse,
    /// It is not what it was expected to be.
    PreconditionFailed,
}

impl Link {
    /// The blueprint `id`, or `None` if the world says that it has none.
    ///
    /// # Errors
    /// [`LinkError::Unaddressable`] and [`LinkError::Refused`] for ids the world cannot be asked
    /// for (`..`, more than 100 characters): whether it has them is unknown, look in a snapshot.
    pub async fn get_blueprint(&self, id: &str) -> Result<Option<JsonObject>, LinkError> {
        let request = self.http().request(Method::GET, &blueprint_path(id)?);
        let reply = self.http().send("a blueprint", request).await?;
        if reply.error().as_deref() == Some("not_found") {
            return Ok(None);
        }
        reply.json::<BlueprintBody>().map(|body| Some(body.blueprint))
    }

    /// Removes the blueprint `id`. Needs no lock.
    ///
    /// # Errors
    /// As for [`Link::get_blueprint`].
    pub async fn delete_blueprint(&self, id: &str) -> Result<Deletion, LinkError> {
        self.delete_blueprint_if(id, Precondition::Any).await
    }

    /// The same, if it is what `expect` says. Worlds that are not ours do not look.
    ///
    /// # Errors
    /// As for [`Link::get_blueprint`].
    pub async fn delete_blueprint_if(&self, id: &str, expect: Precondition) -> Result<Deletion, LinkError> {
        // No body and therefore no content type: with one, worlds fail on the missing body.
        let mut request = self.http().request(Method::DELETE, &blueprint_path(id)?);
        if let Precondition::Content(digest) = expect {
            request = request.query(&[("expect", digest.to_string())]);
        }
        let reply = self.http().send("deleting a blueprint", request).await?;
        match reply.error().as_deref() {
            Some("not_found") => Ok(Deletion::AlreadyGone),
            Some("in_use") => Ok(Deletion::InUse),
            Some("precondition_failed") => Ok(Deletion::PreconditionFailed),
            _ => reply.json::<Done>().map(|_| Deletion::Done),
        }
    }

    /// Moves the spawn point, and returns it as stored.
    ///
    /// # Errors
    /// [`LinkError::Refused`] unless all seven numbers are finite.
    pub async fn put_spawn(&self, position: [f64; 3], quaternion: [f64; 4]) -> Result<JsonObject, LinkError> {
        let body = SpawnBody { position: position.to_vec().into(), quaternion: quaternion.to_vec().into() };
        let request = self.http().request(Method::PUT, path::SPAWN).json(&body);
        self.http().json::<SpawnDone>("the spawn point", request).await.map(|done| done.spawn)
    }
}

fn blueprint_path(id: &str) -> Result<String, LinkError> {
    Ok(format!("{}/{}", path::BLUEPRINTS, segment(id)?))
}
