//! [`Pages`]: draws the pages. Templates carry JupyterHub's names and block names; they are compiled in, so drawing does
//! no IO and cannot miss one. Where a lead has templates of their own, those come first; one that fails is told, and
//! the page is drawn without it.

use std::fmt;

use labdeck_model::StartStep;
use minijinja::value::{Value, merge_maps};
use minijinja::{Environment, context};
use parking_lot::Mutex;
use serde::Serialize;

use super::environment::{Frame, built_in};
use super::familiar;
use super::overrides::{Logo, Overrides, PageProblem};
use super::static_files::static_url;
use super::view::{
    AcceptSharePage, AccountPage, AwakePage, ClaimPage, ErrorPage, HomePage, InvitationPage, LoginPage, LogoutPage,
    NotRunningPage, OAuthPage, SharingPage, Shell, SpawnPage, SpawnPendingPage, StopPendingPage, TokenPage,
};
use crate::config::PageSettings;

/// The phases of a start as the progress page lists them, in order.
const PHASES: [(StartStep, &str); 4] = [
    (StartStep::Queued, "Queued"),
    (StartStep::Pulling, "Getting the software"),
    (StartStep::Creating, "Making the server"),
    (StartStep::Booting, "Waiting for Jupyter"),
];

/// Draws the hub's pages. Cheap to share behind an `Arc`; drawing takes `&self`.
pub struct Pages {
    ours: Environment<'static>,
    frame: Frame,
    theirs: Option<Overrides>,
    logo: Option<Logo>,
    /// What is wrong with the lead's templates, each told once.
    problems: Mutex<Vec<PageProblem>>,
}

/// One phase of a start on the progress page.
#[derive(Debug, Serialize)]
struct Phase {
    step: StartStep,
    label: &'static str,
    state: &'static str,
}

// === impl Pages ===

impl Pages {
    /// Prepares the pages of a hub at `base_url` (which begins and ends with a slash), called `hub_name` by its people.
    pub fn new(base_url: &str, hub_name: &str, version: &str) -> Self {
        let logo_url = static_url(&format!("{base_url}hub/"), "logo.svg");
        let frame = Frame {
            base_url: base_url.to_owned(),
            hub_name: hub_name.to_owned(),
            version: version.to_owned(),
            logo_url,
            variables: serde_json::Map::new(),
        };
        let ours = built_in(&frame);
        Self { ours, frame, theirs: None, logo: None, problems: Mutex::default() }
    }

    /// The same with what the lead changed: templates, variables, the logo. What cannot be used is left out and told by
    /// [`Self::problems`].
    #[must_use]
    pub fn with_changes(mut self, settings: &PageSettings) -> Self {
        let mut problems = Vec::new();
        self.frame.variables.clone_from(&settings.template_vars);
        self.logo = settings.logo_file.as_deref().and_then(|file| Logo::read(file, &mut problems));
        if let Some(logo) = &self.logo {
            self.frame.logo_url = format!("{}hub/logo?v={}", self.frame.base_url, logo.hash);
        }
        self.ours = built_in(&self.frame);
        self.theirs = Overrides::read(&settings.template_paths, &self.frame, &mut problems);
        *self.problems.lock() = problems;
        self
    }

    /// What is wrong with what the lead changed.
    pub fn problems(&self) -> Vec<PageProblem> {
        self.problems.lock().clone()
    }

    /// Whether the lead has templates, whose scripts and styles carry a nonce.
    pub fn wants_nonce(&self) -> bool {
        self.theirs.is_some()
    }

    /// The lead's logo.
    pub fn logo(&self) -> Option<&Logo> {
        self.logo.as_ref()
    }

    /// Draws `login.html`.
    pub fn login(&self, shell: &Shell, page: &LoginPage) -> String {
        self.draw_with("login.html", shell, "", page, || familiar::login(&self.frame, page))
    }

    /// Draws `logout.html`.
    pub fn logout(&self, shell: &Shell, page: &LogoutPage) -> String {
        self.draw("logout.html", shell, "", page)
    }

    /// Draws `invitation.html`.
    pub fn invitation(&self, shell: &Shell, page: &InvitationPage) -> String {
        self.draw("invitation.html", shell, "", page)
    }

    /// Draws `claim.html`.
    pub fn claim(&self, shell: &Shell, page: &ClaimPage) -> String {
        self.draw("claim.html", shell, "", page)
    }

    /// Draws `home.html`.
    pub fn home(&self, shell: &Shell, page: &HomePage) -> String {
        self.draw_with("home.html", shell, "home", page, || familiar::home(page))
    }

    /// Draws `spawn.html`.
    pub fn spawn(&self, shell: &Shell, page: &SpawnPage) -> String {
        let form = || self.options_form(shell, page);
        let context = || context! { spawner_options_form => form(), ..familiar::spawn(page) };
        self.draw_with("spawn.html", shell, "", page, context)
    }

    /// Draws `spawn_pending.html`.
    pub fn spawn_pending(&self, shell: &Shell, page: &SpawnPendingPage) -> String {
        let phases = phases_at(page.step);
        let familiar = || familiar::spawn_pending(shell, page);
        let context = || context! { phases, ..familiar() };
        self.draw_with("spawn_pending.html", shell, "", page, context)
    }

    /// Draws `stop_pending.html`.
    pub fn stop_pending(&self, shell: &Shell, page: &StopPendingPage) -> String {
        self.draw("stop_pending.html", shell, "", page)
    }

    /// Draws `not_running.html`.
    pub fn not_running(&self, shell: &Shell, page: &NotRunningPage) -> String {
        self.draw_with("not_running.html", shell, "", page, || familiar::not_running(page))
    }

    /// Draws `awake.html`.
    pub fn awake(&self, shell: &Shell, page: &AwakePage) -> String {
        self.draw("awake.html", shell, "", page)
    }

    /// Draws `account.html`.
    pub fn account(&self, shell: &Shell, page: &AccountPage) -> String {
        self.draw("account.html", shell, "account", page)
    }

    /// Draws `sharing.html`.
    pub fn sharing(&self, shell: &Shell, page: &SharingPage) -> String {
        self.draw("sharing.html", shell, "sharing", page)
    }

    /// Draws `accept-share.html`.
    pub fn accept_share(&self, shell: &Shell, page: &AcceptSharePage) -> String {
        self.draw_with("accept-share.html", shell, "", page, || familiar::accept_share(page))
    }

    /// Draws `token.html`.
    pub fn token(&self, shell: &Shell, page: &TokenPage) -> String {
        self.draw("token.html", shell, "token", page)
    }

    /// Draws `oauth.html`.
    pub fn oauth(&self, shell: &Shell, page: &OAuthPage) -> String {
        self.draw_with("oauth.html", shell, "", page, || familiar::oauth(page))
    }

    /// Draws `<status>.html` if there is one, else `error.html`, as JupyterHub chooses.
    pub fn error(&self, shell: &Shell, page: &ErrorPage) -> String {
        let own = format!("{}.html", page.status);
        let env = self.theirs.as_ref().map_or(&self.ours, Overrides::env);
        let name = if env.get_template(&own).is_ok() { own.as_str() } else { "error.html" };
        self.draw_with(name, shell, "", page, || familiar::error(page))
    }

    /// What JupyterHub's template has as one piece of HTML.
    fn options_form(&self, shell: &Shell, page: &SpawnPage) -> Value {
        let form = self.ours.get_template("_choices.html").and_then(|form| form.render(context! { shell, page }));
        Value::from_safe_string(form.unwrap_or_default())
    }

    fn draw<T: Serialize>(&self, name: &str, shell: &Shell, here: &str, page: &T) -> String {
        self.draw_with(name, shell, here, page, || context! {})
    }

    fn draw_with<T: Serialize>(
        &self,
        name: &str,
        shell: &Shell,
        here: &str,
        page: &T,
        more: impl FnOnce() -> Value,
    ) -> String {
        let announcement = self.announcement(name);
        let known = merge_maps([familiar::common(&self.frame, shell), more()]);
        let context = context! { shell, page, here, announcement, ..known };
        if let Some(theirs) = &self.theirs {
            match theirs.draw(name, context.clone()) {
                Ok(text) => return text,
                Err(problem) => self.tell(problem),
            }
        }
        let ours = if self.ours.get_template(name).is_ok() { name } else { "error.html" };
        let drawn = self.ours.get_template(ours).and_then(|template| template.render(context));
        drawn.unwrap_or_else(|error| {
            tracing::error!(template.name = %name, error = %error, "Cannot draw {name}");
            LAST_RESORT.to_owned()
        })
    }

    /// Once each: a page is drawn often.
    fn tell(&self, problem: PageProblem) {
        let mut told = self.problems.lock();
        if !told.contains(&problem) {
            tracing::error!("A page was drawn without the lead's template: {problem}");
            told.push(problem);
        }
    }

    /// What the lead wants everybody to read, on one page or on all of them. HTML, as in JupyterHub.
    fn announcement(&self, name: &str) -> Option<Value> {
        let page = name.strip_suffix(".html").unwrap_or(name);
        let text = |key: &str| self.frame.variables.get(key).and_then(serde_json::Value::as_str);
        let found = text(&format!("announcement_{page}")).or_else(|| text("announcement"));
        found.filter(|text| !text.is_empty()).map(|text| Value::from_safe_string(text.to_owned()))
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// What is sent when a template fails; it depends on nothing.
const LAST_RESORT: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Labdeck</title>\
    <h1>This page could not be drawn</h1><p>The fault is in the hub and stands in its log. Your files are not affected.</p></html>\n";

fn phases_at(step: StartStep) -> Vec<Phase> {
    let state = |phase: StartStep| match phase.cmp(&step) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Greater => "later",
    };
    PHASES.iter().map(|&(phase, label)| Phase { step: phase, label, state: state(phase) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_before_the_step_are_done() {
        let states: Vec<_> = phases_at(StartStep::Creating).iter().map(|phase| phase.state).collect();
        assert_eq!(states, ["done", "done", "now", "later"]);
    }
}
