/* size-estimate.c - Whether a request fits into one packet, before it is signed.
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

struct measure_s
{
  peek_t peek;
  size_t n;                     /* The person's keys that were looked at.  */
  struct
  {
    char fpr[NETSPEC_FPRLEN + 1];
    size_t size;
  } signer[PROFILE_MAX_HOSTS];
};


gpg_error_t
measure_new (profile_t profile, const struct profile_host *const *host,
             size_t n, measure_t *r_measure)
{
  gpg_error_t err;
  measure_t measure = calloc (1, sizeof *measure);

  *r_measure = NULL;
  if (!measure)
    return gpg_error_from_syserror ();
  err = peek_new (profile, &measure->peek);
  if (err)
    {
      measure_release (measure);
      return err;
    }
  peek_prepare (measure->peek, host, n);
  *r_measure = measure;
  return 0;
}


void
measure_release (measure_t measure)
{
  if (!measure)
    return;
  peek_release (measure->peek);
  free (measure);
}


/* What writing to HOST adds.  */
static size_t
session_size (measure_t measure, const struct profile_host *host)
{
  pgp_key_t key;

  if (peek_server (measure->peek, host, &key) || !key->session_size)
    return UNKNOWN_KEY;
  return key->session_size;
}


static size_t
signature_size (measure_t measure, const char *signer)
{
  size_t i, size = UNKNOWN_KEY;
  pgp_key_t key;

  for (i = 0; i < measure->n; i++)
    if (!strcmp (measure->signer[i].fpr, signer))
      return measure->signer[i].size;
  if (!pgp_key_find (peek_pgp (measure->peek), signer, false, &key)
      && key->sign_size)
    size = key->sign_size;
  pgp_key_release (key);
  memcpy (measure->signer[i].fpr, signer, strlen (signer) + 1);
  measure->signer[i].size = size;
  measure->n++;
  return size;
}


size_t
measure_message (measure_t measure, const struct compose_ask *ask)
{
  size_t i, len, size = FRAMING;
  char *text, *message;

  if (!compose_text (ask, &text, &len, &message))
    {
      size += len;
      request_text_release (text, len);
    }
  gpgrt_free (message);
  size += signature_size (measure, ask->host[0]->signer);
  for (i = 0; i < ask->n_hosts; i++)
    size += session_size (measure, ask->host[i]);
  return size;
}


bool
measure_fits (measure_t measure, const struct compose_ask *ask)
{
  return measure_message (measure, ask) <= SEAL_MAX6 - SEAL_OVERHEAD - 4;
}
