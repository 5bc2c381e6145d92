//! [`Kind`]: what a field can hold, and how that is spelled in a payload.
//!
//! A kind without details is a word (`"f32"`); one with details an object with that one word
//! (`{"enum": ["open", "shut"]}`, `{"list": "f32", "max": 8}`).

use serde_json::{Value, json};

use crate::field::{self, Field};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, child};
use crate::reader::{Reader, wrong_type};

/// How deep lists and structs may nest.
pub const DEPTH_MAX: usize = 8;

/// What a field can hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number of 32 bits.
    I32,
    /// A whole number; in JSON no larger than 2⁵³−1 either way, where JavaScript is still exact.
    I64,
    /// A number of 32 bits.
    F32,
    /// A number, as JavaScript has it.
    F64,
    /// Two numbers.
    Vec2,
    /// Three numbers.
    Vec3,
    /// Four numbers.
    Vec4,
    /// A rotation: x, y, z, w of length one.
    Quat,
    /// A colour as CSS spells it: `#ff8800`, `tomato`, `rgb(…)`.
    Color,
    /// One of some words, kept as the place of the word in the list.
    Enum {
        /// In the order they are numbered; only ever grows at the end.
        variants: Vec<String>,
    },
    /// The id of a text in a string catalog; 0 is none.
    StringId,
    /// Text in place, which nobody can translate.
    Text {
        /// Why it is not in a catalog.
        purpose: TextPurpose,
    },
    /// A file: its URL.
    Asset {
        /// What it may be; empty is anything.
        kinds: Vec<AssetKind>,
    },
    /// An entity, by id, or none.
    Entity,
    /// Some of a kind.
    List {
        /// Of what.
        of: Box<Kind>,
        /// At most how many.
        max: Option<u32>,
    },
    /// Named parts.
    Struct {
        /// As in a component.
        fields: Vec<Field>,
    },
    /// Anything JSON can say. The last resort: nothing can be promised about it.
    Json,
}

/// Why a text is allowed to be outside the catalogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextPurpose {
    /// For developers.
    Debug,
    /// Part of the script API, set by scripts. Only `core/` may say so.
    Script,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetKind {
    /// A character.
    Avatar,
    /// An animation of a character.
    Emote,
    /// A model.
    Model,
    /// A picture put on a surface.
    Texture,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Light all around.
    Hdr,
    /// A sound.
    Audio,
}

impl AssetKind {
    /// Every kind with its name and the file extensions it has.
    pub const ALL: [(AssetKind, &'static str, &'static [&'static str]); 8] = [
        (AssetKind::Avatar, "avatar", &["vrm"]),
        (AssetKind::Emote, "emote", &["glb"]),
        (AssetKind::Model, "model", &["glb"]),
        (AssetKind::Texture, "texture", &["jpg", "jpeg", "png", "webp"]),
        (AssetKind::Image, "image", &["jpg", "jpeg", "png", "webp"]),
        (AssetKind::Video, "video", &["mp4", "m3u8"]),
        (AssetKind::Hdr, "hdr", &["hdr"]),
        (AssetKind::Audio, "audio", &["mp3"]),
    ];

    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// The file extensions it has, without the dot.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        self.row().2
    }

    fn row(self) -> (AssetKind, &'static str, &'static [&'static str]) {
        Self::ALL.into_iter().find(|row| row.0 == self).expect("every kind is in the table")
    }
}

/// The kinds that are a word and no more.
const PLAIN: [(&str, Kind); 13] = [
    ("bool", Kind::Bool),
    ("i32", Kind::I32),
    ("i64", Kind::I64),
    ("f32", Kind::F32),
    ("f64", Kind::F64),
    ("vec2", Kind::Vec2),
    ("vec3", Kind::Vec3),
    ("vec4", Kind::Vec4),
    ("quat", Kind::Quat),
    ("color", Kind::Color),
    ("string-id", Kind::StringId),
    ("entity", Kind::Entity),
    ("json", Kind::Json),
];

/// The kinds with details.
const DETAILED: [&str; 5] = ["enum", "text", "asset", "list", "struct"];

impl Kind {
    /// The word it is known by: `f32`, `enum`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Enum { .. } => "enum",
            Kind::Text { .. } => "text",
            Kind::Asset { .. } => "asset",
            Kind::List { .. } => "list",
            Kind::Struct { .. } => "struct",
            plain => PLAIN.iter().find(|(_, kind)| kind == plain).map_or("json", |(name, _)| name),
        }
    }

    /// How many numbers a value is, if it is numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<usize> {
        match self {
            Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 => Some(1),
            Kind::Vec2 => Some(2),
            Kind::Vec3 => Some(3),
            Kind::Vec4 => Some(4),
            _ => None,
        }
    }

    /// What a field of this kind holds when nobody says.
    #[must_use]
    pub fn zero(&self) -> Value {
        match self {
            Kind::Bool => json!(false),
            Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::StringId => json!(0),
            Kind::Vec2 => json!([0, 0]),
            Kind::Vec3 => json!([0, 0, 0]),
            Kind::Vec4 => json!([0, 0, 0, 0]),
            Kind::Quat => json!([0, 0, 0, 1]),
            Kind::Color => json!("#000000"),
            Kind::Enum { variants } => variants.first().map_or(Value::Null, |it| json!(it)),
            Kind::Text { .. } | Kind::Asset { .. } => json!(""),
            Kind::Entity | Kind::Json => Value::Null,
            Kind::List { .. } => json!([]),
            Kind::Struct { fields } => {
                Value::Object(fields.iter().map(|it| (it.name.clone(), it.initial())).collect())
            }
        }
    }

    /// Reads the spelling at `at`; what cannot be read is [`Kind::Json`] and a problem.
    pub(crate) fn read(value: &Value, place: &Place<'_>, problems: &mut Vec<Problem>) -> Kind {
        if place.depth > DEPTH_MAX {
            let message = format!("lists and structs nest deeper than {DEPTH_MAX}");
            problems.push(Problem::new("too_deep", &place.at, message));
            return Kind::Json;
        }
        match value {
            Value::String(word) => read_word(word, place, problems),
            Value::Object(_) => read_detailed(value, place, problems),
            _ => {
                problems.push(wrong_type(&place.at, "a kind: a word, or an object", value));
                Kind::Json
            }
        }
    }

    /// Its spelling.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Kind::Enum { variants } => json!({ "enum": variants }),
            Kind::Text { purpose: TextPurpose::Debug } => json!({ "text": "debug" }),
            Kind::Text { purpose: TextPurpose::Script } => json!({ "text": "script" }),
            Kind::Asset { kinds } => {
                json!({ "asset": kinds.iter().map(|it| it.name()).collect::<Vec<_>>() })
            }
            Kind::List { of, max: None } => json!({ "list": of.to_json() }),
            Kind::List { of, max: Some(max) } => json!({ "list": of.to_json(), "max": max }),
            Kind::Struct { fields } => {
                json!({ "struct": fields.iter().map(Field::to_json).collect::<Vec<_>>() })
            }
            plain => plain.name().into(),
        }
    }
}

/// Where in a payload something is read.
pub(crate) struct Place<'a> {
    pub(crate) at: String,
    pub(crate) depth: usize,
    /// Of the record; only `core/` may have text that scripts set.
    pub(crate) slug: &'a str,
}

impl Place<'_> {
    pub(crate) fn below(&self, key: impl std::fmt::Display) -> Place<'_> {
        Place { at: child(&self.at, key), ..*self }
    }

    fn inside(&self, key: &str) -> Place<'_> {
        Place { at: child(&self.at, key), depth: self.depth + 1, slug: self.slug }
    }
}

fn read_word(word: &str, place: &Place<'_>, problems: &mut Vec<Problem>) -> Kind {
    if let Some((_, kind)) = PLAIN.iter().find(|(name, _)| *name == word) {
        return kind.clone();
    }
    if word == "text" {
        problems.push(unflagged(&place.at));
        return Kind::Text { purpose: TextPurpose::Debug };
    }
    let all = || PLAIN.iter().map(|(name, _)| *name).chain(DETAILED);
    let problem = Problem::new("unknown_kind", &place.at, format!("`{word}` is no kind"))
        .expected(all().collect::<Vec<_>>().join(", "));
    problems.push(Problem { help: did_you_mean(word, all()), ..problem });
    Kind::Json
}

fn unflagged(at: &str) -> Problem {
    Problem::new("unflagged_text", at, "text for people belongs in a string catalog")
        .expected("\"string-id\", or {\"text\": \"debug\"} for developers' eyes only")
}

fn read_detailed(value: &Value, place: &Place<'_>, problems: &mut Vec<Problem>) -> Kind {
    let Some(word) = DETAILED.into_iter().find(|it| value.get(it).is_some()) else {
        let expected = "an object with one of: enum, text, asset, list, struct";
        problems.push(wrong_type(&place.at, expected, value));
        return Kind::Json;
    };
    let inner = place.inside(word);
    let mut reader = Reader::new(value, &place.at, problems);
    let kind = match word {
        "enum" => read_enum(&mut reader),
        "text" => read_text(&mut reader, place.slug),
        "asset" => read_asset(&mut reader),
        "list" => {
            let max = reader.whole("max").and_then(|it| u32::try_from(it).ok());
            let of = reader.value("list").unwrap_or(&Value::Null);
            Kind::List { of: Box::new(Kind::read(of, &inner, reader.problems())), max }
        }
        _ => {
            let items = reader.items("struct");
            Kind::Struct { fields: field::read_all(items, &inner, reader.problems()) }
        }
    };
    reader.finish();
    kind
}

fn read_enum(reader: &mut Reader<'_>) -> Kind {
    let variants = reader.names("enum");
    if variants.is_empty() {
        let at = reader.at("enum");
        reader.problem(Problem::new("empty_enum", at, "an enum needs a variant"));
    }
    Kind::Enum { variants }
}

fn read_text(reader: &mut Reader<'_>, slug: &str) -> Kind {
    let at = reader.at("text");
    let purpose = match reader.word("text", &["debug", "script"]) {
        Some("script") if slug.starts_with("core/") => TextPurpose::Script,
        Some("script") => {
            reader.problem(unflagged(&at));
            TextPurpose::Script
        }
        _ => TextPurpose::Debug,
    };
    Kind::Text { purpose }
}

fn read_asset(reader: &mut Reader<'_>) -> Kind {
    let mut kinds = Vec::new();
    for (index, name) in reader.names("asset").into_iter().enumerate() {
        match AssetKind::ALL.into_iter().find(|row| row.1 == name) {
            Some((kind, ..)) => kinds.push(kind),
            None => {
                let at = child(&reader.at("asset"), index);
                let names: Vec<_> = AssetKind::ALL.iter().map(|row| row.1).collect();
                let problem = Problem::new("unknown_word", at, format!("`{name}` is no kind of asset"))
                    .expected(names.join(", "));
                reader.problem(Problem { help: did_you_mean(&name, names), ..problem });
            }
        }
    }
    Kind::Asset { kinds }
}
