//! [`Dice`]: randomness that can be had again, for tests that choose moments. No secret is made of it.

/// A sequence of numbers that a seed determines (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

// === impl Dice ===

impl Dice {
    /// The sequence of a seed.
    pub fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed that an environment variable names; without it one of this moment, so that each run sees other moments.
    ///
    /// # Panics
    /// When the variable holds no number.
    pub fn seed_from(variable: &str) -> u64 {
        match std::env::var(variable) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")),
            Err(_) => {
                use std::hash::{BuildHasher as _, Hasher as _};
                std::collections::hash_map::RandomState::new().build_hasher().finish() >> 32
            }
        }
    }

    /// A number from nothing to `end`, which is left out.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// A sequence of its own that this one determines.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.below(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_seed_gives_the_same_numbers_again_and_all_of_them() {
        let rolled = |seed| {
            let mut dice = Dice::of_seed(seed);
            (0..200).map(|_| dice.below(6)).collect::<Vec<_>>()
        };
        assert_eq!(rolled(7), rolled(7));
        assert_ne!(rolled(7), rolled(8));
        assert!((0..6).all(|face| rolled(7).contains(&face)));
    }
}
