//! [`Stack`]: a named choice in the catalogue, with the image it runs and the limits it sets.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a user picks at the start of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stack {
    /// A stable word for programs and forms.
    pub name: String,
    /// What people read.
    pub display_name: String,
    /// One line of what it is for.
    pub description: String,
    /// The image it runs.
    pub image: ImageRef,
    /// Whether people may choose it.
    pub offered: bool,
    /// Whether it is chosen where nobody chose. Exactly one offered stack is.
    pub is_default: bool,
    /// What a server of it may use.
    pub limits: ResourceLimits,
}

/// What one server may use of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResourceLimits {
    /// Memory in bytes; swap is not added to it. `None` is no limit.
    pub memory_bytes: Option<u64>,
    /// Processors, as a count that may have a fraction. `None` is no limit.
    pub cpus: Option<f64>,
    /// Processes and threads. `None` is no limit.
    pub pids: Option<u32>,
    /// Shared memory (`/dev/shm`) in bytes. `None` is what the driver gives by itself.
    #[serde(default)]
    pub shm_bytes: Option<u64>,
    /// Graphics cards that belong to it alone while it runs.
    #[serde(default)]
    pub gpus: u32,
}

/// A container image's name as Docker writes it: `[registry[:port]/]path[:tag][@digest]`, or an image id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef(String);

/// A text that names no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an image name; write it like quay.io/jupyter/scipy-notebook:latest")]
pub struct ImageRefError(String);

// === impl ResourceLimits ===

impl ResourceLimits {
    /// No limit at all.
    pub const NONE: Self = Self { memory_bytes: None, cpus: None, pids: None, shm_bytes: None, gpus: 0 };
}

impl Default for ResourceLimits {
    /// Two gigabytes, one processor's worth, 512 processes: a notebook runs well, a fork bomb does not.
    fn default() -> Self {
        Self { memory_bytes: Some(2 << 30), cpus: Some(1.0), pids: Some(512), shm_bytes: None, gpus: 0 }
    }
}

// === impl ImageRef ===

impl ImageRef {
    /// Checks the form (not that the image exists).
    ///
    /// # Errors
    /// [`ImageRefError`] with the text.
    pub fn parse(text: &str) -> Result<Self, ImageRefError> {
        let text = text.trim();
        let refused = || ImageRefError(text.chars().take(80).collect());
        let fits = !text.is_empty()
            && text.len() <= 255
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@'))
            && text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let digest_fits = digest.is_none_or(|d| {
            d.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
        });
        let last = name.rsplit('/').next().unwrap_or_default();
        let (path, tag) = last.split_once(':').unwrap_or((last, "latest"));
        let is_id = name.strip_prefix("sha256:").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let path_fits = is_id || (!path.is_empty() && !path.chars().any(|c| c.is_ascii_uppercase()) && !tag.is_empty());
        let parts_fit = !name.split('/').any(str::is_empty) && !name.contains("..");
        if fits && digest_fits && path_fits && parts_fit { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }

    /// The reference as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The reference with `:latest` where it names neither tag nor digest: what a pull means by it.
    pub fn with_tag(&self) -> String {
        let last = self.0.rsplit('/').next().unwrap_or_default();
        if last.contains(':') || last.contains('@') { self.0.clone() } else { format!("{}:latest", self.0) }
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for ImageRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ImageRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ImageRef {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <String as utoipa::PartialSchema>::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ImageRef {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_references_are_checked_in_form() {
        let digest = format!("a/b@sha256:{}", "0".repeat(64));
        for good in
            ["alpine", "quay.io/jupyter/scipy-notebook:latest", "127.0.0.1:5000/x/y:1", digest.as_str(), "sha256:ab12"]
        {
            assert!(ImageRef::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "Upper/Case", "a b", "a//b", "/a", "a:", "a@sha256:12", "--privileged", "../x", "a/../b"] {
            assert!(ImageRef::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bare_name_means_latest() {
        assert_eq!(ImageRef::parse("h:5000/a").unwrap().with_tag(), "h:5000/a:latest");
        assert_eq!(ImageRef::parse("a:1").unwrap().with_tag(), "a:1");
    }
}
