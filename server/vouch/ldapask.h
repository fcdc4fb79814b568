/* ldapask.h - Ask a directory whether a password is right.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A simple bind as the person (RFC 4513, section 5.1.3), over TLS if the
 * configuration says so: then nothing is sent unless the certificate is valid
 * for the host of the URI.  No configuration but our own, such as ldap.conf,
 * has any effect.  */

#ifndef POSTERN_LDAPASK_H
#define POSTERN_LDAPASK_H

#include <gpg-error.h>
#include "../ipc/packets.h"

struct ldapask
{
  const struct packet_ldap *ldap;
  const char *account;
  const char *password;         /* Not empty.  */
  const char *service;          /* Password of ldap->service_dn, or NULL. */
  gpg_error_t (*trying) (void); /* Called before PASSWORD is sent.  */
};

/* REFUSAL_NONE if the password is right.  The URIs are tried in order until
   one gives a verdict.  Failures are logged, but nothing that a server says
   once it has the password.  */
enum refusal ldapask (const struct ldapask *ask);

#endif /*POSTERN_LDAPASK_H*/
