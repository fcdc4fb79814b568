#!/bin/bash
# people.sh - What it takes to enrol 1,000 people in one command, beside
# what gpg alone takes for the same keys: looking at them, importing them,
# and a signed and encrypted message to each.
# SPDX-License-Identifier: GPL-2.0-or-later
here=$(cd "$(dirname "$0")" && pwd)
srcdir=${srcdir:-$here/../..}
. "$srcdir/t/sys/lib.sh"
need python3

PEOPLE=${PEOPLE:-1000}
now () { date +%s.%N; }
calc () { python3 -c 'import sys; a = [float(x) for x in sys.argv[2:]]
print("%.2f" % eval(sys.argv[1]))' "$@"; }
# timed COMMAND...: sets SECS.
timed () {
  local begin
  begin=$(now)
  "$@" >> "$W/out" 2>> "$W/people.log" || fail "$*"
  SECS=$(calc 'a[0]-a[1]' "$(now)" "$begin")
}
row () { printf '| %s | %s | %s s | %s | %s |\n' "$@"; }

# gpg_import HOME, gpg_messages HOME: the baseline.
gpg_import () {
  cat "$W"/keys/*.pgp > "$W/all.pgp"
  gpg --homedir "$1" --batch --quiet --show-keys "$W/all.pgp" > "$W/shown"
  gpg --homedir "$1" --batch --quiet --no-auto-check-trustdb \
    --import-options import-minimal --import "$W/all.pgp"
}
gpg_messages () {
  local key
  mkdir -p "$W/messages"
  for key in "$W"/keys/*.pgp; do
    gpg --homedir "$1" --batch --quiet --yes --trust-model always --compress-algo none \
      -u "$SFPR" --recipient-file "$key" -o "$W/messages/$(basename "$key" .pgp)" \
      -se "$W/text"
  done
}

setup
server
python3 "$srcdir/t/sys/people.py" "$W/people/gnupg" "$W/keys" "$W/list" "$PEOPLE"
head -c 1500 /dev/urandom | base64 > "$W/text"
cp -a "$ETC/state/root" "$W/plain"
rm -f "$W"/plain/S.* "$W"/plain/gpg.conf

timed postern-keys enroll --config "$ETC" --batch "$W/keys" --fprs "$W/list" \
  --invites "$W/invites"
batch=$SECS
[ "$(ls "$W/invites" | wc -l)" = "$PEOPLE" ] || fail "not all have an invite"
timed gpg_import "$W/plain"
import=$SECS
timed gpg_messages "$W/plain"
messages=$SECS
timed postern-keys invite --config "$ETC" --all "$W/invites"
invites=$SECS
timed postern-keys enroll --config "$ETC" --batch "$W/keys" --fprs "$W/list" \
  --invites "$W/invites"
again=$SECS
GNUPGHOME=$W/plain gpgconf --kill all

echo "| what | ratio | Postern | beside | goal |"
echo "|---|---|---|---|---|"
row "enroll --batch, $PEOPLE people; beside: gpg imports the keys, and signs and encrypts to each" \
  "$(calc 'a[0]/(a[1]+a[2])' "$batch" "$import" "$messages")" "$batch" \
  "$(calc 'a[0]+a[1]' "$import" "$messages") s" "under 60 s"
row "invite --all, $PEOPLE people; beside: gpg signs and encrypts to each" \
  "$(calc 'a[0]/a[1]' "$invites" "$messages")" "$invites" "$messages s" -
row "enroll --batch again, where all are enrolled" - "$again" - -
say "took $SECONDS s on $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg), $(uname -r), $(gpg --version | head -1)"
