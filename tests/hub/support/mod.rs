//! What all topics share: a hub in this process ([`TestHub`]), the hub as a program ([`Daemon`]), and configurations.

mod daemon;
mod hub;
mod machine;
mod nvml;

pub(crate) use daemon::Daemon;
pub(crate) use hub::{
    PASSWORD, SHORT, TestHub, choose_password, folder, native, server_path, sign_in_at, simple, simple_with,
};
pub(crate) use machine::StandInMachine;
pub(crate) use nvml::{Driver, nvml_stand_in};
