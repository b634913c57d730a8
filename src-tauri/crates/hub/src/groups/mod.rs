//! Groups of users: making, changing and removing them, how they are shown to a caller, and who holds which role, which
//! is given to people and groups alike. What a scope means is the model's; what a caller may is `authz`'s.

mod change;
mod list;
mod roles;
mod show_role;

pub use change::{Membership, change_members, create, delete, set_properties};
pub use list::{GroupPage, list_models, model, models};
pub use roles::{RoleHolder, assign, unassign};
pub use show_role::{RoleHolders, RoleScope, RoleSource, RoleView, in_words, list_roles};

pub use labdeck_store::tables::groups::GroupRow;
