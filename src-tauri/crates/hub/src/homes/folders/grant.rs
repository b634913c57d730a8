//! Which folders a server gets at its start: those of its user, or the choice among them, each looked up anew.

use labdeck_model::{Folder, ServerKey};
use labdeck_spawner::{MountSource, MountWish, Spawner};
use labdeck_store::tables::folders;
use serde_json::Value;

use super::access::admits;
use super::catalogue::look_up;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::homes::failed;
use crate::resources::{Choice, groups_of};

/// The folders that a user may have.
///
/// # Errors
/// When the store fails.
pub async fn offered(ctx: &Context, key: &ServerKey) -> Result<Vec<Folder>> {
    let groups = groups_of(ctx, key).await?;
    let all = ctx.store.read(|read| Ok::<_, Error>(folders::list(read)?)).await?;
    Ok(all.into_iter().filter(|folder| admits(&folder.audience, key.user.as_str(), &groups)).collect())
}

/// What a server mounts by what was chosen for it; without a choice, all that its user may have.
///
/// # Errors
/// 400 for a folder that the user may not have, 503 for one that cannot be mounted now.
pub async fn mounts(
    ctx: &Context,
    key: &ServerKey,
    spawner: &dyn Spawner,
    options: &Value,
    choice: Choice,
) -> Result<Vec<MountWish>> {
    let chosen = pick(offered(ctx, key).await?, options.get("folders"), choice)?;
    let mut mounts = Vec::new();
    for folder in chosen {
        let source = match &folder.host_path {
            Some(path) => {
                let found = look_up(ctx, path).await.map_err(|error| {
                    let words = format!("The folder {} cannot be mounted. {}", folder.display_name, error.public());
                    Error::new(Kind::Unavailable, words)
                })?;
                MountSource::Host(found.display().to_string())
            }
            None => {
                if let Some(homes) = spawner.homes() {
                    let made = homes.prepare_folder(&folder.name).await;
                    made.map_err(|error| failed(&format!("The folder {} cannot be made.", folder.name), error))?;
                }
                MountSource::Volume
            }
        };
        let Folder { name, target, writable, .. } = folder;
        mounts.push(MountWish { name, source, target, writable });
    }
    Ok(mounts)
}

/// The chosen ones. A choice that is repeated passes over what the user may not have any more.
fn pick(mut offered: Vec<Folder>, wanted: Option<&Value>, choice: Choice) -> Result<Vec<Folder>> {
    let Some(names) = wanted.and_then(names) else { return Ok(offered) };
    let unknown = names.iter().find(|name| !offered.iter().any(|folder| folder.name == **name));
    if let (Some(name), Choice::Made) = (unknown, choice) {
        let shown: String = name.chars().take(60).collect();
        let have: Vec<_> = offered.iter().map(|folder| format!("{:?}", folder.name)).collect();
        let instead = if have.is_empty() { "There is none for you.".to_owned() } else { have.join(", ") };
        return Err(Error::invalid(format!("The folder {shown:?} is not offered to you. Choose among: {instead}")));
    }
    offered.retain(|folder| names.contains(&folder.name));
    Ok(offered)
}

/// A form sends lists, a script a list or a text; `null` is no choice.
fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(vec![text.clone()].into_iter().filter(|text| !text.is_empty()).collect()),
        Value::Array(items) => {
            let texts = items.iter().filter_map(Value::as_str).filter(|text| !text.is_empty());
            Some(texts.map(str::to_owned).collect())
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => Some(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::FolderAudience;
    use serde_json::json;

    use super::*;

    fn folder(name: &str) -> Folder {
        Folder {
            name: name.into(),
            display_name: name.into(),
            host_path: None,
            target: format!("/{name}"),
            writable: false,
            audience: FolderAudience::Everybody,
        }
    }

    #[test]
    fn no_choice_is_all_and_a_choice_is_among_what_is_offered() {
        let picked = |wanted: Value, choice| {
            let picked = pick(vec![folder("a"), folder("b")], Some(&wanted), choice)?;
            Ok::<_, Error>(picked.into_iter().map(|folder| folder.name).collect::<Vec<_>>())
        };
        assert_eq!(pick(vec![folder("a")], None, Choice::Made).unwrap().len(), 1);
        assert_eq!(picked(json!(null), Choice::Made).unwrap(), ["a", "b"]);
        assert_eq!(picked(json!(["b"]), Choice::Made).unwrap(), ["b"]);
        assert_eq!(picked(json!("a"), Choice::Made).unwrap(), ["a"]);
        assert!(picked(json!([""]), Choice::Made).unwrap().is_empty());
        assert!(picked(json!(["gone", "b"]), Choice::Made).unwrap_err().to_string().contains(r#""a", "b""#));
        assert_eq!(picked(json!(["gone", "b"]), Choice::Repeated).unwrap(), ["b"]);
    }
}
