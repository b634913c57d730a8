//! Longest-prefix match over whole path segments, as a persistent tree: a copy is one `Arc`, a change copies only the
//! nodes on its way. Pure; owns no locks, no paths and no decoding. Used by `table.rs`.

use std::collections::HashMap;
use std::sync::Arc;

/// A map from sequences of segments to values.
#[derive(Debug, Clone)]
pub(crate) struct Trie<T> {
    root: Arc<Node<T>>,
}

/// A walk from the root along the segments of one request.
#[derive(Debug)]
pub(crate) struct Walk<'a, T> {
    at: &'a Node<T>,
    best: Option<&'a T>,
}

#[derive(Debug, Clone)]
struct Node<T> {
    value: Option<T>,
    children: HashMap<Arc<str>, Arc<Self>>,
}

// === impl Trie ===

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Self { root: Arc::default() }
    }
}

impl<T: Clone> Trie<T> {
    /// Puts `value` at exactly these segments and returns what stood there.
    pub(crate) fn insert<'a>(&mut self, segments: impl Iterator<Item = &'a str>, value: T) -> Option<T> {
        let mut node = Arc::make_mut(&mut self.root);
        for segment in segments {
            // Looked up first, so that a known segment costs no new key.
            if !node.children.contains_key(segment) {
                node.children.insert(segment.into(), Arc::default());
            }
            node = Arc::make_mut(node.children.entry(segment.into()).or_default());
        }
        node.value.replace(value)
    }

    /// Takes away the value at exactly these segments, and the branch that only led there.
    pub(crate) fn remove<'a>(&mut self, mut segments: impl Iterator<Item = &'a str>) -> Option<T> {
        Arc::make_mut(&mut self.root).remove(&mut segments)
    }

    /// The value at exactly these segments.
    pub(crate) fn get<'a>(&self, mut segments: impl Iterator<Item = &'a str>) -> Option<&T> {
        segments.try_fold(&*self.root, |node, segment| node.children.get(segment).map(|child| &**child))?.value.as_ref()
    }

    /// Begins a longest-prefix match.
    pub(crate) fn walk(&self) -> Walk<'_, T> {
        Walk { at: &self.root, best: self.root.value.as_ref() }
    }

    /// Every value, in no order.
    pub(crate) fn values(&self) -> Vec<&T> {
        let mut found = Vec::new();
        self.root.collect(&mut found);
        found
    }

    /// Whether there is no value at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.is_empty()
    }
}

// === impl Walk ===

impl<'a, T> Walk<'a, T> {
    /// Goes one segment down; `false` when nothing below here could match any more.
    pub(crate) fn step(&mut self, segment: &str) -> bool {
        let Some(child) = self.at.children.get(segment) else { return false };
        self.at = child;
        self.best = child.value.as_ref().or(self.best);
        true
    }

    /// The value with the longest prefix so far.
    pub(crate) fn best(&self) -> Option<&'a T> {
        self.best
    }
}

// === impl Node ===

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { value: None, children: HashMap::new() }
    }
}

impl<T> Node<T> {
    fn is_empty(&self) -> bool {
        self.value.is_none() && self.children.is_empty()
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a T>) {
        found.extend(&self.value);
        self.children.values().for_each(|child| child.collect(found));
    }
}

impl<T: Clone> Node<T> {
    fn remove(&mut self, segments: &mut dyn Iterator<Item = &str>) -> Option<T> {
        let Some(segment) = segments.next() else { return self.value.take() };
        let child = Arc::make_mut(self.children.get_mut(segment)?);
        let removed = child.remove(segments);
        if child.is_empty() {
            self.children.remove(segment);
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(path: &str) -> impl Iterator<Item = &str> {
        path.split('/').filter(|segment| !segment.is_empty())
    }

    fn trie(paths: &[&'static str]) -> Trie<&'static str> {
        let mut trie = Trie::default();
        for path in paths {
            trie.insert(split(path), *path);
        }
        trie
    }

    fn find<'a>(trie: &'a Trie<&'static str>, path: &str) -> Option<&'a str> {
        let mut walk = trie.walk();
        let _ = split(path).all(|segment| walk.step(segment));
        walk.best().copied()
    }

    #[test]
    fn longest_prefix_of_whole_segments_wins() {
        let trie = trie(&["/", "/user/zed", "/user/zed/gpu", "/b/c/d"]);
        for (path, wanted) in [
            ("/", "/"),
            ("/user/zed", "/user/zed"),
            ("/user/zed/lab/tree", "/user/zed"),
            ("/user/zed/gpu/lab", "/user/zed/gpu"),
            ("/user/zedx", "/"),
            ("/user", "/"),
            ("/b/c/dword", "/"),
            ("/constructor", "/"),
        ] {
            assert_eq!(find(&trie, path), Some(wanted), "{path}");
        }
    }

    #[test]
    fn nothing_matches_without_a_root() {
        assert_eq!(find(&trie(&["/a/b"]), "/a"), None);
        assert_eq!(find(&trie(&["/a/b"]), "/a/b/c"), Some("/a/b"));
    }

    #[test]
    fn insert_returns_what_it_replaced() {
        let mut trie = trie(&["/a"]);
        assert_eq!(trie.insert(split("/a"), "new"), Some("/a"));
        assert_eq!(trie.get(split("/a")), Some(&"new"));
    }

    #[test]
    fn remove_keeps_children_and_prunes_empty_branches() {
        let mut trie = trie(&["/a", "/a/b", "/x/y/z"]);
        assert_eq!(trie.remove(split("/a")), Some("/a"));
        assert_eq!(find(&trie, "/a/b/c"), Some("/a/b"));
        assert_eq!(trie.remove(split("/a")), None);
        assert_eq!(trie.remove(split("/nowhere/else")), None);
        trie.remove(split("/x/y/z"));
        assert!(!trie.root.children.contains_key("x"));
        trie.remove(split("/a/b"));
        assert!(trie.is_empty());
    }

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut trie = trie(&["/a/b"]);
        let before = trie.clone();
        trie.insert(split("/a/c"), "/a/c");
        trie.remove(split("/a/b"));
        assert_eq!(find(&before, "/a/b"), Some("/a/b"));
        assert_eq!(find(&before, "/a/c"), None);
    }

    proptest! {
        #[test]
        fn agrees_with_comparing_every_prefix(
            routes in prop::collection::vec(prop::collection::vec("[ab]", 0..4), 0..8),
            request in prop::collection::vec("[abc]", 0..5),
        ) {
            let mut trie = Trie::default();
            for route in &routes {
                trie.insert(route.iter().map(String::as_str), route.clone());
            }
            let mut walk = trie.walk();
            let _ = request.iter().all(|segment| walk.step(segment));
            let wanted = routes.iter().filter(|route| request.starts_with(route)).max_by_key(|route| route.len());
            prop_assert_eq!(walk.best(), wanted);
        }
    }
}
