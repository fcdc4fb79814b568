#!/bin/bash
# The system's own accounts: what login refuses is refused.  /etc/shadow is
# a file of the test's own, bind-mounted for the server's namespace alone.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/credential.sh"
need perl
setup
person alice
server
sed -i "s|^  ports .*|  ports = {'tcp/22'}\n  require = 'shadow'|" "$ETC/access.conf"
listen 22
enroll alice
sed -i "s|^  groups .*|&\n  logins = {'al', 'root', 'gone', 'star'}|" "$ETC/users.d/alice.conf"

# "ip netns exec" mounts what lies here over /etc.
mkdir -p "/etc/netns/$SERVER"
at_end () { rm -rf "/etc/netns/$SERVER"; }
SHADOW=/etc/netns/$SERVER/shadow
hash () { perl -e 'print crypt($ARGV[0], $ARGV[1])' "$1" "$2"; }
Y=$(hash secret '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$')
TODAY=$(($(date +%s) / 86400))
# entry FIELDS: alice's, behind the hash; the file keeps its inode.
entry () {
  {
    echo 'daemon:*:19000:0:99999:7:::'
    echo "al:$(hash other '$6$saltsalt$'):$TODAY:0:99999:7:::"
    echo "alice:$1"
    echo 'star:*:19000:0:99999:7:::'
  } > "$SHADOW"
}
entry "$Y:$TODAY:0:99999:7:::"
chown root:shadow "$SHADOW"
chmod 640 "$SHADOW"
in_server grep -q '^al:' /etc/shadow || skip "no bind mounts here"
start

say "right and wrong, by both names"
opens alice secret
denied 'wrong password' alice Secret
cp "$W/out" "$W/wrong"
opens alice other --user al
denied 'wrong password' alice secret --user al
denied 'there is no such account' alice secret --user gone
cmp -s "$W/out" "$W/wrong" || fail "the replies differ: $(cat "$W/out")"

# refused_as REASON FIELDS TWIN: the right password is refused for FIELDS and
# opens with TWIN; a wrong one is told the same.
refused_as () {
  entry "$2"
  denied "$1" alice secret
  cmp -s "$W/out" "$W/wrong" || fail "the replies differ: $(cat "$W/out")"
  entry "$3"
  opens alice secret
  say "$1: refused; its twin opens"
}
WELL="$Y:$TODAY:0:99999:7:::"
refused_as 'the account is locked' "!$Y:$TODAY:0:99999:7:::" "$WELL"
refused_as 'the account is locked' "!!$Y:$TODAY:0:99999:7:::" "$WELL"
refused_as 'the account is locked' "*:$TODAY:0:99999:7:::" "$WELL"
refused_as 'the account is locked' "!:$TODAY:0:99999:7:::" "$WELL"
refused_as 'the account is locked' "x:$TODAY:0:99999:7:::" "$WELL"
refused_as 'the account has no password' ":$TODAY:0:99999:7:::" "$WELL"
refused_as 'the account has expired' "$Y:$TODAY:0:99999:7::$TODAY:" \
  "$Y:$TODAY:0:99999:7::$((TODAY + 2)):"
refused_as 'the account has expired' "$Y:$TODAY:0:99999:7::1:" "$Y::::::$((TODAY + 2)):"
refused_as 'the password has expired' "$Y:0:0:99999:7:::" "$Y:1:0:99999:7:::"
refused_as 'the password has expired' "$Y:$((TODAY - 31)):0:30:7:::" \
  "$Y:$((TODAY - 29)):0:30:7:::"
refused_as 'the password has expired' "$Y:$((TODAY - 50)):0:30:7:10::" \
  "$Y:$((TODAY - 50)):0:60:7:10::"
for name in star root; do
  denied "$([ $name = star ] && echo 'the account is locked' || echo 'there is no such account')" \
    alice secret --user $name
  ctl unlock alice >/dev/null
done

say "a file that others could write is none"
chmod 666 "$SHADOW"
denied 'vouch could not check the credential' alice secret
chmod 640 "$SHADOW"
opens alice secret

say "no process of ours holds it open, or could"
for pid in $(pgrep -P "$POSTERND"); do
  ! ls -l "/proc/$pid/fd" 2>/dev/null | grep -q shadow || fail "$(cat /proc/$pid/comm) holds it"
done
caps () { sed -n 's/^CapEff:\t0*//p' "/proc/$(vouch_pid)/status"; }
# CAP_DAC_READ_SEARCH, and nothing else.
[ "$(caps)" = 4 ] || fail "vouch has the capabilities $(caps)"
[ "$(stat -c %U "/proc/$(vouch_pid)/environ")" = root ] || fail "vouch can be traced"
[ "$(awk '$1 == "Uid:" { print $2 }' "/proc/$(vouch_pid)/status")" = "$(id -u _posternvouch)" ] \
  || fail "whose is vouch?"
say "ok"
