//! The hub's own bridge. Owns its creation and what is read of it: containers on it reach the hub at its gateway and
//! each other not at all (inter-container traffic off). It stays while containers come and go, so that the gateway's
//! address, which stands in the containers' environment, stays too.

use std::collections::HashMap;

use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use parking_lot::Mutex;

use super::config::DockerConfig;
use super::container::labels;
use super::engine::{Engine, status};
use crate::{HubAccess, SpawnError, Subnet};

/// The network as it was seen last. Somebody may remove it while no server runs (`docker network prune`); it is then
/// made again with the same addresses, on which the hub listens.
#[derive(Debug, Default)]
pub(super) struct Network {
    seen: Mutex<Option<HubAccess>>,
    /// Held by the one start that makes it. Of several that ask the engine at once each takes addresses of its few
    /// pools, also those that come too late, and a class that starts together is refused for want of them.
    making: tokio::sync::Mutex<()>,
}

// === impl Network ===

impl Network {
    /// Finds the network or makes it, and says where the hub is seen from it.
    pub(super) async fn ensure(&self, engine: &Engine, config: &DockerConfig) -> Result<HubAccess, SpawnError> {
        let client = engine.client().await?;
        if let Some(access) = self.find(engine, &client, config).await? {
            return Ok(access);
        }
        let _making = self.making.lock().await;
        if let Some(access) = self.find(engine, &client, config).await? {
            return Ok(access);
        }
        let before = self.seen.lock().clone();
        let again = client.create_network(body(config, before.as_ref())).await;
        let made = match (again, before) {
            // The addresses were given to another network meanwhile.
            (Err(refused), Some(_)) if status(&refused).is_some_and(|code| code != 409) => {
                client.create_network(body(config, None)).await
            }
            (made, _) => made,
        };
        match made {
            Ok(_) => {}
            // Made by somebody else at this moment: the bridge's fixed name lets only one win.
            Err(refused) if matches!(status(&refused), Some(403 | 409)) => {}
            Err(error) => return Err(engine.failed("making the network of the servers")(error)),
        }
        self.find(engine, &client, config).await?.ok_or_else(|| SpawnError::Engine {
            doing: "making the network of the servers",
            said: format!("network {} has no address for this computer", config.network()),
        })
    }

    /// The network as it is, if it is there; kept as seen.
    async fn find(
        &self,
        engine: &Engine,
        client: &Docker,
        config: &DockerConfig,
    ) -> Result<Option<HubAccess>, SpawnError> {
        let found = find(engine, client, config).await?;
        if found.is_some() {
            self.seen.lock().clone_from(&found);
        }
        Ok(found)
    }
}

async fn find(engine: &Engine, client: &Docker, config: &DockerConfig) -> Result<Option<HubAccess>, SpawnError> {
    let inspected = client.inspect_network(&config.network(), None).await;
    let network = match inspected {
        Ok(network) => network,
        Err(EngineError::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
        Err(error) => return Err(engine.failed("reading the network of the servers")(error)),
    };
    Ok(network.ipam.as_ref().and_then(access))
}

/// Gateway and subnet, as the engine assigned them.
fn access(ipam: &Ipam) -> Option<HubAccess> {
    ipam.config.iter().flatten().find_map(|part| {
        let subnet = Subnet::parse(part.subnet.as_deref()?)?;
        // An engine may write the gateway with the length of the subnet behind it.
        let gateway = part.gateway.as_deref()?.split('/').next()?.parse().ok()?;
        Some(HubAccess::Bridge { gateway, subnet })
    })
}

fn body(config: &DockerConfig, addresses: Option<&HubAccess>) -> NetworkCreateRequest {
    let options = [
        ("com.docker.network.bridge.name", config.bridge()),
        ("com.docker.network.bridge.enable_icc", "false".into()),
        ("com.docker.network.bridge.enable_ip_masquerade", "true".into()),
        // Belt and braces: a port published without an address goes to loopback too.
        ("com.docker.network.bridge.host_binding_ipv4", "127.0.0.1".into()),
    ];
    NetworkCreateRequest {
        name: config.network(),
        driver: Some("bridge".into()),
        ipam: addresses.and_then(same_addresses),
        options: Some(options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        labels: Some(HashMap::from([
            (labels::HUB.to_owned(), config.hub_id.clone()),
            (labels::KIND.to_owned(), "network".to_owned()),
        ])),
        ..NetworkCreateRequest::default()
    }
}

fn same_addresses(access: &HubAccess) -> Option<Ipam> {
    let HubAccess::Bridge { gateway, subnet } = access else { return None };
    let part = IpamConfig {
        subnet: Some(format!("{}/{}", subnet.address, subnet.prefix)),
        gateway: Some(gateway.to_string()),
        ..IpamConfig::default()
    };
    Some(Ipam { config: Some(vec![part]), ..Ipam::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateway_and_subnet_are_read_from_the_engines_answer() {
        let ipam: Ipam =
            serde_json::from_str(r#"{"Config":[{"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}]}"#).unwrap();
        let HubAccess::Bridge { gateway, subnet } = access(&ipam).unwrap() else { panic!("no bridge") };
        assert_eq!(gateway.to_string(), "172.18.0.1");
        assert!(subnet.contains("172.18.3.4".parse().unwrap()));
        assert!(access(&Ipam::default()).is_none());
    }
}
