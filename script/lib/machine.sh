# What the scripts ask of the machine: who we are, which commands and packages it has, whether an engine answers.
# Sourced by them; does nothing by itself.
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Debian's sudo and su leave these out of a plain user's PATH, and dockerd and iptables live there.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
ENGINE_LOG=/var/log/scs-dockerd.log
DEFAULT_ENGINE=unix:///var/run/docker.sock

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Runs a command as root, by sudo where we are somebody else.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        die "needs root for: $*" "There is no sudo here: run this once as root."
    fi
}

# Installs packages of the distribution; refreshes the package lists once when that fails.
install_packages() {
    has apt-get || die "cannot install $*: there is no apt-get here." \
        "Debian 12 and Ubuntu are set up by this script; elsewhere install them by hand."
    [ "$(id -u)" = 0 ] || has sudo || die "needs root to install: $*" \
        "There is no sudo here. As root: apt-get install --no-install-recommends $*"
    say "Installing $* ..."
    apt_install "$@" >/dev/null && return
    say "Refreshing the package lists ..."
    as_root apt-get -qq update || say "Some package lists could not be refreshed."
    local output
    output=$(apt_install "$@") && return
    say "$output"
    die "apt-get could not install: $*" \
        "Its messages are above. Is there a network, and is the mirror in /etc/apt right?"
}

# What is here stays here: --no-remove.
apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes \
        --no-install-recommends --no-remove "$@" 2>&1 </dev/null
}

# Runs the calling script again as root, which keeps the caller's choice of engine.
continue_as_root() {
    [ "$(id -u)" != 0 ] || return 0
    has sudo || die "needs root: $1." "There is no sudo here: run it as root."
    say "Going on as root: $1."
    shift
    exec sudo --preserve-env=DOCKER_HOST,CI,SCS_TEST_CACHE,SCS_TEST_DATA "$0" "$@"
}

systemd_runs() { [ -d /run/systemd/system ]; }

# Whether an engine answers at an address within five seconds.
engine_answers() {
    "$ROOT/.venv/bin/python" - "$1" 2>/dev/null <<'PYTHON'
import sys

import docker

client = docker.DockerClient(base_url=sys.argv[1], timeout=5)
client.ping()
client.close()
PYTHON
}
