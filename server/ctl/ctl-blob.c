/* ctl-blob.c - The signed requests of an audit, verified again.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg reads each of them: bytes that decide kept, or somebody's export.  So
 * root becomes another user, as muster does, once all is open that only root
 * can open; no gpg may run before that.  A key that has expired or was revoked
 * since has still signed what it signed before.  */

#include "ctl-blob.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/wire/framing.h"
#include "../../common/base/log.h"
#include "../../common/base/netspec.h"
#include "../../common/pgp/pgp.h"
#include "../../common/wire/request.h"
#include "../ipc/packets.h"
#include "../role/confine.h"
#include "../role/role.h"

#define NOBODY "nobody"         /* On hosts without Postern's users.  */
#define DEADLINE_MS 20000       /* For one run of gpg.  */
#define MAX_KEYFILE (64 * 1024 * 1024)
#define PROGRESS 50             /* Signatures between two lines of progress.  */

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
  void *requests;               /* Their hashes, a tree of tsearch(3).  */
  uint64_t checked, unknown, no_longer;
};


/* Become the user who may read the roster's keys, or nobody.  */
static gpg_error_t
drop_power (void)
{
  struct confine_id id;
  gpg_error_t err;

  if (geteuid ())
    return 0;
  err = confine_lookup (ROLE_USER_MUSTER, &id);
  if (gpg_err_code (err) == GPG_ERR_UNKNOWN_NAME)
    err = confine_lookup (NOBODY, &id);
  return err ? err : confine_become (&id, 0);
}


static gpg_error_t
make_keys_home (ctl_blob_t blobs)
{
  gpg_error_t err;

  blobs->scratch = strdup ("/tmp/postern-audit-XXXXXX");
  if (!blobs->scratch)
    return gpg_error_from_syserror ();
  if (mkdtemp (blobs->scratch))
    return pgp_home_write (blobs->scratch);
  err = gpg_error_from_syserror ();
  free (blobs->scratch);
  blobs->scratch = NULL;
  return err;
}


/* Open a new home with the keys in the file NAME and no others.  */
static gpg_error_t
open_given_keys (ctl_blob_t blobs, const char *name)
{
  unsigned char *data = NULL;
  size_t len;
  gpg_error_t err;

  err = file_read (name, MAX_KEYFILE, &data, &len);
  if (!err)
    err = drop_power ();
  if (!err)
    err = make_keys_home (blobs);
  if (!err)
    err = pgp_new (PGP_SERVER, blobs->scratch, DEADLINE_MS, &blobs->pgp);
  if (!err)
    err = pgp_keys_import (blobs->pgp, data, len);
  free (data);
  return err;
}


static gpg_error_t
open_roster_home (ctl_blob_t blobs, const struct ctl_options *opt,
                  char **r_message)
{
  config_t config;
  char *home;
  gpg_error_t err = config_load (opt->dir, &config, r_message);

  if (err)
    return err;
  home = config_state_path (config, "muster");
  err = home ? drop_power () : gpg_error_from_syserror ();
  if (!err)
    err = pgp_new (PGP_SERVER, home, DEADLINE_MS, &blobs->pgp);
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
  err = pgp_init ();
  if (!err)
    err = opt->keys ? open_given_keys (blobs, opt->keys)
      : open_roster_home (blobs, opt, &message);
  if (err)
    {
      log_error ("audit verify: %s: %s", opt->keys ? opt->keys
                 : "there is no roster here; give the public keys with --keys",
                 message ? message : file_why (err));
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
  tdestroy (blobs->requests, free);
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
row_text (json_t *row, const char *name)
{
  const char *text = json_string_value (json_object_get (row, name));

  return text ? text : "";
}


/* The user of ROW if that is a name: an export may contain anything.  */
static const char *
row_user (json_t *row)
{
  const char *user = row_text (row, "user");

  return netspec_name_valid (user, strlen (user)) ? user : "";
}


/* Few people sign most rows, so a list will do.  */
static void
count_signer (ctl_blob_t blobs, json_t *row)
{
  const char *fpr = row_text (row, "fpr");
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
      snprintf (more->user, sizeof more->user, "%s", row_user (row));
    }
  blobs->signer[i].n++;
}


static int
compare_hashes (const void *a, const void *b)
{
  return memcmp (a, b, REQUEST_HASHLEN);
}


/* A request works once, so it can have only one row.  */
static bool
is_first_row (ctl_blob_t blobs, const unsigned char hash[REQUEST_HASHLEN])
{
  unsigned char *copy = malloc (REQUEST_HASHLEN), **found = NULL;

  if (copy)
    {
      memcpy (copy, hash, REQUEST_HASHLEN);
      found = tsearch (copy, &blobs->requests, compare_hashes);
    }
  if (found && *found == copy)
    return true;
  free (copy);
  return false;
}


static bool
is_for_host (request_t req, const char *host)
{
  unsigned int i;

  for (i = 0; i < req->n_targets; i++)
    if (!strcmp (req->target[i].host, host))
      return true;
  return false;
}


/* A row that was refused before a rule was found has none.  */
static bool
fits_command (request_t req, const char *rule)
{
  return req->action != REQUEST_RUN || !*rule || !strcmp (req->command, rule);
}


static bool
fits_address (request_t req, const char *address)
{
  char text[NETSPEC_ADDRSTRLEN];

  return req->action != REQUEST_OPEN || req->source.family == AF_UNSPEC
         || !strcmp (netspec_addr_print (&req->source, text), address);
}


/* Check that ROW says the same as the request.  */
static const char *
compare_request (request_t req, json_t *row)
{
  char ports[NETSPEC_PORTSTRLEN];

  if (!is_for_host (req, row_text (row, "host")))
    return "what was signed is for another host";
  if (strcmp (request_action_name (req->action), row_text (row, "action")))
    return "the action is not what was signed";
  if (strcmp (netspec_ports_print (&req->ports, ports),
              row_text (row, "ports")))
    return "the ports are not those that were signed";
  if (!fits_address (req, row_text (row, "address")))
    return "the address is not the one that was signed";
  return fits_command (req, row_text (row, "rule")) ? NULL
    : "the command is not the one that was signed";
}


static const char *
compare_text (ctl_blob_t blobs, json_t *row, const char *text, size_t len)
{
  unsigned char hash[REQUEST_HASHLEN];
  char hex[2 * REQUEST_HASHLEN + 1];
  const char *why;
  request_t req;

  request_hash (text, len, hash);
  encode_hex (hash, sizeof hash, hex);
  if (strcmp (hex, row_text (row, "request")))
    return "its signed request is another one";
  if (!is_first_row (blobs, hash))
    return "its signed request is also in an earlier row";
  if (request_parse (text, len, &req, NULL))
    return "what was signed is not a request";
  why = compare_request (req, row);
  request_release (req);
  return why;
}


/* gpg does not know the signing key, so nothing can be said, unless the key
   that the row names is known.  */
static const char *
check_unknown_key (ctl_blob_t blobs, const char *fpr)
{
  pgp_key_t key;

  if (!netspec_fpr_valid (fpr, strlen (fpr))
      || pgp_key_find (blobs->pgp, fpr, false, &key))
    {
      blobs->unknown++;
      return NULL;
    }
  pgp_key_release (key);
  return "it was not signed by the key that it names, for that key is here";
}


/* Check the signature, and whose it is.  */
static const char *
check_signer (ctl_blob_t blobs, json_t *row, const unsigned char *blob,
              size_t len)
{
  const char *why, *fpr = row_text (row, "fpr");
  struct pgp_signer signer;
  char buf[REQUEST_MAXLEN];
  gpg_error_t err;
  size_t textlen;

  if (isatty (STDERR_FILENO) && !(++blobs->checked % PROGRESS))
    fprintf (stderr, "\r%" PRIu64 " signatures", blobs->checked);
  err = pgp_verify (blobs->pgp, blob, len, 1, &signer, buf, sizeof buf,
                    &textlen, &why);
  if (*signer.primary && strcmp (signer.primary, fpr))
    return "it was signed by another key than it names";
  switch (gpg_err_code (err))
    {
    case 0:
      count_signer (blobs, row);
      return NULL;
    case GPG_ERR_NO_PUBKEY:
      return check_unknown_key (blobs, fpr);
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

  /* gpg comes last: it takes by far the most time, and must not see what our
     own parsers have not passed.  */
  if (ctl_blob_decode (row_text (row, "blob"), false, &blob, &len))
    return "its signed request cannot be read";
  if (framing_check_inner (blob, len, PACKET_BLOBLEN, REQUEST_MAXLEN, 1,
                           &flaw)
      || framing_literal (blob, len, text, sizeof text, &textlen))
    why = "its signed request is not a signed request";
  else
    why = compare_text (blobs, row, text, textlen);
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


void
ctl_blob_describe (ctl_blob_t blobs, json_t *object)
{
  json_t *signers = json_array ();
  const struct signer *signer;
  size_t i;

  for (i = 0; i < blobs->n; i++)
    {
      signer = blobs->signer + i;
      json_array_append_new (signers, json_pack
                             ("{ss? ss sI}", "user", *signer->user
                              ? signer->user : NULL, "key", signer->fpr,
                              "requests", (json_int_t)signer->n));
    }
  json_object_set_new (object, "signers", signers);
  json_object_set_new (object, "keys-no-longer-valid",
                       json_integer ((json_int_t)blobs->no_longer));
  json_object_set_new (object, "keys-not-here",
                       json_integer ((json_int_t)blobs->unknown));
}
