//! The nouns of Labdeck as values. Owns their rules (what is a valid name, which state shows what);
//! does no IO, reads no clock but through [`Clock`], and knows no other crate of the workspace.
//! Every other crate speaks in these types.
//!
//! The words are the glossary of `ARCHITECTURE.md`: a *user* has *servers*; a [`ServerKey`] names one of
//! them; a [`Stack`] is what it runs; a [`ServerState`] is what it is doing.
//!
//! ```
//! use labdeck_model::{ServerKey, ServerName, UserName};
//! let key = ServerKey::new(UserName::parse("Ada")?, ServerName::parse("gpu")?);
//! assert_eq!(key.to_string(), "ada:gpu");
//! assert_eq!(key.path(), "/user/ada/gpu/");
//! # Ok::<(), labdeck_model::NameError>(())
//! ```
#![forbid(unsafe_code)]

mod clock;
mod event;
mod folder;
mod ids;
mod name;
pub mod scope;
mod secret;
mod server;
mod server_key;
mod server_view;
mod shell;
mod size;
mod stack;

pub use clock::{Clock, FixedClock, SystemClock, Timestamp, TimestampError};
pub use event::{EngineState, Event, GpuSample, HubEvent, Job, JobState, Sample, ServerEntry};
pub use folder::{Folder, FolderAudience};
pub use ids::{ClientRowId, GroupId, RoleId, ServiceId, SessionId, SpawnerId, TokenId, UserId};
pub use name::{DisplayName, GroupName, NameError, RoleName, ServerName, ServiceName, UserName};
pub use secret::Secret;
pub use server::{Failure, LastExit, Pending, ServerState, StartStep, StopReason};
pub use server_key::{ServerKey, quote_path_part};
pub use server_view::{Grant, Notice, ServerView, UpcomingStop, Waiting, WaitingFor};
pub use shell::shell_word;
pub use size::Size;
pub use stack::{ImageRef, ImageRefError, ResourceLimits, Stack};
