//! What a world says to a change of its records: the answer of `schema/check` and `schema/apply`.

use bowline_model::Problem;
use serde_json::Value;

/// As the world said it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict(Value);

/// Lines of scripts that are shown; a word that is everywhere has hundreds.
const LINES_SHOWN: usize = 20;

impl Verdict {
    pub(crate) fn read(answer: Value) -> Verdict {
        Verdict(answer)
    }

    /// `applied`, `queued`, `requires_reset`, `rejected`, `mismatch`.
    pub(crate) fn outcome(&self) -> &str {
        self.0.get("outcome").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn is_applied(&self) -> bool {
        self.outcome() == "applied"
    }

    /// The records it speaks of.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Value> {
        self.list("/records")
    }

    fn list(&self, pointer: &str) -> impl Iterator<Item = &Value> + use<'_> {
        self.0.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
    }

    /// Why it was not applied, in one sentence.
    pub(crate) fn sentence(&self) -> String {
        let reasons: Vec<&str> = self.list("/reasons").filter_map(Value::as_str).collect();
        match reasons.is_empty() {
            true => format!("the world says {}", self.outcome()),
            false => reasons.join("; "),
        }
    }

    /// The same as problems: at the file of the record, and at every line of a script it would break.
    pub(crate) fn problems(&self, file: &str) -> Vec<Problem> {
        let code = if self.outcome() == "requires_reset" { "requires_reset" } else { "rejected" };
        let problem = Problem::file(code, file, self.sentence());
        let next = self.0.get("how_to_reset").and_then(Value::as_str);
        let next = next.map_or_else(String::new, |it| format!("{it}; "));
        let problem = problem.help(format!("{next}until then the world keeps what it has"));
        let lines = self.list("/affected/scripts").take(LINES_SHOWN).map(|it| use_of(file, it));
        std::iter::once(problem).chain(lines).collect()
    }

    /// The lines of scripts it would break: `path:line:column  text`.
    pub(crate) fn script_lines(&self) -> Vec<String> {
        let line = |it: &Value| {
            let number = |key: &str| it.get(key).and_then(Value::as_u64).unwrap_or(0);
            let word = |key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default();
            format!("{}:{}:{}  {}", word("path"), number("line"), number("column"), word("text").trim())
        };
        self.list("/affected/scripts").map(line).collect()
    }

    pub(crate) fn json(&self) -> &Value {
        &self.0
    }

    pub(crate) fn into_json(self) -> Value {
        self.0
    }
}

fn use_of(file: &str, line: &Value) -> Problem {
    let word = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    let number =
        |key: &str| line.get(key).and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
    Problem::file("used_here", word("path"), format!("this uses what {file} would take away"))
        .at(number("line"), number("column"))
        .help(format!("change it first: {}", word("text").trim()))
}
