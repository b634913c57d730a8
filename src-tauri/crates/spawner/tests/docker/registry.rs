//! An image registry of a hundred lines on loopback, which engines accept without encryption there: one small image
//! of one layer, handed out as fast or as slowly as a test wants.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use labdeck_model::ImageRef;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::support::{docker, spawn};

/// Docker's own names of the parts of an image (distribution specification, manifest version 2 schema 2).
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

/// A registry; its image is removed from the engine when this is dropped.
pub(crate) struct Registry {
    /// The image's name.
    pub(crate) image: ImageRef,
}

/// What the image is.
pub(crate) struct Contents {
    /// The processor that it says it is made for.
    pub(crate) arch: &'static str,
    /// The size of the layer.
    pub(crate) layer_bytes: usize,
    /// The pause after each sixteenth of the layer.
    pub(crate) pause: Duration,
}

impl Registry {
    /// Opens a registry with one image, whose only file `/start` can be executed and is no program.
    pub(crate) async fn open(contents: Contents) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let layer = archive("start", port, contents.layer_bytes);
        let config = json!({
            "architecture": contents.arch, "os": "linux", "config": {"Cmd": ["/start"]},
            "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
        });
        let config = config.to_string().into_bytes();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": config.len(), "digest": digest(&config)},
            "layers": [{"mediaType": LAYER, "size": layer.len(), "digest": digest(&layer)}],
        });
        let manifest = manifest.to_string().into_bytes();
        let things = [manifest, config, layer].map(|bytes| (digest(&bytes), Bytes::from(bytes)));
        let newest = things[0].0.clone();
        let things = Arc::new(HashMap::from(things));
        spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (things, newest) = (things.clone(), newest.clone());
                let answer = service_fn(move |request: Request<Incoming>| {
                    let answer = respond(&request, &things, &newest, contents.pause);
                    async move { Ok::<_, Infallible>(answer) }
                });
                spawn(async move {
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { image: ImageRef::parse(&format!("127.0.0.1:{port}/labdeck/tiny:1")).unwrap() }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        docker(&["image", "rm", "-f", self.image.as_str()]);
    }
}

fn respond(
    request: &Request<Incoming>,
    things: &HashMap<String, Bytes>,
    newest: &str,
    pause: Duration,
) -> Response<Body> {
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default();
    let wanted = if path.contains("/manifests/") && !last.starts_with("sha256:") { newest } else { last };
    let whole = |bytes: Bytes| Full::new(bytes).boxed_unsync();
    let Some(bytes) = things.get(wanted) else {
        let code = if path == "/v2/" { 200 } else { 404 };
        return Response::builder().status(code).body(whole(Bytes::new())).unwrap();
    };
    let kind = if path.contains("/manifests/") { MANIFEST } else { "application/octet-stream" };
    let answer = Response::builder()
        .header("Content-Type", kind)
        .header("Content-Length", bytes.len())
        .header("Docker-Content-Digest", wanted);
    if request.method() == Method::HEAD {
        return answer.body(whole(Bytes::new())).unwrap();
    }
    let pieces: Vec<Bytes> = bytes.chunks((bytes.len() / 16).max(1)).map(Bytes::copy_from_slice).collect();
    let pause = if bytes.len() > 4096 { pause } else { Duration::ZERO };
    let slowly = futures_util::stream::unfold(pieces.into_iter(), move |mut left| async move {
        let piece = left.next()?;
        tokio::time::sleep(pause).await;
        Some((Ok(Frame::data(piece)), left))
    });
    answer.body(StreamBody::new(slowly).boxed_unsync()).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A tar archive of one executable file. The seed makes it another layer than that of any other registry.
fn archive(name: &str, seed: u16, size: usize) -> Vec<u8> {
    let mut header = [0u8; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000755\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header.to_vec();
    // Not compressible and no program: a simple generator is random enough.
    let mut value = u64::from(seed) | 1;
    archive.extend(
        std::iter::repeat_with(|| {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (value >> 56) as u8
        })
        .take(size),
    );
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}
