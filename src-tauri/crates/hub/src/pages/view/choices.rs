//! What can be chosen at a start beside the stack: sizes, images, folders, with what was chosen last chosen again.

use serde::Serialize;

use crate::resources::{FolderOption, SizeOption, StartOffer, limits_in_words};

/// The choices of a start beside its stack. Each list may be empty: then nothing is asked.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StartChoices {
    /// How large.
    pub sizes: Vec<SizeCard>,
    /// Which image in place of the stack's.
    pub images: Vec<ImageRow>,
    /// Which folders beside the home.
    pub folders: Vec<FolderRow>,
}

/// One size to choose, posted as `size`.
#[derive(Debug, Clone, Serialize)]
pub struct SizeCard {
    /// Its name; empty leaves it to the stack.
    pub name: String,
    /// Its display name.
    pub title: String,
    /// `1 CPU · 2 GB memory`.
    pub limits: String,
    /// What one should know before choosing it: that all cards are held, and by whom.
    pub remark: Option<String>,
    /// Whether it can be chosen.
    pub fits: bool,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

/// One image to choose, posted as `image`.
#[derive(Debug, Clone, Serialize)]
pub struct ImageRow {
    /// Its label; empty leaves it to the stack.
    pub name: String,
    /// What people read.
    pub title: String,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

/// One folder to have or not, posted as `folders`.
#[derive(Debug, Clone, Serialize)]
pub struct FolderRow {
    /// Its name.
    pub name: String,
    /// Its display name.
    pub title: String,
    /// Where it is seen, and whether one can write there.
    pub about: String,
    /// Whether it is chosen at first.
    pub chosen: bool,
}

// === impl StartChoices ===

impl StartChoices {
    /// The choices of an offer.
    pub fn of(offer: &StartOffer) -> Self {
        Self { sizes: size_cards(offer), images: image_rows(offer), folders: folder_rows(offer) }
    }
}

fn size_cards(offer: &StartOffer) -> Vec<SizeCard> {
    let all = &offer.sizes;
    let can = |option: &&SizeOption| option.fits;
    let last = offer.last.size.as_deref();
    let again = all.iter().filter(can).find(|option| Some(option.size.name.as_str()) == last);
    let chosen = again.or_else(|| all.iter().filter(can).find(|option| option.size.is_default));
    let chosen = chosen.map(|option| option.size.name.as_str()).unwrap_or_default();
    let card = |option: &SizeOption| SizeCard {
        name: option.size.name.clone(),
        title: option.size.display_name.clone(),
        limits: limits_in_words(&option.size.limits),
        remark: option.why_not.clone(),
        fits: option.fits,
        chosen: option.size.name == chosen,
    };
    let mut cards: Vec<_> = all.iter().map(card).collect();
    // With no default the limits of the stack are a choice of their own.
    if !all.is_empty() && !all.iter().any(|option| option.size.is_default) {
        let usual = SizeCard {
            name: String::new(),
            title: "Usual".to_owned(),
            limits: String::new(),
            remark: Some("what the software itself asks for".to_owned()),
            fits: true,
            chosen: chosen.is_empty(),
        };
        cards.insert(0, usual);
    }
    cards
}

fn image_rows(offer: &StartOffer) -> Vec<ImageRow> {
    let last = offer.last.image.as_deref().unwrap_or_default();
    let is_known = offer.images.iter().any(|image| image.label == last);
    let usual = (!offer.images.is_empty()).then(|| ImageRow {
        name: String::new(),
        title: "The usual one".to_owned(),
        chosen: !is_known,
    });
    let given = offer.images.iter().map(|image| ImageRow {
        name: image.label.clone(),
        title: image.label.clone(),
        chosen: image.label == last,
    });
    usual.into_iter().chain(given).collect()
}

fn folder_rows(offer: &StartOffer) -> Vec<FolderRow> {
    let row = |folder: &FolderOption| FolderRow {
        name: folder.name.clone(),
        title: folder.display_name.clone(),
        about: if folder.writable { folder.target.clone() } else { format!("{}, to read only", folder.target) },
        chosen: offer.last.folders.as_ref().is_none_or(|last| last.contains(&folder.name)),
    };
    offer.folders.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use labdeck_model::{ResourceLimits, Size};

    use super::*;
    use crate::resources::{ImageOption, LastChoice};

    fn offer(default: &str, last: Option<&str>) -> StartOffer {
        let size = |name: &str| SizeOption {
            size: Size {
                name: name.to_owned(),
                display_name: name.to_uppercase(),
                limits: ResourceLimits::default(),
                offered: true,
                is_default: name == default,
                groups: Vec::new(),
            },
            fits: name != "xl",
            why_not: (name == "xl").then(|| "too large".to_owned()),
        };
        let folder = |name: &str, writable| FolderOption {
            name: name.to_owned(),
            display_name: name.to_owned(),
            writable,
            target: format!("/srv/{name}"),
        };
        StartOffer {
            stacks: Vec::new(),
            images: vec![ImageOption { label: "R".to_owned(), image: "example.org/r:1".to_owned() }],
            sizes: ["s", "m", "xl"].map(size).to_vec(),
            folders: vec![folder("lab", true), folder("photos", false)],
            last: LastChoice { size: last.map(str::to_owned), ..LastChoice::default() },
            usual_seconds: BTreeMap::new(),
        }
    }

    fn chosen(offer: &StartOffer) -> Vec<String> {
        let cards = StartChoices::of(offer).sizes;
        cards.into_iter().filter(|card| card.chosen).map(|card| card.name).collect()
    }

    #[test]
    fn one_size_is_chosen_the_last_one_before_the_default() {
        assert_eq!(chosen(&offer("s", None)), ["s"]);
        assert_eq!(chosen(&offer("s", Some("m"))), ["m"]);
        assert_eq!(chosen(&offer("s", Some("xl"))), ["s"], "what does not fit is not chosen");
        assert_eq!(chosen(&offer("s", Some("gone"))), ["s"]);
        assert_eq!(chosen(&offer("", None)), [""], "without a default the stack's own limits are a choice");
        assert_eq!(chosen(&offer("", Some("m"))), ["m"]);
    }

    #[test]
    fn folders_are_all_chosen_until_somebody_chose_fewer() {
        let chosen = |offer: &StartOffer| {
            let rows = StartChoices::of(offer).folders;
            rows.into_iter().filter(|row| row.chosen).map(|row| row.name).collect::<Vec<_>>()
        };
        let fresh = offer("s", None);
        assert_eq!(chosen(&fresh), ["lab", "photos"]);
        assert_eq!(StartChoices::of(&fresh).folders[1].about, "/srv/photos, to read only");
        let fewer = StartOffer {
            last: LastChoice { folders: Some(vec!["photos".to_owned()]), ..LastChoice::default() },
            ..fresh
        };
        assert_eq!(chosen(&fewer), ["photos"]);
    }

    #[test]
    fn an_image_is_asked_for_only_where_there_are_some() {
        let offer = offer("s", None);
        let rows = StartChoices::of(&offer).images;
        assert_eq!(
            rows.iter().map(|row| (row.name.as_str(), row.chosen)).collect::<Vec<_>>(),
            [("", true), ("R", false)]
        );
        assert!(StartChoices::of(&StartOffer { images: Vec::new(), ..offer }).images.is_empty());
    }
}
