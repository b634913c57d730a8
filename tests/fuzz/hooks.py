"""What Schemathesis does otherwise for us: it asks about people and things that there are as well as about what it makes
up, it lets JupyterHub's document answer what that leaves out, and it takes no failure of the hub's for an answer.
`main.rs` runs it; the variables FUZZ_* come from there."""

import json
import os
import zlib

import schemathesis

# What `main.rs` makes in each hub: half of all calls are about one of these.
KNOWN = {
    "name": ["ada", "bo", "cleo", "team", "web", "ada"],
    "owner": ["ada", "bo", "cleo"],
    "server": ["", "lab", "gpu"],
    "server_name": ["", "lab", "gpu"],
    "user": ["ada", "bo", "cleo"],
    "group": ["team", "others"],
    "service": ["web"],
    "role": ["visitors", "user"],
}

# Statuses that JupyterHub's document leaves out, and of which calls: JupyterHub itself answers with them.
LEFT_OUT = {
    "400": (lambda method, path: True, "a body, a name or a number that is none"),
    "403": (lambda method, path: True, "nobody is known, or the right is missing"),
    "404": (lambda method, path: "{" in path, "nothing is called so, or the right does not reach it"),
    "409": (lambda method, path: method in ("post", "patch"), "something is called so already"),
}

# The same of single calls.
ONE_CALL = {
    ("post", "/oauth2/token"): {"401": "a client that nobody knows, as RFC 6749 asks for (5.2)"},
    ("post", "/authorizations/token"): {"404": "what JupyterHub took out in 2.0, and says so"},
}


def known(name, value):
    """A value that there is, for half of all values; always the same for the same one."""
    number = zlib.crc32(json.dumps(value, default=str).encode())
    choices = KNOWN.get(name)
    return choices[number // 2 % len(choices)] if choices and number % 2 else None


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in list((case.path_parameters or {}).items()):
        other = known(name, value)
        # An empty segment is another path.
        if other:
            case.path_parameters[name] = other


@schemathesis.hook
def before_load_schema(context, raw_schema):
    if os.environ["FUZZ_DOCUMENT"] != "jupyterhub":
        for item in raw_schema["paths"].values():
            for operation in item.values():
                # It would let every status pass.
                operation["responses"].pop("default", None)
                for answer in operation["responses"].values():
                    # The schema is of an event's data, and Schemathesis compares the event around it.
                    if "text/event-stream" in answer.get("content", {}):
                        answer["content"]["text/event-stream"] = {}
        return
    for path, item in raw_schema["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                missing = {status: reason for status, (of, reason) in LEFT_OUT.items() if of(method, path)}
                missing.update(ONE_CALL.get((method, path), {}))
                for status, reason in missing.items():
                    operation["responses"].setdefault(status, {"description": reason})


@schemathesis.check
def no_failure(context, response, case):
    """500 is never right. A 5xx that the document names is: an engine that is away, files that cannot be packed."""
    declared = case.operation.definition.raw["responses"]
    if response.status_code >= 500 and (response.status_code == 500 or str(response.status_code) not in declared):
        raise AssertionError(f"{response.status_code}: {response.text[:300]}")
