#!/bin/bash
# A free-form command: a whole line, for who is allowed just that; and what
# --check says of commands.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
cat >> "$ETC/access.conf" <<END
command shell {
  users     = {'alice'}
  free-form = true
  shell     = '/bin/sh'
  run-as    = 'nobody'
}
command gone { groups = {'ops'} argv = {'/no/such/program'} run-as = 'nobody' }
command loose { groups = {'ops'} argv = {'$W/loose'} run-as = 'nobody' }
command stranger { groups = {'ops'} argv = {'/bin/true'} run-as = 'pt-no-such' run-groups = {'pt-no-group'} }
command idle { groups = {'empty'} argv = {'/bin/true'} run-as = 'nobody' }
command good { groups = {'ops'} argv = {'/bin/echo', '{v}'} arg v { enum = {'a'} } run-as = 'nobody' }
END
printf '#!/bin/sh\n' > "$W/loose"
chmod 777 "$W/loose"
enroll alice
enroll bob

say "what --check says"
in_server posternd --config "$ETC" --check > "$W/check" 2>&1 || fail "$(cat "$W/check")"
for line in "Command good runs /bin/echo '{v}' as nobody for alice, bob; at most 1m" \
            'command shell allows alice to run any command line as nobody' \
            "command gone: /no/such/program: the program does not exist" \
            "command loose: .*users other than root can change" \
            "command stranger: there is no user 'pt-no-such'" \
            "command stranger: there is no group 'pt-no-group'" \
            "nobody may run the command idle"; do
  grep -q "$line" "$W/check" || fail "--check lacks '$line': $(cat "$W/check")"
done
! grep 'Warning.*command good' "$W/check" || fail "a warning about what is good"

start
says () {
  local who=$1 code=$2 want=$3 rc=0
  shift 3
  as "$who" postern run web1 shell "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = "$code" ] && [ "$(cat "$W/out")" = "$want" ] \
    || fail "$*: exit $rc, not $code: $(cat "$W/out" "$W/err")"
}

say "a line"
says alice 0 "a
b" -- 'echo a; echo b'
audited '"result": ?"done".*"argv": ?"/bin/sh -c .echo a; echo b.'
says alice 7 '' -- exit 7
says alice 0 'x -- y --json' -- echo x -- y --json
says alice 0 nobody -- id -un
says alice 0 "it's" -- "echo \"it's\""
says alice 77 '' -- "$(printf 'echo a\necho b')"
grep -q 'line: control or hidden characters' "$W/err" || fail "$(cat "$W/err")"
says alice 77 '' -- ''
says alice 77 '' line=id more=1
says alice 77 ''
says alice 0 nobody line='id -un'
says alice 64 '' line=id -- id
says bob 77 '' -- id
grep -q 'no such command is for you' "$W/err" || fail "$(cat "$W/err")"
as bob postern run web1 good v=a > "$W/out" 2>&1 || fail "bob: $(cat "$W/out")"
rc=0
as alice postern run web1 good -- a > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] && grep -q 'line: the command has no such' "$W/out" || fail "$rc: $(cat "$W/out")"
say ok
