# check-lib.sh - What check.sh is made of.  Source it in the top folder.
# SPDX-License-Identifier: GPL-2.0-or-later

top=$PWD
lanes=

# Tests skip where the service's users are missing; each init makes them.
make_users () {
  local user
  [ "$(id -u)" = 0 ] || return 0
  for user in $(awk '$1 == "u" { print $2 }' contrib/sysusers.conf); do
    # Another run may be faster.
    getent passwd "$user" > /dev/null \
      || useradd --system --user-group --no-create-home \
           --shell /usr/sbin/nologin "$user" \
      || getent passwd "$user" > /dev/null
  done
}

say () { printf '\n== %s\n' "$*"; }

# Where to build: $work, by way of the sources in $src.  This is build/,
# except where configure would refuse that folder's name: one with blanks.
open_work () {
  work=$top/build src=$top
  mkdir -p build
  case $top in
    *[!A-Za-z0-9_./+-]*)
      away=$(mktemp -d /tmp/check.XXXXXX)
      work=$away/build src=$away/src
      ln -s "$top" "$src"
      mkdir "$work" ;;
  esac
  results=$top/build/results
  : > "$results"
  trap close_work EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# What still runs ends with this script; each lane is a group of its own.
close_work () {
  local status=$? lane
  trap - EXIT INT TERM
  for lane in $lanes; do kill -- "-$lane" 2>/dev/null || :; done
  [ -z "${away:-}" ] || {
    cp "$work"/*.log "$work"/*.out "$top/build/" 2>/dev/null || :
    rm -rf "$away"
  }
  exit $status
}

start_lane () {
  set -m
  "$1" < /dev/null &
  set +m
  lanes="$lanes $!"
}

wait_lanes () {
  local lane
  for lane in $lanes; do
    wait "$lane" || note "$lane" lane FAIL 0
  done
  lanes=
}

# note BUILD TEST RESULT SECONDS
note () {
  printf '%s %s %s %s\n' "$1" "$2" "$3" "$4" >> "$results"
  printf '%s: %s (%s, %s s)\n' "$3" "$2" "$1" "$4"
}

# build NAME OPTIONS...: what the compiler says is shown only where it fails.
build () {
  local name=$1 log=$work/$1.log begin=$SECONDS result=PASS
  shift
  rm -rf "${work:?}/$name"
  mkdir "$work/$name"
  (cd "$work/$name" && "$src/configure" --quiet "$@" \
     && make --quiet -j"$(nproc)" && make --quiet -j"$(nproc)" check TESTS=) \
    > "$log" 2>&1 || result=FAIL
  [ $result = PASS ] || tail -n 60 "$log"
  note "$name" build $result $((SECONDS - begin))
  [ $result = PASS ]
}

# All names, one a line.
all_tests () { make -s -C "$work/$1" print-tests; }
system_tests () { all_tests "$1" | grep '^t/sys/'; }
unit_tests () { all_tests "$1" | grep -v '^t/sys/'; }

# The longest first, or the last of them runs alone in the end.
ordered_tests () {
  local first
  first=$(names_in t/first.list)
  all_tests "$1" | grep -xF "$first" || :
  system_tests "$1" | grep -vxF "$first" || :
  unit_tests "$1" | grep -vxF "$first" || :
}

sanitized_tests () {
  names_in t/sanitize.list
  unit_tests sanitize
}

# A list has a name and words on it in each line; # begins a comment.
names_in () { awk '!/^#/ && NF { print $1 }' "$top/$1"; }

# run_tests NAME JOBS TEST...
run_tests () {
  local name=$1 jobs=$2 log=$work/$1.out told= test result
  shift 2
  (cd "$work/$name" && make --keep-going -j"$jobs" check TESTS="$*" 2>&1) \
    | tee "$log" | sed -nu "s/^\(PASS\|FAIL\|SKIP\|ERROR\|XPASS\): .*/& ($name)/p"
  for test; do
    result=$(sed -n 's/^:test-result: //p' "$work/$name/${test%.test}.trs" \
      2>/dev/null) || :
    printf '%s %s %s %s\n' "$name" "$test" "${result:-ERROR}" \
      "$(took "$work/$name/${test%.test}.log")" >> "$results"
    case $result in
      PASS | SKIP) ;;
      *) printf '\n-- %s: %s\n' "$name" "$test"
         tail -n 60 "$work/$name/${test%.test}.log" 2>/dev/null \
           || [ -n "$told" ] || { tail -n 40 "$log"; told=1; } ;;
    esac
  done
}

took () { sed -n 's/^took \([0-9.]*\) s, .*/\1/p' "$1" 2>/dev/null | tail -n 1; }

# run_step NAME COMMAND...: a test that is no make test.
run_step () {
  local name=$1 log=$work/$1.out begin=$SECONDS result=PASS
  shift
  "$@" > "$log" 2>&1 || result=FAIL
  [ $result = PASS ] || tail -n 60 "$log"
  note plain "$name" $result $((SECONDS - begin))
}

slowest () {
  sort -k4,4nr "$results" \
    | awk -v n="$1" 'NR <= n { printf "%8.1f s  %s (%s)\n", $4, $2, $1 }'
}

# A skip must stand in t/skips.list, and what stands there must skip.
compare_skips () {
  awk '$3 == "SKIP" { print $1, $2 }' "$results" | while read -r name test; do
    printf '%s %s: %s\n' "$name" "$test" "$(grep -h 'skipped' \
      "$work/$name/${test%.test}.log" | tail -n 1)"
  done
  awk -v list="$top/t/skips.list" '
    FILENAME == list { if (!/^#/ && NF) listed[$1 " " $2] = 1; next }
    { ran[$1 " " $2] = $3 }
    END {
      for (t in ran) if (ran[t] == "SKIP" && !(t in listed))
        print t, "is not in t/skips.list"
      for (t in listed) if (ran[t] != "SKIP")
        print t, "is in t/skips.list, and was not skipped"
    }' "$top/t/skips.list" "$results" > "$work/skips.out"
  if [ -s "$work/skips.out" ]; then
    cat "$work/skips.out"
    note all skips.list FAIL 0
  else
    note all skips.list PASS 0
  fi
}

# The counts, alone on the last line; status 1 where anything failed.
finish () {
  awk '
    $3 == "PASS" { passed++; next }
    $3 == "SKIP" { skipped++; next }
    { failed++; printf "%s: %s (%s)\n", $3, $2, $1 }
    END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped
          exit failed || !passed }' "$results"
}
