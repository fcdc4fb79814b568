#!/bin/bash
# Commands that flood while decide stands still hold act up in nothing: it
# shuts what ends, tells its hooks, and reads and reaps; decide hears of all
# that afterwards.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 pgrep
setup
person alice
server
listen 22
P=/usr/local/libexec/pt$$
mkdir -p $P "$W/state"
chmod 777 "$W/state"
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
# Far more than is kept, for as long as nobody says that it is enough.
cat > $P/flood <<END
#!/bin/bash
touch "$W/state/\$1"
yes "\$1" &
until [ -e "$W/state/go" ]; do sleep 0.05; done
exit 3
END
cat > $P/told <<END
#!/bin/bash
touch "$W/state/closed"
END
chmod 755 $P/*
cat >> "$ETC/access.conf" <<END
command flood { groups = {'ops'} argv = {'$P/flood', '{v}'} arg v { match = '[a-z]+' } run-as = 'nobody' max-output = '1M' max-parallel = 3 timeout = '10m' }
hook told { argv = {'$P/told'} run-as = 'nobody' pause = '0s' }
on-close = 'told'
END
enroll alice
start

whoami () { as alice postern whoami web1 --timeout "${1:-20s}" > "$W/out" 2>&1; }
result_is () { local rc=0; as alice postern result web1 "$1" > "$W/res" 2> "$W/err" || rc=$?; [ $rc = "$2" ]; }
none_left () { ! pgrep -f "$P/flood"; }

say "three that flood"
runs=
for v in a b c; do
  as alice postern run web1 flood v=$v > "$W/$v.out" 2> "$W/$v.err" &
  runs="$runs $!"
done
for v in a b c; do
  until_ok test -e "$W/state/$v" || fail "$v does not start: $(cat "$W/$v.err")"
done
for pid in $runs; do
  rc=0
  wait "$pid" || rc=$?
  [ $rc = 75 ] || fail "exit $rc: $(cat "$W"/[abc].err)"
done
whoami || fail "no answer beside them: $(cat "$W/out")"

say "and decide stands still"
decide=$(pgrep -P "$POSTERND" -x decide)
act=$(pgrep -P "$POSTERND" -x act)
for t in 3 15 60; do            # Where that was too short, more.
  rm -f "$W/state/closed"
  as alice postern open web1 --for ${t}s > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  connects $S4 22 || continue
  kill -STOP "$decide"
  [ -e "$W/state/closed" ] || break
  kill -CONT "$decide"
done
touch "$W/state/go"
until_ok none_left || fail "they are not ended"
until_ok test -e "$W/state/closed" || fail "the hook is not told of the end"
is_shut $S4 22

say "and goes on"
kill -CONT "$decide" 2>/dev/null || :   # Or posternd has replaced it.
until_ok whoami 3s || fail "no answer afterwards: $(cat "$W/out")"
[ "$(pgrep -P "$POSTERND" -x act)" = "$act" ] || fail "act ended"
for v in a b c; do
  id=$(sed -n 's/.*postern result web1 \([0-9a-f]\{8\}\).*/\1/p' "$W/$v.err" | head -n 1)
  [ -n "$id" ] || fail "$v: $(cat "$W/$v.err")"
  until_ok result_is "$id" 3 || fail "$v: $(cat "$W/err")"
  grep -q 'not all of its output was kept' "$W/err" || fail "$v: $(cat "$W/err")"
  [ "$(head -n 1 "$W/res")" = $v ] || fail "$v: $(head -c 100 "$W/res")"
done
as alice postern open web1 --for 5m > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
say ok
