use std::fmt::Write as _;

use expect_test::expect;
use proptest::prelude::*;

use super::tokens::{Kind, Tokens};
use super::*;

fn path(text: &str) -> ProjectPath {
    ProjectPath::parse(text).unwrap()
}

fn said(facts: &Facts) -> String {
    let mut out = String::new();
    for it in &facts.imports {
        writeln!(out, "{}:{} {}", it.line, it.column, it.specifier).unwrap();
    }
    for it in facts.problems.iter().chain(&facts.as_module).chain(&facts.as_legacy_body) {
        writeln!(out, "{it}").unwrap();
    }
    writeln!(out, "returns a value: {}", facts.has_default_export).unwrap();
    out
}

#[test]
fn requires_are_listed_with_their_places_wherever_they_are_written() {
    let source = r#"--!strict
local a = require("./a") -- require("./comment")
local b, c = require './b.luau', require"@shared/c"
--[[ require("./block") ]] local d = require([[./d]])
local e = `{require("./inside")} and { `{ require("./deeper") }` } {"}"}`
local text = "require('./text')" .. 'it\'s require("./text")'
local function later() return require("./later") end
local no = other.require("./member")
local no2 = other:require("./method")
local computed = require("./" .. name)
local computed2 = require(name)
local last = require(
    "./last"
)
return {}
"#;
    expect![[r#"
        2:19 ./a
        3:22 ./b.luau
        3:41 @shared/c
        4:46 ./d
        5:21 ./inside
        5:51 ./deeper
        7:39 ./later
        13:5 ./last
        returns a value: true
    "#]]
    .assert_eq(&said(&facts(&path("index.luau"), source)));
}

#[test]
fn a_file_that_ends_with_a_value_has_something_to_call() {
    let cases = [
        ("return {}", true),
        ("return function() end -- the end", true),
        ("return f;", true),
        ("return", false),
        ("local x = if a then 1 else 2", false),
        ("if a then return 1 end", false),
        ("local function f() return 1 end", false),
        ("do return 1 end", false),
        ("repeat local x = 1 until x\nreturn if x then {} else nil", true),
        ("", false),
    ];
    for (source, wanted) in cases {
        assert_eq!(facts(&path("a.luau"), source).has_default_export, wanted, "{source}");
    }
}

#[test]
fn mistakes_have_a_line_and_mostly_a_column_and_advice_for_those_who_know_another_lua() {
    let mut out = String::new();
    for source in [
        "local x =\nlocal y = 2",
        "local a = 1\nif a then\n  b()\n",
        "return {\n  on_start = function( end\n}",
        "goto done",
        "local x <const> = 1",
        "if a != b then end",
        "local x = 'unfinished",
        "local x = [[unfinished",
        "x = 1 & 2",
        "local function f() break end",
        "return 1 return 2",
    ] {
        writeln!(out, "{source:?}\n{}", said(&facts(&path("apps/A/a.luau"), source))).unwrap();
    }
    expect![[r#"
        "local x =\nlocal y = 2"
        error[syntax_error]: expected identifier when parsing expression, got 'local'
          at apps/A/a.luau:2:1
        returns a value: false

        "local a = 1\nif a then\n  b()\n"
        error[syntax_error]: expected 'end' (to close 'then' at line 2), got <eof>
          at apps/A/a.luau:4:1
        returns a value: false

        "return {\n  on_start = function( end\n}"
        error[syntax_error]: expected identifier when parsing variable name, got 'end'
          at apps/A/a.luau:2:24
        returns a value: false

        "goto done"
        error[syntax_error]: incomplete statement: expected assignment or a function call
          at apps/A/a.luau:1:6
          help: Luau has no `goto`; `continue` and `break` are there
        returns a value: false

        "local x <const> = 1"
        error[syntax_error]: expected identifier when parsing expression, got '<'
          at apps/A/a.luau:1:9
          help: Luau has no attributes on locals: write `local x = …`
        returns a value: false

        "if a != b then end"
        error[syntax_error]: unexpected '!='; did you mean '~='?
          at apps/A/a.luau:1:6
          help: unequal is `~=`
        returns a value: false

        "local x = 'unfinished"
        error[syntax_error]: malformed string; did you forget to finish it?
          at apps/A/a.luau:1:11
        returns a value: false

        "local x = [[unfinished"
        error[syntax_error]: malformed string; did you forget to finish it?
          at apps/A/a.luau:1:11
        returns a value: false

        "x = 1 & 2"
        error[syntax_error]: expected identifier when parsing expression, got '&'
          at apps/A/a.luau:1:7
          help: bits are in bit32: bit32.band(a, b)
        returns a value: false

        "local function f() break end"
        error[syntax_error]: break statement must be inside a loop
          at apps/A/a.luau:1
        returns a value: false

        "return 1 return 2"
        error[syntax_error]: expected <eof>, got 'return'
          at apps/A/a.luau:1
        returns a value: false

    "#]]
    .assert_eq(&out);
}

#[test]
fn what_the_language_has_of_late_is_taken() {
    let source = r#"--!strict
type Point = { read x: number, write y: number, [string]: any }
export type Pair<A, B = string> = { first: A, second: B } | nil
type Many<T...> = (T...) -> ...number
@native
local function add(a: number, b: number): number return a + b end
local p = { x = 1, y = 0b11, z = 0xff_ff, w = 1_000 }
for k, v in p do if k == "x" then continue end p[k] += v p[k] //= 2 end
local t = `a {p.x} {"b"}`
local n = if p.x > 1 then 1 elseif p.y then 2 else 3
local q = (p :: any) :: Point?
local r = typeof(q)
function p.method(self: Point, ...: number): (number, ...string) return 1 end
export type function f(t) return t end
return add
"#;
    assert_eq!(said(&facts(&path("a.luau"), source)), "returns a value: true\n");
}

#[test]
fn no_text_makes_it_panic_hang_or_overflow() {
    let deep = [
        "(".repeat(200_000),
        format!("return {}", "{".repeat(999)),
        format!("x = {}1", "- ".repeat(200_000)),
        format!("x = a{}", "^a".repeat(200_000)),
        format!("x = a{}", "+a".repeat(200_000)),
        format!("x = a{}", "..a".repeat(100_000)),
        "if a then ".repeat(50_000),
        "x = function() ".repeat(50_000),
        format!("type a = {}", "(".repeat(999)),
        format!("type a = {}b", "b|".repeat(100_000)),
        format!("x = a{}", ".b".repeat(100_000)),
        format!("x = a{}", "()".repeat(100_000)),
        format!("x = {}", "`{".repeat(900)),
        "a".repeat(1 << 20),
        "x = 1 ".repeat(300_000),
        "[".to_owned() + &"=".repeat(100_000),
        "\\".repeat(1000),
        "\"\\".to_owned(),
        "`{`{`".to_owned(),
        "--[[".to_owned(),
        "\0\u{feff}\0".to_owned(),
    ];
    for text in deep {
        let short: String = text.chars().take(20).collect();
        let found = facts(&path("a.luau"), &text);
        assert!(found.problems.len() <= 1, "{short}");
        let tokens = Tokens::new(&text).count();
        assert!(tokens <= text.len(), "{short}");
    }
}

#[test]
fn headers_are_comments_before_the_first_statement() {
    assert_eq!(header("--!strict\n\n--!mark a b\nlocal x", "--!mark"), Some((3, " a b")));
    assert_eq!(header("local x\n--!mark a", "--!mark"), None);
    assert_eq!(header("--!marked a", "--!mark"), None);
    assert_eq!(header("--[[ long ]]\n--!mark a", "--!mark"), None);
    let schedule =
        crate::system::schedule(&path("a.luau"), "--!strict\n--!native\n--!system {\"order\": 1}\n");
    assert_eq!(serde_json::Value::Object(schedule.unwrap()), serde_json::json!({"order": 1}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read(text in "(local |require|\\(|\\)|\"|'|`|\\{|\\}|\\[\\[|\\]\\]|--|=|end |\\\\|\n|é|[a-z.;]){0,40}") {
        let found = facts(&path("a.luau"), &text);
        let lines = u32::try_from(text.lines().count()).unwrap_or(0) + 1;
        for it in &found.problems {
            prop_assert!(it.line <= lines);
        }
        for it in Tokens::new(&text) {
            prop_assert!(text.is_char_boundary(it.at));
            prop_assert!(it.kind != Kind::Word(""));
        }
    }
}
