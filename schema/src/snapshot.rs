//! [`Snapshot`]: everything a world is made of at one moment, resolved and hashed. It never changes;
//! a change is another snapshot, put in its place between two ticks.
//!
//! The hash is of the canonical text of the order of scopes and of every record, so it is the same on
//! every machine and for every order the records came in.

mod references;

use std::collections::{BTreeMap, BTreeSet};

use bowline_model::{Digest, canonical};
use serde_json::{Value, json};

use crate::component::Component;
use crate::prefab::Prefab;
use crate::problem::Problem;
use crate::profile::Profile;
use crate::scope::{self, Asking, Entry, Order, RecordKind, Shadow};
use crate::strings::{self, Catalog, Found};
use crate::system::System;
use crate::words::Words;

/// Records, resolved. All lists are by slug.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    hash: Digest,
    order: Order,
    components: Vec<Component>,
    /// Where in `components` a name is.
    names: BTreeMap<String, usize>,
    prefabs: Vec<Prefab>,
    strings: Vec<Catalog>,
    profiles: Vec<Profile>,
    systems: Vec<System>,
}

/// A snapshot, and what had to be said while making it.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// The good records. One with problems of its own is left out.
    pub snapshot: Snapshot,
    /// The slug of a record, and what is wrong with it; by slug.
    pub problems: Vec<(String, Problem)>,
    /// Which records hide which.
    pub shadows: Vec<Shadow>,
}

impl Snapshot {
    /// What `entries` mean to `asking`. The order of `entries` does not matter.
    #[must_use]
    pub fn build(entries: &[Entry], asking: &Asking) -> Built {
        let resolution = scope::resolve(entries, asking);
        let mut problems = resolution.problems;
        let mut snapshot = Snapshot::empty(asking.order);
        let mut taken = BTreeSet::new();
        for entry in &resolution.winners {
            let found = snapshot.take(entry, &mut taken);
            problems.extend(found.into_iter().map(|it| (entry.slug.clone(), it)));
        }
        snapshot.sort_catalogs();
        let numbered = snapshot.components.iter().enumerate();
        snapshot.names = numbered.map(|(place, it)| (it.name().to_owned(), place)).collect();
        problems.extend(references::problems(&snapshot));
        problems.sort();
        snapshot.hash = snapshot.digest();
        Built { snapshot, problems, shadows: resolution.shadows }
    }

    fn empty(order: Order) -> Snapshot {
        let (components, prefabs, strings) = (Vec::new(), Vec::new(), Vec::new());
        let (profiles, systems, hash) = (Vec::new(), Vec::new(), Digest::of(b""));
        let names = BTreeMap::new();
        Snapshot { hash, order, components, names, prefabs, strings, profiles, systems }
    }

    /// Keeps what is good and whose name is free.
    fn take(&mut self, entry: &Entry, taken: &mut BTreeSet<(RecordKind, String)>) -> Vec<Problem> {
        let Entry { slug, version, payload, kind } = entry;
        // Catalogs have no names: all of them are looked in.
        let called = if *kind == RecordKind::Strings { slug } else { scope::name_of(slug, kind.name()) };
        if !taken.insert((*kind, called.to_owned())) {
            return vec![Problem::new("duplicate", "", format!("another record is called `{called}`"))];
        }
        match kind {
            RecordKind::Component => keep(Component::parse(slug, *version, payload), &mut self.components),
            RecordKind::Prefab => keep(Prefab::parse(slug, *version, payload), &mut self.prefabs),
            RecordKind::System => keep(System::parse(slug, *version, payload), &mut self.systems),
            RecordKind::Strings => keep(Catalog::parse(slug, *version, payload), &mut self.strings),
            RecordKind::Profile => keep(Profile::parse(slug, *version, payload), &mut self.profiles),
        }
    }

    /// Catalogs are looked in nearest first.
    fn sort_catalogs(&mut self) {
        let order = self.order;
        let place = |slug: &str| scope::parts(slug).map(|(level, ..)| order.place(level));
        self.strings.sort_by(|a, b| (place(&a.slug), &a.slug).cmp(&(place(&b.slug), &b.slug)));
    }

    fn digest(&self) -> Digest {
        let records: Vec<Value> = self
            .records()
            .into_iter()
            .map(|it| json!([it.slug, it.kind.name(), it.version, it.payload]))
            .collect();
        let all = json!({ "order": self.order.names(), "records": records });
        Digest::of(canonical::text(&all).as_bytes())
    }

    /// The records it is made of, by slug, in their normal form.
    #[must_use]
    pub fn records(&self) -> Vec<Entry> {
        let entry =
            |kind, slug: &String, version, payload| Entry { slug: slug.clone(), kind, version, payload };
        let components = self.components.iter();
        let components =
            components.map(|it| entry(RecordKind::Component, &it.slug, it.version, it.to_payload()));
        let prefabs = self.prefabs.iter();
        let prefabs = prefabs.map(|it| entry(RecordKind::Prefab, &it.slug, it.version, it.to_payload()));
        let systems = self.systems.iter();
        let systems = systems.map(|it| entry(RecordKind::System, &it.slug, it.version, it.to_payload()));
        let strings = self.strings.iter();
        let strings = strings.map(|it| entry(RecordKind::Strings, &it.slug, it.version, it.to_payload()));
        let profiles = self.profiles.iter();
        let profiles = profiles.map(|it| entry(RecordKind::Profile, &it.slug, it.version, it.to_payload()));
        let mut all: Vec<Entry> =
            components.chain(prefabs).chain(systems).chain(strings).chain(profiles).collect();
        all.sort_by(|a, b| a.slug.cmp(&b.slug));
        all
    }

    /// The name of this content.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// Who wins when scopes disagree.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// By slug.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// By slug.
    #[must_use]
    pub fn prefabs(&self) -> &[Prefab] {
        &self.prefabs
    }

    /// Nearest scope first.
    #[must_use]
    pub fn strings(&self) -> &[Catalog] {
        &self.strings
    }

    /// By slug.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// By slug. (They run by phase, then order, then slug: [`Snapshot::schedule`].)
    #[must_use]
    pub fn systems(&self) -> &[System] {
        &self.systems
    }

    /// The systems as they run in a tick.
    #[must_use]
    pub fn schedule(&self) -> Vec<&System> {
        let mut systems: Vec<&System> = self.systems.iter().collect();
        systems.sort_by_key(|it| (it.phase, it.order, it.slug.as_str()));
        systems
    }

    /// The component called `name`.
    ///
    /// # Errors
    /// `unknown_component`, with the nearest name.
    pub fn component(&self, name: &str) -> Result<&Component, Problem> {
        let found = self.names.get(name).map(|place| &self.components[*place]);
        let known = self.names.keys().map(String::as_str);
        found.ok_or_else(|| crate::check::unknown_component(name, known))
    }

    /// The prefab called `name`.
    #[must_use]
    pub fn prefab(&self, name: &str) -> Option<&Prefab> {
        self.prefabs.iter().find(|it| it.name() == name)
    }

    /// The text `id` in `locale`.
    #[must_use]
    pub fn text(&self, id: u32, locale: &str) -> Found {
        strings::text(&self.strings, id, locale)
    }

    /// `words` in `locale`.
    #[must_use]
    pub fn words(&self, words: &Words, locale: &str) -> String {
        match words {
            Words::Text(text) => text.clone(),
            Words::Id(id) => self.text(*id, locale).text,
        }
    }
}

fn keep<T>((record, problems): (T, Vec<Problem>), kept: &mut Vec<T>) -> Vec<Problem> {
    if problems.is_empty() {
        kept.push(record);
    }
    problems
}
