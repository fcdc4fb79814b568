/* ldapname.h - A person's name in the names and filters of a directory.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libldap does the escaping, so that any name stays one value: in a
 * distinguished name by RFC 4514, in a filter by RFC 4515.  USER is any
 * string that is not empty.  Results are to be freed; besides what is said
 * below, errors are GPG_ERR_ENOMEM.  */

#ifndef POSTERN_LDAPNAME_H
#define POSTERN_LDAPNAME_H

#include <gpg-error.h>

#define LDAPNAME_USER "{user}"  /* Stands for the person's name.  */

/* TEMPLATE is a distinguished name with LDAPNAME_USER in one of its values.
   GPG_ERR_INV_NAME if it is not.  */
gpg_error_t ldapname_dn (const char *template, const char *user,
                         char **r_dn);

/* TEMPLATE is a filter with LDAPNAME_USER as a value.  Whether it is a valid
   filter, only the server tells.  */
gpg_error_t ldapname_filter (const char *template, const char *user,
                             char **r_filter);

/* A filter that matches the entry of a group that has the person USER with
   the entry DN as a member: by member, uniqueMember (both RFC 4519) or
   memberUid (RFC 2307).  */
gpg_error_t ldapname_group (const char *dn, const char *user,
                            char **r_filter);

#endif /*POSTERN_LDAPNAME_H*/
