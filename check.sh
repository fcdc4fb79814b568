#!/bin/bash
# check.sh - Install what the tests need, build, and run everything.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh [--long] [--release NAME]
#
#   --long          run what does not fit into ten minutes instead: see
#                   t/long.sh
#   --release NAME  do it all in a Debian of that name, which is made for
#                   it: see contrib/release-root.sh
#
# Two lanes run side by side.  In one the plain build and all of its tests,
# eight system tests at a time, as they wait more than they compute; in the
# other the build with the sanitizers and its tests, the distribution and the
# demonstration.  Each test's result is a line "BUILD TEST RESULT SECONDS"
# in build/results.  The last line of the output is the counts.  Logs stay in
# build/.

set -eu
umask 022                       # Other users run what is built.
cd "$(dirname "$0")"
. contrib/packages.sh
. t/check-lib.sh

usage () {
  sed -n 's/^# \(check.sh \[.*\)/usage: \1/p' "$0"
  exit "$1"
}

long= release=
while [ $# -gt 0 ]; do
  case $1 in
    --long) long=--long ;;
    --release) [ $# -gt 1 ] || usage 64; release=$2; shift ;;
    --help) usage 0 ;;
    *) usage 64 ;;
  esac
  shift
done
[ -z "$release" ] || exec contrib/release-root.sh "$release" $long

# All tests of the plain build; system tests overlap.
plain_lane () {
  build plain --enable-werror || return 0
  run_tests plain $((4 * $(nproc))) $(ordered_tests plain)
}

# System tests run in the plain build, whose sandboxes are the real ones.
# Here, where there is no seccomp, a wider Landlock and no limit on memory,
# run those that feed parsers.
sanitize_lane () {
  # A confined process cannot look for leaks at its end.
  export ASAN_OPTIONS=detect_leaks=0 ORACLE_COUNT=4000
  ! build sanitize --enable-werror --enable-sanitize \
    || run_tests sanitize $((2 * $(nproc))) $(sanitized_tests)
  unset ASAN_OPTIONS ORACLE_COUNT
  run_step distcheck run_distcheck
  run_step demo.sh ./demo.sh
}

run_distcheck () {
  make --quiet -C "$work/plain" distcheck CHECK_QUICK=1 FUZZ_TIME=1 \
    DISTCHECK_CONFIGURE_FLAGS=--enable-werror
}

say "packages"
install_packages $build_packages $run_packages $test_packages $bench_packages
make_users
say "configure"
./autogen.sh > /dev/null 2>&1 || ./autogen.sh
open_work

[ -z "$long" ] || { . t/long.sh; run_long; finish; exit; }

say "builds, without a warning, and their tests"
start_lane plain_lane
start_lane sanitize_lane
wait_lanes

say "the slowest"
slowest 10
say "what was skipped"
compare_skips
finish
