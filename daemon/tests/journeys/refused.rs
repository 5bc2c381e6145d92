//! What is refused, in the words people read; and that nothing is lost by it: the world keeps what it
//! had, the folder keeps what was written, and mending the cause is all it takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bowline_link::{CommandReply, Order};
use expect_test::{Expect, expect};
use serde_json::json;

use crate::dev::{Dev, project, run};
use crate::screen::{see, see_with, shown};
use crate::world::Client;

/// A mirrored project and a second client of its world.
struct Scene {
    dir: tempfile::TempDir,
    dev: Dev,
    client: Client,
}

impl Scene {
    #[track_caller]
    fn new() -> Scene {
        let dir = project();
        let dev = Dev::start(dir.path(), &[]);
        dev.flush();
        let client = Client::of(&dev);
        Scene { dir, dev, client }
    }

    fn path(&self) -> &str {
        self.dir.path().to_str().expect("test folders are UTF-8")
    }

    /// Everything the world holds.
    #[track_caller]
    fn world(&self) -> String {
        let blueprints = ["Hello", "Spinner"].map(|it| self.client.blueprint(it));
        json!([blueprints, self.client.entities(&self.dev)]).to_string()
    }

    /// After `change` nothing moves and people read `expected`; undoing it is all it takes.
    #[track_caller]
    fn refuses(&self, change: impl FnOnce(&Dev), expected: Expect) {
        let (world, good) = (self.world(), files(self.dir.path()));
        change(&self.dev);
        let broken = files(self.dir.path());
        expected.assert_eq(&see(&["flush", "--timeout", "50"], self.dir.path()));
        assert_eq!(self.world(), world, "the world changed");
        assert!(files(self.dir.path()) == broken, "the folder changed");
        assert_eq!(run(&["status", self.path()]).code(), 1);
        restore(self.dir.path(), &good);
        self.dev.flush();
        assert_eq!(self.world(), world, "the world changed afterwards");
        assert!(files(self.dir.path()) == good, "the folder changed afterwards");
        let status = run(&["status", self.path()]);
        assert_eq!(status.code(), 0, "{}", status.all());
    }
}

/// What is at each place of a folder, except in our own.
#[derive(Debug, Clone, PartialEq)]
enum Thing {
    File(Vec<u8>),
    Folder,
    Other,
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Thing> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a test folder is as we made it").flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("a test folder is as we made it");
            if entry.file_name() == ".bowline" {
                continue;
            }
            let thing = match (kind.is_dir(), std::fs::read(&path)) {
                (true, _) => {
                    open.push(path.clone());
                    Thing::Folder
                }
                (false, Ok(bytes)) if kind.is_file() => Thing::File(bytes),
                _ => Thing::Other,
            };
            found.insert(path, thing);
        }
    }
    found
}

fn restore(dir: &Path, good: &BTreeMap<PathBuf, Thing>) {
    for (path, thing) in files(dir).into_iter().rev() {
        match (good.get(&path) == Some(&thing), thing) {
            (true, _) => (),
            (false, Thing::Folder) => std::fs::remove_dir_all(&path).expect("a test folder is as we made it"),
            (false, _) => std::fs::remove_file(&path).expect("a test folder is as we made it"),
        }
    }
    for (path, thing) in good {
        match thing {
            Thing::Folder => std::fs::create_dir_all(path).expect("a test folder is as we made it"),
            Thing::File(bytes) if std::fs::read(path).ok().as_ref() != Some(bytes) => {
                std::fs::write(path, bytes).expect("a test folder is as we made it");
            }
            _ => (),
        }
    }
}

const ENTRY: &str = "apps/Hello/index.js";

#[test]
fn imports_a_world_cannot_follow_keep_the_app_as_it_is() {
    let scene = Scene::new();
    let importing = |it: &'static str| {
        move |dev: &Dev| dev.save(ENTRY, &format!("// why\nimport {it}\nexport default () => {{}}\n"))
    };
    scene.refuses(
        importing("three from 'three'"),
        expect![[r#"
        exit 1
        error[unsupported_import]: `three` cannot be imported in a world
          at apps/Hello/index.js:2:19
          help: only `./…`, `../…` and `@shared/…` can; copy the code into the project
    "#]],
    );
    scene.refuses(
        importing("x from 'https://example.com/x.js'"),
        expect![[r#"
        exit 1
        error[unsupported_import]: `https://example.com/x.js` cannot be imported in a world
          at apps/Hello/index.js:2:15
          help: only `./…`, `../…` and `@shared/…` can; copy the code into the project
    "#]],
    );
    scene.refuses(
        importing("x from '../Spinner/index.js'"),
        expect![[r#"
        exit 1
        error[invalid_relative_import]: `../Spinner/index.js` does not name a file of this script
          at apps/Hello/index.js:2:15
          help: stay inside the app's folder and separate folders with `/`
    "#]],
    );
    scene.refuses(
        importing("x from './lib/greting.js'"),
        expect![[r#"
        exit 1
        error[module_not_found]: there is no file `lib/greting.js`
          at apps/Hello/index.js:2:15
          help: correct it and save; until then the world keeps the version it has
    "#]],
    );
    scene.refuses(
        importing("{ wave } from '@shared/waves.js'"),
        expect![[r#"
        exit 1
        error[module_not_found]: there is no file `@shared/waves.js`
          at apps/Hello/index.js:2:22
          help: the project has no file shared/waves.js
    "#]],
    );
}

#[test]
fn scripts_that_cannot_run_keep_the_app_as_it_is() {
    let scene = Scene::new();
    scene.refuses(
        |dev| dev.save(ENTRY, "const a = 1\nexport default () => {\n"),
        expect![[r#"
        exit 1
        error[syntax_error]: expected '}', got '<eof>'
          at apps/Hello/index.js:3:1
          help: correct it and save; until then the world keeps the version it has
    "#]],
    );
    scene.refuses(
        |dev| dev.save(ENTRY, "export const greet = () => {}\n"),
        expect![[r#"
        exit 1
        error[module_entry_missing_default_export]: the entry has no default export to call
          at apps/Hello/index.js
          help: write `export default (world, app, fetch, props, setTimeout) => { … }`
    "#]],
    );
    scene.refuses(
        |dev| dev.save("apps/Spinner/index.ts", "enum Way { Up }\nexport default () => {}\n"),
        expect![[r#"
            exit 1
            error[unsupported_typescript]: TypeScript enum is not supported
              at apps/Spinner/index.ts:1:1
              help: types are removed, not translated: write it in plain JavaScript
        "#]],
    );
    scene.refuses(
        |dev| std::fs::write(dev.path(ENTRY), b"// 1\n// 2\nlet \xff\n").unwrap(),
        expect![[r#"
        exit 1
        error[invalid_utf8]: this script is not UTF-8 text
          at apps/Hello/index.js:3
          help: save the file as UTF-8; until then the world keeps the version it has
    "#]],
    );
    scene.refuses(|dev| std::fs::remove_file(dev.path(ENTRY)).unwrap(), expect![[r#"
        exit 1
        error[missing_script_entry]: this app has modules, and none of them is its entry
          at apps/Hello
          help: add index.js or index.ts with `export default (world, app) => { … }`, or index.luau; until then the world keeps what it has
    "#]]);
}

#[test]
fn a_legacy_body_may_not_do_what_only_modules_can() {
    let scene = Scene::new();
    let legacy = |body: &'static str| {
        move |dev: &Dev| {
            let file = "apps/Hello/Hello.json";
            dev.save(file, &dev.read(file).replace("\"module\"", "\"legacy-body\""));
            dev.save(ENTRY, body);
        }
    };
    scene.refuses(
        legacy("app.on('update', () => {})\nimport './lib/greeting.js'\n"),
        expect![[r#"
        exit 1
        error[legacy_body_imports_must_be_at_top]: imports come before everything else
          at apps/Hello/index.js:2:1
          help: correct it and save; until then the world keeps the version it has
    "#]],
    );
    scene.refuses(
        legacy("const a = 1\nexport { a }\n"),
        expect![[r#"
        exit 1
        error[legacy_body_exports_not_allowed]: a legacy body exports nothing
          at apps/Hello/index.js:2:1
          help: correct it and save; until then the world keeps the version it has
    "#]],
    );
    scene.refuses(
        legacy("const props = 1\n"),
        expect![[r#"
        exit 1
        error[legacy_body_parse_error]: `props` is already declared around a legacy body
          at apps/Hello/index.js:1:1
          help: correct it and save; until then the world keeps the version it has
    "#]],
    );
}

#[test]
fn a_fixed_file_frees_its_app() {
    let scene = Scene::new();
    scene.dev.save(ENTRY, "export default () => {\n");
    assert_eq!(run(&["flush", scene.dir.path().to_str().unwrap()]).code(), 1);
    scene.dev.save(ENTRY, "export default () => {}\n");
    scene.dev.flush();
    assert_eq!(scene.client.module("Hello", "index.js"), "export default () => {}\n");
}

#[test]
fn json_that_means_nothing_is_not_taken_for_a_deletion() {
    let scene = Scene::new();
    let edit = |file: &'static str, from: &'static str, to: &'static str| {
        move |dev: &Dev| dev.save(file, &dev.read(file).replace(from, to))
    };
    scene.refuses(
        edit("apps/Hello/Hello.json", "\"props\"", "props"),
        expect![[r#"
        exit 1
        error[bad_json]: this is not JSON: key must be a string
          at apps/Hello/Hello.json:4:3
          help: fix the file; until then the world keeps what it has
    "#]],
    );
    scene.refuses(
        edit("apps/Hello/Hello.json", "\"module\"", "\"commonjs\""),
        expect![[r#"
            exit 1
            error[invalid_script_format]: `commonjs` is no script format
              at apps/Hello/Hello.json
              help: use "module" or "legacy-body"
        "#]],
    );
    scene.refuses(
        edit("apps/Hello/Hello.json", "asset://empty.glb", "assets/boat.glb"),
        expect![[r#"
        exit 1
        error[missing_asset]: `model` names `assets/boat.glb`, which is not in the project
          at apps/Hello/Hello.json:3
          help: add the file as assets/boat.glb, or correct the name
    "#]],
    );
    scene.refuses(
        edit("world.json", "\"entities\"", "entities"),
        expect![[r#"
        exit 1
        error[bad_json]: this is not JSON: key must be a string
          at world.json:10:3
          help: fix the file; until then the world keeps what it has
    "#]],
    );
    scene.refuses(
        edit("world.json", "[0, 0, -5]", "[0, 0]"),
        expect![[r#"
        exit 1
        error[bad_world_file]: entities[1].position must be an array of 3 numbers
          at world.json:22
          help: fix the file; until then placed entities are left as they are on both sides
    "#]],
    );
}

#[test]
fn files_that_cannot_be_read_are_not_taken_for_deleted() {
    let scene = Scene::new();
    let large = |dev: &Dev| {
        let file = std::fs::File::create(dev.path("apps/Hello/lib/data.js")).unwrap();
        file.set_len(60_000_000).unwrap();
    };
    scene.refuses(
        large,
        expect![[r#"
        exit 1
        error[too_large]: this script has 60 MB; worlds take scripts up to 50 MB
          at apps/Hello/lib/data.js
          help: make it smaller, or put data into assets/; until then the world keeps what it has
    "#]],
    );
    let folder = |dev: &Dev| {
        std::fs::remove_file(dev.path("apps/Hello/lib/greeting.js")).unwrap();
        std::fs::create_dir(dev.path("apps/Hello/lib/greeting.js")).unwrap();
    };
    scene.refuses(
        folder,
        expect![[r#"
        exit 1
        error[module_not_found]: there is no file `lib/greeting.js`
          at apps/Hello/index.js:1:26
          help: correct it and save; until then the world keeps the version it has
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn links_and_locked_files_are_not_taken_for_deleted() {
    use std::os::unix::fs::PermissionsExt as _;

    let scene = Scene::new();
    let link = |dev: &Dev| {
        std::fs::remove_file(dev.path("apps/Hello/lib/greeting.js")).unwrap();
        std::os::unix::fs::symlink("nowhere.js", dev.path("apps/Hello/lib/greeting.js")).unwrap();
    };
    scene.refuses(
        link,
        expect![[r#"
            exit 1
            error[symbolic_link]: this is a symbolic link, and links are never followed
              at apps/Hello/lib/greeting.js
              help: put the file itself here; until then it is left alone
        "#]],
    );
    let locked = scene.dir.path().join("apps/Hello/lib/greeting.js");
    let lock = |mode| std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(mode)).unwrap();
    lock(0o000);
    // The administrator may read anything.
    if std::fs::read(&locked).is_err() {
        // A stat does not change with the permission to read, so a new time is what makes us look.
        let told = see(&["flush", "--timeout", "50"], scene.dir.path());
        assert!(
            told.contains("error[unreadable]") && told.contains("at apps/Hello/lib/greeting.js"),
            "{told}"
        );
    }
    lock(0o644);
    scene.dev.flush();
}

#[cfg(target_os = "linux")]
#[test]
fn two_names_that_are_one_file_elsewhere_are_refused() {
    let scene = Scene::new();
    scene.refuses(
        |dev| dev.save("apps/Hello/lib/Greeting.js", "export const other = 1\n"),
        expect![[r#"
            exit 1
            error[name_clash]: `greeting.js` beside it would be the same file on many disks
              at apps/Hello/lib/Greeting.js
              help: rename one of them; until then neither is mirrored
            error[name_clash]: `Greeting.js` beside it would be the same file on many disks
              at apps/Hello/lib/greeting.js
              help: rename one of them; until then neither is mirrored
        "#]],
    );
}

#[test]
fn a_path_that_climbs_out_is_refused_by_our_world() {
    let scene = Scene::new();
    let before = scene.world();
    let blueprint = scene.client.blueprint("Hello");
    let (version, entry) =
        (blueprint["version"].as_u64().unwrap() + 1, &blueprint["scriptFiles"]["index.js"]);
    let change = json!({"id": "Hello", "version": version, "script": entry, "scriptEntry": "index.js",
        "scriptFormat": "module", "scriptFiles": {"index.js": entry, "../../outside.js": entry}});
    let order =
        Order::BlueprintModify { change: (&change).into(), lock_token: bowline_wire::Value::Undefined };
    let reply = scene.client.try_order(order);
    assert!(!matches!(reply, CommandReply::Done), "{reply:?}");
    scene.dev.flush();
    assert_eq!(scene.world(), before);
    assert!(!scene.dir.path().join("outside.js").exists());
}

#[test]
fn a_wrong_world_or_code_is_refused_before_anything_moves() {
    let (home, dir, empty) = (tempfile::tempdir().unwrap(), project(), tempfile::tempdir().unwrap());
    let world = Dev::serve(home.path(), 0);
    let (url, id, code) = (world.url(), world.world_id(), world.code());
    let before = files(dir.path());
    let mut seen = String::new();
    let right = [("WORLD_URL", url.as_str()), ("WORLD_ID", id.as_str()), ("ADMIN_CODE", code.as_str())];
    for (name, value) in [("ADMIN_CODE", "guess"), ("WORLD_ID", "another-world"), ("WORLD_ID", "")] {
        for command in ["push", "dev"] {
            let env = right.map(|it| if it.0 == name { (name, value) } else { it });
            seen += &format!("{command} with {name}={value}\n{}\n", see_with(&[command], dir.path(), &env));
        }
    }
    expect![[r#"
        push with ADMIN_CODE=guess
        exit 1
        error: the world does not accept the admin code
          help: set ADMIN_CODE in .env (or admin_code of the target) to the world's code; a world that bowline serves has it in the file admin-code of its data

        dev with ADMIN_CODE=guess
        exit 1
        error: the world does not accept the admin code
          help: set ADMIN_CODE in .env (or admin_code of the target) to the world's code; a world that bowline serves has it in the file admin-code of its data

        push with WORLD_ID=another-world
        exit 1
        error: expected the world `another-world`, but `<id>` answers
          help: nothing was moved; if `<id>` is the world you mean, set WORLD_ID (or world_id of the target) to it

        dev with WORLD_ID=another-world
        exit 1
        error: expected the world `another-world`, but `<id>` answers
          help: nothing was moved; if `<id>` is the world you mean, set WORLD_ID (or world_id of the target) to it

        push with WORLD_ID=
        exit 2
        error: WORLD_ID is not set; the world at http://127.0.0.1:<number> says it is `<id>`
          help: if that is the world you mean, add WORLD_ID=<id> to .env

        dev with WORLD_ID=
        exit 2
        error: WORLD_ID is not set; the world at http://127.0.0.1:<number> says it is `<id>`
          help: if that is the world you mean, add WORLD_ID=<id> to .env

    "#]]
    .assert_eq(&seen);
    assert!(files(dir.path()) == before, "the folder changed");
    // An empty project pulls what the world has: nothing.
    std::fs::create_dir(empty.path().join("apps")).unwrap();
    assert!(see_with(&["pull"], empty.path(), &right).starts_with("exit 0"));
    assert_eq!(std::fs::read_dir(empty.path().join("apps")).unwrap().count(), 0);
}

#[test]
fn a_world_that_is_away_is_said_so() {
    let (dir, port) = (project(), free_port());
    let url = format!("http://127.0.0.1:{port}");
    let env = [("WORLD_URL", url.as_str()), ("WORLD_ID", "w"), ("ADMIN_CODE", "c")];
    let seen = ["push", "status", "plan", "doctor"].map(|it| see_with(&[it], dir.path(), &env)).join("\n");
    expect![[r#"
        exit 3
        error: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          help: check that the world runs at http://127.0.0.1:<number> and try again

        exit 3
        error: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          help: check that the world runs at http://127.0.0.1:<number> and try again

        exit 3
        error: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          help: check that the world runs at http://127.0.0.1:<number> and try again

        exit 3
        error: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          help: check that the world runs at http://127.0.0.1:<number> and try again
    "#]]
    .assert_eq(&seen);
}

#[test]
fn settings_that_name_no_world_are_refused_with_the_place_to_mend() {
    let dir = project();
    let toml = |text: &str| std::fs::write(dir.path().join("bowline.toml"), text).unwrap();
    let mut seen = String::new();
    let mut look = |what: &str, args: &[&str]| seen += &format!("{what}\n{}\n", see(args, dir.path()));
    look("no targets at all", &["push", "--target", "prod"]);
    toml("[targets.staging]\nworld_id = \"w\"\n[targets.test]\nurl = \"http://h\"\n");
    look("unknown target", &["dev", "--target", "prod"]);
    look("target without url", &["dev", "--target", "staging"]);
    look("target without id", &["dev", "--target", "test"]);
    toml("# worlds\n[targets.staging]\nurl = \n");
    look("broken bowline.toml", &["dev", "--target", "staging"]);
    toml("[targets.staging]\nurl = 5\n");
    look("url that is no text", &["dev", "--target", "staging"]);
    std::fs::create_dir(dir.path().join(".lobby")).unwrap();
    std::fs::write(dir.path().join(".lobby/targets.json"), "{\n  \"a\": }").unwrap();
    toml("");
    look("broken targets.json", &["dev", "--target", "a"]);
    std::fs::write(dir.path().join(".env"), "WORLD_URL=\"http://h\nX=1\n").unwrap();
    look("broken .env", &["status"]);
    std::fs::write(dir.path().join(".env"), "WORLD_URL=nonsense\nWORLD_ID=w\n").unwrap();
    look("an address that is none", &["status"]);
    expect![[r#"
        no targets at all
        exit 2
        error: there is no target `prod`
          help: the project names no targets yet; add [targets.NAME] with url and world_id to bowline.toml

        unknown target
        exit 2
        error: there is no target `prod`
          help: known targets: staging, test; another can be added to bowline.toml or .lobby/targets.json

        target without url
        exit 2
        error: target `staging` has no url
          at bowline.toml
          help: add `url` to target `staging`

        target without id
        exit 2
        error: target `test` has no world_id
          at bowline.toml
          help: add `world_id` to target `test`

        broken bowline.toml
        exit 2
        error: bowline.toml cannot be understood: string values must be quoted, expected literal string
          at bowline.toml:3:7
          help: correct it and try again; nothing was started

        url that is no text
        exit 2
        error: bowline.toml cannot be understood: invalid type: integer `5`, expected a string
          at bowline.toml:2
          help: correct it and try again; nothing was started

        broken targets.json
        exit 2
        error: .lobby/targets.json cannot be understood: expected value
          at .lobby/targets.json:2
          help: correct it and try again; nothing was started

        broken .env
        exit 2
        error: .env cannot be understood: this line is not NAME=value, or its quote is never closed
          at .env:1
          help: correct it and try again; nothing was started

        an address that is none
        exit 3
        error: cannot reach the world at http://nonsense: the host name is unknown
          help: check that the world runs at nonsense and try again

    "#]]
    .assert_eq(&seen);
}

#[test]
fn folders_that_are_no_place_for_this_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = see(&["dev"], dir.path());
    seen += &see(&["dev"], &dir.path().join("nowhere"));
    std::fs::write(dir.path().join("README.md"), "mine").unwrap();
    std::fs::write(dir.path().join(".gitignore"), "mine").unwrap();
    seen += &see(&["init"], dir.path());
    std::fs::write(dir.path().join("world.json"), "mine").unwrap();
    seen += &see(&["init"], dir.path());
    let file = dir.path().join("README.md");
    seen += &see(&["init"], &file);
    seen += &see(&["dev"], &file);
    expect![[r#"
        exit 2
        error: `<dir>` is no project: it has no `apps`, `world.json` or `bowline.toml`
          help: run `bowline init` to make one, or name the folder of one
        exit 2
        error: there is no folder `<dir>`
          help: name the folder of a project; `bowline init` makes one
        exit 0
        Made a project in <dir> with two apps, Hello and Spinner.
        Your .gitignore is as it was; git should ignore .bowline/ .env .conflicts/
        Next: bowline dev <dir>
        exit 1
        error: `<dir>` already has `apps`
          help: name a new folder, or run `bowline dev` here: an existing project needs no init
        exit 1
        error: `<dir>` is not a folder
          help: name a new folder
        exit 2
        error: `<dir>` is no project: it has no `apps`, `world.json` or `bowline.toml`
          help: run `bowline init` to make one, or name the folder of one
    "#]]
    .assert_eq(&seen.replace(&dir.path().display().to_string(), "<dir>"));
    for name in ["README.md", ".gitignore", "world.json"] {
        assert_eq!(std::fs::read_to_string(dir.path().join(name)).unwrap(), "mine", "{name}");
    }
}

#[test]
fn what_somebody_else_has_open_is_refused_with_who() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut seen = format!("second dev\n{}\n", see(&["dev"], dir.path()));
    let data = dir.path().join(".bowline/world");
    seen += &format!("its world's data\n{}\n", see(&["world", "serve", "--data"], &data));
    let home = tempfile::tempdir().unwrap();
    let port = dev.url().rsplit(':').next().unwrap().to_owned();
    seen +=
        &format!("its world's port\n{}\n", see(&["world", "serve", "--port", &port, "--data"], home.path()));
    seen += &format!("another target\n{}\n", see(&["push", "--target", "prod"], dir.path()));
    dev.stop();
    let world = Dev::serve(&data, 0);
    seen += &format!("dev, while its world is served\n{}\n", see(&["dev"], dir.path()));
    drop(world);
    expect![[r#"
        second dev
        exit 1
        error: another bowline (pid <number>, port <number>) has this project open
          help: ask it (`bowline status`), or stop it first: two mirrors of one folder would only get in each other's way

        its world's data
        exit 1
        error: another process has this world open, and only one may write it
          at <dir>
          help: stop that one; `bowline world serve` can serve another world with --data

        its world's port
        exit 1
        error: another program has port <number> already
          help: name another port, or 0 for a free one

        another target
        exit 2
        error: bowline dev (pid <number>) runs on this folder with no --target, not `prod`
          help: leave out --target to ask it, or stop it first

        dev, while its world is served
        exit 1
        error: another process has this world open, and only one may write it
          at <dir>/.bowline/world
          help: stop that one; `bowline world serve` can serve another world with --data

    "#]].assert_eq(&seen);
}

#[test]
fn bad_usage_says_what_would_be_right() {
    let usage = |args: &[&str]| shown(&crate::dev::bowline(args).output().unwrap(), Path::new("<none>"));
    let seen = [&["stauts"][..], &["flush", "--timeout", "soon"], &["conflicts", "take", "1", "mine"], &[]]
        .map(usage);
    expect![[r#"
        exit 2
        error: unrecognized subcommand 'stauts'

          tip: some similar subcommands exist: 'trash', 'status'

        Usage: bowline [OPTIONS] <COMMAND>

        For more information, try '--help'.

        exit 2
        error: invalid value 'soon' for '--timeout <SECONDS>': invalid float literal

        For more information, try '--help'.

        exit 2
        error: invalid value 'mine' for '<SIDE>'
          [possible values: disk, world]

        For more information, try '--help'.

        exit 2
        Ties a folder of scripts to a running world: save a file and the world runs it, change the world and the file follows. Nothing you wrote is ever lost

        Usage: bowline [OPTIONS] <COMMAND>

        Commands:
          init           Make a new project
          dev            Mirror a project to its world, both ways, until Ctrl-C
          status         Show where everything stands
          plan           Show what would move, and move nothing
          push           Send what the folder has and the world lacks
          pull           Fetch what the world has and the folder lacks
          flush          Wait until everything saved before now has arrived, both ways
          conflicts      List, compare and settle conflicts
          trash          List and restore files that were deleted or replaced here
          logs           Show what scripts printed
          top            Show what the scripts of each app cost, every second, until Ctrl-C
          journal        Show what was carried, line by line: which way, whose change, what each file held before
          app            Look at an app as the world has it
          doctor         Check what this disk, this system and the world can do, and say what to mend
          schema         Look at the definitions of a world, check and apply changes, write them for other languages
          prefab         Look at prefabs, and make entities of them
          strings        Look up texts for people
          query          Find entities of the running world
          store          Look at what the world's store keeps, and put records into it
          host-contract  Show what scripts can call on this host
          run            Run a project's world without a port, as fast as it can: what its scripts say, and what goes wrong
          check          Say what is wrong with a project, as an editor would: syntax, imports, blueprints, definitions, and components and fields that scripts name. Exit 1 if anything is
          test           Run the tests of a project: its files `*.test.js`, `*.test.ts` and `*.test.luau`
          replay         Run a project's world without a port, as fast as it can, and print its hash after each tick
          lsp            Answer an editor: what may be written here, what is wrong, in scripts and definitions. The editor starts it
          world          Run a world on a port of its own; keep one as it is, and go back to that

        Options:
              --json     Print JSON for programs instead of text for people
          -h, --help     Print help
          -V, --version  Print version

        Begin:       bowline init my-world && bowline dev my-world
        Which world: its own on this machine, unless --target, WORLD_URL or .env name another
        Exit codes:  0 done, 1 refused or problems found, 2 bad usage, 3 world or network away, 70 our bug
        Log:         .bowline/bowline.log; BOWLINE_LOG=debug says more
    "#]].assert_eq(&seen.join("\n"));
}

/// A port nobody listens on. Somebody may take it meanwhile; nobody does in practice.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .expect("this system lets us")
        .local_addr()
        .expect("this system lets us")
        .port()
}

/// A disk of a few megabytes, if this system lets us have one.
#[cfg(target_os = "linux")]
struct SmallDisk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn new() -> Option<SmallDisk> {
        let dir = tempfile::tempdir().expect("this system lets us");
        let mount = ["-t", "tmpfs", "-o", "size=16m", "tmpfs"];
        let mounted = std::process::Command::new("mount").args(mount).arg(dir.path()).output();
        mounted.is_ok_and(|it| it.status.success()).then(|| SmallDisk(dir))
    }

    /// Leaves room for so many bytes.
    fn fill_up_to(&self, left: u64) {
        let mut filler = std::fs::File::create(self.0.path().join("filler")).expect("this system lets us");
        while std::io::Write::write_all(&mut filler, &[b'x'; 4096]).is_ok() {}
        filler
            .set_len(filler.metadata().expect("this system lets us").len() - left)
            .expect("this system lets us");
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A mount that stays would only keep an empty folder alive.
        std::process::Command::new("umount").arg(self.0.path()).status().ok();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_was_there_and_room_is_all_it_takes() {
    // Only an administrator may mount; elsewhere the limit on a file's size stands in for the disk.
    let Some(disk) = SmallDisk::new() else { return };
    let (home, dir) = (tempfile::tempdir().unwrap(), disk.0.path().join("project"));
    assert_eq!(run(&["init", dir.to_str().unwrap()]).code(), 0);
    let world = Dev::serve(home.path(), 0);
    let dev = Dev::mirror(&dir, &world);
    dev.flush();
    let before = files(&dir);
    disk.fill_up_to(700_000);
    let client = Client::of(&world);
    let text = format!("// {}\nexport default () => {{}}\n", "x".repeat(900_000));
    client.change("Hello", &[("index.js", Some(&text))]);
    let problem = dev.wait("problem", |it| it["event"] == "problem");
    let told = json!([problem["app"], problem["path"], problem["message"], problem["help"]]).to_string();
    expect![[
        r#"["Hello","apps/Hello/index.js","the disk is full: make room","it is tried again by itself"]"#
    ]]
    .assert_eq(&crate::screen::redacted(&told, &dir));
    assert!(files(&dir) == before, "the folder changed");
    std::fs::remove_file(disk.0.path().join("filler")).unwrap();
    dev.wait_for("apps/Hello/index.js", &text);
    dev.flush();
    assert_eq!(client.module("Hello", "index.js"), text);
}

#[cfg(unix)]
#[test]
fn a_write_the_system_refuses_keeps_what_was_there() {
    let (home, dir) = (tempfile::tempdir().unwrap(), project());
    let world = Dev::serve(home.path(), 0);
    let (url, id, code) = (world.url(), world.world_id(), world.code());
    let env = [("WORLD_URL", url.as_str()), ("WORLD_ID", id.as_str()), ("ADMIN_CODE", code.as_str())];
    assert!(see_with(&["push"], dir.path(), &env).starts_with("exit 0"));
    let before = files(dir.path());
    let text = format!("// {}\nexport default () => {{}}\n", "x".repeat(1_000_000));
    Client::of(&world).change("Hello", &[("index.js", Some(&text))]);
    // Blocks of 512 or 1024 bytes, whichever this shell counts in; the signal would kill.
    let script = "ulimit -f 900; trap '' XFSZ; exec \"$0\" pull \"$1\"";
    let mut pull = std::process::Command::new("sh");
    pull.args(["-c", script, env!("CARGO_BIN_EXE_bowline")]).arg(dir.path()).envs(env);
    let output = pull.output().unwrap();
    expect![[r#"
        exit 1
        error[failed]: cannot write this on disk: File too large (os error 27)
          at apps/Hello/index.js
          help: it is tried again by itself
    "#]]
    .assert_eq(&shown(&output, dir.path()));
    assert!(files(dir.path()) == before, "the folder changed");
    assert!(see_with(&["pull"], dir.path(), &env).starts_with("exit 0"));
    assert_eq!(std::fs::read_to_string(dir.path().join("apps/Hello/index.js")).unwrap(), text);
}
