//! `world.getTimestamp(format)`: a moment in words, by the tokens of moment.js, in English and in UTC,
//! because a world that is replayed must say the same everywhere. Both languages ask here.

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The first that fits is taken, so longer ones come first.
const TOKENS: [&str; 70] = [
    "YYYYYY",
    "YYYYY",
    "YYYY",
    "YY",
    "GGGG",
    "GG",
    "gggg",
    "gg",
    "Qo",
    "Q",
    "MMMM",
    "MMM",
    "MM",
    "Mo",
    "M",
    "DDDD",
    "DDDo",
    "DDD",
    "DD",
    "Do",
    "D",
    "dddd",
    "ddd",
    "dd",
    "do",
    "d",
    "e",
    "E",
    "wo",
    "ww",
    "w",
    "Wo",
    "WW",
    "W",
    "HH",
    "H",
    "hh",
    "h",
    "kk",
    "k",
    "mm",
    "m",
    "ss",
    "s",
    "SSSSSSSSS",
    "SSSSSSSS",
    "SSSSSSS",
    "SSSSSS",
    "SSSSS",
    "SSSS",
    "SSS",
    "SS",
    "S",
    "A",
    "a",
    "ZZ",
    "Z",
    "zz",
    "z",
    "x",
    "X",
    "LTS",
    "LT",
    "LLLL",
    "LLL",
    "LL",
    "L",
    "llll",
    "lll",
    "ll",
];

/// Formats that stand for others.
const LONG: [(&str, &str); 10] = [
    ("LTS", "h:mm:ss A"),
    ("LT", "h:mm A"),
    ("LLLL", "dddd, MMMM D, YYYY h:mm A"),
    ("LLL", "MMMM D, YYYY h:mm A"),
    ("LL", "MMMM D, YYYY"),
    ("L", "MM/DD/YYYY"),
    ("llll", "ddd, MMM D, YYYY h:mm A"),
    ("lll", "MMM D, YYYY h:mm A"),
    ("ll", "MMM D, YYYY"),
    ("l", "M/D/YYYY"),
];

/// Longer formats are refused: a word of four letters becomes forty.
pub(super) const FORMAT_BYTES_MAX: usize = 1000;

const DAY_MS: i64 = 86_400_000;

/// The parts of a moment.
struct Moment {
    ms: i64,
    year: i64,
    /// From 1.
    month: i64,
    day: i64,
    /// From 0, which is Sunday.
    weekday: i64,
    hour: i64,
    minute: i64,
    second: i64,
    milli: i64,
}

/// `2026-01-01T00:00:00.000Z` of milliseconds since 1970.
pub(super) fn iso(milliseconds: f64) -> String {
    text(milliseconds, "YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
}

/// The moment in the words of `format`.
pub(super) fn text(milliseconds: f64, format: &str) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a moment of this age, in milliseconds")]
    let moment = Moment::of(milliseconds as i64);
    let mut out = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        if let Some((words, after)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
            out.push_str(words);
            rest = after;
        } else if let Some(token) = token(rest) {
            out.push_str(&moment.word(token));
            rest = &rest[token.len()..];
        } else {
            rest = &rest[letter.len_utf8()..];
            // A backslash stands for the letter behind it.
            match (letter, rest.chars().next()) {
                ('\\', Some(next)) => {
                    out.push(next);
                    rest = &rest[next.len_utf8()..];
                }
                ('\\', None) => (),
                _ => out.push(letter),
            }
        }
    }
    out
}

fn token(text: &str) -> Option<&'static str> {
    TOKENS.into_iter().chain(["l"]).find(|it| text.starts_with(it))
}

fn digits(n: i64, size: usize) -> String {
    format!("{n:0size$}")
}

fn ordinal(n: i64) -> String {
    let ending = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// The day a date is, counted from 1970, by the civil calendar; years begin with March there.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Moment {
    fn of(ms: i64) -> Moment {
        let (days, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Moment {
            ms,
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
            weekday: (days + 4).rem_euclid(7),
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            milli: rest % 1000,
        }
    }

    /// (year, number) of the week that begins on Monday and has its Thursday in the year.
    fn iso_week(&self) -> (i64, i64) {
        let weekday = if self.weekday == 0 { 7 } else { self.weekday };
        week(self.ms + (4 - weekday) * DAY_MS)
    }

    /// (year, number) of the week that begins on Sunday; the first has January 1.
    fn week(&self) -> (i64, i64) {
        week(self.ms + (6 - self.weekday) * DAY_MS)
    }

    fn word(&self, token: &str) -> String {
        if let Some((_, format)) = LONG.into_iter().find(|it| it.0 == token) {
            #[expect(clippy::cast_precision_loss, reason = "came from one")]
            return text(self.ms as f64, format);
        }
        self.date(token).or_else(|| self.week_word(token)).unwrap_or_else(|| self.clock(token))
    }

    fn date(&self, token: &str) -> Option<String> {
        let month = MONTHS[usize::try_from(self.month - 1).unwrap_or_default()];
        let day = DAYS[usize::try_from(self.weekday).unwrap_or_default()];
        let of_year = self.ms.div_euclid(DAY_MS) - days_of(self.year, 1, 1) + 1;
        let quarter = (self.month - 1) / 3 + 1;
        Some(match token {
            "YYYYYY" => format!("+{}", digits(self.year, 6)),
            "YYYYY" => digits(self.year, 5),
            "YYYY" => digits(self.year, 4),
            "YY" => digits(self.year % 100, 2),
            "Q" => quarter.to_string(),
            "Qo" => ordinal(quarter),
            "MMMM" => month.to_owned(),
            "MMM" => month[..3].to_owned(),
            "MM" => digits(self.month, 2),
            "Mo" => ordinal(self.month),
            "M" => self.month.to_string(),
            "DDDD" => digits(of_year, 3),
            "DDDo" => ordinal(of_year),
            "DDD" => of_year.to_string(),
            "DD" => digits(self.day, 2),
            "Do" => ordinal(self.day),
            "D" => self.day.to_string(),
            "dddd" => day.to_owned(),
            "ddd" => day[..3].to_owned(),
            "dd" => day[..2].to_owned(),
            "do" => ordinal(self.weekday),
            "d" | "e" => self.weekday.to_string(),
            "E" => (if self.weekday == 0 { 7 } else { self.weekday }).to_string(),
            _ => return None,
        })
    }

    fn week_word(&self, token: &str) -> Option<String> {
        Some(match token {
            "GGGG" => digits(self.iso_week().0, 4),
            "GG" => digits(self.iso_week().0 % 100, 2),
            "gggg" => digits(self.week().0, 4),
            "gg" => digits(self.week().0 % 100, 2),
            "w" => self.week().1.to_string(),
            "wo" => ordinal(self.week().1),
            "ww" => digits(self.week().1, 2),
            "W" => self.iso_week().1.to_string(),
            "Wo" => ordinal(self.iso_week().1),
            "WW" => digits(self.iso_week().1, 2),
            _ => return None,
        })
    }

    fn clock(&self, token: &str) -> String {
        let or = |n: i64, zero: i64| if n == 0 { zero } else { n };
        let twelve = or(self.hour % 12, 12);
        match token {
            "HH" => digits(self.hour, 2),
            "H" => self.hour.to_string(),
            "hh" => digits(twelve, 2),
            "h" => twelve.to_string(),
            "kk" => digits(or(self.hour, 24), 2),
            "k" => or(self.hour, 24).to_string(),
            "mm" => digits(self.minute, 2),
            "m" => self.minute.to_string(),
            "ss" => digits(self.second, 2),
            "s" => self.second.to_string(),
            "A" => (if self.hour < 12 { "AM" } else { "PM" }).to_owned(),
            "a" => (if self.hour < 12 { "am" } else { "pm" }).to_owned(),
            "Z" => "+00:00".to_owned(),
            "ZZ" => "+0000".to_owned(),
            "z" | "zz" => "UTC".to_owned(),
            "x" => self.ms.to_string(),
            "X" => self.ms.div_euclid(1000).to_string(),
            // Parts of a second, as many digits as there are letters.
            parts => format!("{:0<9}", digits(self.milli, 3))[..parts.len()].to_owned(),
        }
    }
}

/// The week of the year that its `decisive` day belongs to.
fn week(decisive: i64) -> (i64, i64) {
    let year = Moment::of(decisive).year;
    (year, (decisive.div_euclid(DAY_MS) - days_of(year, 1, 1)) / 7 + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn moments_are_written_as_everywhere() {
        for (milliseconds, wanted) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (1_767_225_600_050.0, "2026-01-01T00:00:00.050Z"),
            (951_782_399_999.0, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z"),
            (4_102_444_799_000.0, "2099-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(super::iso(milliseconds), wanted);
        }
    }
}
