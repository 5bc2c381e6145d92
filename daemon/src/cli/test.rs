//! `bowline test`: the tests of a project, each in a world of its own. What a test can do is in
//! `docs/testing.md`; how it is run in [`bowline_runtime::trial`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use bowline_model::layout::{is_script, is_skipped, is_test};
use bowline_model::{Problem, ProjectPath};
use bowline_runtime::trial::{self, Outcome, TestFile, Tested, Trial};
use clap::Args;
use serde_json::{Value, json};

use super::replay::no_scene;
use super::run::problem_json;
use super::{Isolated, local};
use crate::ask::Answer;
use crate::print::{self, Format, Ink, Paint};
use crate::replay::Scene;
use crate::report::{Blame, Report};
use crate::settings::script_settings;

/// Which tests are run.
#[derive(Args)]
pub(crate) struct TestArgs {
    /// The project's folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Only files with this in their path, and tests with this in their name.
    filter: Option<String>,
    /// Where the random numbers of scripts start.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    isolation: Isolated,
}

/// Runs them. Exit 1 if one fails, or if there are none.
pub(crate) async fn run(args: TestArgs, format: Format) -> Result<ExitCode, Report> {
    let ran = tokio::task::spawn_blocking(move || all(&args, format));
    let answer = ran.await.map_err(|error| Report::new(Blame::Us, "test", error))??;
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

fn all(args: &TestArgs, format: Format) -> Result<Answer, Report> {
    let started = Instant::now();
    let root = local::root(&args.dir)?;
    let settings = script_settings(&root)?.with(args.isolation.isolation);
    let scene = Scene::of_folder(&root).map_err(|error| no_scene(&error))?;
    let sources = Sources::read(&root)?;
    let mut runner = Runner { printer: Printer { format, paint: Paint::of_terminal() }, results: Vec::new() };
    // A world with half of its files would fail tests for another reason than their own.
    for problem in &scene.problems {
        runner.printer.say(Ink::Bad, &problem.to_string());
    }
    let fresh = || scene.room(args.seed, settings.limits);
    for path in sources.texts.keys().filter(|it| is_test(it)) {
        let filter = args.filter.as_deref().filter(|it| !path.as_str().contains(it));
        runner.file(&sources.test(path), (filter, &fresh));
    }
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(runner.answer(args, &scene.problems, ms))
}

/// Every script of a project, tests and all.
struct Sources {
    texts: BTreeMap<ProjectPath, Arc<str>>,
}

/// Where scripts are.
const FOLDERS: [&str; 3] = ["apps", "shared", "tests"];

impl Sources {
    fn read(root: &Path) -> Result<Sources, Report> {
        let mut texts = BTreeMap::new();
        let mut open: Vec<PathBuf> =
            FOLDERS.iter().map(|it| root.join(it)).filter(|it| it.is_dir()).collect();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if is_skipped(&entry.file_name().to_string_lossy()) {
                    continue;
                }
                if kind.is_dir() {
                    open.push(path);
                    continue;
                }
                let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                let Ok(key) = ProjectPath::parse(&below) else { continue };
                // Links are never followed, and what is no text is no script.
                if kind.is_file()
                    && is_script(&key)
                    && let Ok(text) = std::fs::read_to_string(&path)
                {
                    texts.insert(key, Arc::from(text));
                }
            }
        }
        Ok(Sources { texts })
    }

    /// A file of tests with what it may import: its app and what is shared.
    fn test(&self, path: &ProjectPath) -> TestFile {
        let (folder, app) = match path.below("apps").and_then(|it| it.split_once('/')) {
            Some((app, _)) => (format!("apps/{app}"), app.to_owned()),
            None => (path.as_str().split('/').next().unwrap_or_default().to_owned(), String::new()),
        };
        let key = |it: &ProjectPath| match (it.below("shared"), it.below(&folder)) {
            (Some(shared), _) => ProjectPath::parse(&format!("@shared/{shared}")).ok(),
            (None, Some(own)) => ProjectPath::parse(own).ok(),
            (None, None) => None,
        };
        let files = self.texts.iter();
        let files = files.filter_map(|(it, text)| Some((key(it)?, (it.to_string(), Arc::clone(text)))));
        TestFile { app, entry: key(path).unwrap_or_else(|| path.clone()), files: files.collect() }
    }
}

/// Where lines go.
struct Printer {
    format: Format,
    paint: Paint,
}

impl Printer {
    fn say(&self, ink: Ink, text: &str) {
        if self.format == Format::Text {
            print::line(&self.paint.on(ink, text));
        }
    }
}

struct Runner {
    printer: Printer,
    results: Vec<Value>,
}

type Rooms<'a> = (Option<&'a str>, &'a dyn Fn() -> bowline_runtime::Room);

impl Runner {
    fn file(&mut self, file: &TestFile, (filter, fresh): Rooms<'_>) {
        let path = file.files.get(&file.entry).map(|it| it.0.clone()).unwrap_or_default();
        let Runner { printer, results } = self;
        let (mut named, mut since) = (false, Instant::now());
        let mut told = |tested: Tested| {
            if !std::mem::replace(&mut named, true) {
                printer.say(Ink::Plain, &path);
            }
            let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            since = Instant::now();
            let (ink, text) = words(&tested, ms);
            printer.say(ink, &text);
            results.push(result(&path, &tested, ms));
        };
        if let Err(problem) = trial::run(file, Trial { filter, fresh, told: &mut told }) {
            let tested = Tested { name: String::new(), outcome: Outcome::Failed(problem), ticks: 0 };
            told(tested);
        }
    }

    fn answer(self, args: &TestArgs, problems: &[Problem], ms: u64) -> Answer {
        let count = |outcome: &str| self.results.iter().filter(|it| it["outcome"] == outcome).count();
        let (passed, failed, skipped) = (count("passed"), count("failed"), count("skipped"));
        let mut parts = vec![format!("{passed} passed")];
        parts.extend((failed > 0).then(|| format!("{failed} failed")));
        parts.extend((skipped > 0).then(|| format!("{skipped} skipped")));
        let none = self.results.is_empty();
        let text = match (none, &args.filter) {
            (true, None) => "There are no tests: write apps/<App>/<name>.test.js, .ts or .luau.".to_owned(),
            (true, Some(filter)) => format!("No file of tests and no test has `{filter}` in its name."),
            (false, _) => format!("\n{} in {}.{:03} s", parts.join(", "), ms / 1000, ms % 1000),
        };
        let exit = u8::from(none || failed > 0 || !problems.is_empty());
        let problems: Vec<Value> = problems.iter().map(problem_json).collect();
        let json = json!({"passed": passed, "failed": failed, "skipped": skipped, "ms": ms, "seed": args.seed,
            "problems": problems, "tests": self.results});
        Answer { exit, json, text }
    }
}

/// A test as a line, with what went wrong below.
fn words(tested: &Tested, ms: u64) -> (Ink, String) {
    let Tested { name, outcome, ticks } = tested;
    let took = match ticks {
        0 => format!("  {ms} ms"),
        1 => format!("  1 tick, {ms} ms"),
        more => format!("  {more} ticks, {ms} ms"),
    };
    match outcome {
        Outcome::Passed => (Ink::Good, format!("  ✓ {name}{took}")),
        Outcome::Skipped => (Ink::Warning, format!("  - {name}  skipped")),
        Outcome::Failed(problem) => {
            let name = if name.is_empty() { "the file cannot be run" } else { name };
            let at = match (problem.line, problem.column) {
                (0, _) => problem.path.clone(),
                (line, 0) => format!("{}:{line}", problem.path),
                (line, column) => format!("{}:{line}:{column}", problem.path),
            };
            let mut text = format!("  ✗ {name}{took}\n      {}\n      at {at}", problem.message);
            for frame in &problem.chain {
                text += &format!("\n      from {}:{}", frame.path, frame.line);
            }
            if let Some(help) = &problem.help {
                text += &format!("\n      help: {help}");
            }
            (Ink::Bad, text)
        }
    }
}

fn result(path: &str, tested: &Tested, ms: u64) -> Value {
    let (outcome, problem) = match &tested.outcome {
        Outcome::Passed => ("passed", Value::Null),
        Outcome::Skipped => ("skipped", Value::Null),
        Outcome::Failed(problem) => ("failed", problem_json(problem)),
    };
    json!({"file": path, "name": tested.name, "outcome": outcome, "ticks": tested.ticks, "ms": ms, "problem": problem})
}
