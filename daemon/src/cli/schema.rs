//! `bowline schema …`: the components a project can use, checked and projected, without a world.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bowline_model::ProjectPath;
use bowline_schema::Component;
use bowline_schema::change::{Outcome, WorldFacts, judge};
use bowline_schema::emit::{Language, emit};
use clap::Subcommand;
use serde_json::{Value, json};

use super::Project;
use crate::ask::Answer;
use crate::print::{self, Format};
use crate::records::FileRecord;
use crate::report::{Blame, Report};
use crate::schemas::Definitions;

/// What is asked of the definitions.
#[derive(Subcommand)]
pub(crate) enum SchemaVerb {
    /// List every component: the core ones and those in schemas/.
    List(Project),
    /// Show one component with its fields.
    Show {
        /// Its name: `mesh`, `ui/label`.
        name: String,
        #[command(flatten)]
        project: Project,
    },
    /// Check the project's definitions, or what changing one of them to FILE would do. Exit 1 if
    /// something is wrong or would need a reset.
    Check {
        /// A component file to put in place of the one of the same name.
        #[arg(long, value_name = "FILE")]
        change: Option<PathBuf>,
        #[command(flatten)]
        project: Project,
    },
    /// Write the definitions for a language: dts, jsonschema, luau, luacats or lua.
    Emit {
        /// The language.
        language: String,
        #[command(flatten)]
        project: Project,
    },
}

/// Answers from the project's files.
pub(crate) fn run(verb: SchemaVerb, format: Format) -> Result<ExitCode, Report> {
    let answer = match verb {
        SchemaVerb::List(project) => list(&read(&project)?),
        SchemaVerb::Show { name, project } => show(&read(&project)?, &name)?,
        SchemaVerb::Check { change: None, project } => check(&read(&project)?),
        SchemaVerb::Check { change: Some(file), project } => change(&read(&project)?, &file)?,
        SchemaVerb::Emit { language, project } => projected(&read(&project)?, &language)?,
    };
    print::answer(&answer, format);
    Ok(ExitCode::from(answer.exit))
}

fn read(project: &Project) -> Result<Definitions, Report> {
    let root = super::local::root(&project.dir)?;
    Definitions::read(&root).map_err(|error| {
        Report::new(Blame::User, "unreadable", format!("the definitions cannot be read: {error}"))
            .at(root.display())
            .help("check that schemas/, prefabs/ and strings/ can be read and hold text")
    })
}

fn list(definitions: &Definitions) -> Answer {
    let components = definitions.built.snapshot.components();
    let mut text = String::new();
    let mut rows = Vec::new();
    for component in components {
        let origin = origin(definitions, component);
        text +=
            &format!("{:<16} {:<10} {}\n", component.name(), origin, first_sentence(&component.to_payload()));
        rows.push(json!({"name": component.name(), "slug": component.slug, "from": origin, "fields": component.fields.len()}));
    }
    let hash = definitions.built.snapshot.hash().to_string();
    Answer { exit: 0, json: json!({"hash": hash, "components": rows}), text }
}

fn origin(definitions: &Definitions, component: &Component) -> String {
    definitions.files.get(&component.slug).map_or("core".to_owned(), ToString::to_string)
}

fn first_sentence(payload: &Value) -> &str {
    let doc = payload.get("doc").and_then(Value::as_str).unwrap_or_default();
    doc.split_inclusive('.').next().unwrap_or_default()
}

fn show(definitions: &Definitions, name: &str) -> Result<Answer, Report> {
    let component = definitions.built.snapshot.component(name).map_err(|problem| {
        let report = Report::new(Blame::User, problem.code, &problem.message);
        match &problem.help {
            Some(help) => report.help(help),
            None => report.help("bowline schema list shows them all"),
        }
    })?;
    let payload = component.to_payload();
    let mut text = format!("{} ({})\n", component.name(), origin(definitions, component));
    for field in payload.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let word = |key: &str| field.get(key).map_or(String::new(), in_words);
        text +=
            &format!("  {:<20} {:<12} {:<12} {}\n", word("name"), word("kind"), word("default"), word("doc"));
    }
    Ok(Answer {
        exit: 0,
        json: json!({"slug": component.slug, "version": component.version, "payload": payload}),
        text,
    })
}

/// Plain text as it is, the variants of an enum as a choice, anything else as JSON.
fn in_words(value: &Value) -> String {
    let variants = value.get("enum").and_then(Value::as_array);
    match (value.as_str(), variants) {
        (Some(text), _) => text.to_owned(),
        (None, Some(variants)) => variants.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|"),
        (None, None) => value.to_string(),
    }
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

fn change(definitions: &Definitions, file: &Path) -> Result<Answer, Report> {
    let unreadable = |error: std::io::Error| Report::from(error).at(file.display());
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let name = file.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    let path = ProjectPath::parse(&format!("schemas/{name}"))
        .map_err(|error| Report::new(Blame::Usage, "bad_path", error).at(file.display()))?;
    let changed = FileRecord::read(&path, &text)?.entry();
    let verdict = judge(&definitions.built, &definitions.with(changed), &WorldFacts::default());
    let mut text = format!("{}\n", verdict.outcome.name());
    for change in &verdict.changes {
        text += &format!("  {}: {} ({})\n", change.path, change.message, change.outcome.name());
    }
    let exit = u8::from(verdict.outcome != Outcome::Applied);
    let json = serde_json::to_value(&verdict).map_err(|error| Report::new(Blame::Us, "json", error))?;
    Ok(Answer { exit, json, text })
}

fn projected(definitions: &Definitions, language: &str) -> Result<Answer, Report> {
    let Some(language) = Language::named(language) else {
        let known: Vec<&str> = Language::ALL.iter().map(|it| it.name()).collect();
        let what = format!("`{language}` is no language of projections");
        return Err(
            Report::new(Blame::Usage, "unknown_language", what).help(format!("one of {}", known.join(", ")))
        );
    };
    let text = emit(&definitions.built.snapshot, language);
    let hash = definitions.built.snapshot.hash().to_string();
    Ok(Answer { exit: 0, json: json!({"language": language.name(), "hash": hash, "text": text}), text })
}
