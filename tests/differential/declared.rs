//! Where we answer otherwise than JupyterHub, and why. Each entry must differ still: one that does not is to be taken
//! out. Any difference that is not here fails.

use crate::question::Question;

/// Differences of one kind.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The areas (tables) in which it is found, separated by blanks; `*` where it may be found anywhere.
    pub(crate) areas: &'static str,
    /// The questions, with `*` for anything.
    pub(crate) question: &'static str,
    /// Place, theirs and ours as they are printed (`status: 403 -> 404`), with `*` for anything.
    pub(crate) change: &'static str,
    /// Why it is so.
    pub(crate) why: &'static str,
}

const fn differs(areas: &'static str, question: &'static str, change: &'static str, why: &'static str) -> Declared {
    Declared { areas, question, change, why }
}

/// Why a service reads more of itself.
const OWN_MODEL: &str =
    "a service reads of itself what GET /services/NAME says; the row that JupyterHub shows is filled in part";

/// On purpose.
pub(crate) const DECLARED: &[Declared] = &[
    // ---- everywhere
    differs("*", "*", "/message: null -> *", "where JupyterHub says nothing, we say what is wrong"),
    differs(
        "*",
        "*",
        "*message: the same, and more: *",
        "the same words, and after them which rule is broken: the window shows them to whoever typed the name",
    ),
    differs("*", "*", "referrer-policy: - -> same-origin", "no other site learns on whose server somebody was"),
    differs(
        "*",
        "*",
        "x-content-type-options: - -> nosniff",
        "no browser takes an answer for another kind than it says",
    ),
    differs("*", "*", "allow: - -> *", "HTTP asks for it beside a 405 (RFC 9110, 15.5.6)"),
    differs(
        "*",
        "*",
        "content-type: text/html -> text/html; charset=utf-8",
        "says how letters are written, as JupyterHub does of its other pages",
    ),
    differs("*", "*", "content-security-policy: *", "ours is stricter: scripts and styles of the hub's own only"),
    differs(
        "*",
        "*",
        "cache-control: - -> no-store",
        "a page shows who is signed in; the next at the computer must not see it",
    ),
    differs(
        "prefix session xsrf",
        "*",
        "cookie *: *path=* -> *samesite=Lax",
        "browsers treat a cookie without it as Lax; ours says so",
    ),
    differs(
        "info oauth pages prefix session shares xsrf",
        "* /*",
        "access-control-allow-headers: * -> -",
        "pages are for people: no script of another site need send them anything",
    ),
    differs("info oauth session xsrf", "* HEAD *", "status: 405 -> *", "HEAD is answered as GET, as HTTP asks for"),
    // ---- pages
    differs(
        "errors oauth pages prefix xsrf",
        "nobody *",
        "cookie _xsrf: * -> -",
        "only pages with a form set the token of forms",
    ),
    differs(
        "xsrf",
        "* POST /hub/accept-share*",
        "cookie _xsrf: * -> -",
        "only pages with a form set the token of forms",
    ),
    differs(
        "pages prefix session",
        "* GET *hub/login*",
        "cookie _xsrf: path=*hub/ -> -",
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
    // ---- a hub below a prefix
    differs(
        "prefix",
        "nobody GET /hub*",
        "location: /lab/hub/hub* -> /lab/hub/*",
        "an address from before the prefix leads to the same page; JupyterHub's leads to none",
    ),
    differs(
        "prefix",
        "@ada GET /lab/hub/*",
        "location: /lab/hub/spawn -> /lab/hub/home",
        "home has the Start button: a GET starts nothing",
    ),
    differs(
        "prefix",
        "@ada GET /lab/hub/user/ada/api/kernels",
        "/message: *at /user/ada/* -> *at /lab/user/ada/*",
        "the address that was asked for has the prefix in it",
    ),
    differs(
        "prefix",
        "boss GET /lab/hub/api/proxy",
        "/*",
        "the proxy leads everything to the hub that is nobody else's, also what lies outside of the prefix",
    ),
    differs("prefix", "* POST *", "retry-after: - -> *", "who is refused for a while is told for how long"),
    differs(
        "prefix",
        "@bo POST /lab/hub/spawn/bo*",
        "*",
        "a person waits in a queue, with a place in it and a way out; programs read 429 as ever",
    ),
    // ---- who must show the XSRF token
    differs(
        "xsrf",
        "?* POST /hub/accept-share *_xsrf=*",
        "*",
        "whose sign-in ended while the form was open is asked to sign in, and comes back",
    ),
    differs(
        "xsrf",
        "?late POST /hub/login*",
        "cookie jupyterhub-*: - -> *",
        "each sign-in is a session of its own, and its cookies are new",
    ),
    // ---- refusals
    differs(
        "errors",
        "* /hub/api/share*",
        "*405",
        "a method that no call knows is said to be one, to whoever asks; there is nothing to have a right to",
    ),
    differs(
        "errors",
        "* /hub/api/share*",
        "/message: * -> \"This method is not served here.\"",
        "a method that no call knows is said to be one, to whoever asks; there is nothing to have a right to",
    ),
    differs("errors", "* GET /hub/metrics", "*", "what collects figures is a program, and reads JSON"),
    differs(
        "errors",
        "* POST /hub/api/services/new *",
        "/message: *",
        "JupyterHub repeats the whole body, and with it a token that may be in it",
    ),
    // ---- OAuth
    differs(
        "oauth",
        "@boss GET *&code_challenge=short&*",
        "location: *",
        "RFC 7636 4.2: a challenge has 43 characters at least; the client hears it now, not after the sign-in",
    ),
    differs(
        "oauth",
        "@ada POST *client_id=service-calm*",
        "*",
        "who may not open a service gets no code for it; JupyterHub looks at that in GET alone",
    ),
    differs("oauth", "@boss PUT *", "status: 403 -> 405", "a method that no page knows is said to be one"),
    differs(
        "oauth",
        "nobody POST /hub/api/oauth2/token *code=$(c1)*",
        "*",
        "a code that another client has shown leaked, and is good for nobody (RFC 6749 10.5)",
    ),
    differs(
        "oauth",
        "nobody POST /hub/api/oauth2/token *code=$(c3)&code_verifier=d*",
        "*",
        "a code that was shown without its verifier leaked, and is good for nobody: there is one guess",
    ),
    differs(
        "oauth",
        "nobody POST /hub/api/oauth2/token *code=x&code=y",
        "/error*",
        "RFC 6749 3.2: a parameter that is sent twice makes a request invalid",
    ),
    differs(
        "oauth",
        "nobody POST /hub/api/oauth2/token *grant_type=refresh_token*",
        "/error: *",
        "RFC 6749 5.2: no client can have this grant, for there are no refresh tokens",
    ),
    differs(
        "oauth",
        "nobody POST /hub/api/oauth2/token?code=x json *",
        "*",
        "what is no form is refused: 400, not 500",
    ),
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
    differs("session", "nobody GET /hub/logout", "cookie *", "signing out clears all, also what was forgotten"),
    // ---- services
    differs("services users", "* GET /hub/api/user*", "/display: null -> *", OWN_MODEL),
    differs("services users", "* GET /hub/api/user*", "/info*", OWN_MODEL),
    differs("services users", "* GET /hub/api/user*", "/url: null -> *", OWN_MODEL),
    differs(
        "services",
        "boss POST /hub/api/services/shoe *",
        "/message: *",
        "JupyterHub repeats the whole body, and with it a token that may be in it",
    ),
    differs(
        "services",
        "boss POST /hub/api/services/bad%2Fname *",
        "/message: *",
        "no service can have a slash in its name: its path would be that of another's",
    ),
    differs("services", "boss POST /hub/api/services/short *", "*", "a token that is too short is the caller's fault"),
    differs("services", "boss POST /hub/api/services/wide *", "*", "a scope that does not exist is the caller's fault"),
    differs(
        "services",
        "boss GET /hub/api/services",
        "/short*",
        "a service whose creation failed is not there; JupyterHub keeps it after its answer 500",
    ),
    differs(
        "services",
        "boss POST /hub/api/services/client *",
        "/message: \"Failed to create service client\" -> *",
        "says what is wrong with it",
    ),
    // ---- shares
    differs(
        "shares",
        "*",
        "/message: \"1 validation error for *",
        "what is wrong with the body, without pydantic's report and the address of its manual",
    ),
    differs(
        "shares",
        "boss POST * {\"*scopes\": [\"absent\"]}",
        "*",
        "a scope that does not exist is the caller's fault",
    ),
    differs(
        "shares",
        "boss POST /hub/api/shares/ada/ json {\"user\": \"bo\", \"scopes\": [\"admin:users\"]}",
        "*",
        "it would give nothing, and the list of shares would say that it was given",
    ),
    differs("shares", "* GET *", "*scopes: *admin:users!server=ada/*", "what was refused is not listed"),
    differs(
        "shares",
        "boss PATCH /hub/api/shares/ada/lab json {\"group\": \"staff\", \"scopes\": [\"read:servers\"]}",
        "/scopes: *",
        "what POST gave by that name is taken back by it; JupyterHub answers 200 and leaves the right in place",
    ),
    // ---- tokens
    differs(
        "tokens",
        "ada POST * {\"note\": 5}",
        "/note: 5 -> \"5\"",
        "a note is a text, as the API's description says",
    ),
    differs("tokens", "ada POST * {\"expires_in\": true}", "*", "true is no number of seconds, and not a second"),
    differs("tokens", "ada POST * {\"expires_in\": 99999999999999}", "*", "no calendar has that year: 400, not 500"),
    differs(
        "tokens",
        "ada POST * {\"scopes\": [\"absent\"]}",
        "/message: *",
        "the same words without a second pair of quotation marks",
    ),
    differs(
        "tokens",
        "ada POST * {\"scopes\": [\"read:users!shoe=x\"]}",
        "/message: *",
        "says which filters there are",
    ),
    differs(
        "tokens",
        "mod POST /hub/api/users/ada/tokens *",
        "*",
        "a token that inherits is its owner: who may make tokens for others names scopes, of which they hold all",
    ),
    differs(
        "tokens",
        "token:self POST *",
        "*",
        "a token without all of its owner's rights cannot make one that has them",
    ),
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
        "errors users servers xsrf",
        "*",
        "*/user_options: null -> -",
        "always an object, as JupyterHub's document has it; it says null of a server that it does not hold in memory",
    ),
    differs("errors users servers xsrf", "*", "*/user_options{}: - -> ", "as above"),
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
    differs(
        "rename xsrf",
        "* PATCH /hub/api/users/ada/server*",
        "content-type: application/json; charset=utf-8 -> application/json",
        "as of every other answer of the API: JSON has one way to write letters (RFC 8259)",
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
    pub(crate) fn is_in(&self, area: &str) -> bool {
        self.areas == "*" || self.areas.split(' ').any(|known| known == area)
    }

    /// Whether a difference is of this kind.
    pub(crate) fn fits(&self, area: &str, question: &Question, change: &str) -> bool {
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
