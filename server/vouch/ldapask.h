/* ldapask.h - Asking a directory whether a password is right.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A simple bind as the person (RFC 4513, section 5.1.3), behind TLS
 * wherever the configuration has it: the certificate must be good for the
 * host of the URI, or not a byte of ours is sent.  Nothing outside our own
 * configuration, such as ldap.conf, plays a part.  */

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

/* REFUSAL_NONE if it is right.  The URIs are tried in order until one gives
   a verdict; what goes wrong is logged, with nothing of what a server says
   once it has the password.  */
enum refusal ldapask (const struct ldapask *ask);

#endif /*POSTERN_LDAPASK_H*/
