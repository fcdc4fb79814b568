#!/bin/bash
# No program and no process is started for a packet: strace(1) of unseal,
# verify, decide, act and gpg-agent during many good requests.  A command, for
# which act does start one, shows that it would have been seen.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# REQUESTS   good requests (100)
. "$(dirname "$0")/lib.sh"
need strace
REQUESTS=${REQUESTS:-100}
setup
person alice
server
cat >> "$ETC/access.conf" <<'END'
command who { groups = {'ops'} argv = {'/usr/bin/id', '-un'} run-as = 'nobody' }
END
enroll alice
start

WHO='unseal|verify|decide|act|gpg-agent'
traced=$(pgrep -P "$POSTERND" -x "$WHO")
[ "$(echo "$traced" | wc -l)" = 7 ] || fail "not seven processes: $traced"
strace -f -qq -s 0 -e trace=process -o "$W/trace" $(printf -- '-p %s ' $traced) \
  2> "$W/strace.err" &
own $!
are_traced () {
  local pid
  for pid in $traced; do
    grep -q '^TracerPid:.*[1-9]' "/proc/$pid/status" || return 1
  done
}
until_ok are_traced || fail "strace does not reach them: $(cat "$W/strace.err")"

# What was started; a thread of the agent's is none of that.
starts () {
  grep -E '^[0-9]+ +(execveat|execve|fork|vfork|clone3|clone)\(' "$W/trace" \
    | grep -v CLONE_THREAD
}

say "$REQUESTS good requests"
for i in $(seq "$REQUESTS"); do
  as alice postern open web1 --for 5s > "$W/out" 2>&1 || fail "request $i: $(cat "$W/out")"
done
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami: $(cat "$W/out")"
! starts > "$W/starts" || fail "started: $(cat "$W/starts")"
are_traced || fail "one has ended, or is not traced any more"
[ "$(pgrep -P "$POSTERND" -x "$WHO")" = "$traced" ] || fail "these are others"

say "a command"
as alice postern run web1 who > "$W/out" 2> "$W/err" || fail "run: $(cat "$W/err")"
[ "$(cat "$W/out")" = nobody ] || fail "it said: $(cat "$W/out")"
starts > "$W/starts" || fail "what act started was not seen"
grep -q 'execve(' "$W/starts" && grep -Eq '(fork|clone3?)\(' "$W/starts" \
  || fail "not all was seen: $(cat "$W/starts")"
# It was act, and nobody else.
act=$(pgrep -P "$POSTERND" -x act)
[ "$(grep -Ev 'execve' "$W/starts" | awk '{ print $1 }' | head -n 1)" = "$act" ] \
  || fail "somebody else started it: $(cat "$W/starts")"
say ok
