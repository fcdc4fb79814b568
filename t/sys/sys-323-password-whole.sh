#!/bin/bash
# The whole way of a password: from the rule by the invite to the question,
# and back with what came of it.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 ssh sshd ssh-keygen pinentry-curses
setup
person alice
mkdir "$W/pinentry"
export FAKE_PINENTRY=$W/pinentry
FAKE=$srcdir/t/sys/fake-pinentry.py
echo "pinentry-program $FAKE" > "$W/alice/gnupg/gpg-agent.conf"
HOSTS=$W/alice/config/postern/hosts.d/web1.conf
server --protect tcp/22,tcp/80
sed -i "s|^  ports .*|  ports = {'tcp/22'}|" "$ETC/access.conf"
sed -i "s|^  observed .*|  require = 'crypt'|" "$ETC/access.conf"
cat >> "$ETC/access.conf" <<'EOF'
rule web {
  groups = {'ops'}
  ports  = {'tcp/80'}
}
EOF
enroll alice
printf 'correct h\303\266rse\n' > "$W/right"
in_server postern-keys passwd alice --config "$ETC" --fd 3 3< "$W/right" 2>>"$W/enroll.log" \
  || fail "postern-keys passwd"
listen 80
start
is_shut $S4 80

answer () { { printf 'pin '; head -n 1 "$1" | tr -d '\n'; } > "$W/pinentry/answer"; : > "$W/pinentry/log"; }
was_asked () { grep -q '^GETPIN' "$W/pinentry/log"; }
# Without what capture counts: a request whose reply is late is sent again.
rows () {
  ctl audit --json --last 100 | grep -v '"stage":"capture"' | grep -c '"reason"' || :
}

# says CODE PATTERN ARGUMENTS...: what postern tells of one request.
says () {
  local code=$1 pattern=$2 rc=0
  shift 2
  as alice postern "$@" > "$W/out" 2>&1 || rc=$?
  [ $rc = "$code" ] && grep -q "$pattern" "$W/out" \
    || fail "$*: exit $rc, not $code: $(cat "$W/out")"
}

mkdir -p /run/sshd
sshd_files 0.0.0.0:22
ssh-keygen -q -t ed25519 -N '' -f "$W/id"
cp "$W/id.pub" "$W/authorized"
ip netns exec "$SERVER" "$(command -v sshd)" -D -e -f "$W/sshd_config" 2>"$W/sshd.log" &
own $!
until_ok in_server nc -z -w 1 127.0.0.1 22 || fail "no sshd"
is_shut $S4 22

say "asked without being told"
grep -q "credential *= 'crypt'" "$HOSTS" || fail "the invite does not tell"
answer "$W/right"
says 0 'web1: opened tcp/22' open web1
grep -q "^SETDESC .*web1 asks for the Postern password of alice" "$W/pinentry/log" \
  || fail "the question: $(cat "$W/pinentry/log")"
is_open $S4 22
ctl close --all >/dev/null
is_shut $S4 22

say "refused, and kindly"
echo wrong > "$W/wrong"
says 77 'the credential was refused; nothing was done' open web1 --password-fd 3 3< "$W/wrong"
audited '"reason": ?"wrong password'
is_shut $S4 22
says 77 'a password is asked for; leave out --no-password' open web1 --no-password
audited '"reason": ?"the rule requires a credential'
is_shut $S4 22
says 0 'opened' open web1 --password-fd 3 3< "$W/right"
ctl close --all >/dev/null
says 77 'nothing asks for; use --no-password' open web1 tcp/80
is_shut $S4 80
says 0 'opened tcp/80' open web1 tcp/80 --no-password
is_open $S4 80

say "a profile that does not know signs once, and says how"
cp "$HOSTS" "$W/hosts"
sed -i '/^credential/d' "$HOSTS"
answer "$W/right"
before=$(rows)
says 77 'a password is asked for; use --ask-password' open web1
! was_asked || fail "asked"
[ "$(rows)" = $((before + 1)) ] || fail "$((before + 1)) rows were to be, not $(rows)"
is_shut $S4 22
says 0 'opened' open web1 --ask-password
was_asked || fail "not asked"
ctl close --all >/dev/null
cp "$W/hosts" "$HOSTS"

say "a request of its own among several hosts"
sed "/^host/d; /^credential/d; s/'$S4'/'$C4'/" "$HOSTS" > "${HOSTS%/*}/web2.conf"
cp "$W/alice/config/postern/doors/web1.key" "$W/alice/config/postern/doors/web2.key"
cp "$W/alice/config/postern/keys/web1.pgp" "$W/alice/config/postern/keys/web2.pgp"
answer "$W/right"
says 69 'web1: opened' open web2 web1 --timeout 6s
grep -q '^web2: unknown' "$W/out" || fail "web2: $(cat "$W/out")"
[ "$(grep -c ^GETPIN "$W/pinentry/log")" = 1 ] || fail "asked more than once"
is_open $S4 22
ctl close --all >/dev/null
cp "$W/hosts" "$HOSTS"
rm "${HOSTS%/*}/web2.conf"

say "carried by a file"
as alice postern seal open web1 -o "$W/d" || fail "seal"
is_shut $S4 22
send "$W/d"
until_ok connects $S4 22 || fail "the sealed one does not open"
ctl close --all >/dev/null
is_shut $S4 22

say "ssh's ProxyCommand, with the real pinentry on ssh's terminal"
echo "pinentry-program $(command -v pinentry-curses)" > "$W/alice/gnupg/gpg-agent.conf"
sed 's/^/web1 /; s/ [^ ]*$//' "$W/host.pub" > "$W/known"
cat > "$W/ssh_config" <<EOF
Host web1
  User root
  IdentityFile $W/id
  UserKnownHostsFile $W/known
  ProxyCommand '$POSTERN_BIN/postern' connect %h %p 2>>$W/connect.log
  BatchMode yes
  LogLevel ERROR
EOF
unset GPG_TTY
export TERM=xterm LC_ALL=C.UTF-8
as alice python3 "$srcdir/t/sys/on-terminal.py" 'Password:' "$W/right" \
  ssh -F "$W/ssh_config" web1 'echo from $SSH_CONNECTION' > "$W/screen" \
  || fail "ssh: $(cat "$W/screen" "$W/connect.log")"
grep -aq "from $C4 " "$W/screen" || fail "no connection: $(cat "$W/screen")"
is_shut $S4 22
rc=0
as alice python3 "$srcdir/t/sys/on-terminal.py" 'Password:' "$W/wrong" \
  ssh -F "$W/ssh_config" web1 'echo from $SSH_CONNECTION' > "$W/screen" || rc=$?
[ $rc != 0 ] && grep -q 'the credential was refused' "$W/connect.log" \
  || fail "ssh with a wrong one: $rc: $(cat "$W/screen" "$W/connect.log")"
say "ok"
