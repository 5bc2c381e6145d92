//! What was set for an app: what its script asks for with `app.configure`.

use smol_str::SmolStr;

use super::members::plain;
use super::{Infer, Member, Origin};
use crate::project::{FileId, Owner, WORLD};
use crate::summary::{ExprId, Kind, Summary};
use crate::ty::Ty;

/// A field that a script asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Its key.
    pub(crate) key: SmolStr,
    /// Its type, as `app.configure` knows it.
    pub(crate) ty: SmolStr,
    /// What people see beside it.
    pub(crate) label: Option<SmolStr>,
    /// The text that is its key.
    pub(crate) at: ExprId,
}

/// The fields `summary` asks for.
pub(crate) fn asked(summary: &Summary) -> Vec<Asked> {
    let calls = summary.namers().iter().filter_map(|it| match &summary[*it].kind {
        Kind::Call(callee, args) => match &summary[*callee].kind {
            Kind::Member(_, name) if name.text == "configure" => args.first().copied(),
            _ => None,
        },
        _ => None,
    });
    let mut found = Vec::new();
    for argument in calls {
        let lists: Vec<ExprId> = match &summary[argument].kind {
            Kind::Function(function) => summary[*function].returns.clone(),
            _ => vec![argument],
        };
        for list in lists {
            if let Kind::List(items) = &summary[list].kind {
                found.extend(items.iter().filter_map(|it| field(summary, *it)));
            }
        }
    }
    found
}

fn field(summary: &Summary, expr: ExprId) -> Option<Asked> {
    let Kind::Object(all) = &summary[expr].kind else { return None };
    let value = |name: &str| all.iter().find(|it| it.name.text == name).map(|it| it.value);
    let text = |name: &str| match &summary[value(name)?].kind {
        Kind::Text(text) => Some(text.clone()),
        _ => None,
    };
    Some(Asked { key: text("key")?, ty: text("type")?, label: text("label"), at: value("key")? })
}

impl Infer<'_> {
    pub(super) fn of_props(&self, app: &str, (only, give): (Option<&str>, &mut dyn FnMut(Member))) {
        let values = self.world_type("ConfigureValues");
        for (file, it) in self.files_of(app) {
            let summary = self.project.summary(file);
            for asked in asked(it) {
                if only.is_some_and(|only| asked.key != only) {
                    continue;
                }
                let ty = self.member(&values, &asked.ty).map_or(Ty::Any, |it| it.ty);
                let span = summary[asked.at].span;
                let doc = asked.label.map(|it| it.as_str().into());
                give(Member { doc, optional: true, ..plain(asked.key, ty, Origin { file, span }) });
            }
        }
        // What stands in the app's blueprints, and what a script says `Props` are.
        self.of_blueprints(app, (only, give));
    }

    /// The scripts of an app.
    pub(crate) fn files_of(&self, app: &str) -> Vec<(FileId, &Summary)> {
        let all = self.project.all().filter(|(_, it)| Owner::of(&it.path).is_some_and(|it| it.app == app));
        all.map(|(id, it)| (id, &**it.summary())).collect()
    }

    fn of_blueprints(&self, app: &str, (only, give): (Option<&str>, &mut dyn FnMut(Member))) {
        for (file, summary) in self.files_of(app) {
            let is_json = self.project.file(file).is_some_and(|it| it.path.extension() == Some("json"));
            let root = summary.exprs.len().checked_sub(1).and_then(|it| u32::try_from(it).ok());
            let Some(root) = root.filter(|_| is_json && file != WORLD) else { continue };
            if let Some(props) = self.member(&Ty::Object(file, ExprId(root)), "props") {
                for it in self.members(&props.ty) {
                    if only.is_none_or(|only| it.name == only) {
                        give(it);
                    }
                }
            }
        }
    }
}
