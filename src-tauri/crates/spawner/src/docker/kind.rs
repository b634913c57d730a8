//! [`EngineKind`]: which kind of engine answers, and what it cannot do of that which is asked of it. Pure: from what the
//! engine says of itself to sentences for the lead.

use bollard::models::{SystemInfo, SystemInfoCgroupDriverEnum, SystemVersion};
use labdeck_model::ResourceLimits;

/// The kinds of engines that differ for the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EngineKind {
    /// Docker as root of a Linux machine.
    Docker,
    /// Docker as an ordinary account, in a network of its own.
    Rootless,
    /// Docker in a virtual machine of its own, on Windows, macOS or Linux.
    Desktop,
    /// Podman, by Docker's API.
    Podman,
}

/// How an engine makes control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupsBy {
    /// As folders.
    Folders,
    /// By systemd, or nobody knows how.
    Another,
}

/// What an engine can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Abilities {
    pub(super) kind: EngineKind,
    memory: bool,
    cpus: bool,
    pids: bool,
    groups: GroupsBy,
}

// === impl Abilities ===

impl Abilities {
    pub(super) fn of(version: &SystemVersion, info: &SystemInfo) -> Self {
        let named = |wanted: &str| {
            let parts = version.components.iter().flatten();
            parts.map(|part| part.name.as_str()).any(|name| name.to_ascii_lowercase().contains(wanted))
        };
        let rootless = info.security_options.iter().flatten().any(|option| option.contains("name=rootless"));
        let desktop = info.operating_system.as_deref().is_some_and(|name| name.contains("Docker Desktop"));
        let kind = match (named("podman"), rootless, desktop) {
            (true, ..) => EngineKind::Podman,
            (false, true, _) => EngineKind::Rootless,
            (false, false, true) => EngineKind::Desktop,
            (false, false, false) => EngineKind::Docker,
        };
        // An engine that says nothing is believed to keep what it accepts.
        let keeps = |said: Option<bool>| said.unwrap_or(true);
        Self {
            kind,
            memory: keeps(info.memory_limit),
            cpus: keeps(info.cpu_cfs_quota),
            pids: keeps(info.pids_limit),
            groups: match info.cgroup_driver {
                Some(SystemInfoCgroupDriverEnum::CGROUPFS) => GroupsBy::Folders,
                _ => GroupsBy::Another,
            },
        }
    }

    /// Whether it puts containers into a control group that the hub made.
    pub(super) fn takes_groups(&self) -> Result<(), &'static str> {
        match (self.kind, self.groups) {
            (EngineKind::Docker, GroupsBy::Folders) => Ok(()),
            (EngineKind::Docker, GroupsBy::Another) => {
                Err("Docker keeps its control groups by systemd here, and not as folders (cgroupfs)")
            }
            (EngineKind::Rootless, _) => Err("rootless Docker keeps its control groups to itself"),
            (EngineKind::Desktop, _) => Err("Docker Desktop's virtual machine has control groups of its own"),
            (EngineKind::Podman, _) => Err("Podman keeps its control groups to itself"),
        }
    }

    /// What an engine of this kind cannot keep of these limits, and of what keeps servers apart.
    pub(super) fn unenforced(&self, limits: &ResourceLimits) -> Vec<String> {
        let why = match self.kind {
            EngineKind::Rootless => "rootless Docker needs control groups of version 2, delegated to its account",
            EngineKind::Docker | EngineKind::Desktop | EngineKind::Podman => "this engine cannot set it",
        };
        let mut words = Vec::new();
        for (wanted, kept, what) in [
            (limits.memory_bytes.is_some(), self.memory, "memory"),
            (limits.cpus.is_some(), self.cpus, "processors"),
            (limits.pids.is_some(), self.pids, "processes"),
        ] {
            if wanted && !kept {
                words.push(format!("The limit of {what} does not hold: {why}."));
            }
        }
        if self.kind == EngineKind::Podman {
            words.push("Podman does not keep servers apart in their network: one can reach another's port.".to_owned());
        }
        words
    }

    /// Why servers on this engine cannot reach a hub on its bridge, where they cannot.
    pub(super) fn no_bridge(&self) -> Option<String> {
        let whose = match self.kind {
            EngineKind::Docker | EngineKind::Podman => return None,
            EngineKind::Rootless => "rootless Docker's network",
            EngineKind::Desktop => "Docker Desktop's virtual machine",
        };
        Some(format!(
            "servers in {whose} do not see this computer at their bridge; set hub_connect_ip in [hub] of labdeck.toml to \
             this computer's address in its network, and open the hub to that network"
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn abilities(version: &Value, info: &Value) -> Abilities {
        Abilities::of(&serde_json::from_value(version.clone()).unwrap(), &serde_json::from_value(info.clone()).unwrap())
    }

    #[test]
    fn an_engine_is_known_by_what_it_says_of_itself() {
        let engine = json!({"Components": [{"Name": "Engine", "Version": "28"}]});
        let podman = json!({"Components": [{"Name": "Podman Engine", "Version": "4.3.1"}]});
        let rows = [
            (engine.clone(), json!({}), EngineKind::Docker),
            (
                engine.clone(),
                json!({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}),
                EngineKind::Rootless,
            ),
            (engine, json!({"OperatingSystem": "Docker Desktop"}), EngineKind::Desktop),
            (podman, json!({"SecurityOptions": ["name=rootless"]}), EngineKind::Podman),
            (json!({}), json!({}), EngineKind::Docker),
        ];
        for (version, info, kind) in rows {
            assert_eq!(abilities(&version, &info).kind, kind);
        }
    }

    #[test]
    fn only_docker_with_folders_takes_a_group_of_the_hubs() {
        let takes = |info: &Value| abilities(&json!({}), info).takes_groups();
        assert_eq!(takes(&json!({"CgroupDriver": "cgroupfs"})), Ok(()));
        assert!(takes(&json!({"CgroupDriver": "systemd"})).unwrap_err().contains("systemd"));
        assert!(takes(&json!({})).is_err());
        assert!(takes(&json!({"CgroupDriver": "cgroupfs", "SecurityOptions": ["name=rootless"]})).is_err());
        assert!(takes(&json!({"CgroupDriver": "cgroupfs", "OperatingSystem": "Docker Desktop"})).is_err());
    }

    #[test]
    fn limits_that_do_not_hold_are_told() {
        let limits = ResourceLimits::default();
        assert!(abilities(&json!({}), &json!({})).unenforced(&limits).is_empty());
        let poor = json!({"MemoryLimit": false, "CpuCfsQuota": false, "PidsLimit": true, "SecurityOptions": ["name=rootless"]});
        let told = abilities(&json!({}), &poor).unenforced(&limits);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("memory") && told[1].contains("processors"));
        assert!(abilities(&json!({}), &poor).unenforced(&ResourceLimits::NONE).is_empty());
        assert!(abilities(&json!({}), &poor).no_bridge().unwrap().contains("hub_connect_ip"));
        let podman = json!({"Components": [{"Name": "Podman Engine", "Version": "4"}]});
        assert!(abilities(&podman, &json!({})).unenforced(&ResourceLimits::NONE)[0].contains("apart"));
    }
}
