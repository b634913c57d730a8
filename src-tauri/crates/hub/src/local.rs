//! From `[simple_spawner]` and `[exec_spawner]` to the settings of their drivers. Owns nothing else; called once, by
//! the builder of the hub.

use std::path::Path;

use labdeck_spawner::exec::ExecConfig;
use labdeck_spawner::process::{ProcessConfig, RunAs};

use crate::config::{self, Config};

/// The settings of the local-process driver.
pub(crate) fn processes(config: &Config, data_dir: &Path) -> ProcessConfig {
    let local = config.local.clone();
    let plain = ProcessConfig::new(data_dir);
    let mut env_keep = plain.env_keep.clone();
    env_keep.extend(local.env_keep);
    ProcessConfig {
        cmd: config.simple.cmd.clone(),
        env_keep,
        requirements: if local.requirements.is_empty() { plain.requirements.clone() } else { local.requirements },
        interrupt_timeout: local.interrupt_timeout,
        term_timeout: local.term_timeout,
        kill_timeout: local.kill_timeout,
        run_as: match local.run_as {
            config::RunAs::Hub => RunAs::Hub,
            config::RunAs::User => RunAs::User,
        },
        home_dir: local.home_dir,
        notebook_dir: local.notebook_dir,
        shell_cmd: local.shell_cmd,
        ip: local.ip,
        port: local.port,
        environment_dir: local.environment_dir,
        ..plain
    }
}

/// The settings of the exec driver, where a program is configured.
pub(crate) fn exec(config: &Config, hub_id: &str) -> Option<ExecConfig> {
    let (program, call_timeout) = (config.exec.program.clone(), config.exec.call_timeout);
    (!program.is_empty()).then(|| ExecConfig { program, call_timeout, hub_id: hub_id.to_owned() })
}
