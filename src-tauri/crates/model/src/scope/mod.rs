//! Scopes: JupyterHub 6.1's grammar of rights, as values and pure functions. Owns the table of scopes, filters,
//! expansion and intersection; knows no request and no database (who is in which group comes in by [`Membership`]).
//! Called by the hub's `authz` for every request, and by whoever accepts scopes from outside (tokens, roles, shares).
//!
//! A *scope* is a base with an optional *filter*: `read:users`, `read:users!group=lab`, `access:servers!server=ada/`.
//!
//! ```
//! use labdeck_model::scope::{Owner, ScopeBase, ScopeSet, Target, Verdict, expand, resolve_owner};
//! use labdeck_model::UserName;
//! let ada = UserName::parse("ada")?;
//! let bob = UserName::parse("bob")?;
//! let role = ScopeSet::parse(["self"])?;
//! let held = expand(&resolve_owner(&role, &Owner::user(ada.clone())));
//! let nobody = |_: &UserName| Vec::new();
//! assert_eq!(held.check(&ScopeBase::StartServers, Target::User(&ada), &nobody), Verdict::Granted);
//! assert_eq!(held.check(&ScopeBase::StartServers, Target::User(&bob), &nobody), Verdict::NotThisOne);
//! assert_eq!(held.check(&ScopeBase::Shutdown, Target::Hub, &nobody), Verdict::NotHeld);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod expand;
mod filter;
mod intersect;
mod parse;
mod roles;
mod set;
mod table;

pub use access::{Access, Membership, Target, Verdict};
pub use expand::{Owner, Via, expand, resolve_owner};
pub use filter::Filter;
pub use intersect::intersect;
pub use parse::{Scope, ScopeError};
pub use roles::{BASE_ROLES, BaseRole, find_base_role};
pub use set::ScopeSet;
pub use table::{CustomScope, ScopeBase};

/// Random sets for the property tests: bases of every kind, filters that overlap.
#[cfg(test)]
fn set_strategy() -> impl proptest::strategy::Strategy<Value = ScopeSet> {
    use proptest::prelude::*;
    let filters = [
        "",
        "!user=ada",
        "!user=bob",
        "!server=ada/",
        "!server=ada/gpu",
        "!group=lab",
        "!group=art",
        "!user",
        "!server",
    ];
    let scope = (0..ScopeBase::TABLE.len(), 0..filters.len());
    proptest::collection::vec(scope, 0..6).prop_map(move |picks| {
        picks
            .into_iter()
            .filter_map(|(base, filter)| Scope::parse(&format!("{}{}", ScopeBase::TABLE[base], filters[filter])).ok())
            .collect()
    })
}
