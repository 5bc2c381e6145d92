//! `xtask/tidy.allow`: what is over a stop today, by name. The list may only shrink.
//!
//! ```text
//! # a comment
//! store/src/record.rs::Record::parse = 83
//! ```

use std::collections::BTreeMap;

use super::Finding;

/// Where the list is, from the root of the repository.
pub(crate) const PATH: &str = "xtask/tidy.allow";

/// One number that has a stop.
pub(crate) struct Measure {
    /// What was measured: its name in the list.
    pub(crate) key: String,
    pub(crate) value: usize,
    pub(crate) stop: usize,
    pub(crate) unit: &'static str,
}

/// Holds `measures` against their stops and against the list: over the stop must be listed, and the
/// list must say the truth, so that what has become better cannot become worse again.
pub(crate) fn hold(list: &str, measures: impl IntoIterator<Item = Measure>) -> Vec<Finding> {
    let (mut allowed, mut findings) = parse(list);
    // Two functions of one name (behind different `cfg`s) share an entry: the longer one counts.
    let mut worst: BTreeMap<String, Measure> = BTreeMap::new();
    for measure in measures {
        if worst.get(&measure.key).is_none_or(|known| known.value < measure.value) {
            worst.insert(measure.key.clone(), measure);
        }
    }
    for measure in worst.into_values() {
        let entry = allowed.remove(&measure.key);
        findings.extend(compare(&measure, entry));
    }
    findings.extend(allowed.into_iter().map(|(key, (line, _))| {
        Finding::at(PATH, line, format!("`{key}` is no longer there: delete this line"))
    }));
    findings
}

fn compare(measure: &Measure, entry: Option<(usize, usize)>) -> Option<Finding> {
    let Measure { key, value, stop, unit } = measure;
    let over = value > stop;
    match entry {
        None if over => Some(Finding::new(key, format!("{value} {unit}, the stop is {stop}: split it"))),
        None => None,
        Some((line, _)) if !over => {
            let message = format!("`{key}` has {value} {unit} and needs no entry any more: delete this line");
            Some(Finding::at(PATH, line, message))
        }
        Some((_, allowed)) if *value > allowed => Some(Finding::new(
            key,
            format!("grew from {allowed} to {value} {unit}, the stop is {stop}: split it"),
        )),
        Some((line, allowed)) if *value < allowed => {
            Some(Finding::at(PATH, line, format!("has become better: write `{key} = {value}`")))
        }
        Some(_) => None,
    }
}

/// Key → (line in the list, number).
type Entries = BTreeMap<String, (usize, usize)>;

fn parse(list: &str) -> (Entries, Vec<Finding>) {
    let mut entries = Entries::new();
    let mut findings = Vec::new();
    for (at, line) in list.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let entry =
            line.rsplit_once(" = ").and_then(|(key, number)| Some((key, number.trim().parse().ok()?)));
        match entry {
            Some((key, number)) => {
                entries.insert(key.trim().to_owned(), (at + 1, number));
            }
            None => findings.push(Finding::at(PATH, at + 1, "write `path::function = lines`")),
        }
    }
    (entries, findings)
}

#[cfg(test)]
mod tests {
    use super::{Measure, hold};
    use expect_test::expect;

    #[test]
    fn the_list_says_the_truth_and_only_shrinks() {
        let measure = |key: &str, value| Measure { key: key.to_owned(), value, stop: 70, unit: "lines" };
        let list = "# over today\na.rs::same = 80\na.rs::grown = 80\na.rs::shrunk = 80\na.rs::fine = 80\na.rs::gone = 80\nwhat\n";
        let measures = [
            measure("a.rs::same", 80),
            measure("a.rs::same", 10),
            measure("a.rs::grown", 81),
            measure("a.rs::shrunk", 79),
            measure("a.rs::fine", 70),
            measure("a.rs::new", 71),
            measure("a.rs::small", 7),
        ];
        let found: Vec<String> = hold(list, measures).iter().map(ToString::to_string).collect();
        expect![[r"
            xtask/tidy.allow:7: write `path::function = lines`
            xtask/tidy.allow:5: `a.rs::fine` has 70 lines and needs no entry any more: delete this line
            a.rs::grown: grew from 80 to 81 lines, the stop is 70: split it
            a.rs::new: 71 lines, the stop is 70: split it
            xtask/tidy.allow:4: has become better: write `a.rs::shrunk = 79`
            xtask/tidy.allow:6: `a.rs::gone` is no longer there: delete this line"]]
        .assert_eq(&found.join("\n"));
    }
}
