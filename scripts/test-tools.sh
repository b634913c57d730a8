#!/usr/bin/env bash
# Brings what tests need from PyPI into the cache folder, once for this computer, and prints where it is. Others that
# want the same at the same time wait.
#
#   test-tools.sh singleuser-5    the newest 5.x of JupyterHub's single-user server, with JupyterLab: an environment
#   test-tools.sh singleuser-4    the same of 4.x: an environment
#   test-tools.sh schemathesis    what asks an API by its OpenAPI document (MIT): an environment
#   test-tools.sh rest-api        JupyterHub 6.1.1's OpenAPI document, out of its released sources: a file
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

what=${1:-}
hub=6.1.1
case $what in
singleuser-5) packages=(jupyterhub==5.5.4 jupyterlab==4.6.6) ;;
singleuser-4) packages=(jupyterhub==4.1.6 jupyterlab==4.6.6) ;;
schemathesis) packages=(schemathesis==4.32.5) ;;
rest-api) packages=("jupyterhub==$hub") ;;
*) die "usage: $0 singleuser-5|singleuser-4|schemathesis|rest-api" ;;
esac
# Named after what is in it, so that a newer version comes into a folder of its own.
folder=$cache/test-tools/$what-$(printf '%s\n' "${packages[@]}" | sha256sum | cut -c1-12)
mkdir -p "$cache/test-tools"
exec 9>"$folder.lock"
flock 9

fetch() {
    say "Fetching ${packages[*]} from PyPI"
    rm -rf "$folder"
    python3 -m venv "$folder" >&2 || die "python3 -m venv failed; install Debian's package python3-venv."
    local pip=("$folder/bin/pip" -q --disable-pip-version-check)
    if [ "$what" = rest-api ]; then
        # The installed package does not have the document; its sources do. Their only file of that name is taken.
        "${pip[@]}" download --no-deps --no-binary jupyterhub -d "$folder/sources" "${packages[@]}" >&2 || return 1
        tar -xzOf "$folder/sources/jupyterhub-$hub.tar.gz" "jupyterhub-$hub/docs/source/_static/rest-api.yml" >"$folder/rest-api.yml"
        rm -rf "$folder/sources"
    else
        "${pip[@]}" install "${packages[@]}" >&2
    fi
}
if [ ! -e "$folder/complete" ]; then
    fetch || die "pip could not fetch ${packages[*]}; its own words are above."
    touch "$folder/complete"
fi
if [ "$what" = rest-api ]; then folder=$folder/rest-api.yml; fi
printf '%s\n' "$folder"
