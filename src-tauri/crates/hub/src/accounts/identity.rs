//! The caller as `GET /hub/api/user` tells: servers decide by it whom they let in (`jupyterhub.md` C.5).

use labdeck_store::tables::groups;
use labdeck_store::tables::users::UserRow;
use serde_json::{Value, json};

use super::model::{ServersShown, user_model};
use crate::authz::{Caller, Via, Who};
use crate::context::Context;
use crate::error::Result;

/// Who the caller is, with the scopes of this very request written out.
///
/// # Errors
/// When the store fails.
pub async fn identity(ctx: &Context, caller: &Caller) -> Result<Value> {
    let mut model = match &caller.who {
        Who::User(user) => own_model(ctx, caller, user).await?,
        Who::Service(service) => json!({ "kind": "service", "name": service.name, "admin": service.facts.admin }),
        Who::Window => json!({ "kind": "service", "name": "labdeck-window", "admin": true }),
    };
    let (token_id, session_id) = match &caller.via {
        Via::Token(row) => (Some(format!("a{}", row.id)), row.session_id.clone()),
        Via::Session(session) => (None, Some(session.oauth_session_id.clone())),
        Via::Window => (None, None),
    };
    model["token_id"] = json!(token_id);
    model["session_id"] = json!(session_id);
    model["scopes"] = json!(caller.scopes.to_texts());
    Ok(model)
}

/// The identity itself is never hidden from its owner, whatever the scopes.
async fn own_model(ctx: &Context, caller: &Caller, user: &UserRow) -> Result<Value> {
    let (context, asker, user) = (ctx.clone(), caller.clone(), user.clone());
    ctx.store
        .read(move |read| {
            let mut model = user_model(read, &context, &asker, &user, ServersShown::Active)?;
            let names: Vec<_> = groups::list_for_user(read, user.id)?.into_iter().map(|group| group.name).collect();
            model["admin"] = json!(user.admin);
            model["groups"] = json!(names);
            model["user_info"] = json!(user.user_info);
            Ok(model)
        })
        .await
}
