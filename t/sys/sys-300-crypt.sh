#!/bin/bash
# A password file of Postern's own: right, wrong and odd passwords, whose
# they are, replays, attachments that were moved, and the lock-out.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/credential.sh"
need python3
setup
person alice
person bob
person carol
server
server_key
sed -i "s|^  ports .*|  ports = {'tcp/22'}\n  require = 'crypt'|" "$ETC/access.conf"
echo "rule web { groups = {'ops'} ports = {'tcp/8022'} }" >> "$ETC/access.conf"
sed -i "s|^protect.*|protect = {'tcp/22', 'tcp/8022'}|" "$ETC/posternd.conf"
listen 22 8022
for p in alice bob carol; do enroll $p; done
sed -i "s|^  groups .*|&\n  logins = {'alice.b', 'nobody'}|" "$ETC/users.d/alice.conf"

passwd () {
  local name=$1
  shift
  in_server postern-keys passwd "$name" --config "$ETC" "$@" 2>"$W/err"
}
passwd alice --fd 0 <<<'correct horse' || fail "passwd: $(cat "$W/err")"
passwd alice.b --fd 0 <<<'other horse' || fail "a login: $(cat "$W/err")"
passwd bob --fd 0 <<<"b'ob \$HOME" || fail "bob's: $(cat "$W/err")"
[ "$(stat -c %a:%U "$ETC/passwd")" = 600:root ] || fail "its mode"
grep -q '^alice:\$y\$' "$ETC/passwd" || fail "not yescrypt"
start

say "whose password it is"
opens alice 'correct horse'
audited '"detail": ?"credential crypt of alice"'
denied 'wrong password' alice 'wrong horse'
told 'the credential was refused'
cp "$W/out" "$W/wrong"
opens bob "b'ob \$HOME"
denied 'wrong password' bob 'correct horse'
opens alice 'other horse' --user alice.b
denied 'wrong password' alice 'correct horse' --user alice.b
newest_says '"detail": ?"credential crypt of alice.b"'
# An account that is not there is told as a wrong password is.
denied 'there is no such account' alice 'correct horse' --user nobody
cmp -s "$W/out" "$W/wrong" || fail "the replies differ: $(cat "$W/out")"
denied 'there is no such account' carol 'correct horse'
# Another person's name is refused before any password is looked at.
denied "the name in user is not this person's" alice "b'ob \$HOME" --user bob

say "none, one that is not asked for, one of another kind"
rc=0
as alice postern open web1 --no-password > "$W/out" 2>&1 || rc=$?
[ $rc = 77 ] || fail "none: exit $rc"
told 'a password is asked for'
newest_says '"reason": ?"the rule requires a credential"'
as alice postern open web1 --no-password tcp/8022 > "$W/out" 2>&1 || fail "web: $(cat "$W/out")"
denied 'a credential that nothing asks for' alice 'correct horse' tcp/8022
forge alice "password: $(printf 'correct horse' | base64)\n"
send "$W/dgram"
until_ok connects $S4 22 || fail "a forged one, but right: $(ctl audit --last 1)"
ctl close --all >/dev/null
for text in 'password: \n' "password: $(printf 'correct horse' | base64)\notp: 123456\n" \
    'otp: 123456\n' "password: $(printf 'correct horse' | base64)" 'correct horse'; do
  ctl unlock alice >/dev/null 2>&1 || :
  forge alice "$text"
  send "$W/dgram"
  audited '"reason": ?"the attachment is not a credential"'
  is_shut $S4 22
done

say "odd passwords"
long=$(printf 'x%.0s' $(seq 500))
tooth=$(printf 'p\303\244ss\342\202\254 \360\237\246\267 ')
for pw in "$long" "$tooth" "'" '"' ' ' 'a:b' '\'; do
  passwd bob --fd 0 <<<"$pw" || fail "passwd '$pw': $(cat "$W/err")"
  opens bob "$pw"
  denied 'wrong password' bob "${pw}x"
  opens bob "$pw"
done
# 1,000 characters do not go into a datagram; and more than 511 no hash takes.
by bob "$long$long"
[ $RC != 0 ] && [ "$(wc -l < "$W/out")" = 1 ] || fail "1,000: $(cat "$W/out")"
passwd bob --fd 0 <<<"$long$long" && fail "a password of 1,000 was taken"
grep -q 'longer than 511' "$W/err" || fail "its error: $(cat "$W/err")"
opens bob '\'
passwd bob --fd 0 <<<"" && fail "an empty password was taken"
passwd someone --fd 0 <<<"x" && fail "a password for nobody"
grep -q "nobody's name or login" "$W/err" || fail "its error: $(cat "$W/err")"
printf 'a\0b\n' | passwd bob --fd 0 && fail "a NUL was taken"

say "asked on the terminal: twice, unseen; interrupted, it echoes again"
# dialog ANSWER...: what a person types at each question; what they see is in
# $W/seen, the exit code is the command's.  ^C interrupts.
dialog () {
  in_server python3 - "$W/seen" "$ETC" "$@" <<'PY'
import os, pty, select, sys, termios
seen, etc, answers = sys.argv[1], sys.argv[2], sys.argv[3:]
pid, fd = pty.fork()
if not pid:
    os.execvp("postern-keys", ["postern-keys", "passwd", "bob", "--config", etc])
out, asked, open_ = b"", 0, True
while open_:
    if not select.select([fd], [], [], 20)[0]:
        sys.exit("nothing comes: %r" % out)
    try:
        data = os.read(fd, 4096)
    except OSError:
        data = b""
    open_ = bool(data)
    out += data
    if open_ and out.endswith(b" bob: ") and asked < len(answers):
        if termios.tcgetattr(fd)[3] & termios.ECHO:
            sys.exit("the terminal echoes")
        answer = answers[asked]
        asked += 1
        os.write(fd, b"\x03" if answer == "^C" else answer.encode() + b"\n")
if asked != len(answers):
    sys.exit("asked %d times" % asked)
open(seen, "wb").write(out)
_, status = os.waitpid(pid, 0)
if answers[-1] == "^C":
    if not termios.tcgetattr(fd)[3] & termios.ECHO:
        sys.exit("the terminal is left without an echo")
    sys.exit(0 if os.WIFSIGNALED(status) else 1)
sys.exit(os.WEXITSTATUS(status))
PY
}
dialog typed typed || fail "on a terminal: $(cat "$W/seen")"
! grep -q typed "$W/seen" || fail "it is shown: $(cat "$W/seen")"
opens bob typed
dialog one other && fail "two that differ were taken"
grep -q 'differ; nothing was changed' "$W/seen" || fail "its error: $(cat "$W/seen")"
dialog '' && fail "an empty one was taken"
dialog '^C' || fail "it cannot be interrupted"
opens bob typed
rc=0
in_server setsid postern-keys passwd bob --config "$ETC" </dev/null 2>"$W/err" || rc=$?
[ $rc != 0 ] && grep -q 'no terminal to ask on; give it with --fd' "$W/err" \
  || fail "without a terminal: exit $rc, $(cat "$W/err")"
passwd bob --fd 0 <<<'\' || fail "passwd"

say "a replay never reaches a password; an attachment opens for its request alone"
as alice postern seal open web1 -o "$W/one" --password-fd 3 3<<<'correct horse' 2>"$W/err" || fail "seal: $(cat "$W/err")"
ctl explain "$W/one" > "$W/out" 2>&1 || :
grep -q 'credential.*password of crypt, account alice' "$W/out" || fail "explain: $(cat "$W/out")"
! grep -q 'horse' "$W/out" || fail "explain shows it"
send "$W/one"
until_ok connects $S4 22 || fail "the first does not open"
ctl close --all >/dev/null
is_shut $S4 22
"$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$W/one" > "$W/m"
"$POSTERN_BIN/t/sys/tool-attachment" "$ETC/doors/main.key" < "$W/one" > "$W/attachment"
seal_message "$W/m" 0 "@$W/attachment" > "$W/again"
send "$W/again"
audited '"reason": ?"this request was used before"'
is_shut $S4 22
as alice postern seal open web1 -o "$W/two" --password-fd 3 3<<<'wrong horse' 2>"$W/err" || fail "seal: $(cat "$W/err")"
"$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$W/two" > "$W/m"
seal_message "$W/m" 0 "@$W/attachment" > "$W/moved"
send "$W/moved"
audited '"reason": ?"the attachment is not a credential"'
is_shut $S4 22
ctl unlock alice >/dev/null 2>&1 || :

say "the file is read anew for each check"
passwd alice --fd 0 <<<'third horse' || fail "passwd"
denied 'wrong password' alice 'correct horse'
opens alice 'third horse'
passwd alice --delete || fail "delete: $(cat "$W/err")"
denied 'there is no such account' alice 'third horse'
passwd alice --delete && fail "deleted twice"
passwd alice --fd 0 <<<'correct horse' || fail "passwd"
ctl unlock alice >/dev/null 2>&1 || :
cp -a "$ETC/passwd" "$W/passwd"
echo 'carol:$1$ieUkAeCo$GXeTgeG.RHNpd5FUQWIyw/' >> "$ETC/passwd"
denied 'vouch could not check the credential' alice 'correct horse'
told 'the credential could not be checked'
ctl reload > "$W/out" 2>&1 && fail "MD5 was taken"
grep -q 'MD5, which is too weak' "$W/out" || fail "its error: $(cat "$W/out")"
in_server posternd --config "$ETC" --check > "$W/out" 2>&1 && fail "--check takes MD5"
mv "$W/passwd" "$ETC/passwd"
chmod 640 "$ETC/passwd"
denied 'vouch could not check the credential' alice 'correct horse'
chmod 600 "$ETC/passwd"
rm "$ETC/passwd"
denied 'vouch could not check the credential' alice 'correct horse'
passwd alice --fd 0 <<<'correct horse' || fail "passwd"
opens alice 'correct horse'

say "five failures lock, across a restart; until it is over, or an administrator says"
for i in 1 2 3 4 5; do denied 'wrong password' alice "guess $i"; done
newest_says '"detail": ?"[^"]*locked for 10 s"'
is_locked () { ctl status --json | grep -Eq '"locked": ?\[\{"user": ?"alice", ?"seconds": ?[0-9]+\}\]'; }
free_again () { ! is_locked; }
until_ok free_again || fail "it does not end"
denied 'wrong password' alice "guess 6"
newest_says '"detail": ?"[^"]*locked for 20 s"'
is_locked || fail "status: $(ctl status --json)"
denied 'locked out after too many wrong credentials' alice 'correct horse'
told 'wait [0-9]* s'
stop
start
denied 'locked out after too many wrong credentials' alice 'correct horse'
passwd bob --fd 0 <<<'bobs'
opens bob 'bobs'
as alice postern open web1 --no-password tcp/8022 > "$W/out" 2>&1 || fail "web: $(cat "$W/out")"
open_again () { by alice 'correct horse'; [ $RC = 0 ]; }
until_ok open_again || fail "it does not end"
ctl close --all >/dev/null
for i in 1 2 3 4 5; do denied 'wrong password' alice "guess $i"; done
ctl unlock bob > "$W/out" 2>&1 && fail "bob was unlocked"
ctl unlock alice > "$W/out" || fail "unlock: $(cat "$W/out")"
opens alice 'correct horse'
audited '"reason": ?"a person was unlocked by hand"'

say "kill -9 of vouch"
kill -9 "$(vouch_pid)"
until_ok vouch_pid || fail "vouch does not come back"
until_ok open_again || fail "not after a kill: $(cat "$W/out")"
! grep -q 'correct horse\|third horse\|other horse' "$W/posternd.log" || fail "a password in the log"
say "ok"
