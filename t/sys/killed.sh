# killed.sh - For the tests that kill postern-keys at each of its steps.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Source it behind lib.sh; STEPS names the system calls.

keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }

can_inject () {
  in_server strace -qq -o /dev/null -e trace=none \
    -e inject=fsync:signal=KILL:when=60000 true 2>/dev/null \
    || skip "strace cannot inject signals here"
}

# keep: as the roster is now, each step begins; restore brings it there.
keep () {
  rm -rf "$W/kept"
  mkdir "$W/kept"
  cp -a "$ETC/users.d" "$ETC/state/muster" "$W/kept"
}
restore () {
  rm -rf "$ETC/users.d" "$ETC/state/muster"
  cp -a "$W/kept/users.d" "$ETC"
  cp -a "$W/kept/muster" "$ETC/state"
}

# each_step COMMAND VERB ARGUMENTS: run the verb until none of the steps
# kills it any more; COMMAND is called with the name of each.
each_step () {
  local command=$1 call n
  shift
  N=0
  for call in $STEPS; do
    n=1
    while killed_at "$call" $n "$@"; do
      "$command" "$1 killed at $call $n"
      restore
      n=$((n + 1))
      N=$((N + 1))
    done
    "$command" "$1 in the end"
    restore
  done
}
killed_at () {
  local call=$1 n=$2 rc=0
  shift 2
  in_server strace -qq -o /dev/null -e "trace=$call" \
    -e "inject=$call:signal=KILL:when=$n" postern-keys "$@" \
    --config "$ETC" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 0 ] && return 1
  [ $rc = 137 ] || fail "$1, $call $n: exit $rc: $(cat "$W/err")"
}

# whole WHAT [PATTERN]: the configuration is good, verify can read its keys,
# and nothing is amiss but a key alone, a file that counts for nothing, or
# what PATTERN says.
whole () {
  local rc=0
  keys check > "$W/check" 2> "$W/err" || rc=$?
  [ $rc = 0 ] || [ $rc = 65 ] || fail "$1: $(cat "$W/err")"
  if grep -v "^clock:\|^posternd: it still uses\|: this key is nobody.s\|left it behind; remove it\|not in the roster.s home${2:+\|$2}" "$W/check"; then
    fail "$1 leaves something amiss"
  fi
  grep -q "$ALICE" "$ETC/users.d/alice.conf" || fail "$1: alice is gone"
}

# key_of NAME: as their file has it; that the roster has it check says.
key_of () { sed -n "s/^ *key *= '\(.*\)'/\1/p" "$ETC/users.d/$1.conf" 2>/dev/null; }

# well WHAT [PATTERN]: nothing at all is amiss but what PATTERN says.
well () {
  find "$ETC" -name '*.new-??????' -delete
  keys check 2>/dev/null > "$W/check" || :
  if grep -v "^clock:${2:+\|$2}" "$W/check"; then fail "$1: not well"; fi
}
