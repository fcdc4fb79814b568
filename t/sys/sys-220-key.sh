#!/bin/bash
# postern-keys init --key: a key that there is already becomes the server's,
# and unseal gets its encryption subkey alone; what cannot be one is refused
# and leaves nothing.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need gpg-connect-agent
setup
person alice
listen 22
OWN=$W/own/gnupg
mkdir -p -m 700 "$OWN"
own_gpg () {
  GNUPGHOME=$OWN gpg --batch --quiet --pinentry-mode loopback \
    --passphrase "${PASS:-}" "$@" 2>>"$W/gpg.log"
}
own_keys () { GNUPGHOME=$OWN gpg --batch --with-colons --with-keygrip "$@" 2>>"$W/gpg.log"; }
# new_key NAME [USAGE]: prints the fingerprint.
new_key () {
  own_gpg --quick-generate-key "$1" ed25519 "${2:-sign,cert}" never
  own_keys --list-keys "$1" | awk -F: '$1 == "fpr" { print $10; exit }'
}
# part FPR N FIELD: of the Nth part, its fpr or grp.
part () { own_keys --list-keys "$1" | awk -F: -v n="$2" -v f="$3" '$1 == f && ++i == n { print $10 }'; }

ETC=$W/etc
init () {
  in_server env GNUPGHOME="$OWN" postern-keys init web1 \
    --address $S4 --interface sv --config "$ETC" --key "$@" \
    > "$W/init.out" 2> "$W/init.err"
}
# refused FPR REASON: with a clear reason, and nothing is left.
refused () {
  init "$1" && fail "init takes $1"
  grep -q "$2" "$W/init.err" || fail "not '$2': $(cat "$W/init.err")"
  [ "$(wc -l < "$W/init.err")" = 1 ] || fail "$(cat "$W/init.err")"
  [ ! -e "$ETC" ] || fail "left: $(find "$ETC")"
}
# opens: alice enrols, and her request opens the port for real.
opens () {
  SFPR=$1
  grep -q "^server *= '$SFPR'" "$ETC/server.conf" || fail "another server key"
  in_server posternd --check --config "$ETC" > "$W/check.out" 2>&1 \
    || fail "--check: $(cat "$W/check.out")"
  [ "$(ls "$ETC/state/agent/private-keys-v1.d")" = "$(part "$SFPR" 2 grp).key" ] \
    || fail "unseal has $(ls "$ETC/state/agent/private-keys-v1.d")"
  enroll alice
  start
  is_shut $S4 22
  as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
  stop
}
again () {
  GNUPGHOME=$ETC/state/root gpgconf --kill all
  rm -rf "$ETC" "$W/alice/config"
  mkdir -m 700 "$W/alice/config"
}

# What cannot be a server's key.
refused 0123456789ABCDEF0123456789ABCDEF01234567 'no secret key with this fingerprint'
bare=$(new_key bare)
refused "$bare" 'no valid encryption subkey'
gone=$(new_key gone)
own_gpg --quick-add-key "$gone" cv25519 encr never
refused "$(part "$gone" 2 fpr)" 'this is a subkey'
grip=$(part "$gone" 2 grp)
mv "$OWN/private-keys-v1.d/$grip.key" "$W/saved.key"
refused "$gone" 'is not in this keyring'
mv "$W/saved.key" "$OWN/private-keys-v1.d/$grip.key"
PASS=geheim own_gpg --quick-generate-key locked ed25519 sign,cert never
locked=$(part locked 1 fpr)
PASS=geheim own_gpg --quick-add-key "$locked" cv25519 encr never
refused "$locked" "has a passphrase.*PASSWD $(part "$locked" 2 grp)"
both=$(own_gpg --quick-generate-key both rsa2048 sign,cert,encr never; part both 1 fpr)
refused "$both" 'its primary key itself encrypts'
own_gpg --quick-generate-key weak rsa1024 sign,cert never
weak=$(part weak 1 fpr)
own_gpg --quick-add-key "$weak" cv25519 encr never
refused "$weak" 'is weak'
late=$(new_key late)
own_gpg --quick-add-key "$late" cv25519 encr seconds=1
until_ok sh -c "GNUPGHOME=$OWN gpg --batch --with-colons --list-keys $late | grep -q '^sub:e:'" \
  || fail "the subkey does not expire"
refused "$late" 'no valid encryption subkey'
# What decrypts must not be able to sign, nor be of a kind that is not read.
signs=$(new_key signs)
for kind in "rsa2048 sign,encr|may also sign or authenticate" "rsa2048 auth,encr|may also sign or authenticate" \
  "elg2048 encr|is elg2048, which posternd does not read"; do
  own_gpg --quick-add-key "$signs" ${kind%|*} never
  refused "$signs" "its encryption subkey [0-9A-F]* ${kind#*|}.*; make .* with 'gpg --quick-add-key $signs cv25519 encr'"
  until [ "$(date +%s)" -gt "$(own_keys --list-keys "$signs" | awk -F: '$1 == "sub" { t = $6 } END { print t }')" ]; do sleep 0.1; done
done
own_gpg --quick-add-key "$signs" cv25519 encr never
refused "$(printf '%064d' 5)" 'it is, or has, a key of version 5 .* ECC 448.*Ed25519'
# gpg 2.4 makes such keys.
if own_gpg --quick-generate-key v5 ed448 sign,cert never; then
  refused "$(part v5 1 fpr)" 'it is, or has, a key of version 5 '
fi
say "what cannot be a server's key is refused, and leaves nothing"

# The near twins pass: with a subkey, and with the file back.
own_gpg --quick-add-key "$bare" cv25519 encr never
init "$bare" || fail "init --key: $(cat "$W/init.err")"
opens "$bare"
again
init "$gone" || fail "init --key: $(cat "$W/init.err")"
opens "$gone"
again
init "$signs" || fail "with a subkey that only encrypts: $(cat "$W/init.err")"
again
say "a key of root's own serves"

# Its primary key is elsewhere: a signing subkey serves.
own_gpg --quick-add-key "$gone" ed25519 sign never
grip=$(part "$gone" 1 grp)
mv "$OWN/private-keys-v1.d/$grip.key" "$W/saved.key"
init "$gone" || fail "without the primary key: $(cat "$W/init.err")"
GNUPGHOME=$ETC/state/root gpg --batch --list-secret-keys 2>/dev/null | grep -q 'sec#' \
  || fail "the primary key is there"
opens "$gone"
again
mv "$W/saved.key" "$OWN/private-keys-v1.d/$grip.key"
say "a key whose primary is not on this host serves"

# The primary key has a passphrase: pinentry asks for it, now and at each
# invite, and for unseal there is nothing to ask.
printf 'geheim' > "$W/pass"
printf 'OPTION pinentry-mode=loopback\n/definqfile NEW_PASSPHRASE %s\nPASSWD %s\n' \
  "$W/pass" "$(part "$bare" 1 grp)" | GNUPGHOME=$OWN gpg-connect-agent >>"$W/gpg.log" 2>&1
cat > "$W/pinentry" <<X
#!/bin/sh
echo asked >> $W/asked
echo OK
while read -r command rest; do
  case \$command in
    GETPIN) printf 'D %s\nOK\n' "\$(cat $W/answer)" ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
X
chmod 755 "$W/pinentry"
use_pinentry () {
  echo "pinentry-program $W/pinentry" > "$1/gpg-agent.conf"
  GNUPGHOME=$1 gpgconf --kill all
}
use_pinentry "$OWN"
echo wrong > "$W/answer"
init "$bare" && fail "a wrong passphrase is taken"
grep -q 'passphrase was not given' "$W/init.err" || fail "$(cat "$W/init.err")"
[ -z "$(find "$ETC" -name '*.conf' -o -name '*.key' -o -name .init-unfinished)" ] \
  || fail "left: $(find "$ETC")"
rm -rf "$ETC"
echo geheim > "$W/answer"
init "$bare" || fail "with a passphrase: $(cat "$W/init.err")"
grep -q 'need its passphrase' "$W/init.out" || fail "not said"
use_pinentry "$ETC/state/root"
: > "$W/asked"
opens "$bare"
[ -s "$W/asked" ] || fail "signing asked for no passphrase"
again
say "a primary key with a passphrase serves, and unseal needs none"

# On a card: a stub is all that there is of the key.
stub () {
  python3 - "$OWN" "$1" <<'PY'
import re, subprocess, sys
home, grip = sys.argv[1:]
said = subprocess.run(["gpg-connect-agent", "--homedir", home,
                       "READKEY " + grip, "/bye"], capture_output=True).stdout
data = re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]),
              said[2:said.rindex(b"\nOK")])
head = b"(10:public-key("
assert data.startswith(head)
card = bytes.fromhex("D2760001240102000005000012340000")
open(f"{home}/private-keys-v1.d/{grip}.key", "wb").write(
    b"(20:shadowed-private-key(" + data[len(head):-2]
    + b"(8:shadowed5:t1-v1(16:" + card + b"9:OPENPGP.1))))")
PY
}
GNUPGHOME=$OWN gpgconf --kill all
own_gpg --quick-generate-key carded ed25519 sign,cert never
carded=$(part carded 1 fpr)
own_gpg --quick-add-key "$carded" cv25519 encr never
cp "$OWN/private-keys-v1.d/$(part "$carded" 2 grp).key" "$W/saved.key"
stub "$(part "$carded" 2 grp)"
GNUPGHOME=$OWN gpgconf --kill all
refused "$carded" 'is on a card.*nobody near'
cp "$W/saved.key" "$OWN/private-keys-v1.d/$(part "$carded" 2 grp).key"
stub "$(part "$carded" 1 grp)"
GNUPGHOME=$OWN gpgconf --kill all
init "$carded" || fail "a key on a card: $(cat "$W/init.err")"
GNUPGHOME=$ETC/state/root gpg --batch --list-secret-keys 2>/dev/null | grep -q '^sec>' \
  || fail "no stub in root's home"
in_server posternd --check --config "$ETC" > "$W/check.out" 2>&1 \
  || fail "--check: $(cat "$W/check.out")"
[ "$(ls "$ETC/state/agent/private-keys-v1.d")" = "$(part "$carded" 2 grp).key" ] \
  || fail "unseal has more"
# With no card nobody can be enrolled, and nothing half of it is there.
in_server postern-keys enroll alice --config "$ETC" --key "$W/alice.pgp" \
  --fpr "$(fpr_of alice)" > "$W/alice.invite" 2> "$W/err" < /dev/null \
  && fail "enrolled without the card"
grep -q 'the signing key' "$W/err" || fail "$(cat "$W/err")"
[ ! -s "$W/alice.invite" ] && [ -z "$(ls "$ETC/users.d")" ] || fail "half enrolled"
GNUPGHOME=$OWN gpgconf --kill all
say "ok"
