//! What a call that is being written takes.

use std::ops::Range;

use bowline_model::ProjectPath;

use crate::infer::Infer;
use crate::project::{FileId, Project};
use crate::show::parts;
use crate::summary::{Expr, ExprId, Kind, Summary};
use crate::syntax::placeholder;

/// What a call takes, and which of it the cursor is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `create(nodeType: …, data?: …): …`.
    pub label: String,
    /// Where in the label each parameter stands, in bytes.
    pub params: Vec<Range<usize>>,
    /// The one the cursor is at.
    pub active: usize,
    /// What people wrote about it.
    pub doc: Option<String>,
}

/// The innermost call that is open at `offset`.
#[must_use]
pub fn signature(project: &Project, path: &ProjectPath, offset: u32) -> Option<Signature> {
    let file = project.id(path)?;
    let text = project.file(file)?.text.clone();
    let told = match placeholder::summary(path, text.as_str(), offset) {
        Some(copy) => project.clone().told(path, copy),
        None => project.clone(),
    };
    let infer = Infer::new(&told);
    let summary = told.summary(file);
    let call = summary.expr_at(offset, |it| is_open(summary, it, offset))?;
    let (Kind::Call(callee, args) | Kind::New(callee, args)) = &summary[call].kind else { return None };
    let ends_before = |it: &&ExprId| summary[**it].span.end < offset;
    let active = args.iter().take_while(ends_before).count();
    let (name, doc) = named(&infer, file, *callee);
    let (params, returns) = match infer.made_by(file, *callee) {
        Some(made) => made,
        None => parts(&infer, &infer.callee_with(file, (*callee, args)), 0)?,
    };
    Some(written(&name, (params, returns), (active, doc)))
}

/// Whether the cursor is between the brackets of a call.
fn is_open(summary: &Summary, it: &Expr, offset: u32) -> bool {
    match &it.kind {
        Kind::Call(callee, _) | Kind::New(callee, _) => {
            summary[*callee].span.end < offset && offset <= it.span.end.saturating_sub(1)
        }
        _ => false,
    }
}

fn named(infer: &Infer<'_>, file: FileId, callee: ExprId) -> (String, Option<String>) {
    let summary = infer.project.summary(file);
    match &summary[callee].kind {
        Kind::Member(object, name) => {
            let member = infer.member_behind(file, *object, &name.text);
            (name.text.to_string(), member.and_then(|it| it.doc).map(String::from))
        }
        Kind::Name(name, Some(binding), _) => {
            (name.to_string(), summary[*binding].doc.clone().map(String::from))
        }
        Kind::Name(name, None, _) => (name.to_string(), None),
        _ => (String::new(), None),
    }
}

fn written(
    name: &str,
    (all, returns): (Vec<String>, String),
    (active, doc): (usize, Option<String>),
) -> Signature {
    let mut label = format!("{name}(");
    let mut params = Vec::new();
    for (at, it) in all.iter().enumerate() {
        if at > 0 {
            label.push_str(", ");
        }
        params.push(label.len()..label.len() + it.len());
        label.push_str(it);
    }
    label.push_str(&format!("): {returns}"));
    let rest = all.last().is_some_and(|it| it.starts_with("..."));
    // All that follow are the last one's.
    let active = if rest { active.min(all.len() - 1) } else { active };
    Signature { label, params, active, doc }
}

impl Infer<'_> {
    /// The parameters of a constructor and what it makes; `None` for what is no class.
    fn made_by(&self, file: FileId, callee: ExprId) -> Option<(Vec<String>, String)> {
        let crate::ty::Ty::Class(at, decl) = self.expr(file, callee) else { return None };
        let summary = self.project.summary(at);
        let decl = &summary[decl];
        let constructor = decl.fields.iter().find(|it| it.name.text == "constructor");
        let params = constructor.and_then(|it| it.value).map(|it| self.expr(at, it));
        let params = params.and_then(|it| parts(self, &it, 0)).map(|it| it.0).unwrap_or_default();
        Some((params, decl.name.text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::signature;
    use crate::tests::project;

    fn said(fixture: &str, expected: Expect) {
        let (project, cursor) = project(fixture);
        let (path, offset) = cursor.unwrap();
        let out = signature(&project, &path, offset).map_or("nothing\n".to_owned(), |it| {
            let active = it.params.get(it.active).map_or("", |at| &it.label[at.clone()]);
            format!("{}\n‹{active}›\n{}\n", it.label, it.doc.unwrap_or_default())
        });
        expected.assert_eq(&out);
    }

    #[test]
    fn what_a_member_of_the_world_takes() {
        said(
            "//- apps/A/index.js\nexport default (world, app) => {\n  world.raycast(app.position, $0\n}\n",
            expect![[r#"
                raycast(origin: Vector3, direction: Vector3, maxDistance?: number, layerMask?: number): RaycastHit
                ‹direction: Vector3›
                The first body a ray meets. The answer is overwritten by the next call.
            "#]],
        );
    }

    #[test]
    fn what_is_made_decides_what_is_taken() {
        said(
            "//- apps/A/index.js\nexport default (world, app) => {\n  app.create('sky', $0)\n}\n",
            expect![[r#"
                create(nodeType: 'sky', data?: SkyInit): Sky
                ‹data?: SkyInit›
                Makes a node. It shows once it is added to something.
            "#]],
        );
    }

    #[test]
    fn what_ones_own_function_takes() {
        said(
            "//- apps/A/index.js\n/** Moves. */\nfunction move(by, fast = true) { return by * 2 }\nmove(1, $0)\n",
            expect![[r#"
                move(by: number, fast?: boolean): number
                ‹fast?: boolean›
                Moves.
            "#]],
        );
    }

    #[test]
    fn what_a_class_takes() {
        said(
            "//- apps/A/index.js\nclass Swing { constructor(angle, seconds = 1) {} }\nnew Swing($0)\nnew Swing(2)\n",
            expect![[r#"
                Swing(angle: number, seconds?: number): Swing
                ‹angle: number›

            "#]],
        );
    }

    #[test]
    fn all_that_follow() {
        said(
            "//- apps/A/index.js\nexport default (world, app) => {\n  world.query('mesh', 'ui', $0)\n}\n",
            expect![[r#"
                query(...components: keyof ComponentTypes[]): Entity[]
                ‹...components: keyof ComponentTypes[]›
                All entities that have all of these components.
            "#]],
        );
    }

    #[test]
    fn outside_of_calls_there_is_nothing() {
        said(
            "//- apps/A/index.js\nf(1) $0\n",
            expect![[r#"
            nothing
        "#]],
        );
    }
}
