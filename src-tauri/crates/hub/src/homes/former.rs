//! What earlier people of a name left: offered to the lead when somebody new gets the name, and never given by itself,
//! for the new person may be somebody else. Asks the store only: adding people waits for no engine.

use std::collections::HashMap;

use labdeck_model::UserName;
use labdeck_store::tables::kept_homes;

use super::list::{HomeView, join};
use crate::context::Context;
use crate::error::{Error, Result};

/// Kept homes and archives of those who had one of these names. Where each lies is not said.
///
/// # Errors
/// When the store fails.
pub async fn left_by(ctx: &Context, names: &[UserName]) -> Result<Vec<HomeView>> {
    let mut kept = ctx.store.read(|read| Ok::<_, Error>(kept_homes::list(read)?)).await?;
    kept.retain(|row| names.iter().any(|name| name.as_str() == row.user_name));
    Ok(join(&[], &kept, &HashMap::new()))
}
