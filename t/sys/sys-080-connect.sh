#!/bin/bash
# postern connect as ssh's ProxyCommand, with a real sshd, over IPv4 and IPv6.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need ssh sshd ssh-keygen
setup
person alice
server --address $S6
enroll alice
mkdir -p /run/sshd
sshd_files 0.0.0.0:22 '[::]:22'
ssh-keygen -q -t ed25519 -N '' -f "$W/id"
cp "$W/id.pub" "$W/authorized"
ip netns exec "$SERVER" "$(command -v sshd)" -D -e -f "$W/sshd_config" 2>"$W/sshd.log" &
own $!
until_ok connects $S4 22 || fail "no sshd"
start
is_shut $S4 22
sed 's/^/web1 /; s/ [^ ]*$//' "$W/host.pub" > "$W/known"
cat > "$W/ssh_config" <<EOF
Host web1
  User root
  IdentityFile $W/id
  UserKnownHostsFile $W/known
  ProxyCommand '$POSTERN_BIN/postern' connect %h %p
  BatchMode yes
  LogLevel ERROR
EOF
for family in 4 6; do
  if [ $family = 6 ]; then
    f="$W/alice/config/postern/hosts.d/web1.conf"
    sed -i "s/'$S4', *//" "$f"
    sed -i "s|$S4|$S6|" "$f"
  fi
  out=$(as alice timeout 300 ssh -F "$W/ssh_config" web1 'echo $SSH_CONNECTION' 2>"$W/ssh.err") \
    || fail "ssh over IPv$family: $(cat "$W/ssh.err"); $(ctl audit --last 3)"
  say "IPv$family: $out"
  case $family$out in 4$C4*|6$C6*) ;; *) fail "from $out" ;; esac
  # The grant is for that connection's source port alone.
  is_shut $S4 22
  is_shut $S6 22
done
# 1 MB each way, whole.
head -c 1000000 /dev/urandom > "$W/data"
as alice timeout 300 ssh -F "$W/ssh_config" web1 cat < "$W/data" > "$W/back" 2>"$W/ssh.err" \
  || fail "ssh cat: $(cat "$W/ssh.err")"
cmp "$W/data" "$W/back" || fail "changed on the way"
say "ok"
