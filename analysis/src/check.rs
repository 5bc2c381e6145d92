//! What is certainly wrong about components, fields and nodes that a script names.
//!
//! Strict where completion is generous: a finding needs a value whose type the world itself says, and a
//! literal that stands in the text. What values may be is asked of the schema's own validator, so that
//! a finding has the code the world would answer with. Syntax and imports are [`bowline_script`]'s.

use bowline_model::ProjectPath;
use bowline_schema::check::{check_field, check_values};
use bowline_schema::nearest::did_you_mean;
use bowline_schema::{Component, Problem};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::infer::Infer;
use crate::project::{FileId, Project, WORLD};
use crate::summary::{ExprId, Kind, Summary};
use crate::target::inside;
use crate::text::Span;
use crate::ty::Ty;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub span: Span,
    /// Stable and searchable: `unknown_component`.
    pub code: &'static str,
    /// One sentence, no full stop.
    pub message: String,
    /// What to do next, if we know.
    pub help: Option<String>,
}

/// What is wrong in `path`, in the order of the text.
#[must_use]
pub fn check(project: &Project, path: &ProjectPath) -> Vec<Finding> {
    let Some(file) = project.id(path) else { return Vec::new() };
    let checker = Checker { infer: Infer::new(project), file };
    let summary = project.summary(file);
    let mut found = Vec::new();
    for (at, expr) in (0..).map(ExprId).zip(&summary.exprs) {
        checker.infer.again();
        match &expr.kind {
            Kind::Text(text) => found.extend(checker.text(at, text)),
            Kind::Member(object, name) => found.extend(checker.field(*object, &name.text, name.span)),
            Kind::Call(callee, args) => found.extend(checker.values(*callee, args)),
            _ => (),
        }
    }
    for write in &summary.writes {
        found.extend(checker.written(write.target, write.value));
    }
    found.sort();
    found.dedup();
    found
}

struct Checker<'a> {
    infer: Infer<'a>,
    file: FileId,
}

impl Checker<'_> {
    fn summary(&self) -> &Summary {
        self.infer.project.summary(self.file)
    }

    fn components(&self) -> impl Iterator<Item = &str> {
        self.infer.project.world.snapshot.components().iter().map(Component::name)
    }

    /// A text where the name of a component or a node type is wanted.
    fn text(&self, at: ExprId, text: &SmolStr) -> Option<Finding> {
        let Ty::Keys(of) = self.infer.expected(self.file, at) else { return None };
        let span = inside(self.summary()[at].span);
        if *of == self.infer.world_type("ComponentTypes") {
            let problem = self.infer.project.world.snapshot.component(text).err()?;
            return Some(finding(span, problem));
        }
        if *of == self.infer.world_type("NodeTypes") && self.infer.member(&of, text).is_none() {
            let known: Vec<SmolStr> = self.infer.members(&of).into_iter().map(|it| it.name).collect();
            let help = did_you_mean(text, known.iter().map(SmolStr::as_str));
            let message = format!("there is no node type `{text}`");
            return Some(Finding { span, code: "unknown_node_type", message, help });
        }
        None
    }

    /// The component a value is a handle of, if it is nothing else.
    fn component(&self, ty: &Ty) -> Option<&Component> {
        let Ty::Named(WORLD, decl, _) = ty else { return None };
        let title = &self.infer.project.summary(WORLD)[*decl].name.text;
        if !title.ends_with("Component") {
            return None;
        }
        let all = self.infer.world_type("ComponentTypes");
        let name = self.components().find(|it| self.infer.member(&all, it).is_some_and(|it| it.ty == *ty))?;
        self.infer.project.world.snapshot.component(name).ok()
    }

    /// `handle.field`, where the component has no such field.
    fn field(&self, object: ExprId, name: &str, span: Span) -> Option<Finding> {
        let component = self.component(&self.infer.expr(self.file, object))?;
        if component.field(name).is_some() || name == crate::syntax::placeholder::HERE {
            return None;
        }
        let values = Map::from_iter([(name.to_owned(), Value::Null)]);
        let problem = check_values(&values, component).into_iter().find(|it| it.code == "unknown_field")?;
        Some(finding(span, problem))
    }

    /// `handle.field = literal`.
    fn written(&self, target: ExprId, value: ExprId) -> Vec<Finding> {
        let Kind::Member(object, name) = &self.summary()[target].kind else { return Vec::new() };
        let component = self.component(&self.infer.expr(self.file, *object));
        let field = component.and_then(|it| it.field(&name.text));
        let (Some(field), Some(literal)) = (field, self.literal(value)) else { return Vec::new() };
        let problems = check_field(&literal, field);
        problems.into_iter().map(|it| finding(self.place(value, (&it.pointer, it.code)), it)).collect()
    }

    /// `entity.add('door', { … })`.
    fn values(&self, callee: ExprId, args: &[ExprId]) -> Vec<Finding> {
        let [name, values] = args else { return Vec::new() };
        let summary = self.summary();
        let (Kind::Member(object, member), Kind::Text(name)) = (&summary[callee].kind, &summary[*name].kind)
        else {
            return Vec::new();
        };
        let is_entity = self.infer.expr(self.file, *object) == self.infer.world_type("Entity");
        let component = self.infer.project.world.snapshot.component(name).ok();
        let (Some(component), Kind::Object(all)) = (component.filter(|_| is_entity), &summary[*values].kind)
        else {
            return Vec::new();
        };
        if member.text != "add" {
            return Vec::new();
        }
        // What is no literal is not looked at; its neighbours are.
        let literals = all.iter().filter(|it| !it.name.text.is_empty());
        let values_of: Map<String, Value> = literals
            .map(|it| {
                let known = component.field(&it.name.text);
                let value = self.literal(it.value).or_else(|| known.map(bowline_schema::Field::initial));
                (it.name.text.to_string(), value.unwrap_or_default())
            })
            .collect();
        let problems = check_values(&values_of, component);
        problems.into_iter().map(|it| finding(self.place(*values, (&it.pointer, it.code)), it)).collect()
    }

    /// Where in a literal a pointer leads: to a value, or to the key that should not be there.
    fn place(&self, expr: ExprId, (pointer, code): (&str, &str)) -> Span {
        let summary = self.summary();
        let Some((first, rest)) = pointer.strip_prefix('/').map(|it| it.split_once('/').unwrap_or((it, "")))
        else {
            return summary[expr].span;
        };
        let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
        match &summary[expr].kind {
            Kind::Object(all) => {
                let Some(it) = all.iter().find(|it| it.name.text == first) else { return summary[expr].span };
                let is_key = rest.is_empty() && code == "unknown_field";
                if is_key { it.name.span } else { self.place(it.value, (&rest, code)) }
            }
            Kind::List(items) => match first.parse().ok().and_then(|it: usize| items.get(it)) {
                Some(item) => self.place(*item, (&rest, code)),
                None => summary[expr].span,
            },
            _ => summary[expr].span,
        }
    }

    /// What is written out whole; `None` if any part has to be calculated.
    fn literal(&self, expr: ExprId) -> Option<Value> {
        let summary = self.summary();
        let text = self.infer.project.file(self.file)?.text.slice(summary[expr].span).to_owned();
        match &summary[expr].kind {
            Kind::Text(text) => Some(Value::String(text.to_string())),
            Kind::Number => text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(|it| {
                // Whole numbers are whole in JSON.
                text.parse::<i64>().map_or(Value::Number(it), Value::from)
            }),
            Kind::Truth => text.parse::<bool>().ok().map(Value::Bool),
            Kind::Nothing => Some(Value::Null),
            Kind::List(items) => items.iter().map(|it| self.literal(*it)).collect(),
            Kind::Object(all) => {
                let parts = all.iter().map(|it| Some((it.name.text.to_string(), self.literal(it.value)?)));
                parts.collect::<Option<Map<String, Value>>>().map(Value::Object)
            }
            _ => None,
        }
    }
}

fn finding(span: Span, problem: Problem) -> Finding {
    let Problem { code, message, expected, help, .. } = problem;
    let message = match expected {
        Some(expected) => format!("{message}, expected {expected}"),
        None => message,
    };
    Finding { span, code, message, help }
}

#[cfg(test)]
mod tests;
