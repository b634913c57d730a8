//! [`Browser`]: an HTTP client that behaves as a browser does where it matters here (cookies with paths, redirects,
//! forms with their hidden fields), and no further. One value is one person at one machine.

use std::sync::Arc;

use bytes::Bytes;
use cookie::Cookie;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use parking_lot::Mutex;
use serde_json::Value;

use crate::EventReader;

/// More redirects than this are a loop.
const MAX_REDIRECTS: usize = 15;

/// A person's browser.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    origin: String,
    jar: Arc<Mutex<Vec<Kept>>>,
    extra: HeaderMap,
}

#[derive(Debug, Clone)]
struct Kept {
    name: String,
    value: String,
    path: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
    /// The path that answered, after redirects.
    pub path: String,
}

// === impl Browser ===

impl Browser {
    /// A fresh browser that knows a hub's address, like `http://127.0.0.1:8000`.
    pub fn new(origin: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, origin: origin.trim_end_matches('/').to_owned(), jar: Arc::default(), extra: HeaderMap::new() }
    }

    /// The same browser, sending a header with every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.extra.insert(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// A client with an API token and no cookies.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        let mut other = Self { jar: Arc::default(), ..self.clone() };
        let value = HeaderValue::from_str(&format!("token {token}")).expect("a header value");
        other.extra.insert(header::AUTHORIZATION, value);
        other
    }

    /// The value of a cookie, as the jar holds it.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().iter().find(|kept| kept.name == name).map(|kept| kept.value.clone())
    }

    /// Throws a cookie away.
    pub fn forget_cookie(&self, name: &str) {
        self.jar.lock().retain(|kept| kept.name != name);
    }

    /// Plants a cookie.
    pub fn plant_cookie(&self, name: &str, value: &str, path: &str) {
        self.jar.lock().push(Kept { name: name.to_owned(), value: value.to_owned(), path: path.to_owned() });
    }

    /// The hub's address that this browser knows.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Sends exactly this, with the cookies that fit, and stays where it is answered.
    pub async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        self.send(method, path, headers, body).await
    }

    /// Opens a stream of events (`text/event-stream`); its answer is not waited for beyond the head.
    pub async fn events(&self, path: &str, headers: &[(&str, &str)]) -> EventReader {
        let response = self.open(Method::GET, path, headers, "").await;
        EventReader::new(response)
    }

    /// Opens a page and follows redirects.
    pub async fn get(&self, path: &str) -> Page {
        let page = self.send(Method::GET, path, &[], "").await;
        self.follow(page).await
    }

    /// Opens a page and stays where it answers.
    pub async fn get_only(&self, path: &str) -> Page {
        self.send(Method::GET, path, &[], "").await
    }

    /// Sends a form and follows redirects.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.post_form_only(path, fields).await;
        self.follow(page).await
    }

    /// Sends a form and stays where it is answered.
    pub async fn post_form_only(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            body.append_pair(name, value);
        }
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send(Method::POST, path, &kind, &body.finish()).await
    }

    /// Calls the API.
    pub async fn json(&self, method: Method, path: &str, body: Option<Value>) -> Page {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let kind = [("content-type", "application/json")];
        self.send(method, path, if text.is_empty() { &[] } else { &kind }, &text).await
    }

    /// Calls the API and expects a success with JSON.
    pub async fn api(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let page = self.json(method.clone(), path, body).await;
        assert!(page.status.is_success(), "{method} {path}: {} {}", page.status, page.body);
        serde_json::from_str(&page.body).unwrap_or(Value::Null)
    }

    /// Calls the API of a hub that may be away or end in the middle of its answer; `None` then.
    pub async fn try_json(&self, method: Method, path: &str, body: Option<Value>) -> Option<Page> {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let kind = [("content-type", "application/json")];
        self.try_send(method, path, if text.is_empty() { &[] } else { &kind }, &text).await.ok()
    }

    async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..MAX_REDIRECTS {
            let Some(next) = page.redirect() else { return page };
            page = self.send(Method::GET, &next, &[], "").await;
        }
        panic!("redirected for ever, last at {}", page.path);
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        self.try_send(method, path, headers, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Page, String> {
        let response = self.try_open(method, path, headers, body).await?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|error| format!("half a body: {error:?}"))?.to_bytes();
        Ok(Page {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            path: self.path_of(path).to_owned(),
        })
    }

    async fn open(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response<Incoming> {
        self.try_open(method, path, headers, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Response<Incoming>, String> {
        let path = self.path_of(path);
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies_for(path);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        let mut request = request.body(Full::from(body.to_owned())).expect("a request");
        request.headers_mut().extend(self.extra.clone());
        let response = self.client.request(request).await.map_err(|error| format!("{error:?}"))?;
        self.keep_cookies(response.headers());
        Ok(response)
    }

    fn path_of<'a>(&self, address: &'a str) -> &'a str {
        let path = address.strip_prefix(&self.origin).unwrap_or(address);
        path.split('#').next().unwrap_or(path)
    }

    /// The cookies that go with a request for a path, as the header's value.
    pub fn cookies_for(&self, path: &str) -> String {
        let path = path.split('?').next().unwrap_or(path);
        let jar = self.jar.lock();
        let fitting = jar.iter().filter(|kept| path.starts_with(&kept.path) || format!("{path}/") == kept.path);
        fitting.map(|kept| format!("{}={}", kept.name, kept.value)).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut jar = self.jar.lock();
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let Ok(cookie) = Cookie::parse(line.to_owned()) else { continue };
            let path = cookie.path().unwrap_or("/").to_owned();
            jar.retain(|kept| (kept.name.as_str(), &kept.path) != (cookie.name(), &path));
            // Only the attributes: a random value may hold any digits.
            let attributes = line.split_once(';').map_or("", |(_, attributes)| attributes);
            let gone = cookie.max_age().is_some_and(|age| age.whole_seconds() <= 0)
                || attributes.contains("1999")
                || attributes.contains("1970");
            if !gone {
                jar.push(Kept { name: cookie.name().to_owned(), value: cookie.value().to_owned(), path });
            }
        }
        // Longer paths first, as browsers send them.
        jar.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
    }
}

// === impl Page ===

impl Page {
    /// Where it redirects to, if it does.
    pub fn redirect(&self) -> Option<String> {
        if !self.status.is_redirection() {
            return None;
        }
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Every `Set-Cookie` line.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// What an API error says.
    pub fn message(&self) -> String {
        self.value()["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as JSON.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{}: no JSON ({error}): {}", self.path, self.body))
    }

    /// The value of the first hidden or filled field of that name.
    pub fn field(&self, name: &str) -> Option<String> {
        let at = self.body.find(&format!("name=\"{name}\""))?;
        let tag_start = self.body[..at].rfind('<')?;
        let tag = &self.body[tag_start..tag_start + self.body[tag_start..].find('>')?];
        let value = tag.split("value=\"").nth(1)?.split('"').next()?;
        Some(value.replace("&amp;", "&").replace("&#x2f;", "/").replace("&quot;", "\""))
    }
}
