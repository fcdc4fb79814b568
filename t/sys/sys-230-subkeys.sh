#!/bin/bash
# postern-keys check: the server's encryption subkeys, those in server.conf
# and those of the agent are the same; what it says puts them right.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
server
enroll alice
ROOT=$ETC/state/root AGENT=$ETC/state/agent/private-keys-v1.d CONF=$ETC/server.conf
root_gpg () {
  GNUPGHOME=$ROOT gpg --batch --quiet --pinentry-mode loopback --passphrase '' "$@" 2>>"$W/gpg.log"
}
parts () { root_gpg --with-colons --with-keygrip --list-keys "$SFPR"; }
# newest FIELD: of the last subkey, its fpr or grp.
newest () { parts | awk -F: -v f="$1" '$1 == f { v = $10 } END { print v }'; }
# add_subkey ALGORITHM [USAGE [EXPIRE]]: newer than the others.
add_subkey () {
  until [ "$(date +%s)" -gt "$(parts | awk -F: '$1 == "sub" { t = $6 } END { print t }')" ]; do sleep 0.1; done
  root_gpg --quick-add-key "$SFPR" "$1" "${2:-encr}" "${3:-never}" || fail "add $*"
}
check () {
  local rc=0
  in_server postern-keys check --config "$ETC" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 0 ] || [ $rc = 65 ] || fail "check: $rc, $(cat "$W/err")"
  # Of the clock and of people other tests tell.
  sed -i '/^clock:\|^rule \|^user /d' "$W/out"
}
well () { check; [ ! -s "$W/out" ] || fail "$1: $(cat "$W/out")"; }
# finds PATTERN...: each, and nothing else.
finds () {
  local pattern
  check
  [ "$(wc -l < "$W/out")" = $# ] || fail "not $# lines: $(cat "$W/out")"
  for pattern; do
    grep -q "$pattern" "$W/out" || fail "no '$pattern': $(cat "$W/out")"
  done
}
# What the last check said helps.
take_line () {
  local line
  line=$(sed -n 's/.* "\(encryption-keys = .*\)"$/\1/p' "$W/out")
  [ -n "$line" ] || fail "no line: $(cat "$W/out")"
  sed -i '/^encryption-keys/d' "$CONF"
  echo "$line" >> "$CONF"
}
run_cure () { sh -c "$(sed -n "s/.*run '\(install [^']*\)'.*/\1/p" "$W/out")" || fail "the cure: $(cat "$W/out")"; }
well "after init"
cp -p "$CONF" "$W/first"
first=$(newest fpr)

# A newer subkey: clients that get the key anew encrypt to it.
add_subkey rsa3072
new=$(newest fpr) grip=$(newest grp)
finds "^$CONF: it lacks the subkey $new, the newest"
take_line
[ "$(grep -o "'[A-Za-z0-9+/=]*'" "$CONF" | wc -l)" = 3 ] || fail "not both keys: $(cat "$CONF")"
finds "^$AGENT: it lacks the private key of the subkey $new; run 'install -o _posternagent "
run_cure
well "with two"
[ "$(stat -c '%U %a' "$AGENT/$grip.key")" = "_posternagent 600" ] || fail "$(ls -l "$AGENT")"
in_server posternd --check --config "$ETC" > "$W/check" 2>&1 || fail "--check: $(cat "$W/check")"
say "a newer subkey"

# The private key of one that is not listed, and what is none.
cp -p "$CONF" "$W/both"
cp -p "$W/first" "$CONF"
finds "^$CONF: it lacks the subkey $new" "^$AGENT: $grip.key is not the private key of a subkey in encryption-keys; move it away"
cp -p "$W/both" "$CONF"
touch "$AGENT/x"
chown _posternagent: "$AGENT/x"
chmod 600 "$AGENT/x"
finds "^$AGENT: it has a file that is not a private key"
rm "$AGENT/x"
well "without it"

# Another's, and one that is no key.
foreign=$(gpg_as alice --export alice | python3 -c '
import base64, sys
data, at = sys.stdin.buffer.read(), 0
while at < len(data):                   # Packets of the old format.
    width = 1 << (data[at] & 3)
    size = int.from_bytes(data[at + 1:at + 1 + width], "big")
    if data[at] >> 2 & 15 == 14:
        print(base64.b64encode(data[at + 1 + width:at + 1 + width + size]).decode())
    at += 1 + width + size')
[ -n "$foreign" ] || fail "alice has no subkey"
sed -i "s|}\$|, '$foreign', 'AAAA'}|" "$CONF"
finds "^$CONF: item 3 of encryption-keys is not a subkey of the server's key" "^$CONF: item 4 "
cp -p "$W/both" "$CONF"
well "without them"
say "others' keys"

# Revoked.
printf 'key %s\nrevkey\ny\n0\n\ny\nsave\n' "$first" | GNUPGHOME=$ROOT gpg --no-tty --quiet \
  --pinentry-mode loopback --passphrase '' --command-fd 0 --edit-key "$SFPR" 2>>"$W/gpg.log"
finds "item [12] of encryption-keys, the subkey $first, is revoked; remove it" \
  "^$AGENT: [0-9A-F]\{40\}.key is not the private key"
sed -i "s|, '[^']*'}|}|" "$CONF"
old=$(sed -n 's/.*: \([0-9A-F]*\)\.key is not .*/\1/p' "$W/out")
rm "$AGENT/$old.key"
well "with the new one alone"
say "a revoked subkey"

# Near its end, and expired.
add_subkey cv25519 encr 60d
finds 'it lacks the subkey'
take_line
finds 'it lacks the private key'
run_cure
well "60 days before its end"
short=$(newest fpr)
root_gpg --quick-set-expire "$SFPR" 20d "$short"
finds "^$short: the server's encryption subkey expires on 20"
root_gpg --quick-set-expire "$SFPR" seconds=1 "$short"
is_over () { parts | grep -q "^sub:e:.*"; }
until_ok is_over || fail "it does not expire"
finds "the subkey $short, has expired; remove it" "^$AGENT: .* is not the private key"
root_gpg --quick-set-expire "$SFPR" 1y "$short"
well "with more time"
say "an expired subkey"

# One that may sign as well, and one that posternd cannot read.
for kind in "rsa2048 sign,encr|may also sign or authenticate" \
  "elg2048 encr|has an algorithm that posternd does not read"; do
  add_subkey ${kind%|*}
  bad=$(newest fpr)
  finds "^$bad: the newest encryption subkey of the server's key, to which clients encrypt, ${kind#*|}.*; make another with 'gpg --homedir $ROOT --quick-add-key $SFPR cv25519 encr'"
  add_subkey cv25519
  finds 'it lacks the subkey'
  take_line
  finds 'it lacks the private key'
  run_cure
  well "after the advice"
done
say "subkeys that may sign, or of another kind"

# Four may be listed: the oldest makes room for a fifth.
add_subkey cv25519
finds 'it lacks the subkey'
take_line
finds 'it lacks the private key' "^$AGENT: $grip.key is not the private key"
run_cure
rm "$AGENT/$grip.key"
well "with four of five"
say "ok"
