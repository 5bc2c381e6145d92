//! [`System`]: a script that runs over all entities with certain components, as a record.

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::reader::Reader;
use crate::words::Words;

/// A script that runs for a whole world.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// The name of its record.
    pub slug: String,
    /// The version of its record.
    pub version: u32,
    /// One sentence.
    pub doc: Option<Words>,
    /// What the source is.
    pub language: Language,
    /// When in a tick it runs.
    pub phase: Phase,
    /// Where in its phase: lower is earlier; equal ones run by slug.
    pub order: i32,
    /// Names of components it may read.
    pub reads: Vec<String>,
    /// Names of components it may read and write.
    pub writes: Vec<String>,
    /// The script; of a WebAssembly module, the URL of an asset.
    pub source: String,
}

/// What a system is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// JavaScript.
    Js,
    /// TypeScript.
    Ts,
    /// Luau.
    Luau,
    /// WebAssembly.
    Wasm,
}

/// When in a tick something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// With the physics, at its fixed step.
    FixedUpdate,
    /// Once per tick.
    Update,
    /// After all updates.
    LateUpdate,
}

const LANGUAGES: [(&str, Language); 4] =
    [("js", Language::Js), ("ts", Language::Ts), ("luau", Language::Luau), ("wasm", Language::Wasm)];

const PHASES: [(&str, Phase); 3] =
    [("fixedUpdate", Phase::FixedUpdate), ("update", Phase::Update), ("lateUpdate", Phase::LateUpdate)];

impl Language {
    /// Its word in a payload.
    #[must_use]
    pub fn name(self) -> &'static str {
        LANGUAGES.iter().find(|row| row.1 == self).expect("every language is in the table").0
    }
}

impl Phase {
    /// Its word in a payload.
    #[must_use]
    pub fn name(self) -> &'static str {
        PHASES.iter().find(|row| row.1 == self).expect("every phase is in the table").0
    }
}

impl System {
    /// Reads `payload`.
    #[must_use]
    pub fn parse(slug: &str, version: u32, payload: &Value) -> (System, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut reader = Reader::new(payload, "", &mut problems);
        let system = System {
            slug: slug.to_owned(),
            version,
            doc: Words::read(&mut reader, "doc"),
            language: read_word(&mut reader, "language", &LANGUAGES).unwrap_or(Language::Js),
            phase: read_word(&mut reader, "phase", &PHASES).unwrap_or(Phase::Update),
            order: reader.whole("order").unwrap_or_default(),
            reads: reader.names("reads"),
            writes: reader.names("writes"),
            source: reader.required_text("source"),
        };
        for both in system.reads.iter().filter(|it| system.writes.contains(it)) {
            let problem = Problem::new("duplicate", reader.at("reads"), format!("`{both}` is in `writes`"));
            reader.problem(problem.help("who may write may read: list it in `writes` only"));
        }
        reader.finish();
        (system, problems)
    }

    /// The payload that reads as this system.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        let mut json = Map::new();
        if let Some(doc) = &self.doc {
            json.insert("doc".to_owned(), doc.to_json());
        }
        json.insert("language".to_owned(), self.language.name().into());
        json.insert("phase".to_owned(), self.phase.name().into());
        json.insert("order".to_owned(), self.order.into());
        json.insert("reads".to_owned(), self.reads.clone().into());
        json.insert("writes".to_owned(), self.writes.clone().into());
        json.insert("source".to_owned(), self.source.as_str().into());
        Value::Object(json)
    }

    /// What other records call it.
    #[must_use]
    pub fn name(&self) -> &str {
        crate::scope::name_of(&self.slug, "system")
    }
}

fn read_word<T: Copy>(reader: &mut Reader<'_>, key: &'static str, table: &[(&'static str, T)]) -> Option<T> {
    reader.required(key)?;
    let words: Vec<&'static str> = table.iter().map(|row| row.0).collect();
    let word = reader.word(key, &words)?;
    table.iter().find(|row| row.0 == word).map(|row| row.1)
}
