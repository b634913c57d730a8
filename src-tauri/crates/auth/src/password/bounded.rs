//! [`Bounded`]: a map that forgets what was not used for long, and never grows beyond its bound. Two generations:
//! when the young one is full it becomes the old one, and the old one is forgotten. No scan, whatever is thrown at it.

use std::collections::HashMap;
use std::hash::Hash;

/// At most `capacity` entries.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    half: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

// === impl Bounded ===

impl<K: Eq + Hash + Clone, V: Default> Bounded<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { half: (capacity / 2).max(1), young: HashMap::new(), old: HashMap::new() }
    }

    /// The entry of a key, made if it is not there; it counts as used.
    pub(super) fn entry(&mut self, key: &K) -> &mut V {
        if !self.young.contains_key(key) && self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        let moved = self.old.remove(key);
        self.young.entry(key.clone()).or_insert_with(|| moved.unwrap_or_default())
    }

    /// The entry of a key, if there is one; it does not count as used.
    pub(super) fn find(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_no_more_than_its_bound_and_keeps_what_is_used() {
        let mut map = Bounded::<u32, u32>::new(100);
        *map.entry(&0) = 7;
        for key in 1..100_000 {
            map.entry(&key);
            map.entry(&0);
            assert!(map.len() <= 100);
        }
        assert_eq!(map.find(&0), Some(&7));
        assert_eq!(map.find(&1), None);
    }
}
