//! What a script may ask of the network: [`FetchRules`], and what goes out and comes back as values.
//!
//! Nothing here opens a socket. The world asks the rules and hands a [`FetchRequest`] to its host; the
//! host asks the same rules at every redirect and [`is_private`] about every address it is about to
//! call, and answers with a step.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Largest body a script may send.
pub const FETCH_BODY_BYTES_MAX: usize = 1 << 20;

/// Most headers a script may send.
pub(crate) const HEADERS_MAX: usize = 64;

/// What a script asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchRequest {
    /// Where.
    pub url: String,
    /// `GET`, unless it says another.
    pub method: String,
    /// Name and value.
    pub headers: Vec<(String, String)>,
    /// Text; scripts have no other.
    pub body: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchResponse {
    /// 200 and its like.
    pub status: u16,
    /// What the status is called.
    pub status_text: String,
    /// Lower-case name and value.
    pub headers: Vec<(String, String)>,
    /// All of it.
    #[serde(with = "base64_text")]
    pub body: Vec<u8>,
}

/// Bytes inside JSON.
mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(it))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Where scripts may go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FetchRules(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// `*`: every public address.
    Public,
    /// An origin and the beginning of a path.
    Below { scheme: String, host: Names, port: Option<u16>, path: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Names {
    Is(String),
    /// What ends with this: `.example.com`.
    EndsWith(String),
}

/// A line of the allow-list that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` is nothing a script could be allowed to fetch: {why}")]
pub struct BadFetchRule {
    /// The line.
    pub entry: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Why something is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchRefused {
    /// It is no address at all.
    #[error("`{0}` is no absolute url")]
    NoUrl(String),
    /// It is no web address.
    #[error("only http and https are fetched, not {0}")]
    Scheme(String),
    /// The list does not have it.
    #[error("{0} is not on the list of what scripts may fetch")]
    NotListed(String),
    /// It points into this machine or its network.
    #[error("{0} is a private address, and the list does not name it")]
    Private(String),
}

impl FetchRules {
    /// Reads an allow-list: `https://api.example.com`, `https://api.example.com/v1/`,
    /// `https://*.example.com`, `http://localhost:3000`, or `*` for every public address.
    ///
    /// # Errors
    /// The first line that is none of these.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<FetchRules, BadFetchRule> {
        entries.iter().map(|it| rule(it.as_ref())).collect::<Result<_, _>>().map(FetchRules)
    }

    /// Whether scripts may go nowhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address, if scripts may go there.
    ///
    /// # Errors
    /// Why they may not.
    pub fn allow(&self, url: &str) -> Result<Url, FetchRefused> {
        let url = Url::parse(url).map_err(|_| FetchRefused::NoUrl(url.to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchRefused::Scheme(url.scheme().to_owned()));
        }
        if self.0.iter().any(|it| it.names(&url)) {
            return Ok(url);
        }
        let origin = url.origin().ascii_serialization();
        match self.0.contains(&Rule::Public) {
            false => Err(FetchRefused::NotListed(origin)),
            true if is_local(&url) => Err(FetchRefused::Private(origin)),
            true => Ok(url),
        }
    }

    /// Whether the list itself names this very host, so that it may be private.
    #[must_use]
    pub fn names_host(&self, host: &str) -> bool {
        self.0.iter().any(|it| matches!(it, Rule::Below { host: Names::Is(name), .. } if name == host))
    }
}

impl Rule {
    fn names(&self, url: &Url) -> bool {
        let Rule::Below { scheme, host, port, path } = self else { return false };
        let named = url.host_str().is_some_and(|it| match host {
            Names::Is(name) => it == name,
            // A number that ends in a name is none.
            Names::EndsWith(end) => it.ends_with(end.as_str()) && !is_local(url),
        });
        named
            && url.scheme() == scheme
            && url.port_or_known_default() == *port
            && url.path().starts_with(path.as_str())
    }
}

fn rule(entry: &str) -> Result<Rule, BadFetchRule> {
    let bad = |why| BadFetchRule { entry: entry.to_owned(), why };
    if entry == "*" {
        return Ok(Rule::Public);
    }
    let plain = entry.replacen("://*.", "://", 1);
    let url = Url::parse(&plain).map_err(|_| bad("it is no absolute url; say https://api.example.com"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("only http and https are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it has a password in it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("a rule ends with its path"));
    }
    let host = url.host_str().ok_or_else(|| bad("it has no host"))?;
    if host.contains('*') {
        return Err(bad("`*` stands alone, or for what is before a name: https://*.example.com"));
    }
    let host = if plain == entry { Names::Is(host.to_owned()) } else { Names::EndsWith(format!(".{host}")) };
    let (scheme, port) = (url.scheme().to_owned(), url.port_or_known_default());
    Ok(Rule::Below { scheme, host, port, path: url.path().to_owned() })
}

/// Whether an address points into this machine by its spelling alone.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || IpAddr::from_str(name).is_ok()
        }
        Some(Host::Ipv4(ip)) => is_private(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_private(IpAddr::V6(ip)),
        None => true,
    }
}

/// Whether an address is not one of the public network: of this machine, of its neighbours, of a
/// provider's own services, or of nobody.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || (a == 192 && b == 0 && c == 0)
        }
        IpAddr::V6(ip) => match embedded(ip) {
            Some(ip) => is_private(ip),
            // Global unicast is 2000::/3, without the part for documents.
            None => ip.segments()[0] & 0xe000 != 0x2000 || ip.segments()[..2] == [0x2001, 0x0db8],
        },
    }
}

/// The IPv4 address that an IPv6 one stands for: mapped, of a translator, or 6to4.
fn embedded(ip: Ipv6Addr) -> Option<IpAddr> {
    let [a, b, c, d, e, f, high, low] = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([p, q], [r, s]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(IpAddr::from([p, q, r, s]))
    };
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write as _;

    fn asked(rules: &[&str], urls: &[&str]) -> String {
        let rules = FetchRules::parse(rules).unwrap();
        let mut out = String::new();
        for url in urls {
            match rules.allow(url) {
                Ok(url) => writeln!(out, "{url}: yes").unwrap(),
                Err(why) => writeln!(out, "{url}: {why}").unwrap(),
            }
        }
        out
    }

    #[test]
    fn only_what_the_list_names_is_fetched() {
        let rules = ["https://api.example.com", "https://*.cdn.example/v1/", "http://localhost:3000"];
        let said = asked(
            &rules,
            &[
                "https://api.example.com/anything?x=1",
                "https://API.example.com:443/",
                "http://api.example.com/",
                "https://api.example.com:8443/",
                "https://api.example.com.evil.net/",
                "https://user:word@api.example.com@evil.net/",
                "https://a.b.cdn.example/v1/x",
                "https://a.cdn.example/v2/x",
                "https://a.cdn.example/v1/../v2",
                "https://cdn.example/v1/x",
                "http://localhost:3000/x",
                "http://localhost:3001/x",
                "http://127.0.0.1:3000/x",
                "file:///etc/passwd",
                "/relative",
            ],
        );
        expect![[r#"
            https://api.example.com/anything?x=1: yes
            https://api.example.com/: yes
            http://api.example.com/: http://api.example.com is not on the list of what scripts may fetch
            https://api.example.com:8443/: https://api.example.com:8443 is not on the list of what scripts may fetch
            https://api.example.com.evil.net/: https://api.example.com.evil.net is not on the list of what scripts may fetch
            https://user:word@api.example.com@evil.net/: https://evil.net is not on the list of what scripts may fetch
            https://a.b.cdn.example/v1/x: yes
            https://a.cdn.example/v2/x: https://a.cdn.example is not on the list of what scripts may fetch
            https://a.cdn.example/v1/../v2: https://a.cdn.example is not on the list of what scripts may fetch
            https://cdn.example/v1/x: https://cdn.example is not on the list of what scripts may fetch
            http://localhost:3000/x: yes
            http://localhost:3001/x: http://localhost:3001 is not on the list of what scripts may fetch
            http://127.0.0.1:3000/x: http://127.0.0.1:3000 is not on the list of what scripts may fetch
            file:///etc/passwd: only http and https are fetched, not file
            /relative: `/relative` is no absolute url
        "#]]
        .assert_eq(&said);
    }

    #[test]
    fn a_star_is_everything_public_and_nothing_else() {
        let said = asked(
            &["*"],
            &[
                "https://anything.net/",
                "http://localhost/",
                "http://a.localhost/",
                "http://127.1/",
                "http://2130706433/",
                "http://0x7f.1/",
                "http://[::1]/",
                "http://[::ffff:10.0.0.1]/",
                "http://169.254.169.254/latest/meta-data",
                "http://8.8.8.8/",
            ],
        );
        expect![[r#"
            https://anything.net/: yes
            http://localhost/: http://localhost is a private address, and the list does not name it
            http://a.localhost/: http://a.localhost is a private address, and the list does not name it
            http://127.1/: http://127.0.0.1 is a private address, and the list does not name it
            http://2130706433/: http://127.0.0.1 is a private address, and the list does not name it
            http://0x7f.1/: http://127.0.0.1 is a private address, and the list does not name it
            http://[::1]/: http://[::1] is a private address, and the list does not name it
            http://[::ffff:10.0.0.1]/: http://[::ffff:a00:1] is a private address, and the list does not name it
            http://169.254.169.254/latest/meta-data: http://169.254.169.254 is a private address, and the list does not name it
            http://8.8.8.8/: yes
        "#]]
        .assert_eq(&said);
    }

    #[test]
    fn a_line_that_is_no_rule_is_named() {
        let lines = [
            "api.example.com",
            "ftp://x.net",
            "https://a:b@x.net",
            "https://x.net/?q",
            "https://a.*.net",
            "https://",
        ];
        let said: Vec<String> =
            lines.iter().map(|it| FetchRules::parse(&[it]).unwrap_err().to_string()).collect();
        expect![[r#"
            `api.example.com` is nothing a script could be allowed to fetch: it is no absolute url; say https://api.example.com
            `ftp://x.net` is nothing a script could be allowed to fetch: only http and https are fetched
            `https://a:b@x.net` is nothing a script could be allowed to fetch: it has a password in it
            `https://x.net/?q` is nothing a script could be allowed to fetch: a rule ends with its path
            `https://a.*.net` is nothing a script could be allowed to fetch: `*` stands alone, or for what is before a name: https://*.example.com
            `https://` is nothing a script could be allowed to fetch: it is no absolute url; say https://api.example.com"#]]
        .assert_eq(&said.join("\n"));
    }

    #[test]
    fn private_is_everything_that_is_not_the_public_network() {
        let private = [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
        ];
        for ip in private {
            assert!(is_private(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"] {
            assert!(!is_private(ip.parse().unwrap()), "{ip}");
        }
    }
}
