#!/usr/bin/env python3
"""Checks the licences of everything that Labdeck is built from, offline.

Rust packages are read from `cargo metadata`, those of the pages from `ui/package-lock.json`. The lists of what is
allowed stand in `deny.toml`, once, for this script and for cargo-deny.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def parse_allowed() -> tuple[set[str], dict[str, set[str]]]:
    """The licences allowed everywhere, and those allowed for one package."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]
    exceptions = {rule["crate"]: set(rule["allow"]) for rule in rules.get("exceptions", [])}
    return set(rules["allow"]), exceptions


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be met with these licences. `/` is the old way to write OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either() -> bool:
        met = both()
        while tokens and tokens[0].upper() == "OR":
            tokens.pop(0)
            met = both() or met
        return met

    def both() -> bool:
        met = one()
        while tokens and tokens[0].upper() == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one() -> bool:
        if not tokens:
            return False
        token = tokens.pop(0)
        if token == "(":
            met = either()
            if tokens:
                tokens.pop(0)
            return met
        if len(tokens) > 1 and tokens[0].upper() == "WITH":
            token = f"{token} WITH {tokens[1]}"
            del tokens[:2]
        return token in allowed

    return either() and not tokens


def rust_packages() -> list[tuple[str, str]]:
    answer = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    return [(p["name"], p["license"] or "none") for p in json.loads(answer.stdout)["packages"]]


def page_packages() -> list[tuple[str, str]]:
    lock = ROOT / "ui" / "package-lock.json"
    packages = json.loads(lock.read_text())["packages"] if lock.exists() else {}
    found = []
    for path, package in packages.items():
        if path:
            found.append((path.rpartition("node_modules/")[2], str(package.get("license", "none"))))
    return found


def main() -> int:
    allowed, exceptions = parse_allowed()
    packages = rust_packages() + page_packages()
    bad = [
        f"  {name}: {licence}"
        for name, licence in packages
        if not is_allowed(licence, allowed | exceptions.get(name, set()))
    ]
    if bad:
        print(f"{len(bad)} packages have a licence that deny.toml does not allow:", *sorted(set(bad)), sep="\n")
        return 1
    print(f"{len(packages)} packages, all under licences that deny.toml allows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
