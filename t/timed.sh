#!/bin/bash
# timed.sh - Run one test, and note in its log what it took.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The last line is "took WALL s, CPU s of it computing", where what a test
# starts and does not wait for is not in the second number.  A test goes by
# one umask, whoever runs it.

umask 022
TIMEFORMAT='took %R s, %U s + %S s of it computing'
time "$@"
