#!/bin/bash
# postern-keys init overwrites nothing; and one that is killed at any of its
# writes leaves nothing that a second one does not take away.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace
setup
ETC=$W/etc
init () {
  in_server postern-keys init web1 --address $S4 --interface sv \
    --config "$ETC" "$@" > "$W/init.out" 2> "$W/init.err"
}
content () { (cd "$ETC" && find . -type f ! -name 'S.*' -exec sha256sum {} + | sort); }

# Whatever is there already stays as it is, and init says what it is.
mkdir -p "$ETC/doors" "$ETC/state/agent"
chmod 700 "$ETC/doors"
for thing in access.conf server.conf doors/main.key state/agent/x posternd.conf; do
  echo mine > "$ETC/$thing"
  content > "$W/before"
  init && fail "init over $thing"
  grep -q 'exists already; nothing was changed' "$W/init.err" || fail "$(cat "$W/init.err")"
  content | cmp -s - "$W/before" || fail "init changed something beside $thing"
  rm "$ETC/$thing"
  [ $thing != state/agent/x ] || rmdir "$ETC/state/agent"
done
rm -rf "$ETC"
# People in git are no obstacle.
mkdir -p "$ETC/users.d"
init || fail "init: $(cat "$W/init.err")"
fpr=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
sed -n 's/^server key //p' "$W/init.out" | grep -qE '^([0-9A-F]{4} ){5}( [0-9A-F]{4}){5}$' \
  && [ "$(sed -n 's/^server key //p' "$W/init.out" | tr -d ' ')" = "$fpr" ] || fail "$(cat "$W/init.out")"
content > "$W/before"
init && fail "a second init"
content | cmp -s - "$W/before" || fail "a second init changed something"
# What is written by hand need not say what init made, but where it is.
cat > "$ETC/posternd.conf" <<EOF
state       = '$ETC/state'
runtime     = '$ETC/run'
host        = 'web1'               # the name that requests must carry
interfaces  = {'eth0'}             # any number; 'any' works
port        = 62201
protect     = {'tcp/22', 'udp/60000-60010'}   # shut to all but grants
max-age     = '120s'               # of a request
max-ahead   = '30s'
replies     = true
workers     = 2
ldap corp { uri = 'ldaps://ldap.example.org' bind-dn = 'uid={user},ou=people,dc=example,dc=org' }
EOF
in_server posternd --check --config "$ETC" > "$W/check.out" 2>&1 \
  || fail "a configuration by hand: $(cat "$W/check.out")"
grep -q "^Host web1 with the key [0-9A-F]\{40\}$" "$W/check.out" || fail "$(cat "$W/check.out")"
rm -rf "$ETC"
say "nothing is overwritten"

# The system users are made once, whoever is first: six at a time, on a
# machine of their own that has none yet.
cp -a /etc "$W/machine"
sed -i '/^_postern/d' "$W"/machine/{passwd,group,shadow,gshadow}
unshare -m sh -c '
  mount --bind "$1/machine" /etc || exit
  for n in 1 2 3 4 5 6; do
    postern-keys init web1 --address "$2" --config "$1/etc.$n" \
      > /dev/null 2> "$1/init.$n" &
    pids="$pids $!"
  done
  for pid in $pids; do wait $pid || exit; done' sh "$W" $S4 \
  || fail "several at once: $(cat "$W"/init.[1-6])"
[ "$(sed -n 's/^\(_postern[^:]*\):.*/\1/p' "$W/machine/passwd" | sort)" \
  = "$(awk '$1 == "u" { print $2 }' "$srcdir/contrib/sysusers.conf" | sort)" ] \
  || fail "users: $(grep '^_postern' "$W/machine/passwd")"
rm -rf "$W"/etc.[1-6]
say "several at once: each user is made once"

# Killed at its Nth fsync (two for each file), until one comes through.
n=0
while :; do
  n=$((n + 1))
  [ $n -lt 60 ] || fail "it never comes through"
  strace -o /dev/null -e trace=fsync -e inject=fsync:signal=KILL:when=$n \
    postern-keys init web1 --address $S4 --interface sv --config "$ETC" \
    > "$W/init.out" 2> "$W/init.err" && break
  [ ! -e "$ETC/posternd.conf" ] || { last=1; }
  if [ -n "${last:-}" ]; then
    # All was there: this is no rest, and must not be taken away.
    content > "$W/before"
    init && fail "init over one that was complete"
    content | cmp -s - "$W/before" || fail "it took away what was complete"
    last=
  else
    init || fail "killed at fsync $n, init does not go on: $(cat "$W/init.err")"
    [ ! -e "$ETC/.init-unfinished" ] || fail "the mark stays"
  fi
  in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "--check after $n: $(cat "$W/out")"
  rm -rf "$ETC"
done
[ $n -gt 10 ] || fail "only $n syncs: nothing was tried"
say "killed at each of $((n - 1)) writes, the next init goes on"
in_server posternd --check --config "$ETC" > "$W/out" 2>&1 || fail "--check: $(cat "$W/out")"
rm -rf "$ETC"

# Another's mark is no leave to take anything away.
mkdir -p "$ETC/state/root"
echo mine > "$ETC/state/root/x"
printf '# An init of Postern that is not finished; run it again.\nstate %s\n' \
  "$ETC/state" > "$ETC/.init-unfinished"
chown nobody "$ETC/.init-unfinished"
chmod 600 "$ETC/.init-unfinished"
init && fail "init goes by somebody else's mark"
[ -s "$ETC/state/root/x" ] || fail "it took something away"
chown root "$ETC/.init-unfinished"
init || fail "init does not go by its own mark: $(cat "$W/init.err")"
[ ! -e "$ETC/state/root/x" ] || fail "the rest is there still"
rm -rf "$ETC"

# One that fails by itself takes away what it made.
mkdir -p "$ETC"
mkdir "$ETC/users.d" "$W/full"
mount -t tmpfs -o size=64k full "$W/full"
at_end () { umount "$W/full" 2>/dev/null; }
in_server postern-keys init web1 --config "$ETC" --state "$W/full/state" \
  > "$W/init.out" 2> "$W/init.err" && fail "init on a full disk"
grep -q 'deleted again' "$W/init.err" || fail "$(cat "$W/init.err")"
[ -z "$(find "$ETC" "$W/full" -type f ! -name '*.lock')" ] \
  || fail "left: $(find "$ETC" "$W/full" -type f)"
init || fail "the near twin: $(cat "$W/init.err")"
say "ok"
