#!/bin/bash
# Invites that are not to be taken: altered, for somebody else, not signed,
# older, of a host whose key is another.  What is refused changes nothing;
# what is taken changes the profile alone, never the person's GnuPG home.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 setsid
setup
person alice
person bob
A=$(fpr_of alice) B=$(fpr_of bob)
server

# invite_for NAME FILE [SED-SCRIPT]: a fresh one, the configuration changed.
invite_for () {
  [ -z "${3:-}" ] || sed -i "$3" "$ETC/posternd.conf"
  in_server postern-keys invite "$1" --config "$ETC" > "$2" 2>>"$W/enroll.log" \
    || fail "invite $1"
}
for name in alice bob; do
  in_server postern-keys enroll $name --config "$ETC" --key "$W/$name.pgp" \
    --fpr "$(case $name in alice) echo "$A" ;; *) echo "$B" ;; esac)" \
    --group ops > "$W/$name.first" 2>>"$W/enroll.log" \
    || fail "enroll $name"
done
HOSTS=$W/alice/config/postern/hosts.d/web1.conf

# All regular files of alice's GnuPG home, and those of her profile.
gnupg_state () { (cd "$W/alice/gnupg" && find . -type f | sort | xargs sha256sum); }
profile_state () {
  [ ! -d "$W/alice/config/postern" ] && echo none && return
  (cd "$W/alice/config" && find . -type f ! -name .lock | sort | xargs sha256sum)
}
# Not even a trust database comes into being.
rm "$W/alice/gnupg/trustdb.gpg"
gnupg_state > "$W/gnupg.before"
home_is_untouched () {
  gnupg_state | diff "$W/gnupg.before" - > "$W/diff" \
    || fail "$1 changes the GnuPG home: $(cat "$W/diff")"
}

# refused WHAT STATUS PATTERN JOIN-ARGUMENTS: and nothing changes.
refused () {
  local what=$1 status=$2 pattern=$3 rc=0
  shift 3
  profile_state > "$W/profile.before"
  as alice setsid -w postern join "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = "$status" ] || fail "$what: exit $rc: $(cat "$W/out")"
  grep -q "$pattern" "$W/out" || fail "$what does not say '$pattern': $(cat "$W/out")"
  profile_state | diff "$W/profile.before" - || fail "$what changes the profile"
  home_is_untouched "$what"
}
joins () {
  local what=$1 pattern=$2
  shift 2
  as alice setsid -w postern join "$@" > "$W/out" 2>&1 || fail "$what: $(cat "$W/out")"
  grep -q "$pattern" "$W/out" || fail "$what does not say '$pattern': $(cat "$W/out")"
  home_is_untouched "$what"
}

# One bit, everywhere from the first byte to the last.
size=$(stat -c %s "$W/alice.first")
for at in 0 1 3 12 40 99 $((size / 4)) $((size / 2)) $((size - 30)) $((size - 1)); do
  python3 - "$W/alice.first" $at "$W/altered" <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 1 << (int(sys.argv[2]) % 8)
open(sys.argv[3], "wb").write(data)
PY
  rc=0
  as alice setsid -w postern join "$W/altered" --fpr "$SFPR" > "$W/out" 2>&1 || rc=$?
  case $rc in 65|67) ;; *) fail "byte $at of $size altered: exit $rc: $(cat "$W/out")" ;; esac
  [ ! -e "$HOSTS" ] || fail "byte $at of $size altered: joined"
  home_is_untouched "byte $at"
done
head -c $((size - 1)) "$W/alice.first" > "$W/altered"
refused "an invite cut short" 65 'not an invite' "$W/altered" --fpr "$SFPR"
cat "$W/alice.first" "$W/alice.first" > "$W/altered"
refused "an invite twice" 65 'not an invite' "$W/altered" --fpr "$SFPR"
[ ! -d "$W/alice/config/postern" ] || fail "what was refused made a profile"
say "altered: refused"

refused "an invite for bob" 67 'for another person' "$W/bob.first" --fpr "$SFPR"
refused "no file" 66 'cannot read' "$W/none" --fpr "$SFPR"
: > "$W/empty"
refused "an empty file" 65 'is empty' "$W/empty" --fpr "$SFPR"

# Made by hand, from the same text: not signed, signed by somebody else,
# compressed; and the near twin that is like what the server makes.
gpg_as alice -d "$W/alice.first" > "$W/text" || [ -s "$W/text" ] || fail "no text"
server_gpg () {
  GNUPGHOME=$ETC/state/root gpg --batch --quiet --yes --trust-model always "$@" 2>>"$W/gpg.log"
}
rm -f "$W/made"
server_gpg --compress-algo none -o "$W/made" -f "$W/alice.pgp" -e "$W/text"
refused "an invite without a signature" 65 'not an invite' "$W/made" --fpr "$SFPR"
gpg_as bob --compress-algo none -o "$W/made" -f "$W/alice.pgp" -se "$W/text"
refused "one signed by bob" 65 'signature' "$W/made" --fpr "$SFPR"
server_gpg --compress-algo zlib -o "$W/made" -f "$W/alice.pgp" -se "$W/text"
refused "a compressed one" 65 'not an invite' "$W/made" --fpr "$SFPR"
sed 's/^address: .*/address: 198.51.100.9/' "$W/text" > "$W/text2"
gpg_as bob --compress-algo none -o "$W/made" -f "$W/alice.pgp" -se "$W/text2"
refused "another address, signed by bob" 65 'signature' "$W/made" --fpr "$SFPR"
sed "s/^for: .*/for: $B/" "$W/text" > "$W/text2"
server_gpg --compress-algo none -o "$W/made" -f "$W/alice.pgp" -se "$W/text2"
refused "one that names bob, encrypted to alice" 67 'do not hold' "$W/made" --fpr "$SFPR"
# Of another version, whole or in a line; what is no invite at all is not so
# called.
for change in '1s/1$/2/' '1a shade: x' '/^door/d'; do
  sed "$change" "$W/text" > "$W/text2"
  server_gpg --compress-algo none -o "$W/made" -f "$W/alice.pgp" -se "$W/text2"
  refused "an invite with '$change'" 65 'not of this version.*ask for a fresh one' "$W/made" --fpr "$SFPR"
done
echo 'something else' > "$W/text2"
server_gpg --compress-algo none -o "$W/made" -f "$W/alice.pgp" -se "$W/text2"
refused "another text" 65 'this is not an invite' "$W/made" --fpr "$SFPR"
server_gpg --compress-algo none --armor -o "$W/made" -f "$W/alice.pgp" -se "$W/text"
grep -q 'BEGIN PGP MESSAGE' "$W/made" || fail "not armoured"

# The fingerprint: another one, none at all, and a person who says no.
refused "another fingerprint" 77 'REFUSED' "$W/made" --fpr "$B"
refused "no terminal" 66 'no terminal' "$W/made"
grep -q '203.0.113.1' "$W/out" && grep -q 'udp/62201' "$W/out" && grep -q "you are  *alice" "$W/out" \
  && grep -q "$A" "$W/out" && grep -q "door key  *'main'" "$W/out" \
  || fail "not shown whole: $(cat "$W/out")"
answer () {
  echo "$1" > "$W/typed"
  shift
  as alice env TERM=dumb python3 "$srcdir/t/sys/on-terminal.py" 'y/N' "$W/typed" "$@" > "$W/screen"
}
rc=0
answer n postern join "$W/made" || rc=$?
[ $rc = 77 ] && grep -q 'nothing was changed' "$W/screen" || fail "no: $rc: $(cat "$W/screen")"
rc=0
answer '' postern join "$W/made" || rc=$?
[ $rc = 77 ] || fail "only Return: $rc"
[ ! -d "$W/alice/config/postern" ] || fail "a no makes a profile"
home_is_untouched "a no"
answer y postern join "$W/made" || fail "yes: $(cat "$W/screen")"
grep -q 'joined web1' "$W/screen" || fail "$(cat "$W/screen")"
home_is_untouched "a yes"
say "armoured: taken, after a yes"

# The same again, a newer one that says the same, the older one after it.
joins "the same" 'nothing changed' "$W/alice.first"
invite_for alice "$W/second"
joins "a newer one that says the same" 'nothing changed' - < "$W/second"
refused "an older one" 77 'REFUSED.*older' "$W/alice.first" --fpr "$SFPR"
joins "the newest again" 'nothing changed' "$W/second" --fpr "$SFPR"
refused "another fingerprint of what is known" 77 'REFUSED' "$W/second" --fpr "$B"

# Exactly what changes is told, one by one, and all else stays.
changes () {
  local what=$1 expected=$2
  shift 2
  invite_for alice "$W/next" "$@"
  refused "$what unasked" 66 'What changes' "$W/next"
  [ "$(sed -n '/What changes/,$p' "$W/out" | sed '1d; $d' | tr -s ' ')" = "$expected" ] \
    || fail "$what: $(cat "$W/out")"
  joins "$what" 'updated web1' "$W/next" --fpr "$SFPR"
}
OWN=$W/alice/config/postern/hosts.conf
printf "# by hand\nhost web1 {\n  for = '45s'   # long enough\n  port = 4712\n}\n" >> "$OWN"
cp "$OWN" "$W/own"
changes "the port" " port was udp/62201" "s/^port .*/port = 4711/"
changes "the addresses" " address was 203.0.113.1" \
  "s/^addresses .*/addresses = {'203.0.113.1', 'web1.example.org'}/"
cmp "$OWN" "$W/own" || fail "what was set by hand is not as it was: $(cat "$OWN")"
sed -i "s|^  ports .*|  ports = {'tcp/22', 'tcp/8022'}|" "$ETC/access.conf"
sed -i "s|^protect .*|protect = {'tcp/22', 'tcp/8022'}|" "$ETC/posternd.conf"
changes "the ports" " ports were tcp/22"
head -c 32 /dev/urandom | base64 > "$ETC/doors/main.key"
changes "the door key" " door key rotated: a new one, for the door 'main'"
[ "$(cat "$W/alice/config/postern/doors/web1.key")" = "$(cat "$ETC/doors/main.key")" ] || fail "the old door key"
server_gpg --quick-set-expire "$SFPR" 1y
changes "the server's key" " server key renewed; it would have expired: never"
rm "$W/alice/config/postern/doors/web1.key"
joins "with a lost door key" 'door key  *was missing here' "$W/next" --fpr "$SFPR"
say "what changes is told"

# Addresses are the words of whoever made the invite: the terminal has no line
# of them to break, and none looks like the one with a fingerprint.
fake=fingerprint.$(echo "$B" | sed 's/..../&./g')x
long=$(printf 'a.%.0s' $(seq 32))
invite_for alice "$W/wide" "s/^addresses .*/addresses = {'$long$fake', '${long}b', 'b.$long$fake', 'c.$long${long}c', 'd.$long${long}d', 'web1.example.org'}/"
refused "wide addresses unasked" 66 'What changes' "$W/wide"
sed '/What changes/,$d' "$W/out" > "$W/shown"
[ "$(wc -L < "$W/shown")" -lt 80 ] || fail "too wide: $(cat "$W/shown")"
[ "$(grep -c fingerprint "$W/shown")" = 2 ] || fail "another fingerprint: $(cat "$W/shown")"
sed -i "s/^addresses .*/addresses = {'203.0.113.1', 'web1.example.org'}/" "$ETC/posternd.conf"

# Another machine that calls itself web1.
ETC1=$ETC SFPR1=$SFPR ETC=$W/etc2
in_server postern-keys init web1 --address 198.51.100.1 --interface sv --config "$ETC" \
  > "$W/init.out" 2>>"$W/init.log" || fail "init of another web1"
SFPR=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
in_server postern-keys enroll alice --config "$ETC" --key "$W/alice.pgp" \
  --fpr "$A" --group ops > "$W/other" 2>>"$W/enroll.log" || fail "enroll at another web1"
refused "a host whose key differs" 77 "REFUSED.*$SFPR1.*$SFPR.*hosts remove web1" "$W/other" --fpr "$SFPR"
refused "the name of another" 64 'another host' "$W/other" --fpr "$SFPR" --as web1
joins "another one of that name" 'BEWARE' "$W/other" --fpr "$SFPR" --as test
refused "the known one by another name" 64 'hosts rename web1 www' "$W/next" --fpr "$SFPR1" --as www
[ "$(as alice postern hosts --names | tr '\n' ' ')" = 'test web1 ' ] || fail "$(as alice postern hosts)"
# Whom it is known as makes no difference.
as alice postern hosts rename web1 www 2>"$W/err" || fail "rename"
grep -q "hosts.conf has a section for 'web1'" "$W/err" || fail "not told: $(cat "$W/err")"
as alice postern hosts remove test 2>>"$W/join.log" || fail "remove"
refused "a host whose key differs, under another name" 77 "REFUSED.*'www'" "$W/other" --fpr "$SFPR"
joins "the known one under its new name" 'www: nothing changed' "$W/next"
# Names and addresses are compared across, as they look.
beware () { # WHAT HOST ADDRESS: the other machine, called so
  sed -i "s/^host .*/host = '$2'/; s/^addresses .*/addresses = {'$3'}/" "$ETC/posternd.conf"
  invite_for alice "$W/alike"
  refused "$1 unasked" 66 "$1" "$W/alike"
}
beware "BEWARE: 'www' is joined with this one's name as its address" 203.0.113.1 192.0.2.1
beware "BEWARE: 'www' is joined with this one's address as its name" db1 www
beware "BEWARE: 'www' is joined with a name that looks like this one's" web-l 192.0.2.1
beware "An invite to the host web2" web2 192.0.2.1
! grep -q BEWARE "$W/out" || fail "a name of its own: $(cat "$W/out")"
sed -i "s/^host .*/host = 'web1'/; s/^addresses .*/addresses = {'198.51.100.1'}/" "$ETC/posternd.conf"
# Made anew: to be removed first.
as alice postern hosts remove www 2>>"$W/join.log" || fail "remove"
[ -z "$(find "$W/alice/config/postern/doors" "$W/alice/config/postern/keys" -type f)" ] || fail "keys stay"
joins "after it was removed" 'joined web1' "$W/other" --fpr "$SFPR"
say "ok"
