//! Sharing: who may use whose server. Owns the rules of shares and of the links that give them (JupyterHub's shares
//! and share codes), and what must happen when one ends. What a share adds to somebody's rights is `authz`'s.

mod ask;
mod attempts;
mod codes;
mod everything;
mod grants;
mod own;
mod scopes;
mod view;
mod withdraw;

pub use ask::{Answer, RequestLine, answer, ask, list_requests};
pub use attempts::Attempts;
pub use codes::{CodeName, CodeWish, accept, create_code, delete_codes, find_code, list_codes};
pub use everything::{SharingView, everything};
pub use grants::{
    ShareWish, Whom, delete_shares, delete_with_group, delete_with_user, find_with_group, find_with_user, grant,
    list_of_owner, list_of_server, list_with_group, list_with_user, reduce,
};
pub use own::{LinkLine, Overview, SharedLine, link_own, overview, share_own};
pub use scopes::words;
pub use view::{Named, NewShareCodeView, ShareCodeView, ShareView, SharedServer};
pub use withdraw::{Lost, finish, list_visited, look, shut_out_removed};
