#!/bin/bash
# Who is revoked is out at once: what they opened ends, the next request is
# refused with its reason, others do not notice; with and without posternd.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
person carol
server
sed -i "s|^  max-time.*|  max-time = '10m'|" "$ETC/access.conf"
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
listen 22
enroll alice
enroll bob
enroll carol
start
opens () { as "$1" postern open web1 tcp/22 --source "$2" --for 5m > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"; }
from () { connects $S4 22 "$1"; }

opens alice $C4
opens bob $C4B
from $C4 || fail "not open for alice"
from $C4B || fail "not open for bob"
as alice postern seal open web1 tcp/22 --source $C4 -o "$W/sealed" || fail "seal"

keys revoke alice --why 'left the team' 2> "$W/err" || fail "revoke: $(cat "$W/err")"
grep -q '1 grant of alice ended' "$W/err" || fail "not said: $(cat "$W/err")"
from $C4 && fail "alice's grant lives on"
from $C4B || fail "bob's grant ended"
[ ! -e "$ETC/users.d/alice.conf" ] || fail "the file is there"
keys export | gpg --homedir "$W" --show-keys --with-colons 2>/dev/null | grep -q "$(fpr_of alice)" && fail "her key is there"
audited '"reason": ?"the person was revoked","user": ?"alice".*left the team; grants closed: 1'

# What was sealed before, and what she makes now, is refused.
send "$W/sealed"
audited 'signed by an unknown key'
from $C4 && fail "what was sealed before opens"
as alice postern open web1 --source $C4 --timeout 2s > "$W/out" 2>&1 && fail "alice opens"
from $C4 && fail "open for alice"
opens bob $C4B
# Her history stays under her name, and she is a stranger to the verbs.
ctl audit --json --user alice --result done | grep -q '"action":"open"' || fail "her history is gone"
rc=0
keys revoke alice > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 67 ] && grep -q 'nobody of this name' "$W/err" || fail "exit $rc: $(cat "$W/err")"
for bad in '' "$(printf 'x%.0s' $(seq 200))" "$(printf 'two\nlines')" "$(printf '\033[31m')"; do
  rc=0
  keys revoke bob --why "$bad" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 64 ] || fail "exit $rc for a reason that is none: $(cat "$W/err")"
done
from $C4B || fail "a wrong command ended bob's grant"
say "revoked: at once, and nobody else"

# Even before that is done posternd refuses them: the first thing that it is
# told.  Others do not notice, and a reload reads the roster again.
enroll alice
opens alice $C4
C=$(fpr_of carol)
for who in "alice $C" "nobody $(fpr_of alice)"; do
  gpg-connect-agent -S "$ETC/run/control" "BAR --user=${who% *} --fpr=${who#* }" /bye > "$W/out" 2>&1 || :
  grep -q '^ERR ' "$W/out" || fail "BAR $who: $(cat "$W/out")"
done
gpg-connect-agent -S "$ETC/run/control" "BAR --user=alice --fpr=$(fpr_of alice)" /bye > "$W/out" 2>&1 || :
grep -q '^OK' "$W/out" || fail "BAR: $(cat "$W/out")"
as alice postern open web1 tcp/22 --source $C4 > "$W/out" 2>&1 && fail "alice opens although she is barred"
audited '"result":"refused".*access has ended.*"user":"alice"'
opens bob $C4B
ctl reload
opens alice $C4
keys revoke alice 2> "$W/err" || fail "revoke: $(cat "$W/err")"
say "barred: refused at once, until a reload"

# Where the file cannot be taken away the person is out all the same.
cp "$ETC/access.conf" "$W/access.conf"
enroll alice
opens alice $C4
chattr +i "$ETC/users.d/alice.conf" 2>/dev/null && {
  keys revoke alice 2> "$W/err" && fail "the file cannot go, and nothing is said"
  grep -q 'alice.conf' "$W/err" || fail "which file? $(cat "$W/err")"
  chattr -i "$ETC/users.d/alice.conf"
  from $C4 && fail "alice's grant lives on"
  as alice postern open web1 --source $C4 --timeout 2s > "$W/out" 2>&1 && fail "alice opens"
  opens bob $C4B
}
keys revoke alice 2>/dev/null || fail "revoke again"
audited '"reason": ?"the person was revoked","user": ?"alice"'

# A password goes too, and not that of a name which another one shares.
sed -i "s|^user bob {|&\n  logins = {'duty'}|" "$ETC/users.d/bob.conf"
ctl reload >/dev/null || fail "reload"
for name in bob duty carol; do
  echo secret | keys passwd $name --fd 0 2> "$W/err" || fail "passwd $name: $(cat "$W/err")"
done
enroll alice
echo secret | keys passwd alice --fd 0 2>/dev/null || fail "passwd alice"
sed -i "s|^user alice {|&\n  logins = {'duty'}|" "$ETC/users.d/alice.conf"
keys revoke alice 2> "$W/err" || fail "revoke: $(cat "$W/err")"
[ "$(cut -d: -f1 "$ETC/passwd" | tr '\n' ' ')" = "bob duty carol " ] || fail "passwords: $(cat "$ETC/passwd")"
[ "$(stat -c %a "$ETC/passwd")" = 600 ] || fail "mode of passwd"

# Who stands in a file with others is taken out by hand.
cat "$ETC/users.d/carol.conf" >> "$ETC/access.conf"
rm "$ETC/users.d/carol.conf"
keys revoke carol 2> "$W/err" && fail "carol stands in access.conf"
grep -q 'access.conf, which others share' "$W/err" || fail "$(cat "$W/err")"
cp "$W/access.conf" "$ETC/access.conf"
opens carol $C4
ctl reload >/dev/null || fail "reload"
audited 'the configuration no longer allows what was open'
from $C4 && fail "carol's grant outlives her"
from $C4B || fail "bob's grant ended with carol's"
say "taken out by hand: the reload ends what was open"

# With no posternd about: its next start ends what is open.
stop
from $C4B || fail "bob's grant ended with posternd"
keys revoke bob --why 'no posternd' 2> "$W/err" || fail "revoke: $(cat "$W/err")"
grep -q 'no posternd runs' "$W/err" || fail "not said: $(cat "$W/err")"
[ "$(cut -d: -f1 "$ETC/passwd")" = carol ] || fail "passwords: $(cat "$ETC/passwd")"
[ "$(stat -c %U "$ETC/state/decide/store.db")" = _postern ] || fail "the store changed hands"
start
from $C4B && fail "bob's grant lives on"
[ -z "$(grant_lines)" ] || fail "grants: $(ctl grants)"
audited '"reason": ?"the person was revoked".*no posternd'
as bob postern open web1 --source $C4B --timeout 2s > "$W/out" 2>&1 && fail "bob opens"
audited 'signed by an unknown key'
# The near twin: a restart alone ends nothing.
enroll alice
opens alice $C4
stop
start
from $C4 || fail "a restart ended a grant"
# Who was taken out by hand left a password: whoever gets the name next has
# none by it.
grep -q '^carol:' "$ETC/passwd" || fail "passwords: $(cat "$ETC/passwd")"
enroll carol
grep -q '^carol:' "$ETC/passwd" && fail "an inherited password"
say "ok"
