#!/bin/bash
# The last approver is told what came of it, as are the audit, the hook and
# who asked.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
person bob
server
listen 22
mkdir "$W/files"
touch "$W/files/there" "$W/ran" "$W/told"
chmod 666 "$W/told"
P=/usr/local/libexec/pt$$
mkdir -p $P
at_end () { rm -rf "/usr/local/libexec/pt$$"; }
# Runs until the file go is there.
cat > $P/waits <<END
#!/bin/sh
echo waits >> $W/ran
until [ -e $W/go ]; do sleep 0.1; done
END
cat > $P/tell <<END
#!/bin/sh
echo "\$@" >> $W/told
END
chmod 755 $P/*
sed -i '/^rule ssh/,/^}/d' "$ETC/access.conf"
cat >> "$ETC/access.conf" <<END
on-refused = 'tell'
hook tell { run-as = 'nobody' argv = {'$P/tell', '{event}', '{user}', '{rule}', 'why={reason}'} }
rule ssh { groups = {'ops'} ports = {'tcp/22'} approvals = 1 approvers = {'ops'} }
command waits { groups = {'ops'} argv = {'$P/waits'} run-as = 'root' timeout = '10m' approvals = 1 approvers = {'ops'} }
command rest { groups = {'ops'} argv = {'/bin/sh', '-c', 'echo rest >> $W/ran'} run-as = 'root' cooldown = '1h'
  approvals = 1 approvers = {'ops'} }
command file { groups = {'ops'} argv = {'/bin/sh', '-c', 'echo file >> $W/ran', 'sh', '{v}'} arg v { file = '$W/files' }
  run-as = 'root' approvals = 1 approvers = {'ops'} }
command gone { groups = {'ops'} argv = {'$P/gone'} run-as = 'nobody' approvals = 1 approvers = {'ops'} }
END
enroll alice
enroll bob
start

# asks VERB...: alice does, it waits, and $hash is its whole id.
asks () {
  local rc=0 id
  as alice postern "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = 75 ] || fail "alice: $*: $rc, $(cat "$W/out")"
  id=$(sed -n 's/.*waits for .* as \([0-9a-f]\{8\}\).*/\1/p' "$W/out")
  hash=$(ctl pending --json | python3 -c '
import json, sys
for row in json.load(sys.stdin):
    if row["request"].startswith(sys.argv[1]):
        print(row["request"])' "$id")
  [ -n "$hash" ] || fail "it does not wait: $(cat "$W/out")"
}
# says RC PATTERN WHO VERB...
says () {
  local want=$1 pattern=$2 who=$3 rc=0
  shift 3
  as "$who" postern "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = "$want" ] || fail "$who: $*: $rc, $(cat "$W/out")"
  grep -q "$pattern" "$W/out" || fail "$who: $*: no '$pattern' in: $(cat "$W/out")"
}
# approval RESULT PATTERN: the last approval in the audit.
approval () {
  ctl audit --json --last 60 | python3 -c '
import json, re, sys
rows = [r for r in map(json.loads, sys.stdin) if r.get("action") == "approve"]
last = max(rows, key=lambda r: r["row"])
ok = last["result"] == sys.argv[1] and re.search(sys.argv[2], last["detail"])
sys.exit(0 if ok else "the audit: " + str(last))' "$@" || fail "the approval is not $1, $2"
}
# goes WHAT: bob approves it, and it is done.
goes () {
  says 0 "approved, and $1" bob approve web1 "$hash"
  approval done "approved, and $1"
}
# falls WHY TOLD: he approves it, and it is refused then.
falls () {
  says 77 "approved, but not carried out: .*; alice is told: $2" bob approve web1 "$hash"
  approval refused "alice is told: $2"
  says 77 "$2" alice result web1 "$hash"
  until_ok grep -q "refused alice .*$1" "$W/told" || fail "no hook says '$1': $(cat "$W/told")"
}
ran () { [ "$(grep -c "$1" "$W/ran")" = "$2" ] || fail "$1 ran $(grep -c "$1" "$W/ran") times, not $2"; }

asks open web1 --for 30s
is_shut $S4 22
goes "carried out: open tcp/22 for $C4, 30 s"
is_open $S4 22
says 0 "open tcp/22" alice result web1 "$hash"
say "opened"

asks run web1 waits
goes "started: run waits"
until_ok grep -q waits "$W/ran" || fail "it did not start"
asks run web1 waits
falls "already running" "the command is already running"
touch "$W/go"
ran waits 1
say "it runs already"

asks run web1 rest
goes "started: run rest"
until_ok grep -q rest "$W/ran" || fail "it did not start"
asks run web1 rest
falls "a moment ago" "the command was started a moment ago"
ran rest 1
say "a moment ago"

asks run web1 file v=there
goes "started: run file"
until_ok grep -q file "$W/ran" || fail "it did not start"
asks run web1 file v=there
rm "$W/files/there"
falls "no such file" "an argument does not name a file there"
ran file 1
say "its file is gone"

asks run web1 gone
falls "program does not exist" "the command could not be started"
say "its program is not there"
say "ok"
