//! The causes that lie with the hub, its configuration or the program that starts servers; `catalogue` has those that
//! show in what servers and engines say.

use super::catalogue::{Entry, Fix, entry};

/// Titles and steps of these causes.
pub(super) const FURTHER: &[Entry] = &[
    entry(
        "engine_error",
        "Docker failed at it",
        &["Start it again.", "If it stays so, read Docker's own log: journalctl -u docker"],
        Some(Fix::StartAgain),
    ),
    entry(
        "system_error",
        "The computer refused something",
        &["Look at the free disk space and at the rights on the folder that is named."],
        Some(Fix::StartAgain),
    ),
    entry(
        "not_saved",
        "The hub could not write it down",
        &["Make room where Labdeck keeps its data, then start it again."],
        Some(Fix::StartAgain),
    ),
    entry(
        "store",
        "The hub could not write it down",
        &["Make room where Labdeck keeps its data, then start it again."],
        Some(Fix::StartAgain),
    ),
    entry("state_unreadable", "The hub's note of it cannot be read", &["Start it anew."], Some(Fix::StartAgain)),
    entry("cancelled", "The start was given up", &["Start it again when it is wanted."], Some(Fix::StartAgain)),
    entry(
        "internal",
        "The hub failed at it",
        &["Start it again.", "The hub's log says more; tell the person who runs it."],
        Some(Fix::StartAgain),
    ),
    entry(
        "hub_restarted",
        "The hub was restarted meanwhile",
        &["Start it again; nothing had begun."],
        Some(Fix::StartAgain),
    ),
    entry(
        "no_answer",
        "It did not answer any more",
        &["Start it again.", "If it comes back, look at its log and at how busy the computer is."],
        Some(Fix::StartAgain),
    ),
    entry(
        "no_route",
        "The way to the server could not be opened",
        &["Start it again.", "If it stays so, restart the hub."],
        Some(Fix::StartAgain),
    ),
    entry(
        "folder_missing",
        "The folder it shall run in is not there",
        &["Make the folder, or name another one as cwd."],
        None,
    ),
    entry("route", "The server has no usable address", &["Give the server another name."], None),
    entry(
        "no_spawner",
        "What started it is not set up any more",
        &["Choose a way to start servers under spawner_class, or start it again with the present one."],
        Some(Fix::StartAgain),
    ),
    entry(
        "gpu_missing",
        "This computer has not that many graphics cards",
        &["Choose a size with fewer cards or none.", "If a card should be there, test it: nvidia-smi"],
        None,
    ),
    entry(
        "memory_too_large",
        "This computer has not that much memory",
        &["Choose a smaller size.", "The reserve is set in the window, under Settings."],
        None,
    ),
    entry(
        "mount_refused",
        "A folder may not be mounted",
        &["Look at volumes and mounts in labdeck.toml and at the list of folders.", "host_folders opens folders."],
        None,
    ),
    entry(
        "extra_settings",
        "The settings for containers cannot be used",
        &["Correct extra_host_config and extra_create_kwargs in labdeck.toml, then restart the hub."],
        None,
    ),
    entry(
        "system_user",
        "There is no account of this computer for it",
        &["Make the account on this computer, with a home of its own, then start the server again."],
        Some(Fix::StartAgain),
    ),
    entry(
        "account_unusable",
        "The account of this computer cannot be used",
        &["Look at the account (getent passwd) and at its home, then start the server again."],
        Some(Fix::StartAgain),
    ),
    entry(
        "folder_unusable",
        "A folder cannot be shown in the home",
        &["Look at the place that is named: something else may lie there."],
        Some(Fix::StartAgain),
    ),
    entry("command_missing", "The start command is not there", &["Correct cmd in [spawner], or install it."], None),
    entry("python_missing", "There is no Python", &["Install Python 3, then start it again."], Some(Fix::StartAgain)),
    entry(
        "python_too_old",
        "Python is too old",
        &["Install a newer Python 3, then start it again."],
        Some(Fix::StartAgain),
    ),
    entry(
        "venv_missing",
        "Python cannot make environments",
        &["Install Python's venv module (python3-venv), then start it again."],
        Some(Fix::StartAgain),
    ),
    entry(
        "environment_failed",
        "The notebook software could not be installed",
        &["Start it again; what is there already is not fetched twice."],
        Some(Fix::StartAgain),
    ),
    entry(
        "offline",
        "The package index cannot be reached",
        &["Connect the computer to the network, or name an index or proxy for pip."],
        Some(Fix::StartAgain),
    ),
    entry(
        "index_untrusted",
        "The package index could not be trusted",
        &["Tell pip of your network's certificate (PIP_CERT)."],
        Some(Fix::StartAgain),
    ),
    entry(
        "exec_failed",
        "The program that starts servers failed",
        &["Read its last lines; whoever wrote it can tell more."],
        Some(Fix::StartAgain),
    ),
    entry(
        "exec_protocol",
        "The program that starts servers gave no good answer",
        &["Compare it with docs/exec-spawner.md."],
        None,
    ),
    entry(
        "exec_missing",
        "The program that starts servers is not there",
        &["Correct cmd in [exec_spawner], or install the program."],
        None,
    ),
    entry(
        "exec_timeout",
        "The program that starts servers took too long",
        &["Look why it hangs, or raise call_timeout in [exec_spawner]."],
        Some(Fix::StartAgain),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::catalogue::find;

    /// Where a kind is written, once blanks are gone.
    const PLACES: [&str; 5] = ["Failure::new(\"", "failure(\"", "self.told(\"", "kind:\"", "LastExit::new(\""];

    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().unwrap() == "tests" {
                continue;
            }
            if path.is_dir() { sources(&path, found) } else { found.push(path) }
        }
    }

    /// The words behind each of these places in a file, up to its tests.
    fn kinds_in(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        // The moment stands before the kind of an end.
        let dense: String = code.split_whitespace().collect();
        let dense = ["at.now", "registry.now()"]
            .iter()
            .fold(dense, |text, moment| text.replace(&format!("LastExit::new({moment},"), "LastExit::new("));
        let places: Vec<&str> = match path.file_name().unwrap().to_str().unwrap() {
            "error.rs" | "pip.rs" => PLACES.into_iter().chain(["=>(\"", "{(\""]).collect(),
            _ if path.ends_with("diagnosis/mod.rs") || path.ends_with("endings.rs") => {
                PLACES.into_iter().chain([":&str=\""]).collect()
            }
            _ => PLACES.into(),
        };
        let words = places.iter().flat_map(|place| dense.split(place).skip(1));
        words.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    }

    #[test]
    fn every_kind_that_the_code_writes_has_a_title_and_a_way_on() {
        let hub = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        for folder in [hub.join("lifecycle"), hub.join("servers"), hub.join("resources"), hub.join("../../spawner/src")]
        {
            sources(&folder, &mut files);
        }
        let kinds: BTreeSet<_> = files.iter().flat_map(|path| kinds_in(path)).collect();
        for known in
            ["exec_timeout", "engine_error", "offline", "gpu_missing", "no_spawner", "disk_full", "stop_failed"]
        {
            assert!(kinds.contains(known), "the search has lost {known}: {kinds:?}");
        }
        let lost: Vec<_> = kinds.iter().filter(|kind| find(kind).is_none()).collect();
        assert!(lost.is_empty(), "without a title: {lost:?}");
        for kind in &kinds {
            assert!(kind == "gone" || !find(kind).unwrap().steps.is_empty(), "{kind}");
        }
    }
}
