#!/bin/bash
# A log whose reader stands still, a pipe or the journal's socket, holds
# nobody up; what was lost meanwhile is told.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
server
listen 22
enroll alice

# logged pipe|socket OUT COMMAND...: become COMMAND, with a log that a child
# reads into OUT.  While there is a file hold it does not; a file full says
# that nothing more goes in then.
cat > "$W/logged.py" <<'PY'
import os, socket, sys, time
kind, out, here = sys.argv[1], sys.argv[2], os.path.dirname(sys.argv[0])
hold, full = here + "/hold", here + "/full"
if kind == "pipe":
    r, w = os.pipe()
else:
    a, b = socket.socketpair()
    r, w = a.detach(), b.detach()
parent = os.getpid()

def fill():
    "Lines, of ever less length, until not even the shortest goes in."
    if kind == "pipe":
        own = os.open("/proc/self/fd/%d" % w, os.O_WRONLY | os.O_NONBLOCK)
        put = lambda text: os.write(own, text)
    else:
        s = socket.socket(fileno=os.dup(w))
        put = lambda text: s.send(text, socket.MSG_DONTWAIT)
    for length in 1000, 1:
        try:
            while True:
                put(b"x" * (length - 1) + b"\n")
        except BlockingIOError:
            pass

if os.fork() == 0:
    os.set_blocking(r, False)
    with open(out, "ab", 0) as f:
        held = False
        while os.getppid() == parent:
            if os.path.exists(hold):
                if not held:
                    fill()
                    open(full, "w").close()
                held = True
            else:
                held = False
                try:
                    while True:
                        f.write(os.read(r, 65536))
                except BlockingIOError:
                    pass
            time.sleep(0.02)
    os._exit(0)
os.dup2(w, 2)
os.close(r)
os.close(w)
os.execvp(sys.argv[3], sys.argv[3:])
PY

# start_logged KIND
start_logged () {
  LOG=$W/$1.log
  : > "$LOG"
  ip netns exec "$SERVER" python3 "$W/logged.py" "$1" "$LOG" \
    posternd -v --config "$ETC" &
  POSTERND=$!
  own $POSTERND
  until_ok grep -q 'posternd: ready' "$LOG" || fail "posternd does not start"
}
hold () {
  rm -f "$W/full"
  : > "$W/hold"
  until_ok test -e "$W/full" || fail "the log does not get full"
}
go_on () { rm "$W/hold"; }

whoami () { as alice postern whoami web1 --timeout "${1:-20s}" > "$W/out" 2>&1; }
answered () { whoami || fail "$1: $(cat "$W/out")"; }

# Of those that leave before it has greeted them, gpg-agent complains.
leave () {
  python3 - "$ETC/run/agent/S.gpg-agent.extra" <<'PY'
import socket, sys
for i in range(50):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.close()
PY
}
complained () { grep -q 'posternd: gpg-agent: .*Assuan' "$LOG"; }
lost () { grep -qE "$1: warning: [0-9]+ lines? (was|were) lost" "$LOG"; }

for kind in pipe socket; do
  say "a log that is read: $kind"
  start_logged $kind
  answered "with a reader"
  leave
  until_ok complained || fail "nothing of gpg-agent is in the log"
  ! lost '.*' || fail "lines were lost"

  say "nobody reads it"
  hold
  before=$(wc -c < "$LOG")
  leave
  answered "nobody reads"
  as alice postern open web1 --for 5m > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  until_ok connects $S4 22 || fail "port 22 is shut"
  for who in gpg-agent verify decide; do
    pid=$(pgrep -P "$POSTERND" -x "$who" | head -n 1)
    kill -9 "$pid"
    until_ok is_gone "$pid" || fail "$who lives on"
    until_ok whoami 3s || fail "no answer after the end of $who: $(cat "$W/out")"
  done
  ctl status >/dev/null || fail "posternctl"
  [ "$(wc -c < "$LOG")" = "$before" ] || fail "the log was read"

  say "and goes on"
  go_on
  # posternd has told of those that ended, verify of its start.
  until_ok lost posternd || fail "nobody says what posternd lost"
  answered "read again"
  until_ok lost '.*' || fail "nobody says what was lost"
  as alice postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
  hold
  stop
  go_on
done
say ok
