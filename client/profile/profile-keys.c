/* profile-keys.c - The files of a host's keys.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The door key is a secret: it must be only in secret memory and in its file,
 * which others cannot read.  */

#include "profile-parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/secret.h"
#include "../../common/conf/conf-files.h"

#define KEYFILE_MAXLEN 128      /* Of a door key in base64.  */
#define SERVER_KEY_MAXLEN 65536


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


/* A link, a FIFO or a device at PATH must not be followed or waited for.  A
   missing file is an error of the caller's next step.  */
static gpg_error_t
check_plain (const char *path, const struct profile_host *host,
             char **r_message)
{
  struct stat st;

  if (lstat (path, &st) || S_ISREG (st.st_mode))
    return 0;
  *r_message = gpgrt_bsprintf ("%s: not a regular file; join %s again with"
                               " its invite", path, host->name);
  return gpg_error (GPG_ERR_CONFIGURATION);
}


static gpg_error_t
read_door (profile_t profile, const struct profile_host *host,
           const char *path, char *line, unsigned char *key,
           char **r_message)
{
  gpg_error_t err;
  const char *name = path + strlen (profile->dir) + 1;
  size_t len;
  int fd;

  err = check_plain (path, host, r_message);
  if (!err)
    err = profile_open_dir (profile, &fd, r_message);
  if (err)
    return err;
  err = conf_files_read_secret (fd, name, path, line, KEYFILE_MAXLEN,
                                &len, r_message);
  close (fd);
  if (err)
    return err;
  err = decode_door (line, len, key);
  if (err)
    *r_message = gpgrt_bsprintf ("%s: this is not a door key; join %s again"
                                 " with a fresh invite", path, host->name);
  return err;
}


gpg_error_t
profile_door_key (profile_t profile, const struct profile_host *host,
                  unsigned char key[INVITE_DOORLEN], char **r_message)
{
  gpg_error_t err;
  char *path, *line;

  *r_message = NULL;
  path = profile_path (profile, "doors/", host->name, ".key");
  line = secret_alloc (KEYFILE_MAXLEN);
  if (!path || !line)
    err = gpg_error_from_syserror ();
  else
    err = read_door (profile, host, path, line, key, r_message);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    {
      gpgrt_free (*r_message);
      *r_message = gpgrt_bsprintf ("%s: the door key is gone; join %s again"
                                   " with its invite", path, host->name);
    }
  if (err && !*r_message)
    *r_message = gpgrt_bsprintf ("door key of %s: %s", host->name,
                                 gpg_strerror (err));
  secret_release (line);
  gpgrt_free (path);
  return err;
}


char *
profile_key_path (profile_t profile, const struct profile_host *host)
{
  return profile_path (profile, "keys/", host->name, ".pgp");
}


gpg_error_t
profile_server_key (profile_t profile, const struct profile_host *host,
                    unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err;
  char *path = profile_key_path (profile, host);

  *r_data = NULL;
  if (!path)
    return gpg_error_from_syserror ();
  err = file_read_plain (path, SERVER_KEY_MAXLEN, r_data, r_len);
  gpgrt_free (path);
  return err;
}


gpg_error_t
profile_check_key (profile_t profile, const struct profile_host *host,
                   char **r_message)
{
  gpg_error_t err;
  char *path = profile_key_path (profile, host);

  *r_message = NULL;
  if (!path)
    return gpg_error_from_syserror ();
  err = check_plain (path, host, r_message);
  gpgrt_free (path);
  return err;
}


static gpg_error_t
write_door (profile_t profile, const char *name, const unsigned char *key,
            char **r_message)
{
  gpg_error_t err;
  char *text, *line;
  size_t len;

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
      err = profile_write_file (profile, "doors/", name, ".key", line,
                                len + 1, r_message);
    }
  secret_release (line);
  secret_wipe (text, len);
  free (text);
  return err;
}


gpg_error_t
profile_keys_write (profile_t profile, const char *name,
                    const unsigned char *door_key, const void *server_key,
                    size_t len, char **r_message)
{
  gpg_error_t err;

  err = profile_write_file (profile, "keys/", name, ".pgp", server_key, len,
                            r_message);
  return err ? err : write_door (profile, name, door_key, r_message);
}


gpg_error_t
profile_keys_copy (profile_t profile, const struct profile_host *host,
                   const char *new_name, char **r_message)
{
  gpg_error_t err;
  unsigned char *door = secret_alloc (INVITE_DOORLEN), *key = NULL;
  char *path = profile_key_path (profile, host);
  size_t len;

  if (!door || !path)
    err = gpg_error_from_syserror ();
  else
    err = profile_door_key (profile, host, door, r_message);
  if (!err)
    err = check_plain (path, host, r_message);
  if (!err)
    err = profile_server_key (profile, host, &key, &len);
  if (err && path && !*r_message)
    *r_message = gpgrt_bsprintf ("%s: %s; join %s again with its invite",
                                 path, gpg_strerror (err), host->name);
  if (!err)
    err = profile_keys_write (profile, new_name, door, key, len, r_message);
  free (key);
  gpgrt_free (path);
  secret_release (door);
  return err;
}


static bool
file_exists (profile_t profile, const char *folder, const char *name,
             const char *end)
{
  char *path = profile_path (profile, folder, name, end);
  bool exists = path && !access (path, F_OK);

  gpgrt_free (path);
  return exists;
}


bool
profile_keys_exist (profile_t profile, const char *name)
{
  return file_exists (profile, "doors/", name, ".key")
    || file_exists (profile, "keys/", name, ".pgp");
}


static gpg_error_t
remove_file (profile_t profile, const char *folder, const char *name,
             const char *end, char **r_message)
{
  gpg_error_t err = 0;
  char *path = profile_path (profile, folder, name, end);

  if (!path)
    return gpg_error_from_syserror ();
  if (unlink (path) && errno != ENOENT)
    {
      err = gpg_error_from_syserror ();
      *r_message = gpgrt_bsprintf ("%s: cannot remove: %s", path,
                                   gpg_strerror (err));
    }
  gpgrt_free (path);
  return err;
}


gpg_error_t
profile_keys_remove (profile_t profile, const char *name, char **r_message)
{
  gpg_error_t err;

  err = remove_file (profile, "doors/", name, ".key", r_message);
  return err ? err : remove_file (profile, "keys/", name, ".pgp", r_message);
}
