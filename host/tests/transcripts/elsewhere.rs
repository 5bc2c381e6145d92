//! What happens beside a recording: another client edits, a lock runs out.

use std::net::SocketAddr;

use bowline_wire::{AdminAuth, Command, Dialect, FromClient, Order};
use serde_json::json;

use crate::peer::{Exchange, Heard, Socket, plain, request};
use crate::recording::RemoteEdit;

/// Whether a scope is locked, asked with the code that `like` shows.
pub(crate) async fn is_locked(addr: SocketAddr, like: &Exchange, scope: &str) -> bool {
    let path = format!("/admin/deploy-lock?scope={scope}");
    let answer = request(addr, &plain(&like.headers, "GET", &path, None)).await;
    crate::json(&answer.body).expect("JSON")["locked"] == true
}

/// Does what another client did: uploads its files and sends the blueprint as it became.
pub(crate) async fn edit(addr: SocketAddr, code: &str, edit: &RemoteEdit) {
    let headers = vec![("x-admin-code".to_owned(), code.to_owned())];
    for (name, bytes) in &edit.files {
        let head =
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
        let mut exchange = plain(&headers, "POST", "/admin/upload", None);
        exchange.headers.push(("content-type".to_owned(), "multipart/form-data; boundary=b".to_owned()));
        assert_eq!(request(addr, &Exchange { body, ..exchange }).await.status, 200);
    }
    let scope = json!({"scope": edit.blueprint["id"]});
    let lock = request(addr, &plain(&headers, "POST", "/admin/deploy-lock", Some(scope.clone()))).await;
    let token = crate::json(&lock.body).expect("JSON")["token"].clone();
    let mut socket = Socket::open(addr).await;
    socket.say(FromClient::Auth(AdminAuth::with_code(Some(code))).encode(Dialect::Main)).await;
    let order = Order::blueprint_modify(&edit.blueprint, token.as_str());
    socket.say(FromClient::Command(Command { order, ..Command::default() }).encode(Dialect::Main)).await;
    // The welcome, its own broadcast, the result.
    for _ in 0..3 {
        assert!(matches!(socket.hear().await, Heard::Frame(_)));
    }
    let release = json!({"token": token, "scope": scope["scope"]});
    assert_eq!(
        request(addr, &plain(&headers, "DELETE", "/admin/deploy-lock", Some(release))).await.status,
        200
    );
}
