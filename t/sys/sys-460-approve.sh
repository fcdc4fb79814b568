#!/bin/bash
# The two-person rule, with real keys of six people.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
person carol
person op4
person op5
person op6
server
listen 22
sed -i '/^rule ssh/,/^}/d' "$ETC/access.conf"
cat >> "$ETC/access.conf" <<END
rule ssh { groups = {'ops'} ports = {'tcp/22'} approvals = 1 approvers = {'ops'} }
rule night { groups = {'ops'} ports = {'tcp/99'} approvals = 1 approvers = {'sec'} emergency = true }
command count { groups = {'ops'} argv = {'/bin/sh', '-c', 'echo ran >> $W/ran; echo "told: \$1"', 'sh', '{v}'}
  arg v { match = '[a-z]+' } run-as = 'root' approvals = 2 approvers = {'ops'} }
command both { groups = {'ops'} argv = {'/bin/sh', '-c', 'echo both >> $W/ran'} run-as = 'root'
  approvals = 2 approvers = {'ops', 'and', 'sec'} }
END
touch "$W/ran"
enroll alice
enroll bob
enroll carol --group sec
enroll op4
enroll op6
in_server postern-keys enroll op5 --config "$ETC" --key "$W/op5.pgp" --fpr "$(fpr_of op5)" \
  --group others > "$W/op5.invite" 2>>"$W/enroll.log" || fail "enroll op5"
as op5 postern join "$W/op5.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "op5 cannot join"
start

# asks ID-VARIABLE WHO VERB...: it waits, and its short id is kept.
asks () {
  local var=$1 who=$2 rc=0
  shift 2
  as "$who" postern "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = 75 ] || fail "$who: $*: $rc, $(cat "$W/out")"
  printf -v "$var" %s "$(sed -n 's/.*waits for .* as \([0-9a-f]\{8\}\).*/\1/p' "$W/out")"
  [ -n "${!var}" ] || fail "no id: $(cat "$W/out")"
}
# The whole hash, as the audit has it: who gives that is asked nothing.
whole () { ctl pending --json | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    if row["request"].startswith(sys.argv[1]):
        print(row["request"])' "$1"; }
# says RC PATTERN WHO VERB...
says () {
  local want=$1 pattern=$2 who=$3 rc=0
  shift 3
  as "$who" postern "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = "$want" ] || fail "$who: $*: $rc, $(cat "$W/out")"
  grep -q "$pattern" "$W/out" || fail "$who: $*: no '$pattern' in: $(cat "$W/out")"
}
# Some row of late says so.
noted () {
  until_ok sh -c "ip netns exec $SERVER posternctl --config '$ETC' audit --json --last 60 | grep -q '$1'" \
    || { ctl audit --last 20; fail "no audit row says '$1'"; }
}
# The certificate that gpg made with WHO's key comes into the roster's home.
revoke_key () {
  sed 's/^:-----BEGIN/-----BEGIN/' "$W/$1/gnupg/openpgp-revocs.d/$(fpr_of "$1").rev" > "$W/rev"
  into_roster "$W/rev"
}
ran () { [ "$(grep -c "$1" "$W/ran")" = "$2" ] || fail "$1 ran $(grep -c "$1" "$W/ran") times, not $2"; }

# A port: shut until another person approves.
asks id alice open web1 --for 30s --reason "the disk is full"
is_shut $S4 22
as bob postern pending web1 > "$W/out" 2>&1 || fail "pending: $(cat "$W/out")"
grep -q "^$id  alice .*open tcp/22 for $C4" "$W/out" || fail "pending: $(cat "$W/out")"
says 0 "no request is pending that you may approve" op5 pending web1
hash=$(whole "$id")
says 77 "nobody may approve their own" alice approve web1 "$hash"
says 77 "no pending request has that ID" op5 approve web1 "$hash"
is_shut $S4 22
says 77 "no pending request has that ID" bob approve web1 "$(printf "%064d" 0)"
as bob postern approve web1 "$id" > "$W/out" 2>&1 < /dev/null && fail "approved with nobody asked"
is_shut $S4 22
says 0 "approved, and carried out" bob approve web1 "$hash"
grep -q "the disk is full" "$W/out" || fail "the reason is not shown: $(cat "$W/out")"
grep -q "$hash" "$W/out" || fail "the hash is not shown"
is_open $S4 22
noted "approved by bob"
says 0 "done: open tcp/22 for $C4" alice result web1 "$id"
ctl close --all > /dev/null
is_shut $S4 22
says 77 "no pending request has that ID" carol approve web1 "$hash"
is_shut $S4 22
say "a port opens when another person approves, once"

# Asked at the terminal: no, and yes.
asks id alice open web1 --for 30s
ask_tty () { answering "$1" as bob -- postern approve web1 "$id" > "$W/tty.out"; }
rc=0; ask_tty n || rc=$?
[ $rc = 77 ] || fail "no: $rc, $(cat "$W/tty.out")"
is_shut $S4 22
ask_tty y || fail "yes: $(cat "$W/tty.out")"
is_open $S4 22
ctl close --all > /dev/null
say "asked at the terminal"

# The asker's words do not look like lines of ours, however wide they are.
wide=$(printf '\343\200\200%.0s' $(seq 28))
asks id alice open web1 --for 30s --reason "let me in$wide  ports        tcp/80"
rc=0; ask_tty n || rc=$?
[ $rc = 77 ] || fail "no: $rc, $(cat "$W/tty.out")"
tr -d '\r' < "$W/tty.out" > "$W/shown"
[ "$(LC_ALL=C.UTF-8 wc -L < "$W/shown")" -lt 80 ] || fail "a line is broken by the terminal: $(cat "$W/shown")"
[ "$(grep -c '^  ports  ' "$W/shown")" = 1 ] || fail "the reason looks like another line: $(cat "$W/shown")"
says 0 "denied" alice deny web1 "$(whole "$id")"
say "the asker's words stay theirs"

# A command: two of the ops, in either order, each once; it runs once.
asks id alice run web1 count v=disk
ran ran 0
says 0 "1 of 2" bob approve web1 "$(whole "$id")"
says 75 "pending: approved by 1 of 2" alice result web1 "$id"
says 77 "already approved it" bob approve web1 "$(whole "$id")"
ran ran 0
stop
start
says 0 "approved, and started: run count: /bin/sh -c .* disk" op4 approve web1 "$(whole "$id")"
until_ok grep -q ran "$W/ran" || fail "did not run"
ran ran 1
got () { as alice postern result web1 "$id" > "$W/out" 2>/dev/null; grep -q "told: disk" "$W/out"; }
until_ok got || fail "result: $(cat "$W/out")"
say "a command runs once, after two approvals and a restart between"

# One of each list.
asks id alice run web1 both
says 0 "1 of 2" bob approve web1 "$(whole "$id")"
says 0 "2 of 2" op4 approve web1 "$(whole "$id")"
ran both 0
says 0 "approved, and started" carol approve web1 "$(whole "$id")"
until_ok grep -q both "$W/ran" || fail "both did not run"
ran both 1
asks id alice run web1 both
says 0 "1 of 2" carol approve web1 "$(whole "$id")"
says 0 "approved, and started" bob approve web1 "$(whole "$id")"
until_ok sh -c "[ \$(grep -c both '$W/ran') = 2 ]" || fail "both did not run again"
say "one of each list, in either order"

# Revoked meanwhile; denied; by root; a reload that changes argv.
asks id alice run web1 count v=disk
says 0 "1 of 2" op4 approve web1 "$(whole "$id")"
in_server postern-keys revoke op4 --config "$ETC" > /dev/null 2>>"$W/enroll.log" || fail "revoke"
says 0 "1 of 2" bob approve web1 "$(whole "$id")"
says 0 "approved, and started" carol approve web1 "$(whole "$id")"
until_ok sh -c "[ \$(grep -c ran '$W/ran') = 2 ]" || fail "did not run with carol's"
asks id alice run web1 count v=disk
says 0 "denied" bob deny web1 "$id" --reason "not now"
noted denied
says 77 "denied by bob" alice result web1 "$id"
asks id alice run web1 count v=disk
ctl deny "$id" > /dev/null || fail "posternctl deny"
noted "by root"
asks id alice run web1 count v=disk
hash=$(whole "$id")
sed -i "s/told: /heard: /" "$ETC/access.conf"
ctl reload > /dev/null || fail "reload"
noted "changed while it was pending"
says 77 "changed while it was pending" alice result web1 "$id"
says 77 "no pending request has that ID" bob approve web1 "$hash"
ran ran 2
say "revoked, denied, changed: it does not run"

# At most four of one person.
for i in 1 2 3 4; do asks "id$i" alice open web1; done
says 77 "too many requests are pending" alice open web1
says 0 "denied" alice deny web1 "$id1"
asks id1 alice open web1
say "at most four of one person wait"

# Break glass: where the rule lets one, and marked.
says 77 "does not allow an emergency" alice open web1 --emergency "all is down"
is_shut $S4 22
asks id bob open web1 tcp/99
says 0 "opened tcp/99" bob open web1 tcp/99 --emergency "all is down"
noted "EMERGENCY"
noted "all is down"
say "break glass"

# An approval cannot be replayed, nor taken to another host.
asks id bob open web1 tcp/99
hash=$(whole "$id")
text_of_request "s/^action: .*/action: approve/; s/^ports: .*/request: $(printf '%s' "$hash" | python3 -c 'import sys, base64; print(base64.b64encode(bytes.fromhex(sys.stdin.read())).decode().replace("/", r"\/"))')/; /^for:/d; s/web1=/web2=/" > "$W/t"
server_key
gpg_as carol --no-options --compress-algo none --digest-algo SHA256 -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
send_message "$W/m"
noted "not addressed"
[ -n "$(whole "$id")" ] || fail "approved by a request to another host"
sed -i 's/web2=/web1=/' "$W/t"
gpg_as carol --no-options --compress-algo none --digest-algo SHA256 -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
send_message "$W/m"
noted "approved by carol"
asks id bob open web1 tcp/99
send_message "$W/m" 700
noted "used before"
[ -n "$(whole "$id")" ] || fail "approved by a replay"
say "an approval works once, at one host"

# A key revoked in the keyring alone, while its person stands in the roster:
# what they approved before does not count, what they asked ends.
says 0 "denied" alice deny web1 "$id1"
says 0 "denied" alice deny web1 "$id2"
asks id alice run web1 count v=disk
hash=$(whole "$id")
says 0 "1 of 2" carol approve web1 "$hash"
revoke_key carol
says 0 "1 of 2" bob approve web1 "$hash"
noted "the approval of carol does not count: the signing key is revoked"
ran ran 2
says 0 "approved, and started" op6 approve web1 "$hash"
until_ok sh -c "[ \$(grep -c ran '$W/ran') = 3 ]" || fail "did not run with op6's"
asks id alice open web1
hash=$(whole "$id")
revoke_key alice
says 77 "of alice, who asked: the signing key is revoked" bob approve web1 "$hash"
[ -z "$(whole "$id")" ] || fail "it waits still"
is_shut $S4 22
say "a key revoked in the keyring ends what hangs on it"
say "ok"
