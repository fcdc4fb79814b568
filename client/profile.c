/* profile.c - The hosts that a person has joined: folders and keys.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../common/config-parts.h"
#include "../common/encode.h"
#include "../common/file.h"
#include "../common/secret.h"
#include "profile-parts.h"

#define KEYFILE_MAXLEN 128      /* Of a door key in base64.  */


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
  profile->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                        0600);
  if (profile->lock < 0)
    err = fail (r_message, gpg_error_from_syserror (), "cannot lock", path);
  while (!err && flock (profile->lock, LOCK_EX))
    if (errno != EINTR)
      err = fail (r_message, gpg_error_from_syserror (), "cannot lock", path);
  gpgrt_free (path);
  return err;
}


/* Open our folder, whose owner must be we or root, and nobody else may
   write.  */
static gpg_error_t
open_dir (profile_t profile, int *r_fd, char **r_message)
{
  return config_files_open_dir (AT_FDCWD, profile->dir, profile->dir,
                                r_fd, r_message);
}


static gpg_error_t
read_hosts (profile_t profile, char **r_message)
{
  gpg_error_t err;
  char *path = NULL, *text = NULL;
  struct stat st;
  size_t len;
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
  err = open_dir (profile, &fd, r_message);
  if (!err)
    err = config_files_read (fd, "hosts.conf", path, &text, &len, r_message);
  if (!err)
    err = profile_parse (profile, path, text, len, r_message);
  if (fd >= 0)
    close (fd);
  free (text);
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
  gpgrt_free (profile->dir);
  free (profile);
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


const struct profile_host *
profile_find (profile_t profile, const char *name)
{
  size_t i;

  for (i = 0; i < profile->n; i++)
    if (!strcmp (profile->host[i].name, name))
      return profile->host + i;
  return NULL;
}


const char *
profile_nearest (profile_t profile, const char *name)
{
  struct config_option *table;
  const char *nearest;
  size_t i;

  table = calloc (profile->n + 1, sizeof *table);
  if (!table)
    return NULL;
  for (i = 0; i < profile->n; i++)
    table[i].name = strlen (profile->host[i].name) > CONFIG_MAX_KEYWORD
                    ? "" : profile->host[i].name;
  nearest = config_scan_nearest (name, table, NULL);
  free (table);
  return nearest && *nearest ? nearest : NULL;
}


/* LINE must be one line of base64 of a door key.  */
static gpg_error_t
decode_door (const char *line, size_t len, unsigned char *key)
{
  size_t n;

  if (!len || line[len - 1] != '\n'
      || decode_base64 (line, len - 1, key, INVITE_DOORLEN, &n)
      || n != INVITE_DOORLEN)
    return gpg_error (GPG_ERR_INV_VALUE);
  return 0;
}


gpg_error_t
profile_door_key (profile_t profile, const struct profile_host *host,
                  unsigned char key[INVITE_DOORLEN], char **r_message)
{
  gpg_error_t err;
  char *name = NULL, *path = NULL, *line = NULL;
  size_t len;
  int fd = -1;

  *r_message = NULL;
  name = gpgrt_bsprintf ("doors/%s.key", host->name);
  path = gpgrt_bsprintf ("%s/doors/%s.key", profile->dir, host->name);
  line = secret_alloc (KEYFILE_MAXLEN);
  if (!name || !path || !line)
    {
      err = gpg_error_from_syserror ();
      goto leave;
    }
  err = open_dir (profile, &fd, r_message);
  if (!err)
    err = config_files_read_secret (fd, name, path, line, KEYFILE_MAXLEN,
                                    &len, r_message);
  if (err)
    goto leave;
  err = decode_door (line, len, key);
  if (err)
    *r_message = gpgrt_bsprintf ("%s: this is no door key; join %s again"
                                 " with a fresh invite", path, host->name);

 leave:
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("door key of %s: %s", host->name,
                                 gpg_strerror (err));
  if (fd >= 0)
    close (fd);
  secret_release (line);
  gpgrt_free (path);
  gpgrt_free (name);
  return err;
}


char *
profile_key_path (profile_t profile, const struct profile_host *host)
{
  return gpgrt_bsprintf ("%s/keys/%s.pgp", profile->dir, host->name);
}


static gpg_error_t
write_file (profile_t profile, const char *folder, const char *name,
            const char *end, const void *data, size_t len, char **r_message)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/%s%s%s", profile->dir, folder, name, end);

  if (!path)
    return gpg_error_from_syserror ();
  err = file_write (path, data, len, 0600, 0);
  if (err)
    fail (r_message, err, "cannot write", path);
  gpgrt_free (path);
  return err;
}


static gpg_error_t
write_door (profile_t profile, const char *name, const unsigned char *key,
            char **r_message)
{
  gpg_error_t err;
  char *text = NULL, *line = NULL;
  size_t len = 0;

  err = encode_base64 (key, INVITE_DOORLEN, &text);
  if (err)
    return err;
  len = strlen (text);
  line = secret_alloc (len + 1);
  if (!line)
    err = gpg_error_from_syserror ();
  else
    {
      memcpy (line, text, len);
      line[len] = '\n';
      err = write_file (profile, "doors/", name, ".key", line, len + 1,
                        r_message);
    }
  secret_release (line);
  secret_wipe (text, len);
  free (text);
  return err;
}


/* HOST in place of the one of its name, or behind all others.  */
static gpg_error_t
replace_host (profile_t profile, const struct profile_host *host)
{
  gpg_error_t err;
  size_t i;

  for (i = 0; i < profile->n; i++)
    if (!strcmp (profile->host[i].name, host->name))
      break;
  if (i == profile->n)
    {
      if (profile->n == PROFILE_MAX_HOSTS)
        return gpg_error (GPG_ERR_TOO_MANY);
      err = config_value_grow (&profile->host, profile->n,
                               sizeof *profile->host);
      if (err)
        return err;
      profile->n++;
    }
  profile->host[i] = *host;
  return 0;
}


gpg_error_t
profile_put (profile_t profile, const struct profile_host *host,
             const unsigned char door_key[INVITE_DOORLEN],
             const void *server_key, size_t server_key_len,
             char **r_message)
{
  gpg_error_t err;
  struct profile_host copy = *host;     /* May be one of our own.  */
  char *text = NULL;
  size_t len;

  *r_message = NULL;
  err = profile_check (&copy, r_message);
  if (!err)
    err = replace_host (profile, &copy);
  if (!err)
    err = profile_write (profile, &text, &len);
  /* What names the keys comes last: a crash leaves no host without.  */
  if (!err)
    err = write_file (profile, "keys/", copy.name, ".pgp", server_key,
                      server_key_len, r_message);
  if (!err)
    err = write_door (profile, copy.name, door_key, r_message);
  if (!err)
    err = write_file (profile, "hosts.conf", "", "", text, len, r_message);
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("profile: %s", gpg_strerror (err));
  gpgrt_free (text);
  return err;
}
