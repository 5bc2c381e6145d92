//! Two kinds of one field: the same, wider, narrower, or something else.

use super::{At, Comparison, Outcome, Rule};
use crate::kind::{AssetKind, Kind};

impl Comparison<'_> {
    /// Compares the kinds of what is at `at`.
    pub(super) fn kinds(&mut self, old: &Kind, new: &Kind, at: &At<'_>) {
        match (old, new) {
            _ if old == new => (),
            (Kind::Enum { variants: was }, Kind::Enum { variants: now }) => self.variants(was, now, at),
            (Kind::List { of: was, max: most }, Kind::List { of: now, max }) => {
                self.kinds(was, now, &At { path: format!("{}[]", at.path), top: at.top });
                self.length(*most, *max, at);
            }
            (Kind::Struct { fields: was }, Kind::Struct { fields: now }) => self.fields(was, now, at),
            (Kind::Asset { kinds: was }, Kind::Asset { kinds: now }) => self.assets(was, now, at),
            (Kind::Text { .. }, Kind::Text { .. }) => {
                self.say(at, Rule::ChangeWords, Outcome::Applied, "text for another purpose");
            }
            (Kind::I32, Kind::I64) | (Kind::F32, Kind::F64) => {
                let message = format!("{} to {}: a lossless migration exists", old.name(), new.name());
                self.say(at, Rule::WidenNumber, Outcome::RequiresReset, message);
            }
            _ => {
                let message = format!("was {}, would be {}", old.name(), new.name());
                self.say(at, Rule::ChangeKind, Outcome::RequiresReset, message);
            }
        }
    }

    /// Variants are kept by their number, so one may only be added or taken away at the end.
    fn variants(&mut self, was: &[String], now: &[String], at: &At<'_>) {
        if now.starts_with(was) {
            let added = now[was.len()..].join(", ");
            let message = format!("more variants: {added}; look through what switches over it");
            self.say(at, Rule::WidenEnum, Outcome::Applied, message);
        } else if was.starts_with(now) {
            let gone = was[now.len()..].join(", ");
            self.if_fits(at, Rule::Tighten, &format!("fewer variants: {gone} gone"));
        } else {
            let message = "variants renamed, reordered or put in between; add them at the end";
            self.say(at, Rule::ChangeKind, Outcome::RequiresReset, message);
        }
    }

    fn length(&mut self, was: Option<u32>, now: Option<u32>, at: &At<'_>) {
        let endless = |it: Option<u32>| it.unwrap_or(u32::MAX);
        match endless(now).cmp(&endless(was)) {
            std::cmp::Ordering::Equal => (),
            std::cmp::Ordering::Greater => {
                self.say(at, Rule::Loosen, Outcome::Applied, "the list may be longer");
            }
            std::cmp::Ordering::Less => self.if_fits(at, Rule::Tighten, "the list may not be as long"),
        }
    }

    fn assets(&mut self, was: &[AssetKind], now: &[AssetKind], at: &At<'_>) {
        // No kinds: any will do.
        let wider = now.is_empty() || !was.is_empty() && was.iter().all(|it| now.contains(it));
        if wider {
            self.say(at, Rule::Loosen, Outcome::Applied, "more kinds of assets");
        } else {
            self.if_fits(at, Rule::Tighten, "other kinds of assets");
        }
    }
}
