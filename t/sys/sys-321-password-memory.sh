#!/bin/bash
# The password is gone from the client's memory before it waits for a reply,
# and never was in an argument or in the environment.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
scan () { python3 "$srcdir/t/sys/scan-memory.py" "$W/marker" "$@"; }
# This script itself never has it in a variable.
head -c 24 /dev/urandom | base64 -w 0 > "$W/marker"
echo >> "$W/marker"

# A signing key with a passphrase of its own: while the agent asks for it,
# postern has the password and has not yet sealed it.
mkdir -p -m 700 "$W/alice/gnupg" "$W/alice/config"
mkdir "$W/pinentry"
export FAKE_PINENTRY=$W/pinentry
echo "pinentry-program $srcdir/t/sys/fake-pinentry.py" > "$W/alice/gnupg/gpg-agent.conf"
echo passphrase > "$W/passphrase"
GNUPGHOME=$W/alice/gnupg gpg --batch --quiet --pinentry-mode loopback \
  --passphrase-file "$W/passphrase" \
  --quick-generate-key "alice <alice@example.org>" future-default default never 2>>"$W/gpg.log"
GNUPGHOME=$W/alice/gnupg gpg --batch --export alice > "$W/alice.pgp"
printf 'pin passphrase' > "$W/pinentry/answer"
server
enroll alice
HOSTS=$W/alice/config/postern/hosts.d/web1.conf
echo "credential = 'crypt'" >> "$HOSTS"

# Takes datagrams and never answers; each is a file.
ip netns exec "$SERVER" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 62201))
print("ready", flush=True)
while True:
    data = s.recv(2048)
    with open(sys.argv[1], "wb") as f:
        f.write(data)
' "$W/dgram" > "$W/sink.out" 2>>"$W/sink.log" &
own $!
until_ok grep -q ready "$W/sink.out" || fail "no listener"

# begin ARGUMENTS...: postern open, in the background, as $P.
begin () {
  rm -f "$W/dgram"
  ip netns exec "$CLIENT" env GNUPGHOME="$W/alice/gnupg" HOME="$W/alice" \
    XDG_CONFIG_HOME="$W/alice/config" postern open web1 --timeout 600s "$@" \
    2>>"$W/open.log" >>"$W/open.log" &
  P=$!
  own $P
}
sent () { until_ok [ -s "$W/dgram" ] || fail "nothing was sent"; }
gone () {
  scan memory $P > "$W/found" || fail "$1: still in memory: $(cat "$W/found")"
  scan processes > "$W/found" || fail "$1: to be seen by all: $(cat "$W/found")"
  end_pid $P
  say "$1: gone"
}

say "while it is signed: in locked memory alone"
GNUPGHOME=$W/alice/gnupg gpgconf --kill gpg-agent
rm "$W/pinentry/answer"
mkfifo "$W/pinentry/answer"
: > "$W/pinentry/log"
begin --password-fd 3 3< "$W/marker"
until_ok grep -q GETPIN "$W/pinentry/log" || fail "the agent does not ask"
! scan memory $P > "$W/found" || fail "the scan finds nothing where it must"
[ "$(cut -d' ' -f2- "$W/found" | sort -u | wc -l)" = 1 ] || fail "in two places: $(cat "$W/found")"
# Under the sanitizers mlock does nothing.
at=$(sed 's/.* //' "$W/found" | head -n 1)
awk -v at="$at" '$1 ~ "^0*" at "-" { on = 1 } on && /^VmFlags/ { print; exit }' \
  "/proc/$P/smaps" | grep -qw lo || grep -q __asan_init "$POSTERN_BIN/postern" \
  || fail "that memory is not locked"
grep -q '^Max core file size *0 *0 ' "/proc/$P/limits" || fail "it could leave a core"
scan processes > "$W/found" || fail "to be seen by all: $(cat "$W/found")"
[ ! -e "$W/dgram" ] || fail "sent before it was signed"
timeout 180 sh -c "printf 'pin passphrase' > '$W/pinentry/answer'" || fail "nobody asks"
sent
gone "by descriptor"
rm "$W/pinentry/answer"

{ printf 'pin '; head -n 1 "$W/marker" | tr -d '\n'; } > "$W/pinentry/answer"
begin
sent
gone "by pinentry"

echo "host web1 { password-command = {'cat', '$W/marker'} }" >> "$W/alice/config/postern/hosts.conf"
begin
sent
gone "by command"
say "ok"
