//! Deploy snapshots: how blueprints were, kept by the world, and putting them back.

use bowline_wire::http::{DeploySnapshotBody, DeploySnapshotDone, RollbackBody, RollbackDone, path};
use reqwest::Method;

use crate::{Link, LinkError, Lock};

impl Link {
    /// Has the world remember how the blueprints `ids` are now; all must be of the lock's scope.
    /// `note` is for people.
    ///
    /// # Errors
    /// [`LinkError::Refused`] with `multi_scope_not_supported`, `deploy_lock_required` or
    /// `deploy_locked`.
    pub async fn deploy_snapshot(
        &self,
        ids: &[String],
        note: &str,
        lock: &Lock,
    ) -> Result<DeploySnapshotDone, LinkError> {
        let body = DeploySnapshotBody {
            ids: ids.to_vec().into(),
            note: note.into(),
            lock_token: lock.token.as_str().into(),
            scope: lock.scope.as_str().into(),
            ..DeploySnapshotBody::default()
        };
        let request = self.http().request(Method::POST, path::DEPLOY_SNAPSHOTS).json(&body);
        self.http().json("a deploy snapshot", request).await
    }

    /// Puts blueprints back as they were in the snapshot `id`. There is no "newest" here: without
    /// an id worlds take the newest of *any* scope.
    ///
    /// # Errors
    /// [`LinkError::NotFound`] if there is no such snapshot, [`LinkError::Refused`] without the lock.
    pub async fn rollback(&self, id: &str, lock: &Lock) -> Result<RollbackDone, LinkError> {
        let body = RollbackBody {
            id: id.into(),
            lock_token: lock.token.as_str().into(),
            scope: lock.scope.as_str().into(),
        };
        let request = self.http().request(Method::POST, path::ROLLBACK).json(&body);
        let reply = self.http().send("a rollback", request).await?;
        match reply.error().as_deref() {
            Some("not_found") => Err(LinkError::NotFound { what: format!("deploy snapshot {id}") }),
            _ => reply.json(),
        }
    }
}
