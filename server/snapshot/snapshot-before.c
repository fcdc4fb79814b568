/* snapshot-before.c - What the muster before has judged.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Other than a reader of the snapshot, muster believes it: it has written it
 * itself, and nobody could change it since.  */

#include "snapshot-parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "snapshot-format.h"

struct snapshot_before_s
{
  void *map;
  size_t len;
  uint32_t people;
};


/* Read the header, and see that there are as many people as it says.  */
static gpg_error_t
read_before (snapshot_before_t before, struct snapshot_basis *basis)
{
  struct snapshot_rest rest = { before->map, before->len }, parts;
  const unsigned char *head = snapshot_take (&rest, SNAPSHOT_HEADERLEN);
  struct snapshot_part part;
  unsigned int n, i;
  uint32_t people;

  if (!head || memcmp (head, SNAPSHOT_MAGIC, SNAPSHOT_MAGICLEN)
      || snapshot_get (head + 8, 4) != SNAPSHOT_VERSION)
    return gpg_error (GPG_ERR_BAD_DATA);
  for (people = (uint32_t)snapshot_get (head + 20, 4); people; people--)
    {
      if (!snapshot_take_person (&rest, &parts, &n, NULL))
        return gpg_error (GPG_ERR_BAD_DATA);
      for (i = 0; i < n; i++)
        if (!snapshot_take_part (&parts, !i, &part))
          return gpg_error (GPG_ERR_BAD_DATA);
    }
  basis->judged = snapshot_get (head + 24, 8);
  basis->next = snapshot_get (head + 32, 8);
  memcpy (basis->trust, head + 40, SNAPSHOT_DIGESTLEN);
  return rest.left ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


gpg_error_t
snapshot_before_open (int fd, snapshot_before_t *r_before,
                      struct snapshot_basis *r_basis)
{
  snapshot_before_t before = calloc (1, sizeof *before);
  gpg_error_t err;

  *r_before = NULL;
  if (!before)
    return gpg_error_from_syserror ();
  err = snapshot_map (fd, &before->map, &before->len);
  if (!err)
    err = read_before (before, r_basis);
  if (err)
    snapshot_before_close (before);
  else
    *r_before = before;
  return err;
}


void
snapshot_before_close (snapshot_before_t before)
{
  if (before && before->map)
    munmap (before->map, before->len);
  free (before);
}


bool
snapshot_before_next (snapshot_before_t before, size_t *r_at,
                      struct snapshot_part part[SNAPSHOT_MAX_PARTS],
                      size_t *r_n, const unsigned char **r_digest)
{
  struct snapshot_rest rest = { before->map, before->len }, parts;
  unsigned int n, i;

  if (!snapshot_take (&rest, *r_at ? *r_at : SNAPSHOT_HEADERLEN)
      || !snapshot_take_person (&rest, &parts, &n, r_digest))
    return false;
  *r_at = before->len - rest.left;
  *r_n = n;
  for (i = 0; i < n; i++)
    if (!snapshot_take_part (&parts, !i, part + i))
      return false;
  return true;
}
