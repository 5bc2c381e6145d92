//! What stands at a place: the one answer that hover, definition, references and rename share.

use bowline_model::ProjectPath;
use smol_str::SmolStr;

use crate::infer::{Infer, Member, Origin, events};
use crate::project::{FileId, Project, WORLD};
use crate::summary::{BindingId, DeclId, ExprId, Kind, Note, ScopeId};
use crate::text::Span;
use crate::ty::Ty;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The letters it is written with, there.
    pub span: Span,
    /// What it is.
    pub what: What,
}

/// What something is.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A name of a file; of [`WORLD`] one that every script has.
    Binding(FileId, BindingId),
    /// A member of a value.
    Member(Member),
    /// A type that has a name.
    Decl(FileId, DeclId),
    /// Another file.
    Module(FileId),
    /// A component.
    Component(SmolStr),
    /// An event that scripts made up.
    Event(SmolStr),
}

/// What stands at `offset` of `path`.
#[must_use]
pub fn target(project: &Project, path: &ProjectPath, offset: u32) -> Option<Target> {
    let file = project.id(path)?;
    let look = Look { infer: &Infer::new(project), file, offset };
    look.specifier()
        .or_else(|| look.text())
        .or_else(|| look.binding())
        .or_else(|| look.member())
        .or_else(|| look.name())
        .or_else(|| look.key())
        .or_else(|| look.declared())
        .or_else(|| look.note())
}

struct Look<'a> {
    infer: &'a Infer<'a>,
    file: FileId,
    offset: u32,
}

impl<'a> Look<'a> {
    fn summary(&self) -> &'a crate::summary::Summary {
        self.infer.project.summary(self.file)
    }

    fn here(&self, span: Span, what: What) -> Target {
        Target { span, what }
    }

    fn specifier(&self) -> Option<Target> {
        let summary = self.summary();
        let import = summary.imports.iter().find(|it| it.specifier.span.touches(self.offset))?;
        let file = self.infer.project.imported(self.file, &import.specifier.text)?;
        Some(self.here(import.specifier.span, What::Module(file)))
    }

    /// A text that names a component or an event.
    fn text(&self) -> Option<Target> {
        let summary = self.summary();
        let at = summary.expr_at(self.offset, |it| matches!(it.kind, Kind::Text(_)))?;
        let Kind::Text(text) = &summary[at].kind else { return None };
        let span = inside(summary[at].span);
        let found = self.infer.text_names(self.file, at)?;
        Some(self.here(span, if found { What::Component(text.clone()) } else { What::Event(text.clone()) }))
    }

    /// Where a name is given.
    fn binding(&self) -> Option<Target> {
        let summary = self.summary();
        let at = summary.bindings.iter().position(|it| it.name.span.touches(self.offset))?;
        let id = BindingId(u32::try_from(at).ok()?);
        Some(self.here(summary[id].name.span, What::Binding(self.file, id)))
    }

    fn member(&self) -> Option<Target> {
        let summary = self.summary();
        let at = summary.expr_at(self.offset, |it| match &it.kind {
            Kind::Member(_, name) => name.span.touches(self.offset),
            _ => false,
        })?;
        let Kind::Member(object, name) = &summary[at].kind else { return None };
        let member = self.infer.member_behind(self.file, *object, &name.text)?;
        Some(self.here(name.span, What::Member(member)))
    }

    fn name(&self) -> Option<Target> {
        let summary = self.summary();
        let at = summary.expr_at(self.offset, |it| matches!(it.kind, Kind::Name(..)))?;
        let span = summary[at].span;
        match &summary[at].kind {
            Kind::Name(_, Some(binding), _) => Some(self.here(span, What::Binding(self.file, *binding))),
            Kind::Name(name, None, _) => {
                let found = self.infer.project.summary(WORLD).find(name, ScopeId(0), u32::MAX)?;
                Some(self.here(span, What::Binding(WORLD, found)))
            }
            _ => None,
        }
    }

    /// A key of an object literal: of the type that is wanted there, else its own.
    fn key(&self) -> Option<Target> {
        let summary = self.summary();
        let touched = |it: &Kind| match it {
            Kind::Object(all) => all.iter().find(|it| it.name.span.touches(self.offset)).cloned(),
            _ => None,
        };
        let at = summary.expr_at(self.offset, |it| touched(&it.kind).is_some())?;
        let name = touched(&summary[at].kind)?.name;
        let wanted = self.infer.expected(self.file, at);
        let known = self.infer.member(&wanted, &name.text);
        let member = known.or_else(|| self.infer.member(&Ty::Object(self.file, at), &name.text))?;
        Some(self.here(name.span, What::Member(member)))
    }

    /// Where a type or one of its members is written.
    fn declared(&self) -> Option<Target> {
        let summary = self.summary();
        for (at, decl) in (0..).map(DeclId).zip(&summary.decls) {
            if decl.name.span.touches(self.offset) && !decl.name.text.is_empty() {
                return Some(self.here(decl.name.span, What::Decl(self.file, at)));
            }
            let field = decl.fields.iter().find(|it| it.name.span.touches(self.offset));
            if let Some(field) = field.filter(|it| it.name.text != "constructor") {
                let whole = Ty::Named(self.file, at, crate::ty::Env::default());
                let member = self.infer.member(&whole, &field.name.text)?;
                return Some(self.here(field.name.span, What::Member(member)));
            }
        }
        None
    }

    /// A type that is written beside something.
    fn note(&self) -> Option<Target> {
        let summary = self.summary();
        let word = summary.notes.iter().find_map(|it| match it {
            Note::Named(word, _) if word.span.touches(self.offset) => Some(word),
            _ => None,
        })?;
        let (file, decl) = self.infer.decl_of(self.file, &word.text)?;
        Some(self.here(word.span, What::Decl(file, decl)))
    }
}

/// A text without its quotes.
pub(crate) fn inside(span: Span) -> Span {
    Span { start: span.start + 1, end: span.end.saturating_sub(1).max(span.start + 1) }
}

impl Infer<'_> {
    /// What a text names: a component (`true`) or an event.
    pub(crate) fn text_names(&self, file: FileId, at: ExprId) -> Option<bool> {
        let summary = self.project.summary(file);
        let Kind::Text(text) = &summary[at].kind else { return None };
        let components = self.world_type("ComponentTypes");
        let is_component = self.expected(file, at).parts().iter().any(|it| match it {
            Ty::Keys(of) => **of == components && self.member(of, text).is_some(),
            _ => false,
        });
        if is_component {
            return Some(true);
        }
        events(summary).any(|it| it.at == at).then_some(false)
    }

    /// The member that `object.name` means.
    #[must_use]
    pub fn member_behind(&self, file: FileId, object: ExprId, name: &str) -> Option<Member> {
        let ty = self.expr(file, object);
        self.member(&ty, name)
            .or_else(|| self.member_written(file, object, name))
            .or_else(|| self.members_of(file, object).into_iter().find(|it| it.name == name))
    }

    /// The type a name means among types.
    pub(crate) fn decl_of(&self, file: FileId, name: &str) -> Option<(FileId, DeclId)> {
        let summary = self.project.summary(file);
        if let Some(decl) = summary.decl(name) {
            return Some((file, decl));
        }
        match self.imported_type(file, name, &crate::ty::Env::default()) {
            Some(Ty::Named(file, decl, _)) => Some((file, decl)),
            _ => self.project.summary(WORLD).decl(name).map(|it| (WORLD, it)),
        }
    }

    /// Where a thing is written.
    #[must_use]
    pub fn origins(&self, what: &What) -> Vec<Origin> {
        let place = |file: FileId, span: Span| vec![Origin { file, span }];
        match what {
            What::Binding(file, id) => self.binding_origins(*file, *id),
            What::Member(member) => vec![member.origin],
            What::Decl(file, decl) => place(*file, self.project.summary(*file)[*decl].name.span),
            What::Module(file) => place(*file, Span::default()),
            What::Component(name) => self.component_origins(name),
            What::Event(name) => self.event_origins(name),
        }
    }

    /// An import is written where it is exported.
    fn binding_origins(&self, file: FileId, id: BindingId) -> Vec<Origin> {
        let it = &self.project.summary(file)[id];
        let here = Origin { file, span: it.name.span };
        vec![self.export_origin(file, id).unwrap_or(here)]
    }

    fn component_origins(&self, name: &str) -> Vec<Origin> {
        let path = ProjectPath::parse(&format!("schemas/{name}.json")).ok();
        if let Some(file) = path.and_then(|it| self.project.id(&it)) {
            return vec![Origin { file, span: Span::default() }];
        }
        let all = self.world_type("ComponentTypes");
        self.member(&all, name).into_iter().map(|it| it.origin).collect()
    }

    fn event_origins(&self, name: &str) -> Vec<Origin> {
        let sends = self.project.all().flat_map(|(file, it)| {
            let summary = it.summary();
            let here = events(summary).filter(|it| it.sends && it.name == name);
            here.map(|it| Origin { file, span: inside(summary[it.at].span) }).collect::<Vec<_>>()
        });
        sends.collect()
    }
}
