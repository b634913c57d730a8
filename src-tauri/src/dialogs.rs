//! Native questions and messages. Owns how they look; what they say is their caller's. They never block: an answer
//! arrives on a thread of its own.

use tauri::{AppHandle, Manager as _};
use tauri_plugin_dialog::{
    DialogExt as _, MessageDialogBuilder, MessageDialogButtons, MessageDialogKind, MessageDialogResult,
};

use crate::window::MAIN;

/// A question with two or three answers. The last one changes nothing, and is also what closing the question means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// The heading.
    pub(crate) title: String,
    /// The question.
    pub(crate) text: String,
    /// The labels of the answers that do something: one or two.
    pub(crate) answers: Vec<String>,
    /// The label of the answer that changes nothing.
    pub(crate) cancel: String,
}

/// Says something that needs no answer.
pub(crate) fn tell(app: &AppHandle, title: &str, text: &str) {
    message(app, title, text).kind(MessageDialogKind::Info).buttons(MessageDialogButtons::Ok).show(|_| {});
}

/// Asks, and calls back with the index of the answer; `None` for the one that changes nothing.
pub(crate) fn ask(app: &AppHandle, question: &Question, then: impl FnOnce(Option<usize>) + Send + 'static) {
    let answers = question.answers.clone();
    let cancel = question.cancel.clone();
    let buttons = match answers.as_slice() {
        [first, second, ..] => MessageDialogButtons::YesNoCancelCustom(first.clone(), second.clone(), cancel),
        [only] => MessageDialogButtons::OkCancelCustom(only.clone(), cancel),
        [] => MessageDialogButtons::OkCustom(cancel),
    };
    message(app, &question.title, &question.text).kind(MessageDialogKind::Warning).buttons(buttons).show_with_result(
        move |result| {
            let chosen = match &result {
                MessageDialogResult::Custom(label) => answers.iter().position(|answer| answer == label),
                MessageDialogResult::Yes | MessageDialogResult::Ok => Some(0),
                MessageDialogResult::No => Some(1),
                MessageDialogResult::Cancel => None,
            };
            then(chosen.filter(|index| *index < answers.len()));
        },
    );
}

fn message(app: &AppHandle, title: &str, text: &str) -> MessageDialogBuilder<tauri::Wry> {
    let builder = app.dialog().message(text).title(title);
    match app.get_webview_window(MAIN).filter(|window| window.is_visible().unwrap_or(false)) {
        Some(window) => builder.parent(&window),
        None => builder,
    }
}
