#!/bin/bash
# release-root.sh - Run a command on this tree in a fresh Debian.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# release-root.sh RELEASE [OPTIONS-OF-CHECK.SH]
# release-root.sh RELEASE -- COMMAND [ARGUMENTS]
#
# Makes a root of that Debian (bookworm, trixie) with debootstrap, copies
# the files there that git knows, builds and tests them with ./check.sh, and
# fails if a test did not run there that ran in the last ./check.sh here.
# With a COMMAND that runs instead, in the copy.
#
# All of it happens in mount, process and IPC namespaces of its own, whose
# first process we kill if anything goes wrong: so nothing stays mounted or
# running.  The root is build/RELEASE/root and is removed in the end;
# packages stay in build/RELEASE/packages, results in build/RELEASE.  The
# mirror is the one that apt uses here, or MIRROR.

set -eu
self=$(realpath "$0")
top=$(dirname "$(dirname "$self")")
space=

die () { echo "release-root.sh: $*" >&2; exit 1; }
say () { printf '\n== %s: %s\n' "$release" "$*"; }


# The mirror of Debian that apt uses here, be it for another release.
find_mirror () {
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' \
    'Created-By: Packages' 2>/dev/null \
    | sed -n 's|^Debian Debian \(https\{0,1\}://.*[^/]\)/*$|\1|p' | sed q
}

# What apt is told about how to fetch, for the apt in there.
fetch_options () {
  apt-config dump | grep -E \
    '^Acquire::(https?::|Retries |ForceIPv|Check-(Valid-Until|Date) )' || :
}


# Bind NAME of the host's /dev, as mknod is forbidden in a container.
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

# The kernel's and the volatile folders, as systemd mounts them.
mount_all () {
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount_dev
  mount -t tmpfs -o mode=755 run "$root/run"
  mkdir -m 1777 "$root/run/lock"
  # From Debian 13 on.
  [ "$release" = bookworm ] || mount -t tmpfs -o mode=1777 tmp "$root/tmp"
}


make_root () {
  mkdir -p "$root/etc/dpkg/dpkg.cfg.d" "$root/etc/apt/apt.conf.d" \
    "$root/usr/sbin" "$packages/partial"
  # A root that is thrown away needs no sync, and no daemon of a package.
  echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/release-root"
  fetch_options > "$root/etc/apt/apt.conf.d/release-root"
  debootstrap --variant=minbase --cache-dir="$packages" --force-check-gpg \
    "$release" "$root" "$mirror" > "$out/debootstrap.log" 2>&1 \
    || { tail -n 20 "$out/debootstrap.log"; die "debootstrap failed"; }
  printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  cp /etc/hosts "$root/etc/hosts"
}

# Only what git knows, as it is in the working tree.
copy_tree () {
  mkdir -p "$root/src/postern"
  git -C "$top" -c safe.directory='*' ls-files -z > "$out/files"
  tar -C "$top" --null --no-recursion --ignore-failed-read \
    --owner=0 --group=0 --mode=u+rwX,go+rX,go-w \
    -cf - -T "$out/files" | tar -C "$root/src/postern" -xf -
  rm "$out/files"
}

# In the new namespaces: make the root and turn into its first process.
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
  # What follows comes from the new root, and then the old one is gone.
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


# End the first process of the namespaces, and with it all others; unshare
# returns when they are gone.
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

# Which tests ran, whatever came of them.
ran () { awk '$3 != "SKIP" { print $1, $2 }' "$1" 2>/dev/null | sort -u; }

# Every test that ran here, in the last ./check.sh, ran there.
compare_runs () {
  local missing
  missing=$(comm -23 "$out/ran-here" <(ran "$out/results"))
  [ -z "$missing" ] || {
    printf 'These tests ran here and not in %s:\n%s\n' "$release" "$missing"
    return 1
  }
}

# The logs come out, whatever became of the tests.
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
  # Should we be killed outright, the namespaces end with us.
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
  echo "$(wc -l < "$out/ran-here") tests of the last ./check.sh have to run"
  run_in_root ./check.sh "$@" || status=$?
  take_results
  compare_runs || status=1
  exit $status
fi
