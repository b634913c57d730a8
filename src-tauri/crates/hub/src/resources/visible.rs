//! Which graphics cards a server is told it has, by variables. An engine decides for itself which cards a container
//! gets; a local program sees all of the machine, and the variables are what CUDA goes by.

use std::collections::BTreeMap;

use labdeck_store::tables::{sizes, stacks};
use labdeck_store::{Read, StoreError};

use crate::spawners::DOCKER;

/// Whether graphics cards are handed out one by one on this hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardUse {
    /// A size or a stack gives some: who was given none has none.
    Rationed,
    /// Nothing speaks of cards: local programs see what there is, as without a hub.
    Free,
}

// === impl CardUse ===

impl CardUse {
    /// What the sizes and stacks say.
    ///
    /// # Errors
    /// When the store fails.
    pub fn load(read: &Read<'_>) -> Result<Self, StoreError> {
        let by_size = sizes::list(read)?.iter().any(|size| size.offered && size.limits.gpus > 0);
        let by_stack = stacks::list(read)?.iter().any(|stack| stack.offered && stack.limits.gpus > 0);
        Ok(if by_size || by_stack { Self::Rationed } else { Self::Free })
    }
}

/// The variables for a server of a spawner that was given these cards.
pub fn card_variables(spawner: &str, gpus: &[String], cards: CardUse) -> BTreeMap<String, String> {
    let variables: &[(&str, String)] = match (spawner, gpus, cards) {
        // Images for CUDA ask for all cards; where NVIDIA's runtime is the engine's default one, they would get them.
        (DOCKER, [], CardUse::Rationed) => &[("NVIDIA_VISIBLE_DEVICES", "void".to_owned())],
        (DOCKER, ..) | (_, [], CardUse::Free) => &[],
        (_, [], CardUse::Rationed) => &[("CUDA_VISIBLE_DEVICES", String::new())],
        (_, gpus, _) => &[("CUDA_VISIBLE_DEVICES", gpus.join(",")), ("NVIDIA_VISIBLE_DEVICES", gpus.join(","))],
    };
    variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_program_is_told_its_cards_and_a_container_gets_them() {
        let told = |spawner, gpus: &[&str], cards| {
            let gpus: Vec<_> = gpus.iter().map(|&id| id.to_owned()).collect();
            let lines = card_variables(spawner, &gpus, cards);
            lines.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        };
        let two = ["GPU-a", "MIG-b"];
        assert_eq!(
            told("simple", &two, CardUse::Rationed),
            "CUDA_VISIBLE_DEVICES=GPU-a,MIG-b NVIDIA_VISIBLE_DEVICES=GPU-a,MIG-b"
        );
        assert_eq!(told("simple", &[], CardUse::Rationed), "CUDA_VISIBLE_DEVICES=", "none of them");
        assert_eq!(told("simple", &[], CardUse::Free), "", "all of them, as without a hub");
        assert_eq!(told(DOCKER, &two, CardUse::Rationed), "", "the engine sets them by itself");
        assert_eq!(told(DOCKER, &[], CardUse::Rationed), "NVIDIA_VISIBLE_DEVICES=void");
    }
}
