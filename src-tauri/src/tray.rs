//! The tray icon: draws [`TrayMenu`] and turns clicks into what they ask for. What the menu says is `menu`'s.

use tauri::{
    AppHandle, Manager as _,
    menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
    tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent},
};

use crate::{
    hub_thread::Command,
    menu::{Action, Item, TrayMenu, menu_for},
    quit,
    shell::Shell,
    window,
};

/// The icon's name inside Tauri.
const ICON: &str = "main";

/// Puts the icon up and keeps its menu up to date, where this desktop has the means; says so where it has not.
pub(crate) fn create(app: &AppHandle) {
    if !library_is_here() {
        tracing::info!("No tray: the library libayatana-appindicator3 is not installed; closing the window will quit");
        return;
    }
    let first = menu_for(&app.state::<Shell>().hub.snapshot());
    if let Err(error) = build(app, &first) {
        tracing::warn!(%error, "No tray: {error}");
        return;
    }
    let (app, mut changes) = (app.clone(), app.state::<Shell>().hub.watch());
    tauri::async_runtime::spawn(async move {
        let mut drawn = first;
        while changes.changed().await.is_ok() {
            let next = menu_for(&changes.borrow_and_update());
            if next != drawn && redraw(&app, &next) {
                drawn = next;
            }
        }
    });
}

/// Whether somebody sees the icon now. On Linux a tray needs a host in the panel, which may come and go.
pub(crate) async fn is_on_screen(app: &AppHandle) -> bool {
    app.tray_by_id(ICON).is_some() && host_is_here().await
}

fn build(app: &AppHandle, menu: &TrayMenu) -> tauri::Result<()> {
    let mut icon = TrayIconBuilder::with_id(ICON)
        .tooltip("Labdeck")
        .menu(&native(app, menu)?)
        // Elsewhere than on Linux, where a click always opens the menu, a left click brings the window.
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| act(app, event.id().as_ref()))
        .on_tray_icon_event(|icon, event| {
            if matches!(
                event,
                TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            ) {
                window::show(icon.app_handle());
            }
        });
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    icon.build(app).map(drop)
}

fn redraw(app: &AppHandle, menu: &TrayMenu) -> bool {
    let Some(icon) = app.tray_by_id(ICON) else { return false };
    let drawn = native(app, menu).and_then(|native| icon.set_menu(Some(native)));
    if let Err(error) = &drawn {
        tracing::warn!(%error, "The tray's menu cannot be drawn: {error}");
    }
    drawn.is_ok()
}

fn native(app: &AppHandle, menu: &TrayMenu) -> tauri::Result<Menu<tauri::Wry>> {
    let items = menu.0.iter().map(|item| native_item(app, item)).collect::<tauri::Result<Vec<_>>>()?;
    Menu::with_items(app, &items.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}

fn native_item(app: &AppHandle, item: &Item) -> tauri::Result<Box<dyn IsMenuItem<tauri::Wry>>> {
    Ok(match item {
        Item::Text(text) => Box::new(MenuItem::new(app, text, false, None::<&str>)?),
        Item::Separator => Box::new(PredefinedMenuItem::separator(app)?),
        Item::Action(action, text) => Box::new(MenuItem::with_id(app, action.id(), text, true, None::<&str>)?),
        Item::Submenu(text, below) => {
            let below = below.iter().map(|item| native_item(app, item)).collect::<tauri::Result<Vec<_>>>()?;
            Box::new(Submenu::with_items(app, text, true, &below.iter().map(AsRef::as_ref).collect::<Vec<_>>())?)
        }
    })
}

fn act(app: &AppHandle, id: &str) {
    let hub = &app.state::<Shell>().hub;
    match Action::find(id) {
        Some(Action::OpenWindow) => window::show(app),
        Some(Action::TurnOn) => hub.send(Command::SetOn(true)),
        Some(Action::TurnOff) => hub.send(Command::SetOn(false)),
        Some(Action::StopServer(key)) => hub.send(Command::StopServer(key)),
        Some(Action::Quit) => quit::quit(app, quit::From::Menu),
        None => tracing::warn!("The tray named a line that is not in its menu"),
    }
}

/// Whether the library that draws the icon is installed: the tray's own code panics without it.
#[cfg(target_os = "linux")]
fn library_is_here() -> bool {
    #[expect(
        unsafe_code,
        reason = "loading a library runs its initialisers; there is no safe way to ask whether it is there"
    )]
    ["libayatana-appindicator3.so.1", "libappindicator3.so.1"].iter().any(|name| {
        // SAFETY: a plain desktop library, loaded once and never unloaded; it would be loaded a moment later anyway.
        unsafe { libloading::Library::new(name) }.map(std::mem::forget).is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
fn library_is_here() -> bool {
    true
}

/// Asks the session bus whether a panel shows trays. No bus, no panel; a bus that does not answer counts as none.
#[cfg(target_os = "linux")]
async fn host_is_here() -> bool {
    let asked = tokio::time::timeout(std::time::Duration::from_secs(1), async {
        let bus = zbus::Connection::session().await?;
        let names = zbus::fdo::DBusProxy::new(&bus).await?;
        let watcher = zbus::names::BusName::from_static_str("org.kde.StatusNotifierWatcher")?;
        Ok::<_, zbus::Error>(names.name_has_owner(watcher).await?)
    });
    matches!(asked.await, Ok(Ok(true)))
}

#[cfg(not(target_os = "linux"))]
async fn host_is_here() -> bool {
    true
}
