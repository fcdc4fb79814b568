#!/bin/bash
# postern-keys group: into groups and out of them, also for a while, which
# ends by itself.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server --protect tcp/22,tcp/5432
listen 22
listen 5432
sed -i "s/^rule ops/rule ssh/; s|^  ports .*|  ports = {'tcp/22'}|" "$ETC/access.conf"
cat >> "$ETC/access.conf" <<'EOF'
rule db {
  groups = {'dba'}
  ports  = {'tcp/5432'}
  max-time = '1h'
}
EOF
enroll alice
start
FILE=$ETC/users.d/alice.conf
keys () { in_server postern-keys "$@" --config "$ETC" > "$W/out" 2> "$W/err"; }
group () { keys group alice "$@" || fail "group $*: $(cat "$W/err")"; }
# refuse CODE TEXT ARGUMENTS: and nothing is changed.
refuse () {
  local code=$1 text=$2 rc=0
  shift 2
  cp "$FILE" "$W/before"
  keys group "$@" || rc=$?
  [ $rc = "$code" ] && grep -q -- "$text" "$W/err" || fail "group $*: $rc: $(cat "$W/err")"
  [ "$(wc -l < "$W/err")" = 1 ] || fail "$(cat "$W/err")"
  cmp -s "$FILE" "$W/before" || fail "$*: $(cat "$FILE")"
}
open () { as alice postern open web1 tcp/5432 "$@" > "$W/out" 2>&1; }

# What stands in the file by hand stays there.
sed -i "s/^  groups .*/  groups = { 'ops' }   # since May/; s/^}/  logins = {'a.b'} # hers\n}/" "$FILE"
reload_all
open && fail "not in dba, and opens"
group +dba +spare --why 'on call'
grep -q 'alice is in ops, dba, spare now' "$W/err" || fail "$(cat "$W/err")"
grep -q 'no rule and no command names the group spare' "$W/err" || fail "$(cat "$W/err")"
grep -q 'the group dba$' "$W/err" && fail "$(cat "$W/err")"
grep -q "^  groups  = {'ops', 'dba', 'spare'}   # since May$" "$FILE" \
  && grep -q "^  logins = {'a.b'} # hers$" "$FILE" || fail "$(cat "$FILE")"
audited "the person's groups were changed.*\+dba, \+spare; on call"
open --for 1h || fail "in dba: $(cat "$W/out")"
is_open $S4 5432
group -dba -spare
is_shut $S4 5432
open && fail "out of dba, and opens"
as alice postern open web1 tcp/22 > "$W/out" 2>&1 || fail "still in ops: $(cat "$W/out")"
say "in and out"

# What cannot be.
refuse 68 'they are not in dba' alice -dba
refuse 67 'nobody of this name' carol +dba
refuse 64 'is not +GROUP or -GROUP' alice +Dba
refuse 64 'named twice' alice +dba -dba
refuse 64 'nothing to change' alice
refuse 64 'needs a +GROUP' alice -ops --until 8h
refuse 64 'is not a time' alice +dba --until soon
refuse 64 'is in the past' alice +dba --until 2020-01-01
refuse 64 'is not a time' alice +dba --until 2027-02-31
refuse 78 'without a time limit' alice +ops --until 8h
printf 'user bob { key = "%s" }\n' "$(printf 'A%.0s' $(seq 40))" >> "$FILE"
refuse 78 'which others share' alice +dba
sed -i '/^user bob/d' "$FILE"
say "what cannot be"

# For a while.  Where the machine is so busy that it ends before she asks, a
# longer one.
for SECS in 4 16 64; do
  group +dba --until ${SECS}s
  open --for 1h && break
done
grep -q 'opened tcp/5432' "$W/out" || fail "until: $(cat "$W/out")"
keys list || fail list
grep -q "ops,dba($(date -u +%Y)-" "$W/out" || fail "$(cat "$W/out")"
keys show alice || fail show
grep -q '^group  *dba until ' "$W/out" || fail "$(cat "$W/out")"
keys list --json || fail list
python3 -c 'import json, sys
a = json.load (sys.stdin)[0]
assert a["groups"] == ["ops"] and a["groups-until"][0]["group"] == "dba", a' < "$W/out" \
  || fail "$(cat "$W/out")"
cp "$FILE" "$W/before"
grants_end () { [ -z "$(grant_lines | grep 5432)" ]; }
until_ok grants_end || fail "the grant outlives the group"
is_shut $S4 5432
refused () { ! open; }
until_ok refused || fail "the group does not end"
cmp -s "$FILE" "$W/before" || fail "somebody wrote the file"
as alice postern open web1 tcp/22 > "$W/out" 2>&1 || fail "and ops: $(cat "$W/out")"
keys check || :
grep -q "user alice: in the group dba until .*; 'postern-keys group alice -dba'" "$W/out" \
  || fail "check: $(cat "$W/out")"
keys show alice && grep -q 'dba until .*ENDED' "$W/out" || fail "$(cat "$W/out")"
group -dba
keys check || :
grep -q 'in the group' "$W/out" && fail "check: $(cat "$W/out")"
grep -q groups-until "$FILE" && fail "$(cat "$FILE")"
group +dba --until 8h
group +dba
grep -q "'ops', 'dba'" "$FILE" && ! grep -q groups-until "$FILE" || fail "$(cat "$FILE")"
say "ok"
