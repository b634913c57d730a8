//! [`Engine`]: the container engine, asked directly with its own command for what the hub does not show.

use std::process::{Command, Output};

use serde_json::Value;

/// The image with JupyterLab and the single-user server.
pub const NOTEBOOK: &str = "labdeck/test-notebook:latest";
/// The image with a program that answers what the hub asks of a server, up in a millisecond. Its switches are in
/// `tests/images/standin/standin.c`.
pub const STANDIN: &str = "labdeck/test-standin:latest";

/// The machine's container engine.
#[derive(Debug, Clone, Copy)]
pub struct Engine;

// === impl Engine ===

impl Engine {
    /// Fails in words where there is no engine or no image.
    pub fn expect(self) {
        for (image, script) in [(NOTEBOOK, "build-test-image.sh"), (STANDIN, "build-standin.sh")] {
            let found = self.run(&["image", "inspect", "-f", "{{.Id}}", image]);
            assert!(
                found.status.success(),
                "these tests need a container engine and {image}; bring one up with tests/images/ensure-docker.sh and \
                 make the image with tests/images/{script}. Docker says: {}",
                String::from_utf8_lossy(&found.stderr)
            );
        }
    }

    /// Runs a command of the engine, which must succeed; gives what it wrote.
    pub fn call(self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert!(done.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Runs a command of the engine.
    pub fn run(self, arguments: &[&str]) -> Output {
        Command::new("docker").args(arguments).output().expect("the docker command is missing")
    }

    /// All that the engine says of a thing.
    pub fn inspect(self, thing: &str) -> Value {
        let mut found: Value = serde_json::from_str(&self.call(&["inspect", thing])).expect("JSON");
        found[0].take()
    }

    /// The containers of a hub, running or not; those of one kind (`server`, `probe`).
    pub fn containers(self, hub_id: &str, kind: &str) -> Vec<String> {
        let (hub, kind) = (format!("label=labdeck.hub={hub_id}"), format!("label=labdeck.kind={kind}"));
        lines(&self.call(&["ps", "-aq", "--no-trunc", "--filter", &hub, "--filter", &kind]))
    }

    /// The container of a user's default server.
    pub fn container_of(self, hub_id: &str, user: &str) -> Option<String> {
        let (hub, user) = (format!("label=labdeck.hub={hub_id}"), format!("label=labdeck.user={user}"));
        lines(&self.call(&["ps", "-aq", "--no-trunc", "--filter", &hub, "--filter", &user])).pop()
    }

    /// The home volumes of a hub.
    pub fn volumes(self, hub_id: &str) -> Vec<String> {
        lines(&self.call(&["volume", "ls", "-q", "--filter", &format!("label=labdeck.hub={hub_id}")]))
    }

    /// A label of a network, if both are there.
    pub fn label_of_network(self, network: &str, label: &str) -> Option<String> {
        let format = format!("{{{{index .Labels \"{label}\"}}}}");
        let found = self.run(&["network", "inspect", "-f", &format, network]);
        let text = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        (found.status.success() && !text.is_empty()).then_some(text)
    }

    /// Removes everything that carries a hub's label.
    pub fn clear(self, hub_id: &str) {
        let label = format!("label=labdeck.hub={hub_id}");
        for (list, remove) in [
            (&["ps", "-aq"][..], &["rm", "-f"][..]),
            (&["volume", "ls", "-q"], &["volume", "rm", "-f"]),
            (&["network", "ls", "-q"], &["network", "rm"]),
        ] {
            let found = self.run(&[list, &["--filter", &label]].concat());
            for id in lines(&String::from_utf8_lossy(&found.stdout)) {
                // A second hub of the same test may have been quicker.
                drop(self.run(&[remove, &[&id]].concat()));
            }
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
