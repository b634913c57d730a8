//! Starting a server: the choice of stacks, and the form that starts. A GET starts only what its address spells out,
//! with `opt-` since JupyterHub 6.0, and only where the browser says that no other site's page sent it here.

use std::collections::BTreeMap;

use axum::response::Response;
use http::{StatusCode, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Failure, quote_path_part};
use serde_json::{Map, Value, json};

use super::caller::{PageCaller, Reader};
use super::error::{PageResult, add_retry_after};
use super::form::{Fields, PostedForm};
use super::server::{Catalogue, Found, ServerPath};
use super::view::{SpawnPage, StartChoices};
use crate::api::{public_text, status_of};
use crate::error::{Error, Kind, Result};
use crate::lifecycle::Patience;
use crate::resources::{self, StartOffer};
use crate::servers::{self, StartWish};

/// `GET {hub}spawn`, `{hub}spawn/{name}`, `{hub}spawn/{name}/{server}`.
pub(super) async fn get(page: PageCaller, of: ServerPath) -> Response {
    page.answer(show(&page, of).await)
}

async fn show(page: &PageCaller, of: ServerPath) -> PageResult {
    let reader = page.require_login()?;
    let found = find(page, &reader, of).await?;
    if found.state.is_ready() {
        return Ok(page.redirect(&found.destination(page.next())));
    }
    if found.state.is_active() {
        return Ok(page.redirect(&pending_url(&found, page.next().as_deref())));
    }
    let user_options = options_of_address(page.uri.query().unwrap_or_default());
    if let Some(user_options) = user_options.filter(|_| comes_from_here(page)) {
        return start_with(page, &reader, &found, user_options, page.next()).await;
    }
    let failure = found.view.as_ref().and_then(|view| view.labdeck_failure.clone());
    draw(page, &reader, &found, failure, StatusCode::OK).await
}

/// `POST` to the same.
pub(super) async fn post(of: ServerPath, PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(start(&page, of, &fields).await)
}

async fn start(page: &PageCaller, of: ServerPath, fields: &Fields) -> PageResult {
    let reader = page.require_login()?;
    let found = find(page, &reader, of).await?;
    let next = page.next().or_else(|| fields.find("next").and_then(|next| page.checked_next(next)));
    let offer = resources::offer(&page.ctx, &found.key).await?;
    start_with(page, &reader, &found, options(fields, &offer), next).await
}

async fn start_with(
    page: &PageCaller,
    reader: &Reader<'_>,
    found: &Found,
    user_options: Value,
    next: Option<String>,
) -> PageResult {
    let wish = StartWish { user_options, display_name: page.query("display_name"), patience: Patience::Queue };
    match servers::start(&page.ctx, reader.caller, &found.key, wish).await {
        Ok(_) => Ok(page.redirect(&pending_url(found, next.as_deref()))),
        Err(error) => refused(page, reader, found, &error).await,
    }
}

/// Parameters of an address that choose nothing.
const NO_OPTIONS: [&str; 3] = ["next", "display_name", "_xsrf"];

/// What an address chooses: each `opt-name=value`, as lists, because a name may stand there more than once. Addresses
/// from before JupyterHub 6.0 have names without `opt-`; beside names with it they mean nothing.
fn options_of_address(query: &str) -> Option<Value> {
    let (mut options, mut earlier) = (BTreeMap::<String, Vec<String>>::new(), BTreeMap::<String, Vec<String>>::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.strip_prefix("opt-") {
            Some("") => {}
            Some(name) => options.entry(name.to_owned()).or_default().push(value.into_owned()),
            None if NO_OPTIONS.contains(&&*name) => {}
            None => earlier.entry(name.into_owned()).or_default().push(value.into_owned()),
        }
    }
    match (options.is_empty(), earlier.is_empty()) {
        (true, true) => return None,
        (true, false) => {
            tracing::warn!("Names of options in an address should begin with opt-, or they may be taken for others");
            options = earlier;
        }
        (false, false) => tracing::warn!("Left out the options of an address whose names lack opt-"),
        (false, true) => {}
    }
    Some(json!(options))
}

/// What an address chooses of that which the form offers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wished {
    stack: Option<String>,
    size: Option<String>,
    image: Option<String>,
}

// === impl Wished ===

impl Wished {
    fn of(query: &str) -> Self {
        let options = options_of_address(query).unwrap_or_default();
        let first = |name: &str| options[name][0].as_str().map(str::to_owned);
        Self { stack: first("stack"), size: first("size"), image: first("image") }
    }

    /// Chooses it in the form; what is not offered is passed over there.
    fn choose(self, offer: &mut StartOffer) {
        offer.last.size = self.size.or(offer.last.size.take());
        offer.last.image = self.image.or(offer.last.image.take());
    }
}

/// Whether the person or a page of ours made the browser come. A link of another site's may show the form, and a person
/// decides. Over plain HTTP to another computer browsers do not send `Sec-Fetch-Site`, and an address that was typed
/// looks like one of a page that hides where it is: then only a `Referer` of ours will do.
fn comes_from_here(page: &PageCaller) -> bool {
    match page.header("sec-fetch-site") {
        Some(site) => matches!(site, "none" | "same-origin"),
        None => page.peer.origin().zip(page.header(header::REFERER.as_str())).is_some_and(|(ours, referer)| {
            let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
            origin(&ours).is_some_and(|ours| ours.is_tuple() && origin(referer) == Some(ours))
        }),
    }
}

/// The server, if the reader may start it.
async fn find(page: &PageCaller, reader: &Reader<'_>, of: ServerPath) -> Result<Found> {
    let key = of.key(reader)?;
    reader.caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    Found::load_or_new(page, key).await
}

/// What the form chose; nothing chosen repeats the last choice. A button that starts a stack again asks for nothing
/// else: what was chosen beside it last holds on, as far as it is still offered.
fn options(fields: &Fields, offer: &StartOffer) -> Value {
    const CHOICES: [&str; 4] = ["stack", "size", "image", "folders"];
    if CHOICES.iter().all(|name| fields.text(name).is_empty()) && fields.find("folders").is_none() {
        return if fields.find("size").is_some() { json!({}) } else { Value::Null };
    }
    let mut options = Map::new();
    for name in ["stack", "size", "image"] {
        if !fields.text(name).is_empty() {
            options.insert(name.to_owned(), json!(fields.text(name)));
        }
    }
    if fields.find("folders").is_some() {
        let chosen: Vec<_> = fields.all("folders").filter(|name| !name.is_empty()).collect();
        options.insert("folders".to_owned(), json!(chosen));
    }
    let last = &offer.last;
    let size = last.size.as_ref().filter(|last| offer.sizes.iter().any(|option| option.size.name == **last));
    let image = last.image.as_ref().filter(|last| offer.images.iter().any(|image| image.label == **last));
    let kept = [("size", json!(size)), ("image", json!(image)), ("folders", json!(last.folders))];
    for (name, value) in kept {
        if fields.find(name).is_none() && !value.is_null() {
            options.insert(name.to_owned(), value);
        }
    }
    Value::Object(options)
}

async fn refused(page: &PageCaller, reader: &Reader<'_>, found: &Found, error: &Error) -> PageResult {
    let failure = Failure::new("refused", public_text(error), "");
    let mut response = draw(page, reader, found, Some(failure), status_of(error.kind())).await?;
    if let Kind::Limited(after) = error.kind() {
        add_retry_after(&mut response, after.as_secs());
    }
    Ok(response)
}

async fn draw(
    page: &PageCaller,
    reader: &Reader<'_>,
    found: &Found,
    failure: Option<Failure>,
    status: StatusCode,
) -> PageResult {
    let catalogue = Catalogue::load(&page.ctx).await?;
    let mut offer = resources::offer(&page.ctx, &found.key).await?;
    let wished = Wished::of(page.uri.query().unwrap_or_default());
    let mut stacks = catalogue.cards(found.spawner(), wished.stack.as_deref().or(found.stack()));
    wished.choose(&mut offer);
    for card in &mut stacks {
        card.remark = offer.usual_seconds.get(&card.name).map(|seconds| format!("ready in about {seconds} s"));
    }
    let spawn = SpawnPage {
        owner: found.key.user.to_string(),
        yours: found.key.user == *reader.name,
        name: found.key.server.to_string(),
        stacks,
        choices: StartChoices::of(&offer),
        failure,
        next: page.next(),
        links: found.links.clone(),
    };
    Ok(page.html(status, page.ctx.pages.spawn(&page.shell(), &spawn)))
}

/// Where a start or stop is followed.
pub(super) fn pending_url(found: &Found, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{}?next={}", found.links.pending, quote_path_part(next)),
        None => found.links.pending.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use labdeck_model::{ResourceLimits, Size};

    use super::*;
    use crate::resources::{LastChoice, SizeOption};

    fn offer(last: LastChoice) -> StartOffer {
        let size = Size {
            name: "m".to_owned(),
            display_name: "M".to_owned(),
            limits: ResourceLimits::default(),
            offered: true,
            is_default: false,
            groups: Vec::new(),
        };
        let sizes = vec![SizeOption { size, fits: true, why_not: None }];
        let usual_seconds = BTreeMap::new();
        StartOffer { stacks: Vec::new(), images: Vec::new(), sizes, folders: Vec::new(), last, usual_seconds }
    }

    fn read(body: &str, last: LastChoice) -> Value {
        options(&Fields::of_text(body), &offer(last))
    }

    #[test]
    fn a_form_says_what_was_chosen() {
        let none = LastChoice::default;
        assert_eq!(read("", none()), Value::Null, "nothing asked repeats the last choice");
        assert_eq!(read("stack=r&size=m", none()), json!({ "stack": "r", "size": "m" }));
        assert_eq!(read("size=", none()), json!({}), "the stack's own limits, on purpose");
        assert_eq!(read("stack=r&folders=&folders=lab", none()), json!({ "stack": "r", "folders": ["lab"] }));
        assert_eq!(read("folders=", none()), json!({ "folders": [] }), "every box was cleared");
    }

    #[test]
    fn an_address_chooses_with_and_without_the_prefix() {
        assert_eq!(options_of_address("next=%2Fx&display_name=a&_xsrf=t&opt-=x"), None);
        assert_eq!(options_of_address("opt-a=1&opt-a=2&b=3"), Some(json!({ "a": ["1", "2"] })), "mixed");
        assert_eq!(options_of_address("a=1&next=%2Fx"), Some(json!({ "a": ["1"] })), "as before 6.0");
    }

    #[test]
    fn the_form_shows_what_an_address_chose() {
        let mut offer = offer(LastChoice { size: Some("s".to_owned()), ..LastChoice::default() });
        let wished = Wished::of("opt-stack=r&opt-size=m&opt-size=l&next=%2Fx");
        assert_eq!(wished.stack.as_deref(), Some("r"));
        wished.choose(&mut offer);
        assert_eq!((offer.last.size.as_deref(), offer.last.image), (Some("m"), None));
        assert_eq!(Wished::of("next=%2Fx"), Wished::default());
    }

    #[test]
    fn a_button_that_starts_again_keeps_what_it_does_not_ask_for() {
        let last = |size: &str| LastChoice {
            size: Some(size.to_owned()),
            folders: Some(vec!["lab".to_owned()]),
            ..LastChoice::default()
        };
        assert_eq!(read("stack=r", last("m")), json!({ "stack": "r", "size": "m", "folders": ["lab"] }));
        assert_eq!(read("stack=r", last("gone")), json!({ "stack": "r", "folders": ["lab"] }));
        assert_eq!(read("stack=r&size=&folders=", last("m")), json!({ "stack": "r", "folders": [] }));
    }
}
