//! What a lead changes about the pages: templates below `template_paths`, and the logo. Reads them once, when the hub
//! starts, and says of each that cannot be used in which line it fails. Which page is drawn when is `render`'s.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt;
use std::path::{Path, PathBuf};

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, context};
use sha2::{Digest as _, Sha256};

use super::environment::{Frame, built_in};

/// A template is a page, no book.
const MAX_TEMPLATE_BYTES: u64 = 1024 * 1024;
/// A logo stands on every page.
const MAX_LOGO_BYTES: u64 = 4 * 1024 * 1024;
/// Folders in folders of templates.
const MAX_DEPTH: usize = 8;

/// Something of the lead's that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageProblem {
    /// The file.
    pub file: PathBuf,
    /// Its line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub text: String,
}

/// A logo.
#[derive(Debug, Clone)]
pub struct Logo {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its `Content-Type`.
    pub mime: &'static str,
    /// The beginning of its SHA-256, for its address.
    pub hash: String,
}

/// The lead's templates, in front of ours.
#[derive(Debug)]
pub(super) struct Overrides {
    env: Environment<'static>,
    files: BTreeMap<String, PathBuf>,
}

// === impl Overrides ===

impl Overrides {
    /// Reads every `.html` file below these folders, the first folder winning; `None` where there is none.
    pub(super) fn read(folders: &[PathBuf], frame: &Frame, problems: &mut Vec<PageProblem>) -> Option<Self> {
        let mut files = BTreeMap::new();
        for folder in folders {
            if folder.is_dir() {
                list(folder, "", &[], &mut files);
            } else {
                problems.push(PageProblem::of(folder, "is no folder that can be read; see template_paths in [hub]"));
            }
        }
        let mut env = built_in(frame);
        // As JupyterHub's: what a template asks for and a page has not is nothing.
        env.set_undefined_behavior(UndefinedBehavior::Lenient);
        let mut overrides = Self { env, files: BTreeMap::new() };
        for (name, file) in files {
            match read_template(&file) {
                Ok(source) => overrides.add(name, file, &source, problems),
                Err(text) => problems.push(PageProblem::of(&file, text)),
            }
        }
        overrides.try_each(problems);
        (!overrides.files.is_empty()).then_some(overrides)
    }

    /// The environment, for a look whether there is a template.
    pub(super) fn env(&self) -> &Environment<'static> {
        &self.env
    }

    /// Draws a page.
    pub(super) fn draw(&self, name: &str, context: Value) -> Result<String, PageProblem> {
        let drawn = self.env.get_template(name).and_then(|template| template.render(context));
        drawn.map_err(|error| self.problem_of(&error, name))
    }

    fn add(&mut self, name: String, file: PathBuf, source: &str, problems: &mut Vec<PageProblem>) {
        match self.env.add_template_owned(name.clone(), with_nonce(source)) {
            Ok(()) => drop(self.files.insert(name, file)),
            Err(error) => {
                problems.push(PageProblem { file, line: error.line(), text: words_of(&error) });
            }
        }
    }

    /// Draws each once with nothing in it: what then fails for want of a template, a filter or the like fails always.
    fn try_each(&mut self, problems: &mut Vec<PageProblem>) {
        let mut trial = self.env.clone();
        trial.set_undefined_behavior(UndefinedBehavior::Chainable);
        for name in self.files.keys() {
            let tried = trial.get_template(name).and_then(|template| template.render(context! { announcement => "" }));
            let Err(error) = tried else { continue };
            if always_fails(&error) {
                let problem = self.problem_of(&error, name);
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
    }

    /// Where a fault lies: the innermost template of the lead's on the way to it.
    fn problem_of(&self, error: &Error, drawn: &str) -> PageProblem {
        let mut chain = vec![error];
        let mut inner = error;
        while let Some(cause) = inner.source().and_then(|cause| cause.downcast_ref::<Error>()) {
            chain.push(cause);
            inner = cause;
        }
        let place = chain.iter().rev().find_map(|error| Some((self.files.get(error.name()?)?, error.line())));
        let (file, line) = place.unwrap_or_else(|| (self.any_file(drawn), None));
        let text = words_of(inner);
        PageProblem { file: file.clone(), line, text }
    }

    /// A fault of ours that theirs brought about is told of the page that was drawn.
    fn any_file(&self, drawn: &str) -> &PathBuf {
        static NONE: PathBuf = PathBuf::new();
        self.files
            .get(drawn)
            .or_else(|| self.files.get("page.html"))
            .or_else(|| self.files.values().next())
            .unwrap_or(&NONE)
    }
}

/// All templates below a folder by the names by which others extend and include them. `above` are the folders on the way
/// to it, as they are named without links.
fn list(folder: &Path, below: &str, above: &[PathBuf], files: &mut BTreeMap<String, PathBuf>) {
    let (Ok(entries), Ok(real)) = (std::fs::read_dir(folder), folder.canonicalize()) else { return };
    // A link back to a folder that it lies in leads round in a circle.
    if above.len() > MAX_DEPTH || above.iter().any(|above| above.starts_with(&real)) {
        return;
    }
    let way: Vec<_> = above.iter().cloned().chain([real]).collect();
    for entry in entries.flatten() {
        let Ok(file_name) = entry.file_name().into_string() else { continue };
        let (path, name) = (entry.path(), format!("{below}{file_name}"));
        if path.is_dir() {
            list(&path, &format!("{name}/"), &way, files);
        } else if file_name.ends_with(".html") && path.is_file() {
            // Nothing else: to read a pipe would wait for ever.
            files.entry(name).or_insert(path);
        }
    }
}

fn read_template(file: &Path) -> Result<String, String> {
    let bytes = read_at_most(file, MAX_TEMPLATE_BYTES)?;
    String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())
}

fn read_at_most(file: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > limit {
        return Err(format!("has {size} bytes; {limit} are the most"));
    }
    std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))
}

/// Scripts and styles that stand in a template itself may run; what a page's data brings has no nonce. Without quotes,
/// because such a tag may stand in a script's text.
fn with_nonce(source: &str) -> String {
    let mut marked = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let name = ["<script", "<style"].into_iter().find(|name| {
            let is_name = tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            is_name && tag[name.len()..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace())
        });
        let taken = name.map_or(1, str::len);
        marked.push_str(before);
        marked.push_str(&tag[..taken]);
        if name.is_some() {
            marked.push_str(" nonce={{ csp_nonce }}");
        }
        rest = &tag[taken..];
    }
    marked + rest
}

fn words_of(error: &Error) -> String {
    let kind = error.kind().to_string();
    error.detail().map_or(kind.clone(), |detail| format!("{kind}: {detail}"))
}

/// Whether a fault is the template's whatever the page says.
fn always_fails(error: &Error) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if matches!(
            error.kind(),
            ErrorKind::TemplateNotFound
                | ErrorKind::SyntaxError
                | ErrorKind::UnknownFilter
                | ErrorKind::UnknownTest
                | ErrorKind::UnknownFunction
                | ErrorKind::UnknownMethod
                | ErrorKind::UnknownBlock
        ) {
            return true;
        }
        at = error.source().and_then(|cause| cause.downcast_ref::<Error>());
    }
    false
}

// === impl Logo ===

impl Logo {
    /// Reads a picture.
    pub(super) fn read(file: &Path, problems: &mut Vec<PageProblem>) -> Option<Self> {
        let mime = match file.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("jpg" | "jpeg") => "image/jpeg",
            Some("gif") => "image/gif",
            Some("webp") => "image/webp",
            _ => {
                problems.push(PageProblem::of(file, "is no picture: logo_file may be svg, png, jpg, gif or webp"));
                return None;
            }
        };
        match read_at_most(file, MAX_LOGO_BYTES) {
            Ok(bytes) => {
                let hash = Sha256::digest(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                Some(Self { bytes, mime, hash })
            }
            Err(text) => {
                problems.push(PageProblem::of(file, text));
                None
            }
        }
    }
}

// === impl PageProblem ===

impl PageProblem {
    fn of(file: &Path, text: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, text: text.into() }
    }
}

impl fmt::Display for PageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}: {}", self.file.display(), self.text),
            None => write!(f, "{}: {}", self.file.display(), self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_listed_and_no_circles() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("own");
        std::fs::create_dir_all(own.join("parts")).unwrap();
        std::fs::write(own.join("parts/a.html"), "").unwrap();
        let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, own.join(name)).unwrap();
        link(&own, "again");
        link(dir.path(), "up");
        link(&own.join("parts"), "other");
        link(&own.join("parts/a.html"), "b.html");
        let _pipe = std::os::unix::net::UnixListener::bind(own.join("c.html")).unwrap();
        let mut files = BTreeMap::new();
        list(&own, "", &[], &mut files);
        assert_eq!(files.into_keys().collect::<Vec<_>>(), ["b.html", "other/a.html", "parts/a.html"]);
    }

    #[test]
    fn what_stands_in_a_template_gets_the_nonce() {
        assert_eq!(
            with_nonce("<p>é<script>a<b</script><STYLE x></style><scripty>"),
            "<p>é<script nonce={{ csp_nonce }}>a<b</script><STYLE nonce={{ csp_nonce }} x></style><scripty>"
        );
    }
}
