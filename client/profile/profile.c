/* profile.c - The hosts that a person has joined.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "profile-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/meant.h"
#include "../../common/conf/conf-files.h"


/* The default folder; gpgrt_free.  */
static char *
default_dir (void)
{
  const char *base = getenv ("XDG_CONFIG_HOME");

  /* The specification has a relative one ignored.  */
  if (base && *base == '/')
    return gpgrt_bsprintf ("%s/postern", base);
  base = getenv ("HOME");
  if (base && *base)
    return gpgrt_bsprintf ("%s/.config/postern", base);
  errno = ENOENT;
  return NULL;
}


static gpg_error_t
fail (char **r_message, gpg_error_t err, const char *what, const char *path)
{
  if (!*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s: %s", path, what,
                                 gpg_strerror (err));
  return err;
}


/* Make the folder PATH for the owner alone; one that exists passes.  */
static gpg_error_t
make_dir (const char *path, char **r_message)
{
  if (!mkdir (path, 0700) || errno == EEXIST)
    return 0;
  return fail (r_message, gpg_error_from_syserror (),
               "cannot make the folder", path);
}


/* The folders above PATH, and PATH.  */
static gpg_error_t
make_dirs (const char *path, char **r_message)
{
  gpg_error_t err = 0;
  char *copy = strdup (path), *p;

  if (!copy)
    return fail (r_message, gpg_error_from_syserror (), "memory", path);
  for (p = copy + 1; *copy && (p = strchr (p, '/')) && !err; p++)
    {
      *p = 0;
      err = make_dir (copy, r_message);
      *p = '/';
    }
  free (copy);
  return err ? err : make_dir (path, r_message);
}


static gpg_error_t
make_folders (profile_t profile, char **r_message)
{
  static const char *const names[] = { "doors", "keys" };
  gpg_error_t err = make_dirs (profile->dir, r_message);
  size_t i;

  for (i = 0; i < 2 && !err; i++)
    {
      char *path = gpgrt_bsprintf ("%s/%s", profile->dir, names[i]);

      if (!path)
        return gpg_error_from_syserror ();
      err = make_dir (path, r_message);
      gpgrt_free (path);
    }
  return err;
}


/* Keep other writers away; the lock ends with the descriptor.  */
static gpg_error_t
lock (profile_t profile, char **r_message)
{
  gpg_error_t err = 0;
  char *path = gpgrt_bsprintf ("%s/.lock", profile->dir);

  if (!path)
    return gpg_error_from_syserror ();
  profile->lock = open (path, O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY
                        | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (profile->lock < 0)
    err = fail (r_message, gpg_error_from_syserror (), "cannot lock", path);
  while (!err && flock (profile->lock, LOCK_EX))
    if (errno != EINTR)
      err = fail (r_message, gpg_error_from_syserror (), "cannot lock", path);
  gpgrt_free (path);
  return err;
}


gpg_error_t
profile_open_dir (profile_t profile, int *r_fd, char **r_message)
{
  return conf_files_open_dir (AT_FDCWD, profile->dir, profile->dir,
                              r_fd, r_message);
}


static gpg_error_t
read_hosts (profile_t profile, char **r_message)
{
  gpg_error_t err;
  char *path;
  struct stat st;
  int fd = -1;

  path = gpgrt_bsprintf ("%s/hosts.conf", profile->dir);
  if (!path)
    return gpg_error_from_syserror ();
  /* Not there: no host was joined.  All else is an error.  */
  if (lstat (path, &st) && (errno == ENOENT || errno == ENOTDIR))
    {
      gpgrt_free (path);
      return 0;
    }
  err = profile_open_dir (profile, &fd, r_message);
  if (!err)
    err = conf_files_read (fd, "hosts.conf", path, &profile->text,
                           &profile->len, r_message);
  if (!err)
    err = profile_parse (profile, path, profile->text, profile->len,
                         r_message);
  if (fd >= 0)
    close (fd);
  gpgrt_free (path);
  return err;
}


gpg_error_t
profile_open (const char *dir, int write, profile_t *r_profile,
              char **r_message)
{
  gpg_error_t err = 0;
  profile_t profile;

  *r_profile = NULL;
  *r_message = NULL;
  profile = calloc (1, sizeof *profile);
  if (!profile)
    return gpg_error_from_syserror ();
  profile->lock = -1;
  profile->dir = dir ? gpgrt_bsprintf ("%s", dir) : default_dir ();
  if (!profile->dir)
    {
      err = gpg_error_from_syserror ();
      *r_message = gpgrt_bsprintf ("no profile folder: neither"
                                   " XDG_CONFIG_HOME nor HOME is set;"
                                   " use --config DIR");
      goto leave;
    }
  if (write)
    err = make_folders (profile, r_message);
  if (!err && write)
    err = lock (profile, r_message);
  if (!err && write)
    profile_keys_sweep (profile);
  if (!err)
    err = read_hosts (profile, r_message);

 leave:
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("profile: %s", gpg_strerror (err));
  if (err)
    profile_close (profile);
  else
    *r_profile = profile;
  return err;
}


void
profile_close (profile_t profile)
{
  if (!profile)
    return;
  if (profile->lock >= 0)
    close (profile->lock);
  free (profile->host);
  free (profile->text);
  gpgrt_free (profile->dir);
  free (profile);
}


const char *
profile_dir (profile_t profile)
{
  return profile->dir;
}


size_t
profile_count (profile_t profile)
{
  return profile->n;
}


const struct profile_host *
profile_get (profile_t profile, size_t i)
{
  return i < profile->n ? profile->host + i : NULL;
}


const struct port_set *
profile_default_ports (profile_t profile)
{
  return &profile->defaults.ports;
}


const struct profile_host *
profile_find (profile_t profile, const char *name)
{
  size_t i;

  for (i = 0; i < profile->n; i++)
    if (!strcmp (profile->host[i].name, name))
      return profile->host + i;
  return NULL;
}


const struct profile_host *
profile_by_address (profile_t profile, const char *address)
{
  const struct profile_host *host, *found = NULL;
  unsigned int k;
  size_t i;

  for (i = 0; (host = profile_get (profile, i)); i++)
    for (k = 0; k < host->n_addresses; k++)
      if (!strcasecmp (host->address[k], address))
        {
          if (found)
            return NULL;
          found = host;
        }
  return found;
}


const char *
profile_nearest (profile_t profile, const char *name)
{
  struct meant_name meant;
  size_t i;

  meant_name_start (&meant, name);
  for (i = 0; i < profile->n; i++)
    meant_name_offer (&meant, profile->host[i].name);
  return meant.nearest;
}
