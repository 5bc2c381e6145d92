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
                "import './a.js'\nimport 'react'\n\nimport { z } from './gone'\nexport default () => {}\n",
            ),
            ("a.js", "import './leaf.js'\nimport type { T } from './types.ts'\n"),
            ("leaf.js", "export const x = \n"),
            ("unreached.js", "import './nowhere.js'\nlet = 5\n"),
        ],
        expect![[r#"
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
    "#]],
    );
    check(
        ScriptFormat::Module,
        &[("index.js", "app.on('update', () => {})\n")],
        expect![[r#"
    "#]],
    );
    check(
        ScriptFormat::Module,
        &[("index.js", "return 5\n")],
        expect![[r#"
    "#]],
    );
    check(ScriptFormat::LegacyBody, &[("index.js", "return 5\n")], expect![""]);
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", RUN)],
        expect![[r#"
    "#]],
    );
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", "let a = (\n")],
        expect![[r#"
    "#]],
    );
    check(
        ScriptFormat::LegacyBody,
        &[("index.js", "import './a.js'\nreturn"), ("a.js", "return")],
        expect![[r#"
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
        ("@shared/a.js", "import './lib/b.js'\n"),
        (
            "@shared/lib/b.js",
            "import '../a.js'\nimport './missing.js'\nimport type { T } from './types.ts'\n",
        ),
        ("@shared/lib/types.ts", ""),
        ("@shared/only-here.js", ""),
        ("@shared/nobody.js", ""),
    ]);
    let closure = shared_closure(&app, &shared);
    expect![[r#"
    "#]]
    .assert_eq(&format!(
        "{:#?}\n{}\n",
        closure.needed,
        closure.missing.iter().map(|it| format!("{it}\n")).collect::<String>()
    ));
}
