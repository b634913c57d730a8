"""A stand-in for a service: writes its environment to its log, and answers at its address with what it was asked.

It ends with FAKE_EXIT as its code where that is set, and after ten minutes.
"""

import json
import os
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

threading.Timer(600, os._exit, [0]).start()
print("begun", os.environ.get("JUPYTERHUB_API_TOKEN"), flush=True)
if "FAKE_EXIT" in os.environ:
    sys.stderr.write("no luck today\n")
    os._exit(int(os.environ["FAKE_EXIT"]))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        told = {"path": self.path, "pid": os.getpid(), "environment": dict(os.environ), "cwd": os.getcwd(), "uid": os.getuid()}
        told["cookie"] = self.headers.get("Cookie", "")
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


url = urllib.parse.urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
ThreadingHTTPServer((url.hostname, url.port), Handler).serve_forever()
