/* roster-invite.c - Making an invite.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "roster-parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../common/file.h"
#include "../common/invite.h"
#include "../common/secret.h"


/* A serial that grows with each invite, also when the clock goes back:
   the last one stands in a file and is raised before it is used.  */
static gpg_error_t
next_serial (roster_t roster, uint64_t *r_serial)
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
  *r_serial = now > last ? now : last + 1;
  gpgrt_snprintf (text, sizeof text, "%" PRIu64 "\n", *r_serial);
  err = file_write (path, text, strlen (text), 0600, 0);

 leave:
  free (data);
  gpgrt_free (path);
  return err;
}


static const struct config_rule *
first_rule (config_t config, const struct config_user *user)
{
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    if (config_rule_has_user (config->rule + i, user))
      return config->rule + i;
  return NULL;
}


/* The door of USER's, or the first one.  */
static gpg_error_t
fill_door (config_t config, const struct config_user *user, invite_t invite)
{
  gpg_error_t err;
  char *message = NULL;
  size_t i = 0;

  while (user->door && i < config->n_doors
         && strcmp (user->door, config->door[i]))
    i++;
  if (i >= config->n_doors)
    return gpg_error (GPG_ERR_NO_KEY);
  err = config_door_key (config, i, invite->door_key, &message);
  free (message);
  if (!err)
    {
      gpgrt_snprintf (invite->door, sizeof invite->door, "%s",
                      config->door[i]);
      invite->door_ends = config->door_ends[i];
    }
  return err;
}


static gpg_error_t
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
  return 0;
}


static gpg_error_t
fill_invite (roster_t roster, const struct config_user *user,
             invite_t invite)
{
  gpg_error_t err;
  config_t config = roster->config;
  const struct config_rule *rule = first_rule (config, user);

  gpgrt_snprintf (invite->person, sizeof invite->person, "%s", user->fpr);
  gpgrt_snprintf (invite->user, sizeof invite->user, "%s", user->name);
  gpgrt_snprintf (invite->host, sizeof invite->host, "%s", config->host);
  gpgrt_snprintf (invite->server, sizeof invite->server, "%s",
                  config->server_fpr);
  invite->port = config->port;
  invite->time = (uint64_t)time (NULL);
  if (rule)
    {
      invite->ports = rule->ports;
      gpgrt_snprintf (invite->credential, sizeof invite->credential, "%s",
                      config_require_name (rule->require.kind));
    }
  err = fill_addresses (config, invite);
  if (!err)
    err = fill_door (config, user, invite);
  if (!err)
    err = pgp_key_export (roster->server, config->server_fpr,
                          &invite->server_key, &invite->server_key_len);
  if (!err)
    err = next_serial (roster, &invite->serial);
  return err;
}


/* GnuPG reads a recipient who is not in the keyring from a file.  */
static gpg_error_t
sign_invite (roster_t roster, const char *text, size_t textlen,
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
    err = pgp_sign_encrypt (roster->server, roster->config->server_fpr,
                            files, false, text, textlen, r_data, r_len);
  unlink (path);
  gpgrt_free (path);
  return err;
}


gpg_error_t
roster_invite (roster_t roster, const struct config_user *user,
               const void *keydata, size_t keylen,
               unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err;
  invite_t invite = NULL;
  char *text = NULL;
  size_t textlen = 0;

  *r_data = NULL;
  *r_len = 0;
  err = invite_new (&invite);
  if (!err)
    err = fill_invite (roster, user, invite);
  if (!err)
    err = invite_write (invite, &text, &textlen);
  if (!err)
    err = sign_invite (roster, text, textlen, keydata, keylen,
                       r_data, r_len);
  if (text)
    secret_wipe (text, textlen);
  free (text);
  invite_release (invite);
  return err;
}
