//! A strict reader for the pages' own HTML: it panics at whatever a browser would have to guess about.
//! Enough to tell whether a text stayed inside its place; not a general parser.
#![expect(clippy::expect_used, reason = "a page that does not parse is a failed test")]

/// A start tag with its attributes, values decoded, and the text up to the next tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Tag {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

const VOID: &[&str] = &["meta", "link", "input", "img", "br", "!doctype"];

/// Every start tag of a page, in order. Panics where tags do not nest or an attribute is not of the plain form.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let (mut found, mut open, mut rest) = (Vec::<Tag>::new(), Vec::<String>::new(), html);
    while let Some(at) = rest.find('<') {
        if let Some(tag) = found.last_mut() {
            tag.text.push_str(rest[..at].trim());
        }
        rest = &rest[at + 1..];
        if let Some(end) = rest.strip_prefix('/') {
            let (name, after) = end.split_once('>').expect("an end tag that ends");
            assert_eq!(open.pop().as_deref(), Some(name), "end tags fit their start tags");
            rest = after;
            continue;
        }
        let (tag, closed, after) = start_tag(rest);
        if !closed && !VOID.contains(&tag.name.as_str()) {
            open.push(tag.name.clone());
        }
        found.push(tag);
        rest = after;
    }
    // A fragment, as cut by a test, may leave tags open; a page may not.
    assert!(open.is_empty() || !html.contains("</html>"), "left open: {open:?}");
    found
}

fn start_tag(text: &str) -> (Tag, bool, &str) {
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '!')).expect("a tag that ends");
    let (name, mut rest) = text.split_at(length);
    assert!(!name.is_empty(), "a bare < before {:.40?}", rest);
    let mut tag = Tag { name: name.to_ascii_lowercase(), attributes: Vec::new(), text: String::new() };
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return (tag, true, after);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, false, after);
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).expect("an attribute that ends");
        let (key, after) = rest.split_at(end);
        assert!(!key.is_empty(), "not an attribute: {:.60?}", rest);
        rest = after;
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (inside, after) = quoted.split_once('"').expect("a quoted value that ends");
            assert!(!inside.contains(['<', '>']), "an unescaped < or > in {key}: {inside:.60}");
            value = decoded(inside);
            rest = after;
        }
        tag.attributes.push((key.to_owned(), value));
    }
}

/// What a reader sees of a page, roughly: everything outside tags.
pub(crate) fn text_of(html: &str) -> String {
    html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| decoded(text)).collect::<Vec<_>>().join(" ")
}

fn decoded(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'");
    plain.replace("&#x2f;", "/").replace("&amp;", "&")
}
