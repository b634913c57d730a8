//! Registries that refuse, as the engine meets them: one that hands out no more for now, and two whose certificates it
//! cannot accept.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use labdeck_testkit::Engine;
use tempfile::TempDir;

/// How a registry refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By 429, in Docker Hub's words.
    Limited,
    /// By a certificate that nobody vouches for.
    Stranger,
    /// By a certificate that is good from 2090 on.
    FromTheFuture,
}

/// A registry; it ends with this value.
#[derive(Debug)]
pub(crate) struct Registry {
    address: String,
    process: Child,
    _dir: TempDir,
}

const PROGRAM: &str = r#"
import http.server, json, socket, ssl, sys
class Refusing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        words = "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading."
        body = json.dumps({"errors": [{"code": "TOOMANYREQUESTS", "message": words}]}).encode()
        self.send_response(429)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_HEAD = do_GET
    def log_message(self, *_): pass
host, cert = sys.argv[1], sys.argv[2]
server = http.server.ThreadingHTTPServer((host, 0), Refusing)
if cert:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert + "/cert.pem", cert + "/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

// === impl Registry ===

impl Registry {
    /// Starts one on a free port.
    pub(crate) fn start(kind: Kind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Of loopback the engine expects no certificate, so the other two lie on its own bridge.
        let host = if kind == Kind::Limited { "127.0.0.1".to_owned() } else { bridge() };
        let cert = match kind {
            Kind::Limited => String::new(),
            Kind::Stranger => certificate(dir.path(), &host, "20200101000000Z"),
            Kind::FromTheFuture => certificate(dir.path(), &host, "20900101000000Z"),
        };
        let mut process = Command::new("python3")
            .args(["-I", "-c", PROGRAM, &host, &cert])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is missing");
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(process.stdout.take().unwrap()), &mut line).unwrap();
        Self { address: format!("{host}:{}", line.trim()), process, _dir: dir }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// This machine on the engine's default bridge: the first address of it.
fn bridge() -> String {
    let subnet = Engine.call(&["network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "bridge"]);
    let network: std::net::Ipv4Addr = subnet.split('/').next().unwrap().parse().expect("the bridge has a subnet");
    std::net::Ipv4Addr::from_bits(network.to_bits() + 1).to_string()
}

/// A certificate for a host, signed by itself, good from a moment on for ten years and more. Answers its folder.
fn certificate(dir: &Path, host: &str, from: &str) -> String {
    let config = format!(
        "[req]\ndistinguished_name=dn\n[dn]\n[ca]\ndefault_ca=own\n[own]\ndatabase={0}/index\nnew_certs_dir={0}\n\
         serial={0}/serial\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[alt]\nsubjectAltName=IP:{host}\n",
        dir.display()
    );
    for (name, text) in [("config", config.as_str()), ("index", ""), ("serial", "01\n")] {
        std::fs::write(dir.join(name), text).unwrap();
    }
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(dir).output().expect("openssl is missing");
        assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    let subject = format!("/CN={host}");
    openssl(&[
        "req", "-config", "config", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "request", "-subj",
        &subject,
    ]);
    openssl(&[
        "ca",
        "-config",
        "config",
        "-batch",
        "-notext",
        "-selfsign",
        "-keyfile",
        "key.pem",
        "-in",
        "request",
        "-extensions",
        "alt",
        "-startdate",
        from,
        "-enddate",
        "20991231000000Z",
        "-out",
        "cert.pem",
    ]);
    dir.display().to_string()
}
