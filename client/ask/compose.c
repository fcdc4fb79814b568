/* compose.c - From a request to the datagrams.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A request is signed once: nothing here may sign a second time for want of a
 * reply.  */

#include "compose.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../../common/base/encode.h"
#include "../../common/wire/framing.h"
#include "../../common/pgp/pgp.h"
#include "../../common/base/secret.h"
#include "../patience.h"
#include "../progress.h"
#include "../gpg-errors.h"

struct compose_s
{
  size_t n;
  seal_t seal[REQUEST_MAX_TARGETS];
  unsigned char *message;
  size_t len;
  unsigned char *key;           /* The one-time key; secret.  */
  credential_t credential;      /* Not ours.  */
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


void
compose_ask_one (struct compose_ask *ask, enum request_action action,
                 const struct profile_host *host,
                 const struct options *options)
{
  memset (ask, 0, sizeof *ask);
  ask->action = action;
  ask->user = options->user;
  ask->host[ask->n_hosts++] = host;
}


bool
compose_same (const struct compose_ask *a, const struct compose_ask *b)
{
  char one[NETSPEC_PORTSTRLEN], two[NETSPEC_PORTSTRLEN];

  return (a->action == b->action && !a->command && !a->request
          && !strcmp (a->user ? a->user : "", b->user ? b->user : "")
          && a->has_source == b->has_source
          && netspec_addr_equal (&a->source, &b->source)
          && !strcmp (netspec_ports_print (&a->ports, one),
                      netspec_ports_print (&b->ports, two))
          && a->bind == b->bind && a->once == b->once
          && a->seconds == b->seconds && a->no_reply == b->no_reply
          && !a->password && !b->password
          && !strcmp (a->host[0]->signer, b->host[0]->signer));
}


bool
compose_is_observed (const struct compose_ask *ask)
{
  return ((ask->action == REQUEST_OPEN || ask->action == REQUEST_RUN)
          && ask->source.family == AF_UNSPEC);
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
            ("the door key of %s has ended; ask for a fresh invite and run"
             " 'postern join'", host->name);
          return gpg_error (GPG_ERR_CONFIGURATION);
        }
      if (i && compose_is_observed (ask))
        {
          *r_message = gpgrt_bsprintf
            ("'observed' is for one host, for each of several could use the"
             " request at the others; give --source ADDRESS");
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
fill_command (request_t req, const struct compose_ask *ask)
{
  unsigned int i;

  if (ask->command)
    gpgrt_snprintf (req->command, sizeof req->command, "%s", ask->command);
  if (ask->request)
    memcpy (req->request, ask->request, sizeof req->request);
  req->has_request = ask->request != NULL;
  req->emergency = ask->emergency;
  if (ask->reason && !(req->reason = strdup (ask->reason)))
    return gpg_error_from_syserror ();
  for (i = 0; i < ask->n_args; i++)
    {
      memcpy (req->arg[i].name, ask->arg[i].name, sizeof req->arg[i].name);
      req->arg[i].value = strdup (ask->arg[i].value);
      if (!req->arg[i].value)
        return gpg_error_from_syserror ();
      req->n_args++;
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
  return fill_command (req, ask);
}


/* Why there is no text of ASK: WHY, or (NULL) that it would be too long.  */
static char *
explain_text (const struct compose_ask *ask, const char *why)
{
  if (why)
    return gpgrt_bsprintf ("this cannot be requested: %s", why);
  return gpgrt_bsprintf
    ("this cannot be requested: the text of a request has at most %d bytes;"
     " %s", REQUEST_MAXLEN,
     ask->n_hosts > 1 ? "ask fewer hosts at once, or shorten the arguments or"
                        " the reason"
                      : "shorten the arguments or the reason");
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
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    *r_message = explain_text (ask, NULL);
  else if (err && why)
    *r_message = explain_text (ask, why);
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


static gpg_error_t
sign_request (compose_t compose, profile_t profile,
              const struct compose_ask *ask,
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
      err = path[i] ? profile_check_key (profile, ask->host[i], r_message)
        : gpg_error_from_syserror ();
    }
  if (!err)
    err = patience_pgp (&pgp);
  if (!err)
    patience_card (pgp, ask->host[0]->signer);
  if (!err)
    err = pgp_sign_encrypt (pgp, ask->host[0]->signer,
                            (const char *const *) path, ask->n_hosts > 1,
                            text, len, &compose->message, &compose->len);
  progress_clear ();
  if (err && !*r_message)
    err = gpg_errors_signing (err, ask->host[0]->signer, r_message);
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
  err = sign_request (compose, profile, ask, text, len, r_message);

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
                      const unsigned char key[REQUEST_KEYLEN],
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
      compose->key = secret_alloc (REQUEST_KEYLEN);
      if (!compose->message || !compose->key)
        err = gpg_error_from_syserror ();
    }
  gpgrt_free (why);
  if (err)
    {
      compose_release (compose);
      return err;
    }
  memcpy (compose->key, key, REQUEST_KEYLEN);
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


void
compose_attach (compose_t compose, credential_t credential)
{
  compose->credential = credential;
}


/* Say how much of a password would fit.  */
static char *
explain_password (compose_t compose, size_t size, size_t limit)
{
  size_t taken = SEAL_OVERHEAD + 4 + compose->len + SEAL_OVERHEAD
                 + strlen ("password: \n");
  size_t most = taken < limit ? (limit - taken) / 4 * 3 : 0;

  if (!most)
    return gpgrt_bsprintf
      ("the request takes %zu bytes with the password, and one packet carries"
       " %zu, which your signature and the server's session key fill; an"
       " Ed25519 key for you, or a Cv25519 key for the server, makes room",
       size, limit);
  return gpgrt_bsprintf
    ("the request takes %zu bytes with the password, and one packet carries"
     " %zu: with these keys there is room for a password of %zu bytes",
     size, limit, most);
}


/* Seal what is to be attached into BOX.  It takes all the room that the
   datagram's padding would have, so that its length reveals no more than
   that of the datagram.  */
static gpg_error_t
make_attachment (compose_t compose, size_t atleast, size_t limit,
                 unsigned char box[CREDENTIAL_MAXLEN], size_t *r_len)
{
  size_t least;

  *r_len = 0;
  if (!compose->credential)
    return 0;
  least = credential_size (compose->credential);
  *r_len = seal_room (compose->len, least, atleast, limit);
  if (*r_len)
    return credential_seal (compose->credential, compose->key, *r_len, box);
  *r_len = least;
  return gpg_error (GPG_ERR_TOO_LARGE);
}


gpg_error_t
compose_seal (compose_t compose, size_t i, size_t atleast, size_t limit,
              unsigned char *dgram, size_t *r_len, char **r_message)
{
  unsigned char box[CREDENTIAL_MAXLEN];
  struct seal_content content = { compose->message, compose->len, box, 0 };
  gpg_error_t err;

  *r_message = NULL;
  err = make_attachment (compose, atleast, limit, box,
                         &content.attachment_len);
  if (!err)
    err = seal_wrap (compose->seal[i], &content, atleast, limit, dgram,
                     r_len);
  else
    *r_len = SEAL_OVERHEAD + 4 + content.message_len
             + content.attachment_len;
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE)
    *r_message = compose->credential
      ? explain_password (compose, *r_len, limit)
      : explain_size (compose, *r_len, limit);
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
