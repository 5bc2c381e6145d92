//! "Did you mean": the known name nearest to one that is not known.

/// The name of `known` that `name` was probably meant to be; `None` if nothing is near. Ties go to the
/// first in the order given.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    // A third of the letters may be wrong: more, and short names would all be near each other.
    let most = wanted.len().div_ceil(3).min(wanted.len().saturating_sub(1));
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        if letters.len().abs_diff(wanted.len()) > most {
            continue;
        }
        let distance = distance(&wanted, &letters);
        if distance <= most && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `did you mean \`x\`?`, or nothing.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|it| format!("did you mean `{it}`?"))
}

/// Edits between two words: a letter more, less, other, or two neighbours swapped.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (row, letter) in a.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in b.iter().enumerate() {
            let swap = row > 0 && column > 0 && *letter == b[column - 1] && a[row - 1] == *other;
            let changed = last[column] + usize::from(letter != other);
            let plain = changed.min(last[column + 1] + 1).min(line[column] + 1);
            line.push(if swap { plain.min(before[column - 1] + 1) } else { plain });
        }
        before = std::mem::replace(&mut last, line);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_finds_its_name_and_another_word_does_not() {
        let known = ["position", "rotation", "scale", "castShadow", "x"];
        let cases = [
            ("postion", Some("position")),
            ("positoin", Some("position")),
            ("CASTSHADOW", Some("castShadow")),
            ("castshadows", Some("castShadow")),
            ("X", Some("x")),
            ("y", None),
            ("health", None),
            ("", None),
        ];
        for (name, meant) in cases {
            assert_eq!(nearest(name, known), meant, "{name}");
        }
    }
}
