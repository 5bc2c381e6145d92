//! Events of one's own: what is sent with them is what their listeners are handed.

use std::rc::Rc;

use super::{Infer, widened};
use crate::project::FileId;
use crate::summary::{ExprId, Kind, Summary};
use crate::ty::Ty;

/// Members that send an event, and which argument is its name.
const SENDERS: [(&str, usize); 3] = [("send", 0), ("emit", 0), ("sendTo", 1)];

/// Members that listen.
pub(crate) const LISTENERS: [&str; 3] = ["on", "once", "off"];

/// More places that send the same event are not looked at.
const SENDS_MAX: usize = 4;

/// A place where an event is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventUse<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// The text that names it.
    pub(crate) at: ExprId,
    /// What is sent, for those who send.
    pub(crate) payload: Option<ExprId>,
    /// Whether it is sent here.
    pub(crate) sends: bool,
}

/// Where `summary` names events.
pub(crate) fn events(summary: &Summary) -> impl Iterator<Item = EventUse<'_>> {
    summary.namers().iter().filter_map(move |it| {
        let Kind::Call(callee, args) = &summary[*it].kind else { return None };
        let Kind::Member(_, member) = &summary[*callee].kind else { return None };
        let sender = SENDERS.iter().find(|it| it.0 == member.text);
        let at = match sender {
            Some((_, at)) => *at,
            None if LISTENERS.contains(&&*member.text) => 0,
            None => return None,
        };
        let text = *args.get(at)?;
        let Kind::Text(name) = &summary[text].kind else { return None };
        let payload = sender.and_then(|_| args.get(at + 1).copied());
        Some(EventUse { name, at: text, payload, sends: sender.is_some() })
    })
}

impl Infer<'_> {
    /// What a listener of an event of one's own is handed: as a list, because that is what is known.
    pub(super) fn event_callback(
        &self,
        file: FileId,
        (callee, args): (ExprId, &[ExprId]),
        argument: u32,
    ) -> Ty {
        let summary = self.summary(file);
        let Kind::Member(_, member) = &summary[callee].kind else { return Ty::Unknown };
        if argument != 1 || !LISTENERS.contains(&&*member.text) {
            return Ty::Unknown;
        }
        let Some(Kind::Text(name)) = args.first().map(|it| &summary[*it].kind) else { return Ty::Unknown };
        let sent = self.project.all().flat_map(|(file, it)| {
            let payloads = events(it.summary()).filter(|it| it.sends && it.name == name);
            payloads.filter_map(|it| it.payload).map(move |it| (file, it)).collect::<Vec<_>>()
        });
        let payload = Ty::one_of(sent.take(SENDS_MAX).map(|(file, it)| widened(self.expr(file, it))));
        if payload.is_open() { Ty::Unknown } else { Ty::Tuple(Rc::new(vec![payload])) }
    }
}
