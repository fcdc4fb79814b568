# long.sh - What does not fit into ten minutes.  check.sh --long sources it.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# LONG_KILLS      kills of a process at any moment        (1000)
# LONG_FUZZ       seconds of fuzzing, all fuzzers in all  (3600)
# LONG_MUTATIONS  changed inputs, all fuzzers in all      (1000000)
# LONG_MODEL      seconds of the model of two requests    (1200)
# LONG_ORACLE     messages that engine and gpg both read  (1000000)
# LONG_SEED       what all of that is made from           (the time)
#
# And README.md's way, on a minimal Debian 12 and 13: see t/fresh-root.sh.
#
# check.sh itself runs each of these small: sys-121-killed-often.sh, fuzz.test
# and model.test.  The last lines say what ran, with the seed that repeats it.

LONG_KILLS=${LONG_KILLS:-1000}
LONG_FUZZ=${LONG_FUZZ:-3600}
LONG_MUTATIONS=${LONG_MUTATIONS:-1000000}
LONG_MODEL=${LONG_MODEL:-1200}
LONG_ORACLE=${LONG_ORACLE:-1000000}
LONG_SEED=${LONG_SEED:-$(date +%s)}

count_of () { ls "$top"/t/fuzz/fuzz-*.c | grep -vc fuzz-main; }
share () { echo $((($1 + $(count_of) - 1) / $(count_of))); }

# The engine finds new ways by itself; it needs clang.
long_engine () {
  build fuzzer CC=clang --enable-fuzzer || return 0
  FUZZ_TIME=$(share "$LONG_FUZZ") FUZZ_SEED=$LONG_SEED \
    FUZZ_CORPUS=$work/fuzz-corpus run_tests fuzzer 1 t/fuzz.test
}

long_mutations () {
  ASAN_OPTIONS=detect_leaks=0 FUZZ_COUNT=$(share "$LONG_MUTATIONS") \
    FUZZ_SEED=$LONG_SEED run_tests sanitize 1 t/fuzz.test
}

long_kills () {
  KILLS=$LONG_KILLS SEED=$LONG_SEED PATIENCE=600 \
    run_tests plain 1 t/sys/sys-121-killed-often.sh
}

# README.md's way in a fresh minimal root; needs root and a mirror.
fresh_lane () {
  local release
  for release in bookworm trixie; do
    run_step "fresh-root-$release" t/fresh-root.sh "$release"
  done
}

# As long, and as many requests, as where these faults were found.
long_stall () {
  STALL=30 GOOD=120 PATIENCE=600 run_tests plain 1 t/sys/sys-410-agent.sh
}

long_model () {
  MODEL_LONG=1 MODEL_SECONDS=$LONG_MODEL run_tests plain 1 t/model.test
}

long_oracle () {
  ORACLE_COUNT=$LONG_ORACLE ORACLE_SEED=$LONG_SEED \
    run_tests plain 1 t/oracle.test
}

kills_lane () {
  build plain --enable-werror || return 0
  long_stall
  long_kills
  long_model
  long_oracle
}
fuzz_lane () {
  long_engine
  ! build sanitize --enable-werror --enable-sanitize || long_mutations
}

# What the log of a test says of a kind, or that it says nothing.
told () { grep -h "$2" "$work/$1" 2>/dev/null || echo "not run"; }

run_long () {
  say "$LONG_KILLS kills, $LONG_FUZZ s of fuzzing, $LONG_MUTATIONS mutations, $LONG_MODEL s of the model, $LONG_ORACLE messages for the oracle; seed $LONG_SEED"
  start_lane kills_lane
  start_lane fuzz_lane
  start_lane fresh_lane
  wait_lanes
  say "README.md on a minimal Debian"
  told fresh-root-bookworm.out "^-- README\|FAILED"
  told fresh-root-trixie.out "^-- README\|FAILED"
  say "fuzzing, $(share "$LONG_FUZZ") s each"
  told fuzzer/t/fuzz.log '^fuzz-\|^Done'
  say "mutations"
  told sanitize/t/fuzz.log 'changed inputs'
  say "kills"
  told plain/t/sys/sys-121-killed-often.sh.log '^ *[0-9]* [a-z-]*$\|no request worked twice'
  say "a stall of the agent"
  told plain/t/sys/sys-410-agent.sh.log ' were answered\| after the stall'
  say "the model, and the rules without which it fails"
  told plain/t/model.log '^[a-z].*: [a-z].*states'
  say "engine and gpg: both accept, only gpg, neither"
  told plain/t/oracle.log '^all \|^[0-9]* mutations, seed\|^FAILED'
  say "seed $LONG_SEED; to repeat it: LONG_SEED=$LONG_SEED ./check.sh --long"
}
