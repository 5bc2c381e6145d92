use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::*;
use crate::{Role, compile, facts};

fn key(spelling: &str) -> ProjectPath {
    ProjectPath::parse(spelling).unwrap()
}

fn check(format: ScriptFormat, files: &[(&str, &str)], expect: Expect) {
    let read = |(path, source): &(&str, &str)| (key(path), facts(&key(path), source));
    let files: BTreeMap<_, _> = files.iter().map(read).collect();
    let root = Root { blueprint: "A".to_owned(), version: 1 };
    let mut out = String::new();
    for (file, names) in unmet(&files, &key("index.js"), format, &root) {
        let shown = |(name, asker): (String, Option<ProjectPath>)| match asker {
            Some(asker) => format!("{name} (asked by {asker})"),
            None => name,
        };
        writeln!(out, "{file}: {}", names.into_iter().map(shown).collect::<Vec<_>>().join(", ")).unwrap();
    }
    expect.assert_eq(&out);
}

#[test]
fn a_name_nobody_exports_is_asked_in_vain_of_the_file_that_lacks_it() {
    check(
        ScriptFormat::Module,
        &[
            (
                "index.js",
                "import d, { one, two as three, gone } from './a.js'\nimport * as all from './a.js'\nimport './b.js'\n\
                 import none from './b.js'\nimport { lost } from './nowhere.js'\nexport default () => {}\n",
            ),
            (
                "a.js",
                "export const one = 1\nconst hidden = 2\nexport { hidden as two }\nexport default one\n",
            ),
            ("b.js", "export { inner, 'odd name' as inner2 } from './c.js'\n"),
            ("c.js", "let inner\n"),
        ],
        expect![[r#"
            a.js: gone (asked by index.js)
            b.js: default (asked by index.js)
            c.js: inner (asked by b.js), odd name (asked by b.js)
        "#]],
    );
}

#[test]
fn every_way_to_export_counts() {
    check(
        ScriptFormat::Module,
        &[
            (
                "index.js",
                "import { a, b, c, d, e, f, g, h, i, k, l, m, none } from './all.js'\nexport default () => {}\n",
            ),
            (
                "all.js",
                "export const { a, x: [b, ...c], y: { z: d = 1 }, ...e } = {}, f = 1\nexport let g\nexport function h() {}\n\
                 export class i {}\nexport async function* k() {}\nexport * as l from './index.js'\nexport * from './star.js'\n",
            ),
            ("star.js", "export * from './all.js'\nexport var m\nexport default 1\n"),
        ],
        expect![[r#"
            all.js: none (asked by index.js)
        "#]],
    );
    check(
        ScriptFormat::Module,
        &[
            ("index.js", "import starred from './all.js'\nexport default () => {}\n"),
            ("all.js", "export * from './star.js'\n"),
            ("star.js", "export default 1\n"),
        ],
        expect![[r#"
            all.js: default (asked by index.js)
        "#]],
    );
}

#[test]
fn a_type_is_no_export_and_a_type_import_asks_nothing() {
    check(
        ScriptFormat::Module,
        &[
            ("index.js", "export default () => {}\n"),
            (
                "use.ts",
                "import type { A } from './types.ts'\nimport { type B, C, I, f, D } from './types.ts'\nexport type { A } from './types.ts'\n",
            ),
            (
                "types.ts",
                "export type C = 1\nexport interface I {}\nexport declare const D: number\nexport function f(): void\nexport function f() {}\n",
            ),
        ],
        expect![[r#"
            types.ts: C, D (asked by use.ts), I
        "#]],
    );
}

#[test]
fn a_legacy_body_gives_its_function() {
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", "import './a.js'\n"), ("a.js", "import entry, { x } from './index.js'\n")],
        expect![[r#"
            index.js: x (asked by a.js)
        "#]],
    );
}

#[test]
fn what_is_asked_in_vain_is_given_below_the_text() {
    let names = Unmet::from([
        ("default".to_owned(), Some(key("index.js"))),
        ("a b\"".to_owned(), Some(key("lib/b.js"))),
        ("x".to_owned(), None),
    ]);
    let path = key("a.js");
    let text = with_unmet(&path, "let unmet = 1 // the end", &names);
    expect![[r#"
        let unmet = 1 // the end
        ;const unmet_ = void 0; export { unmet_ as "a b\"", unmet_ as "default", unmet_ as "x" }; globalThis.console.warn("`lib/b.js` imports `a b\"`, which `a.js` does not export: it is undefined"); globalThis.console.warn("`index.js` imports `default`, which `a.js` does not export: it is undefined");
    "#]].assert_eq(&text);
    assert_eq!(compile(&path, &text, Role::Module).as_deref(), Ok(text.as_str()));
    assert!(facts(&path, &text).names.given.iter().eq(names.keys()));
}
