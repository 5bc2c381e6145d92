//! What every world brings along, by a plain name, without anybody having uploaded it. Of the real
//! server's files only the one that projects depend on is here: the model of an app that has none.

/// An empty scene. Apps refer to it as `asset://empty.glb`.
const EMPTY_MODEL: &str = "empty.glb";

/// The whole content of the empty scene. Loaders ask for a scene, so there is one.
const EMPTY_SCENE: &str = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{}]}"#;

/// Whether this world brings `name` along.
pub(super) fn is_built_in(name: &str) -> bool {
    name == EMPTY_MODEL
}

/// The bytes of `name`, if this world brings it along.
pub(super) fn bytes(name: &str) -> Option<Vec<u8>> {
    is_built_in(name).then(|| glb(EMPTY_SCENE))
}

/// glTF 2.0 in its binary container, with a JSON chunk and no buffer: a header of magic, version and
/// total length, then the chunk's length, type and text. All numbers are little-endian u32.
fn glb(json: &str) -> Vec<u8> {
    // Chunks end at a multiple of 4 bytes; JSON is filled up with blanks.
    let text = format!("{json:<width$}", width = json.len().next_multiple_of(4));
    let length = |bytes: usize| u32::try_from(bytes).expect("a scene of ours is a few bytes").to_le_bytes();
    let mut glb = Vec::new();
    glb.extend(b"glTF");
    glb.extend(2_u32.to_le_bytes());
    glb.extend(length(12 + 8 + text.len()));
    glb.extend(length(text.len()));
    glb.extend(b"JSON");
    glb.extend(text.as_bytes());
    glb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_model_is_a_whole_gltf_2_file() {
        let glb = bytes("empty.glb").expect("it is built in");
        let number = |at: usize| u32::from_le_bytes(glb[at..at + 4].try_into().expect("four bytes")) as usize;
        assert_eq!((&glb[..4], number(4), number(8)), (&b"glTF"[..], 2, glb.len()));
        assert_eq!((number(12), &glb[16..20]), (glb.len() - 20, &b"JSON"[..]));
        assert_eq!(glb.len() % 4, 0);
        let scene: serde_json::Value = serde_json::from_slice(&glb[20..]).expect("JSON");
        assert_eq!(scene, serde_json::json!({"asset": {"version": "2.0"}, "scene": 0, "scenes": [{}]}));
        assert_eq!(bytes("../empty.glb"), None);
    }
}
