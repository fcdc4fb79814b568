#!/bin/bash
# From "gpg --quick-generate-key" to a login: the commands of README.md's
# first hour, as they stand there, typed by two people on terminals.  The
# files are where they are by default, in mounts of the test's own.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
need python3 sshd ssh ssh-keygen
setup
HERE=$W/here                    # Where both people have their files.
RUN=/dev/shm/run-${W##*/}       # A tmpfs, as /run is.
mkdir "$HERE" "$W/alice" "$W/varlib" "$RUN"
chmod 700 "$W/alice"
cp -a /etc "$W/etc.server"
cp -a /etc "$W/etc.client"
rm -rf "$W/etc.server/postern"
for etc in server client; do
  printf '127.0.0.1 localhost\n%s web1 web1.example.org\n' $S4 > "$W/etc.$etc/hosts"
done

# server and alice COMMAND...: run it on that machine.  As for what stays,
# become_server is the process itself, and can be ended.
become_server () {
  exec ip netns exec "$SERVER" sh -c 'mount --bind "$1/etc.server" /etc &&
    mount --bind "$1/varlib" /var/lib && mount --bind "$3" /run &&
    cd "$2" && shift 3 && exec "$@"' sh "$W" "$HERE" "$RUN" "$@"
}
server () { (become_server "$@"); }
alice () {
  ip netns exec "$CLIENT" sh -c 'mount --bind "$1/etc.client" /etc &&
    mount --bind "$1/alice" /root && cd "$2" && shift 2 &&
    exec env HOME=/root TERM=xterm "$@"' sh "$W" "$HERE" \
    FAKE_PINENTRY="$W/pinentry" "$@"
}
at_end () {
  alice gpgconf --kill all 2>/dev/null
  server env GNUPGHOME=/var/lib/postern/root gpgconf --kill all 2>/dev/null
  rm -rf "$RUN"
}

# What each has before: alice a pinentry (which gives her passphrase) and an
# ssh key that the server knows; the server its sshd.
mkdir -m 700 "$W/alice/.gnupg" "$W/alice/.ssh"
mkdir "$W/pinentry" "$RUN/sshd"
printf 'pin correct horse' > "$W/pinentry/answer"
echo "pinentry-program $srcdir/t/sys/fake-pinentry.py" > "$W/alice/.gnupg/gpg-agent.conf"
sshd_files $S4:22
ssh-keygen -q -t ed25519 -N '' -f "$W/alice/.ssh/id_ed25519"
cp "$W/alice/.ssh/id_ed25519.pub" "$W/authorized"
sed 's/^/web1 /; s/ [^ ]*$//' "$W/host.pub" > "$W/alice/.ssh/known_hosts"
ip netns exec "$SERVER" sh -c 'mount --bind "$2" /run && exec "$(command -v sshd)" -D -e -f "$1/sshd_config"' \
  sh "$W" "$RUN" 2>"$W/sshd.log" &
own $!
until_ok connects $S4 22 || fail "no sshd"

# The commands in their order, "#" or "alice" before each.
sed -n '/^## The first hour/,/^## Every day/p' "$srcdir/README.md" \
  | sed -n 's/^    # *\([a-z].*\)/server \1/p; s/^    alice\$ *\(.*\)/alice \1/p' \
  | sed 's/  *# .*//' > "$W/commands"
sed -n '/^    Host web1/,/^$/p' "$srcdir/README.md" | sed 's/^    //' > "$W/ssh_config"
grep -q ProxyCommand "$W/ssh_config" || fail "no ssh_config in README.md"
[ "$(wc -l < "$W/commands")" -ge 9 ] || fail "few commands: $(cat "$W/commands")"

# Both compare what the other one reads out before they say yes.
compared () {
  grep -q 'y/N' "$W/screen" || fail "'$1' does not ask"
  tr -d ' \r\n' < "$W/screen" | grep -q "$2" || fail "'$1' does not show $2"
}
echo y > "$W/yes"
echo "echo lo''gged in; exit" > "$W/login"
typed () {
  "$1" python3 "$srcdir/t/sys/on-terminal.py" "$2" "$W/$3" bash -c "$4" > "$W/screen" \
    || fail "'$4': $?: $(cat "$W/screen")"
}
alice_fpr () {
  alice gpg --batch --with-colons --fingerprint alice@example.org \
    | awk -F: '$1 == "fpr" { print $10; exit }'
}

# Each command must be one that is known here, so that no line of the README
# goes untried.
while read -r who command <&7; do
  say "$who: $command"
  case "$who $command" in
    "server postern-keys init web1 --address web1.example.org")
      server bash -c "$command" > "$W/init.out" 2>"$W/init.log" || fail "$command" ;;
    "alice gpg --quick-generate-key "*)
      typed alice 'Continue' yes "$command" ;;
    "alice gpg --export "*|"server posternd --check")
      $who bash -c "$command" > "$W/out" 2>&1 || fail "$command: $(cat "$W/out")" ;;
    "server postern-keys enroll "*)
      typed server 'y/N' yes "$command"
      compared "$command" "$(alice_fpr)" ;;
    "alice postern join "*)
      fpr=$(tr -d ' ' < "$W/init.out" | grep -o '[0-9A-F]\{40\}' | head -1)
      [ -n "$fpr" ] || fail "init prints no fingerprint: $(cat "$W/init.out")"
      typed alice 'y/N' yes "$command"
      compared "$command" "$fpr" ;;
    "server posternd --trial "*)
      become_server bash -c "exec $command" 2>>"$W/posternd.log" &
      own $!
      until_ok grep -q 'posternd: ready' "$W/posternd.log" || fail "$command"
      is_shut $S4 22 ;;
    "alice postern open web1 && ssh web1")
      typed alice '# ' login "$command"
      grep -q 'logged in' "$W/screen" || fail "no login: $(cat "$W/screen")" ;;
    "server posternctl keep")
      server bash -c "$command" > "$W/out" 2>&1 || fail "keep: $(cat "$W/out")"
      server posternctl close --all > /dev/null
      is_shut $S4 22 ;;
    *) fail "README.md has a command that is not tried here: $who $command" ;;
  esac
done 7< "$W/commands"

# ssh without thinking of it.
cp "$W/ssh_config" "$W/alice/.ssh/config"
chmod 600 "$W/alice/.ssh/config"
typed alice '# ' login 'ssh web1'
grep -q 'logged in' "$W/screen" || fail "no login by ProxyCommand: $(cat "$W/screen")"
is_shut $S4 22
say "ok"
