//! Requests to `/admin/*`, and the three shapes in which a world says no: its own word in
//! `{"error"}`, its framework's 404 with a sentence, or status 500 with nothing at all.

use std::time::Duration;

use bowline_wire::Json;
use bowline_wire::http::{ADMIN_CODE_HEADER, ErrorBody, FEATURES_HEADER, PRECONDITIONS};
use reqwest::header::{HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;

use crate::target::Address;
use crate::{LinkError, tls};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct Http {
    base: String,
    code: Option<HeaderValue>,
    admin: Client,
    /// Assets may live on another host, which must not be told the admin code.
    assets: Client,
}

/// A reply that was read to its end.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    what: String,
    location: Option<String>,
    /// Whether the world looks at preconditions.
    pub(crate) preconditions: bool,
    body: Vec<u8>,
}

impl Http {
    pub(crate) fn new(address: &Address, code: Option<&str>) -> Result<Http, LinkError> {
        // A code that is no header text cannot be the right one: nobody could ever send it.
        let code = code.map(HeaderValue::from_str).transpose().map_err(|_| LinkError::WrongCode)?;
        let client = || match address.is_loopback {
            // A proxy's idea of localhost is another machine.
            true => Client::builder().no_proxy(),
            false => Client::builder(),
        };
        let build = |builder: ClientBuilder| {
            let builder = builder.tls_backend_preconfigured(tls::client());
            let built = builder.connect_timeout(CONNECT_WITHIN).tcp_nodelay(true).build();
            built.map_err(|error| LinkError::no_reply("a client", &address.http, &error))
        };
        Ok(Http {
            base: address.http.clone(),
            code: code.map(|mut code| {
                code.set_sensitive(true);
                code
            }),
            // Redirects are not followed: the header with the code would go along.
            admin: build(client().redirect(Policy::none()).timeout(ANSWER_WITHIN))?,
            // A download may take its time as long as it moves.
            assets: build(client().read_timeout(ANSWER_WITHIN))?,
        })
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A request to a path that begins with a slash.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.admin.request(method, format!("{}{path}", self.base));
        match &self.code {
            Some(code) => request.header(ADMIN_CODE_HEADER, code.clone()),
            None => request,
        }
    }

    /// A download, which never carries the code.
    pub(crate) fn asset(&self, url: &str) -> RequestBuilder {
        self.assets.get(url)
    }

    /// The address `url` stands for; worlds may name their assets relative to themselves.
    pub(crate) fn absolute(&self, url: &str) -> Result<String, LinkError> {
        let base = Url::parse(&format!("{}/", self.base));
        let joined = base.and_then(|base| base.join(url));
        let bad = |error| LinkError::Protocol {
            what: "the snapshot".to_owned(),
            reason: format!("assetsUrl `{url}`: {error}"),
        };
        Ok(joined.map_err(bad)?.as_str().trim_end_matches('/').to_owned())
    }

    /// Sends a request and reads the whole reply, whatever its status.
    pub(crate) async fn send(&self, what: &str, request: RequestBuilder) -> Result<Reply, LinkError> {
        let failed = |error: reqwest::Error| LinkError::no_reply(what, &self.base, &error);
        let response = request.send().await.map_err(failed)?;
        let location = response.headers().get(LOCATION);
        Ok(Reply {
            status: response.status(),
            what: what.to_owned(),
            preconditions: response.headers().get(FEATURES_HEADER).is_some_and(|it| it == PRECONDITIONS),
            location: location.and_then(|it| it.to_str().ok()).map(str::to_owned),
            body: response.bytes().await.map_err(failed)?.into(),
        })
    }

    /// Sends a request whose success is a JSON body.
    pub(crate) async fn json<T>(&self, what: &str, request: RequestBuilder) -> Result<T, LinkError>
    where
        T: DeserializeOwned,
    {
        self.send(what, request).await?.json()
    }
}

impl Reply {
    /// The body of a success, or why there is none.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T, LinkError> {
        if !self.status.is_success() {
            return Err(self.refused());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| LinkError::Protocol { what: self.what, reason: error.to_string() })
    }

    /// The body of a documented refusal. A route that does not exist is none: its `error` is the
    /// framework's `Not Found`, and it must never pass for "there is no such thing".
    pub(crate) fn error_body(&self) -> Option<ErrorBody> {
        let json: Json = serde_json::from_slice(&self.body).ok()?;
        if json.get("statusCode").is_some() { None } else { serde_json::from_value(json).ok() }
    }

    /// The word of a documented refusal.
    pub(crate) fn error(&self) -> Option<String> {
        self.error_body().map(|body| body.error)
    }

    /// What to tell the caller who expected a success.
    pub(crate) fn refused(self) -> LinkError {
        match (self.status, self.location.as_deref()) {
            (status, Some(to)) if status.is_redirection() => return LinkError::Moved { to: to.to_owned() },
            (StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, _) => return LinkError::WrongCode,
            _ => (),
        }
        let error = self.error().or_else(|| {
            let json: Json = serde_json::from_slice(&self.body).ok()?;
            json.get("message")?.as_str().map(str::to_owned)
        });
        LinkError::Refused { what: self.what, status: self.status.as_u16(), error }
    }
}

/// One segment of a path: everything but unreserved characters is escaped.
pub(crate) fn segment(text: &str) -> Result<String, LinkError> {
    // Addresses are normalised before they are sent, and these two even when escaped.
    if matches!(text, "" | "." | "..") {
        return Err(LinkError::Unaddressable { id: text.to_owned() });
    }
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    Ok(text.bytes().map(escape).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_ids_are_one_segment() {
        let escaped = |id| segment(id).map_err(|error| error.to_string());
        assert_eq!(escaped("$scene"), Ok("%24scene".to_owned()));
        assert_eq!(escaped("a/../b c?#%é"), Ok("a%2F..%2Fb%20c%3F%23%25%C3%A9".to_owned()));
        assert_eq!(escaped("Door__Big-1.x"), Ok("Door__Big-1.x".to_owned()));
        assert_eq!(escaped(".."), Err("`..` cannot be asked for by id".to_owned()));
    }
}
