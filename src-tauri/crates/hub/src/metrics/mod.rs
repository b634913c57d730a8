//! Figures for Prometheus, under JupyterHub's names. Owns the instruments and their form as text; whoever does a thing
//! tells how long it took. Numbers that the store knows are asked for by whoever shows them.

mod instruments;
mod process;
mod turns;

pub use instruments::{Counts, Metrics, Outcome, TEXT_FORMAT};
pub use turns::{Turn, Turns};
