//! What a lead changes about the pages that a browser sees: templates of their own, variables and announcements, the
//! logo. Whether the files can be used is the pages' to say.

use std::fmt;
use std::path::{Path, PathBuf};

use super::convert::{PlacedText, Reader, to_json};
use super::{Problem, Source};

/// Names that the pages themselves give a meaning.
const RESERVED: [&str; 8] = ["base_url", "prefix", "static_url", "shell", "page", "here", "xsrf", "csp_nonce"];

/// The pages on which an announcement of their own may stand.
const ANNOUNCEMENTS: [&str; 5] =
    ["announcement", "announcement_login", "announcement_spawn", "announcement_home", "announcement_logout"];

/// What is changed about the pages.
#[derive(Clone, Default, PartialEq)]
pub struct PageSettings {
    /// Folders with templates, the first one winning.
    pub template_paths: Vec<PathBuf>,
    /// Variables for templates, the announcements among them.
    pub template_vars: serde_json::Map<String, serde_json::Value>,
    /// The logo.
    pub logo_file: Option<PathBuf>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> PageSettings {
    let template_paths = reader.texts("hub", "template_paths").iter().map(beside_its_file).collect();
    let logo_file = reader.text("hub", "logo_file").as_ref().map(beside_its_file);
    let mut template_vars = reader.read("hub", "template_vars", to_json).unwrap_or_default();
    for name in RESERVED {
        if template_vars.remove(name).is_some() {
            let at = reader.sources.given("hub", "template_vars").map_or(Source::Default, |node| node.at.clone());
            let words =
                format!("[hub] template_vars: {name:?} is a name that the pages use themselves; choose another");
            reader.problems.push(Problem::new(&at, words));
        }
    }
    for name in ANNOUNCEMENTS {
        if let Some((text, _)) = reader.text("hub", name) {
            template_vars.insert(name.to_owned(), text.into());
        }
    }
    PageSettings { template_paths, template_vars, logo_file }
}

/// A path in a file is meant from where the file is, wherever the hub was started.
fn beside_its_file((text, at): &PlacedText) -> PathBuf {
    match at {
        Source::File { path, .. } => Path::new(&**path).parent().unwrap_or(Path::new("")).join(text),
        Source::Default | Source::Env(_) | Source::Flag(_) => PathBuf::from(text),
    }
}

impl fmt::Debug for PageSettings {
    /// Without the variables, of which nothing is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageSettings")
            .field("template_paths", &self.template_paths)
            .field("logo_file", &self.logo_file)
            .finish_non_exhaustive()
    }
}
