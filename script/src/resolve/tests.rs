use std::fmt::Write as _;

use expect_test::expect;
use proptest::prelude::*;

use super::*;

fn keys(names: &[&str]) -> BTreeSet<ProjectPath> {
    names.iter().map(|it| ProjectPath::parse(it).unwrap()).collect()
}

fn root() -> Root {
    Root { blueprint: "My@App".to_owned(), version: 3 }
}

#[test]
fn every_rule_and_every_refusal() {
    let keys = keys(&[
        "index.js",
        "lib/x.js",
        "lib/only.ts",
        "Util.js",
        "folder/index.js",
        "@shared/util.js",
        "@shared/lib/y.js",
        "shared/old.js",
        "shared/util.js",
    ]);
    let table = [
        ("index.js", "./lib/x.js"),
        ("lib/x.js", "../index.js"),
        ("lib/x.js", "./x.js"),
        ("lib/x.js", "././/x.js"),
        ("index.js", "@shared/util.js"),
        ("index.js", "shared/util.js"),
        ("index.js", "shared/old.js"),
        ("index.js", "@shared/old.js"),
        ("@shared/util.js", "./lib/y.js"),
        ("@shared/lib/y.js", "../util.js"),
        ("@shared/lib/y.js", "../../index.js"),
        ("index.js", "app://My@App@3/lib/x.js"),
        ("index.js", "app://My@App@2/lib/x.js"),
        ("index.js", "app://Other@3/lib/x.js"),
        ("index.js", "app://nothing"),
        ("index.js", "app://My@App@3/../x.js"),
        ("index.js", "../x.js"),
        ("@shared/util.js", "../../x.js"),
        ("index.js", "./lib\\x.js"),
        ("index.js", "./"),
        ("index.js", "react"),
        ("index.js", "/index.js"),
        ("index.js", "node:fs"),
        ("index.js", "https://x.js"),
        ("index.js", "@shared/../index.js"),
        ("index.js", ""),
        ("index.js", "./lib/x"),
        ("index.js", "@shared/util"),
        ("index.js", "./lib/only.js"),
        ("index.js", "./folder"),
        ("index.js", "./util.js"),
        ("index.js", "./x.js"),
        ("index.js", "@shared/gone.js"),
        ("index.js", "./gone.js"),
    ];
    let mut out = String::new();
    for (importer, specifier) in table {
        let importer = ProjectPath::parse(importer).unwrap();
        match resolve(&importer, specifier, &root(), &keys) {
            Ok(key) => writeln!(out, "{importer}: {specifier} -> {key}").unwrap(),
            Err(error) => {
                let help = error.problem("").help.map(|it| format!("    {it}\n")).unwrap_or_default();
                write!(out, "{importer}: {error}\n{help}").unwrap();
            }
        }
    }
    expect![[r#"
        index.js: ./lib/x.js -> lib/x.js
        lib/x.js: ../index.js -> index.js
        lib/x.js: ./x.js -> lib/x.js
        lib/x.js: ././/x.js -> lib/x.js
        index.js: @shared/util.js -> @shared/util.js
        index.js: shared/util.js -> @shared/util.js
        index.js: shared/old.js -> shared/old.js
        index.js: @shared/old.js -> shared/old.js
        @shared/util.js: ./lib/y.js -> @shared/lib/y.js
        @shared/lib/y.js: ../util.js -> @shared/util.js
        @shared/lib/y.js: ../../index.js -> index.js
        index.js: app://My@App@3/lib/x.js -> lib/x.js
        index.js: cross_app_import_not_allowed:app://My@App@2/lib/x.js
            put what both apps need into shared/ and import it as `@shared/…`
        index.js: cross_app_import_not_allowed:app://Other@3/lib/x.js
            put what both apps need into shared/ and import it as `@shared/…`
        index.js: invalid_module_specifier:app://nothing
            use a relative import
        index.js: invalid_module_specifier:app://My@App@3/../x.js
            use a relative import
        index.js: invalid_relative_import:../x.js
            stay inside the app's folder and separate folders with `/`
        @shared/util.js: invalid_relative_import:../../x.js
            stay inside the app's folder and separate folders with `/`
        index.js: invalid_relative_import:./lib\x.js
            stay inside the app's folder and separate folders with `/`
        index.js: invalid_relative_import:./
            stay inside the app's folder and separate folders with `/`
        index.js: unsupported_import:react
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.js: unsupported_import:/index.js
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.js: unsupported_import:node:fs
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.js: unsupported_import:https://x.js
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.js: unsupported_import:@shared/../index.js
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.js: unsupported_import:
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.js: module_not_found:lib/x
            add .js: `lib/x.js` exists, and names are exact
        index.js: module_not_found:@shared/util
            add .js: `@shared/util.js` exists, and names are exact
        index.js: module_not_found:lib/only.js
            `lib/only.ts` exists: import it by that name, names are exact
        index.js: module_not_found:folder
            `folder` is a folder: import `folder/index.js`
        index.js: module_not_found:util.js
            `Util.js` is spelled differently: upper and lower case count
        index.js: module_not_found:x.js
            did you mean `lib/x.js`
        index.js: module_not_found:@shared/gone.js
            the project has no file shared/gone.js
        index.js: module_not_found:gone.js
    "#]]
    .assert_eq(&out);
}

#[test]
fn luau_leaves_out_its_ending_and_languages_do_not_import_each_other() {
    let keys = keys(&[
        "index.luau",
        "lib/x.luau",
        "lib/x.js",
        "lib/y.js",
        "init/init.luau",
        "@shared/s.luau",
        "shared/o.luau",
    ]);
    let mut out = String::new();
    for (importer, specifier) in [
        ("index.luau", "./lib/x"),
        ("index.luau", "./lib/x.luau"),
        ("lib/x.luau", "../index"),
        ("index.luau", "@shared/s"),
        ("@shared/s.luau", "./s.luau"),
        ("index.luau", "shared/o.luau"),
        ("index.luau", "app://My@App@3/lib/x"),
        ("index.luau", "./lib/x.js"),
        ("index.luau", "./lib/y"),
        ("index.luau", "./lib/y.js"),
        ("lib/x.js", "./x.luau"),
        ("lib/x.js", "./x"),
        ("lib/x.js", "@shared/s"),
        ("index.luau", "./init"),
        ("index.luau", "./lib/gone"),
        ("index.luau", "lib/x"),
        ("index.luau", "@self/x"),
    ] {
        let importer = ProjectPath::parse(importer).unwrap();
        match resolve(&importer, specifier, &root(), &keys) {
            Ok(key) => writeln!(out, "{importer}: {specifier} -> {key}").unwrap(),
            Err(error) => {
                let help = error.problem("").help.map(|it| format!("    {it}\n")).unwrap_or_default();
                write!(out, "{importer}: {error}\n{help}").unwrap();
            }
        }
    }
    expect![[r#"
        index.luau: ./lib/x -> lib/x.luau
        index.luau: ./lib/x.luau -> lib/x.luau
        lib/x.luau: ../index -> index.luau
        index.luau: @shared/s -> @shared/s.luau
        @shared/s.luau: ./s.luau -> @shared/s.luau
        index.luau: shared/o.luau -> shared/o.luau
        index.luau: app://My@App@3/lib/x -> lib/x.luau
        index.luau: import_of_another_language:lib/x.js
            apps in different languages talk by messages: app.emit and world.on
        index.luau: module_not_found:lib/y
            add .js: `lib/y.js` exists, and names are exact
        index.luau: import_of_another_language:lib/y.js
            apps in different languages talk by messages: app.emit and world.on
        lib/x.js: import_of_another_language:lib/x.luau
            apps in different languages talk by messages: app.emit and world.on
        lib/x.js: module_not_found:lib/x
            add .js: `lib/x.js` exists, and names are exact
        lib/x.js: module_not_found:@shared/s
            add .luau: `@shared/s.luau` exists, and names are exact
        index.luau: module_not_found:init
            `init` is a folder: import `init/init.luau`
        index.luau: module_not_found:lib/gone
        index.luau: unsupported_import:lib/x
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
        index.luau: unsupported_import:@self/x
            only `./…`, `../…` and `@shared/…` can; copy the code into the project
    "#]]
    .assert_eq(&out);
}

#[test]
fn a_specifier_is_taken_apart_as_it_was_built() {
    let key = ProjectPath::parse("@shared/x.js").unwrap();
    let specifier = root().specifier(&key);
    assert_eq!(specifier, "app://My@App@3/@shared/x.js");
    assert_eq!(parts(&specifier), Some(("My@App", "3", "@shared/x.js")));
    assert_eq!(root().key_of(&specifier), Ok(key));
    for bad in
        ["app://", "app:///x", "app://a/x", "app://@1/x", "app://a@/x", "app://a@1/", "App://a@1/x", ""]
    {
        assert_eq!(parts(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn what_resolves_is_a_key(importer in r"[a-b/]{1,8}\.js", specifier in r"[a-b./@\\:-]{0,16}") {
        let keys = keys(&["a.js", "a/b.js", "b/a/a.js", "@shared/a.js"]);
        if let Ok(importer) = ProjectPath::parse(&importer)
            && let Ok(key) = resolve(&importer, &specifier, &root(), &keys) {
            prop_assert!(keys.contains(&key));
        }
    }
}
