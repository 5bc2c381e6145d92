//! [`schedule`]: when and over what a system runs, as its file says.
//!
//! JavaScript and TypeScript say it in `export const system = { phase: 'update', order: 10, … }`, a plain
//! literal that is read and never run; Luau in a comment at its top, `--!system {"phase": "update"}`. What the
//! words mean is `bowline_schema::system`'s business.

use bowline_model::{Problem, ProjectPath};
use serde_json::{Map, Number, Value};
use swc_common::{Span, Spanned as _};
use swc_ecma_ast::{
    Decl, Expr, ExprOrSpread, Lit, Module, ModuleDecl, ModuleItem, ObjectLit, Pat, Prop, PropName,
    PropOrSpread, UnaryOp,
};

use crate::luau::{header, is_luau};
use crate::parse;
use crate::place::Lines;

/// What starts the line that says it, among the comments a system in Luau begins with.
const LUAU_MARK: &str = "--!system";

/// What `source` says of when and over what it runs: the members of its literal, in its order.
///
/// # Errors
/// The first problem, at its place: `no_system` if it says nothing, `not_plain` where the literal is
/// more than a literal, `syntax_error`.
pub fn schedule(path: &ProjectPath, source: &str) -> Result<Map<String, Value>, Problem> {
    let source = parse::without_bom(source);
    if is_luau(path) {
        return of_luau(path, source);
    }
    let lines = Lines::new(source);
    let found = parse::with_tree(path, source, |parsed| match parsed.errors.into_iter().next() {
        Some(problem) => Err(problem),
        None => declared(&parsed.module)
            .map_or_else(|| Err(none(path, JS_HELP)), |it| Reader { path, lines: &lines }.object(it)),
    });
    found?
}

const JS_HELP: &str = "say when it runs: export const system = { phase: 'update', writes: ['door'] }";
const LUAU_HELP: &str =
    "say when it runs, at the top: --!system {\"phase\": \"update\", \"writes\": [\"door\"]}";

fn none(path: &ProjectPath, help: &str) -> Problem {
    Problem::file("no_system", path.as_str(), "this system does not say when it runs").help(help)
}

fn of_luau(path: &ProjectPath, source: &str) -> Result<Map<String, Value>, Problem> {
    let Some((line, json)) = header(source, LUAU_MARK) else { return Err(none(path, LUAU_HELP)) };
    match serde_json::from_str(json) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Problem::file("not_plain", path.as_str(), "what follows `--!system` is no JSON object")
            .at(line, 0)
            .help(LUAU_HELP)),
    }
}

/// What the module exports as `system`.
fn declared(module: &Module) -> Option<&Expr> {
    module.body.iter().find_map(|item| match item {
        ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) => match &export.decl {
            Decl::Var(var) => var.decls.iter().find(|it| is_called_system(&it.name))?.init.as_deref(),
            _ => None,
        },
        _ => None,
    })
}

fn is_called_system(name: &Pat) -> bool {
    matches!(name, Pat::Ident(ident) if &*ident.id.sym == "system")
}

/// A reader of one file's literals.
struct Reader<'a> {
    path: &'a ProjectPath,
    lines: &'a Lines<'a>,
}

impl Reader<'_> {
    fn object(&self, expr: &Expr) -> Result<Map<String, Value>, Problem> {
        match self.value(expr)? {
            Value::Object(members) => Ok(members),
            _ => Err(self.not_plain(expr.span())),
        }
    }

    fn value(&self, expr: &Expr) -> Result<Value, Problem> {
        match expr {
            Expr::Lit(Lit::Str(it)) => Ok(Value::from(it.value.to_string_lossy())),
            Expr::Lit(Lit::Bool(it)) => Ok(Value::from(it.value)),
            Expr::Lit(Lit::Null(_)) => Ok(Value::Null),
            Expr::Lit(Lit::Num(it)) => Ok(number(it.value)),
            Expr::Unary(it) if it.op == UnaryOp::Minus => match &*it.arg {
                Expr::Lit(Lit::Num(digits)) => Ok(number(-digits.value)),
                _ => Err(self.not_plain(it.span)),
            },
            Expr::Array(it) => {
                let plain = |item: &Option<ExprOrSpread>| match item {
                    Some(item) if item.spread.is_none() => self.value(&item.expr),
                    _ => Err(self.not_plain(it.span)),
                };
                it.elems.iter().map(plain).collect()
            }
            Expr::Object(it) => self.members(it).map(Value::Object),
            // What only TypeScript sees changes nothing.
            Expr::Paren(it) => self.value(&it.expr),
            Expr::TsConstAssertion(it) => self.value(&it.expr),
            Expr::TsSatisfies(it) => self.value(&it.expr),
            Expr::TsAs(it) => self.value(&it.expr),
            other => Err(self.not_plain(other.span())),
        }
    }

    fn members(&self, object: &ObjectLit) -> Result<Map<String, Value>, Problem> {
        let mut members = Map::new();
        for member in &object.props {
            let PropOrSpread::Prop(member) = member else { return Err(self.not_plain(member.span())) };
            let Prop::KeyValue(member) = &**member else { return Err(self.not_plain(member.span())) };
            let key = match &member.key {
                PropName::Ident(it) => it.sym.to_string(),
                PropName::Str(it) => it.value.to_string_lossy().into_owned(),
                other => return Err(self.not_plain(other.span())),
            };
            members.insert(key, self.value(&member.value)?);
        }
        Ok(members)
    }

    fn not_plain(&self, span: Span) -> Problem {
        let place = self.lines.place(parse::start(span));
        let message = "this is read without running it, so it must be a plain value";
        Problem::file("not_plain", self.path.as_str(), message)
            .at(place.line, place.column)
            .help("write the text, number, list or object itself")
    }
}

/// As JSON would have it: whole numbers without a point.
fn number(value: f64) -> Value {
    let whole = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    match Number::from_f64(value) {
        Some(_) if whole => Value::from(value as i64),
        Some(number) => Value::Number(number),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_schedule_is_read_where_it_is_plain() {
        let mut table = String::new();
        for (name, source) in [
            ("a.js", "export const system = { phase: 'update', order: -10, 'reads': [\"a\", 'ui/b'] }"),
            ("a.ts", "import x from './x'\nexport const system = { phase: 'update', scale: 0.5 } as const"),
            ("a.luau", "--!system {\"phase\": \"update\", \"writes\": [\"a\"]}\nreturn 1"),
            ("a.js", "const system = {}"),
            ("a.luau", "return 1"),
            ("a.luau", "--!system [1]"),
            ("a.js", "export const system = {\n  phase: PHASE,\n}"),
            ("a.js", "export const system = { ...other }"),
            ("a.js", "export const system = { reads: [,] }"),
            ("a.js", "export const system = 'update'"),
            ("a.js", "export const system = {"),
        ] {
            let path = ProjectPath::parse(&format!("systems/{name}")).unwrap();
            table += &match schedule(&path, source) {
                Ok(members) => format!("{}\n", Value::Object(members)),
                Err(it) => format!("{} {}:{} {}\n", it.code, it.line, it.column, it.message),
            };
        }
        expect![[r#"
            {"phase":"update","order":-10,"reads":["a","ui/b"]}
            {"phase":"update","scale":0.5}
            {"phase":"update","writes":["a"]}
            no_system 0:0 this system does not say when it runs
            no_system 0:0 this system does not say when it runs
            not_plain 1:0 what follows `--!system` is no JSON object
            not_plain 2:10 this is read without running it, so it must be a plain value
            not_plain 1:25 this is read without running it, so it must be a plain value
            not_plain 1:32 this is read without running it, so it must be a plain value
            not_plain 1:23 this is read without running it, so it must be a plain value
            syntax_error 1:24 unexpected token `<eof>`. Expected identifier, string literal, numeric literal or [ for the computed key
        "#]].assert_eq(&table);
    }
}
