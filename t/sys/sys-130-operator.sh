#!/bin/bash
# What an operator asks of a running posternd: status, the audit and its
# filters, explain; floods of refusals; and no secret anywhere.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need tcpdump
setup
person alice
person bob
server --protect tcp/22,tcp/8022
sed -i "s|^  ports .*|  ports = {'tcp/22', 'tcp/8022'}|; s|^  max-time.*|  max-time = '1h'|" \
  "$ETC/access.conf"
sed -i "s/^max-ahead.*/max-ahead = '1s'/" "$ETC/posternd.conf"
listen 22 8022
enroll alice
enroll bob
start
open () { as "$@" > "$W/out" 2>&1 || fail "$*: $(cat "$W/out")"; }
# All but those of the enrolments, and what capture counts: a request whose
# reply is late is sent again.
rows () { ctl audit --json --last 500 "$@" | grep -vc '"stage":"\(roster\|capture\)"' || :; }

# Something to look at: two people, one refusal, another source.
begin=$(date +%s)
open alice postern open web1 tcp/22 --for 1h
open bob postern open web1 tcp/8022 --source $C4B --for 1h
as bob postern open web1 udp/9 > "$W/out" 2>&1 && fail "udp/9"
open alice postern whoami web1
[ "$(rows)" = 4 ] || fail "four decisions, and: $(ctl audit)"

# Each filter takes some and leaves some; two together take what both do.
[ "$(rows --user alice)" = 2 ] || fail "--user alice"
[ "$(rows --user bob)" = 2 ] || fail "--user bob"
[ "$(rows --user carol)" = 0 ] || fail "--user carol"
[ "$(rows --result refused)" = 1 ] || fail "--result"
[ "$(rows --result done --user bob)" = 1 ] || fail "--result --user"
[ "$(rows --source $C4)" = 4 ] || fail "--source"
[ "$(rows --source $C4B)" = 0 ] || fail "--source is where the packet came from"
[ "$(rows --host web1)" = 4 ] || fail "--host"
[ "$(rows --host web2)" = 0 ] || fail "--host web2"
[ "$(rows --since "$begin")" = 4 ] || fail "--since"
[ "$(rows --since 1h)" = 4 ] || fail "--since 1h"
[ "$(rows --until "$((begin - 5))")" = 0 ] || fail "--until"
[ "$(ctl audit --json --last 2 | grep -c .)" = 2 ] || fail "--last"
ctl audit --since frob > "$W/out" 2>&1 && fail "--since frob"
grep -q "is not a time" "$W/out" || fail "$(cat "$W/out")"
say "the audit's filters"

# As a person reads it: who, from where, what, why.
ctl audit > "$W/out"
grep -E "done +open +alice +$C4 .*tcp/22 for $C4 by rule ops until" "$W/out" >/dev/null \
  || grep -E "done +open +alice +$C4 .*tcp/22 for $C4 by rule" "$W/out" >/dev/null \
  || fail "$(cat "$W/out")"
grep -E "refused +open +bob .*no rule allows these ports" "$W/out" >/dev/null \
  || fail "$(cat "$W/out")"

# --follow shows what comes, also over a reload.
ip netns exec "$SERVER" posternctl --config "$ETC" audit --json --last 1 --follow \
  > "$W/follow" 2>"$W/follow.log" &
own $!
until_ok grep -q whoami "$W/follow" || fail "--follow shows nothing"
open alice postern open web1 tcp/8022 --for 1h
until_ok grep -q tcp/8022 "$W/follow" || fail "--follow: $(cat "$W/follow")"
ctl reload > "$W/out" || fail "reload"
open bob postern whoami web1
until_ok grep -q '"user":"bob"' "$W/follow" || fail "--follow over a reload"
[ "$(grep -c '"user":"bob"' "$W/follow")" = 1 ] || fail "--follow says it twice"
say "--follow, over a reload"

# Grants by id; a prefix that fits nothing; and JSON that is JSON.
for verb in status grants audit horizon; do
  ctl $verb --json > "$W/out" || fail "$verb --json"
  python3 -c 'import json, sys
if sys.argv[1] == "audit": [json.loads(line) for line in sys.stdin]
else: json.load(sys.stdin)' $verb < "$W/out" || fail "$verb: $(cat "$W/out")"
  [ -s "$W/out" ] || fail "$verb --json says nothing"
done
ctl status | grep -q '^host  *web1' || fail "status: $(ctl status)"
ctl grants | grep -q alice || fail "grants: $(ctl grants)"
ctl horizon | grep -q steady || fail "horizon: $(ctl horizon)"
rc=0
ctl close 00000000000 > "$W/out" 2>&1 || rc=$?
[ $rc != 0 ] && grep -q "nothing to close" "$W/out" || fail "close: $(cat "$W/out")"
id=$(grant_lines | python3 -c 'import json, sys
print([r for r in map(json.loads, sys.stdin) if r["user"] == "bob"][0]["id"])')
ctl close "$id" > "$W/out" || fail "close $id"
[ "$(grant_lines | grep -c '"bob"')" = 0 ] || fail "bob's is left"
[ "$(grant_lines | grep -c '"alice"')" -ge 1 ] || fail "alice's is gone"
ctl close --user alice > "$W/out" || fail "close --user"
no_grants "close --user"
say "close by id and by person"

# --reset of the horizon, audited: nothing is lost by it.
as alice postern seal open web1 --source $C4 -o "$W/before" || fail "seal"
later () { [ "$(date +%s)" -gt "$1" ]; }
until_ok later "$(date +%s)"
ctl horizon --reset > "$W/out" || fail "horizon --reset"
audited 'the horizon was reset by hand'
send "$W/before"
until_ok connects $S4 22 || fail "a request signed before a reset does not open"
ctl close --all > /dev/null
say "horizon --reset"

# A flood of refusals is counted in a row.
as alice postern seal open web1 -o "$W/dgram" || fail "seal"
send "$W/dgram"
until_ok connects $S4 22 || fail "does not open"
ctl close --all > /dev/null
"$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$W/dgram" > "$W/message"
before=$(rows)
used=$(refusals "used before")
begin=$SECONDS
for i in $(seq 60); do seal_message "$W/message" $((600 + i * 12)) > "$W/copy.$i"; done
in_client python3 - "$W" $S4 <<'PY'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1, 61):
    s.sendto(open("%s/copy.%d" % (sys.argv[1], i), "rb").read(), (sys.argv[2], 62201))
PY
until_ok more_refusals "used before" $((used + 59)) || fail "sixty replays: $(ctl audit --last 3)"
# In ten seconds they are one.
[ $(($(rows) - before)) -le $((3 + (SECONDS - begin) / 10)) ] || fail "a flood makes $(($(rows) - before)) rows"
ctl audit --last 3 | grep -q 'used before.*times\]' || fail "$(ctl audit --last 3)"
head -c 700 /dev/urandom > "$W/junk"
junk=$(counted 'no door key fits')
for i in 1 2 3 4 5; do send "$W/junk"; done
until_ok more_counted 'no door key fits' $((junk + 4)) || fail "junk is not counted"
say "a flood is a row"

# explain: a datagram that passes, the same when it is used, a pcap with
# several, junk.
before=$(rows --user alice --result done)
explain () { ctl explain "$@" > "$W/out" 2>&1; }
as alice postern seal open web1 --source $C4 -o "$W/fresh" || fail "seal"
explain "$W/fresh" || fail "explain: $(cat "$W/out")"
for step in "framing *ok" "unwrap *ok" "signature *ok" "to *ok" "age *ok" \
            "horizon *ok" "person *ok" "claim *ok" "policy *ok, by rule"; do
  grep -q "$step" "$W/out" || fail "no '$step': $(cat "$W/out")"
done
[ "$(rows --user alice --result done)" = "$before" ] || fail "explain claims or opens"
no_grants explain
send "$W/fresh"
until_ok connects $S4 22 || fail "explained, and does not open"
ctl close --all > /dev/null
rc=0
explain "$W/fresh" || rc=$?
[ $rc = 65 ] || fail "explain of a used one: $rc"
grep -q "claim *claimed already: a replay" "$W/out" || fail "$(cat "$W/out")"
rc=0
explain "$W/junk" || rc=$?
[ $rc = 65 ] && grep -q "seal *no door key fits" "$W/out" || fail "junk: $(cat "$W/out")"
as alice postern seal open web1 --source observed -o "$W/observed" || fail "seal"
explain "$W/observed" || fail "explain: $(cat "$W/out")"
grep -q "policy *unknown: the file does not say" "$W/out" || fail "$(cat "$W/out")"
# What is not for the port is passed over, as capture does.
ip netns exec "$SERVER" tcpdump -i sv -U -w "$W/capture.pcap" -c 5 \
  'udp dst port 62201 or udp dst port 9 or tcp[tcpflags] & tcp-syn != 0' \
  2>"$W/tcpdump.log" &
dump=$!
own $dump
until_ok grep -q listening "$W/tcpdump.log" || fail "tcpdump"
send "$W/observed" $S4 9
in_client nc -z -w 1 $S4 23 2>/dev/null || :
send "$W/observed"
send "$W/junk"
as bob postern open web1 udp/9 > "$W/out" 2>&1 || :
wait $dump || fail "tcpdump: $(cat "$W/tcpdump.log")"
explain "$W/capture.pcap" || :
[ "$(grep -c '^packet ' "$W/out")" = 3 ] || fail "three packets: $(cat "$W/out")"
grep -q "from $C4 port" "$W/out" || fail "$(cat "$W/out")"
grep -q "no rule allows these ports" "$W/out" || fail "$(cat "$W/out")"
grep -q "age *ok (signed .* before it was captured)" "$W/out" || fail "$(cat "$W/out")"
# The same a day later by the file's own times.
python3 - "$W/capture.pcap" "$W/later.pcap" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
out, at = data[:24], 24
while at < len(data):
    sec, usec, kept, size = struct.unpack("<4I", data[at:at + 16])
    out += struct.pack("<4I", sec + 86400, usec, kept, size) + data[at + 16:at + 16 + kept]
    at += 16 + kept
open(sys.argv[2], "wb").write(out)
PY
explain "$W/later.pcap" || :
grep -q "age *too old (signed 1d[0-9a-z]* before it was captured)" "$W/out" || fail "$(cat "$W/out")"
ctl explain --json "$W/capture.pcap" > "$W/out" 2>&1 || :
python3 - "$W/out" <<'PY' || fail "explain --json: $(cat "$W/out")"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) == 3, rows
assert [r["packet"] for r in rows] == [1, 2, 3]
assert not any(r["passes"] for r in rows)
assert rows[1]["steps"][-1] == {"step": "seal", "result": "no door key fits"}
assert rows[2]["steps"][-1]["step"] == "policy"
PY
head -c 40 "$W/capture.pcap" > "$W/cut.pcap"
explain "$W/cut.pcap" && fail "half a pcap passes"
grep -q "the rest of the file is ignored" "$W/out" || fail "$(cat "$W/out")"
explain "$W/none" && fail "a file that is not there"
: > "$W/empty"
rc=0
explain "$W/empty" || rc=$?
[ $rc = 65 ] && grep -q "the file is empty" "$W/out" || fail "nothing: $rc, $(cat "$W/out")"
as alice postern seal close web1 -o "$W/close" || fail "seal"
explain "$W/close" || fail "explain: $(cat "$W/out")"
grep -q "alice asks for close, id" "$W/out" || fail "$(cat "$W/out")"
rc=0
as alice postern seal open web1 -o "$W/none/x" 2> "$W/out" || rc=$?
[ $rc = 73 ] && grep -q "cannot write '$W/none/x'" "$W/out" || fail "seal: $rc, $(cat "$W/out")"
say "explain"

# The control socket by gpg's own tool, and for nobody but root.
in_server gpg-connect-agent -S "$ETC/run/control" HELP "AUDIT --user=bob --limit=1" FROB /bye \
  > "$W/out" 2>&1 || fail "gpg-connect-agent: $(cat "$W/out")"
grep -q '^# AUDIT' "$W/out" && grep -q '"user":"bob"' "$W/out" \
  && grep -q '^ERR .*no such command' "$W/out" || fail "$(cat "$W/out")"
setpriv --reuid 65534 --regid 65534 --clear-groups \
  gpg-connect-agent -S "$ETC/run/control" STATUS /bye > "$W/out" 2>&1 || :
grep -q '"host"' "$W/out" && fail "nobody may ask"
cp "$POSTERN_BIN/posternctl" "$W/"
rc=0
setpriv --reuid 65534 --regid 65534 --clear-groups \
  "$W/posternctl" --runtime "$ETC/run" status > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] && grep -q "only root can do this" "$W/out" || fail "nobody: $rc, $(cat "$W/out")"
say "gpg-connect-agent"

# What cannot be written is no success.
full () {
  local rc=0
  "$@" > /dev/full 2> "$W/out" || rc=$?
  [ $rc = 74 ] && [ "$(wc -l < "$W/out")" = 1 ] || fail "$*: $rc, $(cat "$W/out")"
}
for what in status grants audit "audit export" "audit verify" horizon --help; do full ctl $what; done
for what in hosts "hosts show web1" "whoami web1" "whoami web1 --json"; do full as alice postern $what; done
for what in list export "show alice" "door list"; do full in_server postern-keys $what --config "$ETC"; done
ctl audit --json --last 100 | head -n 1 > "$W/out" 2>&1 || fail "a reader that has enough"
[ "$(wc -l < "$W/out")" = 1 ] || fail "$(cat "$W/out")"
say "a full disk"

# No secret in what posternd says and writes: not the door key, and of a
# request's one-time key no more than the signed text that the audit keeps.
door=$(cat "$ETC/doors/main.key")
as alice postern seal open web1 -o "$W/secret" || fail "seal"
seal=$POSTERN_BIN/t/sys/tool-seal
"$seal" unwrap "$ETC/doors/main.key" < "$W/secret" > "$W/message"
cp -r "$ETC/state/agent" "$W/thief"
rm -f "$W"/thief/S.*
GNUPGHOME=$W/thief gpg --batch --quiet --pinentry-mode loopback --no-options --no-permission-warning \
  -d -o "$W/text" "$W/message" 2>>"$W/gpg.log" || :
GNUPGHOME=$W/thief gpgconf --kill all 2>/dev/null || :
key=$(sed -n 's/^key: //p' "$W/text")
[ ${#key} = 44 ] || fail "no one-time key: $(cat "$W/text")"
send "$W/secret"
until_ok connects $S4 22 || fail "does not open"
ctl audit --json --last 500 > "$W/audit"
ctl audit --last 500 >> "$W/audit"
ctl status --json >> "$W/audit"
stop
cat > "$W/search.py" <<'PY'
import base64, sys
text = sys.argv[1].encode()
raw = base64.b64decode(text)
assert len(raw) == 32
for name in sys.argv[2:]:
    data = open(name, "rb").read()
    if text in data or raw in data or raw.hex().encode() in data:
        sys.exit("it is in " + name)
PY
python3 "$W/search.py" "$key" "$W/audit" "$W/posternd.log" || fail "a one-time key"
python3 "$W/search.py" "$door" "$W/audit" "$W/posternd.log" $(find "$ETC/state" "$ETC/run" -type f) \
  || fail "a door key"
python3 "$W/search.py" "$key" $(find "$ETC/state/decide" -type f) 2> "$W/out" \
  && fail "the search finds nothing, not even the signed text"
say "no secret is written down"
say "ok"
