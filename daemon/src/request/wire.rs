//! Asking the world itself, for what is not mirrored.

use serde_json::Value;

use crate::report::{Blame, Report};
use crate::settings::Remote;

/// The JSON at `path`, or nothing if the world does not know the path: real servers do not have
/// ours.
pub(super) async fn get(world: &Remote, path: &str) -> Result<Option<Value>, Report> {
    let away = |error: reqwest::Error| {
        Report::new(Blame::World, "world_away", format!("the world at {} did not answer: {error}", world.url))
            .help("check that it runs and try again")
    };
    let base = world.url.trim_end_matches('/').trim_end_matches("/admin");
    let client =
        reqwest::Client::builder().timeout(std::time::Duration::from_secs(10)).build().map_err(away)?;
    let mut request = client.get(format!("{base}{path}"));
    if let Some(code) = &world.admin_code {
        request = request.header("x-admin-code", code);
    }
    let response = request.send().await.map_err(away)?;
    match response.status().as_u16() {
        404 => Ok(None),
        403 => Err(Report::new(Blame::User, "wrong_code", "the world does not accept the admin code")
            .help("set ADMIN_CODE in .env (or admin_code of the target) to the world's code")),
        _ => {
            let body = response.text().await.map_err(away)?;
            let odd =
                |error| Report::new(Blame::World, "odd_answer", format!("the world answered oddly: {error}"));
            serde_json::from_str(&body).map(Some).map_err(odd)
        }
    }
}

/// A path segment.
pub(super) fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}
