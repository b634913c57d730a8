//! What servers may have of the machine: the sizes that people choose from, what a start offers, the reserve, the
//! graphics cards. Owns the machine's [`Room`](crate::lifecycle::Room); who is let in when, and the queue, are the
//! lifecycle's, and what was granted is kept with the server.

mod cards;
mod choice;
mod day;
mod gauge;
mod kept;
mod ledger;
mod nvml;
mod options;
mod problems;
mod room;
mod samples;
mod sizes;
mod state;
mod visible;
mod words;

pub use cards::{Card, Cards, NoCards};
pub use choice::{Choice, choose, first_text, groups_of};
pub use day::{Day, UsagePoint, UsageView};
pub use gauge::{Gauge, MachineMemory, ServersMachine};
pub use kept::Kept;
pub use nvml::NvidiaCards;
pub use options::{FolderOption, ImageOption, LastChoice, SizeOption, StartOffer, offer};
pub use problems::problems;
pub use room::{MachineRoom, Promise, Rules, default_reserve};
pub use samples::{Meter, Watch, samples};
pub use sizes::{SizeWish, delete, list, put};
pub use state::{CardView, Holder, LimitsView, QueuedServer, Resources, ResourcesChange, change, state};
pub use visible::{CardUse, card_variables};
pub use words::{bytes_in_words, limits_in_words};
