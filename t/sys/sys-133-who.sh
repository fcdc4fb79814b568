#!/bin/bash
# posternctl who and why say what a request then meets; VERB --help.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
server
listen 22
cat > "$ETC/access.conf" <<'EOF'
rule ssh {
  groups = {'ops'}
  ports  = {'tcp/22'}
  from   = {'203.0.113.0/24', '2001:db8::/32'}
}
rule web {
  groups = {'ops'}
  users  = {'bob'}
  ports  = {'tcp/22', 'tcp/443'}
  from   = {'10.0.0.0/8'}
  hours  = 'Mon 03:00-03:01'
}
rule secret {
  groups  = {'dba'}
  ports   = {'tcp/5432'}
  require = 'crypt'
  observed = false
  approvals = 1
  approvers = {'ops'}
}
command restart {
  groups = {'dba'}
  argv   = {'/bin/true'}
  run-as = 'root'
}
EOF
enroll alice
in_server postern-keys enroll bob --config "$ETC" --key "$W/bob.pgp" --group dba \
  --fpr "$(fpr_of bob)" > "$W/bob.invite" 2>>"$W/enroll.log" || fail "enroll bob"
# asks CODE VERB...
asks () {
  local code=$1 rc=0
  shift
  ctl "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$code" ] || fail "$*: $rc: $(cat "$W/out" "$W/err")"
}
says () { grep -qE -e "$1" "$W/out" "$W/err" || fail "not '$1': $(cat "$W/out" "$W/err")"; }
lines () { [ "$(wc -l < "$W/out")" = "$1" ] || fail "not $1 lines: $(cat "$W/out")"; }

# Who: each person by each rule that would apply somewhere, at some hour.
asks 0 who tcp/22
says '^alice +rule ssh; from 203.0.113.0/24, 2001:db8::/32$'
says '^alice +rule web; from 10.0.0.0/8; Mon 03:00-03:01$'
says '^bob +rule web; '
lines 3
asks 0 who tcp/22 --from 203.0.113.9
says '^alice +rule ssh'
lines 1
asks 65 who tcp/22 --from 192.0.2.1
says '^Nobody may\.$'
asks 0 who tcp/22,tcp/443 --at '2027-01-11 03:00'
says '^alice +rule web'
says '^bob +rule web'
lines 2
asks 65 who tcp/22,tcp/443 --at '2027-01-11 03:01'
asks 65 who tcp/22,tcp/5432
asks 0 who tcp/5432
says '^bob +rule secret; for signed addresses only; with the password of crypt; when 1 other of ops approves within 10m$'
asks 0 who command restart
says '^bob +command restart$'
lines 1
asks 68 who command nothing
asks 64 who tcp/0
says "neither ports, such as tcp/22"
asks 64 who 22/tcp
says "'22/tcp' is not like tcp/22; did you mean 'tcp/22'?"
asks 64 who tcp/22 --at soon
asks 64 who tcp/22 --user alice
# An hour alone is the next time that it comes, be it over today.
cp "$ETC/access.conf" "$W/access.conf"
export TZ=NOON$(($(date +%-H) - 12))    # No midnight comes in between.
sed -i "s/'Mon 03:00-03:01'/{'$(date -d tomorrow +%a) 09:00-09:01', '$(date +%a) 15:00-15:01'}/" "$ETC/access.conf"
asks 0 who tcp/22,tcp/443 --at 15:00
lines 2
asks 65 why bob tcp/443 --at 15:01
asks 65 why bob tcp/443 --at 08:59
asks 0 why bob tcp/443 --at 09:00
says '^bob may, by rule web'
export TZ=UTC
asks 64 who tcp/22 --at 24:01
asks 64 who tcp/22 --at 7:30
says "is not a time; write 07:30,"
cp "$W/access.conf" "$ETC/access.conf"
asks 0 who tcp/22 --json
python3 -c 'import json, sys
a = json.load (sys.stdin)
assert [(r["user"], r["rule"]) for r in a] == [("alice", "ssh"), ("alice", "web"), ("bob", "web")], a
assert a[0]["from"] == ["203.0.113.0/24", "2001:db8::/32"] and a[0]["until"] is None, a
assert a[1]["hours"] == ["Mon 03:00-03:01"] and a[1]["approvals"] == 0, a' < "$W/out" || fail "$(cat "$W/out")"
say who

# Why, and what refuses.
asks 0 why alice tcp/22
says '^alice may, by rule ssh; for 30s, at most 1m; from '
asks 65 why alice tcp/22 --from 192.0.2.1
says '^alice may not: no rule allows this address; nearest is rule ssh$'
says '^  rule ssh: not from this address$'
says '^  rule secret: is not for them$'
asks 65 why bob tcp/443 --from 10.1.2.3 --at '2027-01-11 04:00'
says '^bob may not: no rule allows this hour; nearest is rule web$'
asks 0 why bob tcp/443 --from 10.1.2.3 --at '2027-01-11 03:00'
says '^bob may, by rule web'
asks 65 why bob tcp/443 --from 10.1.2.3 --at '2027-01-11 04:00' --json
python3 -c 'import json, sys
a = json.load (sys.stdin)
assert a["allowed"] is False and a["reason"] == "no rule allows this hour", a
assert {"rule": "web", "reason": "not at this hour"} in a["rules"], a' < "$W/out" || fail "$(cat "$W/out")"
asks 65 why alice command restart
says '^alice may not: no such command for this person'
asks 0 why bob command restart
asks 67 why carol tcp/22
asks 64 why alice
in_server postern-keys group bob +ops --until 8h --config "$ETC" 2>>"$W/enroll.log" || fail group
asks 0 why bob tcp/22 --from $C4
says '^bob may, by rule ssh;.*; until 20'
asks 65 why bob tcp/22 --from $C4 --at 2099-01-01
say why

# What they say is what happens; and a posternd of before is told of.
start
asks 0 why alice tcp/22 --from $C4
[ ! -s "$W/err" ] || fail "$(cat "$W/err")"
as alice postern open web1 tcp/22 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
cp -a "$ETC" "$W/before"
in_server posternd --check --config "$ETC" --against "$W/before" > "$W/out" 2>&1 || fail "$(cat "$W/out")"
says '^no difference$'
sed -i "s|'203.0.113.0/24', ||" "$ETC/access.conf"
sed -i "/^command restart/,/^}/s/dba/ops/" "$ETC/access.conf"
in_server posternd --check --config "$ETC" --against "$W/before" > "$W/out" 2>&1 || fail "$(cat "$W/out")"
said () {
  grep -q "$2rule ssh: from was {'203.0.113.0/24', '2001:db8::/32'}, is {'2001:db8::/32'}\$" "$1" \
    && grep -q "$2alice may now run restart\$" "$1" || fail "$(cat "$1")"
}
said "$W/out" '^'
printf "rule new { groups = {'ops', 'dba'} ports = {'tcp/22'} from = {'192.0.2.0/24'} }\n" >> "$ETC/access.conf"
on_screen in_server -- posternd --check --config "$ETC" --against "$W/before" || fail "$(cat "$W/screen")"
grep -q '^rule new is new: ' "$W/screen" && grep -q '^     [^ ]' "$W/screen" || fail "$(cat "$W/screen")"
in_server posternd --check --config "$ETC" --against "$W/before" > "$W/lines" 2>&1 || fail "$(cat "$W/lines")"
grep -q '^rule new is new: .* ports = .*}$' "$W/lines" || fail "not a line each: $(cat "$W/lines")"
sed -i '/^rule new /d' "$ETC/access.conf"
grep -q 'bob may no' "$W/out" && fail "bob is in both: $(cat "$W/out")"
asks 65 why alice tcp/22 --from $C4
says 'uses another configuration than'
reload_all
said "$W/posternd.log" 'reload: '
asks 65 why alice tcp/22 --from $C4
[ ! -s "$W/err" ] || fail "$(cat "$W/err")"
as alice postern open web1 tcp/22 > "$W/out" 2>&1 && fail "opens"
audited 'no rule allows this address'

# What whoami says one may run, completion then knows.
[ -z "$(as alice postern --complete run web1 '')" ] || fail "known before it was said"
as alice postern whoami web1 > "$W/out" 2>&1 || fail "whoami: $(cat "$W/out")"
[ "$(as alice postern --complete run web1 '' | cut -f 1)" = restart ] \
  || fail "$(cat "$W/alice/config/postern/commands")"

# Each verb's help is its own.
for verb in status grants close pending deny audit horizon unlock keep reload who why explain; do
  asks 0 $verb --help
  says "^Usage: posternctl $verb"
  [ "$(grep -c '^Usage' "$W/out")" = 1 ] && [ "$(wc -l < "$W/out")" -le 24 ] || fail "$verb: $(cat "$W/out")"
done
asks 0 close --help
says '--user NAME'
grep -q -- --follow "$W/out" && fail "$(cat "$W/out")"
asks 64 close --follow
says "close: no such option here: '--follow'"
say "ok"
