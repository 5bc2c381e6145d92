use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const BODY: Role = Role::Entry(ScriptFormat::LegacyBody);
const MODULE: Role = Role::Module;

fn check(path: &str, role: Role, source: &str, expect: Expect) {
    let out = match compile(&ProjectPath::parse(path).unwrap(), source, role) {
        Ok(text) => text,
        Err(problem) => format!("{problem}\n"),
    };
    // Blanks at the end of a line are what types leave behind: not for a reader to count.
    let shown: String = out.split_inclusive('\n').map(|it| it.replace('\r', "<CR>")).map(trimmed).collect();
    expect.assert_eq(&shown);
}

fn trimmed(line: String) -> String {
    match line.strip_suffix('\n') {
        Some(line) => format!("{}\n", line.trim_end()),
        None => line,
    }
}

#[test]
fn a_module_stays_as_it_is() {
    check(
        "x.js",
        MODULE,
        "\u{feff}#!/x\nimport a from 'react' // kept\nexport default a\n",
        expect![[r#"
        ///x
        import a from 'react' // kept
        export default a
    "#]],
    );
}

#[test]
fn types_become_spaces() {
    check(
        "x.ts",
        Role::Entry(ScriptFormat::Module),
        "import type { T } from './t.ts'\ninterface P {\n  x: number\n}\nexport default (world: World, p?: P): void => {\n  const a = p! as any\n}\n",
        expect![[r#"
            ;



            export default (world       , p    )       => {
              const a = p
            }
        "#]],
    );
}

#[test]
fn a_legacy_body_is_wrapped_without_moving_a_line() {
    check(
        "index.js",
        BODY,
        "#!/x\n// header\nimport a from './a.js'\nimport { b } from './b.js' // no semicolon\n\n// about x\nconst x = config.x\nconst shared = `\n  kept`\nif (!x) return\napp.on('update', () => {}) // trailing\n// last\n",
        expect![[r#"
            ///x
            // header
            import a from './a.js'
            import { b } from './b.js' // no semicolon

            // about x
            ;const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props; const x = config.x
            const shared = `
              kept`
            if (!x) return
            app.on('update', () => {}) } // trailing
            // last
        "#]],
    );
}

#[test]
fn bodies_without_statements_are_wrapped_too() {
    check(
        "index.js",
        BODY,
        "",
        expect![[
            r#"const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props;  }"#
        ]],
    );
    check(
        "index.js",
        BODY,
        "// nothing",
        expect![[
            r#"const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props;  }// nothing"#
        ]],
    );
    check(
        "index.js",
        BODY,
        "import './a.js'",
        expect![[
            r#"import './a.js';const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props;  }"#
        ]],
    );
    check(
        "index.js",
        BODY,
        "#!/x",
        expect![[r#"
        ///x
        const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props;  }"#]],
    );
    check(
        "index.js",
        BODY,
        "#!/x\r\n// y",
        expect![[r#"
            ///x<CR>
            const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props;  }// y"#]],
    );
}

#[test]
fn a_typed_body_is_wrapped_and_blanked() {
    check(
        "index.ts",
        BODY,
        "type A = number\nlet a: A = 1\nreturn a as any\n",
        expect![[r#"
            const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props;
            let a    = 1
            return a        }
        "#]],
    );
}

#[test]
fn each_error_has_its_code_and_line() {
    check(
        "lib/x.js",
        MODULE,
        "let a = 1\nlet b = (\n",
        expect![[r#"
        error[syntax_error]: expression expected
          at lib/x.js:3:1
    "#]],
    );
    check(
        "x.js",
        MODULE,
        "a()\nreturn 1\n",
        expect![[r#"
        error[syntax_error]: `return` outside a function
          at x.js:2:1
          help: only the entry of a legacy-body script may return at the top
    "#]],
    );
    check(
        "x.ts",
        MODULE,
        "\nenum A { B }\n",
        expect![[r#"
            error[unsupported_typescript]: TypeScript enum is not supported
              at x.ts:2:1
              help: types are removed, not translated: write it in plain JavaScript
        "#]],
    );
    check(
        "index.js",
        BODY,
        "a()\nimport b from './b.js'\n",
        expect![[r#"
        error[legacy_body_imports_must_be_at_top]: imports come before everything else
          at index.js:2:1
    "#]],
    );
    check(
        "index.js",
        BODY,
        "import b from './b.js'\n\nexport const a = 1\n",
        expect![[r#"
        error[legacy_body_exports_not_allowed]: a legacy body exports nothing
          at index.js:3:1
    "#]],
    );
    check(
        "index.js",
        BODY,
        "a()\nlet b = }\n",
        expect![[r#"
        error[legacy_body_parse_error]: expression expected
          at index.js:2:9
    "#]],
    );
    check(
        "index.js",
        BODY,
        "a()\nawait b()\n",
        expect![[r#"
        error[legacy_body_parse_error]: await isn't allowed in non-async function
          at index.js:2
    "#]],
    );
    check(
        "index.js",
        BODY,
        "\nlet world = 1\n",
        expect![[r#"
        error[legacy_body_parse_error]: `world` is already declared around a legacy body
          at index.js:2:1
    "#]],
    );
    check(
        "index.js",
        BODY,
        "var world = 1\nfunction app() {}\nconst shared = 1",
        expect![[r#"
        const shared = {}; export default (world, app, fetch, props, setTimeout) => { const config = props; var world = 1
        function app() {}
        const shared = 1 }"#]],
    );
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_text_panics_and_no_line_moves(
        source in r#"(\u{feff})?(#!x\n)?(import a from './a.js'\n|a\n|let b: number = 1\r\n|return 1;|// c\n|/\*\n\*/|`\n`|;|\{|\}|\n|x\(|\)|function f\(\) \{\n\}\n| ){0,12}"#
    ) {
        for path in ["x.js", "x.ts"] {
            for role in [BODY, MODULE] {
                if let Ok(text) = compile(&ProjectPath::parse(path).unwrap(), &source, role) {
                    // A lone hashbang gets a line for the wrapper below it: nothing there to move.
                    let extra = usize::from(source.trim_start_matches('\u{feff}').starts_with("#!") && !source.contains('\n'));
                    prop_assert_eq!(lines(&text), lines(&source) + extra, "{}", text);
                }
            }
        }
    }
}
