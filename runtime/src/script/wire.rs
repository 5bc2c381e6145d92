//! How the parts of a batch travel that serde has no word for: shared text, shared bundles, problems.

pub(super) mod text {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in crate::script) fn serialize<S: Serializer>(it: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(it)
    }

    pub(in crate::script) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        Ok(String::deserialize(from)?.into())
    }
}

pub(super) mod players {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::player::Players;

    pub(in crate::script) fn serialize<S: Serializer>(it: &Arc<Players>, to: S) -> Result<S::Ok, S::Error> {
        (**it).serialize(to)
    }

    pub(in crate::script) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<Players>, D::Error> {
        Ok(Arc::new(Players::deserialize(from)?))
    }
}

pub(super) mod response {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::fetch::FetchResponse;

    type Answer = Option<Arc<FetchResponse>>;

    pub(in crate::script) fn serialize<S: Serializer>(it: &Answer, to: S) -> Result<S::Ok, S::Error> {
        it.as_deref().serialize(to)
    }

    pub(in crate::script) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Answer, D::Error> {
        Ok(Option::<FetchResponse>::deserialize(from)?.map(Arc::new))
    }
}

pub(super) mod bundles {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::script::Bundle;

    type Bundles = BTreeMap<u64, Arc<Bundle>>;

    pub(in crate::script) fn serialize<S: Serializer>(it: &Bundles, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(it.values().map(|it| &**it))
    }

    pub(in crate::script) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bundles, D::Error> {
        let all = Vec::<Bundle>::deserialize(from)?;
        Ok(all.into_iter().map(|it| (it.id, Arc::new(it))).collect())
    }
}

pub(super) mod bundle {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use bowline_model::ProjectPath;
    use bowline_schema::System;
    use bowline_script::{Root, ScriptFormat};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::script::Bundle;
    use crate::script::bundle::Strategy;

    #[derive(Serialize, Deserialize)]
    struct Whole {
        id: u64,
        blueprint: String,
        version: u64,
        app: String,
        /// Slug, version and payload of its record.
        system: Option<(String, u32, serde_json::Value)>,
        entry: String,
        format: String,
        reload: Strategy,
        files: Vec<String>,
        texts: Vec<(String, String)>,
    }

    impl Serialize for Bundle {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let whole = Whole {
                id: self.id,
                blueprint: self.root.blueprint.clone(),
                version: self.root.version,
                app: self.app.clone(),
                system: self.system.as_ref().map(|it| (it.slug.clone(), it.version, it.to_payload())),
                entry: self.entry.to_string(),
                format: self.format.name().to_owned(),
                reload: self.reload,
                files: self.files.keys().map(ToString::to_string).collect(),
                texts: self.texts.iter().map(|(key, text)| (key.to_string(), text.clone())).collect(),
            };
            whole.serialize(to)
        }
    }

    impl<'de> Deserialize<'de> for Bundle {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Bundle, D::Error> {
            let it = Whole::deserialize(from)?;
            let path = |text: &str| ProjectPath::parse(text).map_err(D::Error::custom);
            let system = it.system.map(|(slug, version, json)| System::parse(&slug, version, &json).0);
            let files = it.files.iter().map(|it| Ok((path(it)?, Arc::from("")))).collect::<Result<_, _>>()?;
            let texts = it.texts.into_iter().map(|(key, text)| Ok((path(&key)?, text)));
            Ok(Bundle {
                id: it.id,
                root: Root { blueprint: it.blueprint, version: it.version },
                app: it.app,
                system: system.map(Arc::new),
                entry: path(&it.entry)?,
                format: ScriptFormat::declared(Some(&it.format)).map_err(D::Error::custom)?,
                reload: it.reload,
                files,
                texts: texts.collect::<Result<BTreeMap<_, _>, D::Error>>()?,
            })
        }
    }
}

pub(super) mod problem {
    use std::collections::BTreeSet;
    use std::sync::{Mutex, PoisonError};

    use bowline_model::{Frame, Problem};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Whole {
        code: String,
        path: String,
        line: u32,
        column: u32,
        message: String,
        help: Option<String>,
        chain: Vec<(String, u32, u32, String)>,
    }

    pub(in crate::script) fn serialize<S: Serializer>(
        it: &Option<Problem>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let frame = |it: Frame| (it.path, it.line, it.column, it.function);
        let whole = it.clone().map(|it| Whole {
            code: it.code.to_owned(),
            path: it.path,
            line: it.line,
            column: it.column,
            message: it.message,
            help: it.help,
            chain: it.chain.into_iter().map(frame).collect(),
        });
        whole.serialize(to)
    }

    pub(in crate::script) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Problem>, D::Error> {
        let frame = |(path, line, column, function)| Frame { path, line, column, function };
        Ok(Option::<Whole>::deserialize(from)?.map(|it| Problem {
            code: code(it.code),
            path: it.path,
            line: it.line,
            column: it.column,
            message: it.message,
            help: it.help,
            chain: it.chain.into_iter().map(frame).collect(),
        }))
    }

    /// Codes are words of ours, a few dozen: each is kept once, for good. What another process says is
    /// no code of ours beyond that is called an error of its engine.
    const CODES_MAX: usize = 500;

    fn code(text: String) -> &'static str {
        static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = known.get(text.as_str()) {
            return it;
        }
        if known.len() >= CODES_MAX {
            return "script_engine_failed";
        }
        let kept: &'static str = Box::leak(text.into_boxed_str());
        known.insert(kept);
        kept
    }
}
