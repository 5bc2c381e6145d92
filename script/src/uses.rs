//! The use index: which lines of a project name a component, a field or a prefab.
//!
//! Asked before a schema changes (which lines would break: [`broken_by`]), and by editors (find all
//! references). A use is only listed if it is known to be one: what a variable holds is followed from
//! `world`, `app` and the calls that give entities and handles, through assignments, destructuring and
//! functions of the same file, never guessed from how a variable is called. The one convention that
//! counts is the script API's own: parameters called `world`, `app` and `entity` are those.
//!
//! Not here: whether what is named exists, which only a schema can say. Start with [`of_module`]; the
//! following of values is `uses/walk.rs` and, in Luau, `uses/luau.rs`; what it all means `uses/meaning.rs`.

mod calls;
mod functions;
mod json;
mod known;
mod literals;
mod luau;
mod meaning;
mod members;
mod scope;
mod walk;

use std::collections::BTreeMap;

use bowline_model::{Problem, ProjectPath};

use crate::parse;
use crate::place::Lines;

pub use json::{Json, of_json};

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A component, by the name scripts use: `door`, `ui/label`.
    Component(String),
    /// A field of a component. A part of a struct is spelled from the top: `hinge.angle`; what is in a
    /// list has `[]` behind the list: `stops[].at`.
    Field(String, String),
    /// A prefab.
    Prefab(String),
}

/// One place where something is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What.
    pub name: Name,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 units: the first letter of the name, behind its quote if it has one.
    pub column: u32,
    /// The line, without the space around it.
    pub text: String,
}

/// What one file uses. Reading never fails: a file that cannot be read uses nothing and has a problem.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// In the order of the text.
    pub uses: Vec<Use>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// The types of nodes that `app.create` makes: which component each of their properties is a field of.
/// Whoever has the table of the script API fills this in; this crate does not know it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nodes(BTreeMap<String, BTreeMap<String, String>>);

impl Nodes {
    /// A table of rows (type of node, property, component): `("mesh", "castShadow", "mesh")`. What every
    /// node has is said of the type `node`.
    #[must_use]
    pub fn new<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Nodes {
        let mut nodes = Nodes::default();
        for (node, property, component) in rows {
            nodes.0.entry(node.to_owned()).or_default().insert(property.to_owned(), component.to_owned());
        }
        nodes
    }

    /// The component that `property` of a `node` is a field of; `None` for methods and callbacks.
    fn component(&self, node: &str, property: &str) -> Option<&str> {
        let own = self.0.get(node).and_then(|it| it.get(property));
        own.or_else(|| self.0.get("node")?.get(property)).map(String::as_str)
    }
}

/// What a script uses. `.ts` is TypeScript, anything else JavaScript; modules, systems and bodies of the
/// old format alike.
#[must_use]
pub fn of_module(path: &ProjectPath, source: &str, nodes: &Nodes) -> Uses {
    let source = parse::without_bom(source);
    let read = parse::with_tree(path, source, |parsed| {
        let (found, complete) = walk::module(&parsed.module, nodes);
        let mut problems = parsed.errors;
        problems.extend((!complete).then(|| too_deep(path)));
        Uses { uses: listed(source, found), problems }
    });
    read.unwrap_or_else(|problem| Uses { uses: Vec::new(), problems: vec![problem] })
}

/// What a script in Luau uses; of a system also what it says of itself at its top.
#[must_use]
pub fn of_luau(path: &ProjectPath, source: &str, nodes: &Nodes) -> Uses {
    let source = parse::without_bom(source);
    let mut uses = json::luau_header(path, source);
    match crate::luau::with_tree(path, source, |block| luau::chunk(block, nodes)) {
        Ok((found, complete)) => {
            uses.uses.extend(listed(source, found));
            uses.problems.extend((!complete).then(|| too_deep(path)));
        }
        Err(problem) => uses.problems.push(problem),
    }
    uses
}

fn too_deep(path: &ProjectPath) -> Problem {
    Problem::file("script_too_deep", path.as_str(), "nested too deep to find all that is used in it")
}

/// The uses that something else would be named by if `broken` were gone: of a component all its fields
/// as well. In the order of `uses`.
#[must_use]
pub fn broken_by<'a>(uses: &'a [Use], broken: &[Name]) -> Vec<&'a Use> {
    let gone = |it: &&Use| {
        broken.contains(&it.name)
            || matches!(&it.name, Name::Field(component, _) if broken.iter().any(|name| {
                matches!(name, Name::Component(gone) if gone == component)
            }))
    };
    uses.iter().filter(gone).collect()
}

/// Places and what is named there, as uses. A place is a byte offset.
fn listed(source: &str, found: impl IntoIterator<Item = (usize, Name)>) -> Vec<Use> {
    let lines = Lines::new(source);
    let mut uses: Vec<Use> = found
        .into_iter()
        .map(|(offset, name)| {
            let place = lines.place(offset);
            let text = lines.line(place.line).trim().to_owned();
            Use { name, line: place.line, column: place.column, text }
        })
        .collect();
    uses.sort_by(|a, b| (a.line, a.column, &a.name).cmp(&(b.line, b.column, &b.name)));
    uses.dedup();
    uses
}

/// `door`, `door.angle`, `prefab gate`.
impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Name::Component(component) => f.write_str(component),
            Name::Field(component, field) => write!(f, "{component}.{field}"),
            Name::Prefab(prefab) => write!(f, "prefab {prefab}"),
        }
    }
}

#[cfg(test)]
mod luau_tests;
#[cfg(test)]
mod tests;
