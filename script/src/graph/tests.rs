use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::facts;

fn read(files: &[(&str, &str)]) -> BTreeMap<ProjectPath, Facts> {
    let read = |(key, text): &(&str, &str)| {
        let key = ProjectPath::parse(key).unwrap();
        (key.clone(), facts(&key, text))
    };
    files.iter().map(read).collect()
}

fn check(format: ScriptFormat, files: &[(&str, &str)], expect: Expect) {
    let root = Root { blueprint: "A".to_owned(), version: 1 };
    let entry = ProjectPath::parse("index.js").unwrap();
    let mut out = String::new();
    for it in check_graph(&read(files), &entry, format, &root) {
        writeln!(out, "{it}").unwrap();
    }
    expect.assert_eq(&out);
}

const RUN: &str = "export default () => {}\n";

#[test]
fn cycles_and_diamonds_are_fine() {
    check(
        ScriptFormat::Module,
        &[
            ("index.js", "import './a.js'\nimport './b.js'\nexport default () => {}\n"),
            ("a.js", "import './c.js'\n"),
            ("b.js", "import './c.js'\n"),
            ("c.js", "import './index.js'\n"),
        ],
        expect![""],
    );
}

#[test]
fn missing_files_and_broken_leaves_are_named_where_they_are() {
    check(
        ScriptFormat::Module,
        &[
            (
                "index.js",
                "import './a.ts'\nimport 'react'\n\nimport { z } from './gone'\nexport default () => {}\n",
            ),
            ("a.ts", "import './leaf.js'\nimport type { T } from './types.ts'\n"),
            ("leaf.js", "export const x = \n"),
            ("unreached.js", "import './nowhere.js'\nlet = 5\n"),
        ],
        expect![[r#"
            error[unsupported_import]: `react` cannot be imported in a world
              at index.js:2:8
              help: only `./…`, `../…` and `@shared/…` can; copy the code into the project
            error[module_not_found]: there is no file `gone`
              at index.js:4:19
            error[syntax_error]: expression expected
              at leaf.js:2:1
        "#]],
    );
}

#[test]
fn type_only_imports_need_no_file() {
    check(
        ScriptFormat::Module,
        &[
            ("index.js", "import './a.ts'\nexport default () => {}"),
            ("a.ts", "import type { T } from './gone.ts'\n"),
        ],
        expect![""],
    );
}

#[test]
fn the_entry_must_fit_its_format() {
    check(
        ScriptFormat::Module,
        &[("other.js", RUN)],
        expect![[r#"
            error[module_script_entry_missing]: the entry `index.js` is not among the script's files
              at index.js
        "#]],
    );
    check(
        ScriptFormat::Module,
        &[("index.js", "app.on('update', () => {})\n")],
        expect![[r#"
            error[module_entry_missing_default_export]: the entry has no default export to call
              at index.js
              help: write `export default (world, app, fetch, props, setTimeout) => { … }`
        "#]],
    );
    check(
        ScriptFormat::Module,
        &[("index.js", "return 5\n")],
        expect![[r#"
            error[syntax_error]: `return` outside a function
              at index.js:1:1
              help: only the entry of a legacy-body script may return at the top
        "#]],
    );
    check(ScriptFormat::LegacyBody, &[("index.js", "return 5\n")], expect![""]);
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", RUN)],
        expect![[r#"
            error[legacy_body_exports_not_allowed]: a legacy body exports nothing
              at index.js:1:1
        "#]],
    );
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", "let a = (\n")],
        expect![[r#"
            error[legacy_body_parse_error]: expression expected
              at index.js:2:1
        "#]],
    );
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", "import './a.js'\nreturn"), ("a.js", "return")],
        expect![[r#"
            error[syntax_error]: `return` outside a function
              at a.js:1:1
              help: only the entry of a legacy-body script may return at the top
        "#]],
    );
}

#[test]
fn shared_files_are_followed_through_shared_files() {
    let app = read(&[
        ("index.js", "import '@shared/a.js'\nimport 'shared/gone.js'\nexport default () => {}\n"),
        ("unused.js", "import '@shared/only-here.js'\n"),
        ("shared/own.js", ""),
        ("old.js", "import 'shared/own.js'"),
    ]);
    let shared = read(&[
        ("@shared/a.js", "import './lib/b.ts'\n"),
        (
            "@shared/lib/b.ts",
            "import '../a.js'\nimport './missing.js'\nimport type { T } from './types.ts'\n",
        ),
        ("@shared/lib/types.ts", ""),
        ("@shared/only-here.js", ""),
        ("@shared/nobody.js", ""),
    ]);
    let closure = shared_closure(&app, &shared);
    expect![[r#"
        {
            @shared/a.js,
            @shared/lib/b.ts,
            @shared/only-here.js,
        }
        error[module_not_found]: there is no file `@shared/lib/missing.js`
          at @shared/lib/b.ts:2:8
          help: the project has no file shared/lib/missing.js
        error[module_not_found]: there is no file `@shared/gone.js`
          at index.js:2:8
          help: the project has no file shared/gone.js

    "#]]
    .assert_eq(&format!(
        "{:#?}\n{}\n",
        closure.needed,
        closure.missing.iter().map(|it| format!("{it}\n")).collect::<String>()
    ));
}

#[test]
fn luau_files_answer_the_same_questions() {
    let root = Root { blueprint: "A".to_owned(), version: 1 };
    let entry = ProjectPath::parse("index.luau").unwrap();
    let mut out = String::new();
    for files in [
        &[
            ("index.luau", "local a = require('./a')\nreturn { on_start = a }"),
            ("a.luau", "return require('@shared/s')"),
            ("@shared/s.luau", "return 1"),
        ][..],
        &[("index.luau", "local a = require('./a')\nreturn {}"), ("a.luau", "require('./gone')\nlocal x = ")],
        &[("index.luau", "local a = require('./gone')")],
        &[("index.luau", "print(1)\nrequire('./x.js')"), ("x.js", "export const x = 1")],
    ] {
        for format in [ScriptFormat::Module, ScriptFormat::LegacyBody] {
            writeln!(out, "{format}").unwrap();
            for it in check_graph(&read(files), &entry, format, &root) {
                writeln!(out, "{it}").unwrap();
            }
        }
    }
    expect![[r#"
        module
        legacy-body
        module
        error[syntax_error]: expected identifier when parsing expression, got <eof>
          at a.luau:2:9
        legacy-body
        error[syntax_error]: expected identifier when parsing expression, got <eof>
          at a.luau:2:9
        module
        error[module_entry_missing_default_export]: the entry returns neither a function nor a table of hooks
          at index.luau
          help: end it with `return { on_start = function(world, app) … end }`
        error[module_not_found]: there is no file `gone`
          at index.luau:1:19
        legacy-body
        error[module_not_found]: there is no file `gone`
          at index.luau:1:19
        module
        error[module_entry_missing_default_export]: the entry returns neither a function nor a table of hooks
          at index.luau
          help: end it with `return { on_start = function(world, app) … end }`
        error[import_of_another_language]: `x.js` is in another language than this script
          at index.luau:2:9
          help: apps in different languages talk by messages: app.emit and world.on
        legacy-body
        error[import_of_another_language]: `x.js` is in another language than this script
          at index.luau:2:9
          help: apps in different languages talk by messages: app.emit and world.on
    "#]]
    .assert_eq(&out);
    let shared =
        read(&[("@shared/s.luau", "require('./t')"), ("@shared/t.luau", ""), ("@shared/u.luau", "")]);
    let closure =
        shared_closure(&read(&[("a.luau", "require('@shared/s') require('@shared/none')")]), &shared);
    let needed: Vec<&str> = closure.needed.iter().map(ProjectPath::as_str).collect();
    assert_eq!(needed, ["@shared/s.luau", "@shared/t.luau"]);
    assert_eq!(closure.missing.len(), 1);
}
