#!/bin/bash
# Directories that are down, hang, talk nonsense or are slow; what is killed
# in a check.  None of it opens anything, or keeps others waiting.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/credential.sh"
. "$(dirname "$0")/ldap.sh"
need
need_ldap
setup
at_end () { ldap_end; }
person alice
person bob
server
directory
sed -i "s|^  ports .*|  ports = {'tcp/22'}\n  require = 'ldap:corp'|" "$ETC/access.conf"
echo "rule web { groups = {'ops'} ports = {'tcp/8022'} }" >> "$ETC/access.conf"
sed -i "s|^protect.*|protect = {'tcp/22', 'tcp/8022'}|" "$ETC/posternd.conf"
# A hundred requests are made before the first of them is sent.
sed -i "s/^max-age.*/max-age = '10m'/" "$ETC/posternd.conf"
NAME="bind-dn = 'uid={user},ou=people,dc=example,dc=org'"
REST="$NAME ca-file = '$LDAP/ca.pem' timeout = '2s'"
section "uri = 'ldaps://ldap.example.org' $REST"
listen 22 8022
enroll alice
enroll bob
server_key
slapd_start good
start
opens alice 'correct horse'
unlocked () { ctl unlock alice >/dev/null 2>&1 || :; }

say "down"
slapd_stop
denied 'no LDAP server could be asked' alice 'correct horse'
told 'the credential could not be checked'
grep -q 'ldaps://ldap.example.org: cannot be reached' "$W/posternd.log" || fail "its line"
for i in 1 2 3 4 5 6; do denied 'no LDAP server could be asked' alice 'correct horse'; done
slapd_start good
opens alice 'correct horse'

say "hung behind the connection, plain and where TLS should begin"
fake hang 3001
for uri in ldap://127.0.0.1:3001 ldaps://ldap.example.org:3001; do
  section "uri = '$uri' $REST"
  [ $uri = ldap://127.0.0.1:3001 ] && what='the credential check got no answer in time' \
    || what='no LDAP server could be asked'
  denied "$what" alice 'correct horse'
  told 'the credential could not be checked'
done
[ -z "$(children_of_vouch)" ] || fail "a check is left: $(children_of_vouch)"

say "nonsense, hanging up, repeating what it heard"
fake garbage 3002
fake drop 3003
fake echo 3004
unlocked
section "uri = 'ldap://127.0.0.1:3002' $REST"
denied 'the credential check got no answer in time' alice 'correct horse'
section "uri = 'ldaps://ldap.example.org:3002' $REST"
denied 'no LDAP server could be asked' alice 'correct horse'
section "uri = 'ldap://127.0.0.1:3003' $REST"
denied 'the credential check got no answer in time' alice 'correct horse'
section "uri = 'ldap://127.0.0.1:3004' $REST"
denied 'wrong password' alice 'correct horse'
grep -q '127.0.0.1:3004: bind: Other' "$W/posternd.log" || fail "its line"
! grep -q 'correct horse' "$W/posternd.log" || fail "the password is in the log"

say "silence behind the password is a failure, five of them lock"
unlocked
section "uri = 'ldap://127.0.0.1:3003' $REST"
for i in 1 2 3 4 5; do
  denied 'the credential check got no answer in time' alice "guess $i"
done
denied 'locked out after too many wrong credentials' alice 'correct horse'
unlocked

say "the next URI is asked, and one that says no is believed"
section "uri = {'ldaps://ldap.example.org:3999', 'ldap://127.0.0.1:3002', 'ldaps://ldap.example.org:3001', 'ldaps://ldap.example.org'} $NAME ca-file = '$LDAP/ca.pem'"
opens alice 'correct horse'
denied 'wrong password' alice 'wrong horse'
fake slow 3005 0
section "uri = {'ldaps://ldap.example.org', 'ldap://127.0.0.1:3005'} $REST"
denied 'wrong password' alice 'wrong horse'
section "uri = {'ldap://127.0.0.1:3005', 'ldaps://ldap.example.org'} $REST"
opens alice 'wrong horse'
unlocked

say "a check has no power"
fake slow 3006 16
section "uri = 'ldap://127.0.0.1:3006' $NAME timeout = '20s'"
# begin NAME [N]: N slow requests of that person, sent by hand.
begin () {
  local i
  for i in $(seq "${2:-1}"); do
    forge "$1" "password: $(printf 'correct horse' | base64)\n"
    send "$W/dgram"
  done
}
begin alice
one () { [ -n "$(children_of_vouch)" ]; }
until_ok one || fail "no check"
until_ok grep -q slow "$W/fake.log" || fail "the fake hears nothing"
C=$(children_of_vouch)
field () { sed -n "s/^$1:[[:space:]]*//p" "/proc/$C/status"; }
[ "$(field CapEff)$(field CapPrm)$(field CapInh)$(field CapAmb)" \
  = "$(printf '0%.0s' $(seq 64))" ] || fail "capabilities: $(field CapEff)"
[ "$(field NoNewPrivs)" = 1 ] || fail "it may get new privileges"
# The sanitizers need system calls of their own, and lock no memory.
sanitized () { grep -q __asan_init "$POSTERN_BIN/vouch-ldap"; }
[ "$(field Seccomp)" = 2 ] || sanitized || fail "no seccomp"
[ "$(field Uid | tr '\t' ' ')" = "$(U=$(id -u _posternvouch); echo $U $U $U $U)" ] || fail "uid"
[ "$(grep -c . "/proc/$C/environ")" = 0 ] || ! tr '\0' '\n' < "/proc/$C/environ" | grep -q LDAPTLS || fail "environment"
[ "$(ls "/proc/$C/fd" | wc -l)" -le 6 ] || fail "descriptors: $(ls -l "/proc/$C/fd")"
[ "$(stat -c %U "/proc/$C/environ")" = root ] || fail "it can be traced"
grep -q '^Max core file size *0 *0' "/proc/$C/limits" || fail "it may leave a core"
# All of it stays out of the swap, where that may be; else the secrets alone.
locked=$(field VmLck | sed 's/ kB//')
if sanitized; then
  :
elif grep -q '^Max locked memory *536870912 ' "/proc/$C/limits"; then
  [ "$locked" -ge "$(field VmRSS | sed 's/ kB//')" ] || fail "only $locked kB are locked"
else
  grep -q 'RLIMIT_MEMLOCK cannot be raised' "$W/posternd.log" \
    || fail "nobody was warned: $locked kB are locked"
  [ "$locked" -ge 32 ] || fail "not even the secrets are locked: $locked kB"
  say "RLIMIT_MEMLOCK cannot be raised here: $locked kB are locked, the secrets alone"
fi

say "it is killed, and so is vouch, in a check"
kill -9 "$C"
audited '"reason": ?"the credential check got no answer in time"'
grep -q "the check by pid $C ended without a verdict" "$W/posternd.log" || fail "its line"
is_shut $S4 22
begin alice
until_ok one || fail "no check"
C=$(children_of_vouch)
V=$(vouch_pid)
kill -9 "$V"
gone () { ! kill -0 "$C" 2>/dev/null; }
until_ok gone || fail "a check lives on without vouch"
another () { [ -n "$(vouch_pid)" ] && [ "$(vouch_pid)" != "$V" ]; }
until_ok another || fail "vouch does not come back"
is_shut $S4 22
section "uri = 'ldaps://ldap.example.org' $REST"
opens alice 'correct horse'

say "a hundred slow ones at once: who needs none does not wait"
fake hang 3007
section "uri = 'ldap://127.0.0.1:3007' $NAME timeout = '60s'"
for i in $(seq 50); do
  for name in alice bob; do
    as $name postern seal open web1 -o "$W/slow.$name.$i" --password-fd 3 3<<<'any' 2>>"$W/err" || fail "seal"
  done
done
: > "$W/fake.log"
# All within the time that the first of them wait.
in_client python3 - $S4 "$W"/slow.* <<'PY'
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for name in sys.argv[2:]:
    sock.sendto(open(name, "rb").read(), (sys.argv[1], 62201))
    time.sleep(0.02)
PY
as bob postern open web1 --no-password tcp/8022 > "$W/out" 2>&1 || fail "web: $(cat "$W/out")"
is_open $S4 8022
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami: $(cat "$W/out")"
status () { ctl status --json | python3 -c "import json,sys
print(json.loads(sys.stdin.readline())$1)"; }
# Two of a person at once, eight more of each wait, the rest is refused.
is () { [ "$(status "$1")" = "$2" ]; }
all_told () { [ "$(counted 'too many credential checks are queued')" = 80 ]; }
until_ok all_told || fail "80 are too many: $(ctl status)"
is "['checks']" 20 || fail "checks: $(ctl status)"
[ "$(children_of_vouch | wc -l)" = 4 ] || fail "two of a person: $(children_of_vouch)"
heard_four () { [ "$(grep -c '^hang' "$W/fake.log")" = 4 ]; }
until_ok heard_four || fail "the fake heard $(grep -c '^hang' "$W/fake.log")"
end_pid $FAKE
until_ok is "['checks']" 0 || fail "checks remain: $(ctl status)"
is_shut $S4 22
! grep -q 'correct horse\|wrong horse' "$W/posternd.log" || fail "a password in the log"
say "ok"
