//! `[script]` of `bowline.toml`: what the scripts of the project's own world may use, and where they run.
//!
//! [`read`] is the one validator: what it does not know, or cannot be meant, is refused before anything
//! starts, with its place and the next step. The table [`NUMBERS`] is what there is to set.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use bowline_runtime::fetch::FetchRules;
use bowline_runtime::{Isolation, Limits};
use bowline_schema::nearest::did_you_mean;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{SettingsError, TOML};

/// What scripts of the project's world may do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScriptSettings {
    pub(crate) limits: Limits,
    /// Where they may fetch from.
    pub(crate) fetch: Vec<String>,
}

impl ScriptSettings {
    /// What counts when nothing is said.
    pub(crate) fn standard() -> ScriptSettings {
        ScriptSettings { limits: Limits::standard(), fetch: Vec::new() }
    }

    /// The same, with what was said on the command line.
    pub(crate) fn with(mut self, isolation: Option<Isolation>) -> ScriptSettings {
        self.limits.isolation = isolation.unwrap_or(self.limits.isolation);
        self
    }
}

/// A setting that is a whole number.
struct Number {
    name: &'static str,
    /// What it counts, in the plural.
    unit: &'static str,
    range: RangeInclusive<u64>,
    set: fn(&mut Limits, u64),
}

const NUMBERS: [Number; 9] = [
    Number {
        name: "tick_ms",
        unit: "milliseconds of processor time",
        range: 1..=10_000,
        set: |it, value| it.tick_time = Duration::from_millis(value),
    },
    Number {
        name: "start_ms",
        unit: "milliseconds of processor time",
        range: 1..=60_000,
        set: |it, value| it.start_time = Duration::from_millis(value),
    },
    Number {
        name: "grace_ms",
        unit: "milliseconds",
        range: 1..=60_000,
        set: |it, value| it.grace = Duration::from_millis(value),
    },
    Number {
        name: "memory_mb",
        unit: "megabytes",
        range: 1..=4096,
        set: |it, value| it.memory = size(value) << 20,
    },
    Number {
        name: "instructions",
        unit: "steps of the engine",
        range: 10_000..=u64::MAX,
        set: |it, value| it.instructions = Some(value),
    },
    Number {
        name: "calls",
        unit: "calls into the world",
        range: 1..=10_000_000,
        set: |it, value| it.calls = u32::try_from(value).unwrap_or(u32::MAX),
    },
    Number { name: "nodes", unit: "nodes", range: 1..=1_000_000, set: |it, value| it.nodes = size(value) },
    Number {
        name: "entities",
        unit: "entities",
        range: 1..=10_000_000,
        set: |it, value| it.entities = size(value),
    },
    Number {
        name: "log_lines_per_second",
        unit: "lines",
        range: 1..=1_000_000,
        set: |it, value| it.log_lines_per_second = u32::try_from(value).unwrap_or(u32::MAX),
    },
];

/// What is no number.
const WORDS: [&str; 2] = ["isolation", "fetch"];

/// The tables of the file.
const TABLES: [&str; 2] = ["targets", "script"];

fn size(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// What the file says of scripts.
pub(super) fn read(text: &str) -> Result<ScriptSettings, SettingsError> {
    let file = DeTable::parse(text).map_err(|error| {
        let place = error.span().unwrap_or(0..0);
        let message = format!("{TOML} cannot be understood: {}", error.message());
        fault(text, &place, &message, "correct it and try again; nothing was started")
    })?;
    let mut settings = ScriptSettings::standard();
    for (name, value) in file.get_ref() {
        match (&**name.get_ref(), value.get_ref()) {
            ("script", DeValue::Table(table)) => {
                for (key, value) in table {
                    setting(text, (key, value), &mut settings)?;
                }
            }
            ("script", _) => {
                return Err(fault(
                    text,
                    &name.span(),
                    "`script` is a table",
                    "write [script] on a line of its own",
                ));
            }
            (known, _) if TABLES.contains(&known) => (),
            (unknown, _) => {
                let message = format!("there is no setting `{unknown}`");
                return Err(fault(text, &name.span(), &message, &instead(unknown, &TABLES)));
            }
        }
    }
    Ok(settings)
}

fn setting(
    text: &str,
    (key, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>),
    settings: &mut ScriptSettings,
) -> Result<(), SettingsError> {
    let name = &**key.get_ref();
    let at = |(message, help): (String, String)| fault(text, &value.span(), &message, &help);
    match name {
        "isolation" => settings.limits.isolation = isolation(value.get_ref()).map_err(at)?,
        "fetch" => settings.fetch = allowed(text, value)?,
        _ => match NUMBERS.iter().find(|it| it.name == name) {
            Some(number) => (number.set)(&mut settings.limits, number.read(value.get_ref()).map_err(at)?),
            None => {
                let known: Vec<&str> = NUMBERS.iter().map(|it| it.name).chain(WORDS).collect();
                let message = format!("[script] has no setting `{name}`");
                return Err(fault(text, &key.span(), &message, &instead(name, &known)));
            }
        },
    }
    Ok(())
}

impl Number {
    fn read(&self, value: &DeValue<'_>) -> Result<u64, (String, String)> {
        let Number { name, unit, range, .. } = self;
        let help = match *range.end() {
            u64::MAX => format!("write {name} = {} or more", range.start()),
            end => {
                format!("write a number from {} to {end}, as in {name} = {}", range.start(), self.example())
            }
        };
        let Some(number) = value.as_integer() else {
            let message = match value.as_str() {
                Some(_) => format!("`{name}` is a number without quotes: its unit is in its name ({unit})"),
                None => format!("`{name}` is a whole number of {unit}"),
            };
            return Err((message, help));
        };
        match i128::from_str_radix(number.as_str(), number.radix()).ok().and_then(|it| u64::try_from(it).ok())
        {
            Some(value) if range.contains(&value) => Ok(value),
            _ => Err((format!("`{name}` cannot be {number} {unit}"), help)),
        }
    }

    /// What it is when nothing is said, or the least there can be.
    fn example(&self) -> u64 {
        let Limits {
            tick_time, start_time, grace, memory, calls, nodes, entities, log_lines_per_second, ..
        } = Limits::standard();
        let whole = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        let ms = |it: Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        match self.name {
            "tick_ms" => ms(tick_time),
            "start_ms" => ms(start_time),
            "grace_ms" => ms(grace),
            "memory_mb" => whole(memory >> 20),
            "calls" => u64::from(calls),
            "nodes" => whole(nodes),
            "entities" => whole(entities),
            "log_lines_per_second" => u64::from(log_lines_per_second),
            _ => *self.range.start(),
        }
    }
}

fn isolation(value: &DeValue<'_>) -> Result<Isolation, (String, String)> {
    value.as_str().and_then(Isolation::named).ok_or_else(|| {
        let help = "write isolation = \"thread\" (quick) or \"process\" (holds whatever a script does)";
        ("`isolation` is \"thread\" or \"process\"".to_owned(), help.to_owned())
    })
}

/// The allow-list, line by line as the world reads it.
fn allowed(text: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, SettingsError> {
    const HELP: &str = "write fetch = [\"https://api.example.com\"]; `https://*.example.com` is every name below it, a path is what addresses begin with, \"*\" is every public address";
    let Some(list) = value.get_ref().as_array() else {
        return Err(fault(text, &value.span(), "`fetch` is a list of addresses", HELP));
    };
    let mut entries = Vec::new();
    for one in list {
        let said = one.get_ref().as_str().unwrap_or_default();
        if let Err(why) = FetchRules::parse(&[said]) {
            return Err(fault(text, &one.span(), &why.to_string(), HELP));
        }
        entries.push(said.to_owned());
    }
    Ok(entries)
}

fn instead(name: &str, known: &[&str]) -> String {
    did_you_mean(name, known.iter().copied()).unwrap_or_else(|| format!("there are {}", known.join(", ")))
}

fn fault(text: &str, place: &Range<usize>, message: &str, help: &str) -> SettingsError {
    let before = text.get(..place.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let at = format!("{TOML}:{line}:{column}");
    SettingsError::Wrong { at, message: message.to_owned(), help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn everything_that_can_be_set_is_set() {
        let text = r#"
            [script]
            tick_ms = 20
            start_ms = 500
            grace_ms = 300
            memory_mb = 128
            instructions = 1_000_000
            calls = 500
            nodes = 200
            entities = 5000
            log_lines_per_second = 50
            isolation = "process"
            fetch = ["https://api.example.com", "http://127.0.0.1:8080/", "*"]
        "#;
        let limits = Limits {
            tick_time: Duration::from_millis(20),
            start_time: Duration::from_millis(500),
            grace: Duration::from_millis(300),
            memory: 128 << 20,
            instructions: Some(1_000_000),
            calls: 500,
            nodes: 200,
            entities: 5000,
            log_lines: 1000,
            log_lines_per_second: 50,
            isolation: Isolation::Process,
        };
        let fetch =
            vec!["https://api.example.com".to_owned(), "http://127.0.0.1:8080/".to_owned(), "*".to_owned()];
        assert_eq!(read(text), Ok(ScriptSettings { limits, fetch }));
        assert_eq!(read("[targets.a]\nurl = \"u\"\n"), Ok(ScriptSettings::standard()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place_and_the_next_step() {
        let texts = [
            "[script]\nmemroy_mb = 64\n",
            "[script]\nspeed = 64\n",
            "[scripts]\ntick_ms = 1\n",
            "[script]\nmemory_mb = \"64MB\"\n",
            "[script]\ntick_ms = 2.5\n",
            "[script]\ntick_ms = 0\n",
            "[script]\n  calls = -1\n",
            "[script]\ninstructions = 9\n",
            "[script]\nisolation = \"proces\"\n",
            "[script]\nfetch = \"https://a.example\"\n",
            "[script]\nfetch = [\"https://a.example\", \"b.example/v1\"]\n",
            "[script]\nfetch = [\"file:///etc\"]\n",
            "script = 3\n",
            "[script]\ntick_ms = \n",
        ];
        let said: Vec<String> =
            texts.iter().map(|it| crate::report::Report::from(read(it).unwrap_err()).to_string()).collect();
        expect![[r#"
            error: [script] has no setting `memroy_mb`
              at bowline.toml:2:1
              help: did you mean `memory_mb`?
            error: [script] has no setting `speed`
              at bowline.toml:2:1
              help: there are tick_ms, start_ms, grace_ms, memory_mb, instructions, calls, nodes, entities, log_lines_per_second, isolation, fetch
            error: there is no setting `scripts`
              at bowline.toml:1:2
              help: did you mean `script`?
            error: `memory_mb` is a number without quotes: its unit is in its name (megabytes)
              at bowline.toml:2:13
              help: write a number from 1 to 4096, as in memory_mb = 64
            error: `tick_ms` is a whole number of milliseconds of processor time
              at bowline.toml:2:11
              help: write a number from 1 to 10000, as in tick_ms = 50
            error: `tick_ms` cannot be 0 milliseconds of processor time
              at bowline.toml:2:11
              help: write a number from 1 to 10000, as in tick_ms = 50
            error: `calls` cannot be -1 calls into the world
              at bowline.toml:2:11
              help: write a number from 1 to 10000000, as in calls = 10000
            error: `instructions` cannot be 9 steps of the engine
              at bowline.toml:2:16
              help: write instructions = 10000 or more
            error: `isolation` is "thread" or "process"
              at bowline.toml:2:13
              help: write isolation = "thread" (quick) or "process" (holds whatever a script does)
            error: `fetch` is a list of addresses
              at bowline.toml:2:9
              help: write fetch = ["https://api.example.com"]; `https://*.example.com` is every name below it, a path is what addresses begin with, "*" is every public address
            error: `b.example/v1` is nothing a script could be allowed to fetch: it is no absolute url; say https://api.example.com
              at bowline.toml:2:31
              help: write fetch = ["https://api.example.com"]; `https://*.example.com` is every name below it, a path is what addresses begin with, "*" is every public address
            error: `file:///etc` is nothing a script could be allowed to fetch: only http and https are fetched
              at bowline.toml:2:10
              help: write fetch = ["https://api.example.com"]; `https://*.example.com` is every name below it, a path is what addresses begin with, "*" is every public address
            error: `script` is a table
              at bowline.toml:1:1
              help: write [script] on a line of its own
            error: bowline.toml cannot be understood: string values must be quoted, expected literal string
              at bowline.toml:2:11
              help: correct it and try again; nothing was started"#]].assert_eq(&said.join("\n"));
    }
}
