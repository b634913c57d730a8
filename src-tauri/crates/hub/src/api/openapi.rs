//! The OpenAPI document of what is ours, from the handlers' own attributes; the window's types come from it.

use labdeck_model::{Event, HubEvent, Job, Sample, ServerView, Stack};
use utoipa::OpenApi;

use super::labdeck::{events, hub, people, servers, stacks};

#[derive(OpenApi)]
#[openapi(
    info(title = "Labdeck", description = "What Labdeck's hub serves beside JupyterHub's own REST API."),
    paths(
        hub::overview, hub::claim, hub::change, hub::ticket, hub::quit, events::events, people::invite, people::visits,
        stacks::images, stacks::list, stacks::put, stacks::delete, stacks::pull, stacks::jobs, stacks::cancel,
        servers::list, servers::log,
    ),
    components(schemas(HubEvent, Event, Job, Sample, ServerView, Stack)),
)]
struct Document;

/// The document as JSON, with a line break at its end.
pub fn document() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
