//! Every page in its notable shapes, with the words passed through a function: as they are for the eye,
//! or replaced by hostile text for the tests. Used by the tests beside it and by `examples/pages.rs`.

#[path = "shares.rs"]
mod shares;

use labdeck_hub::pages::Pages;
use labdeck_hub::pages::view::*;
use labdeck_model::{Failure, StartStep};

/// A page's name and what was drawn.
pub(crate) type Drawn = (&'static str, String);

/// Turns a plausible text into what shall stand in the field.
pub(crate) struct Words<F>(pub(crate) F);

impl<F: Fn(&str) -> String> Words<F> {
    /// One text.
    pub(crate) fn w(&self, text: &str) -> String {
        (self.0)(text)
    }

    fn some(&self, text: &str) -> Option<String> {
        Some(self.w(text))
    }

    fn when(&self, text: &str) -> When {
        When {
            text: self.w(text),
            exact: self.w("2026-11-20 10:42:07 +01:00"),
            datetime: self.w("2026-11-20T09:42:07Z"),
        }
    }

    fn failure(&self) -> Failure {
        Failure {
            kind: self.w("exited"),
            message: self.w("The server ended while it was starting, with exit code 1."),
            remedy: self.w(
                "Its last lines say why. Often an image has no JupyterLab in it; choose another stack, or tell Anna.",
            ),
            log: vec![
                self.w("[I 2026-11-20 10:42:03 ServerApp] jupyterlab | extension was found"),
                self.w("Traceback (most recent call last):"),
                self.w("ModuleNotFoundError: No module named 'jupyterhub'"),
            ],
        }
    }

    fn links(&self, below: &str) -> ServerLinks {
        ServerLinks {
            open: self.w(&format!("/user/{below}/")),
            start: self.w(&format!("/hub/spawn/{below}")),
            pending: self.w(&format!("/hub/spawn-pending/{below}")),
            stop: self.w(&format!("/hub/stop/{below}")),
            awake: self.w(&format!("/hub/awake/{below}")),
            delete: self.w(&format!("/hub/delete/{below}")),
            progress: self.w(&format!("/hub/api/users/{below}/server/progress")),
        }
    }

    fn server(&self, name: &str, word: &str, doing: Doing) -> ServerCard {
        let below = if name.is_empty() { "sara".to_owned() } else { format!("sara/{name}") };
        ServerCard {
            name: self.w(name),
            title: self.w(if name.is_empty() { "Your server" } else { name }),
            word: self.w(word),
            doing,
            since: Some(self.when("today 09:12")),
            stack: self.some("scipy"),
            stack_title: self.some("Scientific Python"),
            failure: None,
            stopped: None,
            care: Care::default(),
            links: self.links(&below),
        }
    }

    fn stop_note(&self) -> StopNote {
        StopNote {
            reason: self.w("It was stopped because nobody had used it for 60 minutes."),
            at: self.when("today 14:02"),
            remedy: String::new(),
            trouble: false,
            log: Vec::new(),
            before: vec![self.note("A program in this server used all 2 GB and was ended. The server runs on; restart the kernel, or restart the server with a larger size.", "today 12:40")],
        }
    }

    fn died(&self) -> StopNote {
        StopNote {
            reason: self.w("The server used more memory than it is allowed and was ended."),
            remedy: self.w("Start it again, with a larger size if it needs that much."),
            trouble: true,
            log: self.failure().log,
            ..self.stop_note()
        }
    }

    fn note(&self, message: &str, at: &str) -> NoteLine {
        NoteLine { message: self.w(message), at: self.when(at) }
    }

    fn care(&self) -> Care {
        Care {
            stops: Some(self.note(
                "Servers that nobody uses are stopped after 2 hours. Work in it, or keep it awake, and it runs on.",
                "today 14:10",
            )),
            awake_until: None,
            notices: vec![self.note("Message from anna: The power goes at six.", "today 13:58")],
        }
    }

    fn visits(&self) -> Vec<Visit> {
        vec![
            Visit { visitor: self.w("anna"), server: String::new(), at: self.when("today 10:42") },
            Visit { visitor: self.w("anna"), server: self.w("gpu"), at: self.when("14 Nov 16:20") },
        ]
    }

    fn rules(&self) -> PasswordRules {
        PasswordRules {
            lines: vec![
                self.w("At least 10 characters; a few words in a row are fine"),
                self.w("Not your name, and not one of the common ones"),
            ],
            min_chars: 10,
        }
    }

    fn choices(&self) -> StartChoices {
        let size = |name: &str, limits: &str, remark: Option<&str>, fits, chosen| SizeCard {
            name: self.w(name),
            title: self.w(name),
            limits: self.w(limits),
            remark: remark.map(|text| self.w(text)),
            fits,
            chosen,
        };
        let folder = |name: &str, about: &str, chosen| FolderRow {
            name: self.w(name),
            title: self.w(name),
            about: self.w(about),
            chosen,
        };
        let image = |name: &str, chosen| ImageRow { name: self.w(name), title: self.w(name), chosen };
        StartChoices {
            sizes: vec![
                size("Small", "1 CPU · 2 GB memory", None, true, false),
                size("Medium", "2 CPUs · 4 GB memory", None, true, true),
                size(
                    "With a card",
                    "4 CPUs · 8 GB memory · 1 graphics card",
                    Some("All cards are taken: jonas has the NVIDIA L4. You would be 2nd in line."),
                    true,
                    false,
                ),
                size("Huge", "8 CPUs · 64 GB memory", Some("This computer has 16 GB of memory."), false, false),
            ],
            images: vec![image("The usual one", true), image("With CUDA 12", false)],
            folders: vec![
                folder("lab", "/srv/lab", true),
                folder("imaging-2026", "/srv/imaging-2026, to read only", false),
            ],
        }
    }

    fn stacks(&self) -> Vec<StackCard> {
        let card = |name: &str, title: &str, description: &str, limits: &str, remark: Option<&str>, chosen| StackCard {
            name: self.w(name),
            title: self.w(title),
            description: self.w(description),
            limits: self.w(limits),
            remark: remark.map(|text| self.w(text)),
            chosen,
        };
        vec![
            card(
                "scipy",
                "Scientific Python",
                "numpy, pandas, matplotlib, scikit-learn",
                "1 CPU · 2 GB memory",
                None,
                true,
            ),
            card(
                "r",
                "R and the tidyverse",
                "R 4.4 with tidyverse and caret",
                "2 CPUs · 4 GB memory",
                Some("fetched first, about 2 GB"),
                false,
            ),
            card(
                "torch",
                "Deep learning",
                "PyTorch, torchvision and friends, on the CPU",
                "4 CPUs · 8 GB memory",
                None,
                false,
            ),
        ]
    }
}

fn shell<F: Fn(&str) -> String>(words: &Words<F>) -> Shell {
    Shell {
        user: Some(ShellUser { name: words.w("sara"), admin: false, leads: false }),
        xsrf: words.w("MnwxOjB8MTA6MTc5NTE1NDk2OXw1Ol94c3JmfDg4Ok1ESmtZbVpqTTJFME4yTTNOR0"),
        ..Shell::default()
    }
}

/// Draws every page.
pub(crate) fn draw_all<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>) -> Vec<Drawn> {
    let mine = shell(words);
    let lan = Shell {
        user: Some(ShellUser { name: words.w("sara"), admin: true, leads: true }),
        insecure_network: true,
        services: vec![ShellService { name: words.w("reports"), url: "/services/reports/".to_owned() }],
        ..mine.clone()
    };
    let alone = Shell { user: None, ..mine.clone() };
    let alone_lan = Shell { user: None, ..lan.clone() };
    let mut drawn = draw_doors(pages, words, &alone, &alone_lan);
    drawn.extend(draw_servers(pages, words, &mine, &lan));
    drawn.extend(draw_keys(pages, words, &mine, &lan));
    drawn.extend(draw_errors(pages, words, &mine, &alone));
    drawn.extend(shares::draw(pages, words, &mine));
    drawn
}

fn draw_doors<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, alone: &Shell, lan: &Shell) -> Vec<Drawn> {
    let refused = LoginPage {
        username: words.w("sara"),
        next: words.some("/hub/user/sara/lab?a=1&b=2"),
        error: words.some("That name and password do not belong together. Capital letters count in the password."),
        retry_after_seconds: None,
    };
    let form = |kind, error| {
        InvitationPage::Open(InvitationForm {
            action: words.w("/hub/invitation/4f1c2a"),
            username: words.w("sara"),
            kind,
            invited_by: words.some("anna"),
            expires: Some(words.when("tomorrow 10:42")),
            rules: words.rules(),
            error,
        })
    };
    let closed = |problem| InvitationPage::Closed { problem, invited_by: words.some("anna") };
    let claim = ClaimPage::Open(ClaimForm {
        action: words.w("/hub/claim?key=abc"),
        name: words.w("anna"),
        ask_password: true,
        rules: words.rules(),
        name_error: words.some("The name may not contain a space; use letters, digits, '.', '_' and '-'."),
        password_error: words.some("That password is one of the first that others try."),
    });
    vec![
        ("login", pages.login(alone, &LoginPage::default())),
        ("login-refused", pages.login(lan, &refused)),
        ("login-limited", pages.login(alone, &LoginPage { retry_after_seconds: Some(80), ..refused.clone() })),
        ("logout", pages.logout(alone, &LogoutPage { servers_running: 1 })),
        ("invitation", pages.invitation(lan, &form(InvitationKind::Invitation, None))),
        (
            "invitation-refused",
            pages
                .invitation(alone, &form(InvitationKind::SignIn, words.some("It has 6 characters; 10 are the least."))),
        ),
        ("invitation-used", pages.invitation(alone, &closed(LinkProblem::Used))),
        ("invitation-expired", pages.invitation(alone, &closed(LinkProblem::Expired))),
        ("invitation-unknown", pages.invitation(alone, &closed(LinkProblem::Unknown))),
        ("claim", pages.claim(alone, &claim)),
        ("claim-used", pages.claim(alone, &ClaimPage::Closed { problem: LinkProblem::Used })),
        ("claim-expired", pages.claim(alone, &ClaimPage::Closed { problem: LinkProblem::Expired })),
        ("claim-unknown", pages.claim(alone, &ClaimPage::Closed { problem: LinkProblem::Unknown })),
        ("claim-waiting", pages.claim(alone, &ClaimPage::Waiting)),
    ]
}

#[expect(clippy::too_many_lines, reason = "one page after the other")]
fn draw_servers<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, mine: &Shell, lan: &Shell) -> Vec<Drawn> {
    let empty = HomePage {
        notice: None,
        server: ServerCard { since: None, stack: None, stack_title: None, ..words.server("", "Off", Doing::Off) },
        named: Vec::new(),
        new_server: None,
        several_stacks: true,
        requests: Vec::new(),
        visits: Vec::new(),
    };
    let failed = ServerCard { failure: Some(words.failure()), ..words.server("torch-long-run", "Failed", Doing::Off) };
    let stopped = ServerCard { stopped: Some(words.stop_note()), ..words.server("thesis", "Off", Doing::Off) };
    let kept = Care { awake_until: Some(words.when("today 18:10")), stops: None, notices: Vec::new() };
    let full = HomePage {
        notice: Some(Notice::ready(words.w("Your server thesis is stopped. Its files are kept."))),
        server: ServerCard { care: words.care(), ..words.server("", "Ready", Doing::Ready) },
        named: vec![
            words.server("gpu", "Fetching", Doing::Starting),
            stopped,
            ServerCard {
                stopped: Some(StopNote { log: Vec::new(), before: Vec::new(), ..words.died() }),
                care: kept,
                ..words.server("big", "Off", Doing::Off)
            },
            words.server(
                "a-name-of-sixty-four-characters-without-a-single-space-in-it-012345",
                "Stopping",
                Doing::Stopping,
            ),
            failed,
        ],
        new_server: Some(NewServer { name: String::new(), error: None, left: Some(2) }),
        several_stacks: true,
        requests: words.requests(),
        visits: words.visits(),
    };
    let refused = HomePage {
        new_server: Some(NewServer {
            name: words.w("g p u"),
            error: words.some("The name may not contain ' '."),
            left: None,
        }),
        ..full.clone()
    };
    let spawn = SpawnPage {
        owner: words.w("sara"),
        yours: true,
        name: String::new(),
        stacks: words.stacks(),
        choices: words.choices(),
        failure: None,
        next: words.some("/hub/user/sara/lab"),
        links: words.links("sara"),
    };
    let one = SpawnPage {
        yours: false,
        name: words.w("gpu"),
        stacks: spawn.stacks[..1].to_vec(),
        choices: StartChoices::default(),
        failure: Some(words.failure()),
        ..spawn.clone()
    };
    let mut drawn = vec![
        ("home-empty", pages.home(mine, &empty)),
        ("home", pages.home(lan, &full)),
        ("home-refused", pages.home(mine, &refused)),
        ("spawn", pages.spawn(mine, &spawn)),
        ("spawn-one", pages.spawn(mine, &one)),
    ];
    drawn.extend(draw_waits(pages, words, mine));
    drawn
}

#[expect(clippy::too_many_lines, reason = "one page after the other")]
fn draw_waits<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, mine: &Shell) -> Vec<Drawn> {
    let pending = SpawnPendingPage {
        owner: words.w("sara"),
        yours: true,
        name: String::new(),
        stack_title: words.some("Scientific Python"),
        step: StartStep::Booting,
        percent: Some(80),
        message: words.w("The server runs. Waiting for Jupyter to answer."),
        elapsed_seconds: 6,
        usual_seconds: Some(8),
        log: vec![words.w("Server requested"), words.w("Container created")],
        links: words.links("sara"),
    };
    let pulling = SpawnPendingPage {
        yours: false,
        name: words.w("gpu"),
        step: StartStep::Pulling,
        percent: None,
        message: words.w("Fetching quay.io/jupyter/scipy-notebook:latest"),
        elapsed_seconds: 80,
        usual_seconds: None,
        ..pending.clone()
    };
    let stopping = StopPendingPage {
        owner: words.w("sara"),
        yours: true,
        name: words.w("gpu"),
        start_failed: false,
        reason: words.some("It was idle for 60 minutes."),
        elapsed_seconds: 3,
    };
    let clearing = StopPendingPage {
        start_failed: true,
        reason: words.some("The server ended with status 1 before it answered."),
        ..stopping.clone()
    };
    let off = NotRunningPage {
        owner: words.w("sara"),
        yours: true,
        may_start: true,
        name: String::new(),
        stack: words.some("scipy"),
        stack_title: words.some("Scientific Python"),
        several_stacks: true,
        stopped: Some(words.stop_note()),
        failure: None,
        next: words.some("/hub/user/sara/lab"),
        links: words.links("sara"),
    };
    let failed = NotRunningPage { failure: Some(words.failure()), stopped: None, ..off.clone() };
    let died = NotRunningPage { stopped: Some(words.died()), ..off.clone() };
    let awake = AwakePage {
        owner: words.w("sara"),
        yours: true,
        name: words.w("gpu"),
        runs: true,
        care: words.care(),
        error: words.some("A server can be kept awake for 1 to 24 hours at once, not 25."),
        links: words.links("sara/gpu"),
    };
    let others = NotRunningPage { yours: false, may_start: false, stopped: None, name: words.w("gpu"), ..off.clone() };
    vec![
        ("spawn_pending", pages.spawn_pending(mine, &pending)),
        ("spawn_pending-pulling", pages.spawn_pending(mine, &pulling)),
        ("stop_pending", pages.stop_pending(mine, &stopping)),
        ("stop_pending-failed", pages.stop_pending(mine, &clearing)),
        ("not_running", pages.not_running(mine, &off)),
        ("not_running-failed", pages.not_running(mine, &failed)),
        ("not_running-died", pages.not_running(mine, &died)),
        ("awake", pages.awake(mine, &awake)),
        ("not_running-others", pages.not_running(mine, &others)),
    ]
}

fn draw_keys<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, mine: &Shell, lan: &Shell) -> Vec<Drawn> {
    let session = |device: &str, current| SessionRow {
        id: words.w("17"),
        device: words.w(device),
        address: words.some("192.168.1.31"),
        started: words.when("14 Nov 09:03"),
        last_seen: Some(words.when("today 08:15")),
        current,
    };
    let account = AccountPage {
        notice: None,
        has_password: true,
        rules: words.rules(),
        old_password_error: None,
        password_error: None,
        sessions: vec![
            session("Firefox on Linux", true),
            session("Safari on iPad", false),
            session("Chrome on Windows", false),
        ],
        visits: words.visits(),
    };
    let refused = AccountPage {
        notice: Some(Notice::failed(words.w("The password is as it was."))),
        old_password_error: words.some("That is not your present password."),
        password_error: words.some("It has 6 characters; 10 are the least."),
        visits: Vec::new(),
        ..account.clone()
    };
    let mut drawn =
        vec![("account", pages.account(mine, &account)), ("account-refused", pages.account(mine, &refused))];
    drawn.extend(draw_tokens(pages, words, mine, lan));
    drawn
}

fn draw_tokens<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, mine: &Shell, lan: &Shell) -> Vec<Drawn> {
    let token = |note: &str, last_used: Option<&str>, expires: Option<&str>, scopes: &[&str]| TokenRow {
        id: words.w("a5"),
        note: words.w(note),
        scopes: scopes.iter().map(|scope| words.w(scope)).collect(),
        created: words.when("4 Nov 09:03"),
        last_used: last_used.map(|text| words.when(text)),
        expires: expires.map(|text| words.when(text)),
    };
    let tokens = TokenPage {
        new_token: words.some("ld_7mXq0bVtE2kS9wYcR4pJ1nZ8uHfA6gLd"),
        tokens: vec![
            token("nightly export", Some("today 03:00"), Some("4 Dec 09:03"), &[]),
            token("plots for the wall screen", None, None, &["access:servers!user=sara", "read:users!user=sara"]),
        ],
        apps: vec![AppRow {
            client_id: words.w("service-reports"),
            description: words.w("Reports"),
            created: words.when("4 Nov 09:03"),
            last_used: Some(words.when("today 07:30")),
        }],
        ..TokenPage::default()
    };
    let none = TokenPage {
        note: words.w("x"),
        scopes: words.w("read:users"),
        error: words.some("The note may have 200 characters at most."),
        ..TokenPage::default()
    };
    let scope = |scope: &str, description: &str| ScopeLine { scope: words.w(scope), description: words.w(description) };
    let consent = OAuthPage {
        client: words.w("Reports"),
        returns_to: words.w("/services/reports/"),
        action: words.w("/hub/api/oauth2/authorize?client_id=service-reports&state=x"),
        scopes: vec![
            scope("access:services!service=reports", "Use the service Reports as you"),
            scope("read:users:name!user", "Know your name"),
        ],
    };
    vec![
        ("token", pages.token(lan, &tokens)),
        ("token-none", pages.token(mine, &none)),
        ("oauth", pages.oauth(mine, &consent)),
    ]
}

fn draw_errors<F: Fn(&str) -> String>(pages: &Pages, words: &Words<F>, mine: &Shell, alone: &Shell) -> Vec<Drawn> {
    let own = ErrorPage {
        status: 500,
        title: words.w("Something went wrong in the hub"),
        message: words.w("The fault is on this side, not yours."),
        remedy: words.w("Try again."),
        reference: words.some("e-7f31c9"),
        retry_seconds: None,
        next_step: Some(NextStep { label: words.w("Try again"), url: words.w("/hub/home") }),
        ask: None,
    };
    vec![
        (
            "error-403",
            pages.error(
                mine,
                &ErrorPage::of_status(403).with_message(words.w("ada’s server belongs to somebody else.")),
            ),
        ),
        ("error-404", pages.error(mine, &ErrorPage::of_status(404))),
        ("error-429", pages.error(alone, &ErrorPage::of_status(429))),
        ("error-500", pages.error(mine, &own)),
        ("error-503", pages.error(alone, &ErrorPage::of_status(503))),
    ]
}
