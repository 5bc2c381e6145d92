//! [`Target`]: which world, and what proves that we may change it.

use std::fmt;

use reqwest::Url;

use crate::LinkError;

/// A world to connect to.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Its address as people write it: http, https, ws, wss or a bare host, perhaps with a path
    /// before `/admin`, perhaps with `/admin` or slashes at the end.
    pub url: String,
    /// The admin code; `None` for an open world.
    pub admin_code: Option<String>,
    /// The world we expect to find there; `None` to take whatever answers.
    pub world_id: Option<String>,
}

/// Says everything but the code, since targets end up in logs.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.admin_code.as_ref().map(|_| "…");
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("admin_code", &code)
            .field("world_id", &self.world_id)
            .finish()
    }
}

/// Where the parts of a world are, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `http[s]://host[:port][/prefix]`.
    pub(crate) http: String,
    /// `ws[s]://host[:port][/prefix]`.
    pub(crate) socket: String,
    /// Whether it is this machine.
    pub(crate) is_loopback: bool,
}

impl Target {
    pub(crate) fn address(&self) -> Result<Address, LinkError> {
        let bad = |reason: &str| LinkError::BadTarget { url: self.url.clone(), reason: reason.to_owned() };
        let written = self.url.trim();
        // `localhost:3000` alone would parse as scheme `localhost`.
        let with_scheme =
            if written.contains("://") { written.to_owned() } else { format!("http://{written}") };
        let url = Url::parse(&with_scheme).map_err(|error| bad(&error.to_string()))?;
        let (http, socket) = match url.scheme() {
            "http" | "ws" => ("http", "ws"),
            "https" | "wss" => ("https", "wss"),
            other => return Err(bad(&format!("`{other}` is not http, https, ws or wss"))),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("it has no host"))?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/admin").unwrap_or(path).trim_end_matches('/');
        Ok(Address {
            http: format!("{http}://{host}{port}{path}"),
            socket: format!("{socket}://{host}{port}{path}"),
            is_loopback: matches!(host, "localhost" | "[::1]") || host.starts_with("127."),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_spelling_of_an_address_is_one_base() {
        let mut table = String::new();
        for url in [
            "localhost:3000",
            "http://localhost:3000/",
            "ws://127.0.0.1:3000/admin",
            "https://host.example/worlds/my-world/admin/",
            "wss://host.example:443/worlds/a//",
            "http://[::1]:3000",
            "https://host.example/?x=1#y",
            "ftp://host.example",
            "http://",
            "",
        ] {
            let target = Target { url: url.to_owned(), admin_code: None, world_id: None };
            table += &match target.address() {
                Ok(at) => format!("{url} => {} {} {}\n", at.http, at.socket, at.is_loopback),
                Err(error) => format!("{url} => {error}\n"),
            };
        }
        expect![[r#"
            localhost:3000 => http://localhost:3000 ws://localhost:3000 true
            http://localhost:3000/ => http://localhost:3000 ws://localhost:3000 true
            ws://127.0.0.1:3000/admin => http://127.0.0.1:3000 ws://127.0.0.1:3000 true
            https://host.example/worlds/my-world/admin/ => https://host.example/worlds/my-world wss://host.example/worlds/my-world false
            wss://host.example:443/worlds/a// => https://host.example/worlds/a wss://host.example/worlds/a false
            http://[::1]:3000 => http://[::1]:3000 ws://[::1]:3000 true
            https://host.example/?x=1#y => https://host.example wss://host.example false
            ftp://host.example => `ftp://host.example` is not the address of a world: `ftp` is not http, https, ws or wss
            http:// => `http://` is not the address of a world: empty host
             => `` is not the address of a world: empty host
        "#]].assert_eq(&table);
    }

    #[test]
    fn the_code_is_not_printed() {
        let target = Target { url: "x".into(), admin_code: Some("secret".into()), world_id: None };
        assert!(!format!("{target:?}").contains("secret"));
    }
}
