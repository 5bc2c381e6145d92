//! The script API as data: what a script sees beside the fields of components. Typings, completion,
//! the inspector and the runtime read this one table (`api/*.json`); its types are TypeScript.
//!
//! A node's properties that hold data are fields of its components ([`crate::core`]) and not
//! repeated here: [`Node::fields`] only says what scripts may not do with them.

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::snapshot::Snapshot;

pub use support::{Support, Supported, coverage_page};

/// All of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Api {
    /// What `app.create` makes; first what all have.
    pub nodes: Vec<Node>,
    /// Members of `world`.
    pub world: Vec<Member>,
    /// Members of `app`.
    pub app: Vec<Member>,
    /// Members of a player.
    pub player: Vec<Member>,
    /// What `app.control()` gives.
    pub control: Control,
    /// Names that are everywhere.
    pub globals: Vec<Global>,
    /// What a script's entry function is given, in order; then what scripts of the old form have.
    pub entry: Vec<Global>,
    /// What can be listened to.
    pub events: Events,
    /// What `app.configure` takes.
    pub configure: Configure,
    /// Classes scripts can make values of.
    pub classes: Vec<Class>,
    /// Shapes of values that are only given to scripts.
    pub types: Vec<Shape>,
}

/// A type of node.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Node {
    /// As `app.create` takes it: `rigidbody`.
    pub name: String,
    /// The name of its type: `RigidBody`.
    pub title: String,
    /// Names of the components whose fields are its properties.
    pub components: Vec<String>,
    /// The node type whose properties it has as well.
    pub inherits: Option<String>,
    /// Whether `app.create` takes it.
    pub creatable: bool,
    /// The line of hosts it is in: `main`, or only `dev`.
    pub since: String,
    /// What is special about fields, by name.
    #[serde(default)]
    pub fields: BTreeMap<String, Access>,
    /// Properties that are no data, and methods.
    pub members: Vec<Member>,
}

/// What scripts may do with a property.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Access {
    /// It cannot be assigned.
    #[serde(default)]
    pub readonly: bool,
    /// It cannot be read.
    #[serde(default)]
    pub writeonly: bool,
    /// Whether `app.create(type, data)` takes it.
    #[serde(default = "yes")]
    pub create: bool,
    /// Only on hosts of this line.
    pub since: Option<String>,
    /// Its type, where the field's kind says less.
    #[serde(rename = "type")]
    pub ty: Option<String>,
}

fn yes() -> bool {
    true
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberKind {
    /// A value.
    Property,
    /// A function the script sets.
    Callback,
    /// A function the script calls.
    Method,
}

/// A property or method.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Of a property or callback, its type.
    #[serde(rename = "type")]
    pub ty: Option<String>,
    /// Of a method, its type parameter.
    pub generic: Option<String>,
    /// Of a method, what it takes.
    #[serde(default)]
    pub params: Vec<Param>,
    /// Of a method, the type it returns.
    pub returns: Option<String>,
    /// One sentence; the members of classes everybody knows have none.
    pub doc: Option<String>,
    /// What to use instead.
    #[serde(default, deserialize_with = "deprecation")]
    pub deprecated: Option<String>,
    /// Whether it may be absent.
    #[serde(default)]
    pub optional: bool,
    /// What scripts may do with it.
    #[serde(flatten)]
    pub access: MemberAccess,
    /// Whether it does something here.
    #[serde(flatten)]
    pub support: Supported,
}

/// [`Access`], of a member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemberAccess {
    /// It cannot be assigned.
    #[serde(default)]
    pub readonly: bool,
    /// Whether `app.create(type, data)` takes it.
    #[serde(default = "yes")]
    pub create: bool,
    /// Only on hosts of this line.
    pub since: Option<String>,
}

/// `true`, or what to use instead.
fn deprecation<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(Some(value.as_str().unwrap_or_default().to_owned()))
}

/// What a function takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it may be left out.
    #[serde(default)]
    pub optional: bool,
    /// Whether it is all that follow.
    #[serde(default)]
    pub rest: bool,
}

/// Input: `buttons` are the names of members that have the members `button`, and so on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// Of the control itself.
    pub methods: Vec<Member>,
    /// Keys and mouse buttons.
    pub buttons: Vec<String>,
    /// Buttons of headsets and touch screens.
    pub extra_buttons: Vec<String>,
    /// Sticks.
    pub vectors: Vec<String>,
    /// Hands and rays of headsets.
    pub poses: Vec<String>,
    /// Members of a button.
    pub button: Vec<Member>,
    /// Members of a stick.
    pub vector: Vec<Member>,
    /// Members of a pose.
    pub pose: Vec<Member>,
    /// Members of the wheel.
    pub scroll_delta: Vec<Member>,
    /// Members of the pointer.
    pub pointer: Vec<Member>,
    /// Members of the screen.
    pub screen: Vec<Member>,
    /// Members of the camera.
    pub camera: Vec<Member>,
}

/// A name that is there without asking.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Global {
    /// The name.
    pub name: String,
    /// `object`, `class`, `function`, `const`, `intrinsic` (part of JavaScript), `undefined` (taken
    /// away), `param` (of the entry function), `legacy` (only in scripts of the old form).
    pub kind: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// One sentence.
    pub doc: String,
    /// What to use instead.
    pub deprecated: Option<String>,
    /// Whether it does something here.
    #[serde(flatten)]
    pub support: Supported,
}

/// What can be listened to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Events {
    /// Each of them.
    pub events: Vec<Event>,
    /// Names no app may give an event of its own.
    pub reserved: Vec<String>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Its name; `<custom>` stands for those apps make up.
    pub name: String,
    /// `app` or `world`.
    pub on: String,
    /// What the callback is given.
    pub args: Vec<Param>,
    /// `both`, `server` or `client`.
    pub side: String,
    /// One sentence.
    pub doc: String,
    /// Whether it does something here.
    #[serde(flatten)]
    pub support: Supported,
}

/// What `app.configure` takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Configure {
    /// The types of fields.
    pub fields: Vec<ConfigureField>,
    /// What every field can say.
    pub common: Vec<ConfigureProp>,
}

/// A type of field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ConfigureField {
    /// Its word.
    #[serde(rename = "type")]
    pub name: String,
    /// The type of its value in `props`; `never` if it has none.
    pub value: String,
    /// One sentence.
    pub doc: String,
    /// What to use instead.
    pub deprecated: Option<String>,
    /// What it can say.
    #[serde(default)]
    pub props: Vec<ConfigureProp>,
    /// Of files: kind → extensions.
    #[serde(default)]
    pub kinds: BTreeMap<String, Vec<String>>,
    /// Whether it does something here.
    #[serde(flatten)]
    pub support: Supported,
}

/// Something a field can say.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ConfigureProp {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// One sentence.
    pub doc: Option<String>,
    /// What it is if not said. Infinities are words.
    #[serde(default)]
    pub default: Value,
    /// What it may be.
    #[serde(default, rename = "enum")]
    pub choices: Vec<String>,
}

/// A class scripts can make values of.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// What its constructor takes.
    pub params: Vec<Param>,
    /// What to use instead.
    pub deprecated: Option<String>,
    /// Its properties and methods.
    pub members: Vec<Member>,
}

/// The shape of a value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// Its properties and methods.
    pub members: Vec<Member>,
}

/// The table.
#[must_use]
pub fn api() -> &'static Api {
    static API: LazyLock<Api> = LazyLock::new(read);
    &API
}

/// Which field of which component each property of a node is: (type of node, property, component). What a
/// type inherits is said of it as well; methods and callbacks are no data and not here.
#[must_use]
pub fn properties(snapshot: &Snapshot) -> Vec<(&'static str, &str, &'static str)> {
    let mut rows = Vec::new();
    for node in &api().nodes {
        let mut line = Some(node);
        while let Some(above) = line {
            for component in &above.components {
                let fields = snapshot.component(component).map(|it| it.fields.as_slice()).unwrap_or_default();
                let row = fields.iter().map(|it| (node.name.as_str(), it.name.as_str(), component.as_str()));
                rows.extend(row);
            }
            let parent = above.inherits.as_deref();
            line = parent.and_then(|parent| api().nodes.iter().find(|it| it.name == parent));
        }
    }
    rows
}

fn read() -> Api {
    macro_rules! table {
        ($($part:ident),*) => {
            Api { $($part: part(include_str!(concat!("api/", stringify!($part), ".json"))),)* }
        };
    }
    table!(nodes, world, app, player, control, globals, entry, events, configure, classes, types)
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> T {
    serde_json::from_str(text).expect("compiled in, and read by a test")
}

#[cfg(test)]
mod tests {
    use super::properties;
    use crate::{Asking, Snapshot, core};

    #[test]
    fn properties_of_nodes_are_fields_of_their_components_inherited_ones_too() {
        let snapshot = Snapshot::build(&core::records(), &Asking::default()).snapshot;
        let rows = properties(&snapshot);
        for row in
            [("mesh", "castShadow", "mesh"), ("mesh", "position", "transform"), ("ui", "active", "node")]
        {
            assert!(rows.contains(&row), "{row:?}");
        }
        assert!(!rows.iter().any(|row| row.1 == "onTrigger"), "a callback is no data");
    }
}
