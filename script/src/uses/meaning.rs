//! [`Meaning`]: what the script API's members mean, in any language, and what was found so far.
//!
//! How values flow through a text is the business of whoever walks it: `walk.rs` for JavaScript,
//! `luau.rs` for Luau.

use std::collections::BTreeSet;

use super::known::{Known, Shape, Shapes, Slot, lists};
use super::{Name, Nodes};

/// A property as written: its name, and where its first letter is.
pub(super) type Property = (String, usize);

pub(super) struct Meaning<'a> {
    pub(super) nodes: &'a Nodes,
    pub(super) known: Known,
    pub(super) found: BTreeSet<(usize, Name)>,
    /// What object literals were already looked through for which component, at which path.
    looked_through: BTreeSet<(usize, Name)>,
}

pub(super) fn only(shape: Shape) -> Shapes {
    Shapes::from([shape])
}

/// What the script API calls what it hands to functions.
pub(super) fn convention(name: &str) -> Option<Shape> {
    match name {
        "world" => Some(Shape::World),
        "app" => Some(Shape::App),
        "entity" => Some(Shape::Entity),
        _ => None,
    }
}

impl<'a> Meaning<'a> {
    pub(super) fn new(nodes: &'a Nodes) -> Meaning<'a> {
        Meaning { nodes, known: Known::default(), found: BTreeSet::new(), looked_through: BTreeSet::new() }
    }

    /// Another walk: what is known stays, what was found is found again.
    pub(super) fn begin(&mut self) {
        self.known.changed = false;
        self.found.clear();
        self.looked_through.clear();
    }

    pub(super) fn name(&mut self, place: usize, name: Name) {
        self.found.insert((place, name));
    }

    /// The entry of a script is called by the world.
    pub(super) fn entry(&mut self, shapes: &Shapes) {
        for shape in shapes {
            if let Shape::Function(place) = shape {
                for (index, given) in [Shape::World, Shape::App].into_iter().enumerate() {
                    self.known.learn(Slot::Parameter(*place, index), &only(given));
                }
            }
        }
    }

    /// Hands `given` to a function of this file.
    pub(super) fn run(&mut self, function: &Shape, given: &[Shapes]) -> Shapes {
        let Shape::Function(place) = function else { return Shapes::new() };
        for (index, shapes) in given.iter().enumerate() {
            self.known.learn(Slot::Parameter(*place, index), shapes);
        }
        self.known.get(&Slot::Returned(*place))
    }

    /// What a method of the script API gives; of an object of this file, what its function does.
    pub(super) fn method(&mut self, object: &Shape, method: &str, given: &[Shapes]) -> Shapes {
        match object {
            Shape::World => self.world(method, given),
            Shape::App if method == "create" => self.create(given),
            Shape::App => node_method("node", method),
            Shape::Node(ty) => node_method(ty, method),
            Shape::Entity => self.entity(method, given),
            Shape::Object(place) => {
                let functions = self.known.get(&Slot::Property(*place, method.to_owned()));
                functions.iter().flat_map(|it| self.run(it, given)).collect()
            }
            _ => Shapes::new(),
        }
    }

    fn world(&mut self, method: &str, given: &[Shapes]) -> Shapes {
        match method {
            "query" => {
                given.iter().for_each(|it| drop(self.components(it)));
                lists(Shapes::from([Shape::Entity]))
            }
            "schema" => {
                given.iter().take(1).for_each(|it| drop(self.components(it)));
                Shapes::new()
            }
            "entity" => Shapes::from([Shape::Entity]),
            "spawn" => {
                for (prefab, place) in given.first().into_iter().flat_map(texts) {
                    self.name(place, Name::Prefab(prefab));
                }
                given.get(1).into_iter().for_each(|it| self.overrides(it));
                Shapes::from([Shape::Entity])
            }
            _ => Shapes::new(),
        }
    }

    fn entity(&mut self, method: &str, given: &[Shapes]) -> Shapes {
        if !["get", "has", "add", "remove"].contains(&method) {
            return Shapes::new();
        }
        let components = given.first().map(|it| self.components(it)).unwrap_or_default();
        if let ("add", Some(values)) = (method, given.get(1)) {
            components.iter().for_each(|it| self.keys(values, it));
        }
        match method {
            "get" | "add" => components.into_iter().map(Shape::Handle).collect(),
            _ => Shapes::new(),
        }
    }

    fn create(&mut self, given: &[Shapes]) -> Shapes {
        let mut made = Shapes::new();
        for (ty, place) in given.first().into_iter().flat_map(texts) {
            self.name(place, Name::Component(ty.clone()));
            given.get(1).into_iter().for_each(|it| self.node_keys(it, &ty));
            made.insert(Shape::Node(ty));
        }
        made
    }

    /// Every text in `shapes` is a component; their names.
    pub(super) fn components(&mut self, shapes: &Shapes) -> Vec<String> {
        let components: Vec<(String, usize)> = texts(shapes).collect();
        for (component, place) in &components {
            self.name(*place, Name::Component(component.clone()));
        }
        components.into_iter().map(|it| it.0).collect()
    }

    /// The keys of an object literal are fields of `component`.
    pub(super) fn keys(&mut self, values: &Shapes, component: &str) {
        for value in values {
            if let Shape::Object(object) = value {
                self.keys_below(*object, component, "");
            }
        }
    }

    fn keys_below(&mut self, object: usize, component: &str, above: &str) {
        let looked_for = (object, Name::Field(component.to_owned(), above.to_owned()));
        if !self.looked_through.insert(looked_for) {
            return;
        }
        for (key, place, below) in self.known.keys(object) {
            let path = if above.is_empty() { key } else { format!("{above}.{key}") };
            if let Some(below) = below {
                self.keys_below(below, component, &path);
            }
            self.name(place, Name::Field(component.to_owned(), path));
        }
    }

    pub(super) fn node_keys(&mut self, values: &Shapes, ty: &str) {
        for value in values {
            let Shape::Object(object) = value else { continue };
            for (key, place, _) in self.known.keys(*object) {
                if let Some(component) = self.nodes.component(ty, &key) {
                    let name = Name::Field(component.to_owned(), key);
                    self.name(place, name);
                }
            }
        }
    }

    /// `{ door: { angle: 1 } }`: components, and fields of each.
    pub(super) fn overrides(&mut self, values: &Shapes) {
        for value in values {
            let Shape::Object(object) = value else { continue };
            for (component, place, below) in self.known.keys(*object) {
                if let Some(below) = below {
                    self.keys_below(below, &component, "");
                }
                self.name(place, Name::Component(component));
            }
        }
    }

    /// What `property` of any of `shapes` holds. Naming a field is a use.
    pub(super) fn property(&mut self, shapes: &Shapes, property: &Property) -> Shapes {
        let mut held = Shapes::new();
        for shape in shapes {
            held.append(&mut self.property_of(shape, property));
        }
        held
    }

    fn property_of(&mut self, shape: &Shape, (name, place): &Property) -> Shapes {
        match shape {
            Shape::App if name == "entity" => Shapes::from([Shape::Entity]),
            Shape::App => self.node_property("node", name, *place),
            Shape::Node(ty) => self.node_property(ty, name, *place),
            Shape::Handle(component) => {
                self.name(*place, Name::Field(component.clone(), name.clone()));
                Shapes::from([Shape::Part(component.clone(), name.clone())])
            }
            Shape::Part(component, path) if name != "length" => {
                let path = format!("{path}.{name}");
                self.name(*place, Name::Field(component.clone(), path.clone()));
                Shapes::from([Shape::Part(component.clone(), path)])
            }
            Shape::Object(object) => self.known.get(&Slot::Property(*object, name.clone())),
            Shape::Context if name == "tables" => lists(only(Shape::Table)),
            Shape::Row if name != "entity" => {
                self.name(*place, Name::Component(name.clone()));
                only(Shape::Handle(name.clone()))
            }
            _ => Shapes::new(),
        }
    }

    fn node_property(&mut self, ty: &str, name: &str, place: usize) -> Shapes {
        if let Some(component) = self.nodes.component(ty, name) {
            let name = Name::Field(component.to_owned(), name.to_owned());
            self.name(place, name);
        }
        let node = || Shapes::from([Shape::Node("node".to_owned())]);
        match name {
            "parent" => node(),
            "children" => lists(node()),
            _ => Shapes::new(),
        }
    }

    /// Something is put into `property` of any of `objects`: a use of a field, and something learned.
    pub(super) fn assign(&mut self, objects: &Shapes, property: &Property, shapes: &Shapes) {
        self.property(objects, property);
        for object in objects {
            if let Shape::Object(place) = object {
                self.known.learn(Slot::Property(*place, property.0.clone()), shapes);
            }
        }
    }
}

/// Texts that are written out, and where.
pub(super) fn texts(shapes: &Shapes) -> impl Iterator<Item = (String, usize)> {
    shapes.iter().filter_map(|it| match it {
        Shape::Text(text, place) => Some((text.clone(), *place)),
        _ => None,
    })
}

fn node_method(ty: &str, method: &str) -> Shapes {
    match method {
        "get" => Shapes::from([Shape::Node("node".to_owned())]),
        "clone" | "add" | "remove" => Shapes::from([Shape::Node(ty.to_owned())]),
        _ => Shapes::new(),
    }
}
