//! The proxy of Labdeck: route table, forwarder and configurable-http-proxy's REST API.
#![forbid(unsafe_code)]
