"""Shell programs that run in builds; what a manifest says reaches them as arguments or files only."""

from __future__ import annotations

PUPPET_FOLDER = "/.scs-puppet"
"""Where a build keeps modules, manifest and state of Puppet; gone when the step is done."""

_PREPARE = r"""
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
if ! command -v apt-get >/dev/null; then
    echo 'this image has no apt-get: this step needs a base of the Debian family'
    exit 127
fi
get() {
    apt-get -q -y -o Acquire::Retries=3 -o APT::Update::Error-Mode=any -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}
# Packages must not start their services while an image is built.
policy=/usr/sbin/policy-rc.d
if [ -e "$policy" ]; then
    policy=
else
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
"""

_CLEAN = r"""
[ -z "$policy" ] || rm -f "$policy"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old \
    /var/cache/ldconfig/aux-cache /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log \
    /var/log/bootstrap.log
"""

PACKAGES = f"""{_PREPARE}
get update
get install --no-install-recommends -- "$@"
{_CLEAN}""".strip()
"""Installs the packages that its arguments name."""

_APPLY = r"""
cd "$work"
# Facts of clouds ask the network.
printf 'facts : { blocklist : [ "EC2", "GCE" ] }\n' >facter.conf
mkdir -p /etc/puppetlabs/facter
[ -e /etc/puppetlabs/facter/facter.conf ] || cp facter.conf /etc/puppetlabs/facter/
code=0
puppet apply --detailed-exitcodes --write-catalog-summary --color=false --certname=scs.build \
    --modulepath="$work/modules:/usr/share/puppet/modules" --confdir="$work/conf" --codedir="$work/code" \
    --vardir="$work/var" --logdir="$work/log" --rundir="$work/run" --publicdir="$work/public" \
    "$work/site.pp" || code=$?
case $code in
0 | 2) ;;
*) exit "$code" ;;
esac
"""

_PURGE = r"""
# What the manifest asks for stays, also when it came as a part of Puppet.
sed -n 's/^package\[\(.*\)\]$/\1/p' var/state/resources.txt | sort -u >managed
installed >after
comm -13 before with-puppet >brought
comm -12 brought managed >wanted
comm -23 after brought >kept
# Nothing that Puppet did not bring may go, so for the moment all of it counts as asked for.
apt-mark showauto | sort | comm -12 - kept >lent
cat kept wanted | xargs -r apt-mark manual >/dev/null
comm -23 brought wanted | xargs -r apt-mark auto >/dev/null
get -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false \
    autoremove --purge
xargs -r apt-mark auto <lent >/dev/null
hash -r
if ! command -v puppet >/dev/null; then
    for folder in $new; do rm -rf "$folder"; done
    if [ -z "$user" ] && ! grep -qx 'user\[puppet\]' var/state/resources.txt; then
        # An override for a user that is gone would make dpkg fail for ever.
        { dpkg-statoverride --list || :; } | while read -r owner group _ path; do
            case "$owner:$group" in
            puppet:* | *:puppet) dpkg-statoverride --remove "$path" ;;
            esac
        done
        userdel puppet 2>/dev/null || :
        groupdel puppet 2>/dev/null || :
    fi
fi
cd /
rm -rf "$work"
"""

PUPPET = f"""{_PREPARE}
work={PUPPET_FOLDER}
installed() {{ {{ apt-mark showauto; apt-mark showmanual; }} | sort; }}
installed >$work/before
user=$(getent passwd puppet || :)
new=
for folder in /etc/puppet /etc/puppetlabs /var/lib/puppet /var/cache/puppet /var/log/puppet; do
    [ -e "$folder" ] || new="$new $folder"
done
get update
package=puppet-agent
apt-cache show $package >/dev/null 2>&1 || package=puppet
get install --no-install-recommends $package
installed >$work/with-puppet
{_APPLY}{_PURGE}{_CLEAN}""".strip()
"""Installs Puppet, applies `site.pp`, and takes away again what came with Puppet and nothing else needs."""
