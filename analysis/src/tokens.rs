//! What the words of a file are, for editors that colour them: only what a grammar cannot know.

use bowline_model::ProjectPath;

use crate::infer::Infer;
use crate::project::{FileId, Project, WORLD};
use crate::summary::{Binding, BindingId, BindingKind, Kind, Note};
use crate::syntax::placeholder::HERE;
use crate::target::inside;
use crate::text::Span;
use crate::ty::Ty;

/// A word and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    /// The word.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
    /// Whether the world gives it.
    pub of_world: bool,
    /// Whether it cannot be assigned.
    pub readonly: bool,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A variable.
    Variable,
    /// A parameter.
    Parameter,
    /// A function.
    Function,
    /// A class.
    Class,
    /// A member that is called.
    Method,
    /// A member that is a value.
    Property,
    /// A type.
    Type,
    /// A text that names a component.
    Component,
    /// A text that names an event.
    Event,
}

/// The words of `path`, in the order of the text.
#[must_use]
pub fn tokens(project: &Project, path: &ProjectPath) -> Vec<Token> {
    let Some(file) = project.id(path) else { return Vec::new() };
    let infer = Infer::new(project);
    let summary = project.summary(file);
    let bound = |id: BindingId, span: Span| {
        let token = of_binding(&summary[id], span, false);
        let ty = (summary[id].kind == BindingKind::Import).then(|| infer.binding(file, id));
        match ty {
            Some(Ty::Function(..)) => Token { kind: TokenKind::Function, ..token },
            Some(Ty::Class(..)) => Token { kind: TokenKind::Class, ..token },
            _ => token,
        }
    };
    let given = (0..).map(BindingId).zip(&summary.bindings);
    let mut found: Vec<Token> = given.map(|(id, it)| bound(id, it.name.span)).collect();
    for (at, expr) in (0..).map(crate::summary::ExprId).zip(&summary.exprs) {
        infer.again();
        match &expr.kind {
            Kind::Name(_, Some(binding), _) => found.push(bound(*binding, expr.span)),
            Kind::Name(name, None, _) => {
                let world = project.summary(WORLD);
                if let Some(it) = world.find(name, crate::summary::ScopeId(0), u32::MAX) {
                    found.push(of_binding(&world[it], expr.span, true));
                }
            }
            Kind::Member(object, name) => {
                found.push(of_member(&infer, (file, *object), (&name.text, name.span)))
            }
            Kind::Text(_) => found.extend(infer.text_names(file, at).map(|component| Token {
                span: inside(expr.span),
                kind: if component { TokenKind::Component } else { TokenKind::Event },
                of_world: component,
                readonly: false,
            })),
            _ => (),
        }
    }
    found.extend(summary.notes.iter().filter_map(|it| match it {
        Note::Named(word, _) | Note::Foreign(_, word) => Some(Token {
            span: word.span,
            kind: TokenKind::Type,
            of_world: summary.decl(&word.text).is_none() && project.summary(WORLD).decl(&word.text).is_some(),
            readonly: false,
        }),
        _ => None,
    }));
    let text = project.file(file).map(|it| it.text.clone());
    // What was put where a name is missing is nobody's word.
    let is_there = |it: &Token| text.as_ref().is_some_and(|text| text.slice(it.span) != HERE);
    found.retain(|it| it.span.end > it.span.start && is_there(it));
    found.sort();
    // Where two things are one word, the first is enough.
    found.dedup_by(|later, earlier| later.span.start < earlier.span.end);
    found
}

fn of_binding(it: &Binding, span: Span, of_world: bool) -> Token {
    let kind = match it.kind {
        BindingKind::Constant | BindingKind::Variable | BindingKind::Import => TokenKind::Variable,
        BindingKind::Param => TokenKind::Parameter,
        BindingKind::Function => TokenKind::Function,
        BindingKind::Class => TokenKind::Class,
    };
    Token { span, kind, of_world, readonly: it.kind == BindingKind::Constant }
}

fn of_member(
    infer: &Infer<'_>,
    (file, object): (FileId, crate::summary::ExprId),
    (name, span): (&str, Span),
) -> Token {
    let member = infer.member(&infer.expr(file, object), name);
    let called =
        |it: &crate::infer::Member| it.method || matches!(it.ty, Ty::Function(..) | Ty::Signature(..));
    Token {
        span,
        kind: if member.as_ref().is_some_and(called) { TokenKind::Method } else { TokenKind::Property },
        of_world: member.as_ref().is_some_and(|it| it.origin.file == WORLD),
        readonly: member.is_some_and(|it| it.readonly),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::tokens;
    use crate::tests::project;

    #[test]
    fn words_are_what_they_mean() {
        let (project, _) = project(
            "//- apps/A/index.ts\nimport { step } from './x.ts'\nexport default (world: World, app: App) => {\n  const t = app.entity.get('transform')\n  app.on('door', () => step(t))\n  console.log(world.isServer)\n}\n//- apps/A/x.ts\nexport function step() {}\n",
        );
        let (_, file) = project.all().next().unwrap();
        let mut out = String::new();
        for it in tokens(&project, &file.path) {
            let marks = [(it.of_world, " world"), (it.readonly, " readonly")];
            let marks: String = marks.iter().filter(|it| it.0).map(|it| it.1).collect();
            out += &format!("{} {:?}{marks}\n", file.text.slice(it.span), it.kind);
        }
        expect![[r#"
            step Function
            world Parameter
            World Type world
            app Parameter
            App Type world
            t Variable readonly
            app Parameter
            entity Property world readonly
            get Method world
            transform Component world
            app Parameter
            on Method world
            door Event
            step Function
            t Variable readonly
            console Variable world readonly
            log Method world
            world Parameter
            isServer Property world readonly
        "#]]
        .assert_eq(&out);
    }
}
