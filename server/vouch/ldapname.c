/* ldapname.c - A person's name in the names and filters of a directory.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A person's name is put into the parsed form of a distinguished name, never
 * into its text: there it is a value and cannot become anything else.  */

#include "ldapname.h"

#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* The LEN bytes at TEXT with each LDAPNAME_USER replaced by WITH, and a NUL;
   to be freed with ldap_memfree.  NULL: out of memory.  */
static char *
replace_user (const char *text, size_t len, const char *with, size_t *r_len)
{
  size_t n = strlen (LDAPNAME_USER), withlen = strlen (with);
  size_t most = len + (len / n) * withlen;
  char *out = ldap_memalloc (most + 1), *to = out;
  const char *end = text + len;

  while (out && text < end)
    if ((size_t)(end - text) >= n && !memcmp (text, LDAPNAME_USER, n))
      {
        memcpy (to, with, withlen);
        to += withlen;
        text += n;
      }
    else
      *to++ = *text++;
  if (!out)
    return NULL;
  *to = 0;
  *r_len = (size_t)(to - out);
  return out;
}


/* Put USER into the values of RDN.  */
static gpg_error_t
fill_rdn (LDAPRDN rdn, const char *user, bool *r_any)
{
  struct berval *value;
  char *filled;
  size_t len;
  int i;

  for (i = 0; rdn[i]; i++)
    {
      value = &rdn[i]->la_value;
      if (!memmem (value->bv_val, value->bv_len, LDAPNAME_USER,
                   strlen (LDAPNAME_USER)))
        continue;
      filled = replace_user (value->bv_val, value->bv_len, user, &len);
      if (!filled)
        return gpg_error (GPG_ERR_ENOMEM);
      ldap_memfree (value->bv_val);
      value->bv_val = filled;
      value->bv_len = len;
      *r_any = true;
    }
  return 0;
}


/* Copy TEXT, which libldap allocated, and free it.  */
static gpg_error_t
take_over (char *text, char **r_text)
{
  *r_text = text ? strdup (text) : NULL;
  ldap_memfree (text);
  return *r_text ? 0 : gpg_error (GPG_ERR_ENOMEM);
}


gpg_error_t
ldapname_dn (const char *template, const char *user, char **r_dn)
{
  gpg_error_t err = 0;
  LDAPDN dn = NULL;
  char *text = NULL;
  bool any = false;
  int i;

  *r_dn = NULL;
  if (ldap_str2dn (template, &dn, LDAP_DN_FORMAT_LDAPV3) || !dn)
    return gpg_error (GPG_ERR_INV_NAME);
  for (i = 0; !err && dn[i]; i++)
    err = fill_rdn (dn[i], user, &any);
  if (!err && !any)
    err = gpg_error (GPG_ERR_INV_NAME);
  if (!err && ldap_dn2str (dn, &text, LDAP_DN_FORMAT_LDAPV3))
    err = gpg_error (GPG_ERR_INV_NAME);
  ldap_dnfree (dn);
  return err ? err : take_over (text, r_dn);
}


static gpg_error_t
escape_value (const char *value, char **r_text)
{
  struct berval in = { strlen (value), (char *)(uintptr_t)value };
  struct berval out = { 0, NULL };

  if (ldap_bv2escaped_filter_value (&in, &out))
    return gpg_error (GPG_ERR_ENOMEM);
  if (out.bv_val == in.bv_val)  /* Nothing needed escaping.  */
    {
      *r_text = strdup (value);
      return *r_text ? 0 : gpg_error (GPG_ERR_ENOMEM);
    }
  return take_over (out.bv_val, r_text);
}


gpg_error_t
ldapname_filter (const char *template, const char *user, char **r_filter)
{
  char *escaped = NULL;
  gpg_error_t err;
  size_t len;

  *r_filter = NULL;
  err = escape_value (user, &escaped);
  if (!err)
    err = take_over (replace_user (template, strlen (template), escaped, &len),
                     r_filter);
  free (escaped);
  return err;
}


gpg_error_t
ldapname_group (const char *dn, const char *user, char **r_filter)
{
  char *escaped_dn = NULL, *escaped_user = NULL;
  gpg_error_t err;

  *r_filter = NULL;
  err = escape_value (dn, &escaped_dn);
  if (!err)
    err = escape_value (user, &escaped_user);
  if (!err && asprintf (r_filter, "(|(member=%s)(uniqueMember=%s)"
                        "(memberUid=%s))", escaped_dn, escaped_dn,
                        escaped_user) < 0)
    {
      *r_filter = NULL;
      err = gpg_error (GPG_ERR_ENOMEM);
    }
  free (escaped_dn);
  free (escaped_user);
  return err;
}
