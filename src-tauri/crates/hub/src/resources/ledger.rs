//! Who holds which graphics card. The truth is what each server was granted, which is kept with its record; so the
//! ledger is made anew from the servers whenever it is asked for, and survives a restart of the hub with them.

use super::cards::Card;
use crate::lifecycle::Held;

/// A card and the servers that hold it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) card: &'a Card,
    pub(super) holders: Vec<&'a Held>,
}

/// The ledger, in the machine's order.
pub(super) fn places<'a>(cards: &'a [Card], held: &'a [Held]) -> Vec<Place<'a>> {
    let holders = |card: &Card| held.iter().filter(|held| held.grant.gpus.contains(&card.id)).collect();
    cards.iter().map(|card| Place { card, holders: holders(card) }).collect()
}

/// `ada holds card 0 (NVIDIA L4), bob holds card 1 (NVIDIA L4).`
pub(super) fn who_holds(places: &[Place<'_>]) -> String {
    let taken = places.iter().filter(|place| !place.holders.is_empty());
    let lines: Vec<_> = taken
        .map(|place| {
            let names: Vec<_> = place.holders.iter().map(|held| server_words(held)).collect();
            let verb = if names.len() == 1 { "holds" } else { "hold" };
            format!("{} {verb} {}", names.join(" and "), place.card.words())
        })
        .collect();
    let mut text = lines.join(", ");
    text.push('.');
    text
}

/// What a start that needs cards waits for.
pub(super) fn when_free(free: usize, wanted: usize) -> String {
    match (free, wanted) {
        (_, 1) => "This start is in line for the next one that is free.".to_owned(),
        (0, n) => format!("This start is in line until {n} are free."),
        (free, n) => {
            format!("{free} of the {n} cards that this start needs can be had now; it is in line for the rest.")
        }
    }
}

fn server_words(held: &Held) -> String {
    match held.key.server.is_default() {
        true => held.key.user.to_string(),
        false => format!("{} ({})", held.key.user, held.key.server),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{Grant, ServerKey, ServerName, UserName};

    use super::*;

    #[test]
    fn the_holders_are_named() {
        let card =
            |index: u32| Card { id: format!("GPU-{index}"), index, name: "NVIDIA L4".into(), memory_bytes: None };
        let holds = |user: &str, server: &str, cards: &[&str]| Held {
            key: ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap()),
            grant: Grant { gpus: cards.iter().map(|&id| id.to_owned()).collect(), ..Grant::default() },
            is_starting: false,
        };
        let cards = [card(0), card(1), card(2)];
        let held =
            [holds("ada", "", &["GPU-0"]), holds("bob", "big", &["GPU-0", "GPU-2"]), holds("cy", "", &["GPU-9"])];
        let places = places(&cards, &held);
        assert_eq!(
            who_holds(&places),
            "ada and bob (big) hold card 0 (NVIDIA L4), bob (big) holds card 2 (NVIDIA L4)."
        );
        assert!(places[1].holders.is_empty());
    }
}
