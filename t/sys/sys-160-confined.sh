#!/bin/bash
# What the running processes may do, by what the kernel says of them: users,
# capabilities, system calls, networks, descriptors, no core files; and who
# reads whose folders.  What each could do, sys-161 tries.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need ss
setup
person alice
server
listen 22
enroll alice
start
as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
ctl close --all > /dev/null

cat > "$W/look.py" <<'PY'
import os, pwd, sys
# CAP_NET_ADMIN, and for act what starting a command as its user takes.
NET_ADMIN = 1 << 12
ACT = NET_ADMIN | 1 << 5 | 1 << 6 | 1 << 7
# User, capabilities, system calls limited, away from the network.
expected = {
    "capture":   ("_postern", 0, True, False),
    "unseal":    ("_posternunseal", 0, True, True),
    "verify":    ("_posternver", 0, True, True),
    "decide":    ("_postern", 0, True, False),
    "act":       ("root", ACT, False, False),
    "gpg-agent": ("_posternagent", 0, True, True),
}
# It comes and goes.
passing = {"muster"}
parent, filter, bad, seen = int(sys.argv[1]), int(sys.argv[2]), [], set()
def status(pid):
    fields = {}
    for line in open("/proc/%d/status" % pid):
        name, _, value = line.partition(":")
        fields[name] = value.split()
    return fields
for entry in os.listdir("/proc"):
    if not entry.isdigit():
        continue
    try:
        s = status(int(entry))
    except OSError:
        continue
    if s["PPid"] != [str(parent)]:
        continue
    name, pid = s["Name"][0], int(entry)
    if name in passing:
        continue
    user, caps, seccomp, away = expected.get(name, (None, 0, False, False))
    seen.add(name)
    def say(what):
        bad.append("%s: %s" % (name, what))
    if user is None:
        say("not expected")
        continue
    uid, gid = pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid
    if set(s["Uid"]) != {str(uid)} or set(s["Gid"]) != {str(gid)}:
        say("uid %s gid %s" % (s["Uid"], s["Gid"]))
    if user != "root" and set(s["Groups"]) - {str(gid)}:
        say("groups %s" % s["Groups"])
    for kind in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        if int(s[kind][0], 16) & ~caps:
            say("%s %s" % (kind, s[kind][0]))
    if name == "act" and not int(s["CapEff"][0], 16) & NET_ADMIN:
        say("cannot do its work")
    if s["NoNewPrivs"] != ["1"]:
        say("may get new privileges")
    if seccomp and int(s["Seccomp"][0]) < filter:
        say("seccomp %s" % s["Seccomp"])
    def network(pid):
        return os.readlink("/proc/%d/ns/net" % pid)
    if away == (network(pid) == network(parent)):
        say("its network: " + network(pid))
    for line in open("/proc/%d/limits" % pid):
        if line.startswith("Max core file size") and line.split()[4:6] != ["0", "0"]:
            say("core files: " + line.strip())
missing = set(expected) - seen
if missing:
    bad.append("missing: %s" % missing)
print("\n".join(bad))
sys.exit(bool(bad))
PY
# The sanitizers need more system calls than a role keeps.
filter=2
nm -D "$POSTERN_BIN/decide" 2>/dev/null | grep -q __asan && filter=0
python3 "$W/look.py" "$POSTERND" $filter > "$W/look" || fail "$(cat "$W/look")"
say "users, capabilities, system calls, networks, no core files"

# fds NAME: what the first process of that name holds from 3 on, by kind.
first_of () { pgrep -P "$POSTERND" -x "$1" | head -n 1; }
fds () {
  local pid fd
  pid=$(first_of "$1")
  for fd in "/proc/$pid/fd"/*; do
    [ "${fd##*/}" -lt 3 ] || readlink "$fd" | sed 's/:.*//'
  done | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }'
}
# posternd, the roles beside it, and for unseal the agent; and what waits for
# them all.
[ "$(fds verify)" = "1 anon_inode, 3 socket" ] || fail "verify holds $(fds verify)"
[ "$(fds unseal)" = "1 anon_inode, 4 socket" ] || fail "unseal holds $(fds unseal)"
for role in unseal verify; do
  [ "$(readlink "/proc/$(first_of $role)/fd"/* | grep anon_inode)" = "anon_inode:[eventpoll]" ] \
    || fail "$role holds another anon_inode"
done
# Two that it listens on, and its clients; in some versions a watch, or a pipe to
# itself.
fds gpg-agent | grep -Eqx '([12] anon_inode, )?(2 pipe, )?[0-9]+ socket' \
  || fail "gpg-agent holds $(fds gpg-agent)"
for who in unseal verify gpg-agent; do
  [ "$(readlink "/proc/$(first_of $who)/fd/0")" = /dev/null ] || fail "stdin of $who"
done
maps () { grep -F memfd:postern-roster "/proc/$(first_of "$1")/maps" | awk '{ print $2 }'; }
[ "$(maps verify)" = r--p ] || fail "verify maps the roster: $(maps verify)"
[ -z "$(maps unseal)$(maps gpg-agent)" ] || fail "others map the roster"
say "descriptors"

# capture holds packet sockets, and nothing of it reads from a file.
capture=$(ps -o pid=,comm= --ppid "$POSTERND" | awk '$2 == "capture" { print $1; exit }')
for fd in "/proc/$capture/fd"/*; do
  case $(readlink "$fd") in
    socket:*|/dev/null|"$W"/posternd.log|pipe:*|anon_inode:*) ;;
    *) fail "capture holds $(readlink "$fd")" ;;
  esac
done
# decide has two sockets to send replies, and no other of the network.
ss_in () { in_server ss -Hnp "$@" | grep -F '"decide"' || :; }
raw=2
[ -e /proc/net/if_inet6 ] || raw=1
[ "$(ss_in -wa | wc -l)" = $raw ] || fail "raw sockets: $(ss_in -wa)"
[ -z "$(ss_in -tuna)" ] || fail "decide has $(ss_in -tuna)"
# The home of muster holds no secret, the one of the agent its subkey alone.
[ -z "$(find "$ETC/state/muster" -name '*.key')" ] || fail "a secret of muster's"
[ "$(find "$ETC/state/agent" -name '*.key' | wc -l)" = 1 ] || fail "the agent's keys"
setpriv --reuid "$(id -u _posternmuster)" --clear-groups \
  sh -c "echo x >> '$ETC/state/muster/gpg.conf'" 2>/dev/null && fail "muster may write"
# as_user USER COMMAND...: with no group but its own.
as_user () {
  local user=$1
  shift
  setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups "$@" \
    >/dev/null 2>&1
}
as_user _posternmuster cat "$ETC/state/muster/pubring.kbx" || fail "muster cannot read"
as_user _posternagent ls "$ETC/state/agent" || fail "the agent cannot read"
for user in _postern _posternmuster _posternunseal _posternver _posternagent; do
  [ $user = _posternagent ] || ! as_user $user ls "$ETC/state/agent" \
    || fail "$user sees the agent's home"
  [ $user = _posternmuster ] || ! as_user $user cat "$ETC/state/muster/pubring.kbx" \
    || fail "$user reads the keyring"
  [ $user = _postern ] || ! as_user $user ls "$ETC/state/decide" \
    || fail "$user sees decide's folder"
  ! as_user $user ls "$ETC/run/agent" || fail "$user sees the agent's sockets"
done
say "files"
say "ok"
