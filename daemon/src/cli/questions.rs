//! The commands whose answer is one question to a world: `prefab`, `strings`, `query`, `store`,
//! `host-contract` and a few of `world`.

use std::path::PathBuf;
use std::process::ExitCode;

use bowline_store::{DiskStore, MemoryStore, Store, conformance};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Project, edits, local};
use crate::ask::{Answer, Question, Request};
use crate::print::{self, Format};
use crate::report::{Blame, Report};

/// What is asked of prefabs.
#[derive(Subcommand)]
pub(crate) enum PrefabVerb {
    /// Show what each prefab is made of.
    Graph {
        /// Write it for Graphviz.
        #[arg(long)]
        dot: bool,
        #[command(flatten)]
        project: Project,
    },
    /// Make an entity of a prefab.
    Spawn {
        /// Its name.
        prefab: String,
        /// Values of components that shall be others: `{"door": {"angle": 30}}`.
        #[arg(long, value_name = "JSON")]
        with: Option<String>,
        /// Where: three numbers.
        #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
        at: Option<String>,
        #[command(flatten)]
        project: Project,
    },
}

/// What is asked of texts.
#[derive(Subcommand)]
pub(crate) enum StringsVerb {
    /// Show the text of a number, or all texts. Exit 1 if there is none.
    Get {
        /// The number.
        id: Option<String>,
        /// The language: `en`, `de-AT`.
        #[arg(long)]
        locale: Option<String>,
        #[command(flatten)]
        project: Project,
    },
    /// List the numbers that are used and have no text. Exit 1 if there are any.
    Missing {
        /// The language: `en`, `de-AT`.
        #[arg(long)]
        locale: Option<String>,
        #[command(flatten)]
        project: Project,
    },
}

/// What is asked of a store.
#[derive(Subcommand)]
pub(crate) enum StoreVerb {
    /// List the records it keeps.
    List {
        /// Only component, prefab, system, strings, profile or world.
        #[arg(long)]
        kind: Option<String>,
        /// Only this scope: `core`, `room/project`.
        #[arg(long)]
        scope: Option<String>,
        #[command(flatten)]
        project: Project,
    },
    /// Show one record: by its slug, or by a name, which means the nearest record of it.
    Get {
        /// `room/project/component/door`, `component/door`, `door`.
        slug: String,
        #[command(flatten)]
        project: Project,
    },
    /// Put one record; the world judges it as it does every change.
    Put {
        /// Its slug.
        slug: String,
        /// A file with its payload.
        file: PathBuf,
        /// Only if it has this checksum now; `none` if there must be no such record.
        #[arg(long, value_name = "CHECKSUM")]
        expect: Option<String>,
        #[command(flatten)]
        project: Project,
    },
    /// Look whether everything that is kept is whole. Exit 1 if not.
    Verify(Project),
    /// Try what this build's stores promise, in a folder that is gone afterwards.
    Conformance,
}

/// Asks a prefab question.
pub(crate) async fn prefab(verb: PrefabVerb, format: Format) -> Result<ExitCode, Report> {
    match verb {
        PrefabVerb::Graph { dot, project } => {
            let mut answer = local::answer(&project, world(Question::PrefabGraph)).await?;
            if dot {
                answer.text = crate::request::dot(&answer.json);
            }
            Ok(said(&answer, format))
        }
        PrefabVerb::Spawn { prefab, with, at, project } => {
            let overrides = with.map(|it| json_of("--with", &it)).transpose()?;
            let at = at.map(|it| json_of("--at", &format!("[{it}]"))).transpose()?;
            local::ask(project, world(Question::PrefabSpawn { prefab, overrides, at }), format).await
        }
    }
}

/// Asks a question about texts.
pub(crate) async fn strings(verb: StringsVerb, format: Format) -> Result<ExitCode, Report> {
    let (project, question) = match verb {
        StringsVerb::Get { id, locale, project } => {
            let (id, project) = super::app_or_folder(id, project);
            (project, Question::StringsGet { id, locale })
        }
        StringsVerb::Missing { locale, project } => (project, Question::StringsMissing { locale }),
    };
    local::ask(project, world(question), format).await
}

/// Asks a store question.
pub(crate) async fn store(verb: StoreVerb, format: Format) -> Result<ExitCode, Report> {
    let (project, question) = match verb {
        StoreVerb::Conformance => return Ok(said(&conform()?, format)),
        StoreVerb::List { kind, scope, project } => (project, Question::StoreList { kind, scope }),
        StoreVerb::Get { slug, project } => (project, Question::StoreGet { slug }),
        StoreVerb::Verify(project) => (project, Question::StoreVerify),
        StoreVerb::Put { slug, file, expect, project } => {
            let payload = edits::payload(&file)?;
            let expect = expect.map(|it| if it == "none" { Value::Null } else { json!(it) });
            let record = crate::ask::Edit { slug, payload, expect };
            (project, Question::StorePut { record })
        }
    };
    local::ask(project, world(question), format).await
}

/// The request that asks it.
pub(crate) fn world(question: Question) -> Request {
    Request::World { question }
}

fn said(answer: &Answer, format: Format) -> ExitCode {
    print::answer(answer, format);
    ExitCode::from(answer.exit)
}

fn json_of(option: &str, text: &str) -> Result<Value, Report> {
    serde_json::from_str(text).map_err(|error| {
        Report::new(Blame::Usage, "bad_json", format!("what follows {option} is not JSON: {error}"))
    })
}

/// The suite every store passes, on the two there are. Exit 1 if one does not.
fn conform() -> Result<Answer, Report> {
    let folder = std::env::temp_dir().join(format!("bowline-conformance-{}", uuid::Uuid::new_v4().simple()));
    let mut count = 0;
    let mut on_disk = || -> Box<dyn Store> {
        count += 1;
        Box::new(DiskStore::open(&folder.join(count.to_string())).expect("a fresh folder takes a store"))
    };
    std::fs::create_dir_all(&folder)?;
    let disk = conformance::conformance(&mut on_disk);
    let memory = conformance::conformance(&mut || Box::new(MemoryStore::default()));
    // What is left of it is in the system's folder for such things.
    drop(std::fs::remove_dir_all(&folder));
    let text = format!("disk\n{}memory\n{}", conformance::report(&disk), conformance::report(&memory));
    let failed =
        |outcomes: &[(&str, conformance::Outcome)]| outcomes.iter().filter(|it| it.1.is_err()).count();
    let exit = u8::from(failed(&disk) + failed(&memory) > 0);
    let row = |store: &str, (name, outcome): &(&str, conformance::Outcome)| json!({"store": store, "name": name, "ok": outcome.is_ok(), "found": outcome.as_ref().err()});
    let rows: Vec<Value> =
        disk.iter().map(|it| row("disk", it)).chain(memory.iter().map(|it| row("memory", it))).collect();
    Ok(Answer { exit, json: json!({ "checks": rows }), text })
}
