//! What a browser sees of the hub: typed page contexts ([`view`]), their rendering ([`render`]) and the static files
//! they ask for ([`static_files`]). Decides nothing; the HTTP handlers beside it call use-cases and fill the contexts.

pub mod render;
mod router;
pub mod static_files;
pub mod view;

pub use render::Pages;
pub use router::router;
pub use static_files::{StaticFile, static_file};
