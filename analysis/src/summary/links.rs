//! [`Links`]: who belongs to whom, the other way round. So that no question walks a whole file.

use std::collections::BTreeMap;

use super::{BindingId, ExprId, FunctionId, Kind, Source, Summary};

/// Members by which events are named and fields are asked for.
const NAMERS: [&str; 7] = ["on", "once", "off", "send", "sendTo", "emit", "configure"];

/// Everything that is looked up from behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    /// Of what is assigned, what it is assigned to.
    targets: BTreeMap<ExprId, ExprId>,
    /// Of what is assigned to, what it becomes; of several the first.
    values: BTreeMap<ExprId, ExprId>,
    /// Of what a name is given with, the name.
    names: BTreeMap<ExprId, BindingId>,
    /// Where each function is written.
    functions: BTreeMap<FunctionId, ExprId>,
    /// Calls of [`NAMERS`].
    namers: Vec<ExprId>,
}

impl Links {
    pub(super) fn of(summary: &Summary) -> Links {
        let mut links = Links::default();
        for write in &summary.writes {
            links.targets.entry(write.value).or_insert(write.target);
            links.values.entry(write.target).or_insert(write.value);
        }
        for (at, binding) in (0..).map(BindingId).zip(&summary.bindings) {
            for source in &binding.sources {
                if let Source::Value(value) = summary[*source] {
                    links.names.entry(value).or_insert(at);
                }
            }
        }
        for (at, expr) in (0..).map(ExprId).zip(&summary.exprs) {
            match &expr.kind {
                Kind::Function(function) => drop(links.functions.entry(*function).or_insert(at)),
                Kind::Call(callee, _) => match &summary[*callee].kind {
                    Kind::Member(_, name) if NAMERS.contains(&&*name.text) => links.namers.push(at),
                    _ => (),
                },
                _ => (),
            }
        }
        links
    }
}

impl Summary {
    /// What `value` is assigned to.
    pub(crate) fn target_of(&self, value: ExprId) -> Option<ExprId> {
        self.links.targets.get(&value).copied()
    }

    /// What is assigned to `target`.
    pub(crate) fn value_of(&self, target: ExprId) -> Option<ExprId> {
        self.links.values.get(&target).copied()
    }

    /// The name that `value` is given to.
    pub(crate) fn name_of(&self, value: ExprId) -> Option<BindingId> {
        self.links.names.get(&value).copied()
    }

    /// Where a function is written.
    pub(crate) fn expr_of(&self, function: FunctionId) -> Option<ExprId> {
        self.links.functions.get(&function).copied()
    }

    /// Calls that name an event or ask for fields.
    pub(crate) fn namers(&self) -> &[ExprId] {
        &self.links.namers
    }
}
