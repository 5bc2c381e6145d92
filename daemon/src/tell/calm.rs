//! What people hear, and when. A save is one line at once; a branch switch or the first sync of
//! thirty apps is one line too, said when it is over. Scripts that run are silence: only a crash is
//! news, and the end of one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::words::{self, Line};
use super::{ScriptState, Told, Way};

/// More arrivals than this in one go are counted instead of listed; of the first sync, all.
const LISTED_MAX: usize = 3;

/// Problems said in one go; `bowline status` has the rest.
const PROBLEMS_MAX: usize = 8;

/// Work that takes longer says what was done so far.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// What was heard and not said yet.
#[derive(Default)]
pub(crate) struct Calm {
    gathered: Vec<Told>,
    since: Option<Instant>,
    /// The first line is always the one about what runs where.
    introduced: bool,
    /// Something has arrived before: the first sync is over.
    synced: bool,
    crashed: BTreeSet<String>,
}

impl Calm {
    /// What to say now that this happened.
    pub(super) fn hear(&mut self, told: Told, now: Instant) -> Vec<Line> {
        match told {
            told @ Told::Ready { .. } => {
                self.introduced = true;
                vec![words::of(&told)]
            }
            told @ Told::World { .. } if self.introduced => {
                let mut lines = self.rest();
                lines.push(words::of(&told));
                lines
            }
            told => {
                self.gathered.push(told);
                let since = *self.since.get_or_insert(now);
                if now.duration_since(since) < SILENCE_MAX { Vec::new() } else { self.rest() }
            }
        }
    }

    /// What to say now that nothing is under way.
    pub(super) fn rest(&mut self) -> Vec<Line> {
        if !self.introduced || self.gathered.is_empty() {
            return Vec::new();
        }
        self.since = None;
        let gathered = std::mem::take(&mut self.gathered);
        let mut lines = arrivals(&gathered, if self.synced { LISTED_MAX } else { 1 });
        self.synced |= !lines.is_empty();
        lines.extend(problems(&gathered));
        lines.extend(mended(&gathered));
        lines.extend(self.scripts(gathered));
        lines
    }

    /// The last word on each app, if it is not what was said before.
    fn scripts(&mut self, gathered: Vec<Told>) -> Vec<Line> {
        let mut last: Vec<(String, Told)> = Vec::new();
        for told in gathered {
            if let Told::Script { app, .. } = &told {
                last.retain(|it| it.0 != *app);
                last.push((app.clone(), told));
            }
        }
        let mut lines = Vec::new();
        for (app, told) in last {
            let news = match &told {
                Told::Script { state: ScriptState::Running, .. } => self.crashed.remove(&app),
                _ => {
                    self.crashed.insert(app);
                    true
                }
            };
            lines.extend(news.then(|| words::of(&told)));
        }
        lines
    }
}

fn arrivals(gathered: &[Told], listed_max: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for way in [Way::ToWorld, Way::ToDisk] {
        let mine: Vec<&Told> = gathered
            .iter()
            .filter(|it| matches!(it, Told::Applied { direction, .. } if *direction == way))
            .collect();
        if mine.len() <= listed_max {
            lines.extend(mine.into_iter().map(words::of));
            continue;
        }
        let all: Vec<_> = mine
            .into_iter()
            .filter_map(|it| match it {
                Told::Applied { app, files, ms, .. } => Some((app.clone(), files.clone(), *ms)),
                _ => None,
            })
            .collect();
        lines.push(words::many(way, &all));
    }
    lines
}

fn problems(gathered: &[Told]) -> Vec<Line> {
    let is_problem =
        |it: &&Told| matches!(it, Told::Problem { .. } | Told::Conflict { .. } | Told::World { .. });
    let mut all: Vec<Line> = gathered.iter().filter(is_problem).map(words::of).collect();
    let left = all.len().saturating_sub(PROBLEMS_MAX);
    if left > 1 {
        all.truncate(PROBLEMS_MAX);
        let text = format!("… and {left} more of this kind: bowline status");
        all.push(Line { ink: crate::print::Ink::Warning, text });
    }
    all
}

/// Files that are right again, where no other line says so: something of the app arrived, or
/// something else is wrong with the file now.
fn mended(gathered: &[Told]) -> Vec<Line> {
    let is_said = |of: &str, file: &str| {
        gathered.iter().any(|it| match it {
            Told::Applied { app, .. } => app == of,
            Told::Problem { problem, .. } => problem.path == file,
            _ => false,
        })
    };
    let mut files = BTreeSet::new();
    let news = gathered.iter().filter(|it| match it {
        Told::Mended { app, path } => !path.is_empty() && !is_said(app, path) && files.insert(path.clone()),
        _ => false,
    });
    news.map(words::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn ready() -> Told {
        Told::Ready {
            world: "http://127.0.0.1:4000".to_owned(),
            world_id: "w1".to_owned(),
            admin_code_file: None,
            control: String::new(),
            apps: 12,
            ms: 229,
        }
    }

    fn applied(app: &str, files: &[&str]) -> Told {
        let files = files.iter().map(|it| (*it).to_owned()).collect();
        Told::Applied { direction: Way::ToWorld, app: app.to_owned(), version: Some(0), files, ms: 1518 }
    }

    fn script(app: &str, state: ScriptState) -> Told {
        let (path, message) = (format!("apps/{app}/index.js"), "boom".to_owned());
        Told::Script { app: app.to_owned(), state, path, line: 3, message }
    }

    fn heard(calm: &mut Calm, all: Vec<Told>) -> String {
        let now = Instant::now();
        let mut lines: Vec<Line> = all.into_iter().flat_map(|it| calm.hear(it, now)).collect();
        lines.extend(calm.rest());
        lines.into_iter().map(|it| it.text + "\n").collect()
    }

    #[test]
    fn the_first_sync_is_one_line_and_later_ones_are_one_each() {
        let mut calm = Calm::default();
        let apps =
            ["A", "B", "C", "D"].map(|it| applied(it, &["shared/x.js", &format!("apps/{it}/index.js")]));
        let mut first = vec![script("A", ScriptState::Crashed), ready()];
        first.extend(apps);
        first.push(applied("room/project", &["schemas/door.json"]));
        first.push(applied("world.json", &["world.json#one", "world.json#two"]));
        first.extend(["A", "B"].map(|it| script(it, ScriptState::Running)));
        expect![[r#"
            bowline: 12 apps, ready in 229 ms
              world  http://127.0.0.1:4000
              id     w1
              Save a file and the world runs it. Ctrl-C ends.
            ↑ 4 apps, 5 files, 1 definition, 2 placed objects sent to the world  1.5 s
        "#]]
        .assert_eq(&heard(&mut calm, first));
        expect![[r#"
            ↑ A v0  index.js  1.5 s
            ✖ A crashed: boom
              at apps/A/index.js:3
        "#]]
        .assert_eq(&heard(
            &mut calm,
            vec![applied("A", &["apps/A/index.js"]), script("A", ScriptState::Crashed)],
        ));
        expect![[r#"
            ↑ A v0  index.js  1.5 s
            ▶ A runs again
        "#]]
        .assert_eq(&heard(
            &mut calm,
            vec![applied("A", &["apps/A/index.js"]), script("A", ScriptState::Running)],
        ));
    }

    #[test]
    fn a_mended_file_is_said_unless_something_says_it_already() {
        let mut calm = Calm::default();
        heard(&mut calm, vec![ready()]);
        let mended = |app: &str| Told::Mended { app: app.to_owned(), path: format!("apps/{app}/index.js") };
        expect![[r#"
            ↑ A v0  index.js  1.5 s
            ✓ apps/B/index.js is right again
        "#]]
        .assert_eq(&heard(
            &mut calm,
            vec![mended("A"), mended("B"), mended("B"), applied("A", &["apps/A/index.js"])],
        ));
    }

    #[test]
    fn long_work_is_not_silent() {
        let mut calm = Calm::default();
        let now = Instant::now();
        calm.hear(ready(), now);
        assert_eq!(calm.hear(applied("A", &["apps/A/index.js"]), now), []);
        assert_eq!(calm.hear(applied("B", &["apps/B/index.js"]), now + SILENCE_MAX).len(), 1);
    }
}
