/* sharing.c - Whose key a fingerprint is part of.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "sharing.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE 60000          /* Milliseconds for one run of gpg.  */

struct sharing
{
  void *tree;                   /* Of the first part of each FPR.  */
};


gpg_error_t
sharing_new (sharing_t *r_sharing)
{
  *r_sharing = calloc (1, sizeof **r_sharing);
  return *r_sharing ? 0 : gpg_error_from_syserror ();
}


static void
release_parts (void *first)
{
  struct sharing_part *part = first, *next;

  for (; part; part = next)
    {
      next = part->next;
      free (part);
    }
}


void
sharing_release (sharing_t sharing)
{
  if (!sharing)
    return;
  tdestroy (sharing->tree, release_parts);
  free (sharing);
}


static int
by_fpr (const void *a, const void *b)
{
  return strcmp (((const struct sharing_part *)a)->fpr,
                 ((const struct sharing_part *)b)->fpr);
}


/* Takes PART over.  */
static gpg_error_t
enter (sharing_t sharing, struct sharing_part *part)
{
  struct sharing_part **node = tsearch (part, &sharing->tree, by_fpr);

  if (!node)
    {
      free (part);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  if (*node != part)
    {
      part->next = (*node)->next;
      (*node)->next = part;
    }
  return 0;
}


static gpg_error_t
add (sharing_t sharing, const char *user, bool server, const char *primary,
     const char *fpr)
{
  struct sharing_part *part;

  if (!*fpr)
    return 0;                   /* Of a version that no key here has.  */
  part = calloc (1, sizeof *part);
  if (!part)
    return gpg_error_from_syserror ();
  snprintf (part->fpr, sizeof part->fpr, "%s", fpr);
  snprintf (part->primary, sizeof part->primary, "%s", primary);
  snprintf (part->user, sizeof part->user, "%s", user ? user : "");
  part->server = server;
  return enter (sharing, part);
}


static gpg_error_t
add_key (sharing_t sharing, const char *user, bool server, pgp_key_t key)
{
  gpg_error_t err = add (sharing, user, server, key->fpr, key->fpr);
  unsigned int i;

  for (i = 0; !err && i < key->n_subkeys; i++)
    err = add (sharing, user, server, key->fpr, key->subkey[i].fpr);
  return err;
}


gpg_error_t
sharing_add (sharing_t sharing, const char *user, pgp_key_t key)
{
  return add_key (sharing, user, false, key);
}


gpg_error_t
sharing_add_primary (sharing_t sharing, const char *user, const char *fpr)
{
  return add (sharing, user, false, fpr, fpr);
}


gpg_error_t
sharing_add_server (sharing_t sharing, const char *root, const char *fpr)
{
  gpg_error_t err;
  pgp_t pgp = NULL;
  pgp_key_t key = NULL;

  err = pgp_new (PGP_SERVER, root, DEADLINE, &pgp);
  if (!err)
    err = pgp_key_find (pgp, fpr, false, &key);
  if (!err)
    err = add_key (sharing, NULL, true, key);
  else if (gpg_err_code (err) != GPG_ERR_TIMEOUT
           && gpg_err_code (err) != GPG_ERR_ENOMEM)
    err = add (sharing, NULL, true, fpr, fpr);
  pgp_key_release (key);
  pgp_release (pgp);
  return err;
}


const struct sharing_part *
sharing_find (sharing_t sharing, const char *fpr, const char *primary,
              const struct sharing_part *after)
{
  struct sharing_part wanted, **node;
  const struct sharing_part *part = NULL;

  if (after)
    part = after->next;
  else
    {
      snprintf (wanted.fpr, sizeof wanted.fpr, "%s", fpr);
      node = tfind (&wanted, &sharing->tree, by_fpr);
      if (node)
        part = *node;
    }
  while (part && !strcmp (part->primary, primary))
    part = part->next;
  return part;
}


static bool
is_primary (const struct sharing_part *part)
{
  return !strcmp (part->fpr, part->primary);
}


/* The part of another key that clashes with the part FPR of KEY.  */
static const struct sharing_part *
find_clash (sharing_t sharing, const char *user, pgp_key_t key,
            const char *fpr)
{
  const struct sharing_part *part = NULL;

  while ((part = sharing_find (sharing, fpr, key->fpr, part)))
    if (!user || strcmp (part->user, user) || is_primary (part)
        || !strcmp (fpr, key->fpr))
      break;
  return part;
}


bool
sharing_clash (sharing_t sharing, const char *user, pgp_key_t key,
               const char **r_fpr, const struct sharing_part **r_other)
{
  unsigned int i;

  *r_fpr = key->fpr;
  *r_other = find_clash (sharing, user, key, key->fpr);
  for (i = 0; !*r_other && i < key->n_subkeys; i++)
    {
      *r_fpr = key->subkey[i].fpr;
      *r_other = find_clash (sharing, user, key, *r_fpr);
    }
  return !!*r_other;
}


char *
sharing_describe (const char *fpr, const char *primary,
                  const struct sharing_part *other)
{
  const char *mine = strcmp (fpr, primary) ? "subkey" : "primary key";
  const char *theirs = is_primary (other) ? "the primary key" : "a subkey";

  if (other->server)
    return gpgrt_bsprintf ("its %s %s is %s of this server", mine, fpr,
                           theirs);
  if (*other->user)
    return gpgrt_bsprintf ("its %s %s is %s of %s", mine, fpr, theirs,
                           other->user);
  return gpgrt_bsprintf ("its %s %s is %s of the key %s, which is nobody's"
                         " (see 'postern-keys check')", mine, fpr, theirs,
                         other->primary);
}
