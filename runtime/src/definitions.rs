//! [`Definitions`]: what can be in a world, compiled from a snapshot of schemas.
//!
//! Nothing is said about a component here that its record does not say. Compiling needs no world and
//! may take its time: it is done on any thread, and a world takes the result over between two ticks.
//! Node types that do nothing yet are components like all others, and do nothing.

use std::sync::{Arc, LazyLock};

use bowline_model::Digest;
use bowline_schema::change::{self, LiveFacts, Verdict, WorldFacts};
use bowline_schema::meta::{self, MetaEntity, NotASnapshot};
use bowline_schema::{Asking, Component, Kind, Registry, Snapshot, System, core};

use crate::ecs::{ComponentId, Layout, Layouts};

/// Everything a world is made of at one moment. It never changes; a change is another one.
#[derive(Debug, PartialEq)]
pub struct Definitions {
    snapshot: Snapshot,
    meta: Vec<MetaEntity>,
    registry: Registry,
    layouts: Arc<Layouts>,
    /// The hash of those it was compiled to follow, and what it does to a world of which nothing is known.
    judged: Option<(Digest, Verdict)>,
}

/// Why no world can be made of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// Its projection does not describe it. (A mistake of ours, told instead of hidden.)
    #[error("the snapshot cannot be compiled: {0}")]
    Projection(#[from] NotASnapshot),
    /// A component that every entity of a world is made of is missing, or not what it has to be.
    #[error("{slug}: {reason}")]
    Core {
        /// The record.
        slug: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What the world itself reads and writes: a component, and what its fields have to be.
const NEEDED: [(&str, &[(&str, Kind)]); 3] = [
    ("transform", &[("position", Kind::Vec3), ("quaternion", Kind::Quat), ("scale", Kind::Vec3)]),
    ("node", &[]),
    ("group", &[]),
];

impl Definitions {
    /// Compiles `snapshot`: projects it into the metadata lane and reads the columns from there, so
    /// that what a tool sees is what runs.
    ///
    /// # Errors
    /// If a component is missing that no world can do without.
    pub fn compile(snapshot: Snapshot) -> Result<Arc<Definitions>, Undefined> {
        Definitions::with(snapshot, None)
    }

    /// As [`Definitions::compile`], to follow `before`: what the change does is judged now, so that the
    /// tick in which a world takes it over need not. Whatever can only be judged by looking at living
    /// values is left to that tick.
    ///
    /// # Errors
    /// As [`Definitions::compile`].
    pub fn compile_after(snapshot: Snapshot, before: &Definitions) -> Result<Arc<Definitions>, Undefined> {
        let inhabited =
            |it: &Component| (it.name().to_owned(), LiveFacts { entities: 1, ..LiveFacts::default() });
        let components = snapshot.components().iter().map(inhabited).collect();
        let facts = WorldFacts { components, ..WorldFacts::default() };
        let verdict = change::snapshots(before.snapshot(), &snapshot, &facts);
        Definitions::with(snapshot, Some((before.hash(), verdict)))
    }

    fn with(snapshot: Snapshot, judged: Option<(Digest, Verdict)>) -> Result<Arc<Definitions>, Undefined> {
        let meta = meta::entities(&snapshot);
        let registry = Registry::compile(&meta)?;
        for (name, fields) in NEEDED {
            needed(&snapshot, name, fields)?;
        }
        let layouts = Arc::new(Layouts::new(&snapshot, &registry));
        Ok(Arc::new(Definitions { snapshot, meta, registry, layouts, judged }))
    }

    /// The core records and nothing else.
    #[must_use]
    pub fn core() -> Arc<Definitions> {
        static CORE: LazyLock<Arc<Definitions>> = LazyLock::new(|| {
            let snapshot = Snapshot::build(&core::records(), &Asking::default()).snapshot;
            Definitions::compile(snapshot).expect("compiled in, and compiled by a test")
        });
        Arc::clone(&CORE)
    }

    /// The name of this content.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.snapshot.hash()
    }

    /// What they were compiled from.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The snapshot as entities.
    #[must_use]
    pub fn meta(&self) -> &[MetaEntity] {
        &self.meta
    }

    /// The components as columns.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What was judged beforehand of following the definitions called `before`.
    pub(crate) fn judged(&self, before: Digest) -> Option<&Verdict> {
        self.judged.as_ref().filter(|it| it.0 == before).map(|it| &it.1)
    }

    /// The handle of the component of that name.
    pub(crate) fn component(&self, name: &str) -> Option<ComponentId> {
        self.layouts.named(name)
    }

    /// How a component is kept.
    pub(crate) fn layout(&self, component: ComponentId) -> &Layout {
        self.layouts.of(component)
    }

    /// How the components are kept.
    pub(crate) fn layouts(&self) -> &Arc<Layouts> {
        &self.layouts
    }

    /// The systems as they run in a tick.
    #[must_use]
    pub fn schedule(&self) -> Vec<&System> {
        self.snapshot.schedule()
    }
}

fn needed(snapshot: &Snapshot, name: &str, fields: &[(&str, Kind)]) -> Result<(), Undefined> {
    let bad = |slug: &str, reason: String| Undefined::Core { slug: slug.to_owned(), reason };
    let Ok(component) = snapshot.component(name) else {
        let reason = "missing or invalid, and no world can do without it".to_owned();
        return Err(bad(&format!("core/component/{name}"), reason));
    };
    for (field, kind) in fields {
        if component.field(field).is_none_or(|it| it.kind != *kind || it.optional) {
            let reason = format!("`{field}` has to be a {} that is never null", kind.name());
            return Err(bad(&component.slug, reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn every_core_component_is_compiled() {
        let core = Definitions::core();
        assert_eq!(core.registry().layouts.len(), core::records().len());
        assert_eq!(core.hash(), core.registry().hash);
    }

    #[test]
    fn a_world_without_a_core_component_is_refused_by_name() {
        let refused = |change: fn(&mut Vec<bowline_schema::Entry>)| {
            let mut records = core::records();
            change(&mut records);
            let snapshot = Snapshot::build(&records, &Asking::default()).snapshot;
            Definitions::compile(snapshot).unwrap_err().to_string()
        };
        let gone = refused(|it| it.retain(|it| it.slug != "core/component/node"));
        let other = refused(|it| {
            let transform = it.iter_mut().find(|it| it.slug == "core/component/transform").unwrap();
            transform.payload = json!({"fields": [{"name": "position", "kind": "vec2"}]});
        });
        expect![[r"
            core/component/node: missing or invalid, and no world can do without it
            core/component/transform: `position` has to be a vec3 that is never null
        "]]
        .assert_eq(&format!("{gone}\n{other}\n"));
    }
}
