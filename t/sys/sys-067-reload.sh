#!/bin/bash
# What the unit runs for "systemctl reload" fails where the configuration is
# refused, with its file and line, and warns as posternd --check does.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
enroll alice
start

RELOAD=$(sed -n 's/^ExecReload=//p' "$srcdir/contrib/postern.service" \
  | sed "s,@sbindir@,$POSTERN_BIN,")
# As systemd would, but for this configuration.
reloads () {
  local rc=0
  in_server env -i MAINPID="$POSTERND" POSTERN_LIBEXEC="${POSTERN_LIBEXEC:-}" $RELOAD --config "$ETC" \
    > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$1" ] || fail "the unit's reload ends with $rc, not $1: $(cat "$W/err")"
}
in_force () { ctl status --json | python3 -c '
import json, sys
print(json.load(sys.stdin)["config"])'; }

before=$(in_force)
sed -i "s/^max-age .*/max-age = '120x'/" "$ETC/posternd.conf"
line=$(grep -n '^max-age' "$ETC/posternd.conf" | cut -d: -f1)
reloads 78
grep -q "posternd.conf:$line: " "$W/err" || fail "no file and line: $(cat "$W/err")"
[ "$(wc -l < "$W/err")" = 1 ] || fail "more than a line: $(cat "$W/err")"
[ "$(in_force)" = "$before" ] || fail "another configuration is in force"
sed -i "s/^max-age .*/max-age = '90s'/" "$ETC/posternd.conf"
reloads 0
[ "$(in_force)" != "$before" ] || fail "the good one is not in force"
say "refused and taken"

# Nothing looks unwise yet; then what the two parts of --check warn of.
warnings () {
  in_server env -i POSTERN_LIBEXEC="${POSTERN_LIBEXEC:-}" "$POSTERN_BIN/posternd" --check --config "$ETC" \
    > "$W/check" || fail "--check: $(cat "$W/check")"
  grep '^Warning: ' "$W/check"
}
! warnings || fail "warnings where there should be none"
[ ! -s "$W/err" ] || fail "reload warns: $(cat "$W/err")"
sed -i "/^replies/a open-door = true" "$ETC/posternd.conf"
in_server nft add table inet other
in_server nft 'add chain inet other input { type filter hook input priority 0; policy drop; }'
warnings > "$W/want"
grep -q 'open-door' "$W/want" && grep -q 'inet other' "$W/want" || fail "$(cat "$W/want")"
reloads 0
cmp "$W/want" "$W/err" || fail "reload warns otherwise: $(cat "$W/err")"

# By a signal nobody hears what posternctl would print: it is logged.
logged () { sed -n "$((before + 1)),\$p" "$W/posternd.log" | grep -F "$1"; }
hangup () {
  before=$(wc -l < "$W/posternd.log")
  kill -HUP "$POSTERND"
  until_ok logged "posternd: $1" || fail "SIGHUP: '$1' is not logged"
}
hangup reloaded
sed 's/^Warning: //' "$W/want" > "$W/lines"
[ "$(wc -l < "$W/lines")" -ge 2 ] || fail "fewer than two warnings"
while read -r line; do
  until_ok logged "$line" || fail "not logged: $line"
done < "$W/lines"
sed -i '/^open-door/d' "$ETC/posternd.conf"
in_server nft delete table inet other
hangup reloaded
# The next reload is behind whatever the one before had to say.
hangup reloaded
! logged 'open-door' || fail "open-door is warned of"
! logged 'inet other' || fail "a table that is gone is warned of"
say "ok"
