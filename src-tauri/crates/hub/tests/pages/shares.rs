//! The pages about sharing.

use labdeck_hub::pages::Pages;
use labdeck_hub::pages::view::*;

use super::{Drawn, Words};

impl<F: Fn(&str) -> String> Words<F> {
    pub(super) fn requests(&self) -> Vec<RequestRow> {
        let row = |id, user: &str, server: &str, why: &str| RequestRow {
            id,
            user: self.w(user),
            server: self.w(server),
            why: self.w(why),
            since: self.when("today 10:12"),
        };
        vec![row(1, "jonas", "", "I would like to look at the figures for Friday."), row(2, "anna", "gpu", "")]
    }

    fn given(&self, kind: &str, with: &str, server: &str, ends: Option<&str>) -> GivenRow {
        GivenRow {
            server: self.w(server),
            kind: kind.to_owned(),
            with: self.w(with),
            allows: self.w("open it and work in it"),
            since: self.when("14 Nov 09:03"),
            ends: ends.map(|text| self.when(text)),
        }
    }

    fn received(&self, owner: &str, server: &str, group: Option<&str>, ready: bool) -> ReceivedRow {
        ReceivedRow {
            owner: self.w(owner),
            server: self.w(server),
            url: self.w("/user/anna/"),
            ready,
            allows: self.w("open it and work in it, start it"),
            group: group.map(|text| self.w(text)),
            ends: ready.then(|| self.when("tomorrow 10:42")),
        }
    }

    fn link(&self, id: &str, used: u64) -> LinkRow {
        LinkRow {
            server: self.w("gpu"),
            id: self.w(id),
            since: self.when("14 Nov 09:03"),
            ends: Some(self.when("tomorrow 10:42")),
            used,
        }
    }
}

/// Draws them.
pub(super) fn draw<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, mine: &Shell) -> Vec<Drawn> {
    let choice = |name: &str, text: &str| ServerChoice { name: words.w(name), words: words.w(text) };
    let nothing = SharingPage { may_share: true, servers: vec![choice("", "My server")], ..SharingPage::default() };
    let full = SharingPage {
        notice: Some(Notice::ready(words.w("It is shared. Tell them: it stands on their page Sharing."))),
        servers: vec![choice("", "My server"), choice("gpu", "gpu")],
        given: vec![
            words.given("user", "jonas", "", Some("tomorrow 10:42")),
            words.given("group", "imaging", "gpu", None),
        ],
        links: vec![words.link("sc_3", 0), words.link("sc_4", 2)],
        received: vec![words.received("anna", "", None, true), words.received("anna", "gpu", Some("imaging"), false)],
        requests: words.requests(),
        ..nothing.clone()
    };
    let link = "http://192.168.1.20:8000/hub/accept-share?code=4kT0bVtE2kS9wYcR4pJ1nZ8uHfA6gLd7mXq0bVtE2kS";
    let made = SharingPage { new_link: Some(words.w(link)), ..full.clone() };
    let refused = SharingPage { name: words.w("jons"), error: Some(words.w("No such user: jons")), ..nothing.clone() };
    let accept = AcceptSharePage {
        code: words.w("4kT0bVtE2kS9wYcR"),
        next: words.w("/user/anna/lab"),
        owner: words.w("anna"),
        server: words.w("gpu"),
        url: words.w("/user/anna/gpu/"),
        ready: false,
        allows: vec!["open it and work in it", "start it"],
    };
    vec![
        ("sharing", pages.sharing(mine, &full)),
        ("sharing-nothing", pages.sharing(mine, &nothing)),
        ("sharing-link", pages.sharing(mine, &made)),
        ("sharing-refused", pages.sharing(mine, &refused)),
        ("accept-share", pages.accept_share(mine, &accept)),
        ("error-ask", pages.error(mine, &ErrorPage::of_closed_server(403, &words.w("anna"), &words.w("gpu")))),
    ]
}
