//! Volumes that are made by a start. An engine gives an empty volume to root where the image has nothing at that place;
//! here it is handed to the server's user, before anything runs. Volumes that exist are left as they are.

use std::collections::BTreeSet;
use std::path::Path;

use bollard::errors::Error as EngineError;
use bollard::models::{Mount, MountType};
use bollard::query_parameters::UploadToContainerOptionsBuilder;
use futures_util::future::try_join_all;

use super::container::{FALLBACK_USER, labels};
use super::engine::Engine;
use super::shapes::is_roots;
use super::system_user::Account;
use crate::SpawnError;

/// One block of a tar archive, in bytes.
const BLOCK: usize = 512;

/// Of the hub's own volumes among these, the names of those that do not exist yet.
pub(super) async fn among(engine: &Engine, mounts: &[Mount]) -> Result<BTreeSet<String>, SpawnError> {
    let client = engine.client().await?;
    let looks = mounts.iter().filter(|mount| is_own(mount)).filter_map(|mount| mount.source.clone()).map(|name| {
        let client = &client;
        async move {
            match client.inspect_volume(&name).await {
                Ok(_) => Ok(None),
                Err(EngineError::DockerResponseServerError { status_code: 404, .. }) => Ok(Some(name)),
                Err(error) => Err(engine.failed("looking at a volume")(error)),
            }
        }
    });
    Ok(try_join_all(looks).await?.into_iter().flatten().collect())
}

/// As whom a server runs, by number: user and group.
pub(super) fn owner(image_user: &str, account: Option<&Account>) -> (u32, u32) {
    if let Some(account) = account {
        return (account.uid, account.gid);
    }
    let of = |text: &str| {
        let (user, group) = text.split_once(':').unwrap_or((text, "100"));
        Some((user.parse().ok()?, group.parse().ok()?))
    };
    let named = of(image_user).filter(|_| !is_roots(image_user.split(':').next().unwrap_or_default()));
    named.or_else(|| of(FALLBACK_USER)).unwrap_or((1000, 100))
}

/// Hands the new ones of a created container's volumes to their user: folders that may be written, and the home where
/// the image, made for root, has none.
pub(super) async fn hand_over(
    engine: &Engine,
    container: &str,
    mounts: &[Mount],
    fresh: &BTreeSet<String>,
    to: (u32, u32, bool),
) -> Result<(), SpawnError> {
    let (user, group, home_too) = to;
    let new = |mount: &&Mount| mount.source.as_ref().is_some_and(|name| fresh.contains(name));
    let wanted = |mount: &&Mount| mount.read_only != Some(true) && (home_too || kind(mount) == Some("folder"));
    for mount in mounts.iter().filter(new).filter(wanted) {
        let target = Path::new(mount.target.as_deref().unwrap_or_default());
        let (Some(above), Some(name)) = (target.parent(), target.file_name()) else { continue };
        let options = UploadToContainerOptionsBuilder::new().path(&above.display().to_string()).build();
        let archive = folder_entry(&name.to_string_lossy(), user, group);
        let client = engine.client().await?;
        client
            .upload_to_container(container, Some(options), bollard::body_full(archive.into()))
            .await
            .map_err(engine.failed("preparing a folder of a server"))?;
    }
    Ok(())
}

fn is_own(mount: &Mount) -> bool {
    mount.typ == Some(MountType::VOLUME) && kind(mount).is_some()
}

pub(super) fn kind(mount: &Mount) -> Option<&str> {
    mount.volume_options.as_ref()?.labels.as_ref()?.get(labels::KIND).map(String::as_str)
}

/// A tar archive of one folder: its header and the two empty blocks of the end. Reference: POSIX `pax`, ustar format.
fn folder_entry(name: &str, user: u32, group: u32) -> Vec<u8> {
    let mut header = vec![0u8; BLOCK];
    let mut put = |at: usize, text: &str| {
        if let Some(place) = header.get_mut(at..at + text.len()) {
            place.copy_from_slice(text.as_bytes());
        }
    };
    put(0, &name.chars().take(99).collect::<String>());
    put(100, "0000775\0");
    put(108, &format!("{user:07o}\0"));
    put(116, &format!("{group:07o}\0"));
    put(124, "00000000000\0");
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "5");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().copied().map(u32::from).sum();
    let sum = format!("{sum:06o}\0 ");
    if let Some(place) = header.get_mut(148..156) {
        place.copy_from_slice(sum.as_bytes());
    }
    header.resize(3 * BLOCK, 0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_who_the_server_runs_as() {
        assert_eq!(owner("1000", None), (1000, 100));
        assert_eq!(owner("1005:7", None), (1005, 7));
        assert_eq!(owner("jovyan", None), (1000, 100));
        assert_eq!(owner("", None), (1000, 100));
        assert_eq!(owner("0:0", None), (1000, 100));
    }

    #[test]
    fn an_archive_of_a_folder_is_read_by_tar() {
        let archive = folder_entry("shared", 1000, 100);
        assert_eq!(archive.len(), 1536);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tar");
        std::fs::write(&file, &archive).unwrap();
        let listed = std::process::Command::new("tar").arg("--numeric-owner").arg("-tvf").arg(&file).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(listed.starts_with("drwxrwxr-x 1000/100") && listed.trim_end().ends_with("shared"), "{listed}");
    }
}
