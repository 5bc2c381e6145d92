//! Whatever is killed, whenever: after a restart everything is whole, and nobody else ever saw half
//! of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bowline_fixtures::big_app;
use bowline_model::Digest;
use serde_json::{Map, Value};

use crate::dev::{Dev, empty_project};
use crate::seeded::Seeded;
use crate::world::{Client, definitions};

/// Kills per test; many more are run by hand: `BOWLINE_ROUNDS=30 BOWLINE_SEED=7`.
const ROUNDS: u64 = 3;
const MODULES: usize = 300;
/// Longer than a deploy of so many modules takes, so that some kills come too late.
const DEPLOY: Duration = Duration::from_millis(1500);

/// Every generation of the app's texts, and what a world that has one whole looks like.
struct Generations {
    texts: BTreeMap<String, String>,
    of_url: BTreeMap<String, u64>,
    newest: u64,
}

impl Generations {
    fn new(project: &Path) -> Generations {
        let app = big_app(project, MODULES);
        let text = |key: &String| fs::read_to_string(app.folder.join(key)).expect("it was just made");
        let texts: BTreeMap<String, String> = app.modules.iter().map(|it| (it.clone(), text(it))).collect();
        let mut generations = Generations { texts, of_url: BTreeMap::new(), newest: 0 };
        generations.write(project);
        generations
    }

    fn text(&self, key: &str) -> String {
        format!("{}// {key}, generation {}\n", self.texts[key], self.newest)
    }

    /// Writes the next generation as a branch switch does: under git's lock, so that it is one batch.
    fn write(&mut self, project: &Path) {
        self.newest += 1;
        fs::create_dir_all(project.join(".git")).expect("it can be made");
        let lock = project.join(".git/index.lock");
        fs::write(&lock, "").expect("it can be written");
        for key in self.texts.keys() {
            let text = self.text(key);
            fs::write(project.join("apps/Big").join(key), &text).expect("it can be written");
            self.of_url.insert(format!("asset://{}.js", Digest::of(text.as_bytes())), self.newest);
        }
        fs::remove_file(&lock).expect("it can be removed");
    }

    /// The one generation that all modules of a blueprint are of.
    #[track_caller]
    fn of(&self, blueprint: &Map<String, Value>) -> u64 {
        let files = blueprint["scriptFiles"].as_object().expect("it has modules");
        let found: BTreeSet<u64> =
            files.values().map(|it| self.of_url[it.as_str().expect("a url")]).collect();
        assert_eq!((files.len(), found.len()), (MODULES, 1), "half an app: generations {found:?}");
        found.into_iter().next().expect("there is one")
    }

    /// Folder and world hold the newest generation, byte for byte.
    #[track_caller]
    fn check(&self, project: &Path, client: &Client) {
        assert_eq!(self.of(&client.blueprint("Big")), self.newest);
        let in_world = client.modules("Big");
        for key in self.texts.keys() {
            let on_disk = fs::read_to_string(project.join("apps/Big").join(key)).expect("it is there");
            assert_eq!((&on_disk, &in_world[key]), (&self.text(key), &on_disk), "{key}");
        }
    }
}

fn rounds() -> u64 {
    std::env::var("BOWLINE_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(ROUNDS)
}

/// Lets the world and the mirror work for a random moment: nothing they say marks these moments.
fn some_moment(random: &mut Seeded, within: Duration) {
    let until = Instant::now() + within.mul_f64(random.fraction());
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

/// The time to live of a deploy lock that nobody renews.
const LOCK_LIVES: Duration = Duration::from_secs(30);

/// Nothing waits longer than the lock of one who was killed can live, and a restart of a slow machine.
const HEALED_WITHIN: Duration = Duration::from_secs(40);

#[test]
fn a_killed_mirror_heals_at_its_next_start_and_nobody_ever_sees_half_an_app() {
    let mut random = Seeded::new();
    let (data, project) = (tempfile::tempdir().unwrap(), empty_project());
    let world = Dev::serve(data.path(), 0);
    let mut generations = Generations::new(project.path());
    let mut dev = Dev::mirror(project.path(), &world);
    dev.flush();
    let mut client = Client::of(&world);
    for round in 0..rounds() {
        generations.write(project.path());
        some_moment(&mut random, DEPLOY);
        dev.kill();
        let seen = generations.of(&client.blueprint("Big"));
        let began = Instant::now();
        dev = Dev::mirror(project.path(), &world);
        dev.flush();
        crate::measured(&format!("mirror killed, round {round}, world at {seen}: healed"), began);
        assert!(began.elapsed() < HEALED_WITHIN);
        client.heard().iter().for_each(|it| assert!(generations.of(it) <= generations.newest));
        generations.check(project.path(), &client);
        assert_eq!((dev.conflicts(), dev.problems()), (vec![], vec![]));
    }
}

/// Records of one push, and longer than it takes.
const RECORDS: usize = 40;
const PUSH: Duration = Duration::from_millis(600);

/// Writes that many records, all of one generation, as a branch switch does.
fn write_records(project: &Path, generation: u64) {
    fs::create_dir_all(project.join("schemas")).expect("it can be made");
    let lock = project.join(".git/index.lock");
    fs::write(&lock, "").expect("it can be written");
    for number in 0..RECORDS {
        fs::write(project.join(record_file(number)), record(generation)).expect("it can be written");
    }
    fs::remove_file(&lock).expect("it can be removed");
}

fn record_file(number: usize) -> String {
    format!("schemas/part{number}.json")
}

fn record(generation: u64) -> String {
    format!("{{\"doc\": \"Generation {generation}.\", \"fields\": []}}\n")
}

/// What the records of a world say of themselves: each text, and how many say it.
#[track_caller]
fn generations(world: &Dev) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for record in definitions(world) {
        if record["slug"].as_str().is_some_and(|it| it.starts_with("room/project/")) {
            *found.entry(record["payload"]["doc"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    found
}

#[test]
fn a_mirror_killed_while_it_pushes_records_heals_and_the_world_never_has_half_of_them() {
    let mut random = Seeded::new();
    let (data, project) = (tempfile::tempdir().unwrap(), empty_project());
    fs::create_dir_all(project.path().join(".git")).unwrap();
    let world = Dev::serve(data.path(), 0);
    write_records(project.path(), 0);
    let mut dev = Dev::mirror(project.path(), &world);
    dev.flush();
    for round in 1..=rounds() {
        write_records(project.path(), round);
        some_moment(&mut random, PUSH);
        dev.kill();
        let seen = generations(&world);
        assert_eq!(seen.values().collect::<Vec<_>>(), [&RECORDS], "half of them: {seen:?}");
        let began = Instant::now();
        dev = Dev::mirror(project.path(), &world);
        dev.flush();
        crate::measured(
            &format!("mirror killed with records, round {round}, world at {seen:?}: healed"),
            began,
        );
        let newest = BTreeMap::from([(format!("Generation {round}."), RECORDS)]);
        assert_eq!(generations(&world), newest);
        for number in 0..RECORDS {
            assert_eq!(dev.read(&record_file(number)), record(round));
        }
        assert_eq!((dev.conflicts(), dev.problems()), (vec![], vec![]));
    }
}

#[test]
fn the_deploy_lock_of_a_killed_mirror_is_given_back_at_its_next_start() {
    let (data, project) = (tempfile::tempdir().unwrap(), empty_project());
    let world = Dev::serve(data.path(), 0);
    let mut generations = Generations::new(project.path());
    let mut dev = Dev::mirror(project.path(), &world);
    dev.flush();
    let client = Client::of(&world);
    for round in 0..rounds() {
        generations.write(project.path());
        client.wait_for_lock("Big");
        dev.kill();
        let began = Instant::now();
        dev = Dev::mirror(project.path(), &world);
        dev.flush();
        crate::measured(&format!("mirror killed while it held the lock, round {round}: healed"), began);
        assert!(began.elapsed() < LOCK_LIVES / 2, "it was waited for");
        generations.check(project.path(), &client);
    }
}

#[test]
fn a_killed_world_heals_at_its_next_start_and_nobody_ever_sees_half_an_app() {
    let mut random = Seeded::new();
    let (data, project) = (tempfile::tempdir().unwrap(), empty_project());
    let mut world = Dev::serve(data.path(), 0);
    let port = world.url().rsplit(':').next().and_then(|it| it.parse().ok()).expect("it has a port");
    let mut generations = Generations::new(project.path());
    let dev = Dev::mirror(project.path(), &world);
    dev.flush();
    let mut client = Client::of(&world);
    for round in 0..rounds() {
        generations.write(project.path());
        some_moment(&mut random, DEPLOY);
        world.kill();
        client.heard().iter().for_each(|it| assert!(generations.of(it) <= generations.newest));
        dev.wait("news that it is away", |it| it["event"] == "world" && it["state"] == "away");
        let began = Instant::now();
        world = Dev::serve(data.path(), port);
        client = Client::of(&world);
        let seen = generations.of(&client.blueprint("Big"));
        dev.wait("news that it is back", |it| it["event"] == "world" && it["state"] == "back");
        dev.flush();
        crate::measured(&format!("world killed, round {round}, came back at {seen}: healed"), began);
        assert!(began.elapsed() < HEALED_WITHIN);
        client.heard().iter().for_each(|it| assert!(generations.of(it) <= generations.newest));
        generations.check(project.path(), &client);
        assert_eq!((dev.conflicts(), dev.problems()), (vec![], vec![]));
    }
}
