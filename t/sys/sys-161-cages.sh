#!/bin/bash
# What a process could do that somebody took over: unseal, verify, muster, its
# gpg and the agent each try the others' powers from within their cages, and
# fail.  The twin of each try, outside, succeeds: nothing else stood in the
# way.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
server
enroll alice
start
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami: $(cat "$W/out")"

RUN=$ETC/run
listen 2222
for where in "$W/open.sock" @postern-test; do
  ip netns exec "$SERVER" python3 - "$where" <<'PY' &
import os, socket, sys, time
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX)
s.bind(name.replace("@", "\0"))
s.listen(64)
if name[0] == "/":
    os.chmod(name, 0o777)
while True:
    s.accept()
PY
  own $!
done
until_ok in_server grep -q "@postern-test" /proc/net/unix \
  || fail "no abstract socket"
until_ok test -S "$W/open.sock" || fail "no open socket"
cp /usr/bin/true "$W/true"
mkdir -m 777 "$W/all"
chmod 777 "$W/all"

HOME_M=$ETC/state/muster HOME_A=$ETC/state/agent
cage_of () {
  case $1 in
    muster|gpg) echo "$1:$HOME_M" ;;
    agent) echo "agent:$HOME_A" ;;
    *) echo "$1" ;;
  esac
}
cage () {
  local rc=0
  in_server timeout 30 "$POSTERN_BIN/t/sys/tool-cage" "$@" > "$W/cage.out" 2>&1 || rc=$?
  return $rc
}

# refused WHO WORDS...: it fails in that cage.
refused () {
  local who=$1 rc=0
  shift
  cage "$(cage_of "$who")" "$@" || rc=$?
  case $rc in
    1|2) echo "$who $rc $* ($(tail -n 1 "$W/cage.out"))" >> "$W/tried" ;;
    *) fail "$who: $*: $(cat "$W/cage.out")" ;;
  esac
}

# denied CAGES WORDS...: each of them fails in these cages, by an errno or by
# the kernel, and is done outside.
denied () {
  local cages=$1 who
  shift
  cage none "$@" || fail "$*: the twin outside fails: $(cat "$W/cage.out")"
  rm -rf "$W/all/new"
  for who in $cages; do refused "$who" "$@"; done
}
: > "$W/tried"
WORKERS='unseal verify'
GPGS='muster gpg'
ALL_FIVE="$WORKERS $GPGS agent"
child () { pgrep -P "$POSTERND" -x "$1" | head -n 1; }

say "files"
KEY=$(ls "$HOME_A/private-keys-v1.d/"*.key)
for file in "$ETC/posternd.conf" "$ETC/access.conf" "$ETC/server.conf" "$ETC/doors/main.key" \
    "$ETC/state/decide/store.db" "$RUN/posternd.pid" "$RUN/act/grants.db" /etc/shadow "$W/alice.pgp"; do
  for how in read write; do denied "$ALL_FIVE" $how "$file"; done
done
for how in read write; do
  denied "$WORKERS $GPGS" $how "$KEY"
  denied "$WORKERS agent" $how "$HOME_M/pubring.kbx"
done
denied "$GPGS" write "$HOME_M/pubring.kbx"
denied "$GPGS" create "$HOME_M/pubring.kbx.lock"
rm -f "$HOME_M/pubring.kbx.lock"
denied "$WORKERS" read /etc/passwd
denied "$ALL_FIVE" write /etc/passwd
denied "$ALL_FIVE" create "$W/all/new"
denied "$ALL_FIVE" list "$RUN/agent"
denied "$ALL_FIVE" list "$RUN/decide"
denied "$ALL_FIVE" list "$ETC/doors"
denied "$WORKERS agent" list /proc
denied "$WORKERS $GPGS" list "$HOME_A"

say "other processes"
for who in capture decide act verify unseal gpg-agent; do
  pid=$(child $who)
  case $who in
    verify) cages="unseal $GPGS agent" ;;
    unseal) cages="verify $GPGS agent" ;;
    gpg-agent) cages="$WORKERS $GPGS" ;;
    *) cages=$ALL_FIVE ;;
  esac
  for how in signal tgkill trace memory; do denied "$cages" $how "$pid"; done
  denied "$cages" read "/proc/$pid/environ"
  denied "$cages" list "/proc/$pid/fd"
done
for how in signal tgkill trace memory; do denied "$ALL_FIVE" $how "$POSTERND"; done

say "sockets and the network"
for family in unix inet inet6 netlink packet raw; do
  denied "$ALL_FIVE" socket $family
done
for path in "$RUN/agent/S.gpg-agent" "$RUN/agent/S.gpg-agent.extra" "$RUN/control" \
    "$W/open.sock" @postern-test; do
  denied "$ALL_FIVE" connect "$path"
done
# No name leads to the agent from the folder where others would look for it.
[ -z "$(find "$HOME_A" "$HOME_M" -type s)" ] || fail "a socket in a home"
denied "$ALL_FIVE" tcp 127.0.0.1 2222
denied "$ALL_FIVE" udp $C4 62201

say "programs, users, the kernel"
denied "$WORKERS agent" exec /usr/bin/true
denied "$GPGS" exec "$W/true"
denied "$WORKERS agent" fork
denied "$ALL_FIVE" root
denied "$ALL_FIVE" session
denied "$ALL_FIVE" mount "$W/all"
for what in user net mount; do denied "$ALL_FIVE" unshare $what; done
denied "$ALL_FIVE" clone-user
denied "$ALL_FIVE" memfd
for what in bpf perf io_uring keyctl; do denied "$ALL_FIVE" kernel $what; done

say "the snapshot"
for power in overwrite truncate map protect reopen; do
  cage none open $power || fail "$power: what is not sealed: $(cat "$W/cage.out")"
  for given in sealed kept; do
    for who in none $ALL_FIVE; do refused $who $given $power; done
  done
done

say "commands to the agent"
GRIP=$(basename "$KEY" .key)
EXTRA="at $RUN/agent/S.gpg-agent.extra" FULL="at $RUN/agent/S.gpg-agent"
# What unseal needs it has, and nothing else: by the same connection, as root,
# it is forbidden too, and by the full socket it is not.
for command in "SETKEY $GRIP" "HAVEKEY $GRIP" PKDECRYPT; do
  cage unseal $EXTRA command "$command" || fail "$command: $(cat "$W/cage.out")"
done
# GnuPG 2.4 lets everybody ask for the number of a card, for which there is no
# scdaemon, for the names of keys, and for a passphrase, for which it could start
# no pinentry.
version=$(gpg-agent --version | sed -n '1s/.* //p')
for command in RELOADAGENT "SCD APDU 00" "SCD PASSWD 1" "LEARN --send" \
    "EXPORT_KEY --openpgp $GRIP" "KEYWRAP_KEY --export" "KEYWRAP_KEY --import" IMPORT_KEY \
    GENKEY "DELETE_KEY --force 0000" "READKEY $GRIP" "KEYINFO --list" "KEYINFO $GRIP" \
    "PRESET_PASSPHRASE $GRIP -1 41" "GET_PASSPHRASE x x x x" "CLEAR_PASSPHRASE x" \
    "GET_CONFIRMATION x" "PASSWD x" "OPTION ttyname=/dev/tty" "OPTION putenv=X=y" \
    "OPTION allow-pinentry-notify" "LISTTRUSTED" "MARKTRUSTED x P x" "KEYTOCARD x x x x" \
    "GETVAL x" "PUTVAL x y" "UPDATESTARTUPTTY" "GETINFO pid" "GETINFO socket_name" \
    KILLAGENT; do
  case $version:$command in
    2.2.*) ;;
    *:KEYINFO*|*:GET_PASSPHRASE*) continue ;;
  esac
  refused none $EXTRA command "$command"
  refused unseal $EXTRA command "$command"
  cage none $FULL command "$command" || fail "$command: not by the full socket: $(cat "$W/cage.out")"
done
until_ok as alice postern whoami web1 --timeout 3s || fail "no answer in the end"

awk '{ n[$1 " " $2]++ } END { for (k in n) print k, n[k] }' "$W/tried" | sort
say ok
