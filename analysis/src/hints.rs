//! What an editor shows between the letters: names of parameters beside literals, and what a value is where
//! the line does not say.

use bowline_model::ProjectPath;

use crate::infer::Infer;
use crate::project::{FileId, Project};
use crate::show::{parts, show};
use crate::summary::{BindingKind, ExprId, Kind, Source};
use crate::syntax::Language;
use crate::text::Span;
use crate::ty::Ty;

/// Longer types are not shown.
const TYPE_MAX: usize = 32;

/// Something shown that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Before this byte.
    pub at: u32,
    /// What is shown.
    pub label: String,
    /// What it is about.
    pub kind: HintKind,
}

/// What a [`Hint`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintKind {
    /// The name of a parameter.
    Param,
    /// What a value is.
    Type,
}

/// What is shown within `range` of `path`, in the order of the text.
#[must_use]
pub fn hints(project: &Project, path: &ProjectPath, range: Span) -> Vec<Hint> {
    let Some(file) = project.id(path) else { return Vec::new() };
    let infer = Infer::new(project);
    let summary = project.summary(file);
    let mut found = Vec::new();
    for expr in summary.exprs.iter().filter(|it| it.span.start >= range.start && it.span.start < range.end) {
        if let Kind::Call(callee, args) | Kind::New(callee, args) = &expr.kind {
            params(infer.again(), file, (*callee, args), &mut found);
        }
    }
    for binding in summary.bindings.iter().filter(|it| range.touches(it.name.span.start)) {
        let obvious =
            binding.note.is_some() || !matches!(binding.kind, BindingKind::Constant | BindingKind::Variable);
        let [source] = binding.sources.as_slice() else { continue };
        let Source::Value(value) = &summary[*source] else { continue };
        if obvious || says_itself(&summary[*value].kind) {
            continue;
        }
        let ty = infer.expr(file, *value);
        let label = format!(": {}", show(&infer, &ty));
        if !ty.is_open() && ty != Ty::Nothing && label.len() <= TYPE_MAX {
            found.push(Hint { at: binding.name.span.end, label, kind: HintKind::Type });
        }
    }
    found.sort_by_key(|it| it.at);
    found
}

/// Whether everybody sees what it is.
fn says_itself(kind: &Kind) -> bool {
    !matches!(kind, Kind::Call(..) | Kind::Await(_) | Kind::Member(..) | Kind::Index(..) | Kind::Either(_))
}

fn params(infer: &Infer<'_>, file: FileId, (callee, args): (ExprId, &[ExprId]), found: &mut Vec<Hint>) {
    let summary = infer.project.summary(file);
    let is_literal = |it: &ExprId| matches!(summary[*it].kind, Kind::Number | Kind::Truth | Kind::Nothing);
    // One argument is explained by whom it is given to.
    if args.len() < 2 || !args.iter().any(is_literal) {
        return;
    }
    let luau = infer.project.file(file).is_some_and(|it| Language::of(&it.path) == Language::Luau);
    let Some((names, _)) = parts(infer, &infer.callee(file, (callee, args)), 0) else { return };
    for (arg, name) in args.iter().zip(names).filter(|it| is_literal(it.0)) {
        let name = name.split([':', '?']).next().unwrap_or_default();
        // `x: 1, y: 2, z: 3` tells nobody anything; nor does Luau have a word for the rest.
        if name.len() > 1 && !name.starts_with("...") && !(luau && name == "self") {
            found.push(Hint {
                at: summary[*arg].span.start,
                label: format!("{name}:"),
                kind: HintKind::Param,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::hints;
    use crate::tests::project;
    use crate::text::Span;

    #[test]
    fn parameters_of_literals_and_types_of_what_is_called() {
        let (project, _) = project(
            "//- apps/A/index.js\nexport default (world, app) => {\n  const body = app.create('rigidbody')\n  const speed = 1\n  const hit = world.raycast(app.position, app.position, 10, 1)\n  const players = world.getPlayers()\n  app.position.set(1, 2, 3)\n  num(1, 2, 3)\n  const n = num(1, 2)\n}\n",
        );
        let (_, file) = project.all().next().unwrap();
        let mut text = file.text.as_str().to_owned();
        for it in hints(&project, &file.path, Span::new(0, text.len())).iter().rev() {
            text.insert_str(it.at as usize, &format!("‹{}›", it.label));
        }
        expect![[r#"
            export default (world, app) => {
              const body‹: RigidBody› = app.create('rigidbody')
              const speed = 1
              const hit‹: RaycastHit› = world.raycast(app.position, app.position, ‹maxDistance:›10, ‹layerMask:›1)
              const players‹: Player[]› = world.getPlayers()
              app.position.set(1, 2, 3)
              num(‹min:›1, ‹max:›2, ‹dp:›3)
              const n‹: number› = num(‹min:›1, ‹max:›2)
            }
        "#]].assert_eq(&text);
    }
}
