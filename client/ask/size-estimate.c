/* size-estimate.c - Whether a request fits into one packet.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "size-estimate.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/wire/seal.h"
#include "../profile/server-keys.h"

/* Of a key that cannot be read: the request will fail for that.  */
#define UNKNOWN_KEY 600
/* One-pass signature 15, literal data 11, data packet 54, as one with OCB is
   the larger (RFC 4880, sections 5.4 and 5.9), and the lengths that gpg
   writes between.  */
#define FRAMING 84

struct size_estimate_s
{
  server_keys_t keys;
  size_t n;                     /* The person's keys that were looked at.  */
  struct
  {
    char fpr[NETSPEC_FPRLEN + 1];
    size_t size;
  } signer[PROFILE_MAX_HOSTS];
};


gpg_error_t
size_estimate_new (profile_t profile, const struct profile_host *const *host,
                   size_t n, size_estimate_t *r_estimate)
{
  gpg_error_t err;
  size_estimate_t estimate = calloc (1, sizeof *estimate);

  *r_estimate = NULL;
  if (!estimate)
    return gpg_error_from_syserror ();
  err = server_keys_new (profile, &estimate->keys);
  if (err)
    {
      size_estimate_release (estimate);
      return err;
    }
  server_keys_prepare (estimate->keys, host, n);
  *r_estimate = estimate;
  return 0;
}


void
size_estimate_release (size_estimate_t estimate)
{
  if (!estimate)
    return;
  server_keys_release (estimate->keys);
  free (estimate);
}


/* What writing to HOST adds.  */
static size_t
session_size (size_estimate_t estimate, const struct profile_host *host)
{
  pgp_key_t key;

  if (server_keys_get (estimate->keys, host, &key) || !key->session_size)
    return UNKNOWN_KEY;
  return key->session_size;
}


static size_t
signature_size (size_estimate_t estimate, const char *signer)
{
  size_t i, size = UNKNOWN_KEY;
  pgp_key_t key;

  for (i = 0; i < estimate->n; i++)
    if (!strcmp (estimate->signer[i].fpr, signer))
      return estimate->signer[i].size;
  if (!pgp_key_find (server_keys_pgp (estimate->keys), signer, false, &key)
      && key->sign_size)
    size = key->sign_size;
  pgp_key_release (key);
  memcpy (estimate->signer[i].fpr, signer, strlen (signer) + 1);
  estimate->signer[i].size = size;
  estimate->n++;
  return size;
}


size_t
size_estimate_message (size_estimate_t estimate, const struct compose_ask *ask)
{
  size_t i, len, size = FRAMING;
  char *text, *message;

  if (!compose_text (ask, &text, &len, &message))
    {
      size += len;
      request_text_release (text, len);
    }
  gpgrt_free (message);
  size += signature_size (estimate, ask->host[0]->signer);
  for (i = 0; i < ask->n_hosts; i++)
    size += session_size (estimate, ask->host[i]);
  return size;
}


bool
size_estimate_fits (size_estimate_t estimate, const struct compose_ask *ask)
{
  return size_estimate_message (estimate, ask) <= SEAL_MAX6 - SEAL_OVERHEAD - 4;
}
