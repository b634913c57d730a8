//! The Docker driver: every server is a container of its own behind a bridge of the hub's own. The only place that
//! names bollard. Its parts: `engine` (connection and how it stands), `network`, `image` and `pull`, `container` (what
//! is asked of the engine, pure), `start` and `stop`, `inspect` and `adopt` (what the engine says), `stats`.

mod adopt;
mod after;
mod config;
mod container;
mod create;
mod driver;
mod engine;
mod errand;
mod events;
mod extra;
mod extra_keys;
mod fresh;
mod furnish;
mod homes;
mod host_home;
mod host_path;
mod image;
mod inspect;
mod kind;
mod limits;
mod locate;
mod log;
mod mounts;
mod network;
mod probe;
mod pull;
mod reach;
mod settings;
mod shapes;
mod start;
mod stats;
mod stop;
mod stray;
mod system_user;
mod template;
mod together;
mod watch;

pub use config::{DockerConfig, PullPolicy};
pub use driver::{DockerSpawner, EngineMachine};
pub use extra::{Accept, Extra, ExtraProblem};
#[cfg(unix)]
pub use host_path::open_folder;
pub use image::Image;
pub use locate::TlsFiles;
pub use pull::PullProgress;
pub use settings::{ContainerSettings, Reach, SystemUser, VolumeDriver, VolumeSetting, VolumeSource};
pub use shapes::check_group;
pub use template::{Template, TemplateError};
