#!/bin/bash
# A gpg that a newcomer's key has taken over: it has no power, reaches nothing
# but its home, and what it gives back is looked at; gpg as root, with the
# server's key, sees only that.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need strace unshare
setup
for name in alice bob carol dave eve; do person $name; done
server
listen 22
start
echo secret > "$W/secret"
chmod 600 "$W/secret"
mkdir -p "$W/up" "$W/work" "$W/etc-up" "$W/etc-work"
cp /usr/bin/gpg "$W/up/gpg.real"
# It tells by writes to /dev/null, which strace sees, what it could do.
cat > "$W/up/gpg" <<EOF
#!/bin/bash
say () { echo "GPG \$1" > /dev/null; }
home=none
for word; do           # gpgme writes one word or two.
  case \$word in --homedir=*) home=\${word#*=} ;; esac
  [ "\$last" != --homedir ] || home=\$word
  last=\$word
done
case \$home in
  none) exec /usr/bin/gpg.real "\$@" ;;        # Asked for its version alone.
  $ETC/state/root) say "root"; exec /usr/bin/gpg.real "\$@" ;;
esac
power=
while read -r name value; do
  case \$name in CapEff:|CapBnd:|NoNewPrivs:) power="\$power \$name\$value" ;; esac
done < /proc/\$\$/status
say "home \$home uid \$UID\$power"
{
  echo x > /etc/taken && say "ABLE wrote to /etc"
  cat "$W/secret" && say "ABLE read a secret"
  cat "$ETC/doors/main.key" && say "ABLE read a door key"
  ls "$W" && say "ABLE looked around"
  echo x >> "$ETC/state/muster/pubring.kbx" && say "ABLE wrote to the roster's home"
  echo x > "$ETC/users.d/taken.conf" && say "ABLE wrote to the roster"
  echo x > /dev/tcp/$S4/22 && say "ABLE connected out"
  echo x > /dev/tcp/127.0.0.1/22 && say "ABLE connected"
  kill -TERM $POSTERND && say "ABLE killed"
  kill -TERM \$(cat /usr/bin/victim) && say "ABLE killed one of the same user"
} > /dev/null 2>&1
case "\$home \$* " in
  /tmp/postern-look-*" --export "*)
    if [ -e /usr/bin/lie ]; then
      /usr/bin/gpg.real "\$@"
      cat /usr/bin/lie
      exit
    fi ;;
esac
exec /usr/bin/gpg.real "\$@"
EOF
chmod 755 "$W/up/gpg" "$W/up/gpg.real"
# One that runs as that user: verify itself is such.
setpriv --reuid _posternmuster --clear-groups sleep 1000 &
victim=$!
own $victim
echo $victim > "$W/up/victim"

# with_it COMMAND...: with that gpg in the place of gpg.
with_it () {
  in_server unshare -m sh -c '
    mount -t overlay overlay /usr/bin -o "lowerdir=/usr/bin,upperdir=$1/up,workdir=$1/work" || exit 1
    mount -t overlay overlay /etc -o "lowerdir=/etc,upperdir=$1/etc-up,workdir=$1/etc-work" || exit 1
    shift
    exec "$@"' sh "$W" strace -f -qq -s 400 -e trace=write -e signal=none -o "$W/trace" "$@"
}
keys () { with_it "$POSTERN_BIN/postern-keys" "$1" --config "$ETC" "${@:2}" > "$W/out" 2> "$W/err"; }
reports () { grep -o '"GPG [^"]*' "$W/trace" || :; }
home_sum () { sha256sum < "$ETC/state/muster/pubring.kbx"; }
powerless () {
  reports > "$W/reports"
  grep '^"GPG home' "$W/reports" > "$W/homes" || fail "$1: gpg was not run"
  if grep -v "uid $(id -u _posternmuster) .*CapEff:0* CapBnd:0* NoNewPrivs:1" "$W/homes" \
    || grep ABLE "$W/reports"; then fail "$1: a gpg that was taken over could do that"; fi
  [ ! -e "$W/etc-up/taken" ] && kill -0 $POSTERND && kill -0 $victim || fail "$1: it had power"
  for home in $(sed -n 's,.*home \(/tmp/postern-look-[^ ]*\) .*,\1,p' "$W/homes"); do
    [ ! -e "$home" ] || fail "$1: $home is left"
  done
}

# Unconfined it is able to all of it.
cp "$ETC/state/muster/pubring.kbx" "$W/kbx"
sed -i 's/kill -TERM/kill -0/' "$W/up/gpg"
with_it gpg --homedir / --version > "$W/out" 2>&1 || fail "$(cat "$W/out")"
[ "$(reports | grep -c ABLE)" = 10 ] || fail "not able: $(reports)"
sed -i 's/kill -0/kill -TERM/' "$W/up/gpg"
cat "$W/kbx" > "$ETC/state/muster/pubring.kbx"
rm "$ETC/users.d/taken.conf" "$W/etc-up/taken"

enrol () { keys enroll "$1" --key "$W/$1.pgp" --fpr "$(fpr_of "$1")" --group ops; }
enrol alice || fail "alice: $(cat "$W/err")"
cp "$W/out" "$W/alice.invite"
powerless "enroll"
grep -q '^"GPG root' "$W/reports" || fail "no invite was made"
as alice postern join "$W/alice.invite" --fpr "$SFPR" >>"$W/join.log" 2>&1 || fail "alice cannot join"
patient alice
as alice postern open web1 tcp/22 > "$W/out" 2>&1 || fail "alice: $(cat "$W/out")"
is_open $S4 22
ctl close --user alice >/dev/null
say "a key comes in by a gpg without power"

# By each of the other ways.
keys enroll --update alice --key "$W/alice.pgp" || fail "update: $(cat "$W/err")"
powerless "update"
keys replace alice --key "$W/bob.pgp" --fpr "$(fpr_of bob)" || fail "replace: $(cat "$W/err")"
powerless "replace"
mkdir "$W/batch"
for name in carol dave; do
  cp "$W/$name.pgp" "$W/batch"
  echo "$name,$(fpr_of $name),ops"
done > "$W/list"
keys enroll --batch "$W/batch" --fprs "$W/list" --invites "$W/invites" || fail "batch: $(cat "$W/err")"
powerless "batch"
keys list || fail "list: $(cat "$W/err")"
powerless "list"
keys invite carol || fail "invite: $(cat "$W/err")"
powerless "invite"
keys revoke carol || fail "revoke: $(cat "$W/err")"
powerless "revoke"
gpg --homedir "$ETC/state/muster" --batch --with-colons -k 2>/dev/null | grep -q "$(fpr_of carol)" && fail "carol's key is there"
say "and by update, replace, batch, list, invite, revoke"

# A home that a killed command left goes an hour later; that of another not.
old=/tmp/postern-look-1-$$ young=/tmp/postern-look-2-$$ other=/tmp/postern-look-3-$$
at_end () { rm -rf "$old" "$young" "$other"; }
mkdir "$old" "$young" "$other"
touch "$old/pubring.kbx"
chown -R _posternmuster "$old"
chown nobody "$other"
touch -d '2 hours ago' "$old" "$other"
keys list || fail "list: $(cat "$W/err")"
[ ! -e "$old" ] && [ -e "$young" ] && [ -e "$other" ] || fail "not that one: $(ls -d /tmp/postern-look-*)"

# What it gives back: a packet that no key has, and such as have their place
# or their form, but not these.
home_sum > "$W/before"
refused () {
  enrol eve && fail "$1: eve is in"
  grep -q 'packets of a kind that is not accepted' "$W/err" || fail "$1: $(cat "$W/err")"
  reports | grep -q 'GPG root' && fail "$1: the gpg with the server's key saw it"
  home_sum | cmp -s - "$W/before" || fail "$1: the roster's home is another"
}
printf '\312\003PGP' > "$W/up/lie"
refused "a marker"
printf '\315\001x' > "$W/up/lie"
refused "a user ID behind the subkeys"
printf '\316\001\005' > "$W/up/lie"
refused "a subkey of another version"
rm "$W/up/lie"
enrol eve || fail "eve: $(cat "$W/err")"
powerless "eve"
say "ok"
