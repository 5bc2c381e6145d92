//! How files really change: in storms, by renames, in halves, and faster than anybody can look.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bowline_fixtures::big_app;

use crate::dev::{Dev, contents, project};
use crate::seeded::Seeded;
use crate::world::Client;

/// Files of the burst, each in a new folder of its own. Run by hand with the same number.
const BURST: usize = 900;
/// Files that the branches of the checkout differ in.
const BRANCH: usize = 500;
/// Saves of one file in a row.
const SAVES: usize = 40;

const GREETING: &str = "apps/Hello/lib/greeting.js";

/// The scripts of an app as the folder has them, by key.
fn on_disk(dev: &Dev, app: &str) -> BTreeMap<String, String> {
    let folder = format!("apps/{app}/");
    let key = |(path, text): (String, String)| Some((path.strip_prefix(&folder)?.to_owned(), text));
    contents(&dev.dir).into_iter().filter_map(key).filter(|it| !it.0.ends_with(".json")).collect()
}

/// Folder and world hold the same scripts of an app, and nothing is wrong.
#[track_caller]
fn check(dev: &Dev, client: &Client, app: &str) {
    let (disk, mut world) = (on_disk(dev, app), client.modules(app));
    world.retain(|key, _| !key.starts_with('@'));
    let differs = |key: &&String| disk.get(*key) != world.get(*key);
    let different: Vec<&String> = disk.keys().chain(world.keys()).filter(differs).collect();
    assert!(different.is_empty(), "{} of {}: {different:?}", different.len(), disk.len());
    assert_eq!(dev.problems(), Vec::<serde_json::Value>::new());
}

#[test]
fn nine_hundred_files_in_as_many_new_folders_all_arrive() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let client = Client::of(&dev);
    let (mut index, mut calls) = (String::new(), String::new());
    let began = Instant::now();
    for n in 0..BURST {
        let folder = dir.path().join(format!("apps/Hello/deep{}/a{}/b{n}", n / 100, n / 10));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("leaf.js"), format!("export const n{n} = {n}\n")).unwrap();
        if n % 100 == 0 {
            writeln!(index, "import {{ n{n} }} from './deep{}/a{}/b{n}/leaf.js'", n / 100, n / 10).unwrap();
            write!(calls, " + n{n}").unwrap();
        }
    }
    fs::write(
        dir.path().join("apps/Hello/index.js"),
        format!("{index}export default () => console.log(0{calls})\n"),
    )
    .unwrap();
    crate::measured("900 files in 900 new folders: written", began);
    dev.flush();
    crate::measured("900 files in 900 new folders: arrived", began);
    check(&dev, &client, "Hello");
    assert!(client.modules("Hello").len() > BURST);
}

fn git(dir: &Path, args: &[&str]) {
    let identity =
        ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    let ran = Command::new("git").current_dir(dir).args(identity).args(args).output().expect("git runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn switching_to_a_branch_with_five_hundred_other_files_is_one_update() {
    let dir = project();
    let app = big_app(dir.path(), BRANCH);
    git(dir.path(), &["init", "-q", "-b", "one"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "one"]);
    git(dir.path(), &["checkout", "-q", "-b", "two"]);
    for key in &app.modules {
        let text = fs::read_to_string(app.folder.join(key)).unwrap();
        fs::write(app.folder.join(key), text + "// branch two\n").unwrap();
    }
    git(dir.path(), &["commit", "-q", "-a", "-m", "two"]);
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut client = Client::of(&dev);
    let began = Instant::now();
    git(dir.path(), &["checkout", "-q", "one"]);
    crate::measured("git checkout of 500 files: git was done", began);
    dev.flush();
    crate::measured("git checkout of 500 files: arrived", began);
    let updates = client.heard().iter().filter(|it| it["id"] == "Big").count();
    // Git may take longer than the patience for it on a slow machine; then it is a few.
    assert!((1..=3).contains(&updates), "{updates} updates");
    check(&dev, &client, "Big");
    assert!(on_disk(&dev, "Big").values().all(|it| !it.contains("branch two")));
}

#[test]
fn an_app_folder_that_is_moved_in_complete_arrives_as_one_app() {
    let (dir, outside) = (project(), tempfile::tempdir().unwrap());
    let app = big_app(outside.path(), 30);
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut client = Client::of(&dev);
    fs::rename(&app.folder, dir.path().join("apps/Big")).unwrap();
    dev.flush();
    check(&dev, &client, "Big");
    assert_eq!(client.heard().iter().filter(|it| it["id"] == "Big").count(), 1);
}

#[test]
fn files_arrive_however_an_editor_saves_them() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut client = Client::of(&dev);
    let text = |word: &str| format!("export const greeting = () => '{word}'\n");
    let place = dir.path().join(GREETING);
    let mut arrived = |word: &str| {
        let url =
            bowline_model::AssetName::new(bowline_model::Digest::of(text(word).as_bytes()), "a.js").url();
        let update = client.wait(|it| it["scriptFiles"]["lib/greeting.js"] == url.as_str());
        assert_eq!(update["scriptFiles"].as_object().unwrap().len(), 2, "{update:?}");
    };

    dev.save(GREETING, &text("atomic rename"));
    arrived("atomic rename");

    let backup = dir.path().join(format!("{GREETING}~"));
    fs::rename(&place, &backup).unwrap();
    fs::write(&place, text("vim")).unwrap();
    fs::remove_file(&backup).unwrap();
    arrived("vim");

    // Half of it is there for longer than a file must be still: what is seen then is no script, so
    // it is held, and the world keeps what it has.
    let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&place).unwrap();
    let whole = text("in place");
    file.write_all(&whole.as_bytes()[..20]).unwrap();
    file.sync_all().unwrap();
    dev.wait("a problem", |it| it["event"] == "problem" && it["path"] == GREETING);
    file.write_all(&whole.as_bytes()[20..]).unwrap();
    drop(file);
    arrived("in place");

    // Truncated, and written a moment later.
    let mut file = fs::OpenOptions::new().write(true).open(&place).unwrap();
    file.set_len(0).unwrap();
    spin(Duration::from_millis(60));
    file.rewind().unwrap();
    file.write_all(text("emptied first").as_bytes()).unwrap();
    drop(file);
    arrived("emptied first");

    dev.save(GREETING, &text("before the formatter"));
    spin(Duration::from_millis(50));
    dev.save(GREETING, &text("after the formatter"));
    arrived("after the formatter");

    dev.flush();
    check(&dev, &client, "Hello");
}

/// The gap between two saves is what is tested here; nothing that could be waited for marks its end.
fn spin(gap: Duration) {
    let until = Instant::now() + gap;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

#[test]
fn of_forty_quick_saves_the_last_one_is_what_everybody_has() {
    let mut random = Seeded::new();
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let client = Client::of(&dev);
    let before = client.blueprint("Hello")["version"].as_u64().unwrap();
    let mut last = String::new();
    for save in 0..SAVES {
        last = format!("export const greeting = () => 'save {save}'\n");
        match random.fraction() < 0.5 {
            true => dev.save(GREETING, &last),
            false => fs::write(dir.path().join(GREETING), &last).unwrap(),
        }
        spin(Duration::from_millis(5).mul_f64(1.0 + 19.0 * random.fraction()));
    }
    dev.flush();
    assert_eq!(dev.read(GREETING), last);
    assert_eq!(client.modules("Hello")["lib/greeting.js"], last);
    let updates = client.blueprint("Hello")["version"].as_u64().unwrap() - before;
    assert!(updates <= SAVES as u64, "{updates} updates");
    assert_eq!((dev.conflicts(), dev.problems()), (vec![], vec![]));
    assert!(dev.heard().iter().all(|it| it["direction"] != "to-disk"), "an echo was written");
}

#[test]
fn a_deleted_module_that_is_still_imported_holds_its_app_until_it_is_back() {
    let dir = project();
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let client = Client::of(&dev);
    let (before, text) = (client.blueprint("Hello"), dev.read(GREETING));
    fs::remove_file(dir.path().join(GREETING)).unwrap();
    let problem = dev.wait("hold", |it| it["event"] == "problem" && it["code"] == "module_not_found");
    assert_eq!((&problem["path"], &problem["line"]), (&"apps/Hello/index.js".into(), &1.into()));
    assert!(dev.cannot_flush().contains("module_not_found"));
    assert_eq!(client.blueprint("Hello"), before);
    dev.save(GREETING, &(text + "// back\n"));
    dev.flush();
    check(&dev, &client, "Hello");
    assert!(client.module("Hello", "lib/greeting.js").ends_with("// back\n"));
}

/// Saves in a row, and modules of their app; more by hand: `BOWLINE_ROUNDS=40 BOWLINE_MODULES=1000`.
const MEASURED: u64 = 3;
const MODULES: u64 = 100;

#[test]
fn a_save_of_one_module_is_one_update_of_one_module_however_many_there_are() {
    let dir = project();
    let modules = asked("BOWLINE_MODULES", MODULES);
    let app = big_app(dir.path(), usize::try_from(modules).unwrap());
    let dev = Dev::start(dir.path(), &[]);
    dev.flush();
    let mut client = Client::of(&dev);
    let mut times = Vec::new();
    let mut before = client.blueprint("Big");
    for round in 0..asked("BOWLINE_ROUNDS", MEASURED) {
        let began = Instant::now();
        dev.save("apps/Big/voice.js", &bowline_fixtures::BigApp::voice_saying(&format!("round {round}")));
        let after = client.wait(|it| it["id"] == "Big");
        times.push(began.elapsed());
        let (old, new) =
            (before["scriptFiles"].as_object().unwrap(), after["scriptFiles"].as_object().unwrap());
        let changed: Vec<&str> =
            new.keys().filter(|it| old.get(*it) != new.get(*it)).map(String::as_str).collect();
        assert_eq!((changed, new.len()), (vec!["voice.js"], app.modules.len()));
        before = after;
        dev.wait("applied", |it| it["event"] == "applied" && it["version"] == before["version"]);
    }
    times.sort();
    crate::measured_as(&format!("save to broadcast, {modules} modules, median"), times[times.len() / 2]);
    crate::measured_as(&format!("save to broadcast, {modules} modules, slowest"), times[times.len() - 1]);
}

fn asked(name: &str, usually: u64) -> u64 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(usually)
}
