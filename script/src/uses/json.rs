//! The same for files that are data: prefabs, profiles, and what systems say of themselves.
//!
//! JSON is read as the JavaScript expression it is: places come for free, and a text somebody is still
//! typing fails as one problem.

use bowline_model::ProjectPath;
use swc_ecma_ast::{Expr, ObjectLit, Prop, PropOrSpread};

use super::members::{literal, property_name};
use super::{Name, Uses, listed};
use crate::luau::header;
use crate::parse;

/// What a JSON file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// Its `components` have fields, it `composes` prefabs and its `children` are others.
    Prefab,
    /// Its `components` is a list of names.
    Profile,
    /// It `reads` and `writes` components.
    System,
}

/// What a JSON file uses.
#[must_use]
pub fn of_json(path: &ProjectPath, text: &str, kind: Json) -> Uses {
    let text = parse::without_bom(text);
    let read = parse::with_json(path, text, |value| match (value, kind) {
        (Expr::Object(object), Json::Prefab) => prefab(object),
        (Expr::Object(object), Json::Profile) => names(object, "components", Name::Component),
        (Expr::Object(object), Json::System) => system(object),
        _ => Vec::new(),
    });
    match read {
        Ok(found) => Uses { uses: listed(text, found), problems: Vec::new() },
        Err(problem) => Uses { uses: Vec::new(), problems: vec![problem] },
    }
}

/// What a Luau system says of itself at its top: `--!system {"reads": ["position"]}`.
pub(super) fn luau_header(path: &ProjectPath, source: &str) -> Uses {
    const HEADER: &str = "--!system";
    let Some((line, json)) = header(source, HEADER) else { return Uses::default() };
    // Blanks keep the places.
    let above = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let whole = source.lines().nth(above).unwrap_or_default();
    let margin = whole.find(HEADER).unwrap_or(0) + HEADER.len();
    let text = format!("{}{}{json}", "\n".repeat(above), " ".repeat(margin));
    let uses = of_json(path, &text, Json::System);
    let shown = |it: super::Use| super::Use { text: whole.trim().to_owned(), ..it };
    Uses { uses: uses.uses.into_iter().map(shown).collect(), ..uses }
}

/// The components that a system reads and writes.
pub(super) fn system(header: &ObjectLit) -> Vec<(usize, Name)> {
    let mut found = names(header, "reads", Name::Component);
    found.extend(names(header, "writes", Name::Component));
    found
}

fn prefab(prefab: &ObjectLit) -> Vec<(usize, Name)> {
    let mut found = names(prefab, "composes", Name::Prefab);
    for child in listed_at(prefab, "children").into_iter().filter_map(Expr::as_object) {
        let named = at(child, "prefab").and_then(literal);
        found.extend(named.map(|(name, place)| (place, Name::Prefab(name))));
    }
    let components = at(prefab, "components").and_then(Expr::as_object);
    for (component, place, value) in components.into_iter().flat_map(members) {
        if let Some(values) = value.as_object() {
            fields(values, &component, "", &mut found);
        }
        found.push((place, Name::Component(component)));
    }
    found
}

fn fields(values: &ObjectLit, component: &str, above: &str, found: &mut Vec<(usize, Name)>) {
    for (key, place, value) in members(values) {
        let path = if above.is_empty() { key } else { format!("{above}.{key}") };
        if let Some(below) = value.as_object() {
            fields(below, component, &path, found);
        }
        found.push((place, Name::Field(component.to_owned(), path)));
    }
}

fn names(object: &ObjectLit, key: &str, name: fn(String) -> Name) -> Vec<(usize, Name)> {
    let texts = listed_at(object, key).into_iter().filter_map(literal);
    texts.map(|(text, place)| (place, name(text))).collect()
}

fn listed_at<'a>(object: &'a ObjectLit, key: &str) -> Vec<&'a Expr> {
    let list = at(object, key).and_then(Expr::as_array);
    list.into_iter().flat_map(|it| it.elems.iter().flatten()).map(|it| &*it.expr).collect()
}

fn at<'a>(object: &'a ObjectLit, key: &str) -> Option<&'a Expr> {
    members(object).find(|it| it.0 == key).map(|it| it.2)
}

fn members(object: &ObjectLit) -> impl Iterator<Item = (String, usize, &Expr)> {
    object.props.iter().filter_map(|it| match it {
        PropOrSpread::Prop(it) => match &**it {
            Prop::KeyValue(it) => {
                let (name, place) = property_name(&it.key)?;
                Some((name, place, &*it.value))
            }
            _ => None,
        },
        PropOrSpread::Spread(_) => None,
    })
}
