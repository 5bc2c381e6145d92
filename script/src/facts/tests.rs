use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(path: &str, source: &str, expect: Expect) {
    let facts = facts(&ProjectPath::parse(path).unwrap(), source);
    let mut out = String::new();
    for it in &facts.imports {
        writeln!(out, "{}:{} {:?} {}", it.line, it.column, it.kind, it.specifier).unwrap();
    }
    if facts.has_default_export {
        out.push_str("has a default export\n");
    }
    let groups = [
        ("", &facts.problems),
        ("as module: ", &facts.as_module),
        ("as legacy body: ", &facts.as_legacy_body),
    ];
    for (prefix, problems) in groups {
        for it in problems {
            writeln!(out, "{prefix}{}:{} {}: {}", it.line, it.column, it.code, it.message).unwrap();
        }
    }
    expect.assert_eq(&out);
}

#[test]
fn every_kind_of_import_has_its_place() {
    check(
        "index.ts",
        "import a, { b } from './a.js'\nimport * as c from '@shared/c.js'\nimport './d.js'\nimport type { T } from './t.ts'\n\
         export { e } from './e.js'\nexport * from './f.js'\nexport * as g from './g.js'\nexport type { U } from './u.ts'\n\
         export default async (world: import('./w.ts').W) => { await import('./h.js'); await import(`./i.js`); import(a + '') }\n",
        expect![[r#"
            1:22 Static ./a.js
            2:20 Static @shared/c.js
            3:8 Static ./d.js
            4:24 TypeOnly ./t.ts
            5:19 ReExport ./e.js
            6:15 ReExport ./f.js
            7:20 ReExport ./g.js
            8:24 TypeOnly ./u.ts
            9:37 TypeOnly ./w.ts
            9:68 Dynamic ./h.js
            9:92 Dynamic ./i.js
            has a default export
            as legacy body: 5:1 legacy_body_exports_not_allowed: a legacy body exports nothing
            as legacy body: 6:1 legacy_body_exports_not_allowed: a legacy body exports nothing
            as legacy body: 7:1 legacy_body_exports_not_allowed: a legacy body exports nothing
            as legacy body: 8:1 legacy_body_exports_not_allowed: a legacy body exports nothing
            as legacy body: 9:1 legacy_body_exports_not_allowed: a legacy body exports nothing
        "#]],
    );
}

#[test]
fn places_hold_behind_a_bom_a_hashbang_crlf_and_wide_characters() {
    check(
        "x.js",
        "\u{feff}#!/usr/bin/env x\r\n/* 𝒳é */ import a from './a.js'\r\n/* é */ let = 5\r\n",
        expect![[r#"
            2:25 Static ./a.js
            3:9 syntax_error: `let` cannot be used as an identifier in strict mode
        "#]],
    );
    check(
        "x.js",
        "\u{feff}import a from './a.js'",
        expect![[r#"
        1:15 Static ./a.js
    "#]],
    );
}

#[test]
fn a_default_export_is_seen_however_it_is_written() {
    for source in [
        "export default 5",
        "export default function () {}",
        "export default class {}",
        "const a = 1\nexport { a as default }",
        "export { default } from './a.js'",
        "export * as default from './a.js'",
        "const a = 1\nexport { a as 'default' }",
    ] {
        assert!(facts(&ProjectPath::parse("x.js").unwrap(), source).has_default_export, "{source}");
    }
    for source in ["", "// export default 5", "export const a = 1", "return 5", "export default"] {
        assert!(!facts(&ProjectPath::parse("x.js").unwrap(), source).has_default_export, "{source}");
    }
}

#[test]
fn what_is_wrong_depends_on_how_the_file_is_used() {
    check(
        "x.js",
        "const a = 1\nif (!a) return\nimport b from './b.js'\nconst config = 1, app = 2\n",
        expect![[r#"
            3:15 Static ./b.js
            as module: 2:9 syntax_error: `return` outside a function
            as legacy body: 3:1 legacy_body_imports_must_be_at_top: imports come before everything else
            as legacy body: 4:1 legacy_body_parse_error: `config` is already declared around a legacy body
        "#]],
    );
}

#[test]
fn typescript_that_is_more_than_types_is_named_at_its_line() {
    check(
        "x.ts",
        "const a: number = 1\nenum E { A }\nnamespace N { export const x = 1 }\nclass C { constructor(private a: number) {} }\n\
         const d = <string>a\nexport default a\n",
        expect![[r#"
            has a default export
            2:1 unsupported_typescript: TypeScript enum is not supported
            3:1 unsupported_typescript: TypeScript namespace declaration is not supported
            4:31 unsupported_typescript: TypeScript parameter property is not supported
            5:11 unsupported_typescript: the angle-bracket syntax for type assertions, `<T>expr`, is not supported in type strip mode. Instead, use the 'as' syntax: `expr as T`
            as legacy body: 6:1 legacy_body_exports_not_allowed: a legacy body exports nothing
        "#]],
    );
    check(
        "body.ts",
        "if (!app) return\nenum E { A }\n",
        expect![[r#"
            2:1 unsupported_typescript: TypeScript enum is not supported
            as module: 1:11 syntax_error: `return` outside a function
        "#]],
    );
    check(
        "x.js",
        "let a: number = 1\n",
        expect![[r#"
            1:6 syntax_error: expected a semicolon
        "#]],
    );
}

#[test]
fn text_nested_as_deep_as_it_is_long_is_read_or_refused() {
    let read = |path: &str, source: &str| facts(&ProjectPath::parse(path).unwrap(), source);
    for unit in ["!", "a=", "a+", "a.", "a?b:", "x=>", "()=>", "if(a)", "class A extends ", "do ", "new "] {
        for path in ["x.js", "x.ts"] {
            let _ = read(path, &format!("{}1", unit.repeat(5_000)));
        }
    }
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("()=>{", "}"), ("`${", "}`")] {
        for levels in [900, 1001] {
            let _ = read("x.ts", &open.repeat(levels));
            let closed = read("x.js", &format!("{}1{}", open.repeat(levels), close.repeat(levels)));
            let refused = closed.problems.first().is_some_and(|it| it.code == "script_too_deep");
            assert_eq!(refused, levels > 1000, "{open}");
        }
    }
    let large = read("x.js", &"a".repeat((1 << 20) + 1));
    assert_eq!(
        large.problems[0].to_string(),
        "error[script_too_large]: the script has 1048577 bytes; the limit is 1048576\n  at x.js\n  help: split it into modules, or put data into assets/"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn reading_never_fails(source in r#"(import|export|default|from|return|await|class|enum|'x'|\{|\}|\(|\)|=>|`|\$|/\*|//|\n|\r|;|=|<|>|:|a|é|𝒳|#|\\|"| ){0,40}"#) {
        for path in ["x.js", "x.ts"] {
            let facts = facts(&ProjectPath::parse(path).unwrap(), &source);
            let lines = Lines::new(&source).place(source.len()).line;
            for it in facts.problems.iter().chain(&facts.as_module).chain(&facts.as_legacy_body) {
                prop_assert!(it.line <= lines);
            }
        }
    }
}
