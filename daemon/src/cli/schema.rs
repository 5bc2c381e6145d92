//! `bowline schema …`: the definitions a world has, or a project's files would give it.
//!
//! What can be said without a world is said from the files when no world runs: `list`, `show`, `check`,
//! `emit`, `snapshot`. Everything else asks a world.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bowline_schema::Component;
use bowline_schema::change::{Outcome, WorldFacts, judge};
use bowline_schema::scope::parts;
use bowline_schema::{Asking, Entry, Snapshot};
use bowline_store::{DiskStore, Scope, Store as _, StoreError};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Project, edits, local};
use crate::ask::{Answer, Edit, Question, Request};
use crate::print::{self, Format};
use crate::replay::kept;
use crate::report::{Blame, Report};
use crate::request::schema;
use crate::schemas::Definitions;

/// What is asked of the definitions.
#[derive(Subcommand)]
pub(crate) enum SchemaVerb {
    /// List every definition: the core ones and the project's own.
    List {
        /// As this room of the world sees it.
        #[arg(long, value_name = "NAME")]
        room: Option<String>,
        #[command(flatten)]
        project: Project,
    },
    /// Show one component with its fields.
    Show {
        /// Its name: `mesh`, `ui/label`.
        name: String,
        #[command(flatten)]
        project: Project,
    },
    /// Show which record a name means, and in which scopes it was looked for.
    Which {
        /// The name: `door`.
        name: String,
        /// component, prefab, system, strings or profile.
        #[arg(long, default_value = "component")]
        kind: String,
        /// As this room of the world sees it.
        #[arg(long, value_name = "NAME")]
        room: Option<String>,
        #[command(flatten)]
        project: Project,
    },
    /// Check the project's definitions, or what the changes in FILE would do. Changes nothing.
    ///
    /// FILE is a record's own file or a copy of it, `{"component/door": {…}}`, or
    /// `{"records": [{"slug": …, "payload": …}]}`; null removes. Exit 1 if something is wrong or would
    /// need a reset.
    Check {
        /// The changes; left out, the project's own files.
        file: Option<PathBuf>,
        /// The same, as it was called before.
        #[arg(long, value_name = "FILE", hide = true)]
        change: Option<PathBuf>,
        #[command(flatten)]
        project: Project,
    },
    /// Make the changes in FILE, between two ticks of the running world.
    ///
    /// FILE is as for `check`. Exit 0 if they were made, 1 with the reasons if they need a reset or are
    /// wrong; then nothing was changed.
    Apply {
        /// The changes.
        file: PathBuf,
        /// Make them though something is lost by it, in the world of this folder while it is stopped.
        #[arg(long, conflicts_with = "target")]
        reset: bool,
        #[command(flatten)]
        project: Project,
    },
    /// Show what a migration would have to do for changes that cannot be applied.
    Migrate {
        /// Only show it. (Values are not carried over by bowline yet; `apply --reset` drops them.)
        #[arg(long, required = true)]
        plan: bool,
        /// The changes; left out, everything in which the project's files differ from the world.
        file: Option<PathBuf>,
        #[command(flatten)]
        project: Project,
    },
    /// Write the definitions for a language: dts, jsonschema, luau, luau-definitions, luacats or lua.
    Emit {
        /// The language.
        language: String,
        #[command(flatten)]
        project: Project,
    },
    /// Write everything a world is made of at this moment, resolved and hashed.
    Snapshot {
        /// As this scope sees it: `room/project`.
        #[arg(long, requires = "data")]
        scope: Option<String>,
        /// From the data of a world that does not run.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        #[command(flatten)]
        project: Project,
    },
    /// Show how components are kept: a column for each field.
    Registry(Project),
    /// Show the changes that wait, and how the last ones ended.
    Queue(Project),
    /// Show the changes that were refused. Exit 1 if there are any.
    Errors {
        /// Take them off the list.
        #[arg(long)]
        drain: bool,
        #[command(flatten)]
        project: Project,
    },
    /// Show the definitions as entities: what inspectors read.
    Entities {
        /// Only those that fit.
        #[arg(long)]
        expr: Option<String>,
        #[command(flatten)]
        project: Project,
    },
}

/// Answers from the world, or from the project's files.
pub(crate) async fn run(verb: SchemaVerb, format: Format) -> Result<ExitCode, Report> {
    let answer = match verb {
        SchemaVerb::List { room, project } => {
            either(&project, Question::SchemaList { room }, |it| Ok(list(it))).await?
        }
        SchemaVerb::Show { name, project } => {
            let question = Question::SchemaShow { name: name.clone() };
            let show = |it: &Definitions| schema::show(&it.built.snapshot, &name, |part| origin(it, part));
            either(&project, question, show).await?
        }
        SchemaVerb::Emit { language, project } => {
            let question = Question::SchemaEmit { language: language.clone() };
            either(&project, question, |it| schema::emitted(&it.built.snapshot, &language)).await?
        }
        SchemaVerb::Check { file: Some(dir), change: Some(file), project } => {
            check_file(Some(file), Project { dir, ..project }).await?
        }
        SchemaVerb::Check { file, change, project } => check_file(change.or(file), project).await?,
        SchemaVerb::Snapshot { scope, data: Some(data), .. } => stored(&data, scope.as_deref())?,
        SchemaVerb::Snapshot { project, .. } => {
            either(&project, Question::SchemaSnapshot, |it| Ok(snapshot(&it.built.snapshot))).await?
        }
        SchemaVerb::Apply { file, reset: true, project } => super::reset::run(&file, &project)?,
        asks_a_world => {
            let (project, question) = question(asks_a_world)?;
            return local::ask(project, Request::World { question }, format).await;
        }
    };
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

fn question(verb: SchemaVerb) -> Result<(Project, Question), Report> {
    Ok(match verb {
        SchemaVerb::Which { name, kind, room, project } => {
            (project, Question::SchemaWhich { name, kind, room })
        }
        SchemaVerb::Apply { file, project, .. } => {
            let records = edits::read(&file, &local::root(&project.dir)?)?;
            (project, Question::SchemaApply { records })
        }
        SchemaVerb::Migrate { file, project, .. } => {
            let (file, project) = file_or_folder(file, project);
            let root = local::root(&project.dir)?;
            let records = file.map_or_else(|| all(&root), |it| edits::read(&it, &root))?;
            (project, Question::SchemaMigrate { records })
        }
        SchemaVerb::Queue(project) => (project, Question::SchemaQueue),
        SchemaVerb::Errors { drain, project } => (project, Question::SchemaErrors { drain }),
        SchemaVerb::Entities { expr, project } => (project, Question::SchemaEntities { expr }),
        SchemaVerb::List { project, .. }
        | SchemaVerb::Show { project, .. }
        | SchemaVerb::Check { project, .. }
        | SchemaVerb::Emit { project, .. }
        | SchemaVerb::Snapshot { project, .. }
        | SchemaVerb::Registry(project) => (project, Question::SchemaRegistry),
    })
}

/// The world's answer if one runs or was named; else what the files say.
async fn either(
    project: &Project,
    question: Question,
    of_files: impl FnOnce(&Definitions) -> Result<Answer, Report>,
) -> Result<Answer, Report> {
    match local::ask_if_running(project, Request::World { question }).await? {
        Some(answer) => Ok(answer),
        None => of_files(&read(project)?),
    }
}

async fn check_file(file: Option<PathBuf>, project: Project) -> Result<Answer, Report> {
    let (file, project) = file_or_folder(file, project);
    let Some(file) = file else { return Ok(check(&read(&project)?)) };
    let records = edits::read(&file, &local::root(&project.dir)?)?;
    let question = Question::SchemaCheck { records: records.clone() };
    either(&project, question, |it| change(it, &records)).await
}

/// `bowline schema check my-world`: a single word that is a folder is the project.
fn file_or_folder(file: Option<PathBuf>, project: Project) -> (Option<PathBuf>, Project) {
    match file {
        Some(dir) if project.dir.as_os_str() == "." && !edits::is_file(&dir) => {
            (None, Project { dir, ..project })
        }
        file => (file, project),
    }
}

/// Every record file of the project.
fn all(root: &Path) -> Result<Vec<Edit>, Report> {
    let definitions = Definitions::read(root)?;
    let edit = |it: &Entry| Edit { slug: it.slug.clone(), payload: it.payload.clone(), expect: None };
    Ok(definitions.own().map(edit).collect())
}

fn read(project: &Project) -> Result<Definitions, Report> {
    let root = local::root(&project.dir)?;
    Definitions::read(&root).map_err(|error| {
        Report::new(Blame::User, "unreadable", format!("the definitions cannot be read: {error}"))
            .at(root.display())
            .help("check that the folders of records can be read")
    })
}

/// The same columns as the world's answer has.
fn list(definitions: &Definitions) -> Answer {
    let entries = definitions.built.snapshot.records();
    let row = |it: &Entry| {
        let path = parts(&it.slug).map_or(it.slug.as_str(), |it| it.2);
        let name = path.split_once('/').map_or(path, |it| it.1).to_owned();
        let from = definitions.files.get(&it.slug).map_or("core".to_owned(), ToString::to_string);
        let doc = it
            .payload
            .get("doc")
            .map_or_else(String::new, |doc| schema::doc(&definitions.built.snapshot, doc));
        (it.kind.name().to_owned(), name, from, first_sentence(&doc).to_owned())
    };
    let rows: Vec<(String, String, String, String)> = entries.iter().map(row).collect();
    let text = print::table(
        &rows
            .iter()
            .map(|it| vec![it.0.clone(), it.1.clone(), it.2.clone(), it.3.clone()])
            .collect::<Vec<_>>(),
    );
    let record = |(entry, it): (&Entry, &(String, String, String, String))| json!({"kind": it.0, "name": it.1, "slug": entry.slug, "from": it.2});
    let records: Vec<Value> = entries.iter().zip(&rows).map(record).collect();
    let hash = definitions.built.snapshot.hash().to_string();
    Answer { exit: 0, json: json!({"hash": hash, "records": records}), text }
}

fn origin(definitions: &Definitions, component: &Component) -> String {
    definitions.files.get(&component.slug).map_or("core".to_owned(), ToString::to_string)
}

fn first_sentence(doc: &str) -> &str {
    doc.split_inclusive('.').next().unwrap_or_default()
}

fn check(definitions: &Definitions) -> Answer {
    let problems = &definitions.problems;
    let shadows = definitions
        .built
        .shadows
        .iter()
        .map(|it| format!("note: {} hides {}\n", it.winner, it.hidden.join(", ")));
    let mut text: String = problems.iter().map(|it| format!("{it}\n")).chain(shadows).collect();
    if problems.is_empty() {
        let count = definitions.built.snapshot.components().len();
        text += &format!("{count} components, nothing wrong.");
    }
    let rows: Vec<Value> = problems
        .iter()
        .map(|it| json!({"code": it.code, "path": it.path, "message": it.message, "help": it.help}))
        .collect();
    Answer { exit: u8::from(!problems.is_empty()), json: json!({ "problems": rows }), text }
}

/// What a change would do to a world that has these definitions and no entities.
fn change(definitions: &Definitions, records: &[Edit]) -> Result<Answer, Report> {
    let changed = definitions.with(records)?;
    let verdict = judge(&definitions.built, &changed, &WorldFacts::default());
    let text = format!("{verdict}(by the files alone: no world runs, so nothing is known of entities)\n");
    let exit = u8::from(verdict.outcome != Outcome::Applied);
    let json = serde_json::to_value(&verdict).map_err(|error| Report::new(Blame::Us, "json", error))?;
    Ok(Answer { exit, json, text })
}

fn snapshot(snapshot: &Snapshot) -> Answer {
    let record = |it: Entry| json!({"slug": it.slug, "kind": it.kind.name(), "version": it.version, "payload": it.payload});
    let records: Vec<Value> = snapshot.records().into_iter().map(record).collect();
    let json =
        json!({"hash": snapshot.hash().to_string(), "order": snapshot.order().names(), "records": records});
    let text = bowline_model::format::print_json(&json);
    Answer { exit: 0, json, text }
}

/// The same from the data of a world that does not run: what is compiled in, and what it keeps.
fn stored(data: &Path, scope: Option<&str>) -> Result<Answer, Report> {
    let refused = |error: StoreError| super::gc::unusable(&error, data);
    let scope = scope.unwrap_or(bowline_model::layout::PROJECT_SCOPE);
    scope.parse::<Scope>().map_err(|error| Report::new(Blame::Usage, "bad_scope", error))?;
    let store = DiskStore::open(data).map_err(refused)?;
    let entries = kept(&store.records(None, None).map_err(refused)?);
    let asking = Asking { scopes: vec![scope.to_owned()], ..Asking::default() };
    Ok(snapshot(&Snapshot::build(&entries, &asking).snapshot))
}
