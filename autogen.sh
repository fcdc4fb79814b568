#!/bin/sh
# Make configure and its helpers.
# SPDX-License-Identifier: GPL-2.0-or-later
set -e
cd "$(dirname "$0")"

# need TOOL PACKAGE: autoreconf would fail with other words.
missing=
need () {
  command -v "$1" >/dev/null || {
    echo "autogen.sh: $1 is missing: install $2" >&2
    missing=1
  }
}
need autoreconf autoconf
need aclocal automake
need pkg-config pkg-config
need make make
[ -z "$missing" ] || exit 69

exec autoreconf --install --force --warnings=all
