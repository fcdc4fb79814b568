#!/bin/bash
# Programs that do not behave: each ends in its time, with all that it
# started, and is told of truly.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 pgrep mount
setup
person alice
server
P=/usr/local/libexec/pt$$
mkdir -p $P "$W/state" "$W/small"
chmod 777 "$W/state"
mount -t tmpfs -o size=64k,mode=1777 none "$W/small" 2>/dev/null || skip "no tmpfs here"
at_end () { umount "$W/small"; rm -rf "/usr/local/libexec/pt$$"; }
put () { cat > $P/$1; chmod 755 $P/$1; }
put stubborn <<'END'
#!/bin/bash
trap '' TERM
while :; do sleep 0.2; done
END
put forks <<'END'
#!/bin/bash
for i in 1 2 3; do sleep 1234.5 & done
( trap '' TERM; sleep 1234.5 ) &
echo forked
END
put floods <<'END'
#!/bin/bash
exec yes
END
put fills <<END
#!/bin/bash
dd if=/dev/zero of=$W/small/f bs=4k 2>&1
END
put closes <<END
#!/bin/bash
exec 0<&- 1>&- 2>&-
until [ -e $W/state/closes.go ]; do sleep 0.05; done
exit 4
END
put eats <<'END'
#!/usr/bin/python3
data = bytearray(512 << 20)
END
put spins <<'END'
#!/bin/bash
while :; do :; done
END
put bomb <<'END'
#!/usr/bin/python3
import os, sys
n = 0
try:
    while n < 50:
        if not os.fork():
            import time; time.sleep(60); os._exit(0)
        n += 1
except OSError:
    print("stopped"); sys.exit(5)
END
put waits <<END
#!/bin/bash
echo x >> $W/state/waits
until [ -e $W/state/\$1 ]; do sleep 0.05; done
END
put fds <<'END'
#!/bin/bash
ls -l /proc/self/fd | awk 'NR > 1 { print $9 }' | grep -v '^[012]$' | wc -l
grep -E '^(SigBlk|SigIgn|NoNewPrivs)' /proc/self/status
umask; pwd; ulimit -c
ps -o sid= -p $$ | grep -q "$$" && echo leader
END
command () { printf "command %s { groups = {'ops'} argv = {'$P/%s'} run-as = 'nobody' %s }\n" "$1" "$1" "$2" >> "$ETC/access.conf"; }
command stubborn "timeout = '3s'"
command forks ""
command floods "timeout = '3s' max-output = '1k'"
command fills ""
command closes ""
command eats "max-memory = '200M'"
command spins "max-cpu = '1s'"
# The kernel counts all processes of the user: not one that others use.
echo "command bomb { groups = {'ops'} argv = {'$P/bomb'} run-as = 'games' max-processes = 20 }" >> "$ETC/access.conf"
command fds "umask = '027' dir = '/tmp'"
cat >> "$ETC/access.conf" <<END
command waits { groups = {'ops'} argv = {'$P/waits', '{v}'} arg v { match = '[a-z]+' } run-as = 'nobody' max-parallel = 2 }
command rest { groups = {'ops'} argv = {'/bin/true'} run-as = 'nobody' cooldown = '10s' }
END
enroll alice
start

# run ARGUMENTS...: to its end, which may come behind the first reply; its
# exit code is in $RC.
run () {
  local id
  RC=0
  as alice postern run web1 "$@" > "$W/out" 2> "$W/err" || RC=$?
  [ $RC = 75 ] || return 0
  id=$(sed -n 's/.*postern result web1 \([0-9a-f]\{8\}\).*/\1/p' "$W/err")
  until_ok has_ended "$id" || fail "$* does not end"
}
has_ended () {
  RC=0
  as alice postern result web1 "$1" > "$W/out" 2> "$W/err" || RC=$?
  [ $RC != 75 ]
}
says () {
  local code=$1 pattern=$2 rc
  shift 2
  run "$@"
  rc=$RC
  [ $rc = "$code" ] && { [ -z "$pattern" ] || grep -q -- "$pattern" "$W/err"; } \
    || fail "$*: exit $rc, not $code: $(cat "$W/out" "$W/err")"
}
none_left () { ! pgrep -f "$1"; }

say "SIGTERM means nothing to it"
says 137 'ended by signal 9 .*ended after its time' stubborn
until_ok none_left "$P/stubborn" || fail "it still runs"

say "what it started ends with it"
says 0 'exit 0' forks
[ "$(cat "$W/out")" = forked ] || fail "$(cat "$W/out")"
until_ok none_left 'sleep 1234.5' || fail "children of it still run"

say "a flood"
says 143 'ended after its time; not all of its output was kept' floods
[ "$(head -c 4 "$W/out")" = "y
y" ] || fail "$(head -c 100 "$W/out")"

say "a full disk, and no descriptors"
says 1 'exit 1' fills
grep -q 'No space left' "$W/out" || fail "$(cat "$W/out")"
: > "$W/state/closes.go"
says 4 'exit 4' closes

say "its limits"
says 1 'exit 1' eats
grep -q MemoryError "$W/out" || fail "$(cat "$W/out")"
run spins
[ $RC = 137 ] || [ $RC = 152 ] || fail "spins: exit $RC: $(cat "$W/err")"
says 5 'exit 5' bomb
until_ok none_left "$P/bomb" || fail "its children still run"

say "how it begins"
says 0 'exit 0' fds
cat > "$W/want" <<'END'
1
SigBlk:	0000000000000000
SigIgn:	0000000000000000
NoNewPrivs:	0
0027
/tmp
0
leader
END
cmp -s "$W/out" "$W/want" || fail "it begins with: $(cat "$W/out")"

say "not too many, and not too often"
for i in 1 2; do
  as alice postern run web1 waits v=go > "$W/bg$i" 2>&1 &
done
two () { [ "$(cat "$W/state/waits" 2>/dev/null | wc -l)" = 2 ]; }
until_ok two || fail "they do not start"
says 77 'already running' waits v=go
: > "$W/state/go"
free () { as alice postern run web1 waits v=go > "$W/out" 2>&1; }
until_ok free || fail "$(cat "$W/out")"
says 0 'exit 0' rest
says 77 'a moment ago' rest
rested () { as alice postern run web1 rest > "$W/out" 2>&1; }
until_ok rested || fail "$(cat "$W/out")"
ctl status >/dev/null || fail "posternd is not well"
say ok
