//! The engine's settings by name: docker-py's, the engine's own, what form each has, and whether a server may have it.
//! Data only; `extra` reads it.

use super::shapes::{
    Shape, bool_, hosts, integer, json, log_config, positive, score, size, text, text_map, texts, ulimits,
};

/// One setting.
pub(super) struct Key {
    /// As docker-py calls it, and so dockerspawner.
    pub(super) python: &'static str,
    /// As the engine calls it.
    pub(super) engine: &'static str,
    /// Its form, checked and brought into the engine's.
    pub(super) shape: Shape,
    pub(super) rule: Rule,
}

/// Whether a server may have a setting.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// It may.
    Harmless,
    /// It gives power over the machine or over others, in these words.
    Power(&'static str),
    /// There is a setting of ours for it.
    Elsewhere(&'static str),
    /// It would break what the hub relies on.
    Never(&'static str),
}

const fn key(python: &'static str, engine: &'static str, shape: Shape, rule: Rule) -> Key {
    Key { python, engine, shape, rule }
}

use Rule::{Elsewhere, Harmless, Never, Power};

/// Reference: docker-py 7.2, `HostConfig`; Engine API 1.53, `HostConfig`.
pub(super) const HOST: &[Key] = &[
    key("shm_size", "ShmSize", size, Harmless),
    key("init", "Init", bool_, Harmless),
    key("dns", "Dns", texts, Harmless),
    key("dns_opt", "DnsOptions", texts, Harmless),
    key("dns_search", "DnsSearch", texts, Harmless),
    key("extra_hosts", "ExtraHosts", hosts, Harmless),
    key("group_add", "GroupAdd", texts, Harmless),
    key("ulimits", "Ulimits", ulimits, Harmless),
    key("tmpfs", "Tmpfs", text_map, Harmless),
    key("read_only", "ReadonlyRootfs", bool_, Harmless),
    key("storage_opt", "StorageOpt", text_map, Harmless),
    key("sysctls", "Sysctls", text_map, Harmless),
    key("security_opt", "SecurityOpt", texts, Harmless),
    key("cap_drop", "CapDrop", texts, Harmless),
    key("runtime", "Runtime", text, Harmless),
    key("log_config", "LogConfig", log_config, Harmless),
    key("cpu_shares", "CpuShares", positive, Harmless),
    key("cpuset_cpus", "CpusetCpus", text, Harmless),
    key("cpuset_mems", "CpusetMems", text, Harmless),
    key("blkio_weight", "BlkioWeight", positive, Harmless),
    key("mem_swappiness", "MemorySwappiness", positive, Harmless),
    key("memswap_limit", "MemorySwap", size, Harmless),
    key("oom_score_adj", "OomScoreAdj", score, Harmless),
    key("pids_limit", "PidsLimit", positive, Harmless),
    key("privileged", "Privileged", bool_, Power("the server would be root of this computer")),
    key("cap_add", "CapAdd", texts, Power("with capabilities a server can reach beyond its container")),
    key("devices", "Devices", json, Power("a device is a part of this computer")),
    key("device_cgroup_rules", "DeviceCgroupRules", texts, Power("a device is a part of this computer")),
    key("device_requests", "DeviceRequests", json, Power("the hub hands out graphics cards, by the size of a server")),
    key("pid_mode", "PidMode", text, Power("the server would see and end programs outside of its container")),
    key("ipc_mode", "IpcMode", text, Power("the server would share memory with programs outside of its container")),
    key("userns_mode", "UsernsMode", text, Power("the server would have this computer's own accounts")),
    key("uts_mode", "UTSMode", text, Power("the server would have this computer's own name")),
    key("cgroupns", "CgroupnsMode", text, Power("the server would see this computer's control groups")),
    key("cgroup_parent", "CgroupParent", text, Power("the server could leave its limits")),
    key("volumes_from", "VolumesFrom", texts, Power("the server would have the files of another container")),
    key("masked_paths", "MaskedPaths", texts, Power("the server would see parts of the kernel that are hidden")),
    key("readonly_paths", "ReadonlyPaths", texts, Power("the server could write to the kernel's settings")),
    key("oom_kill_disable", "OomKillDisable", bool_, Power("a server without memory would stand still for ever")),
    key("binds", "Binds", json, Elsewhere("write it into volumes or read_only_volumes")),
    key("mounts", "Mounts", json, Elsewhere("write it into mounts")),
    key("network_mode", "NetworkMode", text, Elsewhere("write a network into network_name; the host's own is refused")),
    key("links", "Links", json, Elsewhere("write it into links")),
    key("mem_limit", "Memory", size, Elsewhere("write it into mem_limit of [docker_spawner]")),
    key("mem_reservation", "MemoryReservation", size, Elsewhere("write it into mem_guarantee")),
    key("nano_cpus", "NanoCpus", integer, Elsewhere("write it into cpu_limit")),
    key("cpu_quota", "CpuQuota", integer, Elsewhere("write it into cpu_limit")),
    key("cpu_period", "CpuPeriod", integer, Elsewhere("write it into cpu_limit")),
    key("port_bindings", "PortBindings", json, Never("the hub publishes the one port that it needs")),
    key("publish_all_ports", "PublishAllPorts", bool_, Never("the hub publishes the one port that it needs")),
    key(
        "auto_remove",
        "AutoRemove",
        bool_,
        Never("an engine that restarts would delete the server; the hub removes it when it stops"),
    ),
    key("restart_policy", "RestartPolicy", json, Never("the hub decides when a server starts")),
];

/// Reference: docker-py 7.2, `create_container`; Engine API 1.53, `ContainerConfig`.
pub(super) const CREATE: &[Key] = &[
    key("hostname", "Hostname", text, Harmless),
    key("domainname", "Domainname", text, Harmless),
    key("user", "User", text, Harmless),
    key("working_dir", "WorkingDir", text, Harmless),
    key("labels", "Labels", text_map, Harmless),
    key("stop_signal", "StopSignal", text, Harmless),
    key("tty", "Tty", bool_, Harmless),
    key("stdin_open", "OpenStdin", bool_, Harmless),
    key("entrypoint", "Entrypoint", texts, Harmless),
    key("healthcheck", "Healthcheck", json, Elsewhere("the hub itself asks each server whether it answers")),
    key("stop_timeout", "StopTimeout", positive, Elsewhere("the hub gives a server 10 seconds to end")),
    key("command", "Cmd", texts, Elsewhere("write it into cmd")),
    key("image", "Image", text, Elsewhere("write it into image")),
    key("name", "name", text, Elsewhere("write it into name_template")),
    key("environment", "Env", json, Elsewhere("write it into environment")),
    key("host_config", "HostConfig", json, Elsewhere("write it into extra_host_config")),
    key("volumes", "Volumes", json, Elsewhere("write it into volumes")),
    key("ports", "ExposedPorts", json, Never("the hub publishes the one port that it needs")),
    key("networking_config", "NetworkingConfig", json, Elsewhere("write a network into network_name")),
    key("network_disabled", "NetworkDisabled", bool_, Never("the hub reaches a server by its network")),
    key("mac_address", "MacAddress", text, Power("a server could take another computer's place in the network")),
];
