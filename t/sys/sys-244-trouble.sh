#!/bin/bash
# What goes wrong at the person's end is told in one line, with what to do,
# and nothing is sent: an expired key, no agent, a card that is out, no
# pinentry, a wrong passphrase, a no; and what cures it does.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 setsid tcpdump
[ -x "$(gpgconf --list-components | sed -n 's/^scdaemon:[^:]*://p')" ] \
  || skip "scdaemon is not installed"
setup
person alice
person bob
server
enroll alice
enroll bob
A=$(fpr_of alice)
HOME_A=$W/alice/gnupg HOME_B=$W/bob/gnupg

# Nothing may leave: a packet would be counted here.
ip netns exec "$CLIENT" tcpdump -i cl -U -w "$W/pcap" 'udp port 62201' 2>"$W/tcpdump.log" &
own $!
until_ok grep -q listening "$W/tcpdump.log" || fail "no tcpdump"

# told WHO STATUS PATTERN COMMAND...: one line that says it.
told () {
  local who=$1 status=$2 pattern=$3 rc=0
  shift 3
  as "$who" setsid -w timeout 300 "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = "$status" ] || fail "$*: exit $rc, not $status: $(cat "$W/out")"
  [ "$(wc -l < "$W/out")" = 1 ] || fail "$*: not one line: $(cat "$W/out")"
  grep -q "^postern: $pattern" "$W/out" || fail "$*: not '$pattern': $(cat "$W/out")"
}
# The near twin: the datagram is made.
makes () {
  as "$1" postern seal open web1 -o "$W/dgram" > "$W/out" 2>&1 || fail "$1, $2: $(cat "$W/out")"
}
# In the home, or below /run/user where that is there.
socket_of () { GNUPGHOME=$1 gpgconf --list-dirs agent-socket; }
agent_off () {
  local socket
  socket=$(socket_of "$1")
  GNUPGHOME=$1 gpgconf --kill all
  until_ok sh -c "! [ -S '$socket' ]" || :
}
makes alice "at first"

told alice 68 "open: no host '22' was joined; ports are written like tcp/22" postern open web1 22
told alice 68 "open: no host 'wbe1' was joined; did you mean 'web1'?" postern open wbe1
told alice 68 "connect: '$S4' is the address of 'web1'; use that name" postern connect $S4 22
told alice 64 "open: '22/tcp' is not like tcp/22; did you mean 'tcp/22'? try 'postern open --help'" postern open web1 22/tcp
told alice 64 "open: 'tcp/ssh' is not like tcp/22; did you mean 'tcp/22'? try 'postern open --help'" postern open web1 tcp/ssh
told alice 64 "open: 'TCP/22' is not like tcp/22; did you mean 'tcp/22'? try 'postern open --help'" postern open web1 TCP/22
told alice 64 "open: --for '60' has no unit; did you mean '60s'?" postern open web1 --for 60

# Her key expires, and she extends it.
gpg_as alice --quick-set-expire "$A" seconds=1
until_ok sh -c "GNUPGHOME=$HOME_A gpg --batch --with-colons --list-keys $A | grep -q '^pub:e'" || fail "not expired"
told alice 67 "open: your key $A expired on 20.*--quick-set-expire $A 1y.*gpg --export $A" postern open web1
as alice postern hosts > "$W/out" 2>"$W/err" || fail "hosts"
head -n 1 "$W/out" | grep -q "SERVER KEY ENDS  YOUR KEY ENDS  DOOR ENDS\$" || fail "$(cat "$W/out")"
grep -q 'web1 .* expired' "$W/out" && grep -q "your key $A is expired" "$W/err" || fail "$(cat "$W/out" "$W/err")"
gpg_as alice --quick-set-expire "$A" 2d
makes alice "extended"
as alice postern hosts > "$W/out" 2>"$W/err" || fail "hosts"
grep -q "your key $A expires on .*in [12] day" "$W/err" || fail "$(cat "$W/err")"
gpg_as alice --quick-set-expire "$A" 0
say "an expired key"

# A clock that is behind: to gpg her key is not there yet.
gpg_as alice --faked-system-time 20380101T000000! --quick-generate-key late@example.org future-default default never
L=$(GNUPGHOME=$HOME_A gpg --batch --with-colons --list-keys late@example.org 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')
sed -i "s/$A/$L/" "$W/alice/config/postern/hosts.d/web1.conf"
told alice 67 "open: your clock is behind: your key $L was created on 2038-01-01; correct the clock" postern open web1
sed -i "s/$L/$A/" "$W/alice/config/postern/hosts.d/web1.conf"
makes alice "by her own key"
say "a clock that is behind"

# No agent, and none can be started: something sits where it would listen.
agent_off "$HOME_A"
SOCKET_A=$(socket_of "$HOME_A")
rm -rf "$SOCKET_A"
mkdir -p "$SOCKET_A/in-the-way"
told alice 69 "open: gpg-agent does not run and gpg cannot start it .*no-autostart.*; 'gpg-agent --daemon' starts it, or says why not" postern open web1
told alice 69 "join: gpg-agent does not run" postern join "$W/alice.invite"
as alice postern hosts > "$W/out" 2>"$W/err" || fail "hosts"
grep -q 'web1 .* unknown' "$W/out" && grep -q 'gpg-agent does not run' "$W/err" || fail "$(cat "$W/out" "$W/err")"
rm -r "$SOCKET_A"
makes alice "with an agent"
say "no agent"

# The secret key is somewhere else; the home is another one.
agent_off "$HOME_A"
mv "$HOME_A/private-keys-v1.d" "$W/keys"
told alice 67 "open: the secret part of your key $A is not here; import it, or insert the card" postern open web1
rm -rf "$HOME_A/private-keys-v1.d"
mv "$W/keys" "$HOME_A/private-keys-v1.d"
agent_off "$HOME_A"
makes alice "with the secret key"
mkdir -m 700 "$W/empty"
told alice 67 "open: your key $A is not in this keyring; is GNUPGHOME" env GNUPGHOME="$W/empty" postern open web1
GNUPGHOME=$W/empty gpgconf --kill all
say "no key"

# bob has a passphrase, and a pinentry that a test answers.
mkdir "$W/pinentry"
export FAKE_PINENTRY=$W/pinentry
GNUPGHOME=$HOME_B gpg --batch --quiet --pinentry-mode loopback --passphrase 'correct horse' \
  --change-passphrase bob 2>>"$W/gpg.log" || fail "no passphrase"
pinentry () { echo "pinentry-program $1" > "$HOME_B/gpg-agent.conf"; agent_off "$HOME_B"; }
pinentry "$srcdir/t/sys/fake-pinentry.py"
printf 'pin battery staple' > "$W/pinentry/answer"
told bob 77 "open: that was not the right passphrase" postern open web1
told bob 77 "join: that was not the right passphrase" postern join "$W/bob.invite"
echo 'error 83886179' > "$W/pinentry/answer"
told bob 77 "open: cancelled; nothing was done" postern open web1
told bob 77 "join: cancelled; nothing was done" postern join "$W/bob.invite"
pinentry /nonexistent
told bob 66 "open: gpg-agent could not ask you .*export GPG_TTY=.*pinentry is installed" env GPG_TTY=/dev/pts/0 postern open web1
pinentry "$srcdir/t/sys/fake-pinentry.py"
printf 'pin correct horse' > "$W/pinentry/answer"
makes bob "with the right passphrase"
say "a passphrase"

# alice's keys are on a card that is not there; no reader either.
cp -a "$HOME_A" "$W/alice/kept"
python3 "$srcdir/t/sys/on-card.py" "$HOME_A"
echo "pinentry-program $srcdir/t/sys/fake-pinentry.py" > "$HOME_A/gpg-agent.conf"
agent_off "$HOME_A"
: > "$W/pinentry/log"
echo 'error 83886179' > "$W/pinentry/confirm"
told alice 77 "open: cancelled" postern open web1
grep -q 'insert the card' "$W/pinentry/log" || fail "pinentry does not ask for the card: $(cat "$W/pinentry/log")"
# On a terminal it is said what may be waited for.
: > "$W/type"
as alice env TERM=xterm python3 "$srcdir/t/sys/on-terminal.py" 'nothing that is shown' "$W/type" \
  postern open web1 > "$W/screen" && fail "opens without the card"
grep -q 'your key is on a card: touch your token' "$W/screen" || fail "$(cat -v "$W/screen")"
as bob env TERM=xterm python3 "$srcdir/t/sys/on-terminal.py" 'nothing that is shown' "$W/type" \
  postern seal open web1 -o "$W/dgram" > "$W/screen" || fail "bob: $(cat -v "$W/screen")"
[ ! -s "$W/screen" ] || fail "bob: $(cat -v "$W/screen")"
echo "pinentry-program /nonexistent" > "$HOME_A/gpg-agent.conf"
agent_off "$HOME_A"
told alice 66 "open: gpg-agent could not ask you for a passphrase, a PIN or a card" env GPG_TTY=/dev/pts/0 postern open web1
agent_off "$HOME_A"
rm -rf "$HOME_A"
mv "$W/alice/kept" "$HOME_A"
makes alice "without a card"
say "a card"

[ "$(tcpdump -n -r "$W/pcap" 2>/dev/null | wc -l)" = 0 ] || fail "something was sent"
as alice postern whoami web1 --timeout 1s >/dev/null 2>&1 || :
until_ok sh -c "[ \"\$(tcpdump -n -r '$W/pcap' 2>/dev/null | wc -l)\" != 0 ]" || fail "tcpdump sees nothing"
say "ok"
