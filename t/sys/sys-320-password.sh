#!/bin/bash
# Where the client's password comes from, and what then is in the datagram.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3
setup
person alice
server
enroll alice
HOSTS=$W/alice/config/postern/hosts.conf JOINED=$W/alice/config/postern/hosts.d
# sets LINE: for web1 alone, by hand.
sets () { printf 'host web1 {\n%s\n}\n' "$1" >> "$HOSTS"; }
mkdir "$W/pinentry"
export FAKE_PINENTRY=$W/pinentry
echo "pinentry-program $srcdir/t/sys/fake-pinentry.py" > "$W/alice/gnupg/gpg-agent.conf"
HOME=$W/alice

# answer WORDS: what pinentry does from now on.
answer () { printf '%s' "$*" > "$W/pinentry/answer"; : > "$W/pinentry/log"; }
was_asked () { grep -q '^GETPIN' "$W/pinentry/log"; }

# carries PASSWORD ARGUMENTS...: the datagram has it ('': has none).
carries () {
  local want=$1 got rc=0
  shift
  rm -f "$W/d"
  as alice postern seal "$@" -o "$W/d" 2>"$W/err.log" || fail "seal $*: $(cat "$W/err.log")"
  got=$(attachment "$W/d") || rc=$?
  if [ -z "$want" ]; then
    [ $rc = 1 ] || fail "seal $*: carries '$got'"
  else
    [ "$got" = "password: $(printf '%s' "$want" | base64 -w 0)" ] \
      || fail "seal $*: carries '$got', not '$want'"
  fi
}

# says CODE PATTERN COMMAND...: fails so, with one line, and writes nothing.
says () {
  local code=$1 pattern=$2 rc=0
  shift 2
  rm -f "$W/d"
  as alice "$@" >"$W/out" 2>"$W/err.log" || rc=$?
  [ $rc = "$code" ] || fail "$*: exit $rc, not $code: $(cat "$W/err.log")"
  [ "$(wc -l < "$W/err.log")" = 1 ] || fail "$*: not one line: $(cat "$W/err.log")"
  grep -q "$pattern" "$W/err.log" || fail "$*: says $(cat "$W/err.log")"
  [ ! -e "$W/d" ] && [ ! -s "$W/out" ] || fail "$*: wrote something"
}

say "a profile that knows of no password"
answer pin secret
carries '' open web1
! was_asked || fail "asked"
carries secret open web1 --ask-password
was_asked || fail "not asked"
carries 'from fd' open web1 --password-fd 3 3<<<"from fd"
carries 'first' open web1 --password-fd 0 <<<"$(printf 'first\nsecond')"

say "one that does"
echo "credential = 'ldap'" >> "$JOINED/web1.conf"
answer pin secret
carries secret open web1
grep -q "^SETDESC .*web1 asks for the directory (LDAP) password of alice" "$W/pinentry/log" \
  || fail "the question: $(cat "$W/pinentry/log")"
answer pin other
carries other open web1 tcp/80 --user alice.b
grep -q "password of alice.b" "$W/pinentry/log" || fail "the question names another"
answer pin secret
carries '' open web1 --no-password
carries '' whoami web1
carries '' close web1
! was_asked || fail "asked"
carries 'from fd' open web1 --password-fd 3 3<<<"from fd"
! was_asked || fail "asked"
answer pin "$(printf 'p\303\244ss%%25 w\342\202\254rd+ ')"
carries "$(printf 'p\303\244ss%%25 w\342\202\254rd+ ')" open web1
as alice postern hosts show web1 | grep -q 'asks for  *your directory (LDAP)' \
  || fail "hosts show is silent"

say "the signature comes after the password: cancelled, nothing is signed"
answer error 83886179
says 77 'cancelled; nothing was sent' postern seal open web1 -o "$W/d"
says 77 'cancelled; nothing was sent' postern open web1
answer pin ''
says 65 'is empty; nothing was sent' postern seal open web1 -o "$W/d"
answer error 83918950
says 66 'no terminal .*--password-fd' postern seal open web1 -o "$W/d"
answer die
says 66 'fake-pinentry.py' postern seal open web1 -o "$W/d"
answer pin "$(head -c 1025 /dev/zero | tr '\0' x)"
says 65 'too long' postern seal open web1 -o "$W/d"

say "how much fits"
long=$(head -c 1024 /dev/zero | tr '\0' x)
says 65 'room for a password of [0-9]* bytes' postern seal open web1 -o "$W/d" --password-fd 3 3<<<"$long"
most=$(sed 's/.*password of \([0-9]*\) bytes.*/\1/' "$W/err.log")
say "with Ed25519 and Cv25519: $most bytes"
[ "$most" -ge 500 ] || fail "only $most bytes fit"
carries "${long:0:$most}" open web1 --password-fd 3 3<<<"${long:0:$most}"
says 65 'room for' postern seal open web1 -o "$W/d" --password-fd 3 3<<<"${long:0:$((most + 4))}"
says 65 'longer than 1024 bytes' postern seal open web1 -o "$W/d" --password-fd 3 3<<<"${long}x"

say "a command's first line"
cp "$HOSTS" "$W/hosts"
sets "password-command = {'sh', '-c', 'echo \"\$0\"; echo login', 'it\\'s \${HOME}'}"
answer pin secret
carries "it's \${HOME}" open web1
! was_asked || fail "asked"
carries secret open web1 --ask-password
carries '' open web1 --no-password
# Joining anew leaves it there, and takes over what the invite says.
in_server postern-keys invite alice --config "$ETC" > "$W/again" 2>>"$W/enroll.log" \
  || fail "invite"
as alice postern join "$W/again" --fpr "$SFPR" 2>>"$W/join.log" || fail "join"
grep -q 'password-command = ' "$HOSTS" || fail "the command was lost"
! grep -q "credential *= " "$JOINED/web1.conf" || fail "an invite without a credential"
carries '' open web1
echo "credential = 'ldap'" >> "$JOINED/web1.conf"
cp "$W/hosts" "$HOSTS"
sets "password-command = {'false'}"
says 66 "'false' failed with exit status 1" postern seal open web1 -o "$W/d"
cp "$W/hosts" "$HOSTS"
sets "password-command = {'true'}"
says 65 "'true' printed nothing" postern seal open web1 -o "$W/d"
cp "$W/hosts" "$HOSTS"

say "one server, and no way around"
answer pin secret
sed "/^host/d; /^credential/d" "$JOINED/web1.conf" > "$JOINED/web2.conf"
cp "$W/alice/config/postern/doors/web1.key" "$W/alice/config/postern/doors/web2.key"
cp "$W/alice/config/postern/keys/web1.pgp" "$W/alice/config/postern/keys/web2.pgp"
says 64 'has the password for one host, and 2 are named' postern open web2 web1 --password-fd 3 3<<<x
! was_asked || fail "asked"
says 64 'plain gpg cannot attach' postern seal open web1 --print-command
as alice postern seal open web1 --print-command --no-password > "$W/out" || fail "print-command"
grep -q '^gpg ' "$W/out" || fail "print-command prints nothing"
says 64 'exclude each other' postern open web1 --no-password --ask-password
says 64 'number of an open' postern open web1 --password-fd x
says 64 'no such option here' postern whoami web1 --ask-password
says 64 "'close' has no option --password-fd" postern seal close web1 --password-fd 3 -o "$W/d"
says 66 'Bad file descriptor' postern open web1 --password-fd 9
say "ok"
