#!/bin/bash
# A directory with a password policy: a password that must be changed first,
# that has expired, an account that is locked; each told as that.
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/credential.sh"
. "$(dirname "$0")/ldap.sh"
need
need_ldap
[ -e /usr/lib/ldap/ppolicy.so ] || skip "slapd has no password policy"
setup
at_end () { ldap_end; }
person alice
server
directory
cat >> "$LDAP/entries" <<'END'

dn: cn=policy,dc=example,dc=org
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdMustChange: TRUE
pwdMaxAge: 86400
pwdLockout: TRUE
END
SLAPD_MODULES="moduleload ppolicy"
SLAPD_OVERLAYS="overlay ppolicy
ppolicy_default cn=policy,dc=example,dc=org
ppolicy_use_lockout"
sed -i "s|^  ports .*|  ports = {'tcp/22'}\n  require = 'ldap:corp'|" "$ETC/access.conf"
NAME="bind-dn = 'uid={user},ou=people,dc=example,dc=org'"
section "uri = 'ldaps://ldap.example.org' $NAME ca-file = '$LDAP/ca.pem'"
listen 22
enroll alice
slapd_start good
start
# entry LINES: alice's entry has them, and nothing else of the policy's.
entry () {
  printf 'dn: uid=alice,ou=people,dc=example,dc=org\nchangetype: modify\n%s\n' "$1" > "$W/change"
  slapd_stop
  slapmodify -f "$LDAP/slapd.conf" -l "$W/change" >>"$W/slapd.log" 2>&1 || fail "slapmodify: $(tail -n 5 "$W/slapd.log")"
  slapd_start good
}
opens alice 'correct horse'

entry "$(printf 'replace: pwdReset\npwdReset: TRUE')"
denied 'the directory requires the password to be changed' alice 'correct horse'
grep -q 'change your password first: the directory requires it' "$W/out" || fail "not told: $(cat "$W/out")"
denied 'wrong password' alice 'wrong horse'
section "uri = 'ldaps://ldap.example.org' $NAME ca-file = '$LDAP/ca.pem' member-of = 'cn=ops,ou=groups,dc=example,dc=org'"
denied 'the directory requires the password to be changed' alice 'correct horse'
entry "$(printf 'delete: pwdReset')"
opens alice 'correct horse'

entry "$(printf 'replace: pwdChangedTime\npwdChangedTime: 20200101000000Z')"
denied 'the password has expired' alice 'correct horse'
entry "$(printf 'replace: pwdChangedTime\npwdChangedTime: %s' "$(date -u +%Y%m%d%H%M%SZ)")"
opens alice 'correct horse'

entry "$(printf 'replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z')"
denied 'the account is locked' alice 'correct horse'
entry "$(printf 'delete: pwdAccountLockedTime')"
opens alice 'correct horse'
say "ok"
