//! Accounts: signing in and out, invitations, the claim, adding and removing users, their passwords, and how users are
//! shown to a caller.

mod activity;
mod callers;
mod claim;
mod figures;
mod identity;
mod invitations;
mod list;
mod login;
mod model;
mod password;
mod rename;
mod sessions;
mod shown;
mod users;
mod vault;

pub use activity::{Activity, report_activity};
pub use callers::{find_again, find_by_cookie, find_by_cookies, find_by_token};
pub use claim::{claim, find_lead, is_claimed, lead, owner_code_is_good, owner_link, redeem_owner_link, settled};
pub use figures::count;
pub use identity::{identified, identity, may_no_more_than};
pub use invitations::{Invitation, accept, find as find_invitation, invite};
pub use list::{UserPage, list_models, model, models};
pub use login::{Login, NewBrowser, SignedIn, find_by_password, log_in, log_out, open_session};
pub use model::{ServersShown, UserModel};
pub use password::{change_password, set_password};
pub use rename::rename;
pub use sessions::{end_other_sessions, end_session, list_sessions, note_session_use, page_of};
pub use shown::{has_password, list_all_visits, list_visits};
pub use users::{Standing, create, delete, get, last_use, note_token_use, note_visit, parse_new, set_admin};
pub use vault::StoreVault;

pub use labdeck_store::tables::users::{UserQuery, UserRow, UserSort, UserState};
