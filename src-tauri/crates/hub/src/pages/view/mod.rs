//! What each page is told: one plain struct per page, filled by a handler, drawn by [`crate::pages::Pages`].
//! Words of people and programs go in as they are; escaping is the templates' work. Addresses go in as paths of this
//! hub; anything else is not linked to.

mod account;
mod care;
mod choices;
mod message;
mod server;
mod sharing;
mod shell;
mod signin;
mod when;

pub use account::{AccountPage, AppRow, OAuthPage, ScopeLine, SessionRow, TokenPage, TokenRow, Visit};
pub use care::{AwakePage, Care, NoteLine, StopNote};
pub use choices::{FolderRow, ImageRow, SizeCard, StartChoices};
pub use message::{AskForm, ErrorPage, NextStep, Notice, Tone};
pub use server::{
    Doing, HomePage, NewServer, NotRunningPage, ServerCard, ServerLinks, SpawnPage, SpawnPendingPage, StackCard,
    StopPendingPage,
};
pub use sharing::{AcceptSharePage, GivenRow, LinkRow, ReceivedRow, RequestRow, ServerChoice, SharingPage};
pub use shell::{Shell, ShellService, ShellUser};
pub use signin::{
    ClaimForm, ClaimPage, InvitationForm, InvitationKind, InvitationPage, LinkProblem, LoginPage, LogoutPage,
    PasswordRules,
};
pub use when::{Moment, When};
