"""A stand-in for jupyterhub-singleuser: the same talk with the hub (version check, activity report, OAuth with PKCE)
and none of the notebook. Standard library only, so that it starts in an instant.

Modes, by the variable FAKE_MODE: serve (default), exit (ends at once with code 3), silent (runs and never listens),
stubborn (serves, and does not end when asked politely). With FAKE_GATE it begins only once that file exists.
With FAKE_KERNELS, a folder, it answers /api/kernels, /api/status and /api/terminals from the file USER.json in it
({"kernels": [...], "status": {...}, "terminals": [...]}), and refuses to say anything where that holds no JSON.
It ends by itself when its home vanishes (the test is over) or after ten minutes.
"""

import base64
import hashlib
import http.cookies
import json
import os
import secrets
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENV = os.environ
PREFIX = ENV["JUPYTERHUB_SERVICE_PREFIX"]
HUB = ENV["JUPYTERHUB_API_URL"]
TOKEN = ENV["JUPYTERHUB_API_TOKEN"]
CLIENT = ENV["JUPYTERHUB_CLIENT_ID"]
CALLBACK = ENV["JUPYTERHUB_OAUTH_CALLBACK_URL"]
BASE = ENV["JUPYTERHUB_BASE_URL"]
ACCESS = set(json.loads(ENV["JUPYTERHUB_OAUTH_ACCESS_SCOPES"])) | {"access:servers"}
#: What was begun at the authorize page: state -> (verifier, page asked for first).
BEGUN = {}


def call(method, url, headers, body=None):
    """Calls the hub; answers status and text, whatever the status."""
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def announce():
    """What a server does with the hub at its start."""
    status, _, headers = call("GET", HUB, {"Accept": "*/*"})
    print("hub version", status, headers.get("X-JupyterHub-Version"), flush=True)
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    report = {"servers": {ENV["JUPYTERHUB_SERVER_NAME"]: {"last_activity": now}}, "last_activity": now}
    auth = {"Authorization": "token " + TOKEN, "Content-Type": "application/json"}
    status, _, _ = call("POST", ENV["JUPYTERHUB_ACTIVITY_URL"], auth, json.dumps(report).encode())
    print("activity", status, flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, *headers):
        text = json.dumps(body) if isinstance(body, (dict, list)) else body
        kind = "application/json" if isinstance(body, (dict, list)) else "text/html"
        self.send_response(status)
        for name, value in [("Content-Type", kind), *headers]:
            self.send_header(name, value)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    def cookies(self):
        jar = {}
        for line in self.headers.get_all("Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                jar[name] = morsel.value
        return jar

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    do_PUT = do_DELETE = do_HEAD = do_POST

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        page = url.path[len(PREFIX):] if url.path.startswith(PREFIX) else None
        if page is None:
            return self.answer(404, {"message": "not below " + PREFIX})
        if page == "api":
            return self.answer(200, {"version": "2.0.0"})
        if page == "echo":
            return self.answer(200, {"headers": [list(pair) for pair in self.headers.items()], "path": self.path,
                                     "method": self.command})
        if page == "facts":
            return self.answer(200, {"pid": os.getpid(), "environment": dict(ENV)})
        if page == "cookies":
            tossed = [("Set-Cookie", "jupyterhub-hub-login=evil; Path=/hub/"),
                      ("Set-Cookie", "jupyterhub-hub-login=evil; Path=/"),
                      ("Set-Cookie", "own=1; Path=" + PREFIX)]
            return self.answer(200, "set", *tossed)
        if page == "stream":
            return self.stream()
        if page == "end":
            self.answer(200, "ending")
            print("ending because a test asked", flush=True)
            threading.Timer(0.1, os._exit, [int(query.get("code", "0"))]).start()
            return None
        if page == "oauth_callback":
            return self.come_back(query)
        return self.show(page)

    def stream(self):
        """Numbers, ten in a second, until the other side goes away."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        try:
            for number in range(600):
                self.wfile.write(b"data: %d\n\n" % number)
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            print("the reader went away", flush=True)

    def show(self, page):
        """A page for people: who are they?"""
        token = self.cookies().get(CLIENT)
        auth = self.headers.get("Authorization", "")
        if auth.lower().startswith(("token ", "bearer ")):
            token = auth.split()[1]
        if token:
            status, text, _ = call("GET", HUB + "/user", {"Authorization": "token " + token})
            if status == 200:
                user = json.loads(text)
                if ACCESS & set(user["scopes"]):
                    if page in ("api/kernels", "api/status", "api/terminals"):
                        return self.jupyter(page[4:])
                    return self.answer(200, "%s sees %s of %s" % (user["name"], page or "the start", PREFIX))
                return self.answer(403, "user %s is not allowed." % user["name"])
            if status >= 500:
                return self.answer(502, "the hub failed")
        if auth:
            return self.answer(403, "this token is not good here")
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        BEGUN[state] = (verifier, self.path)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urllib.parse.urlencode({
            "client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "state": state,
            "code_challenge": challenge, "code_challenge_method": "S256"})
        cookie = "%s-oauth-state=%s; Path=%s; HttpOnly; Max-Age=600" % (CLIENT, state, PREFIX)
        to = "%shub/api/oauth2/authorize?%s" % (BASE, query)
        return self.answer(302, "", ("Location", to), ("Set-Cookie", cookie))

    def jupyter(self, what):
        """What the real server says of its kernels."""
        try:
            with open(os.path.join(ENV["FAKE_KERNELS"], ENV["JUPYTERHUB_USER"] + ".json")) as file:
                said = json.load(file)
        except (KeyError, FileNotFoundError):
            said = {}
        except ValueError:
            return self.answer(500, {"message": "the kernels do not answer"})
        return self.answer(200, said.get(what, {} if what == "status" else []))

    def come_back(self, query):
        state = query.get("state")
        if not state or self.cookies().get(CLIENT + "-oauth-state") != state or state not in BEGUN:
            return self.answer(403, "oauth state does not match")
        if "code" not in query:
            return self.answer(400, "no code: " + query.get("error", "?"))
        verifier, page = BEGUN.pop(state)
        form = urllib.parse.urlencode({
            "client_id": CLIENT, "client_secret": TOKEN, "grant_type": "authorization_code", "code": query["code"],
            "redirect_uri": CALLBACK, "code_verifier": verifier}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "token " + TOKEN}
        status, text, _ = call("POST", HUB + "/oauth2/token", kind, form)
        if status != 200:
            return self.answer(500, "token exchange failed: %s %s" % (status, text))
        token = json.loads(text)["access_token"]
        cookie = "%s=%s; Path=%s; HttpOnly" % (CLIENT, token, PREFIX)
        return self.answer(302, "", ("Location", page), ("Set-Cookie", cookie))


def watch():
    """Ends this process when nobody can want it any more."""
    home, end = ENV["HOME"], time.monotonic() + 600
    while os.path.isdir(home) and time.monotonic() < end:
        time.sleep(0.5)
    os._exit(0)


def main():
    threading.Thread(target=watch, daemon=True).start()
    mode = ENV.get("FAKE_MODE", "serve")
    print("fake single-user server begins:", mode, flush=True)
    gate = ENV.get("FAKE_GATE")
    while gate and not os.path.exists(gate):
        time.sleep(0.02)
    if mode == "exit":
        print("ImportError: no module named notebook", file=sys.stderr, flush=True)
        sys.exit(3)
    if mode == "silent":
        print("I shall never listen", flush=True)
        threading.Event().wait()
    if mode == "stubborn":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGINT, lambda *_: os._exit(0))
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    listen = urllib.parse.urlsplit(ENV["JUPYTERHUB_SERVICE_URL"])
    server = ThreadingHTTPServer((listen.hostname, listen.port), Handler)
    server.daemon_threads = True
    threading.Thread(target=announce, daemon=True).start()
    server.serve_forever()


main()
