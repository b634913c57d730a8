//! Accounts: signing in and out, invitations, the claim, adding and removing users, their passwords.

mod claim;
mod invitations;
mod login;
mod model;
mod password;
mod sessions;
mod shown;
mod users;
mod vault;

pub use claim::{claim, find_lead, is_claimed, lead, owner_code_is_good, owner_link, redeem_owner_link, settled};
pub use invitations::{Invitation, accept, find as find_invitation, invite};
pub use login::{Login, NewBrowser, SignedIn, log_in, log_out, open_session};
pub use model::{ServersShown, user_model};
pub use password::{change_password, set_password};
pub use sessions::{end_other_sessions, end_session, list_sessions, note_session_use, page_of};
pub use shown::{find_by_token, has_password, list_visits};
pub use users::{Standing, create, delete, get, note_token_use, note_visit, set_admin};
pub use vault::StoreVault;
