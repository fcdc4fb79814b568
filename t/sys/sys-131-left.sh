#!/bin/bash
# Whose reader leaves early says nothing of it, but where what it wrote is of
# use only as a whole; and nobody else minds.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
printf "command seq { groups = {'ops'} argv = {'/usr/bin/seq', '20000'} run-as = 'nobody' max-output = '1M' }\n" >> "$ETC/access.conf"
enroll alice
start

# Run it with a stdout that nobody reads any more, and with SIGPIPE as a shell
# has it.  Status: its own, or 128 and the signal that ended it.
cat > "$W/gone.py" <<'PY'
import os, signal, subprocess, sys
r, w = os.pipe()
os.close(r)
rc = subprocess.run(sys.argv[1:], stdout=w, stdin=subprocess.DEVNULL,
                    preexec_fn=lambda: signal.signal(signal.SIGPIPE,
                                                     signal.SIG_DFL)).returncode
sys.exit(rc if rc >= 0 else 128 - rc)
PY

# quiet RC WRAPPER COMMAND...: ends with that status, and a word to nobody.
quiet () {
  local want=$1 wrapper=$2 rc=0
  shift 2
  $wrapper python3 "$W/gone.py" "$@" 2> "$W/err" || rc=$?
  [ $rc = "$want" ] && [ ! -s "$W/err" ] || fail "$*: $rc, $(cat "$W/err")"
}
# told RC PATTERN WRAPPER COMMAND...: the same, with the one line that tells.
told () {
  local want=$1 pattern=$2 wrapper=$3 rc=0
  shift 3
  $wrapper python3 "$W/gone.py" "$@" 2> "$W/err" || rc=$?
  [ $rc = "$want" ] && grep -q -- "$pattern" "$W/err" \
    || fail "$*: $rc, $(cat "$W/err")"
}
alice () { as alice "$@"; }
answered () { as alice postern whoami web1 > "$W/out" 2>&1 || fail "$1: $(cat "$W/out")"; }
answered "at first"

say "lists"
for verb in "audit --last 500" "audit --json" status "status --json" grants \
            --help; do
  quiet 0 in_server posternctl --config "$ETC" $verb
done
for verb in list "show alice" "door list"; do
  quiet 0 in_server postern-keys $verb --config "$ETC"
done
for verb in "pending web1" hosts "whoami web1" "open web1"; do
  quiet 0 alice postern $verb
done
# These leave SIGPIPE as it is, and so end as any filter.
quiet 141 in_server posternd --config "$ETC" --check
quiet 141 in_server posternd --help
quiet 141 alice postern --help

say "what a command wrote"
rc=0
alice python3 "$W/gone.py" postern run web1 seq 2> "$W/err" || rc=$?
[ $rc = 0 ] && grep -q 'exit 0' "$W/err" && ! grep -q 'written' "$W/err" \
  || fail "run: $rc, $(cat "$W/err")"
rc=0
as alice postern run web1 seq > /dev/full 2> "$W/err" || rc=$?
[ $rc = 74 ] && grep -q 'cannot be written' "$W/err" \
  || fail "run, a full disk: $rc, $(cat "$W/err")"

say "what is of use as a whole"
told 74 'not complete' in_server posternctl --config "$ETC" audit export
told 74 'Broken pipe' in_server postern-keys export alice --config "$ETC"
told 74 'Broken pipe' in_server postern-keys invite alice --config "$ETC"
told 73 'Broken pipe' alice postern seal open web1 -o -
told 74 "'postern-keys invite bob' writes another" in_server \
  postern-keys enroll bob --config "$ETC" --key "$W/bob.pgp" \
  --fpr "$(fpr_of bob)" --group ops
in_server postern-keys invite bob --config "$ETC" > "$W/bob.invite" 2> "$W/err" \
  || fail "invite bob: $(cat "$W/err")"
as bob postern join "$W/bob.invite" --fpr "$SFPR" > "$W/out" 2>&1 \
  || fail "bob cannot join: $(cat "$W/out")"

say "and posternd goes on"
answered "afterwards"
as bob postern whoami web1 > "$W/out" 2>&1 || fail "bob: $(cat "$W/out")"
! grep 'starting it again' "$W/posternd.log" || fail "one ended"
say ok
