//! The homes of the Docker driver: named volumes with this hub's labels. Owns how they are found, measured, packed,
//! filled and deleted, and how the volume of a shared folder is made. What a home is good for, the hub decides.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, ListVolumesOptionsBuilder, UploadToContainerOptionsBuilder,
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use labdeck_model::{ServerKey, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tracing::{debug, info};

use super::container::{key_of, labels};
use super::driver::DockerSpawner;
use super::engine::{Engine, by_labels, status};
use super::errand::{self, ABOVE, Errand, PLACE, Script, Subject};
use super::stray;
use crate::{Contents, FolderAccess, FoundHome, FoundKind, Homes, MountSource, SpawnError};

/// How long the engine may take to unpack a home: it answers at the end only.
const UNPACKING: Duration = Duration::from_secs(24 * 3600);
/// Bytes that are sent in one piece.
const PIECE: usize = 256 << 10;
/// As whom servers run in Jupyter's images.
const SERVERS: &str = "1000:100";
/// The group of those, which a shared folder belongs to.
const SERVERS_GROUP: u64 = 100;
/// A shared folder: its group writes, and what is made in it belongs to the group too.
const SHARED_MODE: u32 = 0o2775;

/// Counts the blocks that files take.
const MEASURE: &str = "du -sk /labdeck/home";
/// Counts what is there without naming it, so that no name can be taken for a number. The engine's own packing leaves
/// out what it cannot read and says nothing: this is what is asked instead. A command that an image lacks is exit code
/// 127, by which the next image gets its turn.
const COUNT: &str = r#"for tool in find stat awk; do command -v "$tool" >/dev/null || exit 127; done
cd /labdeck/home || exit 1
{ find . \( -type f -o -type d -o -type l \) -exec stat -c '%f %h %i %s' {} + 2>/dev/null; echo "ended $?"; } | awk '
$1 == "ended" { ended = $2; next }
{ entries++ }
$1 !~ /^8...$/ || ($2 > 1 && seen[$3]++) { next }
{ bytes += $4 }
END { if (ended == "0") printf "counted %.0f %.0f\n", entries, bytes; else print "find ended with " ended }'"#;
/// Says what its user may do; leaves nothing.
const TRY: &str = "cd /labdeck/home 2>/dev/null && ls -A . >/dev/null 2>&1 && echo readable
probe=/labdeck/home/.labdeck-$$
if touch \"$probe\" 2>/dev/null && rm -f \"$probe\"; then echo writable; fi
true";

#[async_trait]
impl Homes for DockerSpawner {
    async fn list_homes(&self) -> Result<Vec<FoundHome>, SpawnError> {
        let wanted = [(labels::HUB, self.config.hub_id.as_str()), (labels::KIND, "home")];
        let options = ListVolumesOptionsBuilder::new().filters(&by_labels(&wanted)).build();
        let listed = self.engine.client().await?.list_volumes(Some(options)).await;
        let volumes = listed.map_err(self.engine.failed("listing the homes"))?.volumes.unwrap_or_default();
        let prefix = self.config.home_volume("");
        let homes = volumes.into_iter().filter_map(|volume| {
            Some(FoundHome {
                home: volume.name.strip_prefix(&prefix)?.to_owned(),
                kind: FoundKind::Home,
                key: key_of(&volume.labels),
                created: volume.created_at.as_deref().and_then(|text| Timestamp::parse(text).ok()),
                place: volume.name,
            })
        });
        let mut homes: Vec<_> = homes.collect();
        homes.extend(stray::list(&self.engine, &self.config.hub_id).await?);
        Ok(homes)
    }

    async fn measure_home(&self, home: &str) -> Result<u64, SpawnError> {
        if let Some(container) = stray::container_of(home) {
            return stray::measure(&self.engine, &container).await;
        }
        let volume = self.existing(home).await?;
        let script = Script { text: MEASURE, user: "0:0" };
        let written = Errand::run(self, &Subject::reading(&volume), script).await;
        match written.as_ref().ok().and_then(|text| kilobytes(text)) {
            Some(kilobytes) => Ok(kilobytes * 1024),
            None => {
                debug!(volume.name = %volume, "Cannot count in volume {volume} ({written:?}); its archive is measured");
                let mut counter = Counter::default();
                self.archive_home(home, &mut counter).await?;
                Ok(counter.0)
            }
        }
    }

    async fn count_home(&self, home: &str) -> Result<Contents, SpawnError> {
        let volume = self.existing(home).await?;
        let script = Script { text: COUNT, user: "0:0" };
        let written = Errand::run(self, &Subject::reading(&volume), script).await?;
        let said = || format!("the volume {volume} could not be counted: {written}");
        counted(&written).ok_or_else(|| SpawnError::Engine { doing: "counting what is in a home", said: said() })
    }

    async fn archive_home(&self, home: &str, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Result<(), SpawnError> {
        if let Some(container) = stray::container_of(home) {
            return stray::archive(&self.engine, &self.config, &container, into).await;
        }
        let volume = self.existing(home).await?;
        let errand = Errand::create(self, Subject::reading(&volume)).await?;
        download(&self.engine, errand.id(), PLACE, into).await?;
        errand.done().await
    }

    async fn restore_home(
        &self,
        key: &ServerKey,
        home: &str,
        from: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<(), SpawnError> {
        let volume = self.config.home_volume(home);
        if self.exists(&volume).await? {
            return Err(SpawnError::Engine { doing: "restoring a home", said: format!("{volume} exists already") });
        }
        let labels = HashMap::from([
            (labels::HUB.to_owned(), self.config.hub_id.clone()),
            (labels::KIND.to_owned(), "home".to_owned()),
            (labels::USER.to_owned(), key.user.to_string()),
            (labels::SERVER.to_owned(), key.server.to_string()),
        ]);
        let errand = self.filling(&volume, labels).await?;
        match self.upload(errand.id(), from).await {
            Ok(()) => {
                info!(server.name = %key, "Restored a home of {key}, volume {volume}");
                errand.done().await
            }
            Err(error) => {
                errand.undo().await;
                Err(error)
            }
        }
    }

    async fn erase_home(&self, home: &str) -> Result<(), SpawnError> {
        if let Some(container) = stray::container_of(home) {
            stray::erase(&self.engine, &container).await?;
            info!("Deleted the container {container}, which was set aside");
            return Ok(());
        }
        let volume = self.config.home_volume(home);
        errand::remove_volume(&self.engine, &volume).await?;
        info!("Deleted the home {home}, volume {volume}");
        Ok(())
    }

    async fn prepare_folder(&self, name: &str) -> Result<(), SpawnError> {
        let volume = self.config.folder_volume(name);
        if self.exists(&volume).await? {
            return Ok(());
        }
        let own = [(labels::HUB, self.config.hub_id.as_str()), (labels::KIND, "folder"), ("labdeck.folder", name)];
        let labels = own.map(|(label, value)| (label.to_owned(), value.to_owned()));
        let errand = self.filling(&volume, labels.into()).await?;
        let shared = shared_folder().map_err(SpawnError::io("making a shared folder"))?;
        match self.upload(errand.id(), &mut shared.as_slice()).await {
            Ok(()) => errand.done().await,
            Err(error) => {
                errand.undo().await;
                Err(error)
            }
        }
    }

    async fn try_folder(&self, name: &str, source: &MountSource) -> Result<FolderAccess, SpawnError> {
        let subject = match source {
            MountSource::Host(path) => Subject::folder(path),
            MountSource::Volume => {
                self.prepare_folder(name).await?;
                Subject::writing(&self.config.folder_volume(name))
            }
        };
        let written = Errand::run(self, &subject, Script { text: TRY, user: SERVERS }).await?;
        let says = |word: &str| written.lines().any(|line| line.trim() == word);
        Ok(FolderAccess { readable: says("readable"), writable: says("writable") })
    }

    async fn clear_leftovers(&self) -> Result<(), SpawnError> {
        self.prober.clear_leftovers(&self.engine, &self.config.hub_id).await?;
        errand::clear_leftovers(&self.engine, &self.config.hub_id).await
    }
}

// === impl DockerSpawner ===

impl DockerSpawner {
    /// The volume of a home that must exist: mounting one that does not would make it.
    async fn existing(&self, home: &str) -> Result<String, SpawnError> {
        let volume = self.config.home_volume(home);
        if self.exists(&volume).await? {
            return Ok(volume);
        }
        Err(SpawnError::Engine { doing: "looking for a home", said: format!("the volume {volume} is gone") })
    }

    async fn exists(&self, volume: &str) -> Result<bool, SpawnError> {
        match self.engine.client().await?.inspect_volume(volume).await {
            Ok(_) => Ok(true),
            Err(refused) if status(&refused) == Some(404) => Ok(false),
            Err(error) => Err(self.engine.failed("looking for a home")(error)),
        }
    }

    /// Makes a volume and the errand that fills it. Until the errand is done, a drop removes both.
    async fn filling(&self, volume: &str, labels: HashMap<String, String>) -> Result<Errand, SpawnError> {
        let wish = VolumeCreateRequest {
            name: Some(volume.to_owned()),
            labels: Some(labels),
            ..VolumeCreateRequest::default()
        };
        let client = self.engine.client().await?;
        client.create_volume(wish).await.map_err(self.engine.failed("making a volume"))?;
        Errand::create(self, Subject::making(volume)).await
    }

    /// Sends an archive of `home/` to where the container has its volume.
    async fn upload(&self, id: &str, from: &mut (dyn AsyncRead + Send + Unpin)) -> Result<(), SpawnError> {
        // Two pieces under way: a full channel waits for the engine, a closed one means that it answered.
        let (sender, receiver) = mpsc::channel::<std::io::Result<Bytes>>(2);
        let pieces = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
        let client = self.engine.client().await?.with_timeout(UNPACKING);
        let options = UploadToContainerOptionsBuilder::new().path(ABOVE).build();
        let sent = client.upload_to_container(id, Some(options), bollard::body_try_stream(pieces));
        let (sent, read) = tokio::join!(sent, pump(from, sender));
        read.map_err(SpawnError::io("reading an archive"))?;
        sent.map_err(self.engine.failed("restoring a home"))
    }
}

/// Writes a folder of a container as the tar that the engine makes of it.
pub(super) async fn download(
    engine: &Engine,
    container: &str,
    folder: &str,
    into: &mut (dyn AsyncWrite + Send + Unpin),
) -> Result<(), SpawnError> {
    let client = engine.client().await?;
    let options = DownloadFromContainerOptionsBuilder::new().path(folder).build();
    let mut pieces = Box::pin(client.download_from_container(container, Some(options)));
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(engine.failed("reading a home"))?;
        into.write_all(&piece).await.map_err(SpawnError::io("packing a home"))?;
    }
    into.flush().await.map_err(SpawnError::io("packing a home"))
}

async fn pump(
    from: &mut (dyn AsyncRead + Send + Unpin),
    sender: mpsc::Sender<std::io::Result<Bytes>>,
) -> std::io::Result<()> {
    loop {
        let mut piece = BytesMut::with_capacity(PIECE);
        match from.read_buf(&mut piece).await {
            Ok(0) => return Ok(()),
            Ok(_) => {
                if sender.send(Ok(piece.freeze())).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) => {
                // The engine must not take half an archive for a whole one.
                let _ = sender.send(Err(std::io::Error::from(error.kind()))).await;
                return Err(error);
            }
        }
    }
}

/// The archive of an empty folder that all servers may write into.
fn shared_folder() -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_mode(SHARED_MODE);
    header.set_uid(0);
    header.set_gid(SERVERS_GROUP);
    header.set_size(0);
    let mut packed = tar::Builder::new(Vec::new());
    packed.append_data(&mut header, "home/", std::io::empty())?;
    packed.into_inner()
}

/// The number that `du` begins its line with.
fn kilobytes(written: &str) -> Option<u64> {
    written.lines().rev().find_map(|line| line.split_whitespace().next()?.parse().ok())
}

/// What [`COUNT`] says last.
fn counted(written: &str) -> Option<Contents> {
    let mut words = written.lines().next_back()?.strip_prefix("counted ")?.split(' ').map(|word| word.parse().ok());
    Some(Contents { entries: words.next()??, bytes: words.next()?? })
}

/// Counts what is written, and keeps nothing.
#[derive(Debug, Default)]
struct Counter(u64);

impl AsyncWrite for Counter {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.0 += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_du_says_is_read() {
        assert_eq!(kilobytes("204812\t/labdeck/home"), Some(204_812));
        assert_eq!(kilobytes("du: cannot read x\n12 /labdeck/home\n"), Some(12));
        assert_eq!(kilobytes("sh: du: not found"), None);
    }

    #[test]
    fn only_a_count_that_came_to_its_end_is_one() {
        assert_eq!(counted("stat: x\ncounted 12 5000000000"), Some(Contents { entries: 12, bytes: 5_000_000_000 }));
        for unsure in ["", "find ended with 1", "counted 12", "counted 12 x", "counted 1 2\nstat: cannot read"] {
            assert_eq!(counted(unsure), None, "{unsure}");
        }
    }

    #[test]
    fn a_shared_folder_belongs_to_the_group_of_servers() {
        let packed = shared_folder().unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        let header = entry.header();
        assert_eq!((header.mode().unwrap(), header.gid().unwrap()), (0o2775, 100));
        assert!(header.entry_type().is_dir() && entry.path().unwrap().ends_with("home"));
    }
}
