/* profile-open.c - Opening the folder of the profile.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "profile-parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include "../../common/base/log.h"


/* The default folder; gpgrt_free.  */
static char *
default_dir (void)
{
  const char *base = getenv ("XDG_CONFIG_HOME");

  /* The specification says to ignore a relative path.  */
  if (base && *base == '/')
    return gpgrt_bsprintf ("%s/postern", base);
  base = getenv ("HOME");
  if (base && *base)
    return gpgrt_bsprintf ("%s/.config/postern", base);
  errno = ENOENT;
  return NULL;
}


static gpg_error_t
fail_at (char **r_message, gpg_error_t err, const char *what, const char *path)
{
  if (!*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s: %s", path, what,
                                 gpg_strerror (err));
  return err;
}


/* Create PATH and the folders above it, for the owner alone; folders that exist
   stay as they are.  */
static gpg_error_t
make_dirs (const char *path, char **r_message)
{
  gpg_error_t err = 0;
  char *copy = strdup (path), *p = copy;

  if (!copy)
    return fail_at (r_message, gpg_error_from_syserror (), "memory", path);
  while (!err && p)
    {
      p = *p ? strchr (p + 1, '/') : NULL;
      if (p)
        *p = 0;
      if (mkdir (copy, 0700) && errno != EEXIST)
        err = fail_at (r_message, gpg_error_from_syserror (),
                       "cannot create the folder", copy);
      if (p)
        *p = '/';
    }
  free (copy);
  return err;
}


static gpg_error_t
make_profile_folders (profile_t profile, char **r_message)
{
  static const char *const names[] = { "doors", "keys", "hosts.d" };
  gpg_error_t err = make_dirs (profile->dir, r_message);
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names && !err; i++)
    {
      char *path = profile_path (profile, names[i], "", "");

      err = path ? make_dirs (path, r_message) : gpg_error_from_syserror ();
      gpgrt_free (path);
    }
  return err;
}


/* Keep other writers away; the lock ends with the descriptor.  */
static gpg_error_t
lock_profile (profile_t profile, char **r_message)
{
  gpg_error_t err = 0;
  char *path = gpgrt_bsprintf ("%s/.lock", profile->dir);

  if (!path)
    return gpg_error_from_syserror ();
  profile->lock = open (path, O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY
                        | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (profile->lock < 0)
    err = fail_at (r_message, gpg_error_from_syserror (), "cannot lock", path);
  while (!err && flock (profile->lock, LOCK_EX))
    if (errno != EINTR)
      err = fail_at (r_message, gpg_error_from_syserror (), "cannot lock",
                     path);
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
    err = make_profile_folders (profile, r_message);
  if (!err && write)
    err = lock_profile (profile, r_message);
  if (!err && write)
    profile_sweep (profile);
  if (!err)
    err = profile_read (profile, r_message);
  if (!err && write)
    err = profile_take_over (profile, r_message);

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
  profile_forget (profile);
  gpgrt_free (profile->dir);
  free (profile);
}


/* Move the hosts of an older hosts.conf, and open *R_PROFILE again for reading.
   If that fails, everything stays as it is.  */
static void
try_take_over (const char *dir, profile_t *r_profile)
{
  profile_t profile;
  char *message;

  if (profile_open (dir, 1, &profile, &message))
    {
      log_debug ("hosts.conf stays as it is: %s", message);
      gpgrt_free (message);
      return;
    }
  close (profile->lock);
  profile->lock = -1;
  profile_close (*r_profile);
  *r_profile = profile;
}


int
profile_open_for (const char *verb, const char *dir, bool writing,
                  profile_t *r_profile)
{
  char *message;
  gpg_error_t err = profile_open (dir, writing, r_profile, &message);

  if (err)
    {
      log_error ("%s: %s", verb, message);
      gpgrt_free (message);
      return EX_CONFIG;
    }
  if (!writing && profile_is_old (*r_profile)
      && !access ((*r_profile)->dir, W_OK))
    try_take_over (dir, r_profile);
  return -1;
}
