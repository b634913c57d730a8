//! The server that a page is about: found by the names in the path, with its state and the stacks it may run.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use labdeck_model::{ServerKey, ServerName, ServerState, ServerView, Stack, UserName};

use super::caller::{PageCaller, Reader};
use super::view::{ServerLinks, StackCard};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::spawners::DOCKER;
use crate::{accounts, servers, stacks};

/// The names in a path: `{name}` and `{server}`; none mean the reader's own default server.
#[derive(Debug)]
pub(super) struct ServerPath(Result<Option<ServerKey>>);

/// A server as a page sees it.
#[derive(Debug)]
pub(super) struct Found {
    /// Which.
    pub key: ServerKey,
    /// What it is doing.
    pub state: ServerState,
    /// As the API shows it; `None` where it never existed.
    pub view: Option<ServerView>,
    /// Its addresses.
    pub links: ServerLinks,
}

/// The stacks as pages name and offer them.
#[derive(Debug)]
pub(super) struct Catalogue {
    all: Vec<Stack>,
    /// What new servers run in.
    kind: String,
}

impl<S: Send + Sync> FromRequestParts<S> for ServerPath {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let names = match Path::<Vec<(String, String)>>::from_request_parts(parts, state).await {
            Ok(Path(names)) if names.is_empty() => Ok(None),
            Ok(Path(names)) => read_names(&names).map(Some),
            Err(PathRejection::MissingPathParams(_)) => Ok(None),
            Err(_) => Err(missing()),
        };
        Ok(Self(names))
    }
}

fn read_names(names: &[(String, String)]) -> Result<ServerKey> {
    let find = |wanted: &str| names.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let user = UserName::parse(find("name").unwrap_or_default()).map_err(|_| missing())?;
    let server = ServerName::parse(find("server").unwrap_or_default()).map_err(|_| missing())?;
    Ok(ServerKey::new(user, server))
}

fn missing() -> Error {
    Error::not_found("There is no such server.")
}

// === impl ServerPath ===

impl ServerPath {
    /// Which server is meant.
    ///
    /// # Errors
    /// 404 for names that cannot be one.
    pub(super) fn key(self, reader: &Reader<'_>) -> Result<ServerKey> {
        Ok(self.0?.unwrap_or_else(|| ServerKey::default_of(reader.name.clone())))
    }
}

// === impl Found ===

impl Found {
    /// The server of that key, whether or not it was ever started.
    ///
    /// # Errors
    /// 404 where there is no such user, or no such named server.
    pub(super) async fn load(page: &PageCaller, key: ServerKey) -> Result<Self> {
        let is_named = !key.server.is_default();
        let found = Self::load_or_new(page, key).await?;
        if is_named && found.view.is_none() { Err(missing()) } else { Ok(found) }
    }

    /// The same where a named server that is none yet may be made.
    ///
    /// # Errors
    /// 404 where there is no such user.
    pub(super) async fn load_or_new(page: &PageCaller, key: ServerKey) -> Result<Self> {
        let row = servers::find_row(&page.ctx, &key).await?;
        let Some(row) = row else {
            // Says so where the user is missing, too.
            accounts::get(&page.ctx, &key.user).await?;
            let links = ServerLinks::new(page.base(), &key);
            return Ok(Self { key, state: ServerState::new(), view: None, links });
        };
        let state = servers::state_of(&page.ctx, &row);
        let view = Some(servers::view_of(&page.ctx, &row));
        let links = ServerLinks::new(page.base(), &key);
        Ok(Self { key, state, view, links })
    }

    /// Where one goes once it serves: where one wanted to go, else to the server.
    pub(super) fn destination(&self, next: Option<String>) -> String {
        next.unwrap_or_else(|| self.links.open.clone())
    }

    /// The name of the stack that it runs or ran last.
    pub(super) fn stack(&self) -> Option<&str> {
        self.view.as_ref()?.labdeck_stack.as_deref()
    }

    /// The kind of spawner that it runs in or ran in last.
    pub(super) fn spawner(&self) -> Option<&str> {
        self.view.as_ref()?.labdeck_spawner.as_deref()
    }
}

// === impl Catalogue ===

impl Catalogue {
    /// The catalogue as it is now.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn load(ctx: &Context) -> Result<Self> {
        let kind = ctx.spawners.current().0.to_owned();
        Ok(Self { all: stacks::list(ctx).await?, kind })
    }

    /// The display name of a stack.
    pub(super) fn title(&self, name: Option<&str>) -> Option<String> {
        let name = name?;
        self.all.iter().find(|stack| stack.name == name).map(|stack| stack.display_name.clone())
    }

    /// Whether there is a choice for a server that ran in a kind of spawner, if it ever ran.
    pub(super) fn has_several(&self, ran_in: Option<&str>) -> bool {
        self.offered(ran_in).nth(1).is_some()
    }

    /// The choice for a server, with `wanted` chosen if that is offered, else the default.
    pub(super) fn cards(&self, ran_in: Option<&str>, wanted: Option<&str>) -> Vec<StackCard> {
        let wanted = wanted.filter(|wanted| self.offered(ran_in).any(|stack| stack.name == *wanted));
        let is_chosen = |stack: &Stack| wanted.map_or(stack.is_default, |wanted| stack.name == wanted);
        self.offered(ran_in).map(|stack| StackCard { chosen: is_chosen(stack), ..StackCard::new(stack) }).collect()
    }

    /// Only containers have stacks.
    fn offered(&self, ran_in: Option<&str>) -> impl Iterator<Item = &Stack> {
        let has_stacks = ran_in.unwrap_or(&self.kind) == DOCKER;
        self.all.iter().filter(move |stack| has_stacks && stack.offered)
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{ImageRef, ResourceLimits};

    use super::*;

    fn catalogue(kind: &str) -> Catalogue {
        let stack = |name: &str, offered, is_default| Stack {
            name: name.to_owned(),
            display_name: name.to_uppercase(),
            description: String::new(),
            image: ImageRef::parse("x:1").unwrap(),
            offered,
            is_default,
            limits: ResourceLimits::default(),
        };
        Catalogue {
            all: vec![stack("a", true, true), stack("b", true, false), stack("c", false, false)],
            kind: kind.to_owned(),
        }
    }

    #[test]
    fn what_was_chosen_before_is_chosen_again_while_it_is_offered() {
        let chosen = |wanted| {
            let cards = catalogue(DOCKER).cards(None, wanted);
            cards.into_iter().filter(|card| card.chosen).map(|card| card.name).collect::<Vec<_>>()
        };
        assert_eq!(chosen(Some("b")), ["b"]);
        assert_eq!(chosen(Some("c")), ["a"]);
        assert_eq!(chosen(None), ["a"]);
    }

    #[test]
    fn only_containers_have_a_choice() {
        assert!(catalogue(DOCKER).has_several(None) && !catalogue("simple").has_several(None));
        assert!(!catalogue(DOCKER).has_several(Some("simple")) && catalogue("simple").has_several(Some(DOCKER)));
        assert_eq!(catalogue("simple").title(Some("c")), Some("C".to_owned()));
    }

    #[test]
    fn impossible_names_are_missing_servers() {
        let names = |user: &str, server: &str| {
            read_names(&[("name".to_owned(), user.to_owned()), ("server".to_owned(), server.to_owned())])
        };
        assert_eq!(names("Ada", "gpu").unwrap().to_string(), "ada:gpu");
        assert!(names("..", "").is_err() && names("ada", "A B").is_err());
    }
}
