# vouch.sh - What credentials cost, them that need none and them that do.
# SPDX-License-Identifier: GPL-2.0-or-later

# The server "disk" with a directory that takes connections and is silent.
vouch_configure () {
  local etc=$W/disk/etc
  cp "$etc/posternd.conf" "$W/disk/posternd.conf"
  cp "$etc/access.conf" "$W/disk/access.conf"
  sed -i "s/^protect .*/protect = {'tcp\/22', 'tcp\/23', 'tcp\/24'}/" "$etc/posternd.conf"
  cat >> "$etc/posternd.conf" <<X
ldap hang {
  uri = 'ldap://127.0.0.1:3890'
  bind-dn = 'uid={user},dc=example,dc=org'
  timeout = '60s'
}
X
  cat >> "$etc/access.conf" <<X
rule slow { groups = {'ops'} ports = {'tcp/23'} require = 'ldap:hang' }
rule own { groups = {'ops'} ports = {'tcp/24'} require = 'crypt' }
X
  sed -i "s/^  groups .*/&\n  logins = {'nobody'}/" "$etc/users.d/alice.conf"
  in_space disk postern-keys passwd alice --config "$etc" --fd 0 <<<secret 2>>"$W/init.log"
  in_space disk posternctl --config "$etc" reload > /dev/null || fail "reload"
  ip netns exec "$(space_of disk)" python3 "$srcdir/t/sys/fake-ldap.py" hang 3890 \
    > "$W/fake.out" 2>&1 &
  silent=$!                     # A part runs in a subshell: ended there.
  until_ok in_space disk nc -z 127.0.0.1 3890
}

vouch_restore () {
  end_pid "$silent"
  cp "$W/disk/posternd.conf" "$W/disk/etc/posternd.conf"
  cp "$W/disk/access.conf" "$W/disk/etc/access.conf"
  in_space disk posternctl --config "$W/disk/etc" reload > /dev/null
}

# vouch_times: wire to element, as value and both show it.
vouch_times () {
  postern_requests disk 0 $((ROUNDS * 2))
  postern_baseline disk
  plan disk > "$W/plan.json"
  python3 "$here/wire.py" times "$W/plan.json" > "$W/wire.out"
}

# vouch_slow N: so many requests that wait for the silent directory.
vouch_slow () {
  local i
  mkdir -p "$W/disk/slow"
  for i in $(seq "$1"); do
    as alice postern seal open disk tcp/23 -o "$W/disk/slow/$i" --password-fd 3 \
      3<<<any >>"$W/seal.log" 2>&1 || fail "postern seal"
  done
  for i in $(seq "$1"); do deliver disk "$W/disk/slow/$i"; done
}

# one_refused NAME: microseconds from a person's command to its refusal.
one_refused () {
  local start
  in_space disk posternctl --config "$W/disk/etc" unlock alice >/dev/null 2>&1 || :
  start=$(date +%s%N)
  as alice postern open disk tcp/24 --user "$1" --password-fd 3 3<<<guess >/dev/null 2>&1 || :
  echo $((($(date +%s%N) - start) / 1000))
}
median () { sort -n "$1" | awk '{ a[NR] = $1 } END { printf "%.3f", a[int((NR + 1) / 2)] / 1000 }'; }

# Taking turns, and taking turns at being first: what else the machine does
# falls on both alike.
vouch_refused () {
  local i
  : > "$W/unknown"
  : > "$W/wrong"
  for i in $(seq $((ROUNDS * 2))); do
    [ $((i % 2)) = 0 ] || one_refused nobody >> "$W/unknown"
    one_refused alice >> "$W/wrong"
    [ $((i % 2)) = 1 ] || one_refused nobody >> "$W/unknown"
  done
}

bench_vouch () {
  local idle idle_text unknown wrong
  say "credentials"
  vouch_configure
  vouch_times
  idle=$(value disk rule) idle_text=$(both disk rule)
  vouch_slow 100
  vouch_times
  row "wire to nftables element, no credential, while 100 LDAP requests hang; beside: none do" \
    "$(calc 'a[0]/a[1]' "$(value disk rule)" "$idle")" "$(both disk rule)" \
    "$idle_text" "no more"
  vouch_refused
  unknown=$(median "$W/unknown")
  wrong=$(median "$W/wrong")
  row "open refused, an account that is not there; beside: a wrong password" \
    "$(calc 'a[0]/a[1]' "$unknown" "$wrong")" "$unknown ms" "$wrong ms" "1"
  vouch_restore
}
