//! Limits: what one client, and all of them, may cost. Values only; each is enforced where it arises.

use std::time::Duration;

/// Time-outs and caps of a proxy. Upgraded connections and responses have no time limit.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// From the connection, or from the first byte of a later request, to the end of the request's head. 10 s.
    pub header_timeout: Duration,
    /// How long a connection may be silent between requests. 60 s, browsers' and load balancers' habit.
    pub idle_timeout: Duration,
    /// How long a request body may go without a single byte while the target wants more. 30 s.
    pub body_timeout: Duration,
    /// How long a connection to a target may take. 5 s.
    pub connect_timeout: Duration,
    /// How long an unused connection to a target is kept. 30 s.
    pub target_idle_timeout: Duration,
    /// How long requests may still take after shutdown was asked for. 10 s.
    pub drain_timeout: Duration,
    /// Client connections at once, upgraded ones included. 8192.
    pub max_connections: usize,
    /// Client connections at once from one address. 256.
    pub max_connections_per_peer: usize,
    /// Fields in a request's head, at most 100; more is answered with 431.
    pub max_headers: usize,
    /// Bytes in a request's head; more is answered with 431. 16 KiB.
    pub max_head_bytes: usize,
    /// Bytes in a request's path and query; more is answered with 414. 8 KiB.
    pub max_target_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            target_idle_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(10),
            max_connections: 8192,
            max_connections_per_peer: 256,
            max_headers: 100,
            max_head_bytes: 16 * 1024,
            max_target_bytes: 8 * 1024,
        }
    }
}
