#!/bin/bash
# posternd and --check refuse what postern-keys check tells of: folders and
# keys of somebody else's, or that others can write to, links, what is not
# there, another server key.  Each in one line, whose cure helps.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
enroll alice
listen 22
S=$ETC/state

# The log's lines of posternd and its roles.
lines () { grep -cE '^(posternd|unseal): ' "$1" || :; }
# refuses PATTERN [OPTION]: exit code 78 and that one line.
refuses () {
  local rc=0 pattern=$1
  shift
  timeout 300 ip netns exec "$SERVER" posternd --config "$ETC" "$@" \
    > "$W/refused.log" 2>&1 || rc=$?
  [ $rc = 78 ] || fail "posternd $*: $rc, not 78: $(cat "$W/refused.log")"
  grep -qE "^(posternd|unseal): $pattern" "$W/refused.log" \
    || fail "no '$pattern': $(cat "$W/refused.log")"
  [ "$(lines "$W/refused.log")" = 1 ] || fail "more than a line: $(cat "$W/refused.log")"
}
checks () {
  in_server posternd --check --config "$ETC" > "$W/check" 2>&1 \
    || fail "the near twin: $(cat "$W/check")"
}
# wrong PATTERN: all three tell, and the doors stay as they are.
wrong () {
  refuses "$1"
  refuses "$1" --check
  rc=0
  in_server postern-keys check --config "$ETC" > "$W/keys" 2>&1 || rc=$?
  [ $rc != 0 ] && grep -qE "$1" "$W/keys" || fail "postern-keys check: $rc, $(cat "$W/keys")"
}
# cured: what the line said helps.
cured () {
  sh -c "$(sed -n "s/.*run '\(ch[^']*\)'.*/\1/p" "$W/refused.log")" || fail "the cure: $(cat "$W/refused.log")"
  checks
}

checks
# Memory that cannot be locked is told as that, by each program.
unlocked () { in_server setpriv --bounding-set=-ipc_lock prlimit --memlock=0:0 "$@" > "$W/out" 2>&1; }
for command in "posternd --check" "postern-keys list" "posternctl explain $W/alice.pgp"; do
  set -- $command
  program=$1 verb=$2
  shift 2
  unlocked $program $verb --config "$ETC" "$@" && fail "$command without locked memory"
  grep -q 'memory for secrets cannot be locked; raise the limit' "$W/out" || fail "$command: $(cat "$W/out")"
done
as alice setpriv --bounding-set=-ipc_lock prlimit --memlock=0:0 postern hosts > "$W/out" 2>&1 && fail "postern without locked memory"
grep -q '^postern: memory for secrets cannot be locked; raise the limit' "$W/out" || fail "postern: $(cat "$W/out")"
chmod 777 "$S/decide"
wrong "$S/decide: others can do too much"
cured
chmod 775 "$S"
wrong "$S: others can do too much"
cured
chown _postern "$S/muster"
wrong "$S/muster: it belongs to another user"
cured
chmod 666 "$S/muster/pubring.kbx"
wrong "$S/muster/pubring.kbx: others can do too much"
cured
chown _postern "$S/agent/pubring.kbx"
wrong "$S/agent/pubring.kbx: it belongs to another user"
cured
# Restored where the users have other numbers: one line, and one cure.
chown -R 12345:12345 "$S/agent"
wrong "$S/agent: it belongs to another user \(uid 12345\), as after a restore"
cured
chown -R 12345:12345 "$S/decide"
wrong "$S/decide: it belongs to another user \(uid 12345\), as after a restore"
cured
chgrp -R 12345 "$S/muster"
wrong "$S/muster: _posternmuster cannot read it \(its group is 12345\), as after a restore"
cured
chmod 755 "$S/agent/private-keys-v1.d"
wrong "$S/agent/private-keys-v1.d: others can do too much"
cured
key=$(ls "$S/agent/private-keys-v1.d/"*.key | head -1)
chmod 644 "$key"
wrong "$key: others can do too much"
cured
mkdir -m 777 "$S/act"
wrong "$S/act: others can do too much"
cured
say "owners and modes"

for name in decide agent/pubring.kbx muster; do
  mv "$S/$name" "$W/apart"
  [ "$name" != decide ] || wrong "$S/$name: it does not exist; 'postern-keys init'"
  ln -s "$W/apart" "$S/$name"
  wrong "$S/$name: it is a symbolic link"
  rm "$S/$name"
  mv "$W/apart" "$S/$name"
  checks
done
mv "$S" "$W/apart"
refuses "$S: it does not exist; 'postern-keys init' makes it"
refuses "$S: it does not exist; 'postern-keys init' makes it" --check
ln -s "$W/apart" "$S"
refuses "$S: it is a symbolic link"
rm "$S"
mv "$W/apart" "$S"
checks
say "links, and what is missing"

# A state of an older development build: one line, and what it says helps.
for home in root agent muster; do
  cp -p "$S/$home/gpg.conf" "$W/gpg.conf"
  sed -i '/^weak-digest SHA1$/d' "$S/$home/gpg.conf"
  wrong "$S/$home: it was made by an older development build, or was changed: its gpg.conf has no line 'weak-digest SHA1'"
  echo 'weak-digest SHA1' >> "$S/$home/gpg.conf"
  checks
  cp -p "$W/gpg.conf" "$S/$home/gpg.conf"
done
# Folders that had another name; nothing makes the new ones beside them.
for names in agent:unseal muster:verify; do
  name=${names%:*} old=${names#*:}
  mv "$S/$name" "$S/$old"
  wrong "$S/$old: it was made by an older development build; run 'mv $S/$old $S/$name', 'systemd-sysusers' and 'ch"
  in_server postern-keys enroll bob --config "$ETC" --key "$W/alice.pgp" --fpr "$(fpr_of alice)" > "$W/keys" 2>&1 \
    && fail "enroll with $old"
  grep -q "$S/$old: it was made by an older" "$W/keys" && [ ! -e "$S/$name" ] || fail "enroll: $(cat "$W/keys")"
  eval "$(sed -n "s/.*run '\(mv [^']*\)'.* and '\(ch[^']*\)'.*/\1 \&\& \2/p" "$W/refused.log")" || fail "the cure: $(cat "$W/refused.log")"
  checks
  mkdir "$S/$old"
  wrong "$S/$old: it was made by an older development build, and $S/$name is used instead; move it away"
  rmdir "$S/$old"
  checks
done
cp -p "$ETC/server.conf" "$W/server.conf"
sed -i '/^encryption-keys/d' "$ETC/server.conf"
wrong "$ETC/server.conf: .*encryption-keys"
sed -n "s/.*add the line \"\(.*\)\"$/\1/p" "$W/keys" >> "$ETC/server.conf"
cmp "$ETC/server.conf" "$W/server.conf" || fail "the line to add: $(cat "$W/keys")"
checks
cp -p "$S/decide/store.db" "$W/store.db"
sqlite3 "$S/decide/store.db" 'PRAGMA user_version = 2'
wrong "$S/decide/store.db: it was made by an older development build; move it away"
rm "$S/decide/store.db"
checks
cp -p "$W/store.db" "$S/decide/store.db"
checks
say "an older state"

# What root alone can write for a card is no fault.
touch "$S/agent/scdaemon.conf"
checks
rm "$S/agent/scdaemon.conf"
# Another subkey than the one that is there: alice's.
cp -p "$ETC/server.conf" "$W/server.conf"
other=$(GNUPGHOME=$W/alice/gnupg gpg --batch --with-colons -k alice | awk -F: '$1 == "fpr" { f = $10 } END { print f }')
subkey=$(python3 - "$W/alice.pgp" <<'PY'
import base64, sys
data, at, body = open(sys.argv[1], "rb").read(), 0, b""
while at < len(data):               # Old headers, with one or two bytes.
    tag, size = data[at] >> 2 & 15, 1 << (data[at] & 3)
    n = int.from_bytes(data[at + 1:at + 1 + size], "big")
    at += 1 + size + n
    if tag == 14:
        body = data[at - n:at]
print(base64.b64encode(body).decode())
PY
)
other_subkey () {
  sed -i "/^encryption-keys/d" "$ETC/server.conf"
  echo "encryption-keys = {'$subkey'}" >> "$ETC/server.conf"
}
other_subkey
refuses "$S/agent: it does not have the secret of the server's subkey $other"
refuses "$S/agent: it does not have the secret of the server's subkey $other" --check
cp -p "$W/server.conf" "$ETC/server.conf"
checks
say "the server's key"

# A reload refuses the same, and what is in force stays.
start
is_shut $S4 22
chmod 777 "$S/decide"
ctl reload > "$W/out" 2>&1 && fail "a reload on a folder of everybody's"
grep -q "$S/decide: others can do too much" "$W/out" || fail "$(cat "$W/out")"
chmod 700 "$S/decide"
other_subkey
ctl reload > "$W/out" 2>&1 && fail "a reload with another subkey"
grep -q "the server's key $SFPR cannot decrypt with what is in $S/agent" "$W/out" || fail "$(cat "$W/out")"
cp -p "$W/server.conf" "$ETC/server.conf"
ctl reload > "$W/out" 2>&1 || fail "the near twin: $(cat "$W/out")"
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
is_open $S4 22
ctl close --all > /dev/null
stop
# And a start that is refused so leaves the doors shut, on-fail open or not.
sed -i "/^replies/a on-fail = 'open'" "$ETC/posternd.conf"
start
stop
in_server nft flush ruleset
chmod 777 "$S/decide"
refuses "$S/decide: others can do too much"
is_shut $S4 22
say "ok"
