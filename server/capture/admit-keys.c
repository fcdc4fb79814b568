/* admit-keys.c - The keys of the doors, from the configuration.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A door key is only in secret memory, and only until its seal is made.  */

#include "admit.h"

#include "../../common/base/secret.h"


/* Make the next of KEYS from the 32 bytes at SECRET.  */
static gpg_error_t
add_door_key (struct admit_key *keys, size_t *n, const unsigned char *secret,
              config_t config, size_t door, uint64_t ends, bool previous)
{
  struct admit_key *key = keys + *n;
  gpg_error_t err = seal_new (secret, &key->seal);

  if (err)
    return err;
  key->ends = ends;
  key->name = config->door[door].name;
  key->door = (uint8_t)door;
  key->previous = previous;
  ++*n;
  return 0;
}


static gpg_error_t
load_one_door (config_t config, size_t i, unsigned char *secret,
               struct admit_key *keys, size_t *n, char **r_message)
{
  gpg_error_t err;
  uint64_t ends;

  err = config_door_key (config, i, secret, r_message);
  if (!err)
    err = add_door_key (keys, n, secret, config, i, config->door[i].ends,
                        false);
  if (err)
    return err;
  err = config_door_previous (config, i, secret, &ends, r_message);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    return 0;
  return err ? err : add_door_key (keys, n, secret, config, i, ends, true);
}


gpg_error_t
admit_load_keys (config_t config, struct admit_key *keys, size_t *r_n,
                 char **r_message)
{
  unsigned char *secret = secret_alloc (SEAL_KEYLEN);
  gpg_error_t err = 0;
  size_t i;

  *r_n = 0;
  *r_message = NULL;
  if (!secret)
    return gpg_error_from_syserror ();
  for (i = 0; !err && i < config->n_doors; i++)
    err = load_one_door (config, i, secret, keys, r_n, r_message);
  secret_release (secret);
  while (err && *r_n)
    seal_release (keys[--*r_n].seal);
  return err;
}
