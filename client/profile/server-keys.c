/* server-keys.c - The keys that requests to some hosts need, each read once.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "server-keys.h"

#include <stdlib.h>
#include <string.h>
#include "../patience.h"

struct server_keys_s
{
  profile_t profile;
  pgp_t pgp;
  size_t n;
  struct
  {
    const struct profile_host *host;
    pgp_key_t key;
  } seen[PROFILE_MAX_HOSTS];
  size_t n_own;                 /* The person's; most have one.  */
  struct
  {
    char fpr[NETSPEC_FPRLEN + 1];
    pgp_key_t key;
    gpg_error_t err;
  } own[PROFILE_MAX_HOSTS];
};


void
server_keys_release (server_keys_t keys)
{
  size_t i;

  if (!keys)
    return;
  for (i = 0; i < keys->n; i++)
    pgp_key_release (keys->seen[i].key);
  for (i = 0; i < keys->n_own; i++)
    pgp_key_release (keys->own[i].key);
  pgp_release (keys->pgp);
  free (keys);
}


/* Takes over KEY.  */
static void
keep_server_key (server_keys_t keys, const struct profile_host *host,
                 pgp_key_t key)
{
  keys->seen[keys->n].host = host;
  keys->seen[keys->n++].key = key;
}


/* All files of keys, one after the other.  */
static gpg_error_t
read_server_keys (server_keys_t keys, const struct profile_host *const *host,
                  size_t n,
                  unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err = 0;
  unsigned char *data = NULL, *more, *one;
  size_t len = 0, onelen, i;

  for (i = 0; i < n && !err; i++)
    {
      err = profile_server_key (keys->profile, host[i], &one, &onelen);
      if (err)
        break;
      more = realloc (data, len + onelen + 1);
      if (!more)
        err = gpg_error_from_syserror ();
      else
        {
          data = more;
          memcpy (data + len, one, onelen);
          len += onelen;
        }
      free (one);
    }
  *r_data = data;
  *r_len = len;
  return err;
}


/* True if LIST has exactly the keys of the hosts, in their order.  */
static bool
is_theirs (pgp_key_t *list, const struct profile_host *const *host, size_t n)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (!list[i] || strcmp (list[i]->fpr, host[i]->server))
      return false;
  return !list[n];
}


/* Examine all keys by one run of gpg.  If that does not go well, each is
   examined when it is needed.  */
static void
prepare_server_keys (server_keys_t keys,
                     const struct profile_host *const *host, size_t n)
{
  unsigned char *data = NULL;
  pgp_key_t *list = NULL;
  size_t len, i;
  bool good;

  if (n > PROFILE_MAX_HOSTS || read_server_keys (keys, host, n, &data, &len)
      || pgp_keys_peek (keys->pgp, data, len, &list))
    list = NULL;
  free (data);
  if (!list)
    return;
  good = is_theirs (list, host, n);
  for (i = 0; list[i]; i++)
    if (good)
      keep_server_key (keys, host[i], list[i]);
    else
      pgp_key_release (list[i]);
  free (list);
}


gpg_error_t
server_keys_new (profile_t profile, const struct profile_host *const *host,
                 size_t n, server_keys_t *r_keys)
{
  gpg_error_t err;
  server_keys_t keys = calloc (1, sizeof *keys);

  *r_keys = NULL;
  if (!keys)
    return gpg_error_from_syserror ();
  keys->profile = profile;
  err = patience_pgp (&keys->pgp);
  if (err)
    {
      server_keys_release (keys);
      return err;
    }
  prepare_server_keys (keys, host, n);
  *r_keys = keys;
  return 0;
}


gpg_error_t
server_keys_get (server_keys_t keys, const struct profile_host *host,
                 pgp_key_t *r_key)
{
  gpg_error_t err;
  unsigned char *data;
  pgp_key_t key = NULL;
  size_t len, i;

  *r_key = NULL;
  for (i = 0; i < keys->n; i++)
    if (keys->seen[i].host == host)
      {
        *r_key = keys->seen[i].key;
        return 0;
      }
  if (keys->n == PROFILE_MAX_HOSTS)
    return gpg_error (GPG_ERR_TOO_MANY);
  err = profile_server_key (keys->profile, host, &data, &len);
  if (!err)
    err = pgp_key_peek (keys->pgp, data, len, &key);
  free (data);
  if (!err && strcmp (key->fpr, host->server))
    {
      pgp_key_release (key);
      err = gpg_error (GPG_ERR_BAD_PUBKEY);
    }
  if (err)
    return err;
  keep_server_key (keys, host, key);
  *r_key = key;
  return 0;
}


gpg_error_t
server_keys_own (server_keys_t keys, const char *fpr, pgp_key_t *r_key)
{
  gpg_error_t err;
  pgp_key_t key = NULL;
  size_t i;

  for (i = 0; i < keys->n_own; i++)
    if (!strcmp (keys->own[i].fpr, fpr))
      {
        *r_key = keys->own[i].key;
        return keys->own[i].err;
      }
  *r_key = NULL;
  if (keys->n_own == PROFILE_MAX_HOSTS)
    return gpg_error (GPG_ERR_TOO_MANY);
  err = pgp_key_find (keys->pgp, fpr, false, &key);
  /* gpg knows of a secret key only from the agent.  */
  if (!err && !key->secret && !pgp_agent_answers (keys->pgp))
    err = gpg_error (GPG_ERR_NO_AGENT);
  gpgrt_snprintf (keys->own[i].fpr, sizeof keys->own[i].fpr, "%s", fpr);
  keys->own[i].err = err;
  *r_key = keys->own[i].key = key;
  keys->n_own++;
  return err;
}
