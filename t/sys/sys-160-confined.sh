#!/bin/bash
# What the running processes may do, by what the kernel says of them: users,
# capabilities, system calls, no core files; and who reads whose folders.
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
expected = {
    "capture":   ("_postern", 0, True),
    "unseal":    ("_posternagent", 0, False),
    "verify":    ("_posternmuster", 0, False),
    "decide":    ("_postern", 0, True),
    "act":       ("root", ACT, False),
    "gpg-agent": ("_posternagent", 0, False),
}
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
    user, caps, seccomp = expected.get(name, (None, 0, False))
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
say "users, capabilities, system calls, no core files"

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
# The home of verify holds no secret, the one of unseal its subkey alone.
[ -z "$(find "$ETC/state/muster" -name '*.key')" ] || fail "a secret of verify's"
[ "$(find "$ETC/state/agent" -name '*.key' | wc -l)" = 1 ] || fail "unseal's keys"
setpriv --reuid "$(id -u _posternmuster)" --clear-groups \
  sh -c "echo x >> '$ETC/state/muster/gpg.conf'" 2>/dev/null && fail "verify may write"
for user in _postern _posternmuster; do
  setpriv --reuid "$(id -u $user)" --regid "$(id -g $user)" --clear-groups \
    ls "$ETC/state/agent" >/dev/null 2>&1 && fail "$user sees unseal's home"
done
setpriv --reuid "$(id -u _posternagent)" --regid "$(id -g _posternagent)" --clear-groups \
  ls "$ETC/state/decide" >/dev/null 2>&1 && fail "unseal sees decide's folder"
say "files"
say "ok"
