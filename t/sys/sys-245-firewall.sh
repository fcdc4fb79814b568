#!/bin/bash
# posternd --check beside the firewalls that people have: firewalld and ufw as
# they run, and rules by hand; who has the port, and ways around.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need iptables-nft setpriv
setup
server --protect tcp/22,udp/60000-60010
sed -i "s|'tcp/22'}|'tcp/22', 'udp/60000-60010'}|" "$ETC/access.conf"

check () {
  in_server posternd --config "$ETC" --check > "$W/check" 2>&1 \
    || fail "--check: $(cat "$W/check")"
}
# Only warnings about the firewall.
warns () {
  check
  grep -E "^Warning: .*$1" "$W/check" > /dev/null \
    || fail "no warning '$1': $(cat "$W/check")"
}
silent () {
  check
  ! grep -E "^Warning: .*($1)" "$W/check" > "$W/found" \
    || fail "a warning: $(cat "$W/found")"
}
# The kernel is asked as well: a connection to tcp/22 comes through, or not.
listen 22
reaches () { in_client nc -z -w 1 $S4 22; }
agrees () {
  if [ "$1" = open ]; then
    until_ok reaches || fail "tcp/22 is shut in truth"
  else
    ! reaches || fail "tcp/22 is open in truth"
  fi
}
ANY="firewall|iptables|nftables"
rules () { in_server nft -f -; }
forget () { in_server nft flush ruleset; }

silent "$ANY"
agrees open
say "no firewall: no warning"

# What concerns only trusted networks is not told of.
trust () {
  sed -i '/^trusted/d' "$ETC/posternd.conf"
  [ -z "$1" ] || sed -i "/^protect/a trusted = {$1}" "$ETC/posternd.conf"
}
rules <<END
table inet mine {
  chain pre {
    type nat hook prerouting priority -100
    iifname "sv" ip saddr 10.0.0.0/8 tcp dport 2222 redirect to :22
  }
  chain in {
    type filter hook input priority 0; policy accept
    iifname "sv" meta nfproto ipv6 tcp dport 22 drop
  }
}
END
warns 'sends tcp/2222 on to the protected tcp/22'
warns 'drops tcp/22 on sv over IPv6'
trust "'10.0.0.0/8'"
silent 'sends'
warns 'drops tcp/22 on sv over IPv6'
trust "'::/0'"
silent 'drops'
warns 'sends tcp/2222 on'
trust "'sv'"
silent 'drops|sends'
trust "'wg0'"
warns 'sends tcp/2222 on'
warns 'drops tcp/22 on sv over IPv6'
trust ""
forget
say "trusted networks"

# firewalld's own code sets its rules, without the service around it.
cat > "$W/firewalld.py" <<'PY'
import shutil, sys
from firewall import config
shutil.copytree("/etc/firewalld", sys.argv[1], dirs_exist_ok=True)
config.set_system_config_paths(sys.argv[1])
from firewall.core.fw import Firewall
fw = Firewall()
fw.start()
zone = fw.get_default_zone()
for service in list(fw.zone.list_services(zone)):
    fw.zone.remove_service(zone, service)
for port in sys.argv[2:]:
    number, proto = port.split("/")
    fw.zone.add_port(zone, number, proto)
PY
firewalld () { in_server python3 "$W/firewalld.py" "$W/firewalld.d" "$@" > "$W/firewalld.out" 2>&1; }
if command -v firewalld > /dev/null; then
  firewalld || fail "firewalld: $(tail -n 3 "$W/firewalld.out")"
  in_server nft list table inet firewalld > "$W/rules" || fail "no rules of firewalld"
  warns 'rejects tcp/22 on sv .*firewalld'
  warns 'rejects udp/60000-60010 on sv .*firewalld'
  agrees shut
  silent 'replies|cannot be told'
  forget
  firewalld 22/tcp 60000-60004/udp || fail "firewalld: $(tail -n 3 "$W/firewalld.out")"
  silent 'tcp/22|replies|cannot be told'
  agrees open
  warns 'rejects udp/60005-60010 on sv .*firewalld'
  forget
  say "firewalld: shut and opened"
else
  say "firewalld is not installed: left out"
fi

# ufw has its files where it has them: they are ours in a mount namespace.
cat > "$W/ufw.sh" <<'SH'
set -e
mount --make-rprivate /
for path in /etc/ufw /etc/default/ufw /var/lib/ufw; do
  [ -e "$path" ] || continue
  copy=$W/ufw$(echo "$path" | tr / _)
  [ -e "$copy" ] || cp -a "$path" "$copy"
  mount --bind "$copy" "$path"
done
for rule; do ufw $rule; done
SH
with_ufw () {
  in_server unshare -m env W="$W" bash "$W/ufw.sh" "$@" > "$W/ufw.out" 2>&1 \
    || fail "ufw: $(cat "$W/ufw.out")"
}
if command -v ufw > /dev/null; then
  with_ufw '--force enable'
  warns 'drops tcp/22 on sv .*filter, chain INPUT'
  warns 'drops udp/60000-60010 on sv '
  agrees shut
  silent 'replies|cannot be told'
  with_ufw 'allow 22/tcp' 'allow 60000:60010/udp'
  silent "$ANY"
  agrees open
  with_ufw 'delete allow 22/tcp' 'allow from 198.51.100.0/24 to any port 22 proto tcp'
  warns 'only some senders in to tcp/22 on sv over IPv4'
  warns 'drops tcp/22 on sv over IPv6'
  with_ufw 'limit 22/tcp'
  silent "$ANY"
  agrees open
  with_ufw 'default deny outgoing'
  warns 'keeps in replies from udp/62201 on sv '
  with_ufw 'allow out proto udp from any port 62201'
  silent "$ANY"
  forget
  say "ufw: shut, opened, for some, limited, replies"
else
  say "ufw is not installed: left out"
fi

# What iptables-nft writes in its own form.
ipt () { in_server iptables-nft "$@"; }
ipt -P INPUT DROP
ipt -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
ipt -A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
ipt -A INPUT -p udp -m multiport --dports 60000:60010 -j ACCEPT
warns 'drops tcp/22 on sv over IPv4 .*ip filter, chain INPUT'
silent 'cannot be told|udp/60'
agrees shut
ipt -A INPUT -p tcp -m multiport --dports 22,80 -m conntrack --ctstate NEW \
  -m addrtype --dst-type LOCAL -m comment --comment ssh -j ACCEPT
silent "$ANY"
agrees open
ipt -I INPUT -p tcp --dport 22 -m u32 --u32 '0>>28=4' -j DROP 2> /dev/null \
  && warns 'cannot be told .*lets tcp/22 in on sv over IPv4'
forget
say "iptables-nft"

# Ways around tcp/22, and its near twins.
around () { rules <<< "table ip nat { chain pre { type nat hook prerouting priority $1; $2; }; }"; }
around dstnat "tcp dport 2222 redirect to :22"
warns 'sends tcp/2222 on to the protected tcp/22 \(table ip nat, chain pre\)'
forget
around dstnat "tcp dport 2222 dnat to $S4:22"
warns 'sends tcp/2222 on to the protected tcp/22'
forget
around dstnat "tcp dport 2222 redirect to :23"
silent "$ANY"
forget
around -160 "tcp dport 2222 redirect to :22"
silent "$ANY"
forget
ipt -t nat -A PREROUTING -p tcp --dport 2222 -j REDIRECT --to-ports 22
warns 'sends tcp/2222 on to the protected tcp/22'
forget
say "ways around"

rules <<< "table inet raw { chain pre { type filter hook prerouting priority raw; tcp dport 22 notrack; }; }"
warns "has 'notrack' for tcp/22"
forget
ipt -t raw -A PREROUTING -p tcp --dport 22 -j CT --notrack
warns "has 'notrack' for tcp/22"
forget
rules <<< "table inet raw { chain pre { type filter hook prerouting priority raw; tcp dport 80 notrack; }; }"
silent "$ANY"
forget
say "notrack"

# Something else has the port of the packets.
hold () {
  rm -f "$W/hold"
  ip netns exec "$SERVER" setpriv --reuid 65534 --clear-groups python3 - "$1" "$2" \
    > "$W/hold" 2>&1 <<'PY' &
import signal, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
print("bound", flush=True)
signal.pause()
PY
  HOLDER=$!
  own $HOLDER
  until_ok grep -q bound "$W/hold" || fail "cannot bind: $(cat "$W/hold")"
}
silent 'port of the packets'
for at in 0.0.0.0 ::; do
  hold $at 62201
  warns "udp/62201, the port of the packets, is also in use by python3 \(process $HOLDER of user 65534\)"
  end_pid $HOLDER
  wait $HOLDER 2> /dev/null || :
done
hold 0.0.0.0 62202
silent 'port of the packets'
say "who has the port"

# What nftables cannot show.
if in_server iptables-legacy -A INPUT -p tcp --dport 80 -j ACCEPT 2> /dev/null; then
  warns "iptables-legacy is in use here .*iptables-legacy-save"
  in_server iptables-legacy -F
else
  say "no iptables-legacy here: left out"
fi
say "ok"
