/* measure.c - Whether a request fits into one packet, before it is signed.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "measure.h"

#include <stdlib.h>
#include <string.h>
#include "../common/file.h"
#include "../common/seal.h"

#define MAX_KEYFILE 65536
/* Of a key that cannot be read: the request will fail for that.  */
#define UNKNOWN_KEY 600
/* One-pass signature 15, literal data 11, data packet 47 (RFC 4880, sections
   5.4, 5.9 and 5.13), and the lengths that gpg writes between.  */
#define FRAMING 80

/* Keys that were looked at.  */
struct known
{
  size_t n;
  struct
  {
    char fpr[NETSPEC_FPRLEN + 1];
    size_t size;
  } key[PROFILE_MAX_HOSTS];
};

struct measure_s
{
  profile_t profile;
  pgp_t pgp;
  struct known servers;
  struct known signers;
};


gpg_error_t
measure_new (profile_t profile, measure_t *r_measure)
{
  gpg_error_t err;
  measure_t measure = calloc (1, sizeof *measure);

  *r_measure = NULL;
  if (!measure)
    return gpg_error_from_syserror ();
  measure->profile = profile;
  err = pgp_new (PGP_PERSON, NULL, 0, &measure->pgp);
  if (err)
    measure_release (measure);
  else
    *r_measure = measure;
  return err;
}


void
measure_release (measure_t measure)
{
  if (!measure)
    return;
  pgp_release (measure->pgp);
  free (measure);
}


gpg_error_t
measure_server_key (pgp_t pgp, profile_t profile,
                    const struct profile_host *host, pgp_key_t *r_key)
{
  gpg_error_t err;
  char *path = profile_key_path (profile, host);
  unsigned char *data;
  size_t len;

  *r_key = NULL;
  if (!path)
    return gpg_error_from_syserror ();
  err = file_read (path, MAX_KEYFILE, &data, &len);
  gpgrt_free (path);
  if (err)
    return err;
  err = pgp_key_peek (pgp, data, len, r_key);
  free (data);
  if (!err && strcmp ((*r_key)->fpr, host->server))
    {
      pgp_key_release (*r_key);
      *r_key = NULL;
      err = gpg_error (GPG_ERR_BAD_PUBKEY);
    }
  return err;
}


/* What is known of the key FPR; 0: nothing.  */
static size_t
find (const struct known *known, const char *fpr)
{
  size_t i;

  for (i = 0; i < known->n; i++)
    if (!strcmp (known->key[i].fpr, fpr))
      return known->key[i].size;
  return 0;
}


static size_t
note (struct known *known, const char *fpr, size_t size)
{
  size_t i = known->n++;

  memcpy (known->key[i].fpr, fpr, strlen (fpr) + 1);
  known->key[i].size = size ? size : UNKNOWN_KEY;
  return known->key[i].size;
}


/* What writing to HOST adds.  */
static size_t
session_size (measure_t measure, const struct profile_host *host)
{
  size_t size = find (&measure->servers, host->server);
  pgp_key_t key;

  if (size)
    return size;
  if (!measure_server_key (measure->pgp, measure->profile, host, &key))
    size = key->session_size;
  pgp_key_release (key);
  return note (&measure->servers, host->server, size);
}


static size_t
signature_size (measure_t measure, const char *signer)
{
  size_t size = find (&measure->signers, signer);
  pgp_key_t key;

  if (size)
    return size;
  if (!pgp_key_find (measure->pgp, signer, false, &key))
    size = key->sign_size;
  pgp_key_release (key);
  return note (&measure->signers, signer, size);
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
