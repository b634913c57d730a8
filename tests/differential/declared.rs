//! Where we answer otherwise than JupyterHub, and why. Each entry must differ still: one that does not is to be taken
//! out. [`NOT_BUILT`] is for areas that are not there yet; who builds one empties it.

use std::collections::BTreeSet;

use crate::answer::Difference;
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
    differs("pages", "* /hub/admin*", "*", "people are managed in the window; there is no such page"),
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
];

/// Not built yet. Shown when the test runs, and fails nobody; what is left of an area once it is built is mended, or
/// declared above with a reason.
const NOT_BUILT: &[Declared] = &[
    differs("groups", "*", "*", "groups"),
    differs("hub", "*", "*", "routes, authorizations, metrics, shutdown"),
    differs("rename", "*", "*", "PUT and PATCH of servers"),
    differs("services", "*", "*", "services"),
    differs("shares", "*", "*", "shares, share codes, the page of a share"),
    differs("oauth", "bo GET /hub/api/users/bo/tokens", "*", "tokens as they are listed"),
    differs("session", "@ada * /hub/api/users/ada/tokens*", "*", "tokens as they are listed"),
    differs("servers tokens users", "*", "*", "looked through one after the other"),
];

fn entries() -> impl Iterator<Item = &'static Declared> {
    DECLARED.iter().chain(NOT_BUILT)
}

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
    undeclared: Vec<String>,
    not_built: Vec<String>,
    /// Entries that were found true, by their place in the lists.
    used: BTreeSet<usize>,
}

// === impl Verdict ===

impl Verdict {
    /// Nothing found yet.
    pub(crate) fn new(area: &str) -> Self {
        Self {
            area: area.to_owned(),
            asked: 0,
            declared: 0,
            undeclared: Vec::new(),
            not_built: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// Takes the differences of one question.
    pub(crate) fn hear(&mut self, question: &Question, found: Vec<Difference>) {
        self.asked += 1;
        let (mut undeclared, mut not_built) = (Vec::new(), Vec::new());
        for (place, theirs, ours) in found {
            let line = format!("{place}: {theirs} -> {ours}");
            let all = (0..).zip(entries());
            let fitting: Vec<usize> =
                all.filter(|(_, entry)| entry.fits(&self.area, question, &line)).map(|(at, _)| at).collect();
            match fitting.first() {
                None => undeclared.push(line),
                Some(at) if *at >= DECLARED.len() => not_built.push(line),
                Some(_) => self.declared += 1,
            }
            self.used.extend(fitting);
        }
        for (lines, list) in [(undeclared, &mut self.undeclared), (not_built, &mut self.not_built)] {
            if !lines.is_empty() {
                list.push(format!("{}\n    {}", question.text, lines.join("\n    ")));
            }
        }
    }

    /// Prints, and fails where something is not as it is declared.
    pub(crate) fn end(self) {
        println!("{}: {} questions, {} declared differences", self.area, self.asked, self.declared);
        let counts = |entry: &Declared| entry.areas != "*" && entry.is_in(&self.area);
        let unused = (0..).zip(entries()).filter(|(at, entry)| counts(entry) && !self.used.contains(at));
        let stale: Vec<_> =
            unused.map(|(_, entry)| format!("{} | {} | {}", entry.question, entry.change, entry.why)).collect();
        if !self.not_built.is_empty() {
            println!("==== not built yet: {} questions\n{}", self.not_built.len(), self.not_built.join("\n"));
        }
        if !self.undeclared.is_empty() {
            println!("==== undeclared: {} questions\n{}", self.undeclared.len(), self.undeclared.join("\n"));
        }
        assert!(stale.is_empty(), "declared, and no difference any more; take it out:\n{}", stale.join("\n"));
        let count = self.undeclared.len();
        assert!(count == 0, "{count} questions have another answer than JupyterHub's (theirs -> ours, above)");
    }
}
