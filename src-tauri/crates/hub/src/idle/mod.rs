//! Stopping what nobody uses. Owns the rules ([`Rules`], from configuration, window and person), the pure decision
//! ([`decide`]), the question to a server whether its kernels compute, and the round that puts them together. Servers
//! are stopped through the registry; an engine that does not answer stops nothing.

mod ask;
mod awake;
mod decide;
mod rules;
mod settings;
mod watch;

pub use awake::{LEAD_HOURS, OWN_HOURS, keep_awake};
pub use decide::{Decision, Facts, Kernels, Rule, decide};
pub use rules::{Layer, Rules, Sources, in_words, resolve};
pub use settings::{AllRules, clear_person, find_person, set_all, set_person, show_all};
pub use watch::watch;
