//! [`Reader`]: takes a JSON object apart, key by key, and notes what is wrong on the way.
//!
//! Every payload of this crate is read through it, so that all say the same about a wrong type, a
//! missing key and a key nobody knows. It never stops: a reader that stops shows one problem per try.

use serde_json::{Map, Value};

use crate::nearest::did_you_mean;
use crate::problem::{Problem, child};

pub(crate) struct Reader<'a> {
    map: Option<&'a Map<String, Value>>,
    at: String,
    known: Vec<&'static str>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(value: &'a Value, at: &str, problems: &'a mut Vec<Problem>) -> Reader<'a> {
        if !value.is_object() {
            problems.push(wrong_type(at, "an object", value));
        }
        Reader { map: value.as_object(), at: at.to_owned(), known: Vec::new(), problems }
    }

    pub(crate) fn at(&self, key: &str) -> String {
        child(&self.at, key)
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }

    /// The member as it is; `None` when absent.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.map?.get(key)
    }

    /// As [`Reader::value`], and a problem when absent.
    pub(crate) fn required(&mut self, key: &'static str) -> Option<&'a Value> {
        let value = self.value(key);
        if value.is_none() && self.map.is_some() {
            let at = self.at.clone();
            self.problem(Problem::new("missing", at, format!("`{key}` is missing")));
        }
        value
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        self.typed(key, value, "a string", Value::as_str).map(str::to_owned)
    }

    pub(crate) fn required_text(&mut self, key: &'static str) -> String {
        let Some(value) = self.required(key) else { return String::new() };
        self.typed(key, value, "a string", Value::as_str).unwrap_or_default().to_owned()
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> bool {
        let Some(value) = self.value(key) else { return false };
        self.typed(key, value, "true or false", Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn number(&mut self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        self.typed(key, value, "a number", Value::as_f64)
    }

    pub(crate) fn whole(&mut self, key: &'static str) -> Option<i32> {
        let value = self.value(key)?;
        let small = |value: &Value| value.as_i64().and_then(|it| i32::try_from(it).ok());
        self.typed(key, value, "a whole number", small)
    }

    pub(crate) fn items(&mut self, key: &'static str) -> &'a [Value] {
        let Some(value) = self.value(key) else { return &[] };
        self.typed(key, value, "a list", Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn members(&mut self, key: &'static str) -> Option<&'a Map<String, Value>> {
        let value = self.value(key)?;
        self.typed(key, value, "an object", Value::as_object)
    }

    /// A list of texts, each once.
    pub(crate) fn names(&mut self, key: &'static str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (index, item) in self.items(key).iter().enumerate() {
            let at = child(&self.at(key), index);
            match item.as_str() {
                None => self.problem(wrong_type(&at, "a string", item)),
                Some(name) if names.iter().any(|it| it == name) => {
                    self.problem(Problem::new("duplicate", at, format!("`{name}` is listed twice")));
                }
                Some(name) => names.push(name.to_owned()),
            }
        }
        names
    }

    /// One of `words`; a problem with the nearest one otherwise.
    pub(crate) fn word(&mut self, key: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let found = self.text(key)?;
        let word = words.iter().copied().find(|it| *it == found);
        if word.is_none() {
            let problem = Problem::new("unknown_word", self.at(key), format!("`{found}` is not known here"));
            let problem = problem.expected(words.join(", "));
            let help = did_you_mean(&found, words.iter().copied());
            self.problem(Problem { help, ..problem });
        }
        word
    }

    /// Says which keys nobody asked for.
    pub(crate) fn finish(self) {
        for key in self.map.into_iter().flat_map(Map::keys) {
            if !self.known.contains(&key.as_str()) {
                let at = child(&self.at, key);
                let problem = Problem::new("unknown_key", at, format!("`{key}` means nothing here"));
                let help = did_you_mean(key, self.known.iter().copied());
                self.problems.push(Problem { help, ..problem }.expected(self.known.join(", ")));
            }
        }
    }

    fn typed<T>(
        &mut self,
        key: &str,
        value: &'a Value,
        expected: &str,
        as_type: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let typed = as_type(value);
        if typed.is_none() {
            let at = self.at(key);
            self.problem(wrong_type(&at, expected, value));
        }
        typed
    }
}

/// `expected` was wanted at `at`, `found` is there.
pub(crate) fn wrong_type(at: &str, expected: &str, found: &Value) -> Problem {
    let mut shown = found.to_string();
    if shown.chars().count() > 40 {
        shown = format!("{}…", shown.chars().take(39).collect::<String>());
    }
    Problem::new("wrong_type", at, format!("this is {shown}")).expected(expected)
}
