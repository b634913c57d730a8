//! The catalogue of stacks and the images behind them: what is offered, what could be, fetching more.

mod catalogue;
mod choice;
mod pull;

pub use catalogue::{ImageView, StackWish, delete, images, list, put};
pub use choice::{choose_image, unnamed_stack};
pub use pull::pull;
