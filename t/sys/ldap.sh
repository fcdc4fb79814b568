# ldap.sh - A real directory for the system tests; source it behind
# credential.sh.
# SPDX-License-Identifier: GPL-2.0-or-later
#
# slapd listens on the server's own addresses; ldap.example.org is one of
# them, by a hosts file of the server's namespace alone, or by name_server.

LDAP=
need_ldap () {
  local tool
  for tool in slapd slapadd ldapwhoami openssl python3 faketime; do
    command -v $tool >/dev/null || skip "$tool is not installed"
  done
  [ -d /usr/lib/ldap ] || skip "slapd has no modules in /usr/lib/ldap"
}

# certificate NAME SAN [now|past [CA]]: in $LDAP/NAME.{key,pem}, good for two
# days; with "past" it was so a week ago.  (Not "-days -1": OpenSSL refuses
# that from 3.4 on, and knows no dates before it.)
certificate () {
  local name=$1 ca=${4:-ca} when=
  [ "${3:-}" != past ] || when="faketime -f -7d"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$LDAP/$name.key" -out "$LDAP/$name.csr" -subj "/O=test/CN=$name" \
    2>>"$W/openssl.log" || fail "a request for $name"
  printf 'subjectAltName=%s\n' "$2" > "$LDAP/$name.ext"
  $when openssl x509 -req -in "$LDAP/$name.csr" -CA "$LDAP/$ca.pem" -CAkey "$LDAP/$ca.key" \
    -CAcreateserial -days 2 -extfile "$LDAP/$name.ext" \
    -out "$LDAP/$name.pem" 2>>"$W/openssl.log" || fail "a certificate for $name"
}
authority () {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -keyout "$LDAP/$1.key" -out "$LDAP/$1.pem" -subj "/O=test/CN=$1" \
    2>>"$W/openssl.log" || fail "the authority $1"
}

# directory: an authority, a certificate, the entries.
directory () {
  LDAP=$W/ldap
  mkdir -p "$LDAP/db" "/etc/netns/$SERVER"
  chmod 755 "$LDAP"
  authority ca
  certificate good DNS:ldap.example.org
  chmod 644 "$LDAP"/*.pem
  printf '127.0.0.1 localhost\n%s ldap.example.org other.example.org\n' $S4 \
    > "/etc/netns/$SERVER/hosts"
  echo 'nameserver 127.0.0.1' > "/etc/netns/$SERVER/resolv.conf"
  cat > "$LDAP/entries" <<'END'
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=org
objectClass: organizationalUnit
ou: groups

dn: uid=alice,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: A
mail: alice@example.org
userPassword: correct horse

dn: uid=bob,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob
cn: Bob
sn: B
mail: twice@example.org
userPassword: bobs

dn: uid=bob2,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob2
cn: Bob
sn: B
mail: twice@example.org
userPassword: bobs

dn: uid=a\2Cdc\3Dx,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: a,dc=x
cn: Odd
sn: O
userPassword: odd

dn: uid=*)(uid\3D*,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: *)(uid=*
cn: Star
sn: S
userPassword: star

dn: uid=none,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: none
cn: None
sn: N

dn: cn=postern,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: postern
userPassword: service secret

dn: cn=ops,ou=groups,dc=example,dc=org
objectClass: groupOfNames
cn: ops
member: uid=alice,ou=people,dc=example,dc=org
member: uid=a\2Cdc\3Dx,ou=people,dc=example,dc=org

dn: cn=unique,ou=groups,dc=example,dc=org
objectClass: groupOfUniqueNames
cn: unique
uniqueMember: uid=bob,ou=people,dc=example,dc=org
END
}

# slapd_start CERTIFICATE: on all addresses of the server, plain and TLS; with
# the lines in SLAPD_MODULES and SLAPD_OVERLAYS.
SLAPD=
slapd_start () {
  local cert=$1
  cat > "$LDAP/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $LDAP/pid
modulepath /usr/lib/ldap
moduleload back_mdb
${SLAPD_MODULES:-}
TLSCACertificateFile $LDAP/ca.pem
TLSCertificateFile $LDAP/$cert.pem
TLSCertificateKeyFile $LDAP/$cert.key
# As many directories do: a name without a password is nobody, and welcome.
allow bind_anon_dn bind_anon_cred
database mdb
suffix "dc=example,dc=org"
directory $LDAP/db
maxsize 10485760
access to attrs=userPassword by anonymous auth by * none
access to * by * read
${SLAPD_OVERLAYS:-}
END
  [ -e "$LDAP/db/data.mdb" ] \
    || slapadd -f "$LDAP/slapd.conf" -l "$LDAP/entries" >>"$W/slapd.log" 2>&1 \
    || fail "slapadd"
  ip netns exec "$SERVER" slapd -f "$LDAP/slapd.conf" -d 0 \
    -h "ldap:/// ldaps:/// ldapi://$(printf %s "$LDAP/socket" | sed 's|/|%2F|g')" \
    >>"$W/slapd.log" 2>&1 &
  SLAPD=$!
  own $SLAPD
  until_ok in_server nc -z 127.0.0.1 636 || fail "slapd does not start"
}
slapd_stop () {
  end_pid "$SLAPD"
  wait "$SLAPD" 2>/dev/null || :
}

# name_server: from now on ldap.example.org is known by DNS alone.
name_server () {
  ip netns exec "$SERVER" python3 "$srcdir/t/sys/keyserver.py" --names $S4 \
    ldap.example.org >>"$W/names.log" 2>&1 &
  own $!
  until_ok in_server sh -c 'ss -Hlun | grep -q :53' || fail "no name server"
  printf '127.0.0.1 localhost\n' > "/etc/netns/$SERVER/hosts"
}

# section CONTENT: the section "ldap corp" is that, from now on.
section () {
  sed -i '/^ldap corp {/,/^}/d' "$ETC/posternd.conf"
  printf 'ldap corp {\n%s\n}\n' "$1" >> "$ETC/posternd.conf"
  [ -z "${POSTERND:-}" ] || ctl reload > "$W/out" 2>&1 || fail "reload: $(cat "$W/out")"
}

# fake MODE PORT [SECONDS]: see fake-ldap.py.
fake () {
  ip netns exec "$SERVER" python3 "$srcdir/t/sys/fake-ldap.py" "$@" >>"$W/fake.log" 2>&1 &
  FAKE=$!
  own $FAKE
  until_ok in_server nc -z 127.0.0.1 "$2" || fail "fake-ldap $1"
}
ldap_end () { rm -rf "/etc/netns/$SERVER"; }
