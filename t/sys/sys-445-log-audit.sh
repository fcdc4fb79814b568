#!/bin/bash
# log-audit: decisions as fields of the journal and as lines of syslog, of
# which contrib/fail2ban-filter.conf takes those that it should.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
listen 22
enroll alice

# A journal and a syslog where the server has them, and its /dev beside.
mkdir -p "$W/run/systemd/journal" "$W/dev/shm" "$W/bin"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$W/dev"
ln -s /proc/self/fd "$W/dev/fd"
cat > "$W/listen.py" <<'PY'
import json, os, socket, struct, sys
path, out = sys.argv[1], open (sys.argv[2], "a", buffering=1)
sock = socket.socket (socket.AF_UNIX, socket.SOCK_DGRAM)
sock.bind (path)
os.chmod (path, 0o666)
print ("ready", flush=True)
while True:
    data = sock.recv (65536)
    if data.startswith (b"<"):
        out.write (data.decode () + "\n")
        continue
    fields = {}
    while data:                 # systemd's native protocol
        line, data = data.split (b"\n", 1)
        if b"=" in line:
            name, value = line.split (b"=", 1)
        else:
            name, size = line, struct.unpack ("<Q", data[:8])[0]
            value, data = data[8:8 + size], data[9 + size:]
        fields[name.decode ()] = value.decode ()
    out.write (json.dumps (fields) + "\n")
PY
for place in run/systemd/journal/socket dev/log; do
  python3 "$W/listen.py" "$W/$place" "$W/${place##*/}.out" > "$W/${place##*/}.ready" &
  own $!
  until_ok grep -q ready "$W/${place##*/}.ready" || fail "no $place"
done
cat > "$W/bin/posternd" <<EOF
#!/bin/sh
mount --bind "$W/run" /run && mount --rbind "$W/dev" /dev && exec "$POSTERN_BIN/posternd" "\$@"
EOF
chmod 755 "$W/bin/posternd"
PATH=$W/bin:$PATH

# decisions FILE: one that is done, one that is refused, and a replay.
decisions () {
  as alice postern seal open web1 --source $C4 -o "$W/once" || fail "seal"
  send "$W/once"
  until_ok connects $S4 22 || fail "does not open"
  as alice postern open web1 udp/9 > "$W/out" 2>&1 && fail "udp/9 is opened"
  "$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$W/once" > "$W/message"
  seal_message "$W/message" 1200 > "$W/again"
  send "$W/again"
  until_ok grep -q 'used before' "$1" || fail "no replay: $(cat "$1")"
  ctl close --all > /dev/null || fail "close"
  until_ok grep -q 'closed' "$1" || fail "no close: $(cat "$1")"
}

sed -i "/^replies/a log-audit = 'journal'" "$ETC/posternd.conf"
start
decisions "$W/socket.out"
stop
[ ! -s "$W/log.out" ] || fail "syslog was told: $(cat "$W/log.out")"
python3 - "$W/socket.out" $C4 "$(fpr_of alice)" <<'PY' || fail "$(cat "$W/socket.out")"
import json, sys
rows = [json.loads (line) for line in open (sys.argv[1])]
assert all (r["SYSLOG_IDENTIFIER"] == "postern" for r in rows), "identifier"
done = [r for r in rows if r["POSTERN_RESULT"] == "done"]
refused = [r for r in rows if r["POSTERN_RESULT"] == "refused"
           and r["POSTERN_STAGE"] == "policy"]
assert len (done) == 1 and len (refused) == 1, (done, refused)
for r in done + refused:
    assert r["POSTERN_USER"] == "alice" and r["POSTERN_SOURCE"] == sys.argv[2], r
    assert r["POSTERN_FPR"] == sys.argv[3] and r["POSTERN_ACTION"] == "open", r
    assert r["POSTERN_HOST"] == "web1" and len (r["POSTERN_REQUEST"]) == 64, r
assert done[0]["POSTERN_PORTS"] == "tcp/22" and done[0]["PRIORITY"] == "6", done
assert refused[0]["POSTERN_PORTS"] == "udp/9" and refused[0]["PRIORITY"] == "5", refused
assert refused[0]["POSTERN_REASON"] == "no rule allows these ports", refused
assert any (r["POSTERN_RESULT"] == "closed" for r in rows), "closed"
PY
say "the journal"

sed -i "s/^log-audit.*/log-audit = 'syslog'/" "$ETC/posternd.conf"
cp "$W/socket.out" "$W/journal.out"
start
decisions "$W/log.out"
stop
cmp -s "$W/socket.out" "$W/journal.out" || fail "the journal was told"
say "syslog"

# What fail2ban takes: the refusal by the rules and neither the grant nor the
# replay, which anybody can send; nor what a person might write.
python3 - "$srcdir/contrib/fail2ban-filter.conf" "$W/log.out" "$W/journal.out" $C4 <<'PY' \
  || fail "the filter: $(cat "$W/log.out")"
import configparser, json, re, sys
conf = configparser.RawConfigParser ()
conf.read (sys.argv[1])
regex = conf.get ("Definition", "failregex")
assert "<ADDR>" in regex
regex = re.compile (regex.replace ("<ADDR>", r"(?P<addr>[0-9a-fA-F.:]+)"))
# As fail2ban has them: behind the time, with the host's name; of the journal
# likewise.
lines = ["web1 " + line[line.index ("postern["):] for line in open (sys.argv[2])]
lines += ["web1 postern[7]: " + json.loads (l)["MESSAGE"] for l in open (sys.argv[3])]
hits = [m.group ("addr") for m in map (regex.search, lines) if m]
assert hits == [sys.argv[4]] * 2, (hits, lines)
assert sum ("used before" in l for l in lines) >= 2, lines
bad = next (l for l in lines if regex.search (l))
# The near twins of a line that counts.
assert not regex.search (bad.replace ("result=refused", "result=done"))
assert not regex.search (bad.replace ("stage=policy", "stage=claim"))
assert not regex.search (bad.replace ("source=" + sys.argv[4], "source=-"))
assert not regex.search ('web1 postern[7]: result=done stage=act source=%s detail="'
                         "postern[7]: result=refused stage=policy source=192.0.2.1 "
                         '"' % sys.argv[4])
PY
say "fail2ban"

# Nobody there: all goes on, and the log says so once.
sed -i "s/^log-audit.*/log-audit = 'journal'/" "$ETC/posternd.conf"
rm "$W/run/systemd/journal/socket"
start
as alice postern open web1 > "$W/out" 2>&1 || fail "$(cat "$W/out")"
as alice postern whoami web1 > "$W/out" 2>&1 || fail "$(cat "$W/out")"
is_open $S4 22
[ "$(grep -c 'journal/socket does not accept the audit log' "$W/posternd.log")" = 1 ] \
  || fail "not once: $(grep 'accept the audit' "$W/posternd.log")"
say "ok"
