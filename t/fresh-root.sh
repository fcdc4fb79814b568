#!/bin/bash
# fresh-root.sh - README.md's way, by a newcomer on a minimal Debian.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fresh-root.sh RELEASE: in a root made for it (contrib/release-root.sh),
# paste the line that installs what the build needs, build and test as an
# ordinary user, install as root, and take the steps of the first hour.
# check.sh --long runs it; by hand it needs root.

set -eu
top=$(dirname "$(dirname "$(realpath "$0")")")
[ $# = 1 ] || { echo "usage: fresh-root.sh RELEASE"; exit 64; }
[ "$1" = --inside ] \
  || exec "$top/contrib/release-root.sh" "$1" -- t/fresh-root.sh --inside
cd "$top"
say () { printf '\n-- %s\n' "$*"; }
fail () { echo "FAILED: $*"; exit 1; }
trap 'echo "FAILED in line $LINENO"' ERR

# told TEXT: README.md has it.
told () { grep -qF -- "$1" README.md || fail "README.md does not say: $1"; }
block=$(sed -n '/^    apt-get install /,/^$/p' README.md | sed 's/^    //')
install=$(sed -n '/^apt-get/,/[^\\]$/p' <<< "$block")
build='./autogen.sh && ./configure && make && make check && make install'
[ "$block" = "$install"$'\n'"$build" ] || fail "README.md builds otherwise: $block"

say "install"
echo 'APT::Get::Assume-Yes "true";' > /etc/apt/apt.conf.d/assume-yes
apt-get -q update > /tmp/apt.log
bash -c "$install" >> /tmp/apt.log 2>&1 || { tail /tmp/apt.log; fail "$install"; }

useradd --create-home --shell /bin/bash alice
as_alice () { (cd ~alice && setpriv --reuid alice --regid alice --init-groups env -i HOME=/home/alice USER=alice PATH=/usr/local/bin:/usr/bin:/bin "$@"); }
cp -r . ~alice/postern
chown -R alice: ~alice/postern

# What a check says in the end: "# FAIL:  0".
checked () {
  sed -n 's/^# \(TOTAL\|PASS\|SKIP\|FAIL\|ERROR\): */\1 /p' "$1" | xargs
  ! grep -E '^(FAIL|ERROR|XPASS):' "$1" || fail "make check"
}
# What went wrong in the log of a build: a test, or else its end.
tell_failure () {
  local log test
  log=$(grep -lE '^:test-result: (FAIL|ERROR)' $(find ~alice/postern/t -name "*.trs")) \
    || tail -n 20 "$1"
  for test in $log; do
    printf '%s:\n' "${test%.trs}"
    tail -n 30 "${test%.trs}.log"
  done
  fail "$2"
}
# A test that skips says why.
reasons () {
  local trs log
  for trs in $(grep -l '^:test-result: SKIP' $(find ~alice/postern/t -name "*.trs")); do
    log=${trs%.trs}.log
    grep -h skipped "$log" || fail "$log does not say why it skips"
  done | sed 's/^.*skipped[:,] *//' | sort | uniq -c
}

say "build and test as an ordinary user"
as_alice sh -c "cd postern && ${build% && make install}" > /tmp/user.log 2>&1 \
  || tell_failure /tmp/user.log "the build"
! grep -i 'warning: ' /tmp/user.log || fail "it warns"
checked /tmp/user.log
reasons

say "test and install as root"
(cd ~alice/postern && CHECK_QUICK=1 make check && make install) > /tmp/root.log 2>&1 \
  || tell_failure /tmp/root.log "as root"
checked /tmp/root.log

# To see that a port opens takes a client, a server and a wire.
apt-get -q install --no-install-recommends iproute2 netcat-openbsd > /tmp/apt.log 2>&1
ip netns add client
ip netns add server
ip link add cl netns client type veth peer name sv netns server
ip -n client addr add 203.0.113.2/24 dev cl
ip -n server addr add 203.0.113.1/24 dev sv
for end in "client cl" "client lo" "server sv" "server lo"; do
  ip -n ${end% *} link set ${end#* } up
done
echo "203.0.113.1 web1.example.org" >> /etc/hosts
server () { ip netns exec server "$@"; }
client () { (cd ~alice && ip netns exec client setpriv --reuid alice --regid alice --init-groups env -i HOME=/home/alice USER=alice PATH=/usr/local/bin:/usr/bin:/bin "$@"); }
reaches () { ip netns exec client nc -z -w 1 203.0.113.1 22; }
until_ok () {
  local end=$((SECONDS + 180))
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}
ip netns exec server nc -lk 203.0.113.1 22 > /dev/null &
until_ok reaches || fail "no listener"

say "the first hour"
told "postern-keys init web1 --address web1.example.org"
server postern-keys init web1 --address web1.example.org
told "gpg --quick-generate-key alice@example.org future-default"
client gpg --batch --passphrase '' --quick-generate-key alice@example.org future-default
told "gpg --export alice@example.org > alice.pgp"
client sh -c 'gpg --export alice@example.org > alice.pgp'
told "postern-keys enroll alice --key alice.pgp --group ops > alice.invite"
fpr () { awk -F: '$1 == "fpr" { print $10; exit }'; }
server postern-keys enroll alice --key ~alice/alice.pgp --group ops \
  --fpr "$(client gpg --with-colons --list-keys alice@example.org | fpr)" > ~alice/alice.invite
told "postern join alice.invite"
client postern join alice.invite \
  --fpr "$(sed -n "s/^server = '\(.*\)'/\1/p" /etc/postern/server.conf)"
told "posternd --check"
server posternd --check
told "posternd --trial 5m"
ip netns exec server posternd --trial 5m > /tmp/posternd.log 2>&1 &
posternd=$!
until_ok grep -q 'posternd: ready' /tmp/posternd.log || { cat /tmp/posternd.log; fail "posternd"; }
! reaches || fail "the port is not shut"
told "postern open web1"
client postern open web1
reaches || fail "the port is not open"
told "posternctl keep"
server posternctl keep
server posternctl grants
server posternctl close --all
! reaches || fail "the port is still open"
server posternctl audit --last 20
kill $posternd
wait $posternd
say "README.md's way works here"
