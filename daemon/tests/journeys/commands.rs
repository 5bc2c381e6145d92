//! Every command as people and programs run it: with and without a running mirror, as text and as JSON.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use expect_test::expect;
use serde_json::{Value, json};

use crate::dev::{Dev, bowline, empty_project, project, run};
use crate::refused::free_port;
use crate::screen::{redacted, see, see_with};
use crate::world::Client;

/// Every command that only looks, and the two that move, in an order in which each says something.
fn tour(dir: &Path) -> String {
    let commands: [&[&str]; 8] = [
        &["plan"],
        &["push"],
        &["plan"],
        &["status"],
        &["pull"],
        &["flush"],
        &["conflicts", "list"],
        &["trash", "list"],
    ];
    commands.iter().map(|it| format!("$ bowline {}\n{}", it.join(" "), see(it, dir))).collect()
}

#[test]
fn commands_do_their_job_without_a_running_mirror() {
    let dir = project();
    expect![[r#"
        $ bowline plan
        exit 2
        ↑ add apps/Hello/index.js
        ↑ add apps/Hello/lib/greeting.js
        ↑ add apps/Hello/Hello.json
        ↑ add shared/wave.js
        ↑ add apps/Spinner/index.ts
        ↑ add apps/Spinner/Spinner.json
        ↑ add world.json#hello00001
        ↑ add world.json#spinner001
        $ bowline push
        exit 0
        Everything has arrived.
        $ bowline plan
        exit 0
        Nothing would move.
        $ bowline status
        exit 0
        world <id> at http://127.0.0.1:<number>
          in-sync    Hello v0
          in-sync    Spinner v0
        $ bowline pull
        exit 0
        Everything has arrived.
        $ bowline flush
        exit 0
        Everything has arrived.
        $ bowline conflicts list
        exit 0
        No conflicts.
        $ bowline trash list
        exit 0
        The trash is empty.
    "#]]
    .assert_eq(&tour(dir.path()));
    let shown = run(&["app", "show", "Hello", dir.path().to_str().unwrap(), "--json"]).ok();
    assert_eq!(shown["id"], "Hello");
    assert_eq!(run(&["app", "show", "Nobody", dir.path().to_str().unwrap()]).code(), 1);
}

#[test]
fn a_plan_moves_nothing() {
    let dir = project();
    assert_eq!(run(&["plan", dir.path().to_str().unwrap()]).code(), 2);
    let shown = run(&["app", "show", "Hello", dir.path().to_str().unwrap()]);
    assert_eq!(shown.code(), 1, "{}", shown.all());
}

#[test]
fn commands_ask_the_running_mirror() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    expect![[r#"
        $ bowline plan
        exit 0
        Nothing would move.
        $ bowline push
        exit 0
        Everything has arrived.
        $ bowline plan
        exit 0
        Nothing would move.
        $ bowline status
        exit 0
        world <id> at http://127.0.0.1:<number>
          in-sync    Hello v0
          in-sync    Spinner v0
        $ bowline pull
        exit 0
        Everything has arrived.
        $ bowline flush
        exit 0
        Everything has arrived.
        $ bowline conflicts list
        exit 0
        No conflicts.
        $ bowline trash list
        exit 0
        The trash is empty.
    "#]]
    .assert_eq(&tour(dir.path()));
    dev.wait("a run", |it| it["event"] == "script" && it["app"] == "Hello");
    let app = dir.path().to_str().unwrap();
    expect![[r#"
        Hello, harbor!
    "#]]
    .assert_eq(&redacted(&run(&["logs", "Hello", app]).all(), dir.path()));
    let lines = run(&["logs", app, "--json"]).ok();
    assert!(lines["lines"].as_array().is_some_and(|it| !it.is_empty()), "{lines}");
    std::fs::remove_file(dir.path().join("apps/Hello/lib/greeting.js")).unwrap();
    assert_eq!(run(&["flush", app]).code(), 1);
    assert_eq!(run(&["plan", app]).code(), 1);
}

/// The names of an object's fields.
fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().cloned().collect()
}

#[test]
fn status_says_exactly_this_to_programs() {
    let dir = project();
    let app = dir.path().to_str().unwrap();
    let alone = run(&["status", app, "--json"]).json();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let asked = run(&["status", app, "--json"]).ok();
    for status in [&alone, &asked] {
        assert_eq!(
            keys(status).into_iter().collect::<BTreeSet<_>>(),
            ["apps", "conflicts", "watch", "world"].map(str::to_owned).into()
        );
        assert_eq!(keys(&status["apps"][0]).len(), 4);
        // Looking once is no poll: both say how changes are noticed in this folder.
        assert_eq!(status["watch"], asked["watch"]);
        assert_eq!(status["conflicts"], 0);
    }
    expect![[r#"[{"app":"Hello","state":"in-sync","version":0,"problems":[]},{"app":"Spinner","state":"in-sync","version":0,"problems":[]}]"#]].assert_eq(&asked["apps"].to_string());
}

#[test]
fn flush_says_why_it_cannot() {
    let (home, dir) = (tempfile::tempdir().unwrap(), project());
    let world = Dev::serve(home.path(), 0);
    let dev = Dev::mirror(dir.path(), &world);
    dev.flush();
    world.kill();
    dev.wait("away", |it| it["event"] == "world" && it["state"] == "away");
    dev.save("apps/Hello/lib/greeting.js", "export const greeting = () => 'later'\n");
    let commands: [&[&str]; 4] = [&["flush", "--timeout", "1"], &["push"], &["status"], &["doctor"]];
    let seen: String = commands.iter().map(|it| see(it, dir.path())).collect();
    let seen: Vec<&str> =
        seen.lines().filter(|it| !it.contains("MB") && !it.contains("folders to watch")).collect();
    expect![[r#"
        exit 1
        error[world_away]: the world is away: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          help: it is tried again by itself
        exit 3
        error: nothing was moved, the world is away: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          help: bowline dev connects by itself when the world is back, and moves everything then
        exit 1
        world <id> at http://127.0.0.1:<number> is away: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
          unknown    Hello v0
          unknown    Spinner v0
        exit 1
          atomic exchange     yes
          create only if new  yes
          state beside files  yes
          a.js and A.js       two files here, one file on other disks: having both is refused as a name clash
          ü as one or two     two files here, one file on other disks: having both spellings is refused as a name clash
          changes are noticed at once, by events
        ! world               away: cannot reach the world at http://127.0.0.1:<number>: nothing answers at this address
                              help: check that a world runs at http://127.0.0.1:<number>
          world is reached    on this machine; another program runs it"#]].assert_eq(&seen.join("\n"));
}

#[test]
fn a_world_that_is_away_at_the_start_is_waited_for() {
    let (home, dir) = (tempfile::tempdir().unwrap(), project());
    let port = free_port();
    let world = Dev::serve(home.path(), port);
    let (url, id, code) = (world.url(), world.world_id(), world.code());
    world.kill();
    let env = [("WORLD_URL", url.as_str()), ("WORLD_ID", id.as_str()), ("ADMIN_CODE", code.as_str())];
    let dev = Dev::start(dir.path(), &env);
    assert_eq!(run(&["status", dir.path().to_str().unwrap()]).code(), 1);
    let world = Dev::serve(home.path(), port);
    dev.wait("back", |it| it["event"] == "world" && it["state"] == "back");
    dev.flush();
    assert!(Client::of(&world).has("Hello"));
}

#[test]
fn programs_hear_events_with_exactly_these_fields() {
    let (home, dir) = (tempfile::tempdir().unwrap(), project());
    let world = Dev::serve(home.path(), 0);
    let client = Client::of(&world);
    let dev = Dev::mirror(dir.path(), &world);
    let mut shapes: Vec<String> = vec![keys(&dev.ready).join(" ")];
    let mut hear = |dev: &Dev, event: &str| {
        let heard = dev.wait(event, |it| it["event"] == event);
        shapes.push(format!("{event}: {}", keys(&heard).join(" ")));
        heard
    };
    hear(&dev, "applied");
    dev.flush();
    dev.kill();
    client.change("Hello", &[("lib/greeting.js", Some("export const greeting = () => 'theirs'\n"))]);
    let mine = "export const greeting = () => 'mine'\n";
    std::fs::write(dir.path().join("apps/Hello/lib/greeting.js"), mine).unwrap();
    let dev = Dev::mirror(dir.path(), &world);
    let conflict = hear(&dev, "conflict");
    let kept = dir.path().join(conflict["kept"].as_str().unwrap());
    let winner = conflict["winner"].as_str().unwrap().to_owned();
    dev.flush();
    let (in_place, lost) = (dev.read("apps/Hello/lib/greeting.js"), std::fs::read_to_string(&kept).unwrap());
    assert_eq!(winner == "disk", in_place == mine);
    assert!(lost != in_place && (lost == mine || in_place == mine));
    dev.save("apps/Hello/index.js", "import 'three'\n");
    hear(&dev, "problem");
    expect![[r#"
        event world world_id admin_code_file control pid apps ms
        applied: event direction app version files ms
        conflict: event app path winner kept
        problem: event app code path line message help"#]]
    .assert_eq(&shapes.join("\n"));
    assert_eq!(run(&["status", dir.path().to_str().unwrap()]).code(), 1);

    let app = dir.path().to_str().unwrap();
    let listed = see(&["conflicts", "list"], dir.path());
    assert!(listed.starts_with("exit 1") && listed.contains("1  apps/Hello/lib/greeting.js"), "{listed}");
    let diff = run(&["conflicts", "show", "1", app]);
    assert!(diff.all().contains("'mine'") && diff.all().contains("'theirs'"), "{}", diff.all());
    let other = if winner == "disk" { "world" } else { "disk" };
    assert_eq!(run(&["conflicts", "take", "1", other, app]).code(), 0);
    assert_eq!(dev.read("apps/Hello/lib/greeting.js"), lost);
    assert_eq!(run(&["conflicts", "list", app]).code(), 0);
    expect![[r#"
        exit 2
        error: there is no conflict 7
          help: bowline conflicts list shows their numbers
        exit 1
        error: there is no entry `nothing`
          help: bowline trash list shows what there is
    "#]]
    .assert_eq(
        &(see(&["conflicts", "show", "7"], dir.path()) + &see(&["trash", "restore", "nothing"], dir.path())),
    );
}

#[test]
fn a_crash_and_its_end_are_heard() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    dev.save("apps/Hello/index.js", "export default () => {\n  throw new Error('boom')\n}\n");
    let crash = dev.wait("a crash", |it| it["event"] == "script" && it["state"] == "crashed");
    expect![[r#"{"event":"script","app":"Hello","state":"crashed","path":"apps/Hello/index.js","line":2}"#]]
        .assert_eq(&crash.to_string());
    dev.flush();
    let status = see(&["status"], dir.path());
    assert!(status.starts_with("exit 1") && status.contains("crashed    Hello"), "{status}");
    dev.save("apps/Hello/index.js", "export default () => {}\n");
    dev.wait("a run", |it| it["event"] == "script" && it["state"] == "running" && it["app"] == "Hello");
}

/// Sends one request to the control API as it is, and returns the status line and the body.
fn post(dev: &Dev, headers: &[(&str, &str)]) -> String {
    let address =
        dev.ready["control"].as_str().expect("ready names it").trim_start_matches("http://").to_owned();
    let mut socket = std::net::TcpStream::connect(&address).expect("it listens");
    let body = r#"{"verb":"status"}"#;
    let mut request = "POST /request HTTP/1.1\r\nConnection: close\r\n".to_owned();
    for (name, value) in headers {
        request += &format!("{name}: {}\r\n", value.replace("{here}", &address));
    }
    request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("it answers in HTTP");
    format!("{} {}", head.lines().next().unwrap_or_default(), &body[..body.len().min(20)])
}

#[test]
fn the_control_api_hears_local_programs_with_the_token_and_nobody_else() {
    let dir = empty_project();
    let dev = Dev::start(dir.path(), &[]);
    let place = dir.path().join(".bowline/control.json");
    let control: Value = serde_json::from_slice(&std::fs::read(&place).unwrap()).unwrap();
    let token = format!("Bearer {}", control["token"].as_str().unwrap());
    let (host, token) = (("Host", "{here}"), ("Authorization", token.as_str()));
    let seen = [
        post(&dev, &[host, token]),
        post(&dev, &[host]),
        post(&dev, &[host, ("Authorization", "Bearer guess")]),
        post(&dev, &[("Host", "evil.example"), token]),
        post(&dev, &[host, token, ("Origin", "https://evil.example")]),
    ];
    expect![[r#"
        HTTP/1.1 200 OK {"exit":0,"json":{"w
        HTTP/1.1 403 Forbidden wrong token
        HTTP/1.1 403 Forbidden wrong token
        HTTP/1.1 403 Forbidden wrong host
        HTTP/1.1 403 Forbidden not for web pages"#]]
    .assert_eq(&seen.join("\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
    }
    dev.stop();
    assert!(!place.exists());
}

#[cfg(unix)]
#[test]
fn people_read_a_few_calm_lines_and_ctrl_c_ends_it() {
    let dir = project();
    let mut child = bowline(&["dev"]).arg(dir.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut seen: Vec<String> = lines.by_ref().take(5).collect();
    std::fs::write(dir.path().join("apps/Hello/lib/greeting.js"), "export const greeting = () => 'hi'\n")
        .unwrap();
    seen.extend(lines.next());
    let interrupt = std::process::Command::new("kill").arg("-INT").arg(child.id().to_string()).status();
    assert!(interrupt.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    seen.extend(lines);
    expect![[r#"
        bowline: 2 apps, ready in <time>
          world  http://127.0.0.1:<number>
          id     <id>
          Save a file and the world runs it. Ctrl-C ends.
        ↑ 2 apps, 6 files, 2 placed objects sent to the world  <time>
        ↑ Hello v1  lib/greeting.js  <time>"#]]
    .assert_eq(&(redacted(&seen.join("\n"), dir.path())));
}

#[test]
fn the_log_is_a_file_and_what_is_printed_stays_clean() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[("BOWLINE_LOG", "debug")]);
    dev.flush();
    assert!(dev.heard().iter().all(Value::is_object));
    let log = std::fs::read_to_string(dir.path().join(".bowline/bowline.log")).unwrap();
    assert!(log.contains("DEBUG"), "{log}");
    assert!(!log.contains(&dev.code()), "the admin code is in the log");
}

#[test]
fn an_address_left_by_a_killed_mirror_misleads_nobody() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    dev.kill();
    assert!(see(&["status"], dir.path()).starts_with("exit 0"));
    // The port may belong to somebody else by now, who answers in his own way.
    let other = Dev::serve(tempfile::tempdir().unwrap().path(), 0);
    let control = json!({"url": other.url(), "token": "t", "pid": 1});
    std::fs::write(dir.path().join(".bowline/control.json"), control.to_string()).unwrap();
    assert!(see(&["status"], dir.path()).starts_with("exit 0"));
}

#[test]
fn doctor_says_what_to_mend() {
    let dir = project();
    std::fs::create_dir_all(dir.path().join(".lobby/old-world")).unwrap();
    std::fs::write(dir.path().join(".lobby/old-world/db.sqlite"), "").unwrap();
    let seen = see(&["doctor"], dir.path());
    // What differs between systems is not looked at here.
    let steady: Vec<&str> =
        seen.lines().filter(|it| it.contains("world") || it.starts_with("exit")).collect();
    expect![[r#"
        exit 1
          world               http://127.0.0.1:<number> answers
          world is reached    from this machine only
          changes unseen      never replaced: the world checks what a change expects
        ! .lobby world        `old-world` is the world of another tool; bowline does not open it
                              help: to mirror to it, start it with that tool and set WORLD_URL and WORLD_ID=old-world; or delete .lobby/old-world"#]].assert_eq(&steady.join("\n"));
    let rows = run(&["doctor", dir.path().to_str().unwrap(), "--json"]).json();
    assert!(rows["findings"].as_array().is_some_and(|it| it.len() > 8), "{rows}");
    let away = [("WORLD_URL", "http://127.0.0.1:1"), ("WORLD_ID", "w")];
    assert!(see_with(&["doctor"], dir.path(), &away).starts_with("exit 3"));
}

#[test]
fn a_project_of_the_older_kind_runs_and_its_world_can_be_cleaned() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    assert_eq!(run(&["init", "--legacy", path]).code(), 0);
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    dev.wait("a running script", |it| {
        it["event"] == "script" && it["app"] == "Hello" && it["state"] == "running"
    });
    assert_eq!(dev.ask(&["app", "show", "Hello"]).ok()["scriptFormat"], "legacy-body");
    dev.save("apps/Hello/lib/greeting.js", "export const greeting = () => 'once more'\n");
    dev.flush();
    let data = dir.path().join(".bowline/world");
    let gc =
        |extra: &[&str]| run(&[&["world", "gc", "--json", "--data", data.to_str().unwrap()], extra].concat());
    assert!(gc(&[]).all().contains("world_data"), "a running world is not cleaned");
    dev.stop();
    let listed = gc(&["--dry-run"]).ok();
    assert_eq!(listed["unreferenced"].as_array().unwrap().len(), 1, "the replaced greeting: {listed}");
    assert_eq!(gc(&[]).ok(), listed);
    assert_eq!(gc(&[]).ok()["unreferenced"].as_array().unwrap().len(), 0);
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    dev.wait("a running script", |it| {
        it["event"] == "script" && it["app"] == "Hello" && it["state"] == "running"
    });
}

#[test]
fn a_projects_own_component_is_listed_checked_and_projected() {
    let dir = project();
    let path = dir.path().to_str().unwrap();
    let schemas = dir.path().join("schemas");
    std::fs::create_dir_all(&schemas).unwrap();
    let health =
        r#"{"doc": "How hurt it is.", "fields": [{"name": "points", "kind": "f32", "default": 100}]}"#;
    std::fs::write(schemas.join("health.json"), health).unwrap();
    let schema = |args: &[&str]| run(&[&["schema"], args, &[path, "--json"]].concat());
    let listed = schema(&["list"]).ok();
    let own = listed["records"].as_array().unwrap().iter().find(|it| it["name"] == "health");
    assert_eq!(own.unwrap_or_else(|| panic!("{listed}"))["from"], "schemas/health.json");
    assert_eq!(schema(&["check"]).code(), 0);
    assert!(schema(&["emit", "dts"]).ok()["text"].as_str().unwrap().contains("interface HealthComponent"));
    let changed = tempfile::tempdir().unwrap();
    let change = |text: &str| {
        let file = changed.path().join("health.json");
        std::fs::write(&file, text).unwrap();
        schema(&["check", "--change", file.to_str().unwrap()])
    };
    let added = health.replace("}]", r#"}, {"name": "armor", "kind": "f32", "default": 0}]"#);
    assert_eq!(change(&added).ok()["outcome"], "applied");
    let retyped = change(&health.replace("f32", "i32"));
    assert_eq!((retyped.code(), &retyped.json()["outcome"]), (1, &serde_json::json!("requires_reset")));
    assert_eq!(schema(&["show", "helth"]).code(), 1);
}
