#!/bin/bash
# The files of a person's profile: what is not a regular file is refused, and
# neither waited for nor followed; and hosts.conf may be a link.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need timeout
setup
person alice
server
cat >> "$ETC/access.conf" <<'END'
command count { groups = {'ops'} argv = {'/bin/true'} run-as = 'nobody' }
END
enroll alice
listen 22
start
P=$W/alice/config/postern

# says CODE PATTERN VERB...: and soon.
says () {
  local code=$1 pattern=$2 rc=0
  shift 2
  as alice timeout -k 5 100 postern "$@" > "$W/out" 2>&1 < /dev/null || rc=$?
  [ $rc = "$code" ] && grep -q -- "$pattern" "$W/out" || fail "$*: exit $rc: $(cat "$W/out")"
}
# put KIND FILE: instead of what stands there.
put () {
  mv "$P/$2" "$W/kept"
  case $1 in
    fifo) mkfifo -m 600 "$P/$2" ;;
    link) ln -s "$W/kept" "$P/$2" ;;
    device) ln -s /dev/zero "$P/$2" ;;
    folder) mkdir "$P/$2" ;;
  esac
}
back () { rm -rf "${P:?}/$1"; mv "$W/kept" "$P/$1"; }

claims_before=$(claims)
for kind in fifo link device folder; do
  put $kind keys/web1.pgp
  says 78 'keys/web1.pgp: not a regular file; join web1 again' open web1
  says 0 web1 hosts
  says 78 'keys/web1.pgp' hosts rename web1 www
  back keys/web1.pgp
  put $kind doors/web1.key
  says 78 'doors/web1.key: not a regular file; join web1 again' open web1
  back doors/web1.key
done
[ "$(claims)" = "$claims_before" ] || fail "something was sent"
# To join again is the cure.
for kind in fifo link; do
  for file in keys/web1.pgp doors/web1.key; do
    put $kind $file
    says 0 'was missing here\|updated web1' join "$W/alice.invite" --fpr "$SFPR"
    [ -f "$P/$file" ] && [ ! -L "$P/$file" ] || fail "$file is not a regular file"
  done
done
says 0 'opened' open web1
say "keys"

# The book of what was run.
says 0 'exit 0' run web1 count
id=$(sed -n 's/.*(\([0-9a-f]\{8\}\))$/\1/p' "$W/out")
says 0 'exit 0' result web1 "$id"
for kind in fifo link device folder; do
  put $kind requests
  says 0 'cannot be noted' run web1 count
  says 64 'no request' result web1 "$id"
  back requests
done
says 0 'exit 0' result web1 "$id"
say "requests"

put fifo hosts.conf
says 78 'hosts.conf: not a regular file' open web1
back hosts.conf
put link hosts.conf
says 0 'opened' open web1
back hosts.conf
for kind in fifo link; do
  put $kind hosts.d/web1.conf
  [ $kind = link ] || says 78 'hosts.d/web1.conf: not a regular file' open web1
  [ $kind = fifo ] || says 0 'opened' open web1
  back hosts.d/web1.conf
done
say "ok"
