//! What a script gets when it uses a member of the table: something that works, or something that is
//! there, does nothing and says so once. And the page that lists it, for people.

use serde::Deserialize;

use super::{Api, Control, Member, MemberKind, Node, api};
use crate::snapshot::Snapshot;
use crate::{Asking, core};

/// Whether a member does something in the world this tool runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// As it does in every world of the family.
    Works,
    /// It can be read, set and called, and nothing comes of it.
    NoOp,
}

/// [`Support`], said of a member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Supported {
    /// Which of the two.
    pub support: Support,
    /// Of what does nothing, why.
    pub why: Option<String>,
    /// Of what only JavaScript has, what Luau has in its place.
    pub luau: Option<String>,
}

/// A line of the page.
struct Row {
    member: String,
    what: String,
    support: Supported,
}

/// A heading and what is below it.
struct Section {
    title: String,
    rows: Vec<Row>,
}

const WORKS: Supported = Supported { support: Support::Works, why: None, luau: None };

/// The committed page `docs/script-api.md`: every member, and whether it works.
#[must_use]
pub fn coverage_page() -> String {
    let sections = sections(api());
    let mut out = String::from(PREFACE);
    let mut all = Counted::default();
    sections.iter().flat_map(|it| &it.rows).for_each(|it| all.count(it));
    out.push_str(&format!(
        "\n{} members. In JavaScript {} work, {} do nothing here, 0 are missing. In Luau {} work, {} do nothing \
         here, {} are JavaScript's own and have something else in their place, 0 are missing.\n\n\
         | | members | work | no-op | only JavaScript |\n|---|---|---|---|---|\n",
        all.members,
        all.works,
        all.members - all.works,
        all.works_in_luau,
        all.members - all.works_in_luau - all.only_js,
        all.only_js,
    ));
    for Section { title, rows } in &sections {
        let mut it = Counted::default();
        rows.iter().for_each(|row| it.count(row));
        let idle = it.members - it.works;
        out.push_str(&format!("| {title} | {} | {} | {idle} | {} |\n", it.members, it.works, it.only_js));
    }
    for Section { title, rows } in &sections {
        out.push_str(&format!("\n## {title}\n\n| member | | JavaScript | Luau |\n|---|---|---|---|\n"));
        for Row { member, what, support } in rows {
            let here = match support.support {
                Support::Works => "works".to_owned(),
                Support::NoOp => format!("no-op: {}", support.why.as_deref().unwrap_or_default()),
            };
            let luau = match &support.luau {
                Some(instead) => format!("not there: {instead}"),
                None if support.support == Support::NoOp => "no-op".to_owned(),
                None => "works".to_owned(),
            };
            out.push_str(&format!("| `{member}` | {} | {} | {} |\n", cell(what), cell(&here), cell(&luau)));
        }
    }
    out
}

/// How many members there are, and what becomes of them.
#[derive(Default)]
struct Counted {
    members: usize,
    works: usize,
    works_in_luau: usize,
    only_js: usize,
}

impl Counted {
    fn count(&mut self, Row { support, .. }: &Row) {
        let works = support.support == Support::Works;
        self.members += 1;
        self.works += usize::from(works);
        self.works_in_luau += usize::from(works && support.luau.is_none());
        self.only_js += usize::from(support.luau.is_some());
    }
}

const PREFACE: &str = "# The script API, member by member

Made from the table of the interface (`schema/src/api/*.json` and the core components); a test fails when
this page is older than the table, and two others walk every member on living objects, one in JavaScript
and one in Luau: none is missing, none that does nothing throws a `TypeError`, none that works says
`unsupported_here`.

*works*: as in every world of the family. *no-op*: it can be read, set and called, does nothing, and an
app that uses it finds one line `unsupported_here: …` in its log. In Luau methods are called with `:`,
lists count from 1, `null` and `undefined` are `nil`, and what JavaScript waits for with `await` a thread
waits for. *not there*: part of the language JavaScript, and what Luau has in its place.
";

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn sections(api: &Api) -> Vec<Section> {
    let global = |it: &super::Global| Row {
        member: it.name.clone(),
        what: it.doc.clone(),
        support: it.support.clone(),
    };
    let section = |title: &str, rows: Vec<Row>| Section { title: title.to_owned(), rows };
    let mut sections = vec![
        section("Parameters of the entry", api.entry.iter().map(global).collect()),
        section("world", members(&api.world)),
        section("app", members(&api.app)),
        section("player", members(&api.player)),
        section("control", control(&api.control)),
        section(
            "Events",
            api.events
                .events
                .iter()
                .map(|it| Row {
                    member: format!("{}.on('{}')", it.on, it.name),
                    what: it.doc.clone(),
                    support: it.support.clone(),
                })
                .collect(),
        ),
        section(
            "Fields of app.configure",
            api.configure
                .fields
                .iter()
                .map(|it| Row { member: it.name.clone(), what: it.doc.clone(), support: it.support.clone() })
                .collect(),
        ),
    ];
    let snapshot = Snapshot::build(&core::records(), &Asking::default()).snapshot;
    sections.extend(
        api.nodes.iter().map(|it| Section { title: format!("Node: {}", it.name), rows: node(it, &snapshot) }),
    );
    sections.extend(
        api.classes
            .iter()
            .map(|it| Section { title: format!("Class: {}", it.name), rows: members(&it.members) }),
    );
    sections.extend(
        api.types
            .iter()
            .map(|it| Section { title: format!("Shape: {}", it.name), rows: members(&it.members) }),
    );
    sections.push(section("Globals", api.globals.iter().map(global).collect()));
    sections
}

fn members(members: &[Member]) -> Vec<Row> {
    members.iter().map(row).collect()
}

fn row(member: &Member) -> Row {
    let params: Vec<&str> = member.params.iter().map(|it| it.name.as_str()).collect();
    let shown = match member.kind {
        MemberKind::Method => format!("{}({})", member.name, params.join(", ")),
        MemberKind::Property | MemberKind::Callback => member.name.clone(),
    };
    Row { member: shown, what: member.doc.clone().unwrap_or_default(), support: member.support.clone() }
}

/// The fields of its own components, then its members. What it inherits is listed with `node`.
fn node(node: &Node, snapshot: &Snapshot) -> Vec<Row> {
    let fields =
        node.components.iter().filter_map(|it| snapshot.component(it).ok()).flat_map(|it| &it.fields);
    let field = |it: &crate::field::Field| {
        let doc = match &it.doc {
            Some(crate::words::Words::Text(text)) => text.clone(),
            _ => String::new(),
        };
        Row { member: it.name.clone(), what: doc, support: WORKS }
    };
    fields.map(field).chain(node.members.iter().map(row)).collect()
}

fn control(control: &Control) -> Vec<Row> {
    let mut rows = members(&control.methods);
    let mut group = |names: &[String], members: &[Member]| {
        for name in names {
            for member in members {
                let it = row(member);
                rows.push(Row { member: format!("{name}.{}", it.member), ..it });
            }
        }
    };
    let named = |name: &str| [name.to_owned()];
    group(&control.buttons, &control.button);
    group(&control.extra_buttons, &control.button);
    group(&control.vectors, &control.vector);
    group(&control.poses, &control.pose);
    group(&named("scrollDelta"), &control.scroll_delta);
    group(&named("pointer"), &control.pointer);
    group(&named("screen"), &control.screen);
    group(&named("camera"), &control.camera);
    rows
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_committed_page_is_the_table() {
        expect_file!["../../../docs/script-api.md"].assert_eq(&coverage_page());
    }

    #[test]
    fn what_does_nothing_says_why() {
        for Section { title, rows } in sections(api()) {
            for Row { member, support, .. } in rows {
                let said = support.why.as_deref().is_some_and(|it| !it.is_empty());
                assert_eq!(support.support == Support::NoOp, said, "{title} {member}");
            }
        }
    }
}
