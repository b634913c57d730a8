//! Where we answer otherwise than JupyterHub, and why. Each entry must differ still: one that does not is to be taken
//! out. What is neither mended nor decided stands in `open/AREA.txt`, by question and place: a difference that is not there
//! fails, and so does one that is there and is none any more. `UPDATE=1` writes these lists anew.

use std::collections::BTreeSet;

use crate::answer::Difference;
use crate::pair::workspace;
use crate::question::Question;

/// Differences of one kind.
#[derive(Debug)]
struct Declared {
    /// The areas (tables) in which it is found, separated by blanks; `*` where it may be found anywhere.
    areas: &'static str,
    /// The questions, with `*` for anything.
    question: &'static str,
    /// Place, theirs and ours as they are printed (`status: 403 -> 404`), with `*` for anything.
    change: &'static str,
    /// Why it is so.
    why: &'static str,
}

const fn differs(areas: &'static str, question: &'static str, change: &'static str, why: &'static str) -> Declared {
    Declared { areas, question, change, why }
}

/// On purpose.
const DECLARED: &[Declared] = &[
    // ---- everywhere
    differs("*", "*", "/message: null -> *", "where JupyterHub says nothing, we say what is wrong"),
    differs(
        "*",
        "*",
        "*message: the same, and more: *",
        "the same words, and after them which rule is broken: the window shows them to whoever typed the name",
    ),
    differs("*", "*", "content-security-policy: *", "ours is stricter: scripts and styles of the hub's own only"),
    differs(
        "*",
        "*",
        "cache-control: - -> no-store",
        "a page shows who is signed in; the next at the computer must not see it",
    ),
    differs(
        "session",
        "*",
        "cookie *: *path=* -> *samesite=Lax",
        "browsers treat a cookie without it as Lax; ours says so",
    ),
    differs(
        "info oauth pages session",
        "* /*",
        "access-control-allow-headers: * -> -",
        "pages are for people: no script of another site need send them anything",
    ),
    differs("info session", "* HEAD *", "status: 405 -> *", "HEAD is answered as GET, as HTTP asks for"),
    // ---- pages
    differs("pages", "nobody *", "cookie _xsrf: * -> -", "only pages with a form set the token of forms"),
    differs(
        "pages session",
        "* GET /hub/login*",
        "cookie _xsrf: path=/hub/ -> -",
        "who is signed in has the token already",
    ),
    differs(
        "session",
        "* /hub/login*",
        "location: /hub/spawn* -> /hub/home",
        "home has the Start button: a GET starts nothing",
    ),
    differs(
        "pages",
        "@ada GET /hub/",
        "location: /hub/spawn -> /hub/home",
        "home has the Start button: a GET starts nothing",
    ),
    differs(
        "pages",
        "* /hub/admin*",
        "*",
        "a panel of our own, at an address with a slash; its page is for a session, never for a token",
    ),
    differs("pages", "* /hub/logo", "*", "another logo, as SVG, which a browser asks for anew"),
    differs("pages", "nobody GET /hub/static/absent.css", "*", "a file that is missing needs no page"),
    differs("pages", "nobody GET /favicon.ico", "*", "the icon is named in each page"),
    differs("pages", "nobody GET /robots.txt", "*", "outside of the hub all leads into it"),
    differs("pages", "nobody * /*", "status: 403 -> 405", "a method that no page knows is said to be one"),
    differs("pages", "@ada POST /hub/home", "status: 403 -> 405", "a method that no page knows is said to be one"),
    differs("pages", "@ada GET /hub/spawn-pending", "status: 404 -> 200", "without a name it is one's own"),
    differs(
        "pages",
        "@ada * /hub/user/ada/api/kernels",
        "*",
        "a program whose server is gone reads 424, also by a cookie",
    ),
    differs("pages", "ada GET /hub/user/ada/lab", "*", "who shows a token is a program and reads JSON"),
    differs("pages", "@ada GET /hub/user-redirect", "*", "without a slash it is meant as with one"),
    differs("pages", "@ada GET /hub/user-redirect/lab?a=%20b*", "location: *", "the query goes on as it came"),
    differs("pages", "@ada POST /hub/security/csp-report json*", "*", "browsers send no XSRF token with a report"),
    differs(
        "pages",
        "@ada GET /hub/spawn/ada/lab?opt-*",
        "location: *",
        "what is chosen has been read; it need not go on",
    ),
    differs("pages", "@ada POST /hub/spawn/ada?_xsrf=*", "location: *", "the XSRF token does not go into addresses"),
    differs(
        "pages",
        "@ada GET /hub/user/ada/lab?a=1",
        "*",
        "JupyterHub, which is asked without a proxy, does not reach its server",
    ),
    // ---- OAuth
    differs("oauth", "nobody POST /hub/api/oauth2/token*", "/scope: *", "whose name may be read is written out"),
    // ---- signing in and out
    differs(
        "session",
        "?guest * /hub/login*",
        "cookie _xsrf: - -> *",
        "the hour of the form begins anew each time it is shown",
    ),
    differs(
        "session",
        "?guest POST /hub/login [Sec-Fetch-Mode: cors]*",
        "form fields: *",
        "the form may be filled in again",
    ),
    differs("session", "*next=/hub/a%20b", "location: *", "a blank cannot stand in a header"),
    differs("session", "nobody POST /hub/login json*", "*", "what is no form is refused as such"),
    differs("session", "* [Origin: http://elsewhere.example]*", "/message: *", "who is nobody needs no token of forms"),
    differs("session", "@ada POST /hub/api/users/ada/tokens form*", "*", "a form of another site is nobody's"),
    differs("session", "nobody GET /hub/logout", "cookie *", "signing out clears all, also what was forgotten"),
    // ---- calls
    differs("info", "boss GET /hub/api/info", "*", "what the hub is made of"),
    differs("info", "boss GET /hub/api//users", "*", "an address with // means two things to two programs"),
    differs("info", "boss GET /hub/api/users/%FF", "*", "no name has such letters, so nobody is called that"),
    differs("info", "boss POST /hub/api", "*", "the version is read, not written"),
    differs("info", "nobody OPTIONS /hub/api/users/ada/server/progress", "*", "an answer that is no stream"),
    // ---- users
    differs(
        "users groups",
        "boss GET *limit=*",
        "link: - -> *",
        "a bare list that is cut off says so and where the rest is; JupyterHub writes it into its log only",
    ),
    differs(
        "users",
        "boss GET /hub/api/users?name_filter=%25",
        "*",
        "JupyterHub's document says that names contain the text; its own % and _, which are in many names, find others too",
    ),
    differs(
        "users",
        "boss GET /hub/api/users/ADA",
        "*",
        "who signs in as ADA is ada, and a client that keeps the spelling of its list finds her by it",
    ),
    differs(
        "users",
        "boss POST /hub/api/users/Mia",
        "/name: *",
        "JupyterHub makes a Mia here, whom nobody can sign in as: signing in, and POST /users, make mia of it",
    ),
    differs("users", "boss GET /hub/api/users/mia", "*", "as above: she is mia"),
    differs(
        "users",
        "boss POST /hub/api/users/a%20b",
        "*",
        "a name that JupyterHub itself refuses in POST /users, in PATCH and at the sign-in",
    ),
    differs(
        "users",
        "boss POST /hub/api/users json {\"usernames\": \"gil\"}",
        "*",
        "a text is no list of names: JupyterHub makes a user of each of its letters",
    ),
    differs("users", "boss POST /hub/api/users json {\"usernames\": [1]}", "*", "400 where JupyterHub breaks (500)"),
    differs(
        "users",
        "boss PATCH /hub/api/users/dory json {\"groups\": *",
        "*",
        "400 where JupyterHub breaks (500); the answer names the call that does it",
    ),
    differs("users", "boss PATCH /hub/api/users/dory json {\"roles\": *", "*", "likewise"),
    differs(
        "users",
        "boss PATCH /hub/api/users/dory json {\"auth_state\": *",
        "*",
        "400 where JupyterHub breaks (500)",
    ),
    differs(
        "users",
        "mod DELETE /hub/api/users/kim",
        "*",
        "only admins remove admins, as only admins change them: removing one and making the name anew would be a way round",
    ),
    differs(
        "users servers services",
        "* POST /hub/api/*/%2e%2e*",
        "*",
        "an address that ends in .. is another one to whatever resolves it on the way: the proxy lets none through",
    ),
    // ---- servers
    differs(
        "users servers",
        "*",
        "*/user_options: null -> -",
        "always an object, as JupyterHub's document has it; it says null of a server that it does not hold in memory",
    ),
    differs("users servers", "*", "*/user_options{}: - -> ", "as above"),
    differs(
        "servers",
        "boss GET /hub/api/users*",
        "*/servers//state*",
        "what a driver keeps to find its server again; JupyterHub's differ from class to class, too",
    ),
    differs(
        "servers",
        "ada DELETE /hub/api/users/ada/servers/lab json {\"remove\": \"yes\"}",
        "*",
        "true or false: JupyterHub deletes for good on any text, also on \"false\"",
    ),
    differs(
        "rename",
        "ada PATCH /hub/api/users/ada/servers/lab json {\"shoe\": 1}",
        "*",
        "400 in the words that JupyterHub means to say, and breaks over (500)",
    ),
    differs(
        "rename",
        "ada GET /hub/api/users/ada?include_stopped_servers",
        "/servers//user_options/colour: - -> *",
        "as PATCH answered just before; JupyterHub then shows an older copy that it holds in memory",
    ),
    // ---- groups
    differs(
        "groups",
        "boss POST /hub/api/groups json {\"groups\": \"x\"}",
        "*",
        "a text is no list of names: JupyterHub makes a group of each of its letters",
    ),
    differs(
        "groups",
        "boss POST /hub/api/groups/a%20b",
        "*",
        "OAuth separates scopes by blanks: !group=a b would be read as two of them",
    ),
    differs(
        "groups",
        "boss POST /hub/api/groups/a%2Fb",
        "*",
        "servers before a hub read %2F as /, so the group could not be reached, or /groups/a%2Fusers meant another call",
    ),
    // ---- the hub
    differs(
        "hub",
        "* GET /hub/*metrics",
        "content-type: text/html -> application/json",
        "programs read figures, not people",
    ),
    differs("hub", "* GET /hub/*metrics", "body: a page -> -", "as above"),
    differs("hub", "* GET /hub/*metrics", "/message: - -> *", "as above"),
    differs("hub", "* GET /hub/*metrics", "/status: - -> 403", "as above"),
    differs("hub", "* GET /hub/*metrics", "{}: - -> ", "as above"),
    differs("hub", "* GET /hub/*metrics", "cookie *: * -> -", "as above: they keep no cookies"),
    differs("hub", "boss GET /hub/api/proxy*", "*/target: *", "behind its proxy, the hub listens on a port of its own"),
];

// === impl Declared ===

impl Declared {
    /// Whether it is to be found in that area; `*` is everywhere.
    fn is_in(&self, area: &str) -> bool {
        self.areas == "*" || self.areas.split(' ').any(|known| known == area)
    }

    fn fits(&self, area: &str, question: &Question, change: &str) -> bool {
        self.is_in(area) && glob(self.question, &question.text) && glob(self.change, change)
    }
}

/// Whether a text is what a pattern says, in which `*` is anything.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            rest.is_empty() || (0..=text.len()).any(|at| text.is_char_boundary(at) && glob(rest, &text[at..]))
        }),
    }
}

/// What of a difference is the same in each run and on each computer: which status is which, else its place. A driver's
/// own notes are one place.
fn lasting(place: &str, line: &str) -> String {
    if place == "status" {
        return line.to_owned();
    }
    place.split_once("/state/").map_or_else(|| place.to_owned(), |(before, _)| format!("{before}/state"))
}

/// Whether a message begins with all that the other says.
fn says_more(place: &str, theirs: &str, ours: &str) -> bool {
    let words = theirs.strip_suffix('"').filter(|words| words.len() > 1);
    place.ends_with("/message") && words.is_some_and(|words| ours.starts_with(words))
}

#[test]
fn a_star_is_anything() {
    assert!(glob("*", "") && glob("a*c", "abbc") && glob("a*c*", "abcd") && glob("/a", "/a"));
    assert!(!glob("a*c", "ab") && !glob("/a", "/ab"));
}

/// What was found so far in one area.
#[derive(Debug)]
pub(crate) struct Verdict {
    area: String,
    asked: usize,
    declared: usize,
    /// Questions with what differs and is not declared.
    undeclared: Vec<String>,
    /// Entries that were found true, by their place in the list.
    used: BTreeSet<usize>,
}

// === impl Verdict ===

impl Verdict {
    /// Nothing found yet.
    pub(crate) fn new(area: &str) -> Self {
        Self { area: area.to_owned(), asked: 0, declared: 0, undeclared: Vec::new(), used: BTreeSet::new() }
    }

    /// Takes the differences of one question.
    pub(crate) fn hear(&mut self, question: &Question, found: Vec<Difference>) {
        self.asked += 1;
        let mut undeclared = Vec::new();
        for (place, theirs, ours) in found {
            let line = if says_more(&place, &theirs, &ours) {
                format!("{place}: the same, and more: {theirs} -> {ours}")
            } else {
                format!("{place}: {theirs} -> {ours}")
            };
            let all = (0..).zip(DECLARED);
            let fitting: Vec<usize> =
                all.filter(|(_, entry)| entry.fits(&self.area, question, &line)).map(|(at, _)| at).collect();
            if fitting.is_empty() {
                println!("{}\n    {line}", question.text);
                undeclared.push(lasting(&place, &line));
            } else {
                self.declared += 1;
            }
            self.used.extend(fitting);
        }
        if !undeclared.is_empty() {
            undeclared.dedup();
            self.undeclared.push(format!("{}\n    {}\n", question.text, undeclared.join("\n    ")));
        }
    }

    /// Prints, and fails where something is not as it is declared.
    pub(crate) fn end(self) {
        println!("{}: {} questions, {} declared differences", self.area, self.asked, self.declared);
        let counts = |entry: &Declared| entry.areas != "*" && entry.is_in(&self.area);
        let unused = (0..).zip(DECLARED).filter(|(at, entry)| counts(entry) && !self.used.contains(at));
        let stale: Vec<_> =
            unused.map(|(_, entry)| format!("{} | {} | {}", entry.question, entry.change, entry.why)).collect();
        assert!(stale.is_empty(), "declared, and no difference any more; take it out:\n{}", stale.join("\n"));
        let list = workspace("tests/differential/open").join(format!("{}.txt", self.area));
        let found = self.undeclared.concat();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&list, &found).unwrap();
        }
        let known = std::fs::read_to_string(&list).unwrap();
        if found != known {
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
            let (found, known) = (lines(&found), lines(&known));
            let only = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect::<Vec<_>>().join("\n");
            panic!(
                "{} (theirs -> ours)\n==== new:\n{}\n==== none any more:\n{}",
                list.display(),
                only(&found, &known),
                only(&known, &found)
            );
        }
    }
}
