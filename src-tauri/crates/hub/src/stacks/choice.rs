//! Which image a start runs when its user named one: only those that the configuration allows, by label or by exactly the
//! reference that stands there. Reference: dockerspawner, `allowed_images` and `_get_allowed_images`.

use labdeck_model::{ImageRef, ResourceLimits, Stack};
use serde_json::Value;

use crate::config::{AllowedImage, DockerSettings};
use crate::error::{Error, Result};

/// How many images a refusal lists.
const LISTED: usize = 20;

/// The image that the options of a start name; `None` where they name none.
///
/// # Errors
/// 400 with the list for one that is not allowed.
pub fn choose_image(settings: &DockerSettings, options: &Value) -> Result<Option<AllowedImage>> {
    let Some(wanted) = wish(options)? else { return Ok(None) };
    let allowed = &settings.allowed_images;
    // A label may look like a reference; the label wins, as the table is the administrator's.
    if let Some(found) = allowed.iter().find(|image| image.label == wanted) {
        return Ok(Some(found.clone()));
    }
    let reference = ImageRef::parse(&wanted).ok();
    if let Some(reference) = &reference {
        // With and without the tag that a name without one means; anything else is another image, such as the same
        // name with a digest behind it.
        if let Some(found) = allowed.iter().find(|image| image.image.with_tag() == reference.with_tag()) {
            return Ok(Some(found.clone()));
        }
        if settings.any_image_allowed {
            return Ok(Some(AllowedImage { label: wanted, image: reference.clone() }));
        }
    }
    Err(refusal(&wanted, settings))
}

/// An image that was chosen without a stack, as one without a name.
pub fn unnamed_stack(chosen: AllowedImage, limits: ResourceLimits) -> Stack {
    Stack {
        name: String::new(),
        display_name: chosen.label,
        description: String::new(),
        image: chosen.image,
        offered: false,
        is_default: false,
        limits,
    }
}

/// What the options say: a text, or a form's list of one.
fn wish(options: &Value) -> Result<Option<String>> {
    let text = match options.get("image") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Array(items)) => match items.as_slice() {
            [] => return Ok(None),
            [Value::String(text)] => text,
            _ => return Err(Error::invalid("Choose one image, as a text.")),
        },
        Some(_) => return Err(Error::invalid("Choose one image, as a text.")),
    };
    Ok((!text.trim().is_empty()).then(|| text.trim().to_owned()))
}

fn refusal(wanted: &str, settings: &DockerSettings) -> Error {
    let shown: String = wanted.chars().take(80).collect();
    if settings.any_image_allowed {
        return Error::invalid(format!(
            "{shown:?} is not an image name; write it like quay.io/jupyter/scipy-notebook:latest."
        ));
    }
    if settings.allowed_images.is_empty() {
        return Error::invalid(format!("The image {shown:?} cannot be chosen: this hub offers stacks, not images."));
    }
    let labels: Vec<_> = settings.allowed_images.iter().take(LISTED).map(|image| image.label.as_str()).collect();
    Error::invalid(format!("The image {shown:?} is not allowed. Choose one of: {}.", labels.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn settings(allowed: &str) -> DockerSettings {
        Config::from_toml("t", &format!("[docker_spawner]\nallowed_images = {allowed}")).unwrap().docker
    }

    fn chosen(allowed: &str, image: &Value) -> std::result::Result<Option<String>, String> {
        let found = choose_image(&settings(allowed), &json!({ "image": image }));
        found.map(|found| found.map(|found| found.image.to_string())).map_err(|error| error.to_string())
    }

    const TABLE: &str =
        r#"{ Small = "quay.io/a/small:1", Big = "quay.io/a/big", "quay.io/a/odd:1" = "quay.io/a/real:1" }"#;

    #[test]
    fn an_image_is_chosen_by_label_or_by_its_whole_reference() {
        for (asked, image) in [
            (json!("Small"), "quay.io/a/small:1"),
            (json!(["Small"]), "quay.io/a/small:1"),
            (json!(" quay.io/a/small:1 "), "quay.io/a/small:1"),
            (json!("quay.io/a/big"), "quay.io/a/big"),
            (json!("quay.io/a/big:latest"), "quay.io/a/big"),
            (json!("quay.io/a/odd:1"), "quay.io/a/real:1"),
        ] {
            assert_eq!(chosen(TABLE, &asked).unwrap().as_deref(), Some(image), "{asked}");
        }
        for nothing in [json!(null), json!(""), json!([])] {
            assert_eq!(chosen(TABLE, &nothing).unwrap(), None, "{nothing}");
        }
    }

    #[test]
    fn everything_that_is_not_on_the_list_is_refused_with_the_list() {
        let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
        for asked in [
            json!("small"),
            json!("quay.io/a/small"),
            json!("quay.io/a/small:2"),
            json!("quay.io/a/small:latest"),
            json!(format!("quay.io/a/small:1@{digest}")),
            json!(format!("quay.io/a/small@{digest}")),
            json!(digest),
            json!("evil/quay.io/a/small:1"),
            json!("docker.io/quay.io/a/small:1"),
            json!("quay.io/a/small:1 --privileged"),
            json!("quay.io//a/small:1"),
            json!("QUAY.IO/a/small:1"),
            json!("*"),
        ] {
            let words = chosen(TABLE, &asked).unwrap_err();
            assert!(words.contains("Small") && words.contains("Big"), "{asked}: {words}");
        }
        for odd in [json!(1), json!({"a": 1}), json!(["Small", "Big"]), json!([1])] {
            assert!(chosen(TABLE, &odd).is_err(), "{odd}");
        }
        assert!(chosen("[]", &json!("quay.io/a/small:1")).unwrap_err().contains("stacks"));
    }

    #[test]
    fn any_image_is_any_that_has_the_form_of_one() {
        assert_eq!(chosen("\"*\"", &json!("x/y:2")).unwrap().as_deref(), Some("x/y:2"));
        assert!(chosen("\"*\"", &json!("--privileged")).is_err());
    }
}
