/* profile-file.c - Writing the files of the profile.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each file is written under another name and then renamed, so that a reader
 * or a crash never finds half of one.  */

#include "profile-parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/file.h"


gpg_error_t
profile_open_dir (profile_t profile, int *r_fd, char **r_message)
{
  return conf_files_open_dir (AT_FDCWD, profile->dir, profile->dir,
                                r_fd, r_message);
}


char *
profile_path (profile_t profile, const char *folder, const char *name,
              const char *end)
{
  return gpgrt_bsprintf ("%s/%s%s%s", profile->dir, folder, name, end);
}


/* Where PATH leads if it is a link: a hosts.conf that is kept elsewhere
   stays there.  */
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
  char *path = profile_path (profile, folder, name, end);

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


gpg_error_t
profile_write_joined (profile_t profile, const struct profile_host *host,
                      char **r_message)
{
  char *text;
  gpg_error_t err = profile_print_joined (host, &text, r_message);

  if (!err)
    err = profile_write_file (profile, "hosts.d/", host->name, ".conf", text,
                              strlen (text), r_message);
  free (text);
  return err;
}


gpg_error_t
profile_move_joined (profile_t profile, const char *name,
                     const char *new_name, char **r_message)
{
  char *path = profile_path (profile, "hosts.d/", name, ".conf");
  char *new = profile_path (profile, "hosts.d/", new_name ? new_name : "",
                            ".conf");
  gpg_error_t err = 0;

  if (!path || !new)
    err = gpg_error_from_syserror ();
  else if (!new_name)
    err = file_remove (path);
  else if (rename (path, new))
    err = gpg_error_from_syserror ();
  else
    err = file_sync_folder (new);
  if (err)
    *r_message = gpgrt_bsprintf ("%s: cannot %s: %s", path,
                                 new_name ? "rename" : "remove",
                                 gpg_strerror (err));
  gpgrt_free (path);
  gpgrt_free (new);
  return err;
}


/* A file that cannot be removed stays: it does no harm.  */
void
profile_sweep (profile_t profile)
{
  static const char *const folders[] = { "", "/doors", "/keys", "/hosts.d" };
  struct dirent *entry;
  size_t i;
  char *path;
  DIR *dir;

  for (i = 0; i < sizeof folders / sizeof *folders; i++)
    {
      path = gpgrt_bsprintf ("%s%s", profile->dir, folders[i]);
      dir = path ? opendir (path) : NULL;
      gpgrt_free (path);
      if (!dir)
        continue;
      while ((entry = readdir (dir)))
        if (file_is_temp (entry->d_name))
          unlinkat (dirfd (dir), entry->d_name, 0);
      closedir (dir);
    }
}
