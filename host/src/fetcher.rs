//! [`Fetcher`]: does what scripts ask of the network, on the runtime's threads, and answers with a step.
//!
//! The world has held the address against the allow-list already. Here it is done again at every
//! redirect, and every address a name stands for is looked at before it is called: a public name does
//! not lead into this machine's network unless the list says that very name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bowline_runtime::fetch::{FetchRequest, FetchResponse, FetchRules, is_private};
use bowline_runtime::{Context, Step};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode, Url};
use tokio::sync::Semaphore;

use crate::steps::Steps;

/// Requests at once; more wait, within their time.
const AT_ONCE: usize = 32;

/// From the question to the last byte.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Largest answer.
const BYTES_MAX: usize = 4 << 20;

const REDIRECTS_MAX: usize = 5;

/// What belongs to the connection, not to who asks.
const OURS: [&str; 11] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "expect",
    "proxy-authorization",
    "proxy-connection",
];

/// What a script asked, and which side of the room it is on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) context: Context,
    pub(crate) ticket: u64,
    pub(crate) request: FetchRequest,
}

#[derive(Clone)]
pub(crate) struct Fetcher(Arc<Inner>);

struct Inner {
    client: Option<Client>,
    rules: FetchRules,
    steps: Arc<Steps>,
    room: Arc<Semaphore>,
    runtime: tokio::runtime::Handle,
}

impl Fetcher {
    /// Must be called inside a runtime, whose threads do the work.
    pub(crate) fn new(rules: FetchRules, steps: Arc<Steps>) -> Fetcher {
        let client = if rules.is_empty() { None } else { client(&rules) };
        let room = Arc::new(Semaphore::new(AT_ONCE));
        Fetcher(Arc::new(Inner { client, rules, steps, room, runtime: tokio::runtime::Handle::current() }))
    }

    /// Asks, and returns at once.
    pub(crate) fn ask(&self, question: Question) {
        let inner = Arc::clone(&self.0);
        self.0.runtime.spawn(async move {
            let Question { context, ticket, request } = question;
            let within = tokio::time::timeout(ANSWER_WITHIN, inner.fetch(request)).await;
            let late = |_| Err(format!("no answer within {} seconds", ANSWER_WITHIN.as_secs()));
            let answer = within.unwrap_or_else(late).map(Arc::new);
            inner.steps.must(context, Step::Fetched { ticket, answer });
        });
    }
}

impl Inner {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, String> {
        let _permit = self.room.acquire().await.map_err(|why| why.to_string())?;
        let client = self.client.as_ref().ok_or("this host has no way into the network")?;
        let mut hop = Hop::first(&self.rules, &request)?;
        for _ in 0..=REDIRECTS_MAX {
            let mut sent = client.request(hop.method.clone(), hop.url.clone()).headers(hop.headers.clone());
            if let Some(body) = &hop.body {
                sent = sent.body(body.clone());
            }
            let response = sent.send().await.map_err(words)?;
            match hop.next(&self.rules, &response)? {
                Some(next) => hop = next,
                None => return read(response).await,
            }
        }
        Err(format!("more than {REDIRECTS_MAX} redirects"))
    }
}

/// One request of a chain of redirects.
struct Hop {
    url: Url,
    method: Method,
    headers: HeaderMap,
    body: Option<String>,
}

impl Hop {
    fn first(rules: &FetchRules, request: &FetchRequest) -> Result<Hop, String> {
        let url = rules.allow(&request.url).map_err(|why| why.to_string())?;
        let method = if request.method.is_empty() { "GET" } else { &request.method };
        let method = method.parse().map_err(|_| format!("`{method}` is no method"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let wrong = || format!("`{name}` is no header");
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            if !OURS.contains(&name.as_str()) {
                headers.append(name.clone(), HeaderValue::from_str(value).map_err(|_| wrong())?);
            }
        }
        Ok(Hop { url, method, headers, body: request.body.clone() })
    }

    /// Where the answer sends us, if it does and that is allowed.
    fn next(&self, rules: &FetchRules, response: &Response) -> Result<Option<Hop>, String> {
        let status = response.status();
        let moved = [301, 302, 303, 307, 308].contains(&status.as_u16());
        let Some(location) = response.headers().get(LOCATION).filter(|_| moved) else { return Ok(None) };
        let location = location.to_str().map_err(|_| "the redirect names no address")?;
        let url = self.url.join(location).map_err(|_| "the redirect names no address")?;
        let url = rules.allow(url.as_str()).map_err(|why| format!("redirected: {why}"))?;
        let mut headers = self.headers.clone();
        if url.origin() != self.url.origin() {
            headers.remove(AUTHORIZATION);
            headers.remove(COOKIE);
        }
        let turns = status == StatusCode::SEE_OTHER
            || (self.method == Method::POST && [301, 302].contains(&status.as_u16()));
        let keeps = !turns || self.method == Method::HEAD;
        let (method, body) =
            if keeps { (self.method.clone(), self.body.clone()) } else { (Method::GET, None) };
        Ok(Some(Hop { url, method, headers, body }))
    }
}

async fn read(mut response: Response) -> Result<FetchResponse, String> {
    let status = response.status();
    let text = |it: &HeaderValue| String::from_utf8_lossy(it.as_bytes()).into_owned();
    let headers = response.headers().iter().filter(|(name, _)| name.as_str() != "set-cookie");
    let headers = headers.map(|(name, it)| (name.as_str().to_owned(), text(it))).collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(words)? {
        if body.len() + chunk.len() > BYTES_MAX {
            return Err(format!("the answer has more than {BYTES_MAX} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    let status_text = status.canonical_reason().unwrap_or_default().to_owned();
    Ok(FetchResponse { status: status.as_u16(), status_text, headers, body })
}

/// What went wrong, down to its cause.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    text
}

fn client(rules: &FetchRules) -> Option<Client> {
    // Whoever runs us may have chosen another already.
    rustls::crypto::ring::default_provider().install_default().ok();
    let resolver = Arc::new(Public(rules.clone()));
    // A proxy would look names up where we cannot see what they stand for.
    let built = Client::builder().redirect(Policy::none()).no_proxy().dns_resolver(resolver).build();
    built.inspect_err(|error| tracing::error!(%error, "scripts cannot fetch anything")).ok()
}

/// Looks names up, and does not tell private addresses unless the list names the name.
struct Public(FetchRules);

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let named = self.0.names_host(name.as_str());
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let open: Vec<SocketAddr> = found.into_iter().filter(|it| named || is_open(it.ip())).collect();
            if open.is_empty() {
                return Err(format!("`{}` is a private address", name.as_str()).into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

fn is_open(ip: IpAddr) -> bool {
    !is_private(ip)
}
