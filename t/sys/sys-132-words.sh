#!/bin/bash
# What the operator is told: a rule for what is protected, who is not root,
# how long a trial has left, and who can do nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need setpriv
setup
person alice
person bob

# The first rule, and so the invites, follow --protect.
server --protect tcp/2222,tcp/4443
listen 2222
listen 4443
enroll alice
grep -q "^ports *= 'tcp/2222,tcp/4443'" "$W/alice/config/postern/hosts.d/web1.conf" \
  || fail "$(cat "$W/alice/config/postern/hosts.d/web1.conf")"
grep -q "tcp/22'" "$ETC/access.conf" && fail "$(cat "$ETC/access.conf")"
in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "$(cat "$W/out")"
grep -q 'rule.*opens no protected' "$W/out" && fail "$(cat "$W/out")"
for ports in none tcp/22; do
  in_server postern-keys init web2 --config "$W/other.${ports#*/}" --protect $ports > "$W/out" 2>&1 \
    || fail "init --protect $ports: $(cat "$W/out")"
  in_server posternd --check --config "$W/other.${ports#*/}" > "$W/out" 2>&1 || fail "$(cat "$W/out")"
done
say "the first rule is for what is protected"

# Who is nobody's group can do nothing, and is told so; alice was not.
grep -q 'can do nothing' "$W/enroll.log" && fail "$(cat "$W/enroll.log")"
in_server postern-keys enroll bob --config "$ETC" --key "$W/bob.pgp" \
  --fpr "$(fpr_of bob)" > "$W/bob.invite" 2> "$W/err" || fail "$(cat "$W/err")"
grep -q 'bob can do nothing yet: no rule and no command is for them' "$W/err" \
  || fail "$(cat "$W/err")"
say "who can do nothing"

# What only root can do says so, and who else can does not.
nobody () { in_server setpriv --reuid=65534 --regid=65534 --clear-groups "$@" > "$W/out" 2>&1; }
for command in "posternctl status" "posternctl reload" "posternd --check"; do
  rc=0
  nobody $command --config "$ETC" || rc=$?
  [ $rc = 77 ] && grep -qE 'only root can|must be started by root' "$W/out" \
    || fail "$command: $rc: $(cat "$W/out")"
  [ "$(wc -l < "$W/out")" = 1 ] || fail "$(cat "$W/out")"
done
rc=0
in_server posternctl status --config "$ETC" > "$W/out" 2>&1 || rc=$?
[ $rc = 69 ] && grep -q "no posternd runs here (.*/control); 'systemctl status postern' may" "$W/out" || fail "root: $rc: $(cat "$W/out")"
say "who is not root"

# A trial says how long it has left; without one there is nothing to keep.
start --trial 1h
until_ok grep -qE "posternd: on trial: it is undone in (1h|59m[0-9]*s?), unless 'posternctl keep'" \
  "$W/posternd.log" || fail "no word of the trial"
grep -q 'ready: ports or ranges shut: 2; people who may send requests: 2$' "$W/posternd.log" \
  || fail "$(cat "$W/posternd.log")"
left () { ctl status --json | python3 -c 'import json, sys
print(json.load(sys.stdin)["trial-left"])'; }
n=$(left)
[ "$n" -gt 3000 ] && [ "$n" -le 3600 ] || fail "left: $n"
ctl status > "$W/out"
grep -qE "^on trial  *ends in [0-9]+[hm][0-9ms]*; 'posternctl keep' keeps it$" "$W/out" || fail "$(cat "$W/out")"
ctl keep > "$W/out" || fail "keep: $(cat "$W/out")"
[ "$(left)" = None ] || fail "left: $(left)"
# Words, units, and something where there is nothing.
as alice postern open web1 udp/9 > "$W/out" 2>&1 && fail "udp/9"
ctl status > "$W/out"
for line in 'on trial  *no' 'horizon  *none' 'running since  *20..-..-.. ..:..:..' 'locked out  *nobody' \
            'replies  *[0-9]* sent, 0 failed' 'close-commands owed  *none' 'configuration  *[0-9a-f]*\.\.\.' \
            'refused  *1' 'doors  *1' '  main  *[0-9]* packets, 0 of them by its previous key' '  *1  no rule allows these ports'; do
  grep -q "^$line\$" "$W/out" || fail "status has no '$line': $(cat "$W/out")"
done
ctl horizon > "$W/out"
for line in 'horizon  *none' 'newest claim let go  *none' 'max-age  *2m' 'max-ahead  *30s' 'claims always kept  *1000000'; do
  grep -q "^$line\$" "$W/out" || fail "horizon has no '$line': $(cat "$W/out")"
done
rc=0
ctl keep > "$W/out" 2>&1 || rc=$?
[ $rc = 68 ] && grep -q 'not on trial' "$W/out" || fail "keep: $rc: $(cat "$W/out")"
rc=0
ctl close 00000000 > "$W/out" 2>&1 || rc=$?
[ $rc = 68 ] || fail "close: $rc: $(cat "$W/out")"
is_shut $S4 2222
as alice postern open web1 > "$W/out" 2>&1 || fail "$(cat "$W/out")"
is_open $S4 2222
is_open $S4 4443
stop
say "a trial's time"

# Two files of one name, or one key: both files are named.
printf "\nuser alice { key = '%s' }\n" "$(printf 'A%.0s' $(seq 40))" >> "$ETC/access.conf"
in_server posternd --check --config "$ETC" > "$W/out" 2>&1 && fail "alice twice"
grep -q "users.d/alice.conf:[0-9]*: user 'alice' is repeated: $ETC/access.conf has one" "$W/out" \
  || fail "$(cat "$W/out")"
sed -i "s/^user alice {.*/user carol { key = '$(fpr_of alice)' }/" "$ETC/access.conf"
in_server posternd --check --config "$ETC" > "$W/out" 2>&1 && fail "one key twice"
grep -q "users.d/alice.conf:.*is also that of 'carol' in $ETC/access.conf" "$W/out" \
  || fail "$(cat "$W/out")"
say "ok"
