//! What a thrown value says, and where in the project it was thrown.

use bowline_model::{Frame, Problem, ProjectPath};
use bowline_script::resolve::parts;
use rquickjs::{Object, Type, Value};

use super::Limits;
use super::budget::{Cause, SAID_BYTES_MAX};
use super::bundle::Bundle;
use super::modules::unmarked;

/// What a script is called that needed more memory than it may have.
pub(super) const OUT_OF_MEMORY: &str = "script_memory_budget";

/// The problem a thrown value stands for: its words, and the innermost place in the script's own
/// files.
pub(super) fn describe(bundle: &Bundle, thrown: &Value<'_>) -> Problem {
    let object = thrown.as_object().filter(|_| thrown.is_error());
    let text = |object: &Object<'_>, key: &str| object.get::<_, Option<String>>(key).ok().flatten();
    let Some(error) = object else {
        // Out of memory with nothing left to make an error of, or not even told so.
        if thrown.is_null() || thrown.type_of() == Type::Uninitialized {
            return bundle.problem(OUT_OF_MEMORY, "out of memory");
        }
        let words =
            thrown.as_string().and_then(|it| it.to_string().ok()).unwrap_or_else(|| primitive(thrown));
        return bundle.problem("script_error", format!("threw {words}"));
    };
    let name = text(error, "name").unwrap_or_else(|| "Error".to_owned());
    let message = unmarked(&text(error, "message").unwrap_or_default());
    let (code, message) = match known(text(error, "code").as_deref(), &message) {
        Some(ours) => ours,
        None => {
            let code = if message == "out of memory" { OUT_OF_MEMORY } else { "script_error" };
            (code, if message.is_empty() { name } else { format!("{name}: {message}") })
        }
    };
    located(bundle, bundle.problem(code, message), text(error, "stack").as_deref())
}

/// Errors the world threw itself, which have names of their own.
const OURS: [&str; 22] = [
    "async_system",
    "bad_name",
    "component_in_use",
    "component_missing",
    "entity_gone",
    "entity_in_use",
    "host_primitive",
    "invalid_value",
    "meta_read_only",
    "node_cycle",
    "out_of_range",
    "read_only_component",
    "read_only_property",
    "store_access_in_tick",
    "undeclared_component",
    "unknown_component",
    "unknown_field",
    "unknown_layer",
    "unknown_node_type",
    "unknown_prefab",
    "unknown_variant",
    "wrong_type",
];

/// `message` without the code it begins with, if both are ours.
fn known(code: Option<&str>, message: &str) -> Option<(&'static str, String)> {
    let code = OURS.into_iter().find(|it| Some(*it) == code)?;
    let words = message.strip_prefix(code)?.strip_prefix(": ")?;
    Some((code, words.to_owned()))
}

/// Errors the prelude of Luau throws, which are errors of the loader in JavaScript.
const OF_LUAU: [&str; 10] = [
    "circular_require",
    "cross_app_import_not_allowed",
    "import_of_another_language",
    "invalid_relative_import",
    "invalid_value",
    "module_not_found",
    "read_only_property",
    "unknown_layer",
    "unknown_node_type",
    "unsupported_import",
];

/// A message that begins with a code of ours, and the words after it.
pub(super) fn coded(message: &str) -> Option<(&'static str, String)> {
    let code = message.split_once(": ")?.0;
    let ours = OURS.into_iter().chain(OF_LUAU).find(|it| *it == code)?;
    Some((ours, message.strip_prefix(ours)?.strip_prefix(": ")?.to_owned()))
}

/// The problem of a script that used up `cause`.
pub(super) fn exhausted(bundle: &Bundle, cause: Cause, limits: Limits, stack: Option<&str>) -> Problem {
    let (code, message, setting) = match cause {
        Cause::Time => {
            let most = limits.tick_time.as_millis();
            let message = format!("{} ran longer than its {most} ms of a tick", bundle.app);
            ("script_time_budget", message, Some("tick_ms"))
        }
        Cause::Start => {
            let most = limits.start_time.as_millis();
            ("script_time_budget", format!("{} took longer than its {most} ms to start", bundle.app), Some("start_ms"))
        }
        Cause::Memory => {
            let most = limits.memory >> 20;
            let message = format!("{} needed more than the {most} MB it may hold", bundle.app);
            (OUT_OF_MEMORY, message, Some("memory_mb"))
        }
        Cause::Said => {
            let most = SAID_BYTES_MAX >> 20;
            let message = format!("{} said more than {most} MB to the world in one hook", bundle.app);
            ("script_call_budget", message, None)
        }
        Cause::Calls => {
            let most = limits.calls;
            let message = format!("{} called the world more than {most} times in one hook", bundle.app);
            ("script_call_budget", message, Some("calls"))
        }
    };
    let help = |it| format!("raise `{it}` in [script] of bowline.toml if that is what it needs");
    let problem = Problem { help: setting.map(help), ..bundle.problem(code, message) };
    located(bundle, problem, stack)
}

/// How many callers are named.
const CHAIN_MAX: usize = 8;

/// `problem` at the innermost frame of `stack` that is in one of the script's own files, with the
/// frames that called it.
fn located(bundle: &Bundle, problem: Problem, stack: Option<&str>) -> Problem {
    let stack = unmarked(stack.unwrap_or_default());
    let mut frames = stack.lines().filter_map(|it| frame(bundle, it));
    let Some(Frame { path, line, column, .. }) = frames.next() else { return problem };
    let chain = frames.take(CHAIN_MAX).collect();
    Problem { path, line, column, chain, ..problem }
}

/// `    at name (app://A@1/lib/x.js:3:15)`: a path on disk, a place, a function. The engine's columns are
/// somewhere inside the expression that failed, or just after it.
fn frame(bundle: &Bundle, text: &str) -> Option<Frame> {
    let at = text.find("app://")?;
    let function = text[..at].trim().strip_prefix("at ").unwrap_or_default();
    let function = function.trim_end_matches('(').trim().trim_matches(['<', '>']);
    let function = if function == "anonymous" { String::new() } else { function.to_owned() };
    let specifier = text[at..].trim_end().trim_end_matches(')');
    let (rest, last) = specifier.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    // `file:line:column`, or `file:line` where the engine knows no column.
    let (file, line, column) = match rest.rsplit_once(':').map(|(file, line)| (file, line.parse::<u32>())) {
        Some((file, Ok(line))) => (file, line, last),
        _ => (rest, last, 0),
    };
    let (_, _, key) = parts(file)?;
    let key = ProjectPath::parse(key).ok()?;
    Some(Frame { path: bundle.disk_path(&key), line, column, function })
}

fn primitive(thrown: &Value<'_>) -> String {
    if let Some(number) = thrown.as_number() {
        return number.to_string();
    }
    match thrown.as_bool() {
        Some(it) => it.to_string(),
        None => thrown.type_name().to_owned(),
    }
}

/// A failure that does not stop the app, as a line of its log.
pub(super) fn line(what: &str, problem: &Problem) -> String {
    format!("{what}: {} ({})", problem.message, problem.place())
}
