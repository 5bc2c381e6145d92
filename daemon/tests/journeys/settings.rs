//! `[script]` of bowline.toml reaches the world, and tests beside apps do not.

use crate::dev::{Dev, bowline, project, run};
use crate::world::Client;

#[test]
fn what_scripts_may_use_is_said_in_bowline_toml() {
    let dir = project();
    let at = |path: &str| dir.path().join(path);
    std::fs::write(at("bowline.toml"), "[script]\ncalls = 20\n").expect("it can be written");
    let many = "export default (world, app) => {\n  for (let i = 0; i < 50; i++) console.log(i)\n}\n";
    std::fs::write(at("apps/Hello/index.js"), many).expect("it can be written");
    let mut command = bowline(&["dev", "--json", "--isolation", "thread"]);
    command.arg(dir.path());
    let dev = Dev::spawn(dir.path(), command);
    let crashed = dev.wait("a crash", |it| it["event"] == "script" && it["state"] == "crashed");
    assert_eq!(crashed["app"], "Hello", "{crashed}");
    let shown = dev.ask(&["app", "show", "Hello"]).json();
    assert_eq!(shown["instances"][0]["problem"]["code"], "script_call_budget", "{shown}");
    drop(dev);
    std::fs::write(at("bowline.toml"), "[script]\ncalls = 200\n").expect("it can be written");
    let dev = Dev::start(dir.path(), &[]);
    dev.wait("a run", |it| it["event"] == "script" && it["app"] == "Hello" && it["state"] == "running");
    drop(dev);
    std::fs::write(at("bowline.toml"), "[script]\ncals = 200\n").expect("it can be written");
    let path = dir.path().to_str().expect("test folders are UTF-8");
    let data = at(".bowline/world");
    for args in [vec!["dev", path], vec!["world", "serve", "--data", data.to_str().expect("UTF-8")]] {
        let refused = run(&args);
        assert_eq!(refused.code(), 2, "{}", refused.all());
        assert!(refused.all().contains("did you mean `calls`?"), "{}", refused.all());
    }
}

#[test]
fn tests_beside_an_app_stay_in_the_folder() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let client = Client::of(&dev);
    let before = client.blueprint("Hello");
    // Broken, too: what is in it is nobody's business but its runner's.
    dev.save("apps/Hello/hello.test.js", "import nothing from 'nowhere'\n(");
    dev.save("apps/Hello/lib/deep.test.luau", "x");
    dev.save("shared/wave.test.ts", "let x: number = 1");
    dev.flush();
    assert_eq!(client.blueprint("Hello"), before);
    assert_eq!(dev.problems(), Vec::<serde_json::Value>::new());
    assert_eq!(run(&["plan", dir.path().to_str().expect("UTF-8")]).code(), 0);
}
