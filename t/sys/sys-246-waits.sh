#!/bin/bash
# What postern waits for is told, or is not waited for: a lock of gpg's, a
# name server, a firewall on this machine; and what is wrong here is named: no
# gpg, an empty keyring, TMPDIR, a key that nobody can unlock, --fpr.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 setsid unshare
setup
at_end () { rm -rf "/etc/netns/$CLIENT"; }
person alice
server
enroll alice
A=$(fpr_of alice)
HOME_A=$W/alice/gnupg CONF=$W/alice/config/postern/hosts.d/web1.conf
# told STATUS PATTERN COMMAND...: one line that says it.
told () {
  local status=$1 pattern=$2 rc=0
  shift 2
  as alice setsid -w timeout 300 "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = "$status" ] || fail "$*: exit $rc, not $status: $(cat "$W/out")"
  [ "$(wc -l < "$W/out")" = 1 ] || fail "$*: not one line: $(cat "$W/out")"
  grep -q -- "$pattern" "$W/out" || fail "$*: not '$pattern': $(cat "$W/out")"
}
makes () {
  as alice postern seal open web1 -o "$W/dgram" > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"
  [ ! -s "$W/out" ] || fail "$1: $(cat "$W/out")"
}
agent_off () { GNUPGHOME=$HOME_A gpgconf --kill all; until_ok sh -c "! [ -S '$(GNUPGHOME=$HOME_A gpgconf --list-dirs agent-socket)' ]" || :; }

told 64 "join: --fpr '0000' is not a fingerprint" postern join "$W/alice.invite" --fpr 0000
told 77 "join: REFUSED: the server's key is" postern join "$W/alice.invite" --fpr "$A"
told 66 "no folder can be created in '/nonexistent': .*TMPDIR" env TMPDIR=/nonexistent postern join "$W/alice.invite"
mkdir -m 700 "$W/empty"
told 67 "the keyring in '$W/empty' is empty; is GNUPGHOME" env GNUPGHOME="$W/empty" postern join "$W/alice.invite"
: > "$W/no-program"
for verb in 'open web1' "join $W/alice.invite"; do
  told 69 "'.*/gpg' cannot be run: .*install GnuPG" unshare -m sh -c \
    'mount --bind "$1" "$(readlink -f "$(command -v gpg)")" && shift && exec postern "$@"' sh "$W/no-program" $verb
done
makes "near twin"
say "what is wrong is named"

# Nobody may start an agent, where gpg.conf says so.
agent_off
echo no-autostart > "$HOME_A/gpg.conf"
told 69 "gpg-agent does not run .*no-autostart" postern open web1
[ ! -S "$(GNUPGHOME=$HOME_A gpgconf --list-dirs agent-socket)" ] || fail "an agent was started"
echo '# no-autostart' > "$HOME_A/gpg.conf"
makes "an agent is started"
rm "$HOME_A/gpg.conf"
say "no-autostart"

# An agent is being started, says a lock, by a process that lives, or on a
# host that is another.
LOCK=$HOME_A/gnupg_spawn_agent_sentinel.lock
locked () {
  local rc=0
  agent_off
  printf '%10d\n%s\n' $$ "$1" > "$LOCK"
  ip netns exec "$CLIENT" env GNUPGHOME="$HOME_A" HOME="$W/alice" XDG_CONFIG_HOME="$W/alice/config" postern seal open web1 -o "$W/dgram" > "$W/lock.out" 2>&1 &
  waiting=$!
  own $waiting
  until_ok grep -q "gpg waits for the lock '$LOCK', held by process $$$2" "$W/lock.out" || fail "$1: $(cat "$W/lock.out")"
}
locked "$(uname -n)" "; see 'ps $$'"
end_pid $waiting
locked elsewhere " on elsewhere; if none of yours runs there"
rm -f "$LOCK"
wait $waiting || fail "unlocked: $(cat "$W/lock.out")"
makes "no lock"
say "locks"

# A key with a passphrase, and nobody there to be asked.
GNUPGHOME=$HOME_A gpg --batch --quiet --pinentry-mode loopback --passphrase 'correct horse' \
  --change-passphrase alice 2>>"$W/gpg.log" || fail "no passphrase"
echo "pinentry-program /nonexistent" > "$HOME_A/gpg-agent.conf"
agent_off
told 66 "there is no terminal here; unlock the key first" postern open web1
told 66 "export GPG_TTY=" env GPG_TTY=/dev/pts/0 postern open web1
GNUPGHOME=$HOME_A gpg --batch --quiet --pinentry-mode loopback --passphrase 'correct horse' --export-secret-keys alice > "$W/sec" || fail "export"
printf 'allow-preset-passphrase\n' > "$HOME_A/gpg-agent.conf"
agent_off
GNUPGHOME=$HOME_A gpg --batch --quiet --pinentry-mode loopback --passphrase 'correct horse' -o "$W/signed" --sign "$W/sec" \
  || fail "unlock"
makes "unlocked before"
say "a key that is locked"

# This machine lets nothing out: at once, not after 60 seconds.
in_client nft -f - <<EOF
table inet out { chain o { type filter hook output priority 0; udp dport 62201 drop; }; }
EOF
before=$SECONDS
rc=0
as alice postern open web1 --timeout 600s > "$W/out" 2>&1 || rc=$?
[ $rc = 69 ] && grep -q "web1: not sent: a firewall on this machine forbids it" "$W/out" || fail "$rc: $(cat "$W/out")"
[ $((SECONDS - before)) -lt 300 ] || fail "it was waited for"
in_client nft delete table inet out
say "a firewall here"

# A name server that is dead costs --timeout, and an address nothing.
in_server nft -f - <<EOF
table inet dns { chain i { type filter hook input priority 0; udp dport 53 drop; tcp dport 53 drop; }; }
EOF
mkdir -p "/etc/netns/$CLIENT"
printf 'nameserver %s\noptions timeout:100 attempts:5\n' $S4 > "/etc/netns/$CLIENT/resolv.conf"
sed -i "s/'$S4'/'web1.example.org'/" "$CONF"
before=$SECONDS
for verb in open connect; do
  port=
  [ $verb = open ] || port=22
  told 68 "$verb: web1.example.org: the name server does not answer" postern $verb web1 $port --timeout 1s
done
[ $((SECONDS - before)) -lt 100 ] || fail "the name server was waited for"
sed -i "s/'web1.example.org'/'web1.example.org', '$S4'/" "$CONF"
start
as alice postern open web1 --timeout 90s > "$W/out" 2>&1 || fail "an address beside it: $(cat "$W/out")"
say "ok"
