/* ldapname.h - A person's name in the names and filters of a directory.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libldap does the escaping, so that whatever somebody is called stays one
 * value: of a distinguished name as RFC 4514 asks, of a filter as RFC 4515
 * does.  USER is any string that is not empty; results are to be freed.  */

#ifndef POSTERN_LDAPNAME_H
#define POSTERN_LDAPNAME_H

#include <gpg-error.h>

#define LDAPNAME_USER "{user}"  /* What stands for it.  */

/* TEMPLATE is a distinguished name with LDAPNAME_USER in one of its values.
   GPG_ERR_INV_NAME if it is no such thing.  */
gpg_error_t ldapname_dn (const char *template, const char *user,
                         char **r_dn);

/* TEMPLATE is a filter with LDAPNAME_USER where a value stands; that it is
   a filter the server says.  */
gpg_error_t ldapname_filter (const char *template, const char *user,
                             char **r_filter);

/* The filter for a group's entry that the person USER with the entry DN is
   a member of: by member, uniqueMember (both RFC 4519) or memberUid
   (RFC 2307).  */
gpg_error_t ldapname_group (const char *dn, const char *user,
                            char **r_filter);

#endif /*POSTERN_LDAPNAME_H*/
