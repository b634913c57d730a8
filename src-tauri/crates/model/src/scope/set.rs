//! [`ScopeSet`]: scopes in normal form. An unfiltered scope swallows the filtered ones of its base, as JupyterHub's
//! answers show it; nothing else is reduced.

use std::collections::{BTreeSet, btree_set};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Scope, ScopeBase, ScopeError};

/// A set of scopes; serialised as a sorted list of texts.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeSet(BTreeSet<Scope>);

// === impl ScopeSet ===

impl ScopeSet {
    /// No rights at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads scopes from texts.
    ///
    /// # Errors
    /// The first text that is no scope.
    pub fn parse<I>(texts: I) -> Result<Self, ScopeError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        texts.into_iter().map(|text| Scope::parse(text.as_ref())).collect()
    }

    /// Adds a scope, and drops what it makes superfluous.
    pub fn insert(&mut self, scope: Scope) {
        if self.0.contains(&Scope::all(scope.base.clone())) {
            return;
        }
        if scope.filter.is_none() {
            self.0.retain(|held| held.base != scope.base);
        }
        self.0.insert(scope);
    }

    /// Takes a scope out, exactly as given; used for metascopes such as `inherit`.
    pub fn remove(&mut self, scope: &Scope) -> bool {
        self.0.remove(scope)
    }

    /// Whether exactly this scope is in the set. Rights are asked for with [`Self::access`] and [`Self::check`].
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }

    /// Whether any scope of this base is in the set, whatever its filter.
    pub fn mentions(&self, base: &ScopeBase) -> bool {
        self.of_base(base).next().is_some()
    }

    /// The scopes of one base.
    pub(super) fn of_base(&self, base: &ScopeBase) -> impl Iterator<Item = &Scope> {
        // The unfiltered scope is the smallest of its base, so a range from it holds all of them.
        let base = base.clone();
        self.0.range(Scope::all(base.clone())..).take_while(move |scope| scope.base == base)
    }

    /// All scopes.
    pub fn iter(&self) -> btree_set::Iter<'_, Scope> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both sets together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other).cloned().collect()
    }

    /// What of this set is not, word for word, in the other: the excess that an error lists.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// The texts, sorted.
    pub fn to_texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.iter().map(Scope::to_string).collect();
        texts.sort_unstable();
        texts
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::new();
        scopes.into_iter().for_each(|scope| set.insert(scope));
        set
    }
}

impl Extend<Scope> for ScopeSet {
    fn extend<I: IntoIterator<Item = Scope>>(&mut self, scopes: I) {
        scopes.into_iter().for_each(|scope| self.insert(scope));
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = btree_set::Iter<'a, Scope>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = btree_set::IntoIter<Scope>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.to_texts()).finish()
    }
}

impl fmt::Display for ScopeSet {
    /// Separated by spaces, as OAuth writes a list of scopes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_texts().join(" "))
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.to_texts())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Vec::<String>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ScopeSet {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <Vec<String> as utoipa::PartialSchema>::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ScopeSet {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfiltered_scope_swallows_filtered_ones_of_its_base() {
        let either_way = [
            ["read:users!user=ada", "read:users", "read:users:name!user=ada"],
            ["read:users", "read:users:name!user=ada", "read:users!user=ada"],
        ];
        for texts in either_way {
            assert_eq!(ScopeSet::parse(texts).unwrap().to_texts(), ["read:users", "read:users:name!user=ada"]);
        }
    }

    #[test]
    fn serialises_as_a_sorted_list() {
        let set = ScopeSet::parse(["self", "access:servers!server=ada/", "access:servers!user=ada"]).unwrap();
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["access:servers!server=ada/","access:servers!user=ada","self"]"#);
        assert_eq!(serde_json::from_str::<ScopeSet>(&json).unwrap(), set);
        assert!(serde_json::from_str::<ScopeSet>(r#"["nosuch"]"#).is_err());
    }
}
