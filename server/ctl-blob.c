/* ctl-blob.c - The signed requests of an audit, verified again.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg looks at each of them.  That a key has expired or was revoked since
 * takes nothing from what it signed before.  */

#include "ctl-blob.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../common/encode.h"
#include "../common/file.h"
#include "../common/framing.h"
#include "../common/log.h"
#include "../common/netspec.h"
#include "../common/pgp.h"
#include "../common/request.h"
#include "../common/secret.h"

#define DEADLINE 20000          /* Milliseconds for one run of gpg.  */
#define MAX_KEYFILE (64 * 1024 * 1024)
#define PROGRESS 50             /* Signatures between two lines of it.  */

struct signer
{
  char fpr[NETSPEC_FPRLEN + 1];
  char user[NETSPEC_NAMELEN + 1];
  uint64_t n;
};

struct ctl_blob_s
{
  pgp_t pgp;
  char *scratch;                /* A home of our own, or NULL.  */
  size_t n;
  struct signer *signer;
  uint64_t checked, unknown, no_longer;
};


/* A home with the keys of the file NAME alone.  */
static gpg_error_t
open_scratch (ctl_blob_t blobs, const char *name)
{
  unsigned char *data = NULL;
  size_t len;
  gpg_error_t err;

  blobs->scratch = strdup ("/tmp/postern-audit-XXXXXX");
  if (!blobs->scratch)
    return gpg_error_from_syserror ();
  if (!mkdtemp (blobs->scratch))
    {
      err = gpg_error_from_syserror ();
      free (blobs->scratch);
      blobs->scratch = NULL;
      return err;
    }
  err = file_read (name, MAX_KEYFILE, &data, &len);
  if (!err)
    err = pgp_home_write (blobs->scratch);
  if (!err)
    err = pgp_new (PGP_SERVER, blobs->scratch, DEADLINE, &blobs->pgp);
  if (!err)
    err = pgp_keys_import (blobs->pgp, data, len);
  free (data);
  return err;
}


static gpg_error_t
open_roster (ctl_blob_t blobs, const struct ctl_options *opt,
             char **r_message)
{
  config_t config;
  char *home;
  gpg_error_t err = config_load (opt->dir, &config, r_message);

  if (err)
    return err;
  home = config_state_path (config, "verify");
  err = home ? pgp_new (PGP_SERVER, home, DEADLINE, &blobs->pgp)
    : gpg_error_from_syserror ();
  free (home);
  config_release (config);
  return err;
}


gpg_error_t
ctl_blob_open (const struct ctl_options *opt, ctl_blob_t *r_blobs)
{
  ctl_blob_t blobs = calloc (1, sizeof *blobs);
  char *message = NULL;
  gpg_error_t err;

  *r_blobs = NULL;
  if (!blobs)
    return gpg_error_from_syserror ();
  err = secret_init (16384);
  if (!err)
    err = pgp_init ();
  if (!err)
    err = opt->keys ? open_scratch (blobs, opt->keys)
      : open_roster (blobs, opt, &message);
  if (err)
    {
      log_error ("audit verify: %s: %s", opt->keys ? opt->keys
                 : "give the public keys with --keys, for there is no roster",
                 message ? message : gpg_strerror (err));
      free (message);
      ctl_blob_close (blobs);
      return err;
    }
  *r_blobs = blobs;
  return 0;
}


void
ctl_blob_close (ctl_blob_t blobs)
{
  if (!blobs)
    return;
  pgp_release (blobs->pgp);
  if (blobs->scratch)
    file_remove_tree (blobs->scratch);
  free (blobs->scratch);
  free (blobs->signer);
  free (blobs);
}


gpg_error_t
ctl_blob_decode (const char *text, bool hex, unsigned char **r_data,
                 size_t *r_len)
{
  size_t len = strlen (text);
  gpg_error_t err;

  *r_len = hex ? len / 2 : len;
  *r_data = malloc (*r_len + 1);
  if (!*r_data)
    return gpg_error_from_syserror ();
  err = hex ? decode_hex (text, len, *r_data, *r_len)
    : decode_base64 (text, len, *r_data, *r_len + 1, r_len);
  if (err)
    {
      free (*r_data);
      *r_data = NULL;
    }
  return err;
}


static const char *
text_of (json_t *row, const char *name)
{
  const char *text = json_string_value (json_object_get (row, name));

  return text ? text : "";
}


static void
count (ctl_blob_t blobs, json_t *row)
{
  const char *fpr = text_of (row, "fpr");
  struct signer *more;
  size_t i;

  for (i = 0; i < blobs->n; i++)
    if (!strcmp (blobs->signer[i].fpr, fpr))
      break;
  if (i == blobs->n)
    {
      more = reallocarray (blobs->signer, blobs->n + 1, sizeof *more);
      if (!more)
        return;
      blobs->signer = more;
      more += blobs->n++;
      memset (more, 0, sizeof *more);
      snprintf (more->fpr, sizeof more->fpr, "%s", fpr);
      snprintf (more->user, sizeof more->user, "%s", text_of (row, "user"));
    }
  blobs->signer[i].n++;
}


/* What the row tells is what the text says.  */
static const char *
compare_text (json_t *row, const char *text, size_t len)
{
  unsigned char hash[REQUEST_HASHLEN];
  char hex[2 * REQUEST_HASHLEN + 1], ports[NETSPEC_PORTSTRLEN];
  const char *why = NULL;
  request_t req;

  request_hash (text, len, hash);
  encode_hex (hash, sizeof hash, hex);
  if (strcmp (hex, text_of (row, "request")))
    return "its signed request is another one";
  if (request_parse (text, len, &req, NULL))
    return "what was signed is no request";
  if (strcmp (request_action_name (req->action), text_of (row, "action")))
    why = "the action is not what was signed";
  else if (req->ports.n && strcmp (netspec_ports_print (&req->ports, ports),
                                   text_of (row, "ports")))
    why = "the ports are not those that were signed";
  request_release (req);
  return why;
}


/* The signature itself, and whose it is.  */
static const char *
check_signer (ctl_blob_t blobs, json_t *row, const unsigned char *blob,
              size_t len)
{
  struct pgp_signer signer;
  char buf[REQUEST_MAXLEN];
  const char *why;
  size_t textlen;

  if (isatty (STDERR_FILENO) && !(++blobs->checked % PROGRESS))
    fprintf (stderr, "\r%" PRIu64 " signatures", blobs->checked);
  switch (gpg_err_code (pgp_verify (blobs->pgp, blob, len, 1, &signer, buf,
                                    sizeof buf, &textlen, &why)))
    {
    case 0:
      if (strcmp (signer.primary, text_of (row, "fpr")))
        return "it was signed by another key than it tells";
      count (blobs, row);
      return NULL;
    case GPG_ERR_NO_PUBKEY:
      blobs->unknown++;
      return NULL;
    case GPG_ERR_KEY_EXPIRED:
    case GPG_ERR_CERT_REVOKED:
    case GPG_ERR_KEY_DISABLED:
      blobs->no_longer++;
      return NULL;
    default:
      return why;
    }
}


const char *
ctl_blob_check (ctl_blob_t blobs, json_t *row)
{
  unsigned char *blob;
  char text[REQUEST_MAXLEN];
  enum framing_flaw flaw;
  const char *why;
  size_t len, textlen;

  if (ctl_blob_decode (text_of (row, "blob"), false, &blob, &len))
    return "its signed request cannot be read";
  if (framing_check_inner (blob, len, REQUEST_MAXLEN, 1, &flaw)
      || framing_literal (blob, len, text, sizeof text, &textlen))
    why = "its signed request is none";
  else
    why = compare_text (row, text, textlen);
  if (!why)
    why = check_signer (blobs, row, blob, len);
  free (blob);
  return why;
}


void
ctl_blob_print (ctl_blob_t blobs)
{
  size_t i;

  if (isatty (STDERR_FILENO) && blobs->checked >= PROGRESS)
    fputc ('\r', stderr);
  for (i = 0; i < blobs->n; i++)
    printf ("%" PRIu64 " requests were signed by %s, %s\n",
            blobs->signer[i].n, *blobs->signer[i].user
            ? blobs->signer[i].user : "nobody's key", blobs->signer[i].fpr);
  if (blobs->no_longer)
    printf ("%" PRIu64 " requests were signed by keys that are no longer"
            " valid\n", blobs->no_longer);
  if (blobs->unknown)
    printf ("%" PRIu64 " requests were signed by keys that are not here:"
            " give them with --keys\n", blobs->unknown);
}
