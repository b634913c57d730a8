//! What servers may have of the machine: the sizes that people choose from, and what a start offers. Who may start at
//! all is the lifecycle's; what was granted is kept with the server.

mod choice;
mod options;
mod sizes;
mod words;

pub use choice::{Choice, choose, first_text, groups_of};
pub use options::{FolderOption, ImageOption, LastChoice, SizeOption, StartOffer, offer};
pub use sizes::{SizeWish, delete, list, put};
pub use words::{bytes_in_words, limits_in_words};
