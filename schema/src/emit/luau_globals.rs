//! What is there in Luau without asking, as types: the control, addresses, and every global. And the
//! same as a definitions file, which language servers take for globals.

use super::luau::key;
use super::luau_api::{comment, function_type, method_parameters, of, table};
use crate::api::{Api, Class, api};
use crate::snapshot::Snapshot;

/// The file for `luau-lsp --definitions` and its like: the types, and what is declared.
pub(super) fn definitions(snapshot: &Snapshot) -> String {
    let types = super::luau::types(snapshot);
    // A definitions file is no module.
    let types = types.strip_prefix("--!strict\n").unwrap_or(&types);
    let types = types.rsplit_once("\nreturn ").map_or(types, |it| it.0);
    let mut out = format!("{types}\n-- Every global of a script.\n");
    for (name, ty, doc) in globals(api()) {
        comment(&mut out, "", &doc);
        out.push_str(&format!("declare {name}: {ty}\n"));
    }
    out
}

/// What no table describes.
const ADDRESSES: &str = "
-- A geometry of a node. It can only be handed on.
export type Geometry = { [never]: never }

-- A colour, in linear parts.
export type Color = {
\tr: number,
\tg: number,
\tb: number,
\tset: (self: Color, r: any, g: number?, b: number?) -> Color,
\tcopy: (self: Color, c: Color) -> Color,
\tclone: (self: Color) -> Color,
\tsetHex: (self: Color, hex: number) -> Color,
\tsetRGB: (self: Color, r: number, g: number, b: number) -> Color,
\tsetScalar: (self: Color, s: number) -> Color,
\tsetStyle: (self: Color, style: string) -> Color,
\tgetHex: (self: Color) -> number,
\tgetHexString: (self: Color) -> string,
\tgetStyle: (self: Color) -> string,
\tmultiplyScalar: (self: Color, s: number) -> Color,
\tlerp: (self: Color, c: Color, t: number) -> Color,
\tequals: (self: Color, c: Color) -> boolean,
\ttoArray: (self: Color) -> { number },
}

-- What stands behind the `?` of an address.
export type URLSearchParams = {
\tsize: number,
\tget: (self: URLSearchParams, name: string) -> string?,
\tgetAll: (self: URLSearchParams, name: string) -> { string },
\thas: (self: URLSearchParams, name: string) -> boolean,
\tappend: (self: URLSearchParams, name: string, value: any) -> (),
\tdelete: (self: URLSearchParams, name: string) -> (),
\tset: (self: URLSearchParams, name: string, value: any) -> (),
\tsort: (self: URLSearchParams) -> (),
\tentries: (self: URLSearchParams) -> () -> (string?, string?),
\tkeys: (self: URLSearchParams) -> () -> string?,
\tvalues: (self: URLSearchParams) -> () -> string?,
\tforEach: (self: URLSearchParams, callback: (value: string, name: string, params: URLSearchParams) -> ()) -> (),
\ttoString: (self: URLSearchParams) -> string,
}

-- A page's address, taken apart.
export type URL = {
\thref: string,
\torigin: string,
\tprotocol: string,
\tusername: string,
\tpassword: string,
\thost: string,
\thostname: string,
\tport: string,
\tpathname: string,
\tsearch: string,
\tsearchParams: URLSearchParams,
\thash: string,
\ttoString: (self: URL) -> string,
\ttoJSON: (self: URL) -> string,
}
";

/// What the table has no type for that Luau has words for, and what only Luau has: name, type, sentence.
const OWN: [(&str, &str, &str); 17] = [
    ("world", "World", "The world."),
    ("app", "App", "This app."),
    ("props", "Props", "What was set for this app."),
    ("config", "Props", "Another name of `props`."),
    ("shared", "{ [any]: any }", "A table of this instance's own."),
    (
        "fetch",
        "(url: string | URL, options: { method: string?, headers: { [string]: string }?, body: string? }?) -> Response?",
        "Fetches a page; the thread waits for it. Nothing if the network fails.",
    ),
    (
        "setTimeout",
        "(callback: () -> (), milliseconds: number) -> number",
        "Calls back later, unless the app is rebuilt before.",
    ),
    (
        "task",
        "{ spawn: (f: any, ...any) -> thread, defer: (f: any, ...any) -> thread, delay: (seconds: number, f: any, ...any) -> thread, wait: (seconds: number?) -> number, cancel: (thread: thread) -> () }",
        "Threads that may wait.",
    ),
    (
        "console",
        "{ log: (...any) -> (), warn: (...any) -> (), error: (...any) -> (), time: (label: string?) -> (), timeEnd: (label: string?) -> () }",
        "Writes to the log.",
    ),
    ("warn", "(...any) -> ()", "Writes a warning to the log."),
    ("Date", "{ now: () -> number }", "The world's clock, in milliseconds."),
    (
        "JSON",
        "{ stringify: (value: any) -> string, parse: (text: string) -> any }",
        "Tables as text, and back.",
    ),
    (
        "URL",
        "{ new: (url: any, base: any?) -> URL, parse: (url: any, base: any?) -> URL?, canParse: (url: any, base: any?) -> boolean }",
        "A page's address, taken apart.",
    ),
    ("encodeURIComponent", "(text: any) -> string", "A text with percent signs, to stand in an address."),
    ("encodeURI", "(text: any) -> string", "An address with percent signs."),
    ("decodeURIComponent", "(text: any) -> string", "The text behind percent signs."),
    ("decodeURI", "(text: any) -> string", "The address behind percent signs."),
];

/// Types of the control and of addresses; and all globals as one type.
pub(super) fn types(out: &mut String, api: &Api) {
    out.push_str(ADDRESSES);
    control(out, api);
    out.push_str("\n-- Every global of a script.\nexport type Globals = {\n");
    for (name, ty, doc) in globals(api) {
        comment(out, "\t", &doc);
        out.push_str(&format!("\t{name}: {ty},\n"));
    }
    out.push_str("}\n");
}

fn globals(api: &Api) -> Vec<(String, String, String)> {
    let mut all: Vec<_> =
        OWN.iter().map(|(name, ty, doc)| ((*name).to_owned(), (*ty).to_owned(), (*doc).to_owned())).collect();
    let params = "init: any?".to_owned();
    all.push(constructed("URLSearchParams", params, "What stands behind the `?` of an address."));
    all.extend(api.classes.iter().map(class));
    for it in api.globals.iter().filter(|it| it.support.luau.is_none()) {
        if !matches!(it.kind.as_str(), "function" | "const") || all.iter().any(|known| known.0 == it.name) {
            continue;
        }
        let ty = match it.ty.split_once(") => ") {
            Some((list, returns)) => function_type(list.trim_start_matches('('), returns, ""),
            None => of(&it.ty, ""),
        };
        all.push((it.name.clone(), ty, it.doc.clone()));
    }
    all
}

fn class(class: &Class) -> (String, String, String) {
    constructed(&class.name, method_parameters(&class.params, &class.name), &class.doc)
}

fn constructed(name: &str, params: String, doc: &str) -> (String, String, String) {
    (name.to_owned(), format!("{{ new: ({params}) -> {name} }}"), doc.to_owned())
}

fn control(out: &mut String, api: &Api) {
    let it = &api.control;
    table(out, "ControlButton", "A key, or a button.", &it.button);
    table(out, "ControlVector", "A stick.", &it.vector);
    table(out, "ControlPose", "A hand, or what it points along.", &it.pose);
    table(out, "ControlScroll", "The wheel.", &it.scroll_delta);
    table(out, "ControlPointer", "The pointer.", &it.pointer);
    table(out, "ControlScreen", "The screen.", &it.screen);
    table(out, "ControlCamera", "The camera.", &it.camera);
    table(out, "ControlMethods", "What can be done with the input.", &it.methods);
    out.push_str("\n-- The input, taken over.\nexport type Control = ControlMethods & {\n");
    let groups = [
        (&it.buttons, "Button"),
        (&it.extra_buttons, "Button"),
        (&it.vectors, "Vector"),
        (&it.poses, "Pose"),
    ];
    for (names, ty) in groups {
        names.iter().for_each(|name| out.push_str(&format!("\t{}: Control{ty},\n", key(name))));
    }
    for (name, ty) in
        [("scrollDelta", "Scroll"), ("pointer", "Pointer"), ("screen", "Screen"), ("camera", "Camera")]
    {
        out.push_str(&format!("\t{name}: Control{ty},\n"));
    }
    out.push_str("}\n");
}
