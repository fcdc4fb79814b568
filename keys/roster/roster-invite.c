/* roster-invite.c - Making an invite.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An invite holds the key of a door, so its text is wiped wherever it was,
 * and it never leaves here unencrypted.  The gpg that signs has the server's
 * key at hand: it is shown no public key that framing_check_public has not
 * passed.  */

#include "roster-parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/wire/framing.h"
#include "../../common/wire/invite.h"
#include "../../common/base/secret.h"

#define MAX_BY_KEY 12000        /* In base64, half of an invite.  */


/* Serials grow with each invite even if the clock goes back, so that clients
   can tell the newer of two.  The file has the last one taken, and is written
   before any is used: what is lost in between leaves a gap, never a serial
   used twice.  */
gpg_error_t
roster_take_serials (roster_t roster, size_t n)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/invite-serial", roster->root);
  unsigned char *data = NULL;
  char text[24];
  uint64_t now = (uint64_t)time (NULL), last = 0;
  size_t len;

  if (!path)
    return gpg_error_from_syserror ();
  err = file_read (path, sizeof text, &data, &len);
  if (!err)
    last = strtoull ((char *)data, NULL, 10);
  else if (gpg_err_code (err) != GPG_ERR_ENOENT)
    goto leave;
  roster->serial = now > last ? now : last + 1;
  gpgrt_snprintf (text, sizeof text, "%" PRIu64 "\n",
                  roster->serial + n - 1);
  err = file_write (path, text, strlen (text), 0600, 0);
  roster->serials = err ? 0 : n;

 leave:
  free (data);
  gpgrt_free (path);
  return err;
}


static gpg_error_t
next_serial (roster_t roster, uint64_t *r_serial)
{
  gpg_error_t err = roster->serials ? 0 : roster_take_serials (roster, 1);

  if (err)
    return err;
  *r_serial = roster->serial++;
  roster->serials--;
  return 0;
}


/* Why KEY cannot sign invites; NULL if it can.  */
static const char *
objection_to_signer (roster_t roster, pgp_key_t key, const char *fpr)
{
  if (strcmp (key->fpr, fpr))
    return "that is a subkey; give the primary key's fingerprint";
  if (!strcmp (key->fpr, roster->config->server_fpr))
    return "that is the server's key, which signs anyway";
  if (key->revoked)
    return "the key is revoked";
  if (key->expired)
    return "the key has expired";
  if (!key->can_sign)
    return "the key cannot sign";
  return roster->by_key_len <= MAX_BY_KEY ? NULL
    : "the key is too large for an invite; it has too many user IDs";
}


gpg_error_t
roster_sign_by (roster_t roster, const char *fpr, char **r_message)
{
  gpg_error_t err;
  pgp_key_t key = NULL;
  const char *why = NULL;

  *r_message = NULL;
  err = pgp_new (PGP_PERSON, NULL, 0, &roster->own);
  if (!err)
    err = pgp_key_find (roster->own, fpr, true, &key);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    err = gpg_error (GPG_ERR_NO_SECKEY);
  if (!err)
    err = pgp_key_export (roster->own, fpr, &roster->by_key,
                          &roster->by_key_len);
  if (!err && (why = objection_to_signer (roster, key, fpr)))
    err = gpg_error (GPG_ERR_UNUSABLE_SECKEY);
  pgp_key_release (key);
  if (!err)
    gpgrt_snprintf (roster->by, sizeof roster->by, "%s", fpr);
  else
    *r_message = gpgrt_bsprintf ("--by %s: %s", fpr,
                                 why ? why : gpg_err_code (err)
                                 == GPG_ERR_NO_SECKEY ? "your own keyring"
                                 " has no secret key with this fingerprint"
                                 : gpg_strerror (err));
  return err;
}


static const struct config_rule *
first_rule (config_t config, const struct config_user *user)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (config_rule_has_user (config->rule + i, user, time (NULL)))
      return config->rule + i;
  return NULL;
}


static bool
is_door_open (const struct config_door *door, uint64_t now)
{
  return !door->ends || door->ends > now;
}


size_t
roster_first_door (config_t config, uint64_t now)
{
  size_t i = config_door_by_name (config, "main");

  if (i < CONFIG_MAX_DOORS && is_door_open (config->door + i, now))
    return i;
  for (i = 0; i < config->n_doors; i++)
    if (is_door_open (config->door + i, now))
      return i;
  return CONFIG_MAX_DOORS;
}


static gpg_error_t
fill_door (config_t config, const struct config_user *user, invite_t invite)
{
  gpg_error_t err;
  size_t i = user->door ? config_door_by_name (config, user->door)
    : roster_first_door (config, invite->time);

  if (i == CONFIG_MAX_DOORS)
    return gpg_error (GPG_ERR_NO_KEY);
  if (!is_door_open (config->door + i, invite->time))
    return gpg_error (GPG_ERR_KEY_EXPIRED);
  err = config_door_key (config, i, invite->door_key, NULL);
  if (!err)
    {
      gpgrt_snprintf (invite->door, sizeof invite->door, "%s",
                      config->door[i].name);
      invite->door_ends = config->door[i].ends;
    }
  return err;
}


static void
fill_addresses (config_t config, invite_t invite)
{
  size_t i;

  for (i = 0; i < config->addresses.n && i < INVITE_MAX_ADDRESSES; i++)
    gpgrt_snprintf (invite->address[i], sizeof invite->address[i], "%s",
                    config->addresses.item[i]);
  invite->n_addresses = (unsigned int)i;
  if (!i)
    {
      gpgrt_snprintf (invite->address[0], sizeof invite->address[0], "%s",
                      config->host);
      invite->n_addresses = 1;
    }
}


static gpg_error_t
copy_public_key (const unsigned char *key, size_t len, unsigned char **r_copy,
                 size_t *r_len)
{
  *r_copy = malloc (len);
  if (!*r_copy)
    return gpg_error_from_syserror ();
  memcpy (*r_copy, key, len);
  *r_len = len;
  return 0;
}


/* The public keys that verify the invite.  */
static gpg_error_t
fill_keys (roster_t roster, invite_t invite)
{
  const char *fpr = roster->config->server_fpr;
  gpg_error_t err = 0;

  if (!roster->server_key)
    err = pgp_key_export (roster->server, fpr, &roster->server_key,
                          &roster->server_key_len);
  if (!err)
    err = copy_public_key (roster->server_key, roster->server_key_len,
                           &invite->server_key, &invite->server_key_len);
  if (err || !*roster->by)
    return err;
  gpgrt_snprintf (invite->by, sizeof invite->by, "%s", roster->by);
  return copy_public_key (roster->by_key, roster->by_key_len, &invite->by_key,
                          &invite->by_key_len);
}


/* Tell USER's client the ports that the first rule for them opens, and the
   credential that it requires: the client's defaults.  */
static void
fill_rule (config_t config, const struct config_user *user, invite_t invite)
{
  const struct config_rule *rule = first_rule (config, user);

  if (!rule)
    return;
  invite->ports = rule->ports;
  gpgrt_snprintf (invite->credential, sizeof invite->credential, "%s",
                  config_require_name (rule->require.kind));
}


static gpg_error_t
fill_invite (roster_t roster, const struct config_user *user,
             invite_t invite)
{
  gpg_error_t err;
  config_t config = roster->config;

  gpgrt_snprintf (invite->person, sizeof invite->person, "%s", user->fpr);
  gpgrt_snprintf (invite->user, sizeof invite->user, "%s", user->name);
  gpgrt_snprintf (invite->host, sizeof invite->host, "%s", config->host);
  gpgrt_snprintf (invite->server, sizeof invite->server, "%s",
                  config->server_fpr);
  invite->port = config->port;
  invite->time = (uint64_t)time (NULL);
  fill_rule (config, user, invite);
  fill_addresses (config, invite);
  err = fill_door (config, user, invite);
  if (!err)
    err = fill_keys (roster, invite);
  if (!err)
    err = next_serial (roster, &invite->serial);
  return err;
}


static void
release_blob (unsigned char *blob, size_t len)
{
  if (blob)
    secret_wipe (blob, len);
  free (blob);
}


/* The two keys are in two homes, so each makes its own signature, and the two
   are joined.  The administrator's comes first: a person may decline.  */
static gpg_error_t
sign_by_both (roster_t roster, const char *text, size_t textlen,
              unsigned char **r_blob, size_t *r_len)
{
  gpg_error_t err;
  unsigned char *by = NULL, *own = NULL, *both = NULL;
  size_t bylen = 0, ownlen = 0;

  *r_blob = NULL;
  *r_len = 0;
  err = pgp_sign (roster->own, roster->by, text, textlen, &by, &bylen);
  if (!err)
    err = pgp_sign (roster->server, roster->config->server_fpr, text,
                    textlen, &own, &ownlen);
  if (!err)
    {
      both = malloc (bylen + ownlen);
      err = both ? framing_join (by, bylen, own, ownlen, both, r_len)
        : gpg_error_from_syserror ();
    }
  if (!err)
    *r_blob = both;
  else
    release_blob (both, both ? bylen + ownlen : 0);
  release_blob (by, bylen);
  release_blob (own, ownlen);
  return err;
}


static gpg_error_t
sign_invite (roster_t roster, const char *text, size_t textlen,
             const char *const *files, unsigned char **r_data,
             size_t *r_len)
{
  gpg_error_t err;
  unsigned char *blob;
  size_t bloblen;

  if (!roster->own)
    return pgp_sign_encrypt (roster->server, roster->config->server_fpr,
                             files, false, text, textlen, r_data, r_len);
  err = sign_by_both (roster, text, textlen, &blob, &bloblen);
  if (err)
    return err;
  err = pgp_wrap (roster->server, files, false, blob, bloblen, r_data,
                  r_len);
  release_blob (blob, bloblen);
  return err;
}


/* The recipient is not in the keyring of the server's home and must not get
   into it: gpg reads them from a file.  */
static gpg_error_t
seal_invite (roster_t roster, const char *text, size_t textlen,
             const void *keydata, size_t keylen,
             unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/recipient", roster->root);
  const char *files[2] = { path, NULL };

  if (!path)
    return gpg_error_from_syserror ();
  err = file_write (path, keydata, keylen, 0600, 0);
  if (!err)
    err = sign_invite (roster, text, textlen, files, r_data, r_len);
  unlink (path);
  gpgrt_free (path);
  return err;
}


gpg_error_t
roster_invite (roster_t roster, const struct config_user *user,
               const void *keydata, size_t keylen,
               unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err = 0;
  invite_t invite = NULL;
  unsigned char *stored = NULL;
  char *text = NULL;
  size_t textlen = 0;

  *r_data = NULL;
  *r_len = 0;
  if (!keydata)
    {
      err = pgp_key_export (roster->people, user->fpr, &stored, &keylen);
      keydata = stored;
    }
  if (!err && framing_check_public (keydata, keylen))
    err = gpg_error (GPG_ERR_UNUSABLE_PUBKEY);
  if (!err)
    err = invite_new (&invite);
  if (!err)
    err = fill_invite (roster, user, invite);
  if (!err)
    err = invite_write (invite, &text, &textlen);
  if (!err)
    err = seal_invite (roster, text, textlen, keydata, keylen,
                       r_data, r_len);
  if (text)
    secret_wipe (text, textlen);
  free (text);
  free (stored);
  invite_release (invite);
  return err;
}
