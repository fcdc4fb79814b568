#!/bin/bash
# Somebody logs in as the user of muster, as by su: then there is a folder
# below /run/user in which gpg looks for its agent.  The service goes on, be
# the folder there at the start or later.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need nsenter
setup
person alice
server
listen 22
enroll alice
# An own /run/user, which the machine need not have.
mkdir "$W/run-user"
cat > "$W/log-in" <<END
#!/bin/sh -e
user=\$(id -u _posternmuster) group=\$(id -g _posternmuster)
mkdir -m 700 /run/user/\$user
chown \$user:\$group /run/user/\$user
setpriv --reuid \$user --regid \$group --clear-groups \\
  gpgconf --homedir '$ETC/state/muster' --list-dirs agent-socket
END
chmod 755 "$W/log-in"
begin () {
  local before
  : >> "$W/posternd.log"
  before=$(grep -c 'posternd: ready' "$W/posternd.log" || :)
  ip netns exec "$SERVER" sh -c "mkdir -p /run/user && mount --bind '$W/run-user' /run/user \
    && $1 && exec posternd --config '$ETC'" >>"$W/posternd.log" 2>&1 &
  POSTERND=$!
  own $POSTERND
  until_ok more_ready "$before" || fail "posternd does not start"
}
opens () {
  as alice postern open web1 > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
  is_shut $S4 22
  say "$1: opens"
}

begin true
opens "without a login"
nsenter -t "$POSTERND" -m "$W/log-in" > "$W/socket" || fail "no login"
grep -q '^/run/user/' "$W/socket" || fail "gpg stays at $(cat "$W/socket")"
opens "a login while it runs"
stop
rm -rf "$W"/run-user/*
begin "'$W/log-in'"
opens "a login before the start"
say "ok"
