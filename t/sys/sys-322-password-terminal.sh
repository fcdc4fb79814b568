#!/bin/bash
# The real pinentry on a terminal: with and without it on our descriptors.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 pinentry-curses setsid
setup
person alice
server
enroll alice
unset GPG_TTY
export TERM=xterm
echo "pinentry-program $(command -v pinentry-curses)" > "$W/alice/gnupg/gpg-agent.conf"
echo "credential = 'shadow'" >> "$W/alice/config/postern/hosts.d/web1.conf"
echo 'correct horse' > "$W/typed"
want="password: $(printf 'correct horse' | base64)"

# asked WHAT SCRIPT: the script, with $W, asks on the terminal and is answered.
asked () {
  rm -f "$W/d"
  as alice env W="$W" python3 "$srcdir/t/sys/on-terminal.py" 'Password:' "$W/typed" \
    sh -c "$2" > "$W/screen" || fail "$1: exit $?: $(cat "$W/screen" "$W/err.log")"
  grep -q 'system password of alice' "$W/screen" || fail "$1: asks something else"
  ! grep -q 'correct horse' "$W/screen" || fail "$1: shows the password"
  [ "$(attachment "$W/d")" = "$want" ] || fail "$1: carries $(attachment "$W/d")"
  say "$1: asked"
}
: > "$W/err.log"
asked "on the terminal" 'exec postern seal open web1 -o "$W/d"'
# As ssh starts its ProxyCommand, here with stderr in a file as well.
asked "beside pipes" 'true | postern seal open web1 -o "$W/d" 2>"$W/err.log" | cat'
asked "by GPG_TTY" 'GPG_TTY=$(tty); export GPG_TTY
  setsid -w postern seal open web1 -o "$W/d" </dev/null >"$W/err.log" 2>&1'

# No terminal at all.
rc=0
as alice setsid -w postern seal open web1 -o "$W/d2" </dev/null >"$W/err.log" 2>&1 || rc=$?
[ $rc = 66 ] && grep -q 'no terminal' "$W/err.log" || fail "without one: $rc: $(cat "$W/err.log")"
[ ! -e "$W/d2" ] || fail "without one: written"
as alice setsid -w postern seal open web1 -o "$W/d" --password-fd 0 <"$W/typed" >"$W/err.log" 2>&1 \
  || fail "without one, by descriptor: $(cat "$W/err.log")"
[ "$(attachment "$W/d")" = "$want" ] || fail "by descriptor: carries $(attachment "$W/d")"
# Nor does a terminal serve as that descriptor.
rc=0
as alice env W="$W" python3 "$srcdir/t/sys/on-terminal.py" 'Password:' "$W/typed" \
  postern seal open web1 -o "$W/d2" --password-fd 0 > "$W/screen" || rc=$?
[ $rc = 64 ] && grep -q 'is a terminal' "$W/screen" || fail "a terminal as descriptor: $rc"
say "ok"
