//! The caller as `GET /hub/api/user` tells: servers decide by it whom they let in.

use labdeck_model::UserName;
use labdeck_model::scope::{Filter, Scope, ScopeBase, ScopeSet, intersect};
use labdeck_store::tables::users::{self, UserRow};
use serde_json::{Value, json};

use super::model::{Belongings, ServersShown, user_model};
use crate::authz::{self, Caller, Via, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::services;

/// Who the caller is, with the scopes of this very request written out.
///
/// # Errors
/// When the store fails.
pub async fn identity(ctx: &Context, caller: &Caller) -> Result<Value> {
    let mut model = match &caller.who {
        Who::User(user) => own_model(ctx, caller, user).await?,
        Who::Service(service) => services::own_model(ctx, caller, service).await?,
        Who::Window => json!({ "kind": "service", "name": "labdeck-window", "admin": true }),
    };
    let (token_id, session_id) = match &caller.via {
        Via::Token(row) => (Some(format!("a{}", row.id)), row.session_id.clone()),
        // JupyterHub tells it of tokens only: a page's script has no use for it.
        Via::Session(_) | Via::Window | Via::Password => (None, None),
    };
    model["token_id"] = json!(token_id);
    model["session_id"] = json!(session_id);
    model["scopes"] = json!(caller.scopes.to_texts());
    Ok(model)
}

/// Who holds a token or a session, as the caller may see them; by name and groups in any case, for whoever has it has
/// what it opens.
///
/// # Errors
/// When the store fails.
pub async fn identified(ctx: &Context, caller: &Caller, holder: &Caller) -> Result<Value> {
    let user = match &holder.who {
        Who::User(user) => user.clone(),
        Who::Service(service) => {
            return Ok(json!({ "kind": "service", "name": service.name, "admin": service.facts.admin }));
        }
        Who::Window => return Err(Error::not_found("Not Found")),
    };
    let mut asker = caller.clone();
    for base in [ScopeBase::ReadUsersName, ScopeBase::ReadUsersGroups] {
        asker.scopes.insert(Scope::filtered(base, Filter::User(user.name.clone())));
    }
    let context = ctx.clone();
    ctx.store
        .read(move |read| {
            let belongings = Belongings::read(read, &asker, std::slice::from_ref(&user))?;
            Ok(user_model(&belongings, &context, &asker, &user, ServersShown::Active).into_value())
        })
        .await
}

/// The identity itself is never hidden from its owner, whatever the scopes.
async fn own_model(ctx: &Context, caller: &Caller, user: &UserRow) -> Result<Value> {
    let (context, asker, user) = (ctx.clone(), caller.clone(), user.clone());
    ctx.store
        .read(move |read| {
            let belongings = Belongings::read(read, &asker, std::slice::from_ref(&user))?;
            let mut model = user_model(&belongings, &context, &asker, &user, ServersShown::Active).into_value();
            model["admin"] = json!(user.admin);
            model["groups"] = json!(belongings.groups(&user));
            model["user_info"] = json!(user.user_info);
            Ok(model)
        })
        .await
}

/// Whether a user holds nothing that the caller does not hold. A user's rights over what is their own do not count:
/// whoever looks after people has those over them anyway.
///
/// # Errors
/// 404 for nobody.
pub async fn may_no_more_than(ctx: &Context, name: &UserName, caller: &Caller) -> Result<bool> {
    let (name, caller) = (name.clone(), caller.clone());
    ctx.store
        .read(move |read| {
            let missing = || Error::not_found(format!("There is nobody called {name}."));
            let user = users::find_by_name(read, &name)?.ok_or_else(missing)?;
            let held = authz::owner_scopes(read, &user)?;
            let own = Some(Filter::User(name.clone()));
            let others: ScopeSet = held.iter().filter(|scope| scope.filter != own).cloned().collect();
            let common = intersect(&others, &caller.scopes, &caller.members);
            Ok(!user.admin && others.difference(&common).is_empty())
        })
        .await
}
