#!/bin/bash
# Messages that GnuPG takes and the protocol does not, each with its reason
# in the audit; and plain ones that open.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
person alice
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

opens () {
  send_message "$W/m"
  until_ok connects $S4 22 1 || { ctl audit --last 3; fail "$1: does not open"; }
  ctl close --all >/dev/null
  is_shut $S4 22
  say "$1: opens"
}
refused () {
  send_message "$W/m" ${3:+0 "$3"}
  audited "\"reason\": ?\"[^\"]*($2)"
  is_shut $S4 22
  say "$1: refused"
}

text_of_request > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
opens "by plain gpg"

text_of_request > "$W/t"
gpg_as alice --no-options --compress-algo zip $R -s -e -o "$W/m" "$W/t"
refused "compressed" "exactly one signed text"

text_of_request > "$W/t"
gpg_as alice $PLAIN --armor $R -s -e -o "$W/m" "$W/t"
refused "armoured" "exactly one encrypted message"

text_of_request > "$W/t"
gpg_as alice $PLAIN --textmode $R -s -e -o "$W/m" "$W/t"
refused "text mode" "exactly one signed text"

text_of_request > "$W/t"
gpg_as alice $PLAIN $R --passphrase x -s -e -c -o "$W/m" "$W/t"
refused "a passphrase beside the public key" "exactly one encrypted message"

text_of_request > "$W/t"
gpg_as alice $PLAIN -s -o "$W/m" "$W/t"
refused "signed only" "exactly one encrypted message"

text_of_request > "$W/t"
gpg_as alice $PLAIN $R -e -o "$W/m" "$W/t"
refused "not signed" "exactly one signed text"

text_of_request > "$W/t"
gpg_as alice $PLAIN --rfc2440 --disable-mdc $R -s -e -o "$W/m" "$W/t" \
  || gpg_as alice --no-options --compress-algo none --rfc2440 $R -s -e -o "$W/m" "$W/t" || :
refused "no integrity packet, or old" "exactly one encrypted message"

# Two signers, both enrolled.
text_of_request > "$W/t"
gpg_as carol --export-secret-keys carol > "$W/carol.sec"
mkdir -m 700 "$W/two" "$W/two/gnupg"
gpg_as two --import "$W/carol.sec"
gpg_as alice --export-secret-keys alice > "$W/alice.sec"
gpg_as two --import "$W/alice.sec"
gpg_as two $PLAIN $R -u alice -u carol -s -e -o "$W/m" "$W/t"
refused "two signers" "exactly one signed text"
text_of_request > "$W/t"
gpg_as two $PLAIN $R -u carol -s -e -o "$W/m" "$W/t"
opens "one of the two"

# Nested: a signed message inside a signed message.
text_of_request > "$W/t"
gpg_as alice $PLAIN -s -o "$W/inner" "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/inner"
refused "nested" "exactly one signed text|not a request"

text_of_request > "$W/t"
gpg_as alice --no-options --compress-algo none --digest-algo SHA1 $R -s -e -o "$W/m" "$W/t"
refused "SHA-1" "weak digest|exactly one signed text"

# Somebody whom nobody enrolled; then bit by bit: the grammar.
text_of_request > "$W/t"
gpg_as bob $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "an unknown key" "unknown key"

text_of_request 's/^action: open/action: opan/' > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "an unknown action" "not a request"

text_of_request "s/=$SFPR/=$(fpr_of bob)/" > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "addressed to another key" "not addressed"
text_of_request "s/web1=/web2=/" > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "addressed to another host" "not addressed"

text_of_request "s/^time: .*/time: $(($(date +%s) - 3600))/" > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "an hour old" "older|horizon"
text_of_request "s/^time: .*/time: $(($(date +%s) + 3600))/" > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "from the future" "ahead"

# A credential that no rule asks for.
text_of_request > "$W/t"
gpg_as alice $PLAIN $R -s -e -o "$W/m" "$W/t"
refused "with an attachment" "credential" "0123456789012345678901234567890123456789"

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
gpg_as other $PLAIN $R -s -e -o "$W/m" "$W/t"
opens "a signing subkey of a certify-only primary"

text_of_request > "$W/t"
gpg_as other $PLAIN $R -s -e -o "$W/m" "$W/t"
printf 'key 1\nrevkey\ny\n0\n\ny\nsave\n' | GNUPGHOME=$W/other/gnupg gpg --command-fd 0 \
  --no-tty --pinentry-mode loopback --passphrase '' --edit-key "$ofpr" >>"$W/gpg.log" 2>&1 || :
gpg_as other --export "$ofpr" > "$W/other.pgp"
into_roster "$W/other.pgp"
refused "a revoked subkey" "revoked"

text_of_request > "$W/t"
gpg_as carol $PLAIN $R -s -e -o "$W/m" "$W/t"
printf 'disable\nquit\n' | GNUPGHOME=$ETC/state/verify gpg --command-fd 0 --no-tty \
  --edit-key "$(fpr_of carol)" >>"$W/gpg.log" 2>&1 || :
chgrp _posternver "$ETC"/state/verify/trustdb.gpg && chmod 640 "$ETC"/state/verify/trustdb.gpg
refused "a disabled key" "disabled"
printf 'enable\nquit\n' | GNUPGHOME=$ETC/state/verify gpg --command-fd 0 --no-tty \
  --edit-key "$(fpr_of carol)" >>"$W/gpg.log" 2>&1 || :
chgrp _posternver "$ETC"/state/verify/trustdb.gpg && chmod 640 "$ETC"/state/verify/trustdb.gpg
text_of_request > "$W/t"
gpg_as carol $PLAIN $R -s -e -o "$W/m" "$W/t"
opens "the same key, enabled again"

text_of_request > "$W/t"
gpg_as carol $PLAIN $R -s -e -o "$W/m" "$W/t"
gpg_as carol --quick-set-expire "$(fpr_of carol)" seconds=1 || :
sleep 2
gpg_as carol --export carol > "$W/carol.pgp"
into_roster "$W/carol.pgp"
refused "an expired key" "expired"

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
