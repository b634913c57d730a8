//! The window app: puts hub, window and tray together and runs Tauri's loop. Each part's behaviour is in its own file.

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use tauri::{App, AppHandle, Manager as _, RunEvent, WindowEvent};

use crate::{
    args::Args,
    commands,
    dialogs::{self, Question},
    folders,
    hub_thread::{DesktopOptions, Ended, HubThread, Servers},
    links, quit,
    shell::Shell,
    signals, tray,
    window::{self, Appearance},
};

/// Why there is no window app.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoWindow {
    /// A display is named and cannot be used.
    #[error("The display cannot be opened.")]
    Display,
    /// Tauri could not be put together.
    #[error("The window system refused: {0}")]
    Tauri(#[from] tauri::Error),
}

/// Runs the window app until it quits.
///
/// # Errors
/// When no window can be made; nothing has been started then.
pub(crate) fn run(args: &Args) -> Result<ExitCode, NoWindow> {
    let app = without_panic(|| build(args)).ok_or(NoWindow::Display)??;
    let code = app.run_return(|app, event| match event {
        // Every other way out has ended the hub already; this one is left for signals and for the last window's end.
        RunEvent::Exit => app.state::<Shell>().hub.quit(Servers::Leave),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    });
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// The event loop panics on a display that does not answer. Nothing of ours runs yet, so nothing is left half done,
/// and a person is told in a sentence and not by a trace.
fn without_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    panic::set_hook(loud);
    done
}

fn build(args: &Args) -> tauri::Result<App> {
    let setup_args = args.clone();
    tauri::Builder::default()
        // First, so that a second start ends before it touches anything.
        .plugin(tauri_plugin_single_instance::init(|app, _args, _folder| window::show(app)))
        .plugin(tauri_plugin_dialog::init())
        // The page's links go through `on_new_window`; the plugin's own script would need a permission.
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .invoke_handler(tauri::generate_handler![commands::control_endpoint])
        .setup(move |app| {
            start(app.handle(), &setup_args);
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                window::close_asked(window.app_handle(), api);
            }
        })
        .build(tauri::generate_context!())
}

/// Starts hub, window and tray. Tauri panics on an error from its set-up, so a failure ends the app in words instead.
fn start(app: &AppHandle, args: &Args) {
    end_on_signals(app.clone());
    let (opener, revealer) = (app.clone(), app.clone());
    let options = DesktopOptions {
        data_dir: args.data_dir.clone(),
        config: args.config.clone(),
        opener: Arc::new(move |url| links::open_in_browser(&opener, url)),
        downloads: folders::downloads(app),
        revealer: Arc::new(move |file| folders::reveal(&revealer, file)),
    };
    let hub = match HubThread::start(options) {
        Ok(hub) => hub,
        Err(error) => return give_up(app, &format!("The system gives Labdeck no threads: {error}")),
    };
    app.manage(Shell { hub, asking: AtomicBool::new(false) });
    let appearance = if args.hidden { Appearance::Hidden } else { Appearance::Shown };
    if let Err(error) = window::open(app, appearance) {
        return give_up(app, &format!("The window cannot be made: {error}"));
    }
    tray::create(app);
    tauri::async_runtime::spawn(watch_for_the_end(app.clone()));
}

fn end_on_signals(app: AppHandle) {
    let runtime = tauri::async_runtime::handle();
    let _inside = runtime.inner().enter();
    let asked_to_end = signals::asked_to_end();
    tauri::async_runtime::spawn(async move {
        asked_to_end.await;
        app.exit(0);
    });
}

/// A hub that ends by itself takes the app with it: quietly if somebody asked, in words if it failed.
async fn watch_for_the_end(app: AppHandle) {
    match app.state::<Shell>().hub.ended().await {
        Ended::QuitAsked(servers) => quit::leave(&app, servers),
        Ended::Failed(words) => {
            let question = Question {
                title: "Labdeck's hub is not running".to_owned(),
                text: format!("{words}\n\nServers that were running go on."),
                answers: vec!["Start again".to_owned()],
                cancel: "Quit".to_owned(),
            };
            let asked = app.clone();
            dialogs::ask(&app, &question, move |answer| match answer {
                Some(_) => asked.request_restart(),
                None => asked.exit(1),
            });
        }
    }
}

fn give_up(app: &AppHandle, words: &str) {
    tracing::error!("Labdeck cannot run: {words}");
    app.exit(1);
}
