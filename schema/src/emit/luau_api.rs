//! The script API as Luau types: `World`, `App`, nodes, vectors, entities and the hooks of an entry. The
//! table spells types as TypeScript; what Luau has no word for is `any`.

use super::luau::key;
use super::{named, one_line, quoted};
use crate::api::{Api, Member, MemberKind, Node, Param, api};
use crate::field::Field;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

/// Where the API begins in the projection.
pub(super) const MARK: &str = "-- The script API.";

/// What no table describes.
const PRELUDE: &str = "
export type Vector3Like = { x: number, y: number, z: number } | vector
export type QuaternionLike = { x: number, y: number, z: number, w: number }
-- What was set for an app.
export type Props = { [string]: any }
";

/// The hooks of an entry: `return { on_update = function(dt) … end } :: Hooks`.
const HOOKS: &str = "
-- What the entry of an app returns: these, or a function `(world, app, props)`.
export type Hooks = {
\ton_start: ((world: World, app: App, props: Props) -> ())?,
\ton_update: ((delta: number) -> ())?,
\ton_fixed_update: ((delta: number) -> ())?,
\ton_late_update: ((delta: number) -> ())?,
\ton_message: ((event: string, data: any, from: string?) -> ())?,
\ton_destroy: (() -> ())?,
\ton_save: (() -> any)?,
\ton_restore: ((saved: any) -> ())?,
\ton_reload: ((context: { from: number, to: number, state: any }) -> ())?,
}
";

/// Types of everything a script in Luau is handed.
pub(super) fn types(snapshot: &Snapshot) -> String {
    let api = api();
    let mut out = format!("\n{MARK}\n{PRELUDE}");
    for class in &api.classes {
        table(&mut out, &class.name, &class.doc, &class.members);
    }
    for node in &api.nodes {
        node_type(&mut out, api, node, snapshot);
    }
    for shape in &api.types {
        let members: Vec<Member> = if shape.name == "Entity" { Vec::new() } else { shape.members.clone() };
        if shape.name == "Entity" {
            entity(&mut out, &shape.members, snapshot);
        } else {
            table(&mut out, &shape.name, &shape.doc, &members);
        }
    }
    table(&mut out, "Player", "Somebody in the world.", &api.player);
    table(&mut out, "World", "The world.", &api.world);
    app(&mut out, api);
    super::luau_globals::types(&mut out, api);
    out + HOOKS
}

pub(super) fn comment(out: &mut String, indent: &str, text: &str) {
    let text = one_line(text);
    if !text.is_empty() {
        out.push_str(&format!("{indent}-- {text}\n"));
    }
}

pub(super) fn table(out: &mut String, name: &str, doc: &str, members: &[Member]) {
    out.push('\n');
    comment(out, "", doc);
    out.push_str(&format!("export type {name} = {{\n"));
    for it in members {
        member(out, name, it);
    }
    out.push_str("}\n");
}

fn member(out: &mut String, owner: &str, it: &Member) {
    comment(out, "\t", it.doc.as_deref().unwrap_or_default());
    out.push_str(&format!("\t{}: {},\n", key(&it.name), member_type(owner, it)));
}

fn member_type(owner: &str, it: &Member) -> String {
    match (&it.returns, &it.ty) {
        (Some(returns), _) => method(owner, &it.params, returns),
        (None, ty) => {
            let ty = of(ty.as_deref().unwrap_or("any"), owner);
            let absent = it.optional || it.kind == MemberKind::Callback;
            if absent && !ty.ends_with('?') && ty != "any" { format!("({ty})?") } else { ty }
        }
    }
}

fn method(owner: &str, params: &[Param], returns: &str) -> String {
    let list = method_parameters(params, owner);
    let list = if list.is_empty() { String::new() } else { format!(", {list}") };
    let returns = match of(returns, owner).as_str() {
        "()" => "()".to_owned(),
        ty if ty.contains("->") => format!("({ty})"),
        ty => ty.to_owned(),
    };
    format!("(self: {owner}{list}) -> {returns}")
}

/// `x: number?, ...any`: what something of `owner` takes, without itself.
pub(super) fn method_parameters(params: &[Param], owner: &str) -> String {
    let mut list = Vec::new();
    for it in params {
        let ty = of(&it.ty, owner);
        list.push(if it.rest {
            format!("...{}", if ty.starts_with('{') { "any" } else { &ty })
        } else if it.optional && !ty.ends_with('?') && ty != "any" {
            format!("{}: ({ty})?", key(&it.name))
        } else {
            format!("{}: {ty}", argument(&it.name))
        });
    }
    list.join(", ")
}

/// A parameter's name, where a word of the language cannot stand.
fn argument(name: &str) -> String {
    if key(name) == name { name.to_owned() } else { format!("{name}_") }
}

/// Names that are types of the projection.
fn is_known(word: &str) -> bool {
    let known =
        ["Vector3Like", "QuaternionLike", "Props", "Player", "World", "App", "Entity", "Control", "Geometry"];
    let api = api();
    known.contains(&word)
        || api.classes.iter().any(|it| it.name == word)
        || api.types.iter().any(|it| it.name == word)
        || api.nodes.iter().any(|it| it.title == word)
}

/// A type of TypeScript in Luau.
pub(super) fn of(ts: &str, owner: &str) -> String {
    let ts = ts.trim();
    match ts {
        "void" => return "()".to_owned(),
        "undefined" => return "nil".to_owned(),
        "this" => return owner.to_owned(),
        "string" | "number" | "boolean" => return ts.to_owned(),
        "ArrayBuffer" => return "buffer".to_owned(),
        _ if is_known(ts) => return ts.to_owned(),
        _ => (),
    }
    if let Some(word) = ts.strip_prefix('\'').and_then(|it| it.strip_suffix('\''))
        && !word.contains('\'')
    {
        return quoted(word);
    }
    // A thread waits where JavaScript promises.
    if let Some(promised) = ts.strip_prefix("Promise<").and_then(|it| it.strip_suffix('>')) {
        return of(promised, owner);
    }
    if let Some(item) = ts.strip_suffix("[]").filter(|it| !it.contains([' ', '('])) {
        return format!("{{ {} }}", of(item, owner));
    }
    // Only unions of plain words: what is deeper is `any`.
    if ts.contains(" | ") && !ts.contains(['(', '{', '[', '<', '=']) {
        let (absent, words): (Vec<&str>, Vec<&str>) =
            ts.split(" | ").partition(|it| matches!(*it, "null" | "undefined"));
        let words: Vec<String> = words.into_iter().map(|it| of(it, owner)).collect();
        if words.iter().any(|it| it == "any") {
            return "any".to_owned();
        }
        let union = words.join(" | ");
        return match (absent.is_empty(), words.len()) {
            (true, _) => union,
            (false, 1) => format!("{union}?"),
            (false, _) => format!("({union})?"),
        };
    }
    if let Some((list, returns)) = ts.strip_prefix('(').and_then(|it| it.split_once(") => "))
        && !list.contains(['(', '{', '<'])
    {
        return function_type(list, returns, owner);
    }
    "any".to_owned()
}

pub(super) fn function_type(list: &str, returns: &str, owner: &str) -> String {
    let params = list.split(", ").filter(|it| !it.is_empty()).map(|it| {
        let (name, ty) = it.split_once(": ").unwrap_or((it, "any"));
        if name.starts_with("...") {
            return "...any".to_owned();
        }
        let optional = name.ends_with('?');
        let ty = of(ty, owner);
        let ty = if optional && ty != "any" { format!("({ty})?") } else { ty };
        format!("{}: {ty}", argument(name.trim_end_matches('?')))
    });
    format!("({}) -> {}", params.collect::<Vec<_>>().join(", "), of(returns, owner))
}

fn node_type(out: &mut String, api: &Api, node: &Node, snapshot: &Snapshot) {
    let base = node.inherits.as_ref().and_then(|it| api.nodes.iter().find(|base| base.name == *it));
    out.push_str(&format!("\nexport type {} = ", node.title));
    if let Some(base) = base {
        out.push_str(&format!("{} & ", base.title));
    }
    out.push_str("{\n");
    let components = node.components.iter().filter_map(|it| snapshot.component(it).ok());
    for field in components.flat_map(|it| &it.fields) {
        let said = node.fields.get(&field.name).and_then(|it| it.ty.as_deref());
        let ty = said.map_or_else(|| property(field), |it| of(it, &node.title));
        out.push_str(&format!("\t{}: {ty},\n", key(&field.name)));
    }
    for it in &node.members {
        member(out, &node.title, it);
    }
    out.push_str("}\n");
}

fn property(field: &Field) -> String {
    let ty = match &field.kind {
        Kind::Bool => "boolean",
        Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::StringId => "number",
        Kind::Vec3 => "Vector3",
        Kind::Quat => "Quaternion",
        Kind::Color | Kind::Text { .. } | Kind::Asset { .. } => "string",
        Kind::Enum { variants } => {
            let words: Vec<String> = variants.iter().map(|it| quoted(it)).collect();
            let union = words.join(" | ");
            return if field.optional { format!("({union})?") } else { union };
        }
        _ => return "any".to_owned(),
    };
    if field.optional { format!("{ty}?") } else { ty.to_owned() }
}

/// An entity gives handles of components, each of its own type.
fn entity(out: &mut String, members: &[Member], snapshot: &Snapshot) {
    out.push_str("\n-- Something in the world, an app's or spawned.\nexport type Entity = {\n");
    for it in members {
        let given = match it.name.as_str() {
            "get" => ("", "?"),
            "add" => (", values: { [string]: any }?", ""),
            _ => {
                member(out, "Entity", it);
                continue;
            }
        };
        comment(out, "\t", it.doc.as_deref().unwrap_or_default());
        let one = |(name, component): (String, &crate::Component)| {
            let word = quoted(component.name());
            format!("\t\t((self: Entity, name: {word}{}) -> {name}{})", given.0, given.1)
        };
        let all: Vec<String> = named(snapshot).into_iter().map(one).collect();
        let all = if all.is_empty() { "\t\tany".to_owned() } else { all.join("\n\t\t& ") };
        out.push_str(&format!("\t{}:\n{all},\n", it.name));
    }
    out.push_str("}\n");
}

/// The app is a node with members of its own; what it creates has the type of its name.
fn app(out: &mut String, api: &Api) {
    out.push_str("\n-- The script's own app.\nexport type App = Node & {\n");
    for it in &api.app {
        if it.name != "create" {
            member(out, "App", it);
            continue;
        }
        comment(out, "\t", it.doc.as_deref().unwrap_or_default());
        let one = |node: &Node| {
            let word = quoted(&node.name);
            format!("\t\t((self: App, type: {word}, data: {{ [string]: any }}?) -> {})", node.title)
        };
        let all: Vec<String> = api.nodes.iter().filter(|it| it.creatable).map(one).collect();
        out.push_str(&format!("\tcreate:\n{},\n", all.join("\n\t\t& ")));
    }
    out.push_str("}\n");
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn types_of_typescript_are_types_of_luau() {
        for (ts, wanted) in [
            ("void", "()"),
            ("this", "Vector3"),
            ("string | null", "string?"),
            ("'a' | 'b' | null", "(\"a\" | \"b\")?"),
            ("Player[]", "{ Player }"),
            ("Node | undefined", "Node?"),
            ("(event: string, n?: number) => void", "(event: string, n: (number)?) -> ()"),
            ("(...args: any[]) => void", "(...any) -> ()"),
            ("{ a: number }", "any"),
            ("Promise<Node>", "Node"),
            ("Promise<Response | undefined>", "Response?"),
            ("NodeTypes[K]", "any"),
        ] {
            assert_eq!(of(ts, "Vector3"), wanted, "{ts}");
        }
    }
}
