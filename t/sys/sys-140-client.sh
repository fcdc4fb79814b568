#!/bin/bash
# The person's side: a key with a passphrase through gpg-agent and pinentry,
# no reply, an open door with plain gpg and nc, JSON.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need tcpdump ss
setup
person alice
server
sed -i "s/^workers.*/workers = 1/" "$ETC/posternd.conf"
listen 22
enroll alice
start
shut_again () { ctl close --all > /dev/null; is_shut $S4 22; }
opened () {
  until_ok connects $S4 22 || fail "$1: does not open: $(ctl audit --last 3)"
  shut_again
  say "$1: opens"
}

# A passphrase: gpg-agent asks for it by pinentry, and postern has no part
# in it.
cat > "$W/pinentry" <<PY
#!/usr/bin/python3 -I
import os, sys
def say(text): print(text, flush=True)
say("OK pleased to meet you")
for line in sys.stdin:
    word = line.split()[0].upper() if line.strip() else ""
    open("$W/asked", "a").write(word + "\n")
    if word == "GETPIN":
        if os.path.exists("$W/cancel"):
            say("ERR 83886179 Operation cancelled <Pinentry>")
            continue
        say("D a passphrase of alice")
    say("OK")
    if word == "BYE": break
PY
chmod 755 "$W/pinentry"
gpg_as alice --export-secret-keys alice > "$W/alice.sec"
agent_again () { GNUPGHOME=$W/alice/gnupg gpgconf --kill gpg-agent; }
agent_again
echo "pinentry-program $W/pinentry" > "$W/alice/gnupg/gpg-agent.conf"
as alice gpg --no-tty --quiet --command-fd 0 --passwd alice < /dev/null >>"$W/gpg.log" 2>&1 \
  || fail "no passphrase set"
grep -q GETPIN "$W/asked" || fail "pinentry was not asked for the new passphrase"
agent_again
: > "$W/asked"
as alice postern open web1 > "$W/out" 2>&1 || fail "with a passphrase: $(cat "$W/out")"
[ "$(grep -c GETPIN "$W/asked")" = 1 ] || fail "asked $(grep -c GETPIN "$W/asked") times"
opened "a key with a passphrase"
# Cancelled: nothing is sent, and one line says why.
agent_again
touch "$W/cancel"
rc=0
as alice postern open web1 > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] && [ "$(wc -l < "$W/out")" = 1 ] || fail "cancelled: $rc, $(cat "$W/out")"
is_shut $S4 22
grep -q "nothing was done" "$W/out" || fail "$(cat "$W/out")"
say "a passphrase that is not given: nothing is sent"
agent_again
rm -f "$W/cancel" "$W/alice/gnupg/gpg-agent.conf" "$W/alice/gnupg/private-keys-v1.d/"*
gpg_as alice --import "$W/alice.sec"
as alice postern open web1 > "$W/out" 2>&1 || fail "as before: $(cat "$W/out")"
opened "without a passphrase, as before"

# JSON is JSON, an array with an object a host, and says the same.
json () {
  local check=$1
  shift
  as alice "$@" > "$W/out" 2>"$W/err" || fail "$*: $(cat "$W/out" "$W/err")"
  python3 -c '
import json, sys
row = json.load(sys.stdin)[0]
assert '"$check"', row' < "$W/out" || fail "$*: $(cat "$W/out")"
}
json 'row["host"] == "web1" and row["result"] == "done" and row["address"] == "203.0.113.2" and row["until"] > 0' \
  postern open web1 --json
json 'row["result"] == "done"' postern close web1 --json
json 'row["result"] == "done" and "alice" in row["output"]' postern whoami web1 --json
json 'row["host"] == "web1" and row["addresses"] == ["203.0.113.1"]' postern hosts --json
rc=0
as alice postern open web1 udp/9 --json > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] || fail "refused: $rc"
python3 -c 'import json, sys
assert json.load(sys.stdin)[0]["result"] == "refused"' < "$W/out" || fail "$(cat "$W/out")"
say "JSON"

# A reply comes from the port that was addressed, nothing listens there, and
# it is never longer than what was asked with.
ip netns exec "$SERVER" tcpdump -i sv -n -l -q udp port 62201 > "$W/dump" 2>"$W/tcpdump.log" &
own $!
until_ok grep -q listening "$W/tcpdump.log" || fail "tcpdump"
for verb in open whoami close; do
  as alice postern $verb web1 > "$W/out" 2>&1 || fail "$verb: $(cat "$W/out")"
  in_server ss -lnu | grep -q 62201 && fail "something listens"
done
replied () { [ "$(grep -c "$S4.62201 > .* length" "$W/dump")" -ge 3 ]; }
until_ok replied || fail "tcpdump: $(cat "$W/dump")"
python3 - "$W/dump" <<'PY' || fail "replies: $(cat "$W/dump")"
import re, sys
asked, answered = [], []
for line in open(sys.argv[1]):
    m = re.search(r"IP ([\d.]+)\.(\d+) > ([\d.]+)\.(\d+): .*length (\d+)", line)
    if not m:
        continue
    elif m[4] != "62201":
        answered.append((m, int(m[5])))
    elif not asked or asked[-1][0][2] != m[2]:     # No other copy of it.
        asked.append((m, int(m[5])))
assert len(asked) == len(answered) == 3, (len(asked), len(answered))
for (q, qlen), (a, alen) in zip(asked, answered):
    assert (a[1], a[2], a[3], a[4]) == (q[3], q[4], q[1], q[2])
    assert alen <= qlen, (alen, qlen)
PY
say "replies: never longer than the request"

# reply: no is obeyed: of two requests from one socket only the other one,
# which does not say so, is answered.
server_key
for more in 'reply: no' ''; do
  rm -f "$W/m"
  { text_of_request; [ -z "$more" ] || echo "$more"; } > "$W/t"
  gpg_as alice --no-options --compress-algo none -f "$W/server.pgp" -s -e -o "$W/m" "$W/t"
  seal_message "$W/m" 700 > "$W/dgram.${more:+no}"
done
in_client python3 - "$W/dgram.no" "$W/dgram." $S4 <<'PY' || fail "reply: no"
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(180)
for name in sys.argv[1:3]:
    s.sendto(open(name, "rb").read(), (sys.argv[3], 62201))
s.recv(2048)
# One worker takes them in turn: what came for the first is here by now.
s.setblocking(False)
try:
    s.recv(2048)
    sys.exit("two replies")
except BlockingIOError:
    pass
PY
done_rows () { [ "$(ctl audit --json --last 2 --result done | grep -c '"action":"open"')" = 2 ]; }
until_ok done_rows || fail "both were to open: $(ctl audit --last 3)"
shut_again
say "reply: no"

# Nor is anything answered where the server says so: the client then calls
# it unknown, and the door is open all the same.
sed -i "s/^replies.*/replies = false/" "$ETC/posternd.conf"
reload_all
rc=0
as alice postern open web1 --timeout 2s > "$W/out" 2>&1 || rc=$?
[ $rc = 69 ] && grep -qi unknown "$W/out" || fail "no reply: $rc, $(cat "$W/out")"
opened "replies = false"
sed -i "s/^replies.*/replies = true/" "$ETC/posternd.conf"
reload_all

# An open door takes what plain gpg makes by the command that we print;
# another door does not.
command_is_run () {
  as alice postern seal open web1 --for 30s --print-command > "$W/command" \
    || fail "--print-command"
  grep -q '^gpg ' "$W/command" || fail "$(cat "$W/command")"
  (cd "$W/alice" && as alice timeout 180 sh "$W/command") >>"$W/gpg.log" 2>&1
}
counts_one 'no door key fits' command_is_run
is_shut $S4 22
sed -i '1i open-door = true' "$ETC/posternd.conf"
in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "check"
grep -q 'open-door' "$W/out" || fail "--check does not warn: $(cat "$W/out")"
reload_all
command_is_run || fail "the printed command"
opened "an open door, by plain gpg and nc"
as alice postern open web1 > "$W/out" 2>&1 || fail "sealed, by an open door: $(cat "$W/out")"
opened "an open door, sealed"
say "ok"
