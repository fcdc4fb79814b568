#!/bin/bash
# demo.sh - Postern's main job, shown on real input.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two network namespaces stand for two machines: a client's, and a server's
# with a real sshd behind a shut port.  Everything lives in one temporary
# folder and is taken away in the end.

set -eu
export LC_ALL=C
cd "$(dirname "$0")"
. contrib/packages.sh
top=$PWD

[ "$(id -u)" = 0 ] || { echo "demo.sh: needs root, for namespaces"; exit 77; }

bold= plain=
[ ! -t 1 ] || { bold=$(printf '\033[1m'); plain=$(printf '\033[0m'); }
step () { printf '\n%s--- %s%s\n' "$bold" "$*" "$plain"; }
run () { printf '%s$ %s%s\n' "$bold" "$*" "$plain"; "$@"; }
die () { echo "demo.sh: $*"; exit 1; }

D=$(mktemp -d /tmp/postern-demo.XXXXXX)
chmod 755 "$D"
client=demo-client-$$ server=demo-server-$$
pids=

cleanup () {
  local status=$? pid
  trap - EXIT
  set +e
  for pid in $pids; do kill "$pid" 2>/dev/null; done
  for pid in $pids; do
    for _ in $(seq 60); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  done
  GNUPGHOME=$D/alice/.gnupg gpgconf --kill all 2>/dev/null
  GNUPGHOME=$D/etc/state/root gpgconf --kill all 2>/dev/null
  ip netns del $client 2>/dev/null
  ip netns del $server 2>/dev/null
  [ $status = 0 ] || tail -n 20 "$D"/*.log 2>/dev/null
  umount -l "$D/etc" 2>/dev/null
  rm -rf "$D"
  exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

step "1. What it needs, and the build"
install_packages $build_packages $run_packages $show_packages
{
  [ -x configure ] || ./autogen.sh
  mkdir "$D/build"
  cd "$D/build"
  # configure refuses a folder whose name has blanks.
  ln -s "$top" "$D/src"
  "$D/src/configure" --quiet --prefix="$D/usr"
  make --quiet -j"$(nproc)"
  make --quiet install
} > "$D/build.log" 2>&1 || die "the build failed"
cd "$D"
export PATH=$D/usr/bin:$D/usr/sbin:$PATH
postern --version

on_server () { ip netns exec $server "$@"; }
# Alice's own home, on the client's machine.
alice () {
  ip netns exec $client env HOME="$D/alice" GNUPGHOME="$D/alice/.gnupg" \
    XDG_CONFIG_HOME="$D/alice/.config" "$@"
}

step "2. Two machines: alice's (203.0.113.2) and web1 (203.0.113.1)"
ip netns add $client
ip netns add $server
ip link add eth0 netns $client type veth peer name eth0 netns $server
ip -n $client addr add 203.0.113.2/24 dev eth0
ip -n $server addr add 203.0.113.1/24 dev eth0
for ns in $client $server; do
  ip -n $ns link set lo up
  ip -n $ns link set eth0 up
done
mkdir -p -m 700 alice alice/.gnupg alice/.ssh
mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f alice/.ssh/id
mkdir keys
cp alice/.ssh/id.pub keys/authorized
chmod 755 keys
chmod 644 keys/authorized
cat > sshd_config <<EOF
ListenAddress 203.0.113.1:22
HostKey $D/host_key
AuthorizedKeysFile $D/keys/authorized
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
EOF
ip netns exec $server /usr/sbin/sshd -D -e -f "$D/sshd_config" 2>"$D/sshd.log" &
pids="$pids $!"
sed "s/^/203.0.113.1 /; s/ [^ ]*$//" host_key.pub > alice/known_hosts
cat > alice/ssh_config <<EOF
Host web1
  HostName 203.0.113.1
  User root
  IdentityFile $D/alice/.ssh/id
  UserKnownHostsFile $D/alice/known_hosts
  StrictHostKeyChecking yes
  ConnectTimeout 3
  BatchMode yes
  LogLevel ERROR
EOF
echo "A real sshd listens on web1."

step "3. On the server, once: keys, folders and a first configuration"
mkdir "$D/etc"                  # posternd's runtime folder lies there here,
mount -t tmpfs -o mode=755 demo "$D/etc"        # and must be on a tmpfs.
run on_server postern-keys init web1 --address 203.0.113.1 \
  --interface eth0 --config "$D/etc"

step "4. Alice has an OpenPGP key; she joins with two files and no password"
alice gpg --batch --quiet --passphrase '' \
  --quick-generate-key 'alice <alice@example.org>' future-default default never \
  2>"$D/gpg.log"
alice gpg --export alice > alice.pgp
alice_fpr=$(alice gpg --with-colons --list-keys alice 2>>"$D/gpg.log" \
  | awk -F: '$1 == "fpr" { print $10; exit }')
server_fpr=$(sed -n "s/^server *= '\(.*\)'.*/\1/p" etc/server.conf)
printf '%s$ postern-keys enroll alice --key alice.pgp --group ops > alice.invite%s\n' "$bold" "$plain"
on_server postern-keys enroll alice --key alice.pgp --group ops \
  --fpr "$alice_fpr" --config "$D/etc" > alice.invite
run alice postern join alice.invite --fpr "$server_fpr"

step "5. posternd: says what it would do, then does it"
run on_server posternd --check --config "$D/etc"
ip netns exec $server posternd --config "$D/etc" 2>"$D/posternd.log" &
pids="$pids $!"
for _ in $(seq 300); do
  grep -q 'posternd: ready' "$D/posternd.log" && break
  sleep 0.1
done
run on_server posternctl status --config "$D/etc"

step "6. The port is shut: ssh gets no answer at all"
if alice ssh -F alice/ssh_config web1 true 2>ssh.err; then
  die "the port is open"
fi
cat ssh.err

step "7. One signed packet opens it, for alice's address, for 5 seconds"
ip netns exec $server tcpdump -i eth0 -U -w "$D/packet.pcap" -c 1 'udp dst port 62201' \
  2>"$D/tcpdump.log" &
dump=$!
for _ in $(seq 300); do
  grep -q listening "$D/tcpdump.log" && break
  sleep 0.1
done
run alice postern open web1 --for 5s
wait $dump || :

step "8. ssh gets in, and stays"
mkfifo orders
ip netns exec $client env HOME="$D/alice" \
  ssh -F alice/ssh_config web1 sh < orders > answers 2>ssh.err &
pids="$pids $!"
exec 3> orders
echo 'echo "logged in as $(id -un) over ${SSH_CONNECTION% *}"' >&3
for _ in $(seq 300); do [ -s answers ] && break; sleep 0.1; done
[ -s answers ] || { cat ssh.err; die "no login"; }
cat answers
run on_server posternctl grants --config "$D/etc"

step "9. Five seconds later the port is shut again; the login lives on"
for _ in $(seq 40); do
  ip netns exec $client nc -z -w 1 203.0.113.1 22 >/dev/null 2>&1 || break
  sleep 0.25
done
if alice ssh -F alice/ssh_config web1 true 2>ssh.err; then
  die "the port is still open"
fi
cat ssh.err
echo 'echo "still here"' >&3
for _ in $(seq 300); do grep -q still answers && break; sleep 0.1; done
tail -n 1 answers
grep -q still answers || die "the login died"
exec 3>&-

step "10. Somebody captured the packet, and sends it again"
ip netns exec $client python3 - packet.pcap 2>/dev/null <<'PY' || \
  on_server posternctl explain packet.pcap --config "$D/etc" >/dev/null
import socket, struct, sys
data = open(sys.argv[1], "rb").read()
size = struct.unpack("=I", data[32:36])[0]
datagram = data[40:40 + size][42:]
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(
    datagram, ("203.0.113.1", 62201))
PY
sleep 0.5
if alice ssh -F alice/ssh_config web1 true 2>ssh.err; then
  die "the replay opened the port"
fi
cat ssh.err
echo "posternctl explain tells why:"
run on_server posternctl explain "$D/packet.pcap" --config "$D/etc" || :

step "11. The audit"
run on_server posternctl audit --config "$D/etc"
echo
echo "That is all. Everything is taken away now."
