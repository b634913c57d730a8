"""A service as JupyterHub's documentation writes them: HubOAuth of the jupyterhub package, unmodified, on tornado.

`{prefix}` tells who signed in; `{prefix}token?token=…` what HubAuth says of a token; `{prefix}own` what the hub says of
the service itself.
"""

import json
import os
from urllib.parse import urlparse

from jupyterhub.services.auth import HubAuth, HubOAuthCallbackHandler, HubOAuthenticated
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import Application, RequestHandler, authenticated

PREFIX = os.environ["JUPYTERHUB_SERVICE_PREFIX"]


class Who(HubOAuthenticated, RequestHandler):
    @authenticated
    def get(self):
        user = self.get_current_user()
        self.write(json.dumps({"name": user["name"], "scopes": user["scopes"]}))


class Token(RequestHandler):
    def get(self):
        user = HubAuth().user_for_token(self.get_argument("token"))
        self.write(json.dumps({"user": user}))


app = Application(
    [(PREFIX, Who), (PREFIX + "token", Token), (PREFIX + "oauth_callback", HubOAuthCallbackHandler)],
    cookie_secret=os.urandom(32),
)
url = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
HTTPServer(app).listen(url.port, url.hostname)
IOLoop.current().start()
