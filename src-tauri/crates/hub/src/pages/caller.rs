//! [`PageCaller`]: a browser's request for a page: who asks, with which cookies, from where. Owns who counts as signed
//! in on which page; what an answer looks like is `reply`'s, what it says the handlers'.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{UserId, UserName, quote_path_part};
use time::{OffsetDateTime, UtcOffset};

use super::claim;
use super::error::Stop;
use super::view::{Moment, Shell, ShellService, ShellUser};
use crate::accounts::{self, NewBrowser};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::Result;
use crate::front::{Listener, Peer, Transport};
use crate::services::MenuItem;
use crate::session::{AnonymousId, Cookies, SESSION_ID, XSRF, XsrfId, nonce, safe_next};

/// Sent by the script of a page that keeps itself fresh: that it lies open is no visit and no use of the session.
const REFRESH: &str = "x-labdeck-refresh";

/// A request for a page of a hub that is claimed.
#[derive(Debug)]
pub(super) struct PageCaller {
    /// The hub.
    pub ctx: Context,
    /// Whoever the sign-in cookie names.
    pub caller: Option<Caller>,
    /// What the browser sent.
    pub cookies: Cookies,
    /// Where it is.
    pub peer: Peer,
    /// How it asks.
    pub method: Method,
    /// For what, whole, below no prefix.
    pub uri: Uri,
    /// The head of the request.
    pub headers: HeaderMap,
    /// The token for the forms of the answer.
    pub xsrf: XsrfToken,
    /// By which scripts and styles in the lead's templates may run, where there are any.
    pub nonce: Option<String>,
}

/// The same for the pages of a hub that may be unclaimed.
#[derive(Debug)]
pub(super) struct AnyCaller(pub PageCaller);

/// A token for forms.
#[derive(Debug)]
pub(super) struct XsrfToken {
    /// The token.
    pub text: String,
    /// Whether the browser has it already.
    pub is_known: bool,
}

/// Who is signed in on a page: a user, by a browser session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// With which rights.
    pub caller: &'a Caller,
    /// Who.
    pub name: &'a UserName,
    /// The same as a row number.
    pub id: UserId,
}

impl FromRequestParts<Context> for AnyCaller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &Context) -> Result<Self, Response> {
        let listener = parts.extensions.get::<Listener>();
        let Some((Listener::Hub, peer)) = listener.copied().zip(parts.extensions.get::<Peer>().cloned()) else {
            return Err(StatusCode::NOT_FOUND.into_response());
        };
        let uri = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.clone(), |uri| uri.0.clone());
        let xsrf = XsrfToken { text: String::new(), is_known: false };
        let (headers, cookies) = (parts.headers.clone(), Cookies::of(&parts.headers));
        let method = parts.method.clone();
        let nonce = ctx.pages.wants_nonce().then(nonce);
        let mut page = PageCaller { ctx: ctx.clone(), caller: None, cookies, peer, method, uri, headers, xsrf, nonce };
        match accounts::find_by_cookies(ctx, &page.cookies).await {
            Ok(caller) => page.caller = caller,
            Err(error) => return Err(page.fail(&error)),
        }
        page.xsrf = page.xsrf_token();
        Ok(Self(page))
    }
}

impl FromRequestParts<Context> for PageCaller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, ctx: &Context) -> Result<Self, Response> {
        let AnyCaller(page) = AnyCaller::from_request_parts(parts, ctx).await?;
        if let Some(refused) = claim::refuse_unclaimed(&page) {
            return Err(refused);
        }
        if parts.headers.contains_key(REFRESH) {
            return Ok(page);
        }
        if let Some((user, session)) = page.caller.as_ref().and_then(|caller| caller.user().zip(caller.session())) {
            accounts::note_visit(ctx, user);
            accounts::note_session_use(ctx, session);
        }
        Ok(page)
    }
}

// === impl PageCaller ===

impl PageCaller {
    /// The path below which the hub lies; begins and ends with a slash.
    pub(super) fn base(&self) -> &str {
        &self.ctx.config.base_url
    }

    /// A page of the hub: `login` → `/hub/login`.
    pub(super) fn hub(&self, page: &str) -> String {
        format!("{}hub/{page}", self.base())
    }

    /// Path and query as the browser asked for them.
    pub(super) fn here(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// The sign-in page that leads back here.
    pub(super) fn sign_in_url(&self) -> String {
        // After the sign-in a browser comes back with a GET.
        let back = if self.reads() { self.here().to_owned() } else { self.hub("home") };
        format!("{}?next={}", self.hub("login"), quote_path_part(&back))
    }

    /// Whether the request only looks.
    pub(super) fn reads(&self) -> bool {
        [Method::GET, Method::HEAD].contains(&self.method)
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.uri.query().unwrap_or_default();
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The query's `next`, if it is a path of this site.
    pub(super) fn next(&self) -> Option<String> {
        self.query("next").and_then(|next| self.checked_next(&next))
    }

    /// A `next` from wherever, if it is a path of this site.
    pub(super) fn checked_next(&self, next: &str) -> Option<String> {
        safe_next(next, self.peer.host.as_deref())
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What is noted of this browser when it signs in.
    pub(super) fn browser(&self) -> NewBrowser {
        let user_agent = self.header(header::USER_AGENT.as_str()).unwrap_or_default().to_owned();
        NewBrowser { peer: self.peer.ip, user_agent, idle_lifetime: self.ctx.config.cookie_max_age }
    }

    /// Who is signed in, as far as their session reaches this page: a ticket's session knows its own page only.
    pub(super) fn reader(&self) -> Option<Reader<'_>> {
        let caller = self.caller.as_ref()?;
        let (user, session) = caller.user().zip(caller.session())?;
        let below_user = self.uri.path().strip_prefix(&self.hub("user/"));
        let path = below_user.map_or_else(|| self.uri.path().to_owned(), |rest| format!("{}user/{rest}", self.base()));
        let reaches = accounts::page_of(session).is_none_or(|page| path.starts_with(page));
        reaches.then_some(Reader { caller, name: &user.name, id: user.id })
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`Stop::SignIn`].
    pub(super) fn require_login(&self) -> Result<Reader<'_>, Stop> {
        self.reader().ok_or(Stop::SignIn)
    }

    /// Who is signed in with all rights: for pages that give new ways in (tokens, passwords).
    ///
    /// # Errors
    /// [`Stop::SignIn`].
    pub(super) fn require_full_login(&self) -> Result<Reader<'_>, Stop> {
        self.reader().filter(|_| !self.is_limited()).ok_or(Stop::SignIn)
    }

    /// Whether the session is a ticket's, with the rights of one page.
    pub(super) fn is_limited(&self) -> bool {
        let session = self.caller.as_ref().and_then(Caller::session);
        session.is_some_and(|session| accounts::page_of(session).is_some())
    }

    /// What the tokens of this browser's forms are bound to: its session, else what is known of a visitor.
    pub(super) fn xsrf_id(&self) -> XsrfId {
        if let Some(session) = self.caller.as_ref().and_then(Caller::session) {
            return XsrfId::signed_in(Some(&session.oauth_session_id), &session.id.to_string());
        }
        let user_agent = self.header(header::USER_AGENT.as_str()).unwrap_or_default();
        let visitor = AnonymousId { peer: self.peer.ip.to_canonical(), user_agent };
        XsrfId::anonymous(self.cookies.only(SESSION_ID), &visitor)
    }

    /// The token that the browser has, if it is good for this session, else a new one.
    fn xsrf_token(&self) -> XsrfToken {
        let (id, now) = (self.xsrf_id(), self.ctx.clock.now());
        let known = self.cookies.all(XSRF).find(|token| self.ctx.keys.xsrf_is_good(&id, token, now));
        match known {
            Some(token) => XsrfToken { text: token.to_owned(), is_known: true },
            None => XsrfToken { text: self.ctx.keys.xsrf_token(&id, now), is_known: false },
        }
    }

    /// The frame of a page.
    pub(super) fn shell(&self) -> Shell {
        let user = self.reader().map(|reader| ShellUser {
            name: reader.name.to_string(),
            admin: looks_after(reader.caller),
            leads: reader.caller.may(&ScopeBase::AdminServers, Target::Hub),
        });
        let insecure_network = self.peer.transport == Transport::Plain && !self.peer.is_local();
        let (nonce, scopes) = match &self.nonce {
            Some(nonce) => (nonce.clone(), self.reader().map(|reader| reader.caller.scopes.to_texts())),
            None => (String::new(), None),
        };
        let (services, xsrf, scopes) = (self.services(), self.xsrf.text.clone(), scopes.unwrap_or_default());
        Shell { user, services, xsrf, insecure_network, nonce, scopes }
    }

    /// What the menu has beside the hub's own pages: services that the reader may open.
    fn services(&self) -> Vec<ShellService> {
        let Some(reader) = self.reader() else { return Vec::new() };
        let open = |item: &MenuItem| reader.caller.may(&ScopeBase::AccessServices, Target::Service(&item.name));
        let shown = |item: MenuItem| ShellService {
            url: format!("{}services/{}/", self.base(), quote_path_part(item.name.as_str())),
            name: item.name.to_string(),
        };
        self.ctx.services.menu().into_iter().filter(open).map(shown).collect()
    }

    /// The moment of drawing, on the hub's own clock on the wall.
    pub(super) fn moment(&self) -> Moment {
        let now = self.ctx.clock.now();
        let then = OffsetDateTime::from_unix_timestamp(now.unix_seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Moment { now, offset: UtcOffset::local_offset_at(then).unwrap_or(UtcOffset::UTC) }
    }
}

/// Whether somebody's rights open the panel.
fn looks_after(caller: &Caller) -> bool {
    caller.may(&ScopeBase::AdminUi, Target::Hub)
}
