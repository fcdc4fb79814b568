#!/bin/bash
# Receipts: what came of a command is told once it is known, and nothing
# runs twice, whatever ends meanwhile.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 pgrep cmp
setup
person alice
person bob
server
P=/usr/local/libexec/pt$$
mkdir -p $P "$W/state"
chmod 777 "$W/state"
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
# Leaves a mark, and waits until it is let go.
cat > $P/wait <<END
#!/bin/sh
echo begun; echo x >> $W/state/\$1
until [ -e $W/state/\$1.go ]; do sleep 0.05; done
echo ended
exit 3
END
cat > $P/bytes <<'END'
#!/usr/bin/python3
import sys
sys.stdout.buffer.write(bytes(i * 7 % 256 for i in range(int(sys.argv[1]))))
END
chmod 755 $P/*
cat >> "$ETC/access.conf" <<END
command wait { groups = {'ops'} argv = {'$P/wait', '{v}'} arg v { match = '[a-z]+' } run-as = 'nobody' max-parallel = 4 }
command bytes { groups = {'ops'} argv = {'$P/bytes', '{n}'} arg n { range = '0-100000' } run-as = 'nobody' max-output = '10k' }
END
enroll alice
enroll bob
# What runs on is told of when this is over.
sed -i "s/60s/15s/" "$W"/{alice,bob}/config/postern/hosts.conf
start

marks () { cat "$W/state/$1" 2>/dev/null | wc -l; }
has_marks () { [ "$(marks "$1")" = "$2" ]; }
let_go () { : > "$W/state/$1.go"; }
# says CODE PATTERN ARGUMENTS...: of alice's postern.
says () {
  local code=$1 pattern=$2 rc=0
  shift 2
  as alice postern "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$code" ] && { [ -z "$pattern" ] || grep -q -- "$pattern" "$W/err"; } \
    || fail "$*: exit $rc, not $code: $(cat "$W/out" "$W/err")"
}
id_of () { sed -n 's/.*postern result web1 \([0-9a-f]\{8\}\).*/\1/p' "$W/err" | head -n 1; }
result_says () { local rc=0; as alice postern result web1 "$1" > "$W/out" 2> "$W/err" || rc=$?; [ $rc = "$2" ] && grep -q "$3" "$W/err"; }

say "a command that outlives the wait, and doors meanwhile"
listen 22
as alice postern run web1 wait v=slow > "$W/slow.out" 2> "$W/slow.err" &
slow=$!
until_ok has_marks slow 1 || fail "it does not start"
says 0 '' open web1
is_open $S4 22
rc=0; wait $slow || rc=$?
[ $rc = 75 ] && grep -q 'running: .*/wait slow' "$W/slow.err" || fail "exit $rc: $(cat "$W/slow.err")"
audited '"result": ?"running"'
cp "$W/slow.err" "$W/err"
id=$(id_of)
[ -n "$id" ] || fail "no id: $(cat "$W/err")"
says 75 'running' result web1 $id
let_go slow
until_ok result_says $id 3 'wait slow: exit 3 after' || fail "$(cat "$W/err")"
[ "$(cat "$W/out")" = "begun
ended" ] || fail "output: $(cat "$W/out")"
has_marks slow 1 || fail "it ran $(marks slow) times"
full=$(sed -n "s/^\($id[0-9a-f]*\) .*/\1/p" "$W/alice/config/postern/requests")
[ ${#full} = 64 ] || fail "the book: $(cat "$W/alice/config/postern/requests")"
ctl audit --json --last 20 | grep "$full" | grep '"result": \?"done"' | grep -q 'exit 3,' || fail "the row: $(ctl audit --json --last 20)"

say "nobody else's"
rc=0
as bob postern result web1 $full > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] && grep -q 'no such request' "$W/out" || fail "bob: $rc $(cat "$W/out")"
audited "somebody else's"
says 77 'no such request' result web1 $(printf '%064d' 0)
says 64 'was sent from here' result web1 00000000
says 64 'is not a valid ID' result web1 ../etc
says 3 'exit 3' result web1 $full

say "output by pieces, to the byte"
$P/bytes 8000 > "$W/whole"
says 0 'of 8000 bytes' run web1 bytes n=8000
size=$(stat -c %s "$W/out")
[ "$size" -gt 300 ] && cmp -n "$size" "$W/out" "$W/whole" || fail "the first $size bytes"
id=$(id_of)
says 0 'fetching' result web1 $id --all
cmp "$W/out" "$W/whole" || fail "all of it"
says 0 '' result web1 $id --from 5000
cmp -i 0:5000 -n "$(stat -c %s "$W/out")" "$W/out" "$W/whole" || fail "from 5000"
says 0 '' result web1 $id --from 8000
[ ! -s "$W/out" ] || fail "behind the end: $(wc -c < "$W/out")"
as alice postern result web1 $id --json --all 2>/dev/null > "$W/json" || fail json
python3 - "$W/json" "$W/whole" <<'END' || fail "json: $(head -c 600 "$W/json")"
import base64, json, sys
item = json.load(open(sys.argv[1]))[0]
assert base64.b64decode(item["output-base64"]) == open(sys.argv[2], "rb").read()
assert item["exit"] == 0 and item["total"] == 8000 and item["argv"].endswith("/bytes 8000")
END
says 0 'not all of its output was kept' run web1 bytes n=20000
says 0 'of 10240 bytes' run web1 bytes n=20000
says 0 'exit 0' run web1 bytes n=0
[ ! -s "$W/out" ] || fail "no output"

say "replies that do not arrive: it ran once"
in_client nft -f - <<END
table inet t {
  chain c {
    type filter hook input priority 0;
    udp sport 62201 drop
  }
}
END
let_go once
says 69 'it is unknown whether the command ran; find out with' run web1 wait v=once
id=$(id_of)
until_ok has_marks once 1 || fail "it did not run"
in_client nft delete table inet t
says 3 'exit 3' result web1 $id
has_marks once 1 || fail "it ran $(marks once) times"

say "act is killed: nobody knows, and nothing runs again"
as alice postern run web1 wait v=killed > "$W/bg.out" 2> "$W/bg.err" &
bg=$!
until_ok has_marks killed 1 || fail "it does not start"
kill -9 "$(pgrep -P $POSTERND -x act)"
rc=0; wait $bg || rc=$?
[ $rc = 69 ] && grep -q 'unknown whether it ran' "$W/bg.err" || fail "exit $rc: $(cat "$W/bg.err")"
audited '"result": ?"unknown".*act ended while it ran'
no_wait () { ! pgrep -f "$P/wait killed"; }
until_ok no_wait || fail "it still runs"
id=$(sed -n 's/.*(\([0-9a-f]\{8\}\))$/\1/p' "$W/bg.err")
says 69 'unknown' result web1 $id
let_go again
says 3 'exit 3' run web1 wait v=again
has_marks killed 1 || fail "it ran $(marks killed) times"

say "decide is killed: the next one learns how it ended"
as alice postern run web1 wait v=orphan > "$W/bg.out" 2> "$W/bg.err" &
bg=$!
until_ok has_marks orphan 1 || fail "it does not start"
kill -9 "$(pgrep -P $POSTERND -x decide)"
rc=0; wait $bg || rc=$?
[ $rc = 69 ] || fail "exit $rc: $(cat "$W/bg.err")"
cp "$W/bg.err" "$W/err"
id=$(id_of)
says 75 'running' result web1 $id
let_go orphan
until_ok result_says $id 3 'exit 3' || fail "$(cat "$W/err")"
[ "$(tail -n 1 "$W/out")" = ended ] || fail "output: $(cat "$W/out")"
ctl audit --json --last 20 | grep '"result": \?"done"' | grep -q '/wait orphan' || fail "the row"
has_marks orphan 1 || fail "it ran $(marks orphan) times"
ctl audit verify > "$W/verified" 2>&1 || fail "the audit: $(cat "$W/verified")"

say "a reload ends nothing that runs; two of one command are two with both"
as alice postern run web1 wait v=reload > "$W/bg.out" 2> "$W/bg.err" &
bg=$!
until_ok has_marks reload 1 || fail "it does not start"
reload_all
rc=0; wait $bg || rc=$?
[ $rc = 75 ] || fail "exit $rc: $(cat "$W/bg.err")"
cp "$W/bg.err" "$W/err"
id=$(id_of)
says 75 'running' result web1 $id
echo "command lone { groups = {'ops'} argv = {'$P/wait', '{v}'} arg v { match = '[a-z]+' } run-as = 'nobody' }" \
  >> "$ETC/access.conf"
reload_all
as alice postern run web1 lone v=lone > /dev/null 2> "$W/lone.err" &
bg=$!
until_ok has_marks lone 1 || fail "it does not start"
reload_all
says 77 'already running' run web1 lone v=other
has_marks other 0 || fail "it ran beside the one from before the reload"
[ "$(pgrep -c -P $POSTERND -x act)" = 3 ] || fail "acts: $(pgrep -a -P $POSTERND -x act)"
rc=0; wait $bg || rc=$?
let_go lone
let_go reload
until_ok result_says $id 3 'exit 3' || fail "$(cat "$W/err")"
[ "$(tail -n 1 "$W/out")" = ended ] || fail "output: $(cat "$W/out")"
one_act () { [ "$(pgrep -c -P $POSTERND -x act)" = 1 ]; }
until_ok one_act || fail "acts stay: $(pgrep -a -P $POSTERND -x act)"
let_go other
says 3 'exit 3' run web1 lone v=other
ctl audit verify > "$W/verified" 2>&1 || fail "the audit: $(cat "$W/verified")"

say "who is revoked runs nothing any more"
as bob postern run web1 wait v=revoked > "$W/bg.out" 2> "$W/bg.err" &
bg=$!
as alice postern run web1 wait v=stays > /dev/null 2>&1 &
bg2=$!
until_ok has_marks revoked 1 && until_ok has_marks stays 1 || fail "they do not start"
in_server postern-keys revoke bob --config "$ETC" > /dev/null 2>>"$W/enroll.log" || fail "revoke"
no_revoked () { ! pgrep -f "$P/wait revoked"; }
until_ok no_revoked || fail "it still runs"
audited "ended because the person's permission was withdrawn"
pgrep -f "$P/wait stays" > /dev/null || fail "another's ended as well"
let_go stays
rc=0; wait $bg || rc=$?
wait $bg2 || :

say "a stop ends what runs, and that from before a reload"
as alice postern run web1 wait v=stop > "$W/bg.out" 2> "$W/bg.err" &
bg=$!
as alice postern run web1 wait v=both > /dev/null 2>&1 &
bg2=$!
until_ok has_marks stop 1 && until_ok has_marks both 1 || fail "they do not start"
reload_all
as alice postern run web1 wait v=after > /dev/null 2>&1 &
bg3=$!
until_ok has_marks after 1 || fail "it does not start"
stop
rc=0; wait $bg || rc=$?
[ $rc = 75 ] || fail "exit $rc: $(cat "$W/bg.err")"
wait $bg2 || :
wait $bg3 || :
cp "$W/bg.err" "$W/err"
id=$(id_of)
start
until_ok result_says $id 69 'the server stopped while it ran' || fail "$(cat "$W/err")"
! pgrep -f "$P/wait" || fail "something outlives the server"
has_marks reload 1 && has_marks stop 1 && has_marks after 1 || fail "one ran twice"
ctl audit verify > "$W/verified" 2>&1 || fail "the audit: $(cat "$W/verified")"
say ok
