/* size-estimate.c - Whether a request fits into one packet.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "size-estimate.h"

#include "../../common/wire/seal.h"

/* Of a key that cannot be read: the request will fail for that.  */
#define UNKNOWN_KEY 600
/* One-pass signature 15, literal data 11, data packet 54, as one with OCB is
   the larger (RFC 4880, sections 5.4 and 5.9), and the lengths that gpg
   writes between.  */
#define FRAMING 84


/* What writing to HOST adds.  */
static size_t
session_size (server_keys_t keys, const struct profile_host *host)
{
  pgp_key_t key;

  if (server_keys_get (keys, host, &key) || !key->session_size)
    return UNKNOWN_KEY;
  return key->session_size;
}


static size_t
signature_size (server_keys_t keys, const char *signer)
{
  pgp_key_t key;

  server_keys_own (keys, signer, &key);
  return key && key->sign_size ? key->sign_size : UNKNOWN_KEY;
}


size_t
size_estimate_message (server_keys_t keys, const struct compose_ask *ask)
{
  size_t i, len, size = FRAMING;
  char *text, *message;
  gpg_error_t err;

  err = compose_text (ask, &text, &len, &message);
  if (!err)
    {
      size += len;
      request_text_release (text, len);
    }
  else if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    size += SEAL_MAX;           /* Fewer hosts may make it short enough.  */
  gpgrt_free (message);
  size += signature_size (keys, ask->host[0]->signer);
  for (i = 0; i < ask->n_hosts; i++)
    size += session_size (keys, ask->host[i]);
  return size;
}


bool
size_estimate_fits (server_keys_t keys, const struct compose_ask *ask)
{
  return size_estimate_message (keys, ask) <= SEAL_MAX6 - SEAL_OVERHEAD - 4;
}
