"""The other hub: as `labdeck.toml` in `pair.rs` says it for ours. Questions go to its own port, so its proxy is a
dictionary. What differs from run to run comes in by variables."""

import os
import signal
import threading
import time

from jupyterhub.proxy import Proxy


class NoProxy(Proxy):
    """Remembers routes and forwards nothing."""

    should_start = False
    routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        # JupyterHub's own proxy adds when each was used last.
        at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        return {
            spec: {**route, "data": {**route["data"], "last_activity": at}} for spec, route in self.routes.items()
        }


def end_with_the_test(parent=os.getppid()):
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_the_test, daemon=True).start()
folder = os.environ["DIFFERENTIAL_FOLDER"]
port = os.environ["DIFFERENTIAL_PORT"]

c = get_config()  # noqa: F821
base = os.environ["DIFFERENTIAL_BASE"]
c.JupyterHub.bind_url = c.JupyterHub.hub_bind_url = "http://127.0.0.1:" + port + base
c.JupyterHub.active_server_limit = 0 if base == "/" else 1
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret = os.urandom(32)
c.JupyterHub.log_level = "WARN"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = 2
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "pw"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"boss"}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = folder + "/home-{username}"
c.Spawner.cmd = ["python3", "-I", "-S", os.environ["DIFFERENTIAL_SERVER"]]
c.LocalProcessSpawner.interrupt_timeout = 2
c.JupyterHub.services = [
    {"name": "root", "admin": True, "api_token": "root-token-root-token-root-token-root"},
    {"name": "reports", "api_token": "reports-token-reports-token-reports"},
    {
        "name": "web",
        "api_token": "web-token-web-token-web-token-web-token",
        "oauth_client_id": "service-web",
        "oauth_redirect_uri": "http://127.0.0.1:1/callback",
        "oauth_client_allowed_scopes": ["read:users!user", "self"],
    },
]
c.JupyterHub.load_roles = [
    {"name": "visitors", "users": ["bo"], "scopes": ["self", "access:servers!user=ada", "access:services!service=web"]},
    {"name": "helpers", "users": ["mod"], "scopes": ["admin:users", "tokens", "servers", "list:users"]},
    {"name": "reports", "services": ["reports"], "scopes": ["list:users", "read:servers"]},
]
