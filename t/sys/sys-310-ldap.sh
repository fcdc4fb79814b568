#!/bin/bash
# A directory's passwords: by name and by search, over TLS in its two ways;
# names that would be more than a name; certificates that are not good.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/credential.sh"
. "$(dirname "$0")/ldap.sh"
need
need_ldap
setup
at_end () { ldap_end; }
person alice
person bob
server
directory
LOGINS="'alice', 'bob', 'none', 'gone', 'a,dc=x', '*)(uid=*', 'alice)(uid=*', 'alice,ou=people,dc=example,dc=org', 'twice', '#alice'"
sed -i "s|^  ports .*|  ports = {'tcp/22'}\n  require = 'ldap:corp'|" "$ETC/access.conf"
NAME="bind-dn = 'uid={user},ou=people,dc=example,dc=org'"
CA="ca-file = '$LDAP/ca.pem'"
section "uri = 'ldaps://ldap.example.org' $NAME $CA"
listen 22
enroll alice
enroll bob
sed -i "s~^  groups .*~&\n  logins = {$LOGINS}~" "$ETC/users.d/alice.conf"
slapd_start good
start

say "by name, over ldaps"
as alice postern hosts --json | grep -q '"credential": *"ldap"' || fail "the profile does not know"
opens alice 'correct horse'
audited '"detail": ?"credential ldap:corp of alice"'
denied 'wrong password' alice 'wrong horse'
cp "$W/out" "$W/wrong"
denied 'wrong password' alice 'correct horse' --user gone
cmp -s "$W/out" "$W/wrong" || fail "the replies differ"
denied 'wrong password' alice 'correct horse' --user bob
opens alice bobs --user bob
denied 'wrong password' alice 'x' --user none

say "odd passwords"
set_password () {
  printf 'dn: uid=alice,ou=people,dc=example,dc=org\nchangetype: modify\nreplace: userPassword\nuserPassword:: %s\n' \
    "$(printf %s "$1" | base64 -w 0)" > "$W/change"
  slapd_stop
  slapmodify -f "$LDAP/slapd.conf" -l "$W/change" >>"$W/slapd.log" 2>&1 || fail "slapmodify"
  slapd_start good
}
for pw in "$(printf 'x%.0s' $(seq 600))" "$(printf 'p\303\244ss\342\202\254 \360\237\246\267 ')" ' '; do
  set_password "$pw"
  opens alice "$pw"
  denied 'wrong password' alice "${pw}y"
  opens alice "$pw"
done
set_password 'correct horse'

say "names that would be more than a name"
opens alice odd --user 'a,dc=x'
opens alice star --user '*)(uid=*'
for name in 'alice)(uid=*' 'alice,ou=people,dc=example,dc=org' '#alice'; do
  denied 'wrong password' alice 'correct horse' --user "$name"
done
ctl unlock alice >/dev/null

say "no password is no password, though this directory would take it"
server_key
in_server ldapwhoami -x -H ldap://127.0.0.1 -D uid=alice,ou=people,dc=example,dc=org -w '' \
  > "$W/out" 2>&1 || fail "the directory refuses an empty password: $(cat "$W/out")"
forge alice 'password: \n'
send "$W/dgram"
audited '"reason": ?"the attachment is not a credential"'
is_shut $S4 22

say "StartTLS, loopback, ldapi"
section "uri = 'ldap://ldap.example.org' starttls = true $NAME $CA"
opens alice 'correct horse'
denied 'wrong password' alice 'wrong horse'
section "uri = 'ldap://127.0.0.1' $NAME"
opens alice 'correct horse'
denied 'wrong password' alice 'wrong horse'
section "uri = 'ldapi://$(printf %s "$LDAP/socket" | sed 's|/|%2F|g')' $NAME"
opens alice 'correct horse'
denied 'wrong password' alice 'wrong horse'
ctl unlock alice >/dev/null

say "search, as a service"
echo 'service secret' > "$ETC/service"
chmod 600 "$ETC/service"
FIND="base = 'dc=example,dc=org' filter = '(|(uid={user})(mail={user}@example.org))'"
SERVICE="service-dn = 'cn=postern,dc=example,dc=org' password-file = '$ETC/service'"
TLS="uri = 'ldaps://ldap.example.org' $CA"
section "$TLS $FIND $SERVICE"
opens alice 'correct horse'
denied 'wrong password' alice 'wrong horse'
denied 'there is no such account' alice 'correct horse' --user gone
opens alice odd --user 'a,dc=x'
opens alice star --user '*)(uid=*'
denied 'there is no such account' alice 'correct horse' --user 'alice)(uid=*'
# One that finds two is nobody's.
denied 'vouch could not check the credential' alice bobs --user twice
grep -q 'more than one entry' "$W/posternd.log" || fail "its line"
echo 'wrong secret' > "$ETC/service"
denied 'vouch could not check the credential' alice 'correct horse'
grep -q 'service-dn: Invalid credentials' "$W/posternd.log" || fail "its line"
echo 'service secret' > "$ETC/service"
opens alice 'correct horse'
section "$TLS $FIND"
opens alice 'correct horse'

say "a group"
ctl unlock alice >/dev/null 2>&1 || :
section "$TLS $NAME member-of = 'cn=ops,ou=groups,dc=example,dc=org'"
opens alice 'correct horse'
opens alice odd --user 'a,dc=x'
denied 'not a member of the LDAP group' alice bobs --user bob
cmp -s "$W/out" "$W/wrong" || fail "the replies differ"
denied 'not a member of the LDAP group' bob bobs
section "$TLS $FIND $SERVICE member-of = 'cn=unique,ou=groups,dc=example,dc=org'"
opens bob bobs
denied 'not a member of the LDAP group' alice 'correct horse'
section "$TLS $NAME member-of = 'cn=none,ou=groups,dc=example,dc=org'"
denied 'not a member of the LDAP group' alice 'correct horse'
ctl unlock alice >/dev/null
ctl unlock bob >/dev/null 2>&1 || :

say "certificates that are not good: not a byte of the password is sent"
authority evil
certificate expired DNS:ldap.example.org past
certificate elsewhere DNS:elsewhere.example.org
certificate foreign DNS:ldap.example.org now evil
chmod 644 "$LDAP"/*.pem
section "$TLS $NAME"
for cert in expired elsewhere foreign; do
  slapd_stop
  slapd_start $cert
  denied 'no LDAP server could be asked' alice 'correct horse'
  told 'the credential could not be checked'
  say "$cert: $(sed -n 's/.*: TLS: //p' "$W/posternd.log" | tail -1)"
  section "uri = 'ldap://ldap.example.org' starttls = true $NAME $CA"
  denied 'no LDAP server could be asked' alice 'correct horse'
  section "$TLS $NAME"
done
slapd_stop
slapd_start good
opens alice 'correct horse'
# The name in the URI is what counts, not the address that it leads to.
section "uri = 'ldaps://other.example.org' $NAME $CA"
denied 'no LDAP server could be asked' alice 'correct horse'
section "uri = {'ldaps://other.example.org', 'ldaps://ldap.example.org'} $NAME $CA"
opens alice 'correct horse'
# An authority that is not ours; ldap.conf and the environment say nothing.
section "uri = 'ldaps://ldap.example.org' $NAME ca-file = '$LDAP/evil.pem'"
denied 'no LDAP server could be asked' alice 'correct horse'
mkdir -p "/etc/netns/$SERVER/ldap"
stop
# The last of them we do not set ourselves, and no connection can be with it.
printf 'TLS_REQCERT never\nTLS_CACERT %s\nSOCKET_BIND_ADDRESSES 192.0.2.9\n' "$LDAP/ca.pem" \
  > "/etc/netns/$SERVER/ldap/ldap.conf"
export LDAPTLS_REQCERT=never LDAPTLS_CACERT="$LDAP/ca.pem"
start
denied 'no LDAP server could be asked' alice 'correct horse'
section "$TLS $NAME"
opens alice 'correct horse'

say "the name by DNS"
name_server
in_server getent -s files hosts ldap.example.org && fail "it is in the hosts file"
opens alice 'correct horse'
denied 'wrong password' alice 'wrong horse'
section "uri = 'ldaps://nowhere.example.org' $NAME $CA"
denied 'no LDAP server could be asked' alice 'correct horse'
section "uri = {'ldaps://nowhere.example.org', 'ldaps://ldap.example.org'} $NAME $CA"
opens alice 'correct horse'
! grep -q 'correct horse\|bobs\|service secret' "$W/posternd.log" || fail "a password in the log"
say "ok"
