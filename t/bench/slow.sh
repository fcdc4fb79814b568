#!/bin/bash
# slow.sh - What a request takes while somebody reads an export of a long
# audit by and by, 1 kB a second, beside what it takes when nobody does.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   ROWS=200000   rows of the audit
#   ROUNDS=6      turns of each, with 10 requests
here=$(cd "$(dirname "$0")" && pwd)
srcdir=${srcdir:-$here/../..}
. "$srcdir/t/sys/lib.sh"
need python3

ROWS=${ROWS:-200000}
ROUNDS=${ROUNDS:-6}
EACH=10

setup
person alice
server
enroll alice
start
as alice postern whoami web1 >> "$W/out" 2>&1 || fail "$(cat "$W/out")"
stop
db=$ETC/state/decide/store.db
sqlite3 "$db" "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $ROWS)
  INSERT INTO audit (time, host, result, stage, reason, count)
  SELECT unixepoch (), 'web1', 'event', 'clock', 'something took place', 1 FROM n;
  INSERT INTO chain_open SELECT row FROM audit WHERE row NOT IN (SELECT row FROM chain);"
chown _postern: "$db"*
start

# slowly FILE: reads stdin, 1 kB a second; FILE is there once it has begun.
cat > "$W/slowly.py" <<'END'
import os, sys, time
while os.read(0, 256):
    open(sys.argv[1], "w").close()
    time.sleep(0.25)
END

# For each request from the packet to its reply, in ms.
cat > "$W/ask.py" <<'END'
import socket, sys, time
for path in sys.argv[2:]:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(60)
    data = open(path, "rb").read()
    start = time.perf_counter()
    s.sendto(data, (sys.argv[1], 62201))
    s.recv(65536)
    print("%.3f" % ((time.perf_counter() - start) * 1e3))
    time.sleep(0.02)
END

# ask WAY: adds a turn to the times of that way.
ask () {
  local i files=
  for i in $(seq $EACH); do
    as alice postern seal whoami web1 -o "$W/req.$i" 2>> "$W/out" || fail "seal"
    files="$files $W/req.$i"
  done
  in_client python3 "$W/ask.py" $S4 $files >> "$W/times.$1"
  rm $files
}

begin_export () {
  rm -f "$W/begun"
  mkfifo "$W/pipe"
  ip netns exec "$SERVER" posternctl --config "$ETC" audit export > "$W/pipe" \
    2>> "$W/out" &
  EXPORT=$!
  own $EXPORT
  python3 "$W/slowly.py" "$W/begun" < "$W/pipe" &
  READER=$!
  own $READER
  until_ok test -e "$W/begun" || fail "no export"
  rm "$W/pipe"
}
end_export () {
  kill -0 $EXPORT || fail "the export has ended: $(cat "$W/out")"
  kill $READER $EXPORT
  wait $READER $EXPORT 2>/dev/null || :
}

for i in $(seq "$ROUNDS"); do
  ask alone
  begin_export
  ask beside
  end_export
done

python3 - "$ROWS" "$W/times.beside" "$W/times.alone" <<'END'
import statistics, sys
def both(path):
    t = sorted(float(x) for x in open(path))
    return statistics.median(t), t[int(len(t) * 0.95)], t[-1], len(t)
mine, other = both(sys.argv[2]), both(sys.argv[3])
text = "%.1f (p95 %.1f, most %.1f) ms"
print("\n| what | ratio | with | without | goal |\n|---|---|---|---|---|")
for what, i in ("median", 0), ("p95", 1):
    print("| request to reply, %s, while an export of %s rows is read at 1 kB/s;"
          " beside: no reader | %.2f | %s | %s | at most 1.2 |"
          % (what, sys.argv[1], mine[i] / other[i], text % mine[:3],
             text % other[:3]))
print()
END
say "took $SECONDS s on $(nproc) cores, $(uname -r)"
