#!/bin/bash
# What an approver is shown: all that was signed, and an asker's words that
# look like nothing else.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
sed -i '/^rule ssh/,/^}/d' "$ETC/access.conf"
cat >> "$ETC/access.conf" <<END
rule ssh { groups = {'ops'} ports = {'tcp/22'} approvals = 1 approvers = {'ops'} }
command say { groups = {'ops'} argv = {'/bin/echo', '{v}'} arg v { match = '.*' }
  run-as = 'nobody' approvals = 1 approvers = {'ops'} }
END
enroll alice
enroll bob
start

# asks VERB...: alice's; it waits, and its short id is kept in $id.
asks () {
  local rc=0
  as alice postern "$@" > "$W/out" 2>&1 || rc=$?
  id=$(sed -n 's/.*waits for .* as \([0-9a-f]\{8\}\).*/\1/p' "$W/out")
  [ $rc = 75 ] && [ -n "$id" ] || fail "$*: $rc: $(cat "$W/out")"
}
# Bob looks at it, and does not approve.
looks () {
  local rc=0
  answering n as bob -- postern approve web1 "$id" > "$W/tty.out" || rc=$?
  [ $rc = 77 ] || fail "approve: $rc: $(cat "$W/tty.out")"
  tr -d '\r' < "$W/tty.out" > "$W/shown"
}
shows () { grep -q "^  $1\$" "$W/shown" || fail "'$1' is not shown: $(cat "$W/shown")"; }
shows_no () { ! grep -q "^  $1 " "$W/shown" || fail "'$1' is shown: $(cat "$W/shown")"; }

asks open web1 --for 45s --once --bind 4711 --user alice --reason "it is on fire"
looks
shows 'signed  *20..-..-.. ..:..:..'
shows 'host  *web1'
shows 'action  *open'
shows 'user  *alice'
shows "source  *$C4"
shows 'ports  *tcp/22'
shows 'bind  *4711'
shows 'once  *yes'
shows 'for  *45 s'
shows 'reason  *it is on fire'
shows "id  *$id[0-9a-f]*"
as alice postern deny web1 "$id" >/dev/null 2>&1 || fail "deny"
# Its near twin, with the address left to the server.
asks open web1 --source observed
looks
shows 'source  *observed.*'
for line in user bind once for reason emergency; do shows_no $line; done
as alice postern deny web1 "$id" >/dev/null 2>&1 || fail "deny"
# For another server as well.
text_of_request "s/web1=$SFPR/web1=$SFPR,db1=$(fpr_of bob)/; s/^source: .*/source: $C4/" > "$W/t"
server_key
gpg_as alice --no-options --compress-algo none -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
send_message "$W/m"
waits () { id=$(ctl pending | sed -n '1s/^\([0-9a-f]\{8\}\) .*/\1/p'); [ -n "$id" ]; }
until_ok waits || fail "the request for two servers does not wait"
looks
shows 'host  *web1'
shows 'host  *db1 (another server)'
as alice postern deny web1 "$id" >/dev/null 2>&1 || { ctl deny "$id" >/dev/null || fail "deny"; }
say "all that was signed is shown"

# Padding draws no line of its own, in either list or in what is approved.
asks run web1 say "v=nginx$(printf '%*s' 120 '')0badc0de  bob         open tcp/22  (1 of 1 approvals, until 10:00:00)"
as bob postern pending web1 > "$W/mine" 2>&1 || fail "pending: $(cat "$W/mine")"
ctl pending > "$W/theirs" || fail "posternctl pending"
looks
for list in mine theirs shown; do
  [ "$(wc -L < "$W/$list")" -lt 80 ] || fail "$list is broken by the terminal: $(cat "$W/$list")"
  tr -d ' \n' < "$W/$list" | grep -q 0badc0debob || fail "$list does not show all: $(cat "$W/$list")"
done
for list in mine theirs; do
  [ "$(grep -c '^[0-9a-f]\{8\} ' "$W/$list")" = 1 ] || fail "a false line: $(cat "$W/$list")"
done
as alice postern deny web1 "$id" >/dev/null 2>&1 || fail "deny"
say "padding draws no false line"

# What is not shown is not asked: by this client, and by no other.
zero=$(printf '\342\200\213')
rc=0
as alice postern open web1 --reason "on${zero}fire" > "$W/out" 2>&1 || rc=$?
[ $rc = 64 ] || fail "a reason with a hidden character: $rc: $(cat "$W/out")"
rc=0
as alice postern run web1 say "v=on${zero}fire" > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] && grep -q 'control or hidden' "$W/out" || fail "an argument: $rc: $(cat "$W/out")"
by_hand () { # SED-SCRIPT
  text_of_request "$1" > "$W/t"
  rm -f "$W/m"
  gpg_as alice --no-options --compress-algo none -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
  send_message "$W/m"
}
refused_for 'the text is not a request' by_hand '$a\reason: on%E2%80%8Bfire'
by_hand '$a\reason: on%20f\xc3\xaere'
until_ok waits || fail "the near twin does not wait"
ctl deny "$id" >/dev/null || fail "deny"
# JSON is ASCII.
asks run web1 say "v=f$(printf '\303\256')re"
as bob postern pending web1 --json > "$W/mine" || fail "pending --json"
ctl pending --json > "$W/theirs" || fail "posternctl pending --json"
ctl audit --json --last 3 > "$W/audit" || fail "audit --json"
for list in mine theirs audit; do
  ! grep -q '[^ -~]' "$W/$list" || fail "$list is not ASCII: $(cat "$W/$list")"
  grep -q 'f\\u00[eE][eE]re' "$W/$list" || fail "$list says something else: $(cat "$W/$list")"
done
say "ok"
