#!/bin/bash
# Revoking waits for nobody: not for a postern-keys that waits for a key
# server or for somebody at a terminal, nor for one that has the lock.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 timeout flock pgrep
setup
for who in alice bob carol erol; do person $who; done
server
listen 22
for who in alice bob carol erol; do enroll $who; done
person dave
person erin
person frida
start
keys () {
  local verb=$1
  shift
  in_server postern-keys "$verb" --config "$ETC" "$@"
}
# is_out NAME: nobody of this name is there, and their requests are refused.
is_out () {
  [ ! -e "$ETC/users.d/$1.conf" ] || fail "$1 is in the roster"
  as "$1" postern open web1 --timeout 2s > "$W/out" 2>&1 && fail "$1 is let in"
  return 0
}
# at_once NAME: for twenty seconds, on a busy machine.
at_once () {
  timeout 20 ip netns exec "$SERVER" postern-keys revoke "$1" --config "$ETC" \
    > "$W/revoke" 2>&1 || fail "revoke $1: $?, $(cat "$W/revoke")"
  is_out "$1"
}
# The same where nobody has the lock.
revoked_at_once () {
  at_once "$1"
  [ ! -e "$ETC/users.d/.revoking-$1" ] || fail "the mark of $1 is left"
}
as alice postern open web1 > "$W/out" 2>&1 || fail "alice: $(cat "$W/out")"

# A key server that takes the question and never answers.
cat > "$W/mute.py" <<'END'
import socket, sys
s = socket.create_server(("127.0.0.1", 11371))
open(sys.argv[1], "w").close()
c, _ = s.accept()
c.recv(1)
open(sys.argv[2], "w").close()
while c.recv(4096):
    pass
END
in_server python3 "$W/mute.py" "$W/listens" "$W/asked" &
own $!
until_ok test -e "$W/listens" || fail "no key server"
keys enroll dave --key "hkp://127.0.0.1:11371/$(fpr_of dave)" --fpr "$(fpr_of dave)" \
  > "$W/dave.invite" 2> "$W/dave.err" &
waits=$!
own $waits
until_ok test -e "$W/asked" || fail "the key server is not asked: $(cat "$W/dave.err")"
revoked_at_once alice
kill -0 $waits || fail "nobody waited for the key server: $(cat "$W/dave.err")"
say "a key server that does not answer: revoked at once"

# A terminal that asks, and where nobody answers yet.
cat > "$W/prompt.py" <<'END'
import os, pty, select, sys
pid, fd = pty.fork()
if not pid:
    os.execvp(sys.argv[3], sys.argv[3:])
screen, typed = b"", False
while True:
    if select.select([fd], [], [], 0.05)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            data = b""
        if not data:
            break
        screen += data
        if b"[y/N] " in screen:
            open(sys.argv[1], "w").close()
    if not typed and os.path.exists(sys.argv[2]):
        os.write(fd, b"y\r")
        typed = True
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
ip netns exec "$SERVER" python3 "$W/prompt.py" "$W/asks" "$W/go" \
  sh -c "exec postern-keys enroll erin --key '$W/erin.pgp' --config '$ETC' > '$W/erin.invite'" &
prompt=$!
own $prompt
until_ok test -e "$W/asks" || fail "nothing is asked"
revoked_at_once erol
touch "$W/go"
wait $prompt || fail "the one who was asked: $?"
[ -e "$ETC/users.d/erin.conf" ] || fail "erin is not in"
say "a terminal that asks: revoked at once"

# The lock itself, held by somebody who lives: the mark is left for the next
# one who has it.
flock "$ETC/users.d/.lock" sleep 1000 &
own $!
until_ok pgrep -P $! sleep || fail "the lock is free"
own "$(pgrep -P $! sleep)"
at_once bob
grep -q 'another postern-keys is at work' "$W/revoke" || fail "not told: $(cat "$W/revoke")"
end_pid "$(pgrep -P $! sleep)"
keys invite carol > "$W/out" 2> "$W/err" || fail "invite: $(cat "$W/err")"
[ ! -e "$ETC/users.d/.revoking-bob" ] || fail "the mark of bob is left"
say "a held lock: revoked at once"

# A FIFO is no key file, and nobody waits for it.
mkfifo "$W/fifo"
rc=0
timeout 20 ip netns exec "$SERVER" postern-keys enroll dave --config "$ETC" --key "$W/fifo" \
  --fpr "$(fpr_of dave)" > "$W/out" 2> "$W/err" || rc=$?
[ $rc = 65 ] && [ "$(wc -l < "$W/err")" = 1 ] && grep -q "not a regular file" "$W/err" \
  || fail "a FIFO: $rc, $(cat "$W/err")"
# refused COMMAND...: it is told, in one line, that the FIFO is none.
refused () {
  rc=0
  timeout 20 "$@" > "$W/out" 2> "$W/err" || rc=$?
  [ $rc = 65 ] && [ "$(wc -l < "$W/err")" = 1 ] && grep -q "not a regular file" "$W/err" \
    || fail "a FIFO, $*: $rc, $(cat "$W/err")"
}
echo "frida,$(fpr_of frida),ops" > "$W/list"
batch () { echo postern-keys enroll --config "$ETC" --invites "$W/invites" --batch "$1" --fprs "$2"; }
for command in "$(batch "$W/frida.pgp" "$W/fifo")" "$(batch "$W/fifo" "$W/list")" \
  "posternctl explain --config $ETC $W/fifo" "posternctl audit verify --config $ETC $W/fifo" \
  "posternctl audit verify --config $ETC --keys $W/fifo $W/list"; do
  refused ip netns exec "$SERVER" $command
done
refused ip netns exec "$CLIENT" env GNUPGHOME="$W/alice/gnupg" HOME="$W/alice" \
  XDG_CONFIG_HOME="$W/alice/config" postern join "$W/fifo"
# What is piped in is taken.
cat "$W/list" | in_server $(batch "$W/frida.pgp" -) 2> "$W/err" || fail "from a pipe: $(cat "$W/err")"
cat "$W/invites/frida.invite" | as frida postern join - --fpr "$SFPR" > "$W/out" 2>&1 \
  || fail "from a pipe: $(cat "$W/out")"
ln -s "$W/dave.pgp" "$W/link"
keys enroll dave --key "$W/link" --fpr "$(fpr_of dave)" > "$W/out" 2> "$W/err" \
  || fail "a link: $(cat "$W/err")"
say "a FIFO is refused, a link to a file is not"

# Killed when the key is gone, while decide does not answer.
decide=$(pgrep -P $POSTERND -x decide)
kill -STOP "$decide"
keys revoke carol > "$W/out" 2>&1 &
revoke=$!
own $revoke
key_is_gone () { ! GNUPGHOME=$ETC/state/muster gpg --batch --list-keys "$(fpr_of carol)" 2>/dev/null; }
until_ok key_is_gone || fail "the key is there: $(cat "$W/out")"
pid=$(pgrep -P $revoke -x postern-keys) || fail "nothing revokes"
kill -9 "$pid"
kill -CONT "$decide"
keys check > "$W/check" 2>/dev/null || :
grep -q "postern-keys revoke carol' finishes it" "$W/check" || fail "check: $(cat "$W/check")"
grep "user carol" "$W/check" | grep -q -e "--update" && fail "check: $(cat "$W/check")"
keys enroll carol --update --key "$W/carol.pgp" > "$W/out" 2>&1 && fail "carol is brought in again"
revoked_at_once carol
keys check 2>/dev/null | grep carol && fail "carol is left"
enroll carol
say "an interrupted revocation is finished by the same command"
