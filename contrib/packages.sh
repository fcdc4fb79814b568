# packages.sh - The Debian packages that Postern needs.  Source this file.
# SPDX-License-Identifier: GPL-2.0-or-later

build_packages="gcc make autoconf automake pkg-config libc6-dev
 libgpgme-dev libgpg-error-dev libgcrypt20-dev libassuan-dev libsodium-dev
 libpcap-dev libsqlite3-dev libjansson-dev libseccomp-dev libcap-ng-dev
 libnftables-dev libmnl-dev libldap-dev libcrypt-dev check"
run_packages="gpg gpg-agent gpgconf dirmngr passwd pinentry-curses"
show_packages="nftables iproute2 openssh-server openssh-client tcpdump
 netcat-openbsd procps python3"
test_packages="$show_packages spin sqlite3 strace faketime mandoc valgrind
 binutils xz-utils git clang libclang-rt-dev gcovr zsh fish scdaemon slapd
 ldap-utils openssl ca-certificates gdb iptables ufw firewalld"
# A separate package since Debian 13.
grep -q '^VERSION_CODENAME=bookworm' /etc/os-release \
  || test_packages="$test_packages keyboxd"
bench_packages="fwknop-server fwknop-client iptables"

# firewalld starts as soon as it is installed, and shuts the machine's ports.
# The tests need only its code.  If systemd runs, keep it from starting.
keep_firewalld_off () {
  case $missing in *firewalld*) ;; *) return 0 ;; esac
  [ -d /run/systemd/system ] || return 0
  systemctl --quiet "$@"
}

# Install the named packages that are missing, with little output.
install_packages () {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null \
      | grep -q '^install ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing; only root can install them:$missing"
    return 1
  fi
  # Two installations at the same time would fail on each other's locks.
  exec 8< /var/lib/apt/lists
  flock 8
  apt-get -q update >/dev/null
  keep_firewalld_off --runtime mask firewalld.service
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 \
    install --no-install-recommends $missing >/dev/null 8<&-
  keep_firewalld_off --runtime unmask firewalld.service
  keep_firewalld_off disable firewalld.service
  exec 8<&-
}
