#!/bin/bash
# Messages that GnuPG takes and the protocol does not, each with its reason
# in the audit; and plain ones that open.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
KEY_TIME=20200101T000000 person alice
person bob
person carol
server
listen 22
enroll alice
enroll carol
start
server_key
R="-f $W/server.pgp"
PLAIN="--no-options --compress-algo none --digest-algo SHA256"

sends () { send_message "$W/m"; }
opens () {
  sends
  until_ok connects $S4 22 || fail "$1: does not open: $(ctl audit --last 3)"
  ctl close --all >/dev/null
  is_shut $S4 22
  say "$1: opens"
}
refused () {
  refused_for "^$2" "${3:-sends}"
  is_shut $S4 22
  say "$1: refused"
}

# made BY OPTIONS...: the request $W/t in $W/m; signed and encrypted to the
# server unless the options say otherwise.
made () {
  local by=$1
  shift
  rm -f "$W/m"
  gpg_as "$by" $PLAIN "$@" -o "$W/m" "$W/t" || fail "gpg $*"
}
plainly () { made "${1:-alice}" $R -s -e; }

# odd NAME REASON OPTIONS...: a message made so is refused before anything
# is spent; its near twin is the very same text, made plainly.
odd () {
  local name=$1 reason=$2
  shift 2
  text_of_request > "$W/t"
  made alice "$@"
  refused "$name" "$reason"
  plainly
  opens "the same text, plainly"
}

odd "compressed" "verify: compressed: " --compress-algo zip $R -s -e
odd "armoured" "unseal: armoured: " --armor $R -s -e
odd "text mode" "verify: signed in text mode" --textmode $R -s -e
odd "a passphrase beside the public key" \
  "unseal: a session key encrypted with a passphrase" $R --passphrase x -s -e -c
odd "a passphrase alone" \
  "unseal: a session key encrypted with a passphrase" --passphrase x -s -c
odd "signed only" "unseal: signed, but not encrypted" -s
odd "not signed" "verify: not signed: " $R -e
odd "no integrity check" "unseal: encrypted without integrity check" \
  --rfc2440 --digest-algo SHA256 $R -s -e
odd "to somebody else" "unseal: not encrypted to this server's key" \
  -r alice -s -e
odd "to somebody else, hidden" "unseal: no hidden recipient is this server" \
  -R alice -s -e
odd "SHA-1" "verify: signed with a digest other than SHA-256, 384 and 512" \
  --digest-algo SHA1 $R -s -e

# The server among hidden recipients.
text_of_request > "$W/t"
made alice -R alice --hidden-recipient-file "$W/server.pgp" -s -e
opens "hidden recipients"

# Two signers, both enrolled.
gpg_as carol --export-secret-keys carol > "$W/carol.sec"
mkdir -m 700 "$W/two" "$W/two/gnupg"
gpg_as two --import "$W/carol.sec"
gpg_as alice --export-secret-keys alice > "$W/alice.sec"
gpg_as two --import "$W/alice.sec"
text_of_request > "$W/t"
made two $R -u alice -u carol -s -e
refused "two signers" "verify: more signatures than expected"
made two $R -u carol -s -e
opens "one of the two"

# Nested: encrypted once more, and signed once more, around a good one.
text_of_request > "$W/t"
plainly
mv "$W/m" "$W/inner"
gpg_as alice $PLAIN $R --no-literal -e -o "$W/m" "$W/inner"
refused "encrypted twice" "verify: nested: encrypted once more inside"
mv "$W/inner" "$W/m"
opens "the inner one of the two"
text_of_request > "$W/t"
made alice -s
mv "$W/m" "$W/inner"
gpg_as alice $PLAIN --no-literal -s -o "$W/twice" "$W/inner"
rm -f "$W/m"
gpg_as alice $PLAIN $R --no-literal -e -o "$W/m" "$W/twice"
refused "signed twice" "verify: nested: signed once more inside"
rm -f "$W/m"
gpg_as alice $PLAIN $R --no-literal -e -o "$W/m" "$W/inner"
opens "the inner one of the two"

# Something behind the message; a bit that fell over.
text_of_request > "$W/t"
plainly
cp "$W/m" "$W/whole"
printf '\302\0' >> "$W/m"
refused "something behind" "unseal: something after the last packet"
head -c -1 "$W/whole" > "$W/m"
refused "cut off" "unseal: cut off within a packet"
python3 - "$W/whole" > "$W/m" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-30] ^= 1
sys.stdout.buffer.write(data)
PY
refused "damaged" "unseal: cannot be decrypted, or is damaged"
cp "$W/whole" "$W/m"
opens "the whole one"

# Somebody whom nobody enrolled; then bit by bit: the grammar.
text_of_request > "$W/t"
plainly bob
refused "an unknown key" "verify: signed by an unknown key"

# changed NAME REASON SED-SCRIPT
changed () {
  text_of_request "$3" > "$W/t"
  plainly
  refused "$1" "$2"
}
changed "an unknown action" "parse: the text is not a request: " \
  's/^action: open/action: opan/'
changed "addressed to another key" "to: not addressed to this server" \
  "s/=$SFPR/=$(fpr_of bob)/"
changed "addressed to another host" "to: not addressed to this server" \
  "s/web1=/web2=/"
# changed_time NAME REASON SECONDS: the text says another time, and the
# signature was made then; and one that was made now.
changed_time () {
  local then=$(($(date +%s) + $3))
  text_of_request "s/^time: .*/time: $then/" > "$W/t"
  # Not at once: the server's key is younger.
  made alice --faked-system-time "$then" -s
  mv "$W/m" "$W/inner"
  gpg_as alice $PLAIN $R --no-literal -e -o "$W/m" "$W/inner" || fail "wrap"
  refused "$1" "$2"
  changed "$1, by its text alone" \
    "claim: not signed at the time that its text says" "s/^time: .*/time: $then/"
}
changed_time "an hour old" "claim: older than max-age" -3600
changed_time "from the future" \
  "claim: from further in the future than max-ahead" 3600

# A credential that no rule asks for: refused behind the claim, and spent.
text_of_request > "$W/t"
plainly
with_attachment () {
  send_message "$W/m" 0 0123456789012345678901234567890123456789
}
refused "with an attachment" "policy: a credential that nothing asks for" \
  with_attachment
refused "the same without it" "claim: this request was used before"

# A session key that gpg cannot read is the packet's fault, and no news about
# gpg.
text_of_request > "$W/t"
plainly
cp "$W/m" "$W/good"
printf '\377' | dd of="$W/m" bs=1 seek=12 conv=notrunc 2>/dev/null
refused "a malformed session key" 'unseal: cannot be decrypted, or is damaged'
grep 'does not work' "$W/posternd.log" && fail "it is told as gpg's failure"
cp "$W/good" "$W/m"
opens "the same unharmed"

# Keys: a signing subkey of a certify-only primary opens; revoked, it does
# not; a disabled and an expired key do not.
mkdir -m 700 "$W/other" "$W/other/gnupg"
gpg_as other --quick-generate-key 'carol two <carol@example.org>' ed25519 cert never
ofpr=$(GNUPGHOME=$W/other/gnupg gpg --with-colons --list-keys | awk -F: '$1=="fpr"{print $10; exit}')
gpg_as other --quick-add-key "$ofpr" ed25519 sign never
gpg_as other --quick-add-key "$ofpr" cv25519 encr never
gpg_as other --export "$ofpr" > "$W/other.pgp"
in_server postern-keys enroll carol2 --config "$ETC" --key "$W/other.pgp" \
  --fpr "$ofpr" --group ops > "$W/other.invite" 2>>"$W/enroll.log" || fail "enroll carol2"
text_of_request > "$W/t"
plainly other
opens "a signing subkey of a certify-only primary"

text_of_request > "$W/t"
plainly other
printf 'key 1\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/other/gnupg gpg --command-fd 0 \
  --no-tty --pinentry-mode loopback --passphrase '' --edit-key "$ofpr" >>"$W/gpg.log" 2>&1 || :
gpg_as other --export "$ofpr" > "$W/other.pgp"
into_roster "$W/other.pgp"
refused "a revoked subkey" "verify: the signing key is revoked"

text_of_request > "$W/t"
plainly carol
edit_carol () {
  printf '%s\nquit\n' "$1" | GNUPGHOME=$ETC/state/muster gpg --command-fd 0 --no-tty \
    --edit-key "$(fpr_of carol)" >>"$W/gpg.log" 2>&1 || :
  chgrp _posternmuster "$ETC"/state/muster/trustdb.gpg && chmod 640 "$ETC"/state/muster/trustdb.gpg
}
changes_roster edit_carol disable
refused "a disabled key" "verify: the signing key is disabled"
changes_roster edit_carol enable
text_of_request > "$W/t"
plainly carol
opens "the same key, enabled again"

text_of_request > "$W/t"
plainly carol
gpg_as carol --quick-set-expire "$(fpr_of carol)" seconds=1 || :
gpg_as carol --export carol > "$W/carol.pgp"
into_roster "$W/carol.pgp"
has_expired () {
  GNUPGHOME=$ETC/state/muster gpg --batch --with-colons --list-keys "$(fpr_of carol)" \
    2>/dev/null | grep -q '^pub:e:'
}
until_ok has_expired || fail "carol's key does not expire"
refused "an expired key" "verify: the signing key has expired"

# A person's own gpg.conf changes nothing about what postern makes.
cat > "$W/alice/gnupg/gpg.conf" <<EOF
textmode
armor
comment hello
compress-algo zlib
digest-algo SHA1
throw-keyids
encrypt-to $(fpr_of alice)
EOF
as alice postern open web1 > "$W/out" 2>&1 || fail "with that gpg.conf: $(cat "$W/out")"
is_open $S4 22
say "ok"
