//! A [`Ty`] as people write it.

use crate::infer::Infer;
use crate::summary::{Note, ParamNote};
use crate::ty::Ty;

/// Deeper is `…`.
const DEPTH_MAX: u32 = 3;

/// More members of an object are `…`.
const MEMBERS_MAX: usize = 6;

/// `ty` in words of TypeScript.
#[must_use]
pub fn show(infer: &Infer<'_>, ty: &Ty) -> String {
    at_depth(infer, ty, 0)
}

fn at_depth(infer: &Infer<'_>, ty: &Ty, depth: u32) -> String {
    if depth > DEPTH_MAX {
        return "…".to_owned();
    }
    let inner = |it: &Ty| at_depth(infer, it, depth + 1);
    match ty {
        Ty::Unknown => "unknown".to_owned(),
        Ty::Any => "any".to_owned(),
        Ty::Nothing => "null".to_owned(),
        Ty::Truth => "boolean".to_owned(),
        Ty::Number => "number".to_owned(),
        Ty::Text => "string".to_owned(),
        Ty::Literal(text) => format!("'{text}'"),
        Ty::Named(file, decl, env) => {
            let it = &infer.project.summary(*file)[*decl];
            let args: Vec<String> = it
                .generics
                .iter()
                .filter_map(|name| env.iter().find(|it| it.0 == name.0))
                .map(|it| inner(&it.1))
                .collect();
            if args.is_empty() {
                it.name.text.to_string()
            } else {
                format!("{}<{}>", it.name.text, args.join(", "))
            }
        }
        Ty::Class(file, decl) => format!("typeof {}", infer.project.summary(*file)[*decl].name.text),
        Ty::Object(..) | Ty::Shape(..) | Ty::Module(_) | Ty::Props(_) => object(infer, ty, depth),
        Ty::Function(..) | Ty::Signature(..) => {
            let Some((params, returns)) = parts(infer, ty, depth) else { return "function".to_owned() };
            format!("({}) => {returns}", params.join(", "))
        }
        Ty::List(item) => match item.as_ref() {
            Ty::Union(_) => format!("({})[]", inner(item)),
            item => format!("{}[]", inner(item)),
        },
        Ty::Tuple(items) => format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(", ")),
        Ty::Record(value) => format!("{{ [key: string]: {} }}", inner(value)),
        Ty::Keys(of) => format!("keyof {}", inner(of)),
        Ty::Union(all) => all.iter().map(inner).collect::<Vec<_>>().join(" | "),
    }
}

/// The parameters of a function, each as it is written, and what the function gives.
pub(crate) fn parts(infer: &Infer<'_>, ty: &Ty, depth: u32) -> Option<(Vec<String>, String)> {
    let inner = |it: &Ty| at_depth(infer, it, depth + 1);
    match ty {
        Ty::Function(file, function) => {
            let it = &infer.project.summary(*file)[*function];
            let params = (0..).zip(&it.params).map(|(at, param)| {
                let rest = if param.rest { "..." } else { "" };
                let optional = if param.optional || param.default.is_some() { "?" } else { "" };
                format!("{rest}{}{optional}: {}", param.name.text, inner(&infer.param(*file, *function, at)))
            });
            Some((params.collect(), inner(&infer.returned(ty))))
        }
        Ty::Signature(file, note, env) => {
            let Note::Function(signature) = &infer.project.summary(*file)[*note] else { return None };
            let one = |it: &ParamNote| {
                let rest = if it.rest { "..." } else { "" };
                let optional = if it.optional && !it.rest { "?" } else { "" };
                let ty = it.note.map_or(Ty::Any, |it| infer.note(*file, it, env));
                format!("{rest}{}{optional}: {}", it.name, inner(&ty))
            };
            let params = signature.params.iter().map(one).collect();
            let returns = signature.returns.map_or(Ty::Nothing, |it| infer.note(*file, it, env));
            let returns = if returns == Ty::Nothing { "void".to_owned() } else { inner(&returns) };
            Some((params, returns))
        }
        _ => None,
    }
}

fn object(infer: &Infer<'_>, ty: &Ty, depth: u32) -> String {
    let members = infer.members(ty);
    if members.is_empty() {
        return "{}".to_owned();
    }
    let more = if members.len() > MEMBERS_MAX { "; …" } else { "" };
    let shown = members.iter().take(MEMBERS_MAX).map(|it| {
        let optional = if it.optional { "?" } else { "" };
        format!("{}{optional}: {}", it.name, at_depth(infer, &it.ty, depth + 1))
    });
    format!("{{ {}{more} }}", shown.collect::<Vec<_>>().join("; "))
}
