#!/bin/bash
# Another firewall behind a rule: its commands open and close there, as the
# named user, once for each grant; and what closes runs whatever was killed.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
listen 22
P=/usr/local/libexec/pt$$
mkdir -p $P
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
# Each start is a line: who it runs as, then its arguments, each in <>.  It
# fails while there is a file FILE.broken, and hangs for FILE.hang.
cat > $P/fw <<'END'
#!/bin/bash
file=$1
shift
line=$(id -un):$(ulimit -c):
for arg; do line="$line<$arg>"; done
# Whoever sees the line may change what is to come of the next start.
hang= broken=
[ -e "$file.hang" ] && hang=1
[ -e "$file.broken" ] && broken=1
printf '%s\n' "$line" >> "$file"
[ -z "$hang" ] || exec sleep 600
[ -z "$broken" ] || { echo "fw: cannot"; exit 3; }
END
chmod 755 $P/fw
touch "$W/fw"
chown nobody "$W/fw"
cp "$ETC/access.conf" "$W/access.plain"
sed -i "/^rule /a open-command = 'fw-open' close-command = 'fw-close'" "$ETC/access.conf"
grep -q open-command "$ETC/access.conf" || fail "no rule: $(cat "$ETC/access.conf")"
cat >> "$ETC/access.conf" <<END
command fw-open { argv = {'$P/fw', '$W/fw', '{event}', '{user}', '{address}', '{ports}', 'r={rule} \$(id); "x'} run-as = 'nobody' }
command fw-close { argv = {'$P/fw', '$W/fw', '{event}', '{user}', '{address}', '{ports}'} run-as = 'nobody' }
END
RUN=$(sed -n "s/^runtime *= *'\(.*\)'.*/\1/p" "$ETC/posternd.conf")
RULE=$(sed -n 's/^rule \([^ ]*\).*/\1/p' "$ETC/access.conf" | head -1)
enroll alice
enroll bob
start

n=0
# Exactly these lines were added since the last time.
lines () {
  local want
  want=$(printf '%s\n' "$@")
  until_ok has_lines $((n + $#)) || fail "not $#, but: $(tail -n +$((n + 1)) "$W/fw"); $(tail -5 "$W/posternd.log")"
  [ "$(tail -n +$((n + 1)) "$W/fw")" = "$want" ] \
    || fail "'$(tail -n +$((n + 1)) "$W/fw")', not '$want'"
  n=$((n + $#))
}
has_lines () { [ "$(wc -l < "$W/fw")" -ge "$1" ]; }
opens () {
  as "$1" postern open web1 "${@:2}" > "$W/out" 2>&1 || fail "$*: $(cat "$W/out")"
}
O () { printf '%s' "nobody:0:<open><$1><$C4><tcp/22><r=$RULE \$(id); \"x>"; }
C () { printf '%s' "nobody:0:<close><$1><$C4><tcp/22>"; }
# settled EVENT NAME: act has written down that this one, the last, has run.
is_settled () {
  grep -e '-command of the rule' "$W/posternd.log" | tail -n 1 \
    | grep -q "$1-command of the rule $RULE ($2, $C4, tcp/22) has run"
}
settled () { until_ok is_settled "$@" || fail "$1-command of $2 does not end"; }
act_pid () { ps -o pid=,comm= --ppid "$POSTERND" | awk '$2 == "act" { print $1; exit }'; }
act_is_new () { local p; p=$(act_pid); [ -n "$p" ] && [ "$p" != "$1" ]; }
kill_act () {
  local pid
  pid=$(act_pid)
  kill -9 "$pid"
  until_ok act_is_new "$pid" || fail "act does not come back"
  until_ok ctl grants || fail "it does not come back"
}

opens alice --for 1h
lines "$(O alice)"
is_open $S4 22
opens alice --for 2h
opens bob --for 1h
lines "$(O bob)"
as alice postern close web1 > "$W/out" 2>&1 || fail "close: $(cat "$W/out")"
lines "$(C alice)"
opens alice --for 1s
lines "$(O alice)" "$(C alice)"
ctl close --all > /dev/null
lines "$(C bob)"
say "opened and closed there, as the named user, and not again for a renewal"

as alice postern open web1 --once > "$W/out" 2>&1 && fail "once is granted"
grep -q "neither once nor bind" "$W/out" || fail "once: $(cat "$W/out")"
ctl audit --json --last 2 | grep 'neither once nor bind' | grep -q '"policy"' || fail "$(ctl audit --json --last 2)"
as alice postern seal open web1 --once --source $C4 -o "$W/once" || fail "seal"
ctl explain "$W/once" > "$W/out" 2>&1 && fail "once passes explain"
grep -q "policy *the rule has an open-command, .*; nearest is rule $RULE" "$W/out" || fail "explain: $(cat "$W/out")"
as alice postern seal open web1 --source $C4 -o "$W/plain" || fail "seal"
ctl explain "$W/plain" > "$W/out" 2>&1 || fail "explain: $(cat "$W/out")"
opens alice --for 5s
lines "$(O alice)"
say "a grant with once is refused, one without is not"

# act is killed while it is open; it is closed at its time, once.
settled open alice
kill_act
lines "$(C alice)"
opens alice --for 1h
lines "$(O alice)"
settled open alice
kill_act
opens bob --for 1h
lines "$(O bob)"
ctl close --all > /dev/null
until_ok has_lines $((n + 2)) || fail "not closed"
[ "$(tail -n 2 "$W/fw" | sort)" = "$(printf '%s\n' "$(C alice)" "$(C bob)")" ] || fail "$(tail -n 3 "$W/fw")"
n=$((n + 2))
say "after a kill of act it closes in its time, and does not open again what lives on"

# All is killed, and the time passes.
opens alice --for 6s
over=$(($(date +%s) + 7))
lines "$(O alice)"
kill -9 "$POSTERND"
wait "$POSTERND" 2>/dev/null || :
is_over () { [ "$(date +%s)" -gt "$over" ]; }
until_ok is_over
has_lines $((n + 1)) && fail "something closed it"
start
lines "$(C alice)"
say "what was owed when all was killed is closed at the start"

# As after a boot: the book of grants is lost.
opens bob --for 1h
lines "$(O bob)"
stop
rm -f "$RUN"/act/grants.db*
start
lines "$(C bob)"
say "and so it is after a boot"

# One that fails is tried again; a new act tries it as well.
opens alice --for 1h
lines "$(O alice)"
touch "$W/fw.broken"
ctl close --all > /dev/null
until_ok has_lines $((n + 2)) || fail "not tried again"
ctl status > "$W/out" || fail "status"
grep -q "^close-commands owed  *1, the oldest since 20" "$W/out" || fail "status: $(cat "$W/out")"
ctl status --json | grep -q '"owed": *{"close-commands": *1, *"since": *[0-9]\{10\}}' || fail "$(ctl status --json)"
kill_act
before=$(wc -l < "$W/fw")
until_ok has_lines $((before + 1)) || fail "the next act does not try"
rm "$W/fw.broken"
before=$(wc -l < "$W/fw")
until_ok has_lines $((before + 1)) || fail "not tried again"
not_owed () { ctl status > "$W/out" && grep -q "^close-commands owed  *none$" "$W/out"; }
until_ok not_owed || fail "status: $(cat "$W/out")"
settled close alice
grep -q "close-command of the rule $RULE (alice, $C4, tcp/22) failed" "$W/posternd.log" || fail "not logged"
n=$(wc -l < "$W/fw")
say "a close-command that fails is tried again until it works"

# open-command fails: the grant stands; a renewal tries again; it is closed.
touch "$W/fw.broken"
opens bob --for 1h
lines "$(O bob)"
is_open $S4 22
until_ok grep -q "open-command of the rule $RULE (bob, $C4, tcp/22) failed" "$W/posternd.log" || fail "not logged"
rm "$W/fw.broken"
opens bob --for 1h
lines "$(O bob)"
say "an open-command that fails is logged, and tried again by a renewal"

# One that hangs holds up nothing.
touch "$W/fw.hang"
ctl close --all > /dev/null
lines "$(C bob)"
opens alice --for 1h
is_open $S4 22
rm "$W/fw.hang"
stop
start
lines "$(C bob)" "$(O alice)"
say "one that hangs holds up no grant, and is done again"

# The rule and its commands are gone.
cp "$W/access.plain" "$ETC/access.conf"
sed -i "s/^rule $RULE/rule other/" "$ETC/access.conf"
reload_all
lines "$(C alice)"
say "a reload without the rule closes what it opened"

# What --check says, and what is refused.
cat >> "$ETC/access.conf" <<END
rule far { groups = {'ops'} ports = {'tcp/99'} open-command = 'o' close-command = 'c' }
command o { argv = {'$P/fw', '{address}'} run-as = 'nobody' }
command c { argv = {'$P/gone', '{address}'} run-as = 'nobody' }
END
in_server posternd --config "$ETC" --check > "$W/check" 2>&1 || :
for text in "^Command o runs $P/fw '{address}' as nobody to open what the rule far grants$" \
  "^Command c runs $P/gone '{address}' as nobody to close what the rule far granted$" \
  "command c: $P/gone: .* It will not be started"; do
  grep -q "$text" "$W/check" || fail "--check does not say '$text': $(cat "$W/check")"
done
sed -i "s/ close-command = 'c'//" "$ETC/access.conf"
in_server posternd --config "$ETC" --check > "$W/check" 2>&1 && fail "one without the other is taken"
grep -q "it needs both" "$W/check" || fail "$(cat "$W/check")"
say ok
