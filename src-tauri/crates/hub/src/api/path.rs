//! Names in paths, parsed as they are taken out. A name that cannot be one is answered as one that is not there:
//! whoever asks for `/users/..` learns nothing.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use http::Method;
use labdeck_model::{GroupName, NameError, ServerKey, ServerName, ServiceName, UserName};

use super::error::ApiError;
use crate::error::Error;

/// `{name}` of a user.
#[derive(Debug)]
pub(super) struct UserPath(pub UserName);

/// `{name}` of a user, with `{server}` where the route has one. In our own routes the default server is `~`.
#[derive(Debug)]
pub(super) struct ServerPath(pub ServerKey);

/// `{owner}` of servers that are shared.
#[derive(Debug)]
pub(super) struct OwnerPath(pub UserName);

/// `{owner}` and `{server}` of one that is shared; the name of a default server is empty, or no part of the path.
#[derive(Debug)]
pub(super) struct SharedPath(pub ServerKey);

/// A group, as JupyterHub's calls about shares name it.
#[derive(Debug)]
pub(super) struct SharingGroupPath(pub GroupName);
/// `{name}` of a service.
#[derive(Debug)]
pub(super) struct ServicePath(pub ServiceName);

/// A server, with the `{id}` of what is to be done to it.
#[derive(Debug)]
pub(super) struct FixPath {
    pub key: ServerKey,
    pub id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for FixPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ServerPath(key) = ServerPath::from_request_parts(parts, state).await?;
        let missing = || ApiError(Error::not_found("No access to resources or resources not found"));
        let Path(pairs) =
            Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| missing())?;
        let id = pairs.into_iter().find(|(name, _)| name == "id").map(|(_, id)| id);
        Ok(Self { key, id: id.ok_or_else(missing)? })
    }
}

/// `{name}` of a group.
#[derive(Debug)]
pub(super) struct GroupPath(pub GroupName);

impl<S: Send + Sync> FromRequestParts<S> for GroupPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let missing = || ApiError(Error::not_found("No access to resources or resources not found"));
        let Path(name) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| missing())?;
        Ok(Self(GroupName::parse(&name).map_err(|_| missing())?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (user, _) = names(parts, state).await?;
        Ok(Self(user))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ServicePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let missing = || ApiError(Error::not_found("No access to resources or resources not found"));
        let Path(name) =
            Path::<BTreeMap<String, String>>::from_request_parts(parts, state).await.map_err(|_| missing())?;
        let name = name.get("name").map(String::as_str).unwrap_or_default();
        // Who makes one is told what is wrong with its name; for others there is none.
        let refused = |error: NameError| if parts.method == Method::POST { ApiError(error.into()) } else { missing() };
        Ok(Self(ServiceName::parse(name).map_err(refused)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ServerPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (user, server) = names(parts, state).await?;
        Ok(Self(ServerKey::new(user, server)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OwnerPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        SharedPath::from_request_parts(parts, state).await.map(|shared| Self(shared.0.user))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SharedPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let owner = UserName::parse(&part(parts, state, "owner").await?).map_err(|_| nothing())?;
        let server = ServerName::parse(&part(parts, state, "server").await?).map_err(|_| nothing())?;
        Ok(Self(ServerKey::new(owner, server)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SharingGroupPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        Ok(Self(GroupName::parse(&part(parts, state, "name").await?).map_err(|_| nothing())?))
    }
}

/// A part of the path by its name; empty where the route has none of that name.
async fn part<S: Send + Sync>(parts: &mut Parts, state: &S, wanted: &str) -> Result<String, ApiError> {
    let Path(pairs) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| nothing())?;
    Ok(pairs.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value).unwrap_or_default())
}

fn nothing() -> ApiError {
    ApiError(Error::not_found("No access to resources or resources not found"))
}

async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<(UserName, ServerName), ApiError> {
    let missing = || ApiError(Error::not_found("No access to resources or resources not found"));
    let Path(pairs) = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| missing())?;
    let find = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let user = UserName::parse(find("name").unwrap_or_default()).map_err(|_| missing())?;
    let server = match find("server") {
        None | Some("~") => ServerName::default_server(),
        // Who makes one is told what is wrong with its name; for others there is none.
        Some(text) => ServerName::parse(text).map_err(|error| match parts.method {
            Method::POST | Method::PUT => ApiError(error.into()),
            _ => missing(),
        })?,
    };
    Ok((user, server))
}
