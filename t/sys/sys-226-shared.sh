#!/bin/bash
# No part of a key is part of two: who binds another's primary key, or the
# server's, to their own one is refused, in either order of coming; check finds
# such pairs that are there already; and nobody is taken for somebody else.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need
setup
for name in bob frank mallory thief twin; do person $name; done
person carol
person dave
person eve
server
keys () { local v=$1; shift; in_server postern-keys "$v" --config "$ETC" "$@"; }
field () { GNUPGHOME=$1 gpg --batch --with-colons --with-keygrip -k "$2" 2>/dev/null | awk -F: -v "n=$4" -v "t=$3" '$1 == "pub" || $1 == "sub" { k++ } $1 == t && k == n { print $'"$5"'; exit }'; }
# adopt NAME HOME OF N [TOGGLE]: NAME binds part N of the key OF, which is in
# HOME, to their own key, made as it was so that the fingerprint is the same.
adopt () {
  local grip when what=pub
  [ "$4" = 1 ] || what=sub
  grip=$(field "$2" "$3" grp "$4" 10) when=$(field "$2" "$3" $what "$4" 6)
  GNUPGHOME=$2 gpg --batch --quiet --pinentry-mode loopback --passphrase '' --export-secret-keys "$3" > "$W/adopted" 2>>"$W/gpg.log"
  gpg_as "$1" --import "$W/adopted"
  printf 'addkey\n13\n%s\n%s0\nsave\n' "$grip" "${5-s\nq\n}" | sed 's/\\n/\n/g' \
    | GNUPGHOME=$W/$1/gnupg gpg --no-tty --quiet --expert --faked-system-time "$when!" \
      --pinentry-mode loopback --passphrase '' --command-fd 0 --edit-key "$1" > "$W/out" 2>>"$W/gpg.log" || :
  gpg_as "$1" --export "$(fpr_of "$1")" > "$W/$1.pgp"
  FPR=$(field "$2" "$3" fpr "$4" 10)
  [ "$(gpg --show-keys --with-colons "$W/$1.pgp" 2>/dev/null | grep -c "$FPR")" = 1 ] || fail "$1 did not adopt $FPR"
}
said () { grep -q -e "$1" "$W/err" || fail "not said: '$1': $(cat "$W/err")"; }
out_of_roster () {
  (umask 027; gpg --homedir "$ETC/state/muster" --batch --yes --quiet --delete-keys "$1" 2>>"$W/gpg.log")
  chgrp _posternmuster "$ETC"/state/muster/*
}
in_home () { gpg --homedir "$ETC/state/muster" --batch --with-colons -k 2>/dev/null; }
enter () { keys enroll "$1" --key "$W/$1.pgp" --fpr "$(fpr_of "$1")" --group ops > "$W/$1.invite" 2> "$W/err"; }
CAROL=$(fpr_of carol) BOB=$(fpr_of bob)
listen 22
enroll bob
enroll carol
cp "$W/bob.pgp" "$W/bob.plain"

# Who comes second is refused: by update, enroll, replace and batch.
adopt bob "$W/carol/gnupg" carol 1
in_home > "$W/before"
keys enroll --update bob --key "$W/bob.pgp" 2> "$W/err" && fail "bob took carol's key by an update"
said "its subkey $CAROL is the primary key of carol"
adopt mallory "$W/carol/gnupg" carol 1
enter mallory && fail "mallory is in with carol's key"
said "its subkey $CAROL is the primary key of carol"
keys replace bob --key "$W/mallory.pgp" --fpr "$(fpr_of mallory)" > "$W/out" 2> "$W/err" && fail "replaced by mallory's"
said "its subkey $CAROL is the primary key of carol"
adopt twin "$W/eve/gnupg" eve 2 'q\n'
mkdir "$W/batch"
for name in mallory eve twin dave; do
  cp "$W/$name.pgp" "$W/batch"
  echo "$name,$(fpr_of $name),ops"
done > "$W/list"
keys enroll --batch "$W/batch" --fprs "$W/list" --invites "$W/invites" 2> "$W/err" && fail "all of the batch"
said "mallory: its subkey $CAROL is the primary key of carol"
said "twin: its subkey $FPR is a subkey of eve"
said '2 enrolled, 0 enrolled before, 2 failed'
[ "$(in_home | grep -c "$CAROL")" = "$(grep -c "$CAROL" "$W/before")" ] || fail "it is in the roster's home"
[ ! -e "$ETC/users.d/mallory.conf" ] && [ ! -e "$ETC/users.d/twin.conf" ] || fail "a file was written"
adopt thief "$ETC/state/root" "$SFPR" 1
enter thief && fail "thief is in with the server's key"
said "its subkey $SFPR is the primary key of this server"
# A subkey of one's own is taken.
enter frank || fail "frank: $(cat "$W/err")"
gpg_as frank --quick-add-key "$(fpr_of frank)" ed25519 sign never
gpg_as frank --export frank > "$W/frank.pgp"
keys enroll --update frank --key "$W/frank.pgp" 2> "$W/err" || fail "frank's own subkey: $(cat "$W/err")"
said 'its subkey .* is new'
say "who comes second is refused"

# The other order: who was robbed is refused, and told by whom.
keys revoke carol 2>> "$W/err" || fail "revoke carol"
enter mallory || fail "mallory before carol: $(cat "$W/err")"
enter carol && fail "carol beside mallory"
said "its primary key $CAROL is a subkey of mallory"
keys revoke mallory 2>> "$W/err" || fail "revoke mallory"
enter carol || fail "carol without mallory: $(cat "$W/err")"
as carol postern join "$W/carol.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "carol cannot join"
say "and in the other order"

# By hand: check finds it, and tells the cure.
found () { keys check 2>/dev/null > "$W/out" || :; grep -q -e "$1" "$W/out" || fail "check lacks '$1': $(cat "$W/out")"; }
lost () { keys check 2>/dev/null > "$W/out" || :; ! grep -q -e "$1" "$W/out" || fail "check says '$1': $(cat "$W/out")"; }
lost "is the primary key of"
into_roster "$W/bob.pgp"
found "^user bob: its subkey $CAROL is the primary key of carol; 'postern-keys replace' .*'revoke'"
[ "$(grep -c "$CAROL" "$W/out")" = 1 ] || fail "one pair, told twice: $(cat "$W/out")"
# gpg itself deletes the first key that has the fingerprint: bob's goes first.
out_of_roster "$BOB"
out_of_roster "$CAROL"
into_roster "$W/bob.pgp"
into_roster "$W/mallory.pgp"
found "^$(fpr_of mallory): its subkey $CAROL is the primary key of carol; 'gpg --homedir"
# What is missing is not what somebody has as a subkey.
keys invite carol > "$W/inv" 2> "$W/err" && fail "an invite for carol, to another's key"
keys revoke carol 2>> "$W/err" || fail "revoke carol: $(cat "$W/err")"
in_home | grep -q "^fpr.*:$BOB:" || fail "carol's revocation took bob's key"
keys revoke bob 2>> "$W/err" || fail "revoke bob"
out_of_roster "$(fpr_of mallory)"
lost "$CAROL"
enter carol || fail "carol: $(cat "$W/err")"
as carol postern join "$W/carol.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "carol cannot join"
start
as carol postern open web1 tcp/22 > "$W/out" 2>&1 || fail "carol: $(cat "$W/out")"
is_open $S4 22
ctl close --user carol > /dev/null
say "check finds it"

# Two keys with one subkey that signs: nobody is taken for another.  A key that
# is nobody's in the configuration takes nothing from anybody.
as frank postern join "$W/frank.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "frank cannot join"
as frank postern open web1 tcp/22 > "$W/out" 2>&1 || fail "frank: $(cat "$W/out")"
is_open $S4 22
ctl close --user frank > /dev/null
is_shut $S4 22
last=$(GNUPGHOME=$W/frank/gnupg gpg --batch --with-colons -k frank 2>/dev/null | grep -c '^[ps]ub')
adopt mallory "$W/frank/gnupg" frank "$last" 'q\n'
into_roster "$W/mallory.pgp"
as frank postern open web1 tcp/22 > "$W/out" 2>&1 || fail "frank, beside a stranger's key: $(cat "$W/out")"
is_open $S4 22
ctl close --user frank > /dev/null
is_shut $S4 22
printf "user mallory {\n  key = '%s'\n  groups = {'ops'}\n}\n" "$(fpr_of mallory)" > "$ETC/users.d/mallory.conf"
reload_all
as frank postern open web1 tcp/22 --timeout 2s > "$W/out" 2>&1 && fail "frank opened, or somebody else"
audited 'signed by a subkey that two keys share'
is_shut $S4 22
rm "$ETC/users.d/mallory.conf"
reload_all
changes_roster out_of_roster "$(fpr_of mallory)"
as frank postern open web1 tcp/22 > "$W/out" 2>&1 || fail "frank again: $(cat "$W/out")"
is_open $S4 22
say "ok"
