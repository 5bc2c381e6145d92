//! What may differ between two runs of the same conversation, each with a name. Everything else must be equal, key order included.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bowline_wire::Value as Js;

/// Members that tell the time, or how long something took.
const TIMES: [&str; 8] =
    ["acquiredAt", "ageMs", "expiresInMs", "createdAt", "timestamp", "uptime", "updatedAt", "serverTime"];

/// A place where we refuse what the real server took: the entry of the table of differences that says
/// so, and what we answer.
pub(crate) struct Safety {
    note: &'static str,
    pub(crate) difference: &'static str,
    pub(crate) error: &'static str,
    pub(crate) response: (u16, &'static str),
}

const SAFETIES: [Safety; 3] = [
    Safety {
        note: "bad script field: asset value with traversal (accepted?)",
        difference: "climbing_asset",
        error: "invalid_script_files",
        response: (0, ""),
    },
    Safety {
        note: "blueprint ids are not checked: id with ../",
        difference: "unstorable_id",
        error: "invalid_payload",
        // It was not added, so it cannot be deleted.
        response: (404, "{\"error\":\"not_found\"}"),
    },
    Safety {
        note: "check with ../ : tells about files outside the asset folder",
        difference: "upload_check_outside",
        error: "",
        response: (200, "{\"exists\":false}"),
    },
];

/// What is refused below this note of the recordings.
pub(crate) fn safety(note: &str) -> Option<&'static Safety> {
    SAFETIES.iter().find(|it| it.note == note)
}

pub(crate) struct Rules {
    addr: SocketAddr,
    /// The real server's random ids and ours.
    ids: Vec<(String, String)>,
    used: BTreeSet<&'static str>,
}

impl Rules {
    pub(crate) fn new(addr: SocketAddr) -> Rules {
        Rules { addr, ids: Vec::new(), used: BTreeSet::new() }
    }

    /// Which differences were passed over, by rule.
    pub(crate) fn report(&self) -> String {
        self.used.iter().map(|rule| format!("rule {rule}\n")).collect()
    }

    /// A difference that the table of differences explains.
    pub(crate) fn passed(&mut self, difference: &'static str) {
        assert!(
            bowline_host::differences::DIFFERENCES.iter().any(|it| it.name == difference),
            "{difference}"
        );
        self.used(difference);
    }

    fn used(&mut self, rule: &'static str) -> bool {
        self.used.insert(rule);
        true
    }

    /// Puts our ids where the recorded client sent the real server's. Both are uuids, so bytes do.
    pub(crate) fn to_ours(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (theirs, ours) in &self.ids {
            let places: Vec<usize> =
                (0..bytes.len()).filter(|at| bytes[*at..].starts_with(theirs.as_bytes())).collect();
            for at in places {
                bytes[at..at + ours.len()].copy_from_slice(ours.as_bytes());
            }
        }
        bytes
    }

    pub(crate) fn same_body(&mut self, theirs: &[u8], ours: &[u8]) -> bool {
        if theirs == ours {
            return true;
        }
        match (crate::json(theirs), crate::json(ours)) {
            (Some(theirs), Some(ours)) => self.same("", &Js::from(&theirs), &Js::from(&ours)),
            _ => false,
        }
    }

    pub(crate) fn same_frame(&mut self, theirs: &Js, ours: &Js) -> bool {
        self.same("", theirs, ours)
    }

    fn same(&mut self, key: &str, theirs: &Js, ours: &Js) -> bool {
        match (theirs, ours) {
            (Js::Object(theirs), Js::Object(ours)) => {
                theirs.len() == ours.len()
                    && theirs.iter().zip(ours).all(|((a, x), (b, y))| a == b && self.same(a, x, y))
            }
            (Js::Array(theirs), Js::Array(ours)) => {
                theirs.len() == ours.len() && theirs.iter().zip(ours).all(|(x, y)| self.same(key, x, y))
            }
            _ if theirs == ours => true,
            (Js::Int(_) | Js::Float(_), Js::Int(_) | Js::Float(_)) => {
                TIMES.contains(&key) && self.used("time")
            }
            (Js::Str(theirs), Js::Str(ours)) => self.same_text(key, theirs, ours),
            _ => false,
        }
    }

    fn same_text(&mut self, key: &str, theirs: &str, ours: &str) -> bool {
        if TIMES.contains(&key) && theirs.len() == ours.len() {
            return self.used("time");
        }
        if is_uuid(theirs) && is_uuid(ours) {
            return self.same_id(theirs, ours);
        }
        let address = self.addr.to_string();
        without_address(theirs) == ours.replace(&address, "WORLD_HOST") && self.used("address")
    }

    /// The first time two ids meet they become a pair; afterwards they must meet again.
    fn same_id(&mut self, theirs: &str, ours: &str) -> bool {
        match self.ids.iter().find(|(a, b)| a == theirs || b == ours) {
            Some((a, b)) => a == theirs && b == ours && self.used("id"),
            None => {
                self.ids.push((theirs.to_owned(), ours.to_owned()));
                self.used("id")
            }
        }
    }

    pub(crate) fn same_header(&mut self, name: &str, theirs: Option<&String>, ours: Option<&String>) -> bool {
        let immutable = ours.is_some_and(|it| it.ends_with("immutable"));
        let max_age = theirs.is_some_and(|it| it == "public, max-age=0");
        name == "cache-control" && immutable && max_age && self.used("immutable_assets")
    }
}

/// The recorder replaced its address in texts, but not in the bytes of frames.
fn without_address(text: &str) -> String {
    match text.split_once("127.0.0.1:") {
        Some((before, after)) => {
            format!("{before}WORLD_HOST{}", after.trim_start_matches(|it: char| it.is_ascii_digit()))
        }
        None => text.to_owned(),
    }
}

fn is_uuid(text: &str) -> bool {
    let shape = |(at, it): (usize, char)| {
        if [8, 13, 18, 23].contains(&at) { it == '-' } else { it.is_ascii_hexdigit() }
    };
    text.len() == 36 && text.char_indices().all(shape)
}
