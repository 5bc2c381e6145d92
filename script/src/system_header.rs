//! [`system_header`]: when a system runs and what it touches, read from its file without running it.
//!
//! JavaScript and TypeScript say it as `export const system = { phase: 'update', reads: ['position'] }`,
//! Luau as `--!system {"phase": "update", …}` in its first line. Only plain values are read; whether
//! they make a good record is the schema's question, whose pointers [`SystemHeader::place`] turns back
//! into lines.

use bowline_model::{Problem, ProjectPath};
use serde_json::{Map, Value, json};
use swc_common::{Span, Spanned as _};
use swc_ecma_ast::{
    Decl, Expr, Lit, Module, ModuleDecl, ModuleItem, Pat, Prop, PropName, PropOrSpread, UnaryOp,
};

use crate::parse;
use crate::place::Lines;

/// What a system's file says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemHeader {
    /// As written: `phase`, `order`, `reads`, `writes`, `doc`.
    pub said: Map<String, Value>,
    language: &'static str,
    /// JSON pointers and where they were written, outermost first.
    places: Vec<(String, u32, u32)>,
}

impl SystemHeader {
    /// The payload of the record that `source`, the file this was read from, stands for.
    #[must_use]
    pub fn payload(&self, source: &str) -> Value {
        let mut payload = self.said.clone();
        payload.insert("language".to_owned(), self.language.into());
        payload.insert("source".to_owned(), source.into());
        Value::Object(payload)
    }

    /// Line and column of what a JSON pointer into the payload is about, or of the nearest thing around
    /// it; both 1-based, columns in UTF-16 units.
    #[must_use]
    pub fn place(&self, pointer: &str) -> (u32, u32) {
        let around =
            |it: &str| pointer.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let found = self.places.iter().filter(|it| around(&it.0)).max_by_key(|it| it.0.len());
        found.map_or((1, 1), |it| (it.1, it.2))
    }
}

/// Reads the header of a system. The extension of `path` says the language: `js`, `ts`, `luau`.
///
/// # Errors
/// `system_header_missing` if it says nothing, `system_header_not_plain` for what is no plain value,
/// `duplicate` for a key that is there twice, `bad_json` in Luau's comment, and what keeps the file
/// from being parsed; each at its place.
pub fn system_header(path: &ProjectPath, source: &str) -> Result<SystemHeader, Problem> {
    let source = parse::without_bom(source);
    match path.extension().map(str::to_ascii_lowercase).as_deref() {
        Some("luau") => luau(path, source),
        Some("ts") => of_module(path, source, "ts"),
        _ => of_module(path, source, "js"),
    }
}

const MARK: &str = "--!system";

fn luau(path: &ProjectPath, source: &str) -> Result<SystemHeader, Problem> {
    let line = source.lines().next().unwrap_or_default();
    let Some(text) = line.strip_prefix(MARK) else {
        return Err(missing(path, "start the file with: --!system {\"phase\": \"update\", \"order\": 0}"));
    };
    let indent = text.len() - text.trim_start().len();
    let column = |bytes: usize| u32::try_from(bytes + 1).unwrap_or(u32::MAX);
    let start = column(MARK.len() + indent);
    match serde_json::from_str(text) {
        Ok(Value::Object(said)) => {
            let places = vec![(String::new(), 1, start)];
            Ok(SystemHeader { said, language: "luau", places })
        }
        Ok(_) => Err(not_plain(path, (1, start), "this is not an object")),
        Err(error) => {
            let column = column(MARK.len() + error.column().saturating_sub(1));
            Err(Problem::file("bad_json", path.as_str(), error.to_string()).at(1, column))
        }
    }
}

fn of_module(path: &ProjectPath, source: &str, language: &'static str) -> Result<SystemHeader, Problem> {
    parse::with_tree(path, source, |parsed| {
        if let Some(problem) = parsed.errors.into_iter().next() {
            return Err(problem);
        }
        let Some(literal) = declared(&parsed.module) else {
            let help = "add: export const system = { phase: 'update', order: 0, reads: [], writes: [] }";
            return Err(missing(path, help));
        };
        let mut reading = Reading { path, lines: Lines::new(source), places: Vec::new() };
        match reading.value(literal, "")? {
            Value::Object(said) => Ok(SystemHeader { said, language, places: reading.places }),
            _ => Err(reading.not_plain(literal.span(), "this is not an object")),
        }
    })?
}

/// What `export const system` is set to.
fn declared(module: &Module) -> Option<&Expr> {
    let exported = module.body.iter().filter_map(|it| match it {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(it)) => Some(&it.decl),
        _ => None,
    });
    let variables = exported.filter_map(|it| match it {
        Decl::Var(it) => Some(&it.decls),
        _ => None,
    });
    let mut named = variables.flatten().filter(|it| match &it.name {
        Pat::Ident(name) => &*name.id.sym == "system",
        _ => false,
    });
    named.next()?.init.as_deref()
}

struct Reading<'a> {
    path: &'a ProjectPath,
    lines: Lines<'a>,
    places: Vec<(String, u32, u32)>,
}

impl Reading<'_> {
    fn value(&mut self, expression: &Expr, at: &str) -> Result<Value, Problem> {
        let (line, column) = self.place(expression.span());
        self.places.push((at.to_owned(), line, column));
        match expression {
            Expr::Lit(Lit::Str(it)) => Ok(it.value.to_string_lossy().into()),
            Expr::Lit(Lit::Bool(it)) => Ok(it.value.into()),
            Expr::Lit(Lit::Num(it)) => Ok(number(it.value)),
            Expr::Lit(Lit::Null(_)) => Ok(Value::Null),
            Expr::Unary(it) if it.op == UnaryOp::Minus => match &*it.arg {
                Expr::Lit(Lit::Num(it)) => Ok(number(-it.value)),
                _ => Err(self.not_plain(it.span, "this is computed")),
            },
            Expr::Tpl(it) if it.exprs.is_empty() => {
                let text = it.quasis.first().and_then(|it| it.cooked.as_ref());
                Ok(text.map(|it| it.to_string_lossy().into_owned()).unwrap_or_default().into())
            }
            Expr::Array(it) => {
                let mut list = Vec::new();
                for (index, item) in it.elems.iter().enumerate() {
                    match item {
                        Some(item) if item.spread.is_none() => {
                            list.push(self.value(&item.expr, &format!("{at}/{index}"))?);
                        }
                        _ => return Err(self.not_plain(it.span, "this list has holes or a spread")),
                    }
                }
                Ok(list.into())
            }
            Expr::Object(it) => self.members(&it.props, at),
            // Types only: gone before it runs.
            Expr::Paren(it) => self.value(&it.expr, at),
            Expr::TsAs(it) => self.value(&it.expr, at),
            Expr::TsConstAssertion(it) => self.value(&it.expr, at),
            Expr::TsSatisfies(it) => self.value(&it.expr, at),
            other => Err(self.not_plain(other.span(), "this is computed")),
        }
    }

    fn members(&mut self, members: &[PropOrSpread], at: &str) -> Result<Value, Problem> {
        let mut map = Map::new();
        for member in members {
            let PropOrSpread::Prop(prop) = member else {
                return Err(self.not_plain(member.span(), "a spread is computed"));
            };
            let Prop::KeyValue(pair) = &**prop else {
                return Err(self.not_plain(prop.span(), "this is not `key: value`"));
            };
            let key = match &pair.key {
                PropName::Ident(it) => it.sym.to_string(),
                PropName::Str(it) => it.value.to_string_lossy().into_owned(),
                other => return Err(self.not_plain(other.span(), "this key is computed")),
            };
            let value =
                self.value(&pair.value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")))?;
            if map.insert(key.clone(), value).is_some() {
                let (line, column) = self.place(pair.key.span());
                let message = format!("`{key}` is said twice");
                return Err(Problem::file("duplicate", self.path.as_str(), message).at(line, column));
            }
        }
        Ok(Value::Object(map))
    }

    fn place(&self, span: Span) -> (u32, u32) {
        let place = self.lines.place(parse::start(span));
        (place.line, place.column)
    }

    fn not_plain(&self, span: Span, what: &str) -> Problem {
        not_plain(self.path, self.place(span), what)
    }
}

/// Whole numbers as whole numbers, so that they read as such again.
fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and far inside")]
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

fn missing(path: &ProjectPath, help: &str) -> Problem {
    let message = "a system says when it runs, and this file does not";
    Problem::file("system_header_missing", path.as_str(), message).at(1, 1).help(help)
}

fn not_plain(path: &ProjectPath, (line, column): (u32, u32), what: &str) -> Problem {
    let message = format!("{what}; a system's header is read without running it");
    let help = "write plain values: texts, numbers, lists, objects";
    Problem::file("system_header_not_plain", path.as_str(), message).at(line, column).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(file: &str, source: &str, expect: Expect) {
        let path = ProjectPath::parse(file).unwrap();
        let text = match system_header(&path, source) {
            Ok(header) => {
                let place = |it| format!("{it}={:?}", header.place(it));
                format!(
                    "{} {} {}",
                    header.language,
                    Value::Object(header.said.clone()),
                    ["/reads/1", "/nobody", "/order"].map(place).join(" ")
                )
            }
            Err(problem) => problem.to_string(),
        };
        expect.assert_eq(&text);
    }

    #[test]
    fn a_header_is_read_with_the_places_of_its_values() {
        check(
            "systems/a.js",
            "import x from './x.js'\nexport const system = {\n  phase: 'update', order: -5,\n  reads: ['a', `b`], 'writes': [],\n}\nexport default () => x\n",
            expect![[
                r#"js {"phase":"update","order":-5,"reads":["a","b"],"writes":[]} /reads/1=(4, 16) /nobody=(2, 23) /order=(3, 27)"#
            ]],
        );
        check(
            "systems/a.ts",
            "export const other = 1, system: Header = ({ phase: 'lateUpdate', reads: [] } satisfies Header) as const",
            expect![[
                r#"ts {"phase":"lateUpdate","reads":[]} /reads/1=(1, 73) /nobody=(1, 43) /order=(1, 43)"#
            ]],
        );
        check(
            "systems/a.luau",
            "--!system {\"phase\": \"update\", \"order\": 3}\nreturn function() end",
            expect![[r#"luau {"phase":"update","order":3} /reads/1=(1, 11) /nobody=(1, 11) /order=(1, 11)"#]],
        );
    }

    #[test]
    fn what_is_no_plain_value_is_named_at_its_place() {
        let js = |text, expect| check("systems/a.js", text, expect);
        js(
            "export default () => {}",
            expect![[r#"
            error[system_header_missing]: a system says when it runs, and this file does not
              at systems/a.js:1:1
              help: add: export const system = { phase: 'update', order: 0, reads: [], writes: [] }"#]],
        );
        js(
            "const system = {}",
            expect![[r#"
            error[system_header_missing]: a system says when it runs, and this file does not
              at systems/a.js:1:1
              help: add: export const system = { phase: 'update', order: 0, reads: [], writes: [] }"#]],
        );
        js(
            "export const system = { order: 1 + 1 }",
            expect![[r#"
            error[system_header_not_plain]: this is computed; a system's header is read without running it
              at systems/a.js:1:32
              help: write plain values: texts, numbers, lists, objects"#]],
        );
        js(
            "const all = {}\nexport const system = { ...all }",
            expect![[r#"
            error[system_header_not_plain]: a spread is computed; a system's header is read without running it
              at systems/a.js:2:25
              help: write plain values: texts, numbers, lists, objects"#]],
        );
        js(
            "export const system = { phase }",
            expect![[r#"
            error[system_header_not_plain]: this is not `key: value`; a system's header is read without running it
              at systems/a.js:1:25
              help: write plain values: texts, numbers, lists, objects"#]],
        );
        js(
            "export const system = { reads: ['a', , 'b'] }",
            expect![[r#"
            error[system_header_not_plain]: this list has holes or a spread; a system's header is read without running it
              at systems/a.js:1:32
              help: write plain values: texts, numbers, lists, objects"#]],
        );
        js(
            "export const system = { ['phase']: 'update' }",
            expect![[r#"
            error[system_header_not_plain]: this key is computed; a system's header is read without running it
              at systems/a.js:1:25
              help: write plain values: texts, numbers, lists, objects"#]],
        );
        js(
            "export const system = 'update'",
            expect![[r#"
            error[system_header_not_plain]: this is not an object; a system's header is read without running it
              at systems/a.js:1:23
              help: write plain values: texts, numbers, lists, objects"#]],
        );
        js(
            "export const system = { order: 1,\n order: 2 }",
            expect![[r#"
            error[duplicate]: `order` is said twice
              at systems/a.js:2:2"#]],
        );
        js(
            "export const system = {",
            expect![[r#"
            error[syntax_error]: unexpected token `<eof>`. Expected identifier, string literal, numeric literal or [ for the computed key
              at systems/a.js:1:24"#]],
        );
        let luau = |text, expect| check("systems/a.luau", text, expect);
        luau(
            "-- a system\nreturn 1",
            expect![[r#"
            error[system_header_missing]: a system says when it runs, and this file does not
              at systems/a.luau:1:1
              help: start the file with: --!system {"phase": "update", "order": 0}"#]],
        );
        luau(
            "--!system {\"phase\": update}",
            expect![[r#"
            error[bad_json]: expected value at line 1 column 12
              at systems/a.luau:1:21"#]],
        );
        luau(
            "--!system 7",
            expect![[r#"
            error[system_header_not_plain]: this is not an object; a system's header is read without running it
              at systems/a.luau:1:11
              help: write plain values: texts, numbers, lists, objects"#]],
        );
    }
}
