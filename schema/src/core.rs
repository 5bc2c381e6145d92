//! The core records: what every world has, as data. A file each in `core/`, in the form any other
//! component has; nothing about them is known anywhere else.
//!
//! Not here: what scripts can do with a node beside its fields; see [`crate::api`].

use crate::scope::{Entry, RecordKind};

/// Name and payload of every core component.
const PAYLOADS: [(&str, &str); 29] = [
    ("action", include_str!("core/action.json")),
    ("anchor", include_str!("core/anchor.json")),
    ("audio", include_str!("core/audio.json")),
    ("avatar", include_str!("core/avatar.json")),
    ("collider", include_str!("core/collider.json")),
    ("controller", include_str!("core/controller.json")),
    ("group", include_str!("core/group.json")),
    ("image", include_str!("core/image.json")),
    ("joint", include_str!("core/joint.json")),
    ("lod", include_str!("core/lod.json")),
    ("mesh", include_str!("core/mesh.json")),
    ("mirror", include_str!("core/mirror.json")),
    ("nametag", include_str!("core/nametag.json")),
    ("node", include_str!("core/node.json")),
    ("particles", include_str!("core/particles.json")),
    ("prim", include_str!("core/prim.json")),
    ("rigidbody", include_str!("core/rigidbody.json")),
    ("skinnedmesh", include_str!("core/skinnedmesh.json")),
    ("sky", include_str!("core/sky.json")),
    ("snap", include_str!("core/snap.json")),
    ("transform", include_str!("core/transform.json")),
    ("ui", include_str!("core/ui.json")),
    ("uiimage", include_str!("core/uiimage.json")),
    ("uiinput", include_str!("core/uiinput.json")),
    ("uitext", include_str!("core/uitext.json")),
    ("uiview", include_str!("core/uiview.json")),
    ("video", include_str!("core/video.json")),
    ("water", include_str!("core/water.json")),
    ("webview", include_str!("core/webview.json")),
];

/// The core records, by slug.
#[must_use]
pub fn records() -> Vec<Entry> {
    let entry = |(name, payload): &(&str, &str)| Entry {
        slug: format!("core/component/{name}"),
        kind: RecordKind::Component,
        version: 1,
        payload: serde_json::from_str(payload).expect("compiled in, and read by a test"),
    };
    PAYLOADS.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::records;
    use bowline_model::canonical;

    use crate::component::Component;

    #[test]
    fn every_core_record_is_good_and_every_field_says_what_it_is() {
        for entry in records() {
            let (component, problems) = Component::parse(&entry.slug, entry.version, &entry.payload);
            assert_eq!(problems, [], "{}", entry.slug);
            assert!(component.doc.is_some(), "{}", entry.slug);
            for field in &component.fields {
                assert!(field.doc.is_some(), "{}.{}", entry.slug, field.name);
                assert!(field.default.is_some() || field.optional || field.kind == crate::Kind::Json);
            }
            // Canonical: `0` and `0.0` are one number.
            let again = canonical::text(&component.to_payload());
            assert_eq!(again, canonical::text(&entry.payload), "{}", entry.slug);
        }
    }
}
