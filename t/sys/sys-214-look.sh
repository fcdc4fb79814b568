#!/bin/bash
# What list, show, check and export tell: in tables, in JSON, and by exit
# code; check is silent where all is well.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
person bob
server
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
ALICE=$(fpr_of alice) BOB=$(fpr_of bob)
listen 22

sed -i "s|^  max-time.*|  max-time = '1h'|" "$ETC/access.conf"
echo "command restart { groups = {'dba'} argv = {'/bin/true'} run-as = 'nobody' }" >> "$ETC/access.conf"

# Nobody, and no posternd.
keys list > "$W/out" 2> "$W/err" || fail "list: $(cat "$W/err")"
[ ! -s "$W/out" ] && grep -q 'nobody is enrolled' "$W/err" || fail "list of nobody: $(cat "$W/out" "$W/err")"
keys list --json > "$W/out" 2>/dev/null && [ "$(cat "$W/out")" = "[]" ] || fail "JSON of nobody"

enroll alice --group dba
enroll bob --expires 2099-05-01 --door main
keys list > "$W/out" 2> "$W/err" || fail "list"
grep -q 'no posternd runs' "$W/err" || fail "not said: $(cat "$W/err")"
[ "$(sed -n 1p "$W/out" | tr -s ' ')" = "USER GROUPS KEY ALGORITHM KEY EXPIRES DOOR LAST REQUEST" ] || fail "heading: $(cat "$W/out")"
[ "$(sed -n 2p "$W/out" | tr -s ' ')" = "alice ops,dba $ALICE ed25519 never any -" ] || fail "alice: $(cat "$W/out")"
[ "$(sed -n 3p "$W/out" | tr -s ' ')" = "bob ops $BOB ed25519 never main -" ] || fail "bob: $(cat "$W/out")"
# Each column begins at one place.
[ "$(awk '{ print index ($0, $3) }' "$W/out" | sort -u | wc -l)" = 1 ] || fail "not aligned: $(cat "$W/out")"

# On a terminal that is too narrow the keys go below.
on_screen in_server -- postern-keys list --config "$ETC" || fail "list: $(cat "$W/screen")"
grep -q "^  $ALICE$" "$W/screen" && [ "$(grep -v '^  ' "$W/screen" | sed -n '/^alice/p' | tr -s ' ')" \
  = "alice ops,dba ed25519 never any -" ] || fail "$(cat "$W/screen")"

# Seen.
start
as alice postern open web1 --for 1h >/dev/null || fail "open"
as bob postern open web1 udp/53 >/dev/null 2>&1 && fail "udp/53 opens"
keys list > "$W/out" 2> "$W/err" || fail "list"
[ ! -s "$W/err" ] || fail "$(cat "$W/err")"
grep -q "^alice .* any   $(date +%Y)-" "$W/out" && grep -q "^bob .* main  $(date +%Y)-" "$W/out" || fail "last: $(cat "$W/out")"
keys list --json 2>/dev/null > "$W/json"
python3 -c '
import json, sys
alice, bob = json.load(open(sys.argv[1]))
assert alice["user"] == "alice" and alice["key"] == sys.argv[2], alice
assert alice["groups"] == ["ops", "dba"] and alice["state"] == "good", alice
assert alice["door"] is None and alice["key-expires"] is None, alice
assert alice["last"]["result"] == "done" and alice["last"]["ports"] == "tcp/22", alice
assert bob["door"] == "main" and bob["expires"] == 4081276800, bob
assert bob["last"]["result"] == "refused" and "port" in bob["last"]["reason"], bob
' "$W/json" "$ALICE" || fail "$(cat "$W/json")"

# show.
keys show alice > "$W/out" 2> "$W/err" || fail "show: $(cat "$W/err")"
for line in "^user  *alice$" "^key  *$ALICE$" "^state  *good$" "^user ID  *alice <alice@example.org>$" \
    "^subkey .*cv25519, encrypts, expires never$" "^groups  *ops, dba$" "^rules  *ssh$" "^commands  *restart$" \
    "^door  *any$" "^access ends  *never$" "^last request .*open tcp/22 from 203.0.113.2: done$" \
    "^open .*tcp/22 for 203.0.113.2 until .*by rule ssh$" "^file .*users.d/alice.conf$"; do
  grep -q "$line" "$W/out" || fail "show lacks '$line': $(cat "$W/out")"
done
keys show alice --json | python3 -c '
import json, sys
p = json.load(sys.stdin)
assert p["rules"] == ["ssh"] and p["commands"] == ["restart"] and len(p["grants"]) == 1 and p["subkeys"][0]["encrypts"], p
assert p["grants"][0]["user"] == "alice" and p["user-ids"] == ["alice <alice@example.org>"], p' || fail "show --json"
[ "$(keys show bob --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["grants"]))')" = 0 ] || fail "bob has alice's grant"
rc=0
keys show carol > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 67 ] && [ ! -s "$W/out" ] || fail "show of nobody: exit $rc"

# export: what it gives another gpg takes.
mkdir -m 700 "$W/other"
keys export > "$W/all.asc" 2> "$W/err" || fail "export: $(cat "$W/err")"
gpg --homedir "$W/other" --batch --quiet --import "$W/all.asc" 2>>"$W/gpg.log" || fail "import"
[ "$(gpg --homedir "$W/other" --batch --with-colons -k 2>/dev/null | grep -c ^pub)" = 2 ] || fail "not both keys"
[ "$(keys export bob | gpg --homedir "$W" --show-keys --with-colons 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')" = "$BOB" ] || fail "export bob"
[ "$(keys export --json | grep -c '"user"')" = 2 ] || fail "export --json"
keys export bob --json | python3 -c '
import json, sys
[p] = json.load(sys.stdin)
assert p["user"] == "bob" and p["groups"] == ["ops"] and "last" not in p, p' || fail "export bob --json"
keys export carol > "$W/out" 2> "$W/err" && fail "carol"
grep -q 'nobody of the name carol' "$W/err" || fail "$(cat "$W/err")"
say "list, show, export"

# check: silent where all is well, but for the clock of this machine.
check () {
  local rc=0
  keys check > "$W/all" 2> "$W/err" || rc=$?
  [ ! -s "$W/err" ] || fail "check: $(cat "$W/err")"
  grep -v '^clock: it is not synchronised' "$W/all" > "$W/out" || :
  if [ -s "$W/all" ]; then [ $rc = 65 ] || fail "exit $rc"; else [ $rc = 0 ] || fail "exit $rc"; fi
}
finds () { check; grep -q "$1" "$W/out" || fail "check lacks '$1': $(cat "$W/all")"; [ "$(wc -l < "$W/out")" = "${2:-1}" ] || fail "more than '$1': $(cat "$W/out")"; }
well () { check; [ ! -s "$W/out" ] || fail "not well: $(cat "$W/out")"; }
well

# A key that ends within 30 days, and one that ends later.
bobs () { gpg_as bob --quick-set-expire "$BOB" "$1"; gpg_as bob --export "$BOB" > "$W/bob.pgp"; keys enroll --update bob --key "$W/bob.pgp" 2>/dev/null || fail "update"; }
bobs 20d
finds "^user bob: the key expires on 20"
keys check --json > "$W/out" 2>/dev/null || :
python3 -c '
import json, sys
all = json.load(open(sys.argv[1]))
assert [f for f in all if f["kind"] == "key-expires" and f["what"] == "user bob"], all' "$W/out" || fail "check --json: $(cat "$W/out")"
bobs 40d
well
# Of a signing subkey as well, where no other key signs.
mkdir -p -m 700 "$W/carol/gnupg"
gpg_as carol --quick-generate-key carol@example.org ed25519 cert never
CAROL=$(fpr_of carol)
gpg_as carol --quick-add-key "$CAROL" cv25519 encrypt never
gpg_as carol --quick-add-key "$CAROL" ed25519 sign 20d
gpg_as carol --export "$CAROL" > "$W/carol.pgp"
keys enroll carol --key "$W/carol.pgp" --fpr "$CAROL" --group ops > "$W/out" 2> "$W/err" || fail "carol: $(cat "$W/err")"
finds "^user carol: the key expires on 20"
gpg_as carol --quick-add-key "$CAROL" ed25519 sign 60d
gpg_as carol --export "$CAROL" > "$W/carol.pgp"
keys enroll --update carol --key "$W/carol.pgp" 2>/dev/null || fail "update carol"
well
keys revoke carol 2>/dev/null || fail "revoke carol"

# No rule, no user, another one's rule, somebody whose time is over.
cp "$ETC/access.conf" "$W/access.conf"
printf "rule db {\n  groups = {'dbas'}\n  users = {'carol'}\n  ports = {'tcp/5432'}\n}\n" >> "$ETC/access.conf"
ctl reload >/dev/null
check
grep -q "^rule db: it is for nobody who is enrolled" "$W/out" && grep -q "^rule db: it names carol, who is not enrolled" "$W/out" || fail "$(cat "$W/out")"
cp "$W/access.conf" "$ETC/access.conf"
sed -i "s/{'ops'}/{'dev'}/; s/2099-05-01/2020-05-01/" "$ETC/users.d/bob.conf"
ctl reload >/dev/null
check
grep -q "^user bob: no rule and no command is for them" "$W/out" && grep -q "^user bob: access ended on 2020-05-01" "$W/out" || fail "$(cat "$W/out")"
# Who runs a command, or approves, needs no rule.
printf "command x {\n  groups = {'ops'}\n  argv = {'/bin/true'}\n  run-as = 'nobody'\n  approvals = 1\n  approvers = {'dev'}\n}\n" >> "$ETC/access.conf"
ctl reload >/dev/null
check
grep -q "no rule and no command is for" "$W/out" && fail "$(cat "$W/out")"
cp "$W/access.conf" "$ETC/access.conf"
sed -i "s/{'dev'}/{'ops'}/; s/2020-05-01/2099-05-01/" "$ETC/users.d/bob.conf"
finds "^posternd: it still uses an earlier configuration"
ctl reload >/dev/null
well

# What a role that was taken over left in its own folder: it neither keeps
# root waiting, nor says what root is to run.
odd=$ETC/state/agent/$(printf 'a\033[2J; reboot')
touch "$odd"
chown _posternagent: "$odd"
chmod 666 "$odd"
finds "^$ETC/state/agent: it has a file whose name"
grep -q "$(printf '\033')\|reboot" "$W/out" && fail "its name: $(cat -v "$W/out")"
rm "$odd"
mv "$ETC/state/agent/gpg.conf" "$W/gpg.conf"
mkfifo "$ETC/state/agent/gpg.conf"
timeout 180 "$POSTERN_BIN/postern-keys" check --config "$ETC" > "$W/out" 2>&1 || [ $? != 124 ] || fail "check waits for a pipe"
rm "$ETC/state/agent/gpg.conf"
mv "$W/gpg.conf" "$ETC/state/agent/gpg.conf"
well

# Passwords that are asked for, and those of nobody.
printf "rule db {\n  users = {'bob'}\n  ports = {'tcp/5432'}\n  require = 'crypt'\n}\n" >> "$ETC/access.conf"
ctl reload >/dev/null
finds "^user bob: the rule db asks for a password"
echo secret | keys passwd bob --fd 0 2>/dev/null || fail "passwd"
well
sed 's/^bob:/carol:/' "$ETC/passwd" >> "$ETC/passwd"
finds "^passwd: nobody is called carol; 'postern-keys passwd --delete carol'"
echo 'broken' >> "$ETC/passwd"
finds "^passwd: .*passwd:3"
rm "$ETC/passwd"
cp "$W/access.conf" "$ETC/access.conf"
ctl reload >/dev/null
well

# Keys that nobody has, and people without one.
in_home () { (umask 027; gpg --homedir "$ETC/state/muster" --batch --quiet "$@" 2>>"$W/gpg.log"); chgrp _posternmuster "$ETC"/state/muster/*; }
in_home --import "$W/carol.pgp"
finds "^$CAROL: this key is nobody's"
in_home --yes --delete-keys "$CAROL"
in_home --yes --delete-keys "$BOB"
finds "^user bob: the key $BOB is not in the roster's home"
keys list | grep -q '^bob .* - .*missing' || fail "$(keys list)"
bobs 40d
well

# Modes and owners.
spoil () { "$@" || fail "$*"; }
spoil chmod 755 "$ETC/state/agent"
finds "agent: others can do too much (mode 0755); run 'chmod 0700"
spoil chmod 700 "$ETC/state/agent"
spoil chown root "$ETC/state/decide/store.db"
finds "store.db: it belongs to another user; run 'chown _postern"
spoil chown _postern "$ETC/state/decide/store.db"
spoil chmod 600 "$ETC/state/muster/pubring.kbx"
finds "pubring.kbx: _posternmuster cannot read it"
spoil chmod 640 "$ETC/state/muster/pubring.kbx"
spoil chmod 755 "$ETC/state/root"
finds "state/root: others can do too much"
spoil chmod 700 "$ETC/state/root"
spoil touch "$ETC/users.d/bob.conf.new-a1b2C3"
finds "bob.conf.new-a1b2C3: an interrupted command left it behind"
rm "$ETC/users.d/bob.conf.new-a1b2C3"
sed -i 's/^weak-digest SHA1/#&/' "$ETC/state/agent/gpg.conf"
finds "agent: .*its gpg.conf has no line 'weak-digest SHA1'; add it"
sed -i 's/^#weak/weak/' "$ETC/state/agent/gpg.conf"
well
# What cannot be read as a whole is an error, not a finding.
spoil chmod 666 "$ETC/users.d/bob.conf"
rc=0
keys check > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 77 ] && [ "$(wc -l < "$W/err")" = 1 ] && grep -q 'bob.conf: others than the owner can write it' "$W/err" || fail "exit $rc: $(cat "$W/err")"
spoil chmod 644 "$ETC/users.d/bob.conf"
echo 'user broken' >> "$ETC/users.d/bob.conf"
rc=0
keys check > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 78 ] && grep -q 'bob.conf:[0-9]' "$W/err" || fail "exit $rc: $(cat "$W/err")"
sed -i '/^user broken/d' "$ETC/users.d/bob.conf"
well

# Who may look at all, and wrong command lines.  The build folder may be
# root's alone.
mkdir "$W/bin"
cp "$POSTERN_BIN/postern-keys" "$W/bin/"
for verb in list check export "show alice" "revoke alice" "enroll x --key $W/carol.pgp" "replace alice --key $W/carol.pgp"; do
  rc=0
  in_server setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent \
    "$W/bin/postern-keys" $verb --config "$ETC" > "$W/out" 2> "$W/err" < /dev/null || rc=$?
  [ $rc = 77 ] && grep -q 'only root' "$W/err" || fail "$verb by another: exit $rc: $(cat "$W/err")"
done
for verb in "list x" "show" "show a b" "check x" "export a b" "list --what" "revoke" "replace x" "enroll x"; do
  rc=0
  keys $verb > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 64 ] && [ "$(wc -l < "$W/err")" = 1 ] || fail "$verb: exit $rc: $(cat "$W/err")"
done
# Help fits a screen.
for verb in '' init enroll replace revoke invite list show check export; do
  postern-keys $verb --help > "$W/out" || fail "$verb --help"
  [ "$(wc -l < "$W/out")" -le 24 ] && [ "$(awk '{ print length }' "$W/out" | sort -n | tail -1)" -le 80 ] || fail "$verb --help is too long"
done
say "ok"
