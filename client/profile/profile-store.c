/* profile-store.c - Changes to the hosts that a person has joined.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * hosts.conf is changed last where a host comes or is called otherwise, and
 * each file at once: whatever interrupts it, each host that is there has
 * its keys.  */

#include "profile-parts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/file.h"


/* Where PATH, of hosts.conf, leads if it is a link: who keeps the file
   elsewhere has it there still afterwards.  */
static char *
follow_link (char *path)
{
  char *target = realpath (path, NULL);
  char *copy = target ? gpgrt_bsprintf ("%s", target) : NULL;

  free (target);
  if (!copy)
    return path;
  gpgrt_free (path);
  return copy;
}


gpg_error_t
profile_write_file (profile_t profile, const char *folder, const char *name,
                    const char *end, const void *data, size_t len,
                    char **r_message)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/%s%s%s", profile->dir, folder, name, end);

  if (!path)
    return gpg_error_from_syserror ();
  if (!*end)
    path = follow_link (path);
  err = file_write (path, data, len, 0600, 0);
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("%s: cannot write: %s", path,
                                 gpg_strerror (err));
  gpgrt_free (path);
  return err;
}


/* The profile with NEW in place of OLD; see profile_edit.  */
struct change
{
  struct profile_s after;       /* Text and hosts of this one are ours.  */
  const struct profile_host *host;      /* NEW, as it will be read.  */
};


/* The text is read back before anything is written: no file is left that
   the next run cannot read.  */
static gpg_error_t
plan_change (profile_t profile, const struct profile_host *old,
             const struct profile_host *new, struct change *change,
             char **r_message)
{
  gpg_error_t err;
  profile_t after = &change->after;

  memset (change, 0, sizeof *change);
  after->dir = profile->dir;
  err = profile_edit (profile, old, new, &after->text, &after->len);
  if (!err)
    err = profile_parse (after, "hosts.conf", after->text, after->len,
                         r_message);
  if (!err && new)
    {
      change->host = profile_find (after, new->name);
      if (!change->host || strcmp (change->host->server, new->server)
          || change->host->serial != new->serial)
        err = gpg_error (GPG_ERR_INTERNAL);
    }
  return err;
}


static gpg_error_t
commit_change (profile_t profile, struct change *change, char **r_message)
{
  return profile_write_file (profile, "hosts.conf", "", "",
                             change->after.text, change->after.len,
                             r_message);
}


/* After it went well: the profile is what was planned.  */
static void
finish_change (profile_t profile, struct change *change, gpg_error_t err,
               char **r_message)
{
  struct profile_s before = *profile;

  if (!err)
    {
      *profile = change->after;
      profile->lock = before.lock;
      change->after = before;
    }
  else if (!*r_message)
    *r_message = gpgrt_bsprintf ("profile: %s", gpg_strerror (err));
  free (change->after.text);
  free (change->after.host);
}


gpg_error_t
profile_put (profile_t profile, const struct profile_host *host,
             const unsigned char door_key[INVITE_DOORLEN],
             const void *server_key, size_t server_key_len,
             char **r_message)
{
  gpg_error_t err;
  struct change change;

  *r_message = NULL;
  memset (&change, 0, sizeof change);
  err = profile_check (host, r_message);
  if (!err)
    err = plan_change (profile, profile_find (profile, host->name), host,
                       &change, r_message);
  /* What names the keys comes last: a crash leaves no host without.  */
  if (!err)
    err = profile_keys_write (profile, host->name, door_key, server_key,
                              server_key_len, r_message);
  if (!err)
    err = commit_change (profile, &change, r_message);
  finish_change (profile, &change, err, r_message);
  return err;
}


gpg_error_t
profile_rename (profile_t profile, const char *name, const char *new_name,
                char **r_message)
{
  gpg_error_t err;
  const struct profile_host *old = profile_find (profile, name);
  struct profile_host new;
  struct change change;

  *r_message = NULL;
  memset (&change, 0, sizeof change);
  if (!old && profile_find (profile, new_name)
      && profile_keys_exist (profile, name))
    return profile_keys_remove (profile, name, r_message);
  if (!old)
    return gpg_error (GPG_ERR_NOT_FOUND);
  if (profile_find (profile, new_name))
    return gpg_error (GPG_ERR_EEXIST);
  new = *old;
  gpgrt_snprintf (new.name, sizeof new.name, "%s", new_name);
  err = profile_check (&new, r_message);
  if (!err)
    err = plan_change (profile, old, &new, &change, r_message);
  if (!err)
    err = profile_keys_copy (profile, old, new_name, r_message);
  if (!err)
    err = commit_change (profile, &change, r_message);
  if (!err)
    err = profile_keys_remove (profile, name, r_message);
  finish_change (profile, &change, err, r_message);
  return err;
}


/* The keys go first: if this ends halfway, to do it again finishes it.  */
gpg_error_t
profile_remove (profile_t profile, const char *name, char **r_message)
{
  gpg_error_t err;
  const struct profile_host *old = profile_find (profile, name);
  struct change change;

  *r_message = NULL;
  memset (&change, 0, sizeof change);
  if (!old)
    return gpg_error (GPG_ERR_NOT_FOUND);
  err = plan_change (profile, old, NULL, &change, r_message);
  if (!err)
    err = profile_keys_remove (profile, name, r_message);
  if (!err)
    err = commit_change (profile, &change, r_message);
  finish_change (profile, &change, err, r_message);
  return err;
}
