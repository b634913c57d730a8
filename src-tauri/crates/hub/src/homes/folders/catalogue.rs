//! The list of folders, and what is wrong with each.

use std::path::{Path, PathBuf};

use labdeck_model::{Event, Folder, FolderAudience, GroupName, UserName, shell_word};
use labdeck_spawner::MountSource;
use labdeck_store::StoreError;
use labdeck_store::tables::folders;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Ownership, SERVERS, SERVERS_GID};
use super::check::{check_apart, check_host_path, check_target};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::spawners::DOCKER;
use crate::tasks;

/// A folder as it is put into the list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderWish {
    /// What people read.
    display_name: String,
    /// Where it is on this computer; `null` is a volume that Labdeck keeps.
    #[serde(default)]
    host_path: Option<String>,
    /// Where servers see it.
    target: String,
    /// Whether servers may write into it.
    #[serde(default)]
    writable: bool,
    /// Who gets it.
    audience: FolderAudience,
}

/// A folder with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FolderView {
    /// The folder.
    #[serde(flatten)]
    pub folder: Folder,
    /// What keeps servers from using it.
    pub problem: Option<FolderProblem>,
}

/// What keeps servers from using a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FolderProblem {
    /// What is wrong.
    pub message: String,
    /// What helps. Where there is a fix, exactly what that will change.
    pub remedy: String,
    /// What Labdeck can do about it.
    pub fix: Option<FolderFix>,
}

/// What Labdeck can do about a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FolderFix {
    /// Give it to the group that servers are in.
    Ownership,
}

/// All folders.
///
/// # Errors
/// When the store fails.
pub async fn list(ctx: &Context) -> Result<Vec<FolderView>> {
    let all = ctx.store.read(|read| Ok::<_, Error>(folders::list(read)?)).await?;
    let mut views = Vec::new();
    for folder in all {
        let problem = find_problem(ctx, &folder).await;
        views.push(FolderView { folder, problem });
    }
    Ok(views)
}

/// Adds or changes a folder. Whether servers can use it is really tried, where that is possible now.
///
/// # Errors
/// 400 for a bad name, place or path; 409 where another folder has the place.
pub async fn put(ctx: &Context, name: &str, wish: FolderWish) -> Result<FolderView> {
    let folder = checked(name, wish)?;
    if let Some(path) = &folder.host_path {
        let found = look_up(ctx, path).await?;
        check_above_none(ctx, &folder, found).await?;
    }
    let kept = folder.clone();
    ctx.store
        .write(move |tx| {
            folders::upsert(tx, &kept).map_err(|error| match error {
                StoreError::Duplicate { .. } => {
                    Error::conflict(format!("Another folder is at {} already. Choose another place.", kept.target))
                }
                other => other.into(),
            })?;
            tx.emit(Event::FoldersChanged);
            Ok::<_, Error>(())
        })
        .await?;
    let problem = match find_problem(ctx, &folder).await {
        Some(problem) => Some(problem),
        None => try_out(ctx, &folder).await,
    };
    Ok(FolderView { folder, problem })
}

/// Takes a folder out of the list. Its files stay where they are.
///
/// # Errors
/// 404.
pub async fn delete(ctx: &Context, name: &str) -> Result<()> {
    let name = name.to_owned();
    ctx.store
        .write(move |tx| {
            if !folders::delete(tx, &name)? {
                return Err(Error::not_found(format!("There is no folder {name:?}.")));
            }
            tx.emit(Event::FoldersChanged);
            Ok(())
        })
        .await
}

fn checked(name: &str, wish: FolderWish) -> Result<Folder> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || name.starts_with('-') || !name.chars().all(fits) {
        let words = format!("The folder's name {name:?} must be 1 to 40 lower-case letters, digits and dashes.");
        return Err(Error::invalid(words));
    }
    let display_name = wish.display_name.trim().to_owned();
    if display_name.is_empty() || display_name.chars().count() > 80 || display_name.chars().any(char::is_control) {
        return Err(Error::invalid("Give the folder a name for people: 1 to 80 characters."));
    }
    check_target(&wish.target)?;
    match &wish.audience {
        FolderAudience::Everybody => {}
        FolderAudience::Groups { groups } => {
            groups.iter().try_for_each(|group| GroupName::parse(group).map(drop))?;
        }
        FolderAudience::Users { users } => users.iter().try_for_each(|user| UserName::parse(user).map(drop))?,
    }
    let FolderWish { host_path, target, writable, audience, .. } = wish;
    Ok(Folder { name: name.to_owned(), display_name, host_path, target, writable, audience })
}

/// Where a path of this computer leads, if servers may have it.
pub(super) async fn look_up(ctx: &Context, path: &str) -> Result<PathBuf> {
    let all = ctx.store.read(|read| Ok::<_, Error>(folders::list(read)?)).await?;
    let (ctx, path) = (ctx.clone(), PathBuf::from(path));
    tasks::blocking(move || {
        let engines = ctx.docker.as_ref().and_then(|docker| docker.storage());
        let own: Vec<_> = [PathBuf::from(&ctx.data_dir)].into_iter().chain(engines).collect();
        let found = check_host_path(&ctx.config, &own, &path)?;
        let writable = all.into_iter().filter(|folder| folder.writable).filter_map(|folder| folder.host_path);
        check_apart(&found, &writable.map(PathBuf::from).collect::<Vec<_>>())?;
        Ok(found)
    })
    .await
}

/// Refuses a folder for writing that another of the list lies in: a server could put a link in that one's place.
async fn check_above_none(ctx: &Context, folder: &Folder, found: PathBuf) -> Result<()> {
    if !folder.writable {
        return Ok(());
    }
    let all = ctx.store.read(|read| Ok::<_, Error>(folders::list(read)?)).await?;
    let name = folder.name.clone();
    tasks::blocking(move || {
        let others = all.into_iter().filter(|other| other.name != name).filter_map(|other| other.host_path);
        let mut led = others.filter_map(|path| Path::new(&path).canonicalize().ok());
        led.try_for_each(|other| check_apart(&other, std::slice::from_ref(&found)))
    })
    .await
}

/// What is wrong, as far as one look tells.
async fn find_problem(ctx: &Context, folder: &Folder) -> Option<FolderProblem> {
    let path = match look_up(ctx, folder.host_path.as_deref()?).await {
        Ok(path) => path,
        Err(error) => {
            let remedy = "Until then, servers that would get it do not start.".to_owned();
            return Some(FolderProblem { message: error.public().to_owned(), remedy, fix: None });
        }
    };
    if ctx.spawners.current().0 != DOCKER {
        return try_out(ctx, folder).await;
    }
    let (looked_at, writable) = (path.clone(), folder.writable);
    let seen = tasks::blocking(move || Ownership::of(&looked_at)).await.ok()?;
    let rights = seen.rights_of(SERVERS);
    // A list of further rights may give what the mode does not: that only a try can tell.
    let enough = seen.has_acl || (rights.read && (rights.write || !writable));
    (!enough).then(|| describe(&path, seen, folder))
}

/// What is wrong, as a real try tells; nothing where it cannot be tried now.
async fn try_out(ctx: &Context, folder: &Folder) -> Option<FolderProblem> {
    let driver = ctx.spawners.find(ctx.spawners.current().0)?;
    let (source, path) = match &folder.host_path {
        Some(path) => {
            let path = look_up(ctx, path).await.ok()?;
            (MountSource::Host(path.display().to_string()), Some(path))
        }
        None => (MountSource::Volume, None),
    };
    let tried = driver.homes()?.try_folder(&folder.name, &source).await;
    let access = tried.inspect_err(|error| tracing::debug!(%error, "Cannot try folder {}", folder.name)).ok()?;
    if access.readable && (access.writable || !folder.writable) {
        return None;
    }
    let Some(path) = path else {
        let message = format!("Servers cannot use the folder {}: its volume does not belong to them.", folder.name);
        let remedy = "Take the folder out of the list, and add it under another name.".to_owned();
        return Some(FolderProblem { message, remedy, fix: None });
    };
    let at = path.clone();
    let seen = tasks::blocking(move || Ownership::of(&at)).await.ok()?;
    Some(describe(&path, seen, folder))
}

fn describe(path: &Path, seen: Ownership, folder: &Folder) -> FolderProblem {
    let (what, letters) = if folder.writable { ("write into", "g+rwxs") } else { ("read", "g+rx") };
    let shown = path.display();
    let message = format!("Servers cannot {what} the folder {shown}: {}.", seen.words());
    if can_fix(seen) {
        let may = if folder.writable { "read and write, and give it to what is made there" } else { "read" };
        let remedy = format!(
            "Labdeck can make {SERVERS_GID} (users) the group of {shown} and let that group {may}. Nothing else of the \
             folder changes, and nothing in it."
        );
        return FolderProblem { message, remedy, fix: Some(FolderFix::Ownership) };
    }
    let word = shell_word(&shown.to_string());
    let remedy = format!("Run: sudo chgrp {SERVERS_GID} {word} && sudo chmod {letters} {word}");
    FolderProblem { message, remedy, fix: None }
}

/// Only root gives files to a group that it is not in.
#[cfg(unix)]
fn can_fix(seen: Ownership) -> bool {
    let me = rustix::process::geteuid();
    let groups = rustix::process::getgroups().unwrap_or_default();
    let in_group = groups.iter().any(|group| group.as_raw() == SERVERS_GID) || seen.gid == SERVERS_GID;
    me.is_root() || (me.as_raw() == seen.uid && in_group)
}

#[cfg(not(unix))]
fn can_fix(_: Ownership) -> bool {
    false
}
