//! Images: which can serve, fetching one, and what is said of those that cannot be used.

use std::time::{Duration, Instant};

use labdeck_model::{ImageRef, StartStep};
use labdeck_spawner::{Liveness, SpawnError, Spawner};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::registry::{Contents, Registry};
use crate::support::{Lab, NOTEBOOK};

/// This machine's processor, as images name it.
const MACHINE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

#[tokio::test(flavor = "multi_thread")]
async fn images_that_cannot_serve_are_refused_in_words() {
    let lab = Lab::new("image").await;
    let missing = lab.start(lab.request("ada", "127.0.0.1:9/labdeck/absent:1", "http://x/hub/api")).await;
    let failure = missing.url.unwrap_err().failure();
    assert_eq!(failure.kind, "image_not_found", "{failure:?}");
    assert!(failure.message.contains("127.0.0.1:9/labdeck/absent:1"), "{failure:?}");

    let bare = lab.start(lab.request("ada", "labdeck/test-base", "http://x/hub/api")).await;
    assert_eq!(bare.url.unwrap_err().failure().kind, "image_unusable");

    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["/no/such/program".into()]);
    let start = lab.start(request).await;
    assert_eq!(start.url.unwrap_err().failure().kind, "image_unusable");
    assert!(lab.spawner.list().await.unwrap().len() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn present_images_are_judged_without_running_them() {
    let lab = Lab::new("judge").await;
    let images = lab.spawner.images().await.unwrap();
    let named =
        |name: &str| images.iter().find(|image| image.reference == name).unwrap_or_else(|| panic!("{name} is missing"));
    let notebook = named(NOTEBOOK);
    assert!(notebook.usable, "{notebook:?}");
    assert_eq!(notebook.hub_version.as_deref(), Some("6.1.1"));
    assert!(notebook.size_bytes > 100_000_000);
    assert!(named("labdeck/test-minimal:latest").usable);
    let base = named("labdeck/test-base:latest");
    assert!(!base.usable && base.reason.contains("jupyterhub-singleuser"), "{base:?}");
    assert!(lab.containers_of_kind("probe").await.is_empty(), "nothing is left of the look");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_cannot_succeed_says_why() {
    let lab = Lab::new("pull").await;
    let image = ImageRef::parse("127.0.0.1:9/labdeck/absent:1").unwrap();
    let refused = lab.spawner.pull(&image, |_| {}, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(refused.failure().kind, "image_not_found");
    let tripped = CancellationToken::new();
    tripped.cancel();
    let cancelled = lab.spawner.pull(&image, |_| {}, &tripped).await.unwrap_err();
    assert!(matches!(cancelled, SpawnError::Cancelled));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_tells_how_far_it_is_and_brings_the_image() {
    let lab = Lab::new("fetch").await;
    let registry =
        Registry::open(Contents { arch: MACHINE, layer_bytes: 8 << 20, pause: Duration::from_millis(40) }).await;
    let told = Mutex::new(Vec::new());
    lab.spawner.pull(&registry.image, |progress| told.lock().push(progress), &CancellationToken::new()).await.unwrap();
    let told = told.into_inner();
    let fractions: Vec<f64> = told.iter().filter_map(|progress| progress.fraction).collect();
    assert!(fractions.is_sorted() && fractions.last() == Some(&1.0), "{fractions:?}");
    assert!(told.iter().any(|progress| (1..8 << 20).contains(&progress.downloaded_bytes)), "{told:?}");

    let image =
        lab.spawner.images().await.unwrap().into_iter().find(|image| image.reference == registry.image.as_str());
    let image = image.expect("it is not there");
    assert!(!image.usable && image.reason.contains("jupyterhub-singleuser"), "{image:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_fetch_ends_at_once() {
    let lab = Lab::new("stop").await;
    let registry =
        Registry::open(Contents { arch: MACHINE, layer_bytes: 8 << 20, pause: Duration::from_secs(2) }).await;
    let cancel = CancellationToken::new();
    let begun = Instant::now();
    let fetched = lab.spawner.pull(&registry.image, |_| cancel.cancel(), &cancel).await;
    assert!(matches!(fetched, Err(SpawnError::Cancelled)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    let request = lab.request("ada", registry.image.as_str(), "http://x/hub/api");
    let cancel = CancellationToken::new();
    let trip = cancel.clone();
    let start = tokio::join!(lab.start_with(request, |_| true, cancel), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        trip.cancel();
    });
    assert!(matches!(start.0.url, Err(SpawnError::Cancelled)), "{:?}", start.0.url);
    assert!(start.0.steps.contains(&StartStep::Pulling));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_fetches_what_is_missing_and_refuses_another_processors_image() {
    let lab = Lab::new("arch").await;
    let other = if MACHINE == "amd64" { "arm64" } else { "amd64" };
    let registry = Registry::open(Contents { arch: other, layer_bytes: 4096, pause: Duration::ZERO }).await;
    let start = lab.start(lab.request("ada", registry.image.as_str(), "http://x/hub/api")).await;
    assert!(start.steps.contains(&StartStep::Pulling));
    let failure = start.url.unwrap_err().failure();
    assert_eq!(failure.kind, "wrong_architecture");
    assert!(failure.message.contains(other) && failure.message.contains(MACHINE), "{failure:?}");
    let image =
        lab.spawner.images().await.unwrap().into_iter().find(|image| image.reference == registry.image.as_str());
    assert!(image.is_some_and(|image| !image.usable && image.reason.contains(other)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_none_is_told_by_the_engines_words() {
    let lab = Lab::new("noexec").await;
    let registry = Registry::open(Contents { arch: MACHINE, layer_bytes: 4096, pause: Duration::ZERO }).await;
    let mut request = lab.request("ada", registry.image.as_str(), "http://x/hub/api");
    request.cmd = Some(vec!["/start".into()]);
    let start = lab.start(request).await;
    let kind = match start.url {
        Err(error) => error.failure().kind,
        Ok(_) => match lab.spawner.wait(&start.saved[0]).await.unwrap() {
            Liveness::Exited(exit) => exit.failure().kind,
            other => panic!("{other:?}"),
        },
    };
    assert_eq!(kind, "wrong_architecture");
}
