//! Which shared folder a failure tells of: the one whose place in the server, or on this computer, it names. What is wrong
//! with a folder and how it is mended is `homes`'s.

use crate::context::Context;
use crate::error::Result;
use crate::homes::{self, FolderFix, FolderView};

/// The name of the shared folder that a failure's words name, where Labdeck can give it to the servers.
pub(super) async fn find_folder(ctx: &Context, words: &str) -> Result<Option<String>> {
    Ok(named_in(&homes::list_folders(ctx).await?, words).map(|view| view.folder.name.clone()))
}

/// Of two folders of which one lies in the other, the inner one.
fn named_in<'a>(all: &'a [FolderView], words: &str) -> Option<&'a FolderView> {
    let length = |view: &FolderView| {
        let places = std::iter::once(&view.folder.target).chain(&view.folder.host_path);
        places.filter(|place| names(words, place)).map(String::len).max()
    };
    let (view, _) = all.iter().filter_map(|view| Some((view, length(view)?))).max_by_key(|(_, length)| *length)?;
    let mendable = view.problem.as_ref().is_some_and(|problem| problem.fix == Some(FolderFix::Ownership));
    mendable.then_some(view)
}

/// Whether words name a path or something below it, and not another one that begins or ends alike.
fn names(words: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    words.match_indices(path).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let mut after = words[at + path.len()..].chars();
        let ends = match after.next() {
            None | Some('/') => true,
            // A full stop may end the sentence.
            Some('.') => after.next().is_none_or(char::is_whitespace),
            Some(c) => !is_part(c),
        };
        ends && !before.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use labdeck_model::{Folder, FolderAudience};

    use super::*;
    use crate::homes::FolderProblem;

    fn view(name: &str, target: &str, fix: Option<FolderFix>) -> FolderView {
        let folder = Folder {
            name: name.to_owned(),
            display_name: name.to_owned(),
            host_path: Some(format!("/srv/{name}")),
            target: target.to_owned(),
            writable: true,
            audience: FolderAudience::Everybody,
        };
        FolderView { folder, problem: Some(FolderProblem { message: String::new(), remedy: String::new(), fix }) }
    }

    #[test]
    fn the_folder_is_the_innermost_one_that_the_failure_names() {
        let mendable = Some(FolderFix::Ownership);
        let all = [view("data", "/data", mendable), view("inner", "/data/x", mendable), view("other", "/other", None)];
        let found = |words: &str| named_in(&all, words).map(|view| view.folder.name.as_str());
        assert_eq!(found("The server may not use /data/y/z: it belongs to another account."), Some("data"));
        assert_eq!(found("The server may not use /data: it belongs to another account."), Some("data"));
        assert_eq!(found("The server may not use /data/x/z: it belongs to another account."), Some("inner"));
        assert_eq!(found("mkdir '/srv/data/new': Permission denied."), Some("data"));
        for nothing in ["/database/x", "/home/jovyan/data", "a folder that it needs", "/other/x", ""] {
            assert_eq!(found(nothing), None, "{nothing}");
        }
    }
}
