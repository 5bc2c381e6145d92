//! TypeScript declarations. Components are data types; nodes, with their components' fields as
//! properties, and the rest of the script API come from [`crate::api`].
//!
//! Meant for projects without the DOM's own types (`"lib": ["ES2022"]`): a world has no DOM, and its
//! `Node` and `Image` are others.

use super::{component_doc, field_doc, header, json_line, named, one_line, quoted};
use crate::api::{self, Access, Api, Member, MemberKind, Node, Param, api};
use crate::field::Field;
use crate::kind::Kind;
use crate::snapshot::Snapshot;

/// What no record describes.
const PRELUDE: &str = "
interface Vector3Like { x: number; y: number; z: number }
interface QuaternionLike { x: number; y: number; z: number; w: number }
declare const opaque: unique symbol;
/** A geometry of a model. It can only be handed on. */
interface Geometry { readonly [opaque]: true }
/** What was set for an app. Declare its members to have them checked. */
interface Props { [name: string]: any }
/** An event of one's own. One that differs from a known one by case alone is a slip. */
type OwnEvent<E extends string, Known> = Lowercase<E> extends Lowercase<keyof Known & string> ? never : E;
";

/// Everything a script of the module form sees.
pub(super) fn types(snapshot: &Snapshot) -> String {
    let mut out = header(snapshot, "//");
    out.push_str(PRELUDE);
    components(snapshot, &mut out);
    let api = api();
    nodes(api, snapshot, &mut out);
    shapes(api, &mut out);
    control(api, &mut out);
    configure(api, &mut out);
    classes(api, &mut out);
    globals(api, &mut out);
    out
}

/// What scripts of the old form, whose file is the body of the entry function, see beside
/// [`types`]: its parameters, as names that are everywhere.
#[must_use]
pub fn body() -> String {
    let mut out = String::from("// The parameters of the entry function, for scripts that are its body.\n");
    for it in &api().entry {
        comment(&mut out, "", &[&it.doc], None);
        out.push_str(&format!("declare const {}: {};\n", it.name, it.ty));
    }
    out
}

fn components(snapshot: &Snapshot, out: &mut String) {
    for (name, component) in named(snapshot) {
        out.push('\n');
        let doc = component_doc(component, snapshot);
        comment(out, "", &[&doc], component.deprecated.as_deref());
        out.push_str(&format!("interface {name} {{\n"));
        for field in &component.fields {
            field_comment(out, field, snapshot);
            out.push_str(&format!("  {}: {};\n", field.name, field_type(field)));
        }
        out.push_str("}\n");
    }
    out.push_str("\n/** Every component by name. */\ninterface ComponentTypes {\n");
    for (name, component) in named(snapshot) {
        out.push_str(&format!("  {}: {name};\n", quoted(component.name())));
    }
    out.push_str("}\n");
}

fn field_comment(out: &mut String, field: &Field, snapshot: &Snapshot) {
    let default = format!("@default {}", json_line(&field.initial()));
    comment(out, "  ", &[&field_doc(field, snapshot), &default], field.deprecated.as_deref());
}

fn comment(out: &mut String, indent: &str, parts: &[&str], deprecated: Option<&str>) {
    let deprecated = deprecated.map(|it| format!("@deprecated {it}"));
    let parts = parts.iter().copied().chain(deprecated.as_deref()).filter(|it| !it.is_empty());
    let text = one_line(&parts.collect::<Vec<_>>().join(" ")).replace("*/", "*\u{2044}");
    if !text.is_empty() {
        out.push_str(&format!("{indent}/** {text} */\n"));
    }
}

fn field_type(field: &Field) -> String {
    let plain = kind_type(&field.kind);
    if field.optional && !plain.ends_with("| null") { format!("{plain} | null") } else { plain }
}

fn kind_type(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "boolean".to_owned(),
        Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::StringId => "number".to_owned(),
        Kind::Vec2 => "[number, number]".to_owned(),
        Kind::Vec3 => "[number, number, number]".to_owned(),
        Kind::Vec4 | Kind::Quat => "[number, number, number, number]".to_owned(),
        Kind::Color | Kind::Text { .. } | Kind::Asset { .. } => "string".to_owned(),
        Kind::Entity => "string | null".to_owned(),
        Kind::Enum { variants } => variants.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" | "),
        Kind::List { of, .. } => format!("Array<{}>", kind_type(of)),
        Kind::Struct { fields } => {
            let parts = fields.iter().map(|it| format!("{}: {}", it.name, field_type(it)));
            format!("{{ {} }}", parts.collect::<Vec<_>>().join("; "))
        }
        Kind::Json => "any".to_owned(),
    }
}

/// As nodes have it: live vectors, and files by their URL.
fn property_type(field: &Field, access: Option<&Access>) -> String {
    if let Some(ty) = access.and_then(|it| it.ty.clone()) {
        return ty;
    }
    let live = match field.kind {
        Kind::Vec3 => "Vector3",
        Kind::Quat => "Quaternion",
        _ => return field_type(field),
    };
    if field.optional { format!("{live} | null") } else { live.to_owned() }
}

fn nodes(api: &Api, snapshot: &Snapshot, out: &mut String) {
    for node in &api.nodes {
        let fields = fields_of(node, snapshot);
        let base = |ending: &str| {
            let title = node.inherits.as_ref().and_then(|it| api.nodes.iter().find(|base| base.name == *it));
            title.map(|it| format!(" extends {}{ending}", it.title)).unwrap_or_default()
        };
        let doc = fields.first().map(|(doc, _)| doc.as_str()).unwrap_or_default();
        out.push('\n');
        comment(out, "", &[doc], None);
        out.push_str(&format!("interface {}{} {{\n", node.title, base("")));
        for (_, field) in &fields {
            field_comment(out, field, snapshot);
            let access = node.fields.get(&field.name);
            let readonly = access.is_some_and(|it| it.readonly);
            property(out, (&field.name, readonly), &property_type(field, access));
        }
        members(out, &node.members);
        out.push_str("}\n");
        init(out, node, (&fields, &base("Init")));
    }
    out.push_str("\n/** Every node type. */\ninterface NodeTypes {\n");
    each_creatable(out, api, "");
    out.push_str("\n/** What `app.create` takes for each. */\ninterface InitTypes {\n");
    each_creatable(out, api, "Init");
}

fn each_creatable(out: &mut String, api: &Api, ending: &str) {
    for node in api.nodes.iter().filter(|it| it.creatable) {
        out.push_str(&format!("  {}: {}{ending};\n", node.name, node.title));
    }
    out.push_str("}\n");
}

/// The doc and fields of a node's components, as far as the snapshot has them. The node's own
/// component is the last, and its doc the node's.
fn fields_of<'a>(node: &Node, snapshot: &'a Snapshot) -> Vec<(String, &'a Field)> {
    let found: Vec<_> = node.components.iter().filter_map(|it| snapshot.component(it).ok()).collect();
    let doc = found.last().map(|it| component_doc(it, snapshot)).unwrap_or_default();
    found.iter().flat_map(|it| &it.fields).map(|it| (doc.clone(), it)).collect()
}

/// What `app.create` takes.
fn init(out: &mut String, node: &Node, (fields, base): (&[(String, &Field)], &str)) {
    out.push_str(&format!("interface {}Init{base} {{\n", node.title));
    for (_, field) in fields {
        let access = node.fields.get(&field.name);
        if access.is_none_or(|it| it.create) {
            let own = property_type(field, access);
            // Data may be plain lists where nodes have live values.
            let either = match field.kind {
                Kind::Vec3 | Kind::Quat if !own.starts_with('[') => {
                    format!("{own} | {}", kind_type(&field.kind))
                }
                _ => own,
            };
            out.push_str(&format!("  {}?: {either};\n", field.name));
        }
    }
    let created = node.members.iter().filter(|it| it.access.create && it.kind != MemberKind::Method);
    for member in created {
        let ty = member.ty.as_deref().unwrap_or("any");
        out.push_str(&format!("  {}?: {};\n", member.name, nullable(ty, member.kind)));
    }
    out.push_str("}\n");
}

/// A callback is taken away by setting `null`.
fn nullable(ty: &str, kind: MemberKind) -> String {
    if kind == MemberKind::Callback { format!("({ty}) | null") } else { ty.to_owned() }
}

fn property(out: &mut String, (name, readonly): (&str, bool), ty: &str) {
    let readonly = if readonly { "readonly " } else { "" };
    out.push_str(&format!("  {readonly}{name}: {ty};\n"));
}

fn members<'a>(out: &mut String, members: impl IntoIterator<Item = &'a Member>) {
    for member in members {
        comment(out, "  ", &[member.doc.as_deref().unwrap_or_default()], member.deprecated.as_deref());
        let optional = if member.optional { "?" } else { "" };
        match (&member.returns, &member.ty) {
            (Some(returns), _) => {
                let generic = member.generic.as_ref().map(|it| format!("<{it}>")).unwrap_or_default();
                let list = params(&member.params);
                out.push_str(&format!("  {}{generic}({list}): {returns};\n", member.name));
            }
            (None, ty) => {
                let ty = nullable(ty.as_deref().unwrap_or("any"), member.kind);
                property(out, (&format!("{}{optional}", member.name), member.access.readonly), &ty);
            }
        }
    }
}

fn params(params: &[Param]) -> String {
    let one = |it: &Param| {
        let (rest, optional) = (if it.rest { "..." } else { "" }, if it.optional { "?" } else { "" });
        format!("{rest}{}{optional}: {}", it.name, it.ty)
    };
    params.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn interface(out: &mut String, name: &str, doc: &str, list: &[Member]) {
    out.push_str(&format!("\n/** {doc} */\ninterface {name} {{\n"));
    members(out, list);
    out.push_str("}\n");
}

fn shapes(api: &Api, out: &mut String) {
    for shape in &api.types {
        interface(out, &shape.name, &shape.doc, &shape.members);
    }
    listening(out, api, "world");
    listener(out, "World", "The world.", &api.world);
    listening(out, api, "app");
    // The app is the node that all its nodes hang below.
    listener(out, "App extends Node", "An app: the script's own.", &api.app);
    interface(out, "Player", "Somebody in the world.", &api.player);
}

/// As [`interface`]; `on` knows the events that are always there, and what each carries.
fn listener(out: &mut String, name: &str, doc: &str, list: &[Member]) {
    out.push_str(&format!("\n/** {doc} */\ninterface {name} {{\n"));
    let name = name.split(' ').next().unwrap_or(name);
    let (on, others): (Vec<&Member>, Vec<&Member>) = list.iter().partition(|it| it.name == "on");
    for on in on {
        comment(out, "  ", &[on.doc.as_deref().unwrap_or_default()], None);
        // Not plain `string`, which would let a known event take any callback. Known ones come last:
        // when neither fits, compilers tell what is wrong by the last.
        out.push_str(&format!(
            "  on<E extends string>(event: OwnEvent<E, {name}Events>, callback: (...args: any[]) => void): void;\n"
        ));
    }
    out.push_str(&format!(
        "  on<K extends keyof {name}Events>(event: K, callback: {name}Events[K]): void;\n"
    ));
    members(out, others);
    out.push_str("}\n");
}

/// The callbacks of known events, by name.
fn listening(out: &mut String, api: &Api, on: &str) {
    let title = if on == "app" { "AppEvents" } else { "WorldEvents" };
    out.push_str(&format!("\n/** What `{on}.on` calls back with, for events that are always there. */\n"));
    out.push_str(&format!("interface {title} {{\n"));
    let known = api.events.events.iter().filter(|it| it.on == on && !it.name.starts_with('<'));
    for event in known {
        comment(out, "  ", &[&event.doc], None);
        out.push_str(&format!("  {}({}): void;\n", event.name, params(&event.args)));
    }
    out.push_str("}\n");
}

fn control(api: &Api, out: &mut String) {
    let it = &api.control;
    interface(out, "ControlButton", "A key, or a button.", &it.button);
    interface(out, "ControlVector", "A stick.", &it.vector);
    interface(out, "ControlPose", "A hand, or what it points along.", &it.pose);
    interface(out, "ControlScroll", "The wheel.", &it.scroll_delta);
    interface(out, "ControlPointer", "The pointer.", &it.pointer);
    interface(out, "ControlScreen", "The screen.", &it.screen);
    interface(out, "ControlCamera", "The camera.", &it.camera);
    out.push_str("\n/** The input, taken over. */\ninterface Control {\n");
    members(out, &it.methods);
    let single =
        [("scrollDelta", "Scroll"), ("pointer", "Pointer"), ("screen", "Screen"), ("camera", "Camera")];
    let listed = |names: &[String], ty: &str| -> String {
        names.iter().map(|name| format!("  readonly {name}: Control{ty};\n")).collect()
    };
    out.push_str(&listed(&it.buttons, "Button"));
    out.push_str(&listed(&it.extra_buttons, "Button"));
    out.push_str(&listed(&it.vectors, "Vector"));
    out.push_str(&listed(&it.poses, "Pose"));
    for (name, ty) in single {
        out.push_str(&format!("  readonly {name}: Control{ty};\n"));
    }
    out.push_str("}\n");
}

fn configure(api: &Api, out: &mut String) {
    out.push_str("\n/** What all fields of `app.configure` can say. */\ninterface ConfigureCommon {\n");
    for prop in &api.configure.common {
        comment(out, "  ", &[prop.doc.as_deref().unwrap_or_default()], None);
        out.push_str(&format!("  {}?: {};\n", prop.name, prop.ty));
    }
    out.push_str("}\n\n/** A field of `app.configure`. */\ntype ConfigureField = ConfigureCommon & (\n");
    for field in &api.configure.fields {
        comment(out, "  ", &[&field.doc], field.deprecated.as_deref());
        let props = field.props.iter().map(|it| format!("; {}?: {}", it.name, configure_type(it)));
        let props: String = props.collect();
        out.push_str(&format!("  | {{ type: {}{props} }}\n", quoted(&field.name)));
    }
    out.push_str(");\n");
}

fn configure_type(prop: &api::ConfigureProp) -> String {
    match prop.choices.as_slice() {
        [] => prop.ty.clone(),
        choices => choices.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(" | "),
    }
}

fn classes(api: &Api, out: &mut String) {
    for class in &api.classes {
        out.push('\n');
        comment(out, "", &[&class.doc], class.deprecated.as_deref());
        out.push_str(&format!("declare class {} {{\n", class.name));
        out.push_str(&format!("  constructor({});\n", params(&class.params)));
        members(out, &class.members);
        out.push_str("}\n");
    }
}

fn globals(api: &Api, out: &mut String) {
    out.push_str("\n/** A page's address, taken apart. */\ndeclare class URL {\n  constructor(url: string, base?: string);\n  href: string;\n  origin: string;\n  pathname: string;\n  search: string;\n  hash: string;\n  host: string;\n}\n");
    for it in &api.globals {
        let line = match it.kind.as_str() {
            "function" | "const" => format!("declare const {}: {};\n", it.name, it.ty),
            "object" if it.name == "console" => format!("declare const {}: {};\n", it.name, it.ty),
            // Classes are above; the rest is JavaScript's own, or not there.
            _ => continue,
        };
        comment(out, "", &[&it.doc], it.deprecated.as_deref());
        out.push_str(&line);
    }
    let entry = api.entry.iter().filter(|it| it.kind == "param");
    let list = entry.map(|it| format!("{}: {}", it.name, it.ty)).collect::<Vec<_>>().join(", ");
    out.push_str("\n/** The entry function of an app: `export default`. */\n");
    out.push_str(&format!("type Entry = ({list}) => void;\n"));
}
