/* snapshot-walk.c - The bytes of a snapshot, step by step.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "snapshot-parts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "snapshot-format.h"


const unsigned char *
snapshot_take (struct snapshot_rest *rest, size_t len)
{
  const unsigned char *p = rest->p;

  if (len > rest->left)
    return NULL;
  rest->p += len;
  rest->left -= len;
  return p;
}


bool
snapshot_take_part (struct snapshot_rest *rest, bool primary,
                    struct snapshot_part *r_part)
{
  const unsigned char *head = snapshot_take (rest, SNAPSHOT_PARTLEN);

  if (!head || head[0] >= SNAPSHOT_STATES)
    return false;
  r_part->state = head[0];
  r_part->expires = snapshot_get (head + 1, 8);
  r_part->body_len = (size_t)snapshot_get (head + 9, 2);
  r_part->binding_len = (size_t)snapshot_get (head + 11, 2);
  r_part->body = snapshot_take (rest, r_part->body_len);
  r_part->binding = r_part->body ? snapshot_take (rest, r_part->binding_len)
                    : NULL;
  return r_part->binding && r_part->body_len
         && r_part->body_len <= OPENPGP_MAX_KEY
         && r_part->binding_len <= (primary ? 0 : SNAPSHOT_MAX_BINDING);
}


bool
snapshot_take_person (struct snapshot_rest *rest,
                      struct snapshot_rest *r_parts, unsigned int *r_n,
                      const unsigned char **r_digest)
{
  const unsigned char *head = snapshot_take (rest, SNAPSHOT_PERSONLEN);

  if (!head)
    return false;
  r_parts->left = (size_t)snapshot_get (head, 4);
  r_parts->p = snapshot_take (rest, r_parts->left);
  *r_n = head[4];
  if (r_digest)
    *r_digest = head + SNAPSHOT_PERSONLEN - SNAPSHOT_DIGESTLEN;
  return r_parts->p && *r_n && *r_n <= SNAPSHOT_MAX_PARTS;
}


gpg_error_t
snapshot_map (int fd, void **r_map, size_t *r_len)
{
  const int needed = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  int seals = fcntl (fd, F_GET_SEALS);
  struct stat st;

  *r_map = NULL;
  *r_len = 0;
  if (seals < 0 || (seals & needed) != needed)
    return gpg_error (GPG_ERR_EPERM);
  if (fstat (fd, &st))
    return gpg_error_from_syserror ();
  if (st.st_size < SNAPSHOT_HEADERLEN || st.st_size > SNAPSHOT_MAX_LEN)
    return gpg_error (GPG_ERR_BAD_DATA);
  *r_len = (size_t)st.st_size;
  *r_map = mmap (NULL, *r_len, PROT_READ, MAP_PRIVATE, fd, 0);
  if (*r_map != MAP_FAILED)
    return 0;
  *r_map = NULL;
  return gpg_error_from_syserror ();
}
