/* compose.c - From a wish to the datagrams.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "compose.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../common/encode.h"
#include "../common/framing.h"
#include "../common/pgp.h"
#include "../common/secret.h"

struct compose_s
{
  size_t n;
  seal_t seal[REQUEST_MAX_TARGETS];
  unsigned char *message;
  size_t len;
  unsigned char *key;           /* The one-time key; secret.  */
  char id[2 * REQUEST_HASHLEN + 1];
};


void
compose_release (compose_t compose)
{
  size_t i;

  if (!compose)
    return;
  for (i = 0; i < compose->n; i++)
    seal_release (compose->seal[i]);
  free (compose->message);
  secret_release (compose->key);
  free (compose);
}


gpg_error_t
compose_check (const struct compose_ask *ask, char **r_message)
{
  const struct profile_host *first = ask->host[0], *host;
  uint64_t now = (uint64_t) time (NULL);
  size_t i;

  *r_message = NULL;
  for (i = 0; i < ask->n_hosts; i++)
    {
      host = ask->host[i];
      if (host->door_ends && host->door_ends <= now)
        {
          *r_message = gpgrt_bsprintf
            ("%s: its door key has ended; ask for a fresh invite and run"
             " 'postern join'", host->name);
          return gpg_error (GPG_ERR_CONFIGURATION);
        }
      if (strcmp (host->signer, first->signer))
        {
          *r_message = gpgrt_bsprintf
            ("%s and %s were joined with different keys (%s and %s), and one"
             " request has one signature; ask them one by one", first->name,
             host->name, first->signer, host->signer);
          return gpg_error (GPG_ERR_CONFIGURATION);
        }
    }
  return 0;
}


static gpg_error_t
fill_request (request_t req, const struct compose_ask *ask)
{
  size_t i;

  secret_random (req->key, sizeof req->key);
  req->time = (uint64_t) time (NULL);
  req->n_targets = (unsigned int) ask->n_hosts;
  for (i = 0; i < ask->n_hosts; i++)
    {
      memcpy (req->target[i].host, ask->host[i]->host,
              sizeof req->target[i].host);
      memcpy (req->target[i].fpr, ask->host[i]->server,
              sizeof req->target[i].fpr);
    }
  req->action = ask->action;
  if (ask->user && !(req->user = strdup (ask->user)))
    return gpg_error_from_syserror ();
  req->source = ask->source;
  req->ports = ask->ports;
  req->bind = ask->bind;
  req->once = ask->once;
  req->seconds = ask->seconds;
  req->no_reply = ask->no_reply;
  return 0;
}


/* The text, and (if R_KEY is not NULL) its one-time key.  */
static gpg_error_t
write_text (const struct compose_ask *ask, unsigned char *r_key,
            char **r_text, size_t *r_len, char **r_message)
{
  gpg_error_t err;
  request_t req;
  const char *why = NULL;

  *r_text = NULL;
  err = request_new (&req);
  if (err)
    return err;
  err = fill_request (req, ask);
  if (!err)
    err = request_write (req, r_text, r_len, &why);
  if (!err && r_key)
    memcpy (r_key, req->key, REQUEST_KEYLEN);
  if (err && why)
    *r_message = gpgrt_bsprintf ("this cannot be asked: %s", why);
  request_release (req);
  return err;
}


gpg_error_t
compose_text (const struct compose_ask *ask, char **r_text, size_t *r_len,
              char **r_message)
{
  *r_message = NULL;
  return write_text (ask, NULL, r_text, r_len, r_message);
}


static gpg_error_t
load_doors (compose_t compose, profile_t profile,
            const struct compose_ask *ask, char **r_message)
{
  gpg_error_t err = 0;
  unsigned char *key = secret_alloc (SEAL_KEYLEN);

  if (!key)
    return gpg_error_from_syserror ();
  for (; compose->n < ask->n_hosts && !err; compose->n++)
    {
      err = profile_door_key (profile, ask->host[compose->n], key, r_message);
      if (!err)
        err = seal_new (key, &compose->seal[compose->n]);
      if (err)
        break;
    }
  secret_release (key);
  return err;
}


/* What gpg's errors mean to a person.  */
static char *
explain_gpg (gpg_error_t err, const struct compose_ask *ask)
{
  const char *signer = ask->host[0]->signer;

  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_SECKEY:
    case GPG_ERR_UNUSABLE_SECKEY:
    case GPG_ERR_NOT_FOUND:
      return gpgrt_bsprintf ("your key %s cannot sign here; see 'gpg -K %s',"
                             " and insert the card if it is on one",
                             signer, signer);
    case GPG_ERR_KEY_EXPIRED:
      return gpgrt_bsprintf ("your key %s has expired; extend it, and give"
                             " the new one to the administrator", signer);
    case GPG_ERR_UNUSABLE_PUBKEY:
      return gpgrt_bsprintf ("a server's key cannot be encrypted to; see"
                             " 'postern hosts', and ask for a fresh"
                             " invite");
    case GPG_ERR_CANCELED:
    case GPG_ERR_FULLY_CANCELED:
      return gpgrt_bsprintf ("cancelled; nothing was sent");
    case GPG_ERR_NO_AGENT:
    case GPG_ERR_NO_PIN_ENTRY:
      return gpgrt_bsprintf ("%s; nothing was signed; try 'gpg-agent"
                             " --daemon' or 'export GPG_TTY=$(tty)'",
                             gpg_strerror (err));
    default:
      return gpgrt_bsprintf ("sign with %s: %s", signer, gpg_strerror (err));
    }
}


static gpg_error_t
sign (compose_t compose, profile_t profile, const struct compose_ask *ask,
      const char *text, size_t len, char **r_message)
{
  gpg_error_t err = 0;
  char *path[REQUEST_MAX_TARGETS + 1];
  pgp_t pgp = NULL;
  size_t i;

  memset (path, 0, sizeof path);
  for (i = 0; i < ask->n_hosts && !err; i++)
    {
      path[i] = profile_key_path (profile, ask->host[i]);
      if (!path[i])
        err = gpg_error_from_syserror ();
    }
  if (!err)
    err = pgp_new (PGP_PERSON, NULL, 0, &pgp);
  if (!err)
    err = pgp_sign_encrypt (pgp, ask->host[0]->signer,
                            (const char *const *) path, ask->n_hosts > 1,
                            text, len, &compose->message, &compose->len);
  if (err)
    *r_message = explain_gpg (err, ask);
  pgp_release (pgp);
  for (i = 0; i < ask->n_hosts; i++)
    gpgrt_free (path[i]);
  return err;
}


gpg_error_t
compose_new (profile_t profile, const struct compose_ask *ask,
             compose_t *r_compose, char **r_message)
{
  gpg_error_t err;
  compose_t compose = NULL;
  unsigned char hash[REQUEST_HASHLEN];
  char *text = NULL;
  size_t len = 0;

  *r_compose = NULL;
  *r_message = NULL;
  if (!ask->n_hosts || ask->n_hosts > REQUEST_MAX_TARGETS)
    return gpg_error (GPG_ERR_INV_ARG);
  err = compose_check (ask, r_message);
  if (err)
    return err;
  compose = calloc (1, sizeof *compose);
  if (!compose)
    return gpg_error_from_syserror ();
  compose->key = secret_alloc (REQUEST_KEYLEN);
  if (!compose->key)
    {
      err = gpg_error_from_syserror ();
      goto leave;
    }
  err = load_doors (compose, profile, ask, r_message);
  if (!err)
    err = write_text (ask, compose->key, &text, &len, r_message);
  if (err)
    goto leave;
  request_hash (text, len, hash);
  encode_hex (hash, sizeof hash, compose->id);
  err = sign (compose, profile, ask, text, len, r_message);

 leave:
  request_text_release (text, len);
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("%s", gpg_strerror (err));
  if (err)
    compose_release (compose);
  else
    *r_compose = compose;
  return err;
}


gpg_error_t
compose_from_message (profile_t profile, const struct compose_ask *ask,
                      const void *message, size_t len, compose_t *r_compose)
{
  gpg_error_t err;
  char *why = NULL;
  compose_t compose;

  *r_compose = NULL;
  compose = calloc (1, sizeof *compose);
  if (!compose)
    return gpg_error_from_syserror ();
  err = load_doors (compose, profile, ask, &why);
  if (!err)
    {
      compose->message = malloc (len ? len : 1);
      if (!compose->message)
        err = gpg_error_from_syserror ();
    }
  gpgrt_free (why);
  if (err)
    {
      compose_release (compose);
      return err;
    }
  memcpy (compose->message, message, len);
  compose->len = len;
  *r_compose = compose;
  return 0;
}


/* Say what makes the datagram too large.  */
static char *
explain_size (compose_t compose, size_t size, size_t limit)
{
  struct framing_sum sum;

  if (framing_measure (compose->message, compose->len, &sum))
    return gpgrt_bsprintf ("the request takes %zu bytes, and one packet"
                           " carries %zu", size, limit);
  return gpgrt_bsprintf
    ("the request takes %zu bytes, and one packet carries %zu: %zu are the"
     " session keys for %u server key%s, %zu your signature and the text;"
     " %s", size, limit, sum.keybytes, sum.keys,
     sum.keys > 1 ? "s" : "", compose->len - sum.keybytes,
     sum.keys > 1 ? "ask fewer hosts at once, or use Ed25519/Cv25519 keys"
     : "an Ed25519 key for you, or a Cv25519 key for the server, makes it"
       " small");
}


gpg_error_t
compose_seal (compose_t compose, size_t i, size_t atleast, size_t limit,
              unsigned char *dgram, size_t *r_len, char **r_message)
{
  struct seal_content content = { compose->message, compose->len, NULL, 0 };
  gpg_error_t err;

  *r_message = NULL;
  err = seal_wrap (compose->seal[i], &content, atleast, limit, dgram, r_len);
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    *r_message = explain_size (compose, *r_len, limit);
  else if (err)
    *r_message = gpgrt_bsprintf ("seal: %s", gpg_strerror (err));
  return err;
}


gpg_error_t
compose_reply (compose_t compose, const void *dgram, size_t len,
               reply_t *r_reply)
{
  return reply_open (compose->key, dgram, len, r_reply);
}


const char *
compose_id (compose_t compose)
{
  return compose->id;
}
