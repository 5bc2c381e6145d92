//! `bowline run` and `bowline test`: worlds without a port.

use std::path::Path;

use expect_test::expect;
use serde_json::{Value, json};

use crate::dev::{project, run};
use crate::screen::see;

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("there is room");
    std::fs::write(path, text).expect("there is room");
}

fn path(dir: &tempfile::TempDir) -> &str {
    dir.path().to_str().expect("test folders are UTF-8")
}

#[test]
fn a_project_runs_without_a_port_and_leaves_nothing_behind() {
    let dir = project();
    let before = files(dir.path());
    let first = run(&["run", "--ticks", "40", "--seed", "7", path(&dir)]);
    assert_eq!(first.code(), 0, "{}", first.all());
    let text = first.text();
    assert!(
        text.starts_with("1: Hello: Hello, harbor!\n40 ticks of 2 apps and 2 instances\nhash "),
        "{text}"
    );
    assert!(text.ends_with("(seed 7)\n"), "{text}");
    assert_eq!(run(&["run", "--ticks", "40", "--seed", "7", path(&dir)]).text(), text);
    assert_eq!(files(dir.path()), before);
    let with_ann = run(&["run", "--ticks", "40", "--seed", "7", "--client", "Ann", path(&dir)]);
    assert!(with_ann.text().contains("Hello: (client ann) Hello, harbor!\n"), "{}", with_ann.all());
    let json = run(&["run", "--ticks", "2", "--json", path(&dir)]).ok();
    assert_eq!(json["apps"], json!(["Hello", "Spinner"]));
    assert_eq!(json["lines"][0]["text"], "Hello, harbor!");
    assert_eq!(json["stopped"], json!([]));
}

#[test]
fn a_run_that_crashes_says_where_and_ends_with_1() {
    let dir = project();
    write(
        dir.path(),
        "apps/Hello/index.js",
        "export default (world, app) => {\n  app.on('update', () => {\n    null.x\n  })\n}\n",
    );
    let ran = run(&["run", "--ticks", "5", path(&dir), "--json"]);
    assert_eq!(ran.code(), 1, "{}", ran.all());
    let stopped = &ran.json()["stopped"];
    assert_eq!(stopped[0]["who"], "Hello");
    assert_eq!((&stopped[0]["path"], &stopped[0]["line"]), (&json!("apps/Hello/index.js"), &json!(3)));
    write(dir.path(), "apps/Hello/index.js", "import x from './none.js'\nexport default () => {}\n");
    let ran = run(&["run", "--ticks", "1", path(&dir)]);
    assert_eq!(ran.code(), 1);
    assert!(ran.text().contains("apps/Hello/index.js:1:15"), "{}", ran.all());
}

/// Every path of a folder.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("it can be read").flatten() {
            found.push(entry.path().display().to_string());
            if entry.path().is_dir() {
                open.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Without the count, which has a time of its own.
fn plain(text: &str) -> String {
    text.lines().filter(|it| !it.contains(" passed")).map(|it| format!("{it}\n")).collect()
}

#[test]
fn tests_run_as_in_any_test_runner() {
    let dir = project();
    write(
        dir.path(),
        "apps/Hello/hello.test.js",
        "\
import { greeting } from './lib/greeting.js'

test('it greets', async t => {
  t.equal(typeof greeting, 'function')
  await t.tick()
  t.equal(t.app('Hello').logs, ['Hello, harbor!'])
})

test('it knows everybody', async t => {
  await t.tick(3)
  t.equal(t.app('Hello').logs.length, 2, 'greetings')
})

test.skip('later', () => {})
",
    );
    write(
        dir.path(),
        "apps/Spinner/spin.test.ts",
        "\
test('it turns', async (t: any) => {
  await t.tick()
  const before: number[] = t.entity('spinner001').nodes[0].components.transform.quaternion
  await t.seconds(1)
  t.notEqual(t.entity('spinner001').nodes[0].components.transform.quaternion, before)
})
",
    );
    write(
        dir.path(),
        "apps/Hello/lib/luau.test.luau",
        "test('in Luau', function(t)\n\tt:tick()\n\tt:equal(t:app('Hello').state, 'running')\nend)\n",
    );
    expect![[r#"
        exit 1
        apps/Hello/hello.test.js
          ✓ it greets  1 tick, <time>
          ✗ it knows everybody  3 ticks, <time>
              greetings: expected 2, and it is 1
              at apps/Hello/hello.test.js:11:13
          - later  skipped
        apps/Hello/lib/luau.test.luau
          ✓ in Luau  1 tick, <time>
        apps/Spinner/spin.test.ts
          ✓ it turns  21 ticks, <time>

    "#]]
    .assert_eq(&plain(&see(&["test"], dir.path())));
    let json = run(&["test", path(&dir), "greets", "--json"]).ok();
    assert_eq!((&json["passed"], &json["failed"]), (&json!(1), &json!(0)));
    assert_eq!(json["tests"][0]["file"], "apps/Hello/hello.test.js");
    let by_file = run(&["test", path(&dir), "Spinner/", "--json"]).json();
    let names: Vec<&Value> =
        by_file["tests"].as_array().expect("a list").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, [&json!("it turns")]);
    assert_eq!(run(&["test", path(&dir), "nothing is called so"]).code(), 1);
    std::fs::remove_file(dir.path().join("apps/Hello/hello.test.js")).expect("it is there");
    assert_eq!(run(&["test", path(&dir)]).code(), 0);
    write(dir.path(), "apps/Hello/broken.test.js", "import x from './nowhere.js'\n");
    expect![[r#"
        exit 1
        apps/Hello/broken.test.js
          ✗ the file cannot be run  <time>
              there is no file `nowhere.js`
              at apps/Hello/broken.test.js:1:15
        apps/Hello/lib/luau.test.luau
          ✓ in Luau  1 tick, <time>
        apps/Spinner/spin.test.ts
          ✓ it turns  21 ticks, <time>

    "#]]
    .assert_eq(&plain(&see(&["test"], dir.path())));
}

#[test]
fn the_harbor_runs_clean_and_its_own_tests_pass() {
    let folder = tempfile::tempdir().expect("room");
    let dir = bowline_fixtures::copy_project("harbor", folder.path());
    let harbor = dir.to_str().expect("test folders are UTF-8");
    let ran = run(&["run", "--ticks", "400", "--client", "Ann", "--json", harbor]);
    let json = ran.json();
    assert_eq!((&json["stopped"], &json["problems"]), (&json!([]), &json!([])), "{}", ran.all());
    assert_eq!(json["instances"], 43);
    let tested = run(&["test", harbor]);
    assert_eq!(tested.code(), 0, "{}", tested.all());
}
