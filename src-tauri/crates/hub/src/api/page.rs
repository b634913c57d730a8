//! Paging in JupyterHub's manner: a bare list, or with an `Accept` header a page that says what
//! comes next.

use axum::Json;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::front::Peer;

/// The media type that asks for pages.
const PAGINATION: &str = "application/jupyterhub-pagination+json";
/// The largest page (JupyterHub's `api_page_max_limit`).
const MAX_LIMIT: u64 = 200;
/// The page without a wish (`api_page_default_limit`).
const DEFAULT_LIMIT: u64 = 50;

/// The paging part of a query, as text: JupyterHub reads it with `abs(int(…))`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct PageQuery {
    offset: Option<String>,
    limit: Option<String>,
}

/// A list, bare or with its surroundings.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Listed<T> {
    /// The items alone.
    Bare(Vec<T>),
    /// A page that says so.
    Page {
        /// The items.
        items: Vec<T>,
        /// Where they are in the list.
        #[serde(rename = "_pagination")]
        pagination: Value,
    },
}

// === impl PageQuery ===

impl PageQuery {
    /// From the two texts.
    pub(super) fn new(offset: Option<String>, limit: Option<String>) -> Self {
        Self { offset, limit }
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// How many to leave out.
    pub offset: u64,
    /// How many to show.
    pub limit: u64,
    wrapped: bool,
}

// === impl Page ===

impl Page {
    /// Reads the wish.
    ///
    /// # Errors
    /// 400 for what is no number.
    pub(super) fn of(query: &PageQuery, headers: &HeaderMap) -> Result<Self, Error> {
        let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let wrapped = accepts.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(PAGINATION));
        let number = |text: &Option<String>| -> Result<Option<u64>, Error> {
            let Some(text) = text.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
            let parsed = text.trim().parse::<i64>().map(i64::unsigned_abs);
            parsed.map(Some).map_err(|_| Error::invalid("Invalid argument type, offset and limit must be integers"))
        };
        let default = if wrapped { DEFAULT_LIMIT } else { MAX_LIMIT };
        let limit = number(&query.limit)?.unwrap_or(default).clamp(1, MAX_LIMIT);
        Ok(Self { offset: number(&query.offset)?.unwrap_or(0), limit, wrapped })
    }

    /// For lists that JupyterHub always answers in pages.
    pub(super) fn always_wrapped(self) -> Self {
        Self { wrapped: true, ..self }
    }

    /// The part of `all` that is asked for, shaped.
    pub(super) fn cut<T: serde::Serialize>(&self, all: &[T], path_and_query: &str, peer: &Peer) -> Value {
        let (offset, limit) = (usize::try_from(self.offset), usize::try_from(self.limit));
        let part = all.iter().skip(offset.unwrap_or(usize::MAX)).take(limit.unwrap_or(usize::MAX));
        let items = part.map(|item| json!(item)).collect();
        self.shape(items, u64::try_from(all.len()).unwrap_or(u64::MAX), path_and_query, peer)
    }

    /// The answer: the bare list, or the page with its surroundings.
    pub(super) fn shape(&self, items: Vec<Value>, total: u64, path_and_query: &str, peer: &Peer) -> Value {
        self.wrap(Value::Array(items), total, path_and_query, peer)
    }

    /// The answer to a list or an object of things: what JupyterHub answers, and where a bare one was cut off a header
    /// `Link` with the address of what comes next, which JupyterHub leaves out.
    pub(super) fn answer(
        &self,
        items: Value,
        total: u64,
        path_and_query: &str,
        peer: &Peer,
    ) -> (HeaderMap, Json<Value>) {
        let headers = self.headers(total, path_and_query, peer);
        (headers, Json(self.wrap(items, total, path_and_query, peer)))
    }

    /// The same of a long list, whose items are written out as they are.
    pub(super) fn list<T>(
        &self,
        items: Vec<T>,
        total: u64,
        path_and_query: &str,
        peer: &Peer,
    ) -> (HeaderMap, Json<Listed<T>>) {
        let headers = self.headers(total, path_and_query, peer);
        let listed = if self.wrapped {
            Listed::Page { items, pagination: self.pagination(total, path_and_query, peer) }
        } else {
            Listed::Bare(items)
        };
        (headers, Json(listed))
    }

    fn headers(&self, total: u64, path_and_query: &str, peer: &Peer) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let next = self.next_url(total, path_and_query, peer).filter(|_| !self.wrapped);
        if let Some(link) = next.and_then(|url| HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")).ok()) {
            headers.insert(header::LINK, link);
        }
        headers
    }

    /// The address of the next page; parameters keep their places.
    fn next_url(&self, total: u64, path_and_query: &str, peer: &Peer) -> Option<String> {
        let next = self.offset.saturating_add(self.limit);
        if next >= total {
            return None;
        }
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let mut wanted = vec![("offset", next.to_string()), ("limit", self.limit.to_string())];
        let mut url = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match wanted.iter().position(|(own, _)| *own == name) {
                Some(at) => {
                    let (name, value) = wanted.remove(at);
                    url.append_pair(name, &value);
                }
                None if name == "offset" || name == "limit" => {}
                None => {
                    url.append_pair(&name, &value);
                }
            }
        }
        url.extend_pairs(wanted);
        Some(format!("{}{path}?{}", peer.origin().unwrap_or_default(), url.finish()))
    }

    fn wrap(&self, items: Value, total: u64, path_and_query: &str, peer: &Peer) -> Value {
        if !self.wrapped {
            return items;
        }
        json!({ "items": items, "_pagination": self.pagination(total, path_and_query, peer) })
    }

    /// Where this page is in the list, and what comes next.
    fn pagination(&self, total: u64, path_and_query: &str, peer: &Peer) -> Value {
        let offset = self.offset.saturating_add(self.limit);
        let url = self.next_url(total, path_and_query, peer);
        let next = url.map(|url| json!({ "offset": offset, "limit": self.limit, "url": url }));
        json!({ "offset": self.offset, "limit": self.limit, "total": total, "next": next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Transport;

    fn page(offset: &str, limit: &str, accept: &str) -> Result<Page, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Page::of(&PageQuery { offset: Some(offset.to_owned()), limit: Some(limit.to_owned()) }, &headers)
    }

    #[test]
    fn limits_are_read_as_jupyterhub_reads_them() {
        assert_eq!(page("-3", "1000", "*/*").unwrap(), Page { offset: 3, limit: 200, wrapped: false });
        assert_eq!(page("", "", PAGINATION).unwrap(), Page { offset: 0, limit: 50, wrapped: true });
        assert!(page("x", "", "*/*").is_err());
    }

    #[test]
    fn the_next_page_has_a_whole_address() {
        let peer = Peer {
            ip: [127, 0, 0, 1].into(),
            through_proxy: true,
            transport: Transport::Plain,
            host: Some("h:1".to_owned()),
        };
        let shaped =
            page("0", "1", PAGINATION).unwrap().shape(vec![json!(1)], 2, "/hub/api/users?state=ready&limit=1", &peer);
        assert_eq!(shaped["_pagination"]["next"]["url"], "http://h:1/hub/api/users?state=ready&limit=1&offset=1");
    }
}
