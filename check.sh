#!/bin/bash
# check.sh - Install what the tests need, build, and run everything.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The last lines are the counts of all tests.  Logs stay in build/.

set -eu
cd "$(dirname "$0")"
. contrib/packages.sh
top=$PWD
passed=0 failed=0 skipped=0

say () { printf '\n== %s\n' "$*"; }

# Build in build/NAME with the options behind it; what the compiler says is
# shown only where it fails.
build () {
  local name=$1 log=build/$1.log
  shift
  rm -rf "build/$name"
  mkdir -p "build/$name"
  (cd "build/$name" && "$top/configure" --quiet "$@" \
     && make --quiet -j"$(nproc)" && make --quiet -j"$(nproc)" check TESTS=) \
    > "$log" 2>&1 || { tail -n 60 "$log"; exit 1; }
}

# Run its tests, two at a time, as each of them has namespaces of its own
# and mostly waits; each line of automake's summary is added up.
run_tests () {
  local name=$1 log=build/$1.out
  shift
  (cd "build/$name" && make --keep-going check "$@") > "$log" 2>&1 || :
  grep -E '^(PASS|FAIL|SKIP|ERROR|XPASS): ' "$log" || :
  passed=$((passed + $(grep -c '^PASS: ' "$log" || :)))
  skipped=$((skipped + $(grep -c '^SKIP: ' "$log" || :)))
  local bad
  bad=$(grep -cE '^(FAIL|ERROR|XPASS): ' "$log" || :)
  failed=$((failed + bad))
  if ! grep -q '^# TOTAL:' "$log"; then
    tail -n 40 "$log"
    failed=$((failed + 1))
  fi
  if [ "$bad" != 0 ]; then
    grep -lE '^:test-result: (FAIL|ERROR)' "build/$name"/t/*.trs \
      | while read -r trs; do
          printf '\n-- %s\n' "${trs%.trs}.log"
          tail -n 60 "${trs%.trs}.log"
        done
  fi
}

say "packages"
install_packages $build_packages $run_packages $test_packages $bench_packages

say "build, without a warning"
./autogen.sh > /dev/null 2>&1 || ./autogen.sh
build plain --enable-werror

say "tests"
run_tests plain -j2

say "build with the address and undefined behaviour sanitizers"
build sanitize --enable-werror --enable-sanitize
say "tests with the sanitizers"
# A confined process cannot look for leaks at its end.
ASAN_OPTIONS=detect_leaks=0 run_tests sanitize -j2

say "distribution"
if (cd build/plain && make --quiet distcheck \
      DISTCHECK_CONFIGURE_FLAGS=--enable-werror CHECK_QUICK=1) \
      > build/distcheck.out 2>&1; then
  echo "PASS: distcheck"
  passed=$((passed + 1))
else
  tail -n 40 build/distcheck.out
  echo "FAIL: distcheck"
  failed=$((failed + 1))
fi

say "demonstration"
if ./demo.sh > build/demo.out 2>&1; then
  echo "PASS: demo.sh"
  passed=$((passed + 1))
else
  tail -n 60 build/demo.out
  echo "FAIL: demo.sh"
  failed=$((failed + 1))
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
