/* sharing.c - To whose key a fingerprint belongs.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A tree by fingerprint, where each node is a list of the parts that have it:
 * rosters may have thousands of people.  */

#include "sharing.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 60000       /* For one run of gpg.  */

struct sharing
{
  void *tree;                   /* By tsearch(3), of lists of parts.  */
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
compare_part_fprs (const void *a, const void *b)
{
  return strcmp (((const struct sharing_part *)a)->fpr,
                 ((const struct sharing_part *)b)->fpr);
}


/* PART becomes the tree's, or is freed.  */
static gpg_error_t
insert_part (sharing_t sharing, struct sharing_part *part)
{
  struct sharing_part **node = tsearch (part, &sharing->tree,
                                        compare_part_fprs);

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
add_part (sharing_t sharing, const char *user, bool server, const char *primary,
          const char *fpr)
{
  struct sharing_part *part;

  if (!*fpr)
    return 0;                   /* A subkey of an unknown version.  */
  part = calloc (1, sizeof *part);
  if (!part)
    return gpg_error_from_syserror ();
  snprintf (part->fpr, sizeof part->fpr, "%s", fpr);
  snprintf (part->primary, sizeof part->primary, "%s", primary);
  snprintf (part->user, sizeof part->user, "%s", user ? user : "");
  part->server = server;
  return insert_part (sharing, part);
}


static gpg_error_t
add_key_parts (sharing_t sharing, const char *user, bool server, pgp_key_t key)
{
  gpg_error_t err = add_part (sharing, user, server, key->fpr, key->fpr);
  unsigned int i;

  for (i = 0; !err && i < key->n_subkeys; i++)
    err = add_part (sharing, user, server, key->fpr, key->subkey[i].fpr);
  return err;
}


gpg_error_t
sharing_add (sharing_t sharing, const char *user, pgp_key_t key)
{
  return add_key_parts (sharing, user, false, key);
}


gpg_error_t
sharing_add_primary (sharing_t sharing, const char *user, const char *fpr)
{
  return add_part (sharing, user, false, fpr, fpr);
}


/* An error of the home itself leaves at least the primary key; without memory,
   or a gpg that hangs, nothing may be called free of clashes.  */
gpg_error_t
sharing_add_server (sharing_t sharing, const char *root, const char *fpr)
{
  gpg_error_t err;
  pgp_t pgp = NULL;
  pgp_key_t key = NULL;

  err = pgp_new (PGP_SERVER, root, DEADLINE_MS, &pgp);
  if (!err)
    err = pgp_key_find (pgp, fpr, false, &key);
  if (!err)
    err = add_key_parts (sharing, NULL, true, key);
  else if (gpg_err_code (err) != GPG_ERR_TIMEOUT
           && gpg_err_code (err) != GPG_ERR_ENOMEM)
    err = add_part (sharing, NULL, true, fpr, fpr);
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
      node = tfind (&wanted, &sharing->tree, compare_part_fprs);
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


/* The part of another key that clashes with the part FPR of KEY.  A subkey
   that one person has under two of their own keys does not.  */
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
  return gpgrt_bsprintf ("its %s %s is %s of the key %s, which belongs to"
                         " nobody (see 'postern-keys check')", mine, fpr,
                         theirs, other->primary);
}
