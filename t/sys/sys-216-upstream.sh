#!/bin/bash
# GnuPG in upstream's own mode, which asks for OCB and writes it: keys of
# that kind on both sides, and each side in that mode or as Debian has it.
# What writes OCB to whom is looked at in the packets.  Then a person whose
# keys are keyboxd's, and a host where everybody's are.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need unshare pgrep
setup
listen 22

# In upstream's mode: a mount namespace where gpg is told so.  muster sees
# /usr, so the program itself lies there.
cat > "$W/gpg" <<'END'
#!/bin/sh
exec /usr/local/bin/gpg.real --compliance gnupg "$@"
END
chmod 755 "$W/gpg"
cat > "$W/upstream" <<END
#!/bin/sh
exec unshare -m sh -c 'mount -t tmpfs tmpfs /usr/local/bin &&
  cp /usr/bin/gpg /usr/local/bin/gpg.real &&
  mount --bind "$W/gpg" /usr/bin/gpg && exec "\$@"' sh "\$@"
END
chmod 755 "$W/upstream"
mkdir "$W/bin"
for program in posternd postern-keys postern; do
  side=server
  [ $program != postern ] || side=client
  cat > "$W/bin/$program" <<END
#!/bin/sh
[ ! -e "$W/$side-upstream" ] || exec "$W/upstream" "$POSTERN_BIN/$program" "\$@"
[ ! -e "$W/etc.host" ] || exec "$W/host" "$POSTERN_BIN/$program" "\$@"
exec "$POSTERN_BIN/$program" "\$@"
END
  chmod 755 "$W/bin/$program"
done
PATH=$W/bin:$PATH

# The keys ask for OCB, whatever this gpg makes by itself.
mkdir -p -m 700 "$W/alice/gnupg" "$W/own/gnupg" "$W/alice/config"
gpg_as alice --import "$srcdir/t/keys/alice-ocb.key"
gpg_as alice --export alice@example.org > "$W/alice.pgp"
gpg_as own --import "$srcdir/t/keys/web1-ocb.key"
SFPR=$(GNUPGHOME=$W/own/gnupg gpg --batch --with-colons --list-keys web1 | awk -F: '$1 == "fpr" { print $10; exit }')
ETC=$W/etc
in_server env GNUPGHOME="$W/own/gnupg" postern-keys init web1 --address $S4 \
  --interface sv --config "$ETC" --key "$SFPR" > "$W/init.log" 2>&1 \
  || fail "init --key: $(cat "$W/init.log")"

# From 2.3 on gpg knows OCB.
writes_ocb () { ! gpg --version | head -n 1 | grep -q ' 2\.[012]\.'; }
has_ocb () { gpg --homedir "$W" --batch --no-autostart --list-packets "$1" 2>/dev/null | grep -q '^:aead encrypted'; }

# way SERVER CLIENT: "upstream" or "debian" each.
way () {
  say "server $1, client $2"
  rm -f "$W"/*-upstream
  [ "$1" = debian ] || : > "$W/server-upstream"
  [ "$2" = debian ] || : > "$W/client-upstream"
  in_server postern-keys "${3:-invite}" alice --config "$ETC" ${4:-} ${5:-} ${6:-} ${7:-} ${8:-} ${9:-} \
    > "$W/alice.invite" 2>"$W/err" || fail "${3:-invite}: $(cat "$W/err")"
  if [ "$1" = upstream ] && writes_ocb; then
    has_ocb "$W/alice.invite" || fail "the invite is not with OCB"
  else
    ! has_ocb "$W/alice.invite" || fail "the invite is with OCB"
  fi
  as alice postern join "$W/alice.invite" --fpr "$SFPR" > "$W/out" 2>&1 \
    || fail "join: $(cat "$W/out")"
  start
  as alice postern seal open web1 -o "$W/dgram" > "$W/out" 2>&1 || fail "seal: $(cat "$W/out")"
  "$POSTERN_BIN/t/sys/tool-seal" unwrap "$ETC/doors/main.key" < "$W/dgram" > "$W/inner" || fail "unwrap"
  if [ "$2" = upstream ] && writes_ocb; then
    has_ocb "$W/inner" || fail "the request is not with OCB"
  else
    ! has_ocb "$W/inner" || fail "the request is with OCB"
  fi
  is_shut $S4 22
  as alice postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
  stop
}
way debian debian enroll --key "$W/alice.pgp" --fpr \
  "$(fpr_of alice)" --group ops
way upstream debian
way debian upstream
way upstream upstream

rm -f "$W"/*-upstream
keyboxd=$(gpgconf --list-components 2>/dev/null | sed -n 's/^keyboxd:[^:]*://p')
if [ -n "$keyboxd" ] && [ -x "$keyboxd" ]; then
  say "a person whose keys are keyboxd's"
  mkdir -p -m 700 "$W/bob/gnupg"
  echo use-keyboxd > "$W/bob/gnupg/common.conf"
  person bob
  [ ! -e "$W/bob/gnupg/pubring.kbx" ] || fail "keyboxd is not in use"
  enroll bob
  start
  as bob postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
  stop

  say "a host whose GnuPG has everybody's keys in keyboxd"
  cat > "$W/host" <<END
#!/bin/sh
exec unshare -m sh -c 'mount --bind "$W/etc.host" /etc && exec "\$@"' sh "\$@"
END
  chmod 755 "$W/host"
  cp -a /etc "$W/etc.new"
  mkdir -p "$W/etc.new/gnupg"
  echo use-keyboxd > "$W/etc.new/gnupg/common.conf"
  mv "$W/etc.new" "$W/etc.host"
  gpg () { "$W/host" /usr/bin/gpg "$@"; }
  person carol
  [ ! -e "$W/carol/gnupg/pubring.kbx" ] || fail "keyboxd is not in use"
  ETC=$W/etc2
  in_server postern-keys init web1 --address $S4 --interface sv --config "$ETC" \
    > "$W/init.log" 2>&1 || fail "init: $(cat "$W/init.log")"
  SFPR=$(sed -n "s/^server  *= '\(.*\)'.*/\1/p" "$ETC/server.conf")
  enroll carol
  start
  is_shut $S4 22
  as carol postern open web1 > "$W/out" 2>&1 || fail "open: $(cat "$W/out")"
  is_open $S4 22
  ctl close --all > /dev/null
  in_server postern-keys check --config "$ETC" > "$W/out" 2>&1 || :
  ! grep -E 'server-key|not in' "$W/out" || fail "check"
  stop
  # The server's homes are their own, and nobody's daemon is left there.
  for home in root muster; do
    [ -e "$ETC/state/$home/pubring.kbx" ] || fail "$home has no pubring.kbx"
  done
  for home in root muster agent; do
    [ ! -e "$ETC/state/$home/public-keys.d" ] || fail "$home is keyboxd's"
  done
  ! pgrep -f "keyboxd.*$ETC" || fail "a keyboxd in the server's home"
  # A key that the administrator has there goes along.
  ETC=$W/etc3
  OWN=$(fpr_of carol)
  in_server env GNUPGHOME="$W/carol/gnupg" postern-keys init web1 --address $S4 --interface sv \
    --config "$ETC" --key "$OWN" > "$W/init.log" 2>&1 || fail "init --key: $(cat "$W/init.log")"
  [ ! -e "$ETC/state/root/public-keys.d" ] || fail "root is keyboxd's"
fi
say "ok"
