#!/bin/bash
# release-root.sh - Run a command on this tree in a fresh Debian.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# release-root.sh RELEASE [OPTIONS-OF-CHECK.SH]
# release-root.sh RELEASE -- COMMAND [ARGUMENTS]
#
# Creates a root file system of that Debian release (bookworm, trixie) with
# debootstrap, copies the files that git knows into it, and builds and tests
# them with ./check.sh.  Fails if a test did not run there that ran in the last
# ./check.sh here.  With COMMAND, runs that in the copy instead.
#
# All of this happens in new mount, process and IPC namespaces.  If anything
# goes wrong, their first process is killed, so that nothing stays mounted or
# running.  The root is build/RELEASE/root, and is removed at the end.
# Packages stay in build/RELEASE/packages, and results in build/RELEASE.  The
# mirror is MIRROR, or the one that apt uses here.

set -eu
self=$(realpath "$0")
top=$(dirname "$(dirname "$self")")
space=

die () { echo "release-root.sh: $*" >&2; exit 1; }
say () { printf '\n== %s: %s\n' "$release" "$*"; }


# The Debian mirror that apt uses here, even if for another release.
find_mirror () {
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
    'Created-By: Packages' 2>/dev/null \
    | sed -n 's|^Debian Debian \(https\{0,1\}://.*[^/]\)/*$|\1|p' | sed q
}

# Settings of apt for downloads, for the apt in the new root.
fetch_options () {
  apt-config dump | grep -E \
    '^Acquire::(https?::|Retries |ForceIPv|Check-(Valid-Until|Date) )' || :
}


# Bind-mount NAME from the host's /dev, since a container forbids mknod.
bind_device () {
  : > "$root/dev/$1"
  mount --bind "/dev/$1" "$root/dev/$1"
}

mount_dev () {
  local name
  mount -t tmpfs -o mode=755 dev "$root/dev"
  for name in null zero full random urandom tty; do bind_device $name; done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts \
    "$root/dev/pts"
  mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for name in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${name%:*}" "$root/dev/${name#*:}"
  done
}

# Mount the kernel's file systems and the volatile ones as systemd does.
mount_all () {
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount_dev
  mount -t tmpfs -o mode=755 run "$root/run"
  mkdir -m 1777 "$root/run/lock"
  # Since Debian 13.
  [ "$release" = bookworm ] || mount -t tmpfs -o mode=1777 tmp "$root/tmp"
}


make_root () {
  mkdir -p "$root/etc/dpkg/dpkg.cfg.d" "$root/etc/apt/apt.conf.d" \
    "$root/usr/sbin" "$packages/partial"
  # A temporary root needs no sync, and no daemons of packages.
  echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/release-root"
  fetch_options > "$root/etc/apt/apt.conf.d/release-root"
  debootstrap --variant=minbase --cache-dir="$packages" --force-check-gpg \
    "$release" "$root" "$mirror" > "$out/debootstrap.log" 2>&1 \
    || { tail -n 20 "$out/debootstrap.log"; die "debootstrap failed"; }
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  cp /etc/hosts "$root/etc/hosts"
}

# Copy only the files that git knows, as they are in the working tree.
copy_tree () {
  mkdir -p "$root/src/postern"
  git -C "$top" -c safe.directory='*' ls-files -z > "$out/files"
  tar -C "$top" --null --no-recursion --ignore-failed-read \
    --owner=0 --group=0 --mode=u+rwX,go+rX,go-w \
    -cf - -T "$out/files" | tar -C "$root/src/postern" -xf -
  rm "$out/files"
}

# In the new namespaces: create the root and become its first process.
inside () {
  mount --make-rprivate /
  make_root
  copy_tree
  mount_all
  mount --bind "$packages" "$root/var/cache/apt/archives"
  mount --rbind "$root" "$root"
  mkdir -p "$root/host"
  cd "$root"
  pivot_root . host
  # What follows runs from the new root; then the old one is unmounted.
  exec chroot . /bin/sh -c '
    umount -l /host && rmdir /host && cd /src/postern || exit 1
    "$@"
    rc=$?
    apt-get -q autoclean > /dev/null 2>&1
    exit $rc' sh env -i HOME=/root USER=root LOGNAME=root SHELL=/bin/bash \
    TERM="${TERM:-dumb}" LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "$@"
}


# End the first process of the namespaces, and with it all others.  unshare
# returns when they have ended.
end_space () {
  local first
  [ -n "$space" ] || return 0
  first=$(cat "/proc/$space/task/$space/children" 2>/dev/null || :)
  kill -9 ${first:-$space} 2>/dev/null || :
  wait "$space" 2>/dev/null || :
  space=
}

cleanup () {
  local status=$?
  trap - EXIT INT TERM HUP
  end_space
  rm -rf --one-file-system "$root"
  exit $status
}

# The tests that ran, regardless of their results.
ran () { awk '$3 != "SKIP" { print $1, $2 }' "$1" 2>/dev/null | sort -u; }

# Check that every test of the last ./check.sh here also ran there.
compare_runs () {
  local missing
  missing=$(comm -23 "$out/ran-here" <(ran "$out/results"))
  [ -z "$missing" ] || {
    printf 'These tests ran here and not in %s:\n%s\n' "$release" "$missing"
    return 1
  }
}

# Copy the logs out, regardless of the results.
take_results () {
  rm -rf "$out/build" "$out/results"
  [ ! -f "$root/src/postern/build/results" ] \
    || cp "$root/src/postern/build/results" "$out/results"
  (cd "$root/src/postern" 2>/dev/null \
     && find build -maxdepth 3 -name '*.log' -print0 2>/dev/null \
     | tar --null -T - -cf -) | tar -C "$out" -xf - 2>/dev/null || :
}

run_in_root () {
  local status=0
  # If this script is killed, the namespaces end with it.
  setpriv --pdeathsig KILL \
    unshare --mount --pid --ipc --uts --fork --kill-child --mount-proc \
    -- "$self" --inside "$release" "$mirror" "$@" &
  space=$!
  wait "$space" || status=$?
  space=
  return $status
}


[ $# -ge 1 ] || { sed -n 's/^# \(release-root.sh .*\)/usage: \1/p' "$0"; exit 64; }
stage=
[ "$1" != --inside ] || { stage=inside; mirror=$3; set -- "$2" "${@:4}"; }
release=$1
shift
case $release in
  *[!a-z]*|'') die "$release is not a valid release" ;;
esac
out=$top/build/$release root=$top/build/$release/root
packages=$top/build/$release/packages
[ -z "$stage" ] || inside "$@"

[ "$(id -u)" = 0 ] || die "needs root, for namespaces"
. "$top/contrib/packages.sh"
install_packages debootstrap debian-archive-keyring util-linux git
mirror=${MIRROR:-$(find_mirror)}
mirror=${mirror:-http://deb.debian.org/debian}
mkdir -p "$out"
exec 7>"$out/lock"
flock -n 7 || die "another run uses $out"
rm -rf --one-file-system "$root"
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say "debootstrap from $mirror"
if [ "${1:-}" = -- ]; then
  shift
  run_in_root "$@"
else
  status=0
  ran "$top/build/results" > "$out/ran-here"
  echo "$(wc -l < "$out/ran-here") tests of the last ./check.sh must run"
  run_in_root ./check.sh "$@" || status=$?
  take_results
  compare_runs || status=1
  exit $status
fi
