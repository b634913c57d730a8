//! Browser sessions: the cookies the hub sets, the XSRF token that goes with them, and single-use tickets.
//! Owns how they are made and checked; where they are stored is the store's matter, who is behind one `authz`'s.

mod cookie;
mod next;
mod ticket;
mod xsrf;

pub use cookie::{Cookies, HUB_LOGIN, SESSION_ID, SetCookies, XSRF};
pub use next::safe_next;
pub use ticket::{TICKET_LIFETIME, TicketTarget, issue as issue_ticket, note_session, redeem as redeem_ticket};
pub use xsrf::{AnonymousId, Keys, XsrfError, XsrfId, nonce};

use std::time::Duration;

/// How long a session lives at the most. JupyterHub's cookie says 30 days.
pub const ABSOLUTE_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
