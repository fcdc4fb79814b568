/* roster.c - Who is who: the people of a server and their invites.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "roster.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../common/console.h"
#include "../common/file.h"
#include "../common/invite.h"
#include "../common/secret.h"
#include "../server/role.h"
#include "folders.h"

#define DEADLINE 60000          /* Milliseconds for one run of gpg.  */

struct roster_s
{
  config_t config;
  pgp_t people;
  pgp_t server;                 /* The home with the primary key.  */
  char *root;                   /* Its path.  */
  char *verify;                 /* The path of the people's home.  */
  int lock;
};


static gpg_error_t
lock_roster (roster_t roster)
{
  char *path = gpgrt_bsprintf ("%s/users.d/.lock", roster->config->dir);
  gpg_error_t err = 0;

  if (!path)
    return gpg_error_from_syserror ();
  roster->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (roster->lock < 0)
    err = gpg_error_from_syserror ();
  while (!err && flock (roster->lock, LOCK_EX))
    if (errno != EINTR)
      err = gpg_error_from_syserror ();
  gpgrt_free (path);
  return err;
}


gpg_error_t
roster_open (const char *dir, roster_t *r_roster, char **r_message)
{
  gpg_error_t err;
  roster_t roster;

  *r_roster = NULL;
  *r_message = NULL;
  roster = calloc (1, sizeof *roster);
  if (!roster)
    return gpg_error_from_syserror ();
  roster->lock = -1;
  err = config_load (dir, &roster->config, r_message);
  if (err)
    goto leave;
  err = lock_roster (roster);
  if (err)
    goto leave;
  /* What was read before the lock may have changed since.  */
  config_release (roster->config);
  roster->config = NULL;
  err = config_load (dir, &roster->config, r_message);
  if (err)
    goto leave;
  roster->root = config_state_path (roster->config, "root");
  roster->verify = config_state_path (roster->config, "verify");
  if (!roster->root || !roster->verify)
    {
      err = gpg_error_from_syserror ();
      goto leave;
    }
  err = pgp_new (PGP_SERVER, roster->verify, DEADLINE, &roster->people);
  if (!err)
    err = pgp_new (PGP_PERSON, roster->root, 0, &roster->server);

 leave:
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s", dir, gpg_strerror (err));
  if (err)
    roster_close (roster);
  else
    *r_roster = roster;
  return err;
}


/* Signing has started an agent on the server's primary key: it must not
   stay.  */
static void
end_agent (const char *home)
{
  char *argv[] = { "gpgconf", "--homedir", (char *)home, "--kill",
                   "gpg-agent", NULL };
  char *envp[] = { "PATH=/usr/bin:/bin", NULL };
  pid_t pid;

  if (!posix_spawn (&pid, POSTERN_GPGCONF, NULL, NULL, argv, envp))
    while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
      ;
}


void
roster_close (roster_t roster)
{
  if (!roster)
    return;
  if (roster->root)
    end_agent (roster->root);
  pgp_release (roster->people);
  pgp_release (roster->server);
  config_release (roster->config);
  free (roster->root);
  free (roster->verify);
  if (roster->lock >= 0)
    close (roster->lock);
  free (roster);
}


config_t
roster_config (roster_t roster)
{
  return roster->config;
}


pgp_t
roster_people (roster_t roster)
{
  return roster->people;
}


const char *
roster_objection (roster_t roster, const char *name, pgp_key_t key)
{
  const struct config_user *user;

  if (key->revoked)
    return "the key is revoked";
  if (key->expired)
    return "the key has expired";
  if (key->weak)
    return "the key is weak (RSA under 2048 bits, or DSA)";
  if (key->disabled || key->invalid)
    return "the key is not valid";
  if (!key->can_sign)
    return "the key cannot sign";
  if (!key->can_encrypt)
    return "the key cannot encrypt, which the invite needs";
  user = config_user_by_fpr (roster->config, key->fpr);
  if (user && strcmp (user->name, name))
    return "the key is somebody else's already";
  if (!strcmp (key->fpr, roster->config->server_fpr))
    return "the key is this server's own";
  return NULL;
}


gpg_error_t
roster_add_key (roster_t roster, const void *data, size_t len)
{
  gpg_error_t err;

  err = pgp_key_import (roster->people, data, len);
  if (!err)
    err = folders_share (roster->verify, ROLE_USER_VERIFY);
  return err;
}


static void
print_list (gpgrt_stream_t fp, const char *const *items)
{
  size_t i;

  gpgrt_fputs ("{", fp);
  for (i = 0; items[i]; i++)
    gpgrt_fprintf (fp, "%s'%s'", i ? ", " : "", items[i]);
  gpgrt_fputs ("}\n", fp);
}


static gpg_error_t
print_entry (const struct roster_entry *entry, void **r_text, size_t *r_len)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");

  if (!fp)
    return gpg_error_from_syserror ();
  gpgrt_fprintf (fp, "# Written by postern-keys.\nuser %s {\n"
                 "  key     = '%s'\n", entry->name, entry->fpr);
  if (entry->groups[0])
    {
      gpgrt_fputs ("  groups  = ", fp);
      print_list (fp, entry->groups);
    }
  if (entry->door)
    gpgrt_fprintf (fp, "  door    = '%s'\n", entry->door);
  if (entry->expires)
    gpgrt_fprintf (fp, "  expires = '%s'\n", entry->expires);
  gpgrt_fputs ("}\n", fp);
  return gpgrt_fclose_snatch (fp, r_text, r_len)
    ? gpg_error_from_syserror () : 0;
}


/* The configuration with the new file must be good as a whole.  */
static gpg_error_t
check_whole (roster_t roster, char **r_message)
{
  gpg_error_t err;
  config_t config;

  err = config_load (roster->config->dir, &config, r_message);
  config_release (config);
  return err;
}


gpg_error_t
roster_add (roster_t roster, const struct roster_entry *entry,
            char **r_message)
{
  gpg_error_t err;
  char *path = NULL;
  void *text = NULL;
  size_t len;

  *r_message = NULL;
  err = print_entry (entry, &text, &len);
  if (err)
    return err;
  path = gpgrt_bsprintf ("%s/users.d/%s.conf", roster->config->dir,
                         entry->name);
  err = path ? file_write (path, text, len, 0644, 1)
    : gpg_error_from_syserror ();
  if (!err)
    {
      err = check_whole (roster, r_message);
      if (err)
        unlink (path);
    }
  gpgrt_free (path);
  gpgrt_free (text);
  return err;
}


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
    invite->ports = rule->ports;
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


gpg_error_t
roster_reload (roster_t roster, char **r_message)
{
  gpg_error_t err;
  console_t console;
  const char *why = NULL;

  *r_message = NULL;
  err = console_open (roster->config->runtime, &console);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    return 0;
  if (!err)
    err = console_reload (&console, &why);
  if (err)
    *r_message = gpgrt_bsprintf ("the running posternd did not reload: %s",
                                 why ? why : gpg_strerror (err));
  console_close (console);
  return err;
}
