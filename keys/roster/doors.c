/* doors.c - The doors' files: created, rotated, deleted.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The order of the steps is what makes an interruption harmless: the key is
 * written before the section that needs it, and deleted after it.  A key is in
 * secret memory and in its file, and nowhere else.  */

#include "doors.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/wire/seal.h"
#include "../../common/base/secret.h"


static char *
door_path (const char *dir, const char *name, const char *suffix)
{
  return gpgrt_bsprintf ("%s/doors/%s.%s", dir, name, suffix);
}


/* Write KEY as the door's key, or if ENDS is not 0 as its previous key.  */
static gpg_error_t
write_door_key (const char *dir, const char *name, const unsigned char *key,
                uint64_t ends)
{
  gpg_error_t err;
  char *path = door_path (dir, name, ends ? "previous" : "key");
  char *text = NULL, *line = NULL;

  if (!path)
    return gpg_error_from_syserror ();
  err = encode_base64 (key, SEAL_KEYLEN, &text);
  if (!err)
    {
      line = ends ? gpgrt_bsprintf ("%" PRIu64 " %s\n", ends, text)
        : gpgrt_bsprintf ("%s\n", text);
      err = line ? file_write (path, line, strlen (line), 0600, 0)
        : gpg_error_from_syserror ();
    }
  if (text)
    secret_wipe (text, strlen (text));
  if (line)
    secret_wipe (line, strlen (line));
  free (text);
  gpgrt_free (line);
  gpgrt_free (path);
  return err;
}


static gpg_error_t
write_fresh_door_key (const char *dir, const char *name)
{
  gpg_error_t err;
  unsigned char *key = secret_alloc (SEAL_KEYLEN);

  if (!key)
    return gpg_error_from_syserror ();
  secret_random (key, SEAL_KEYLEN);
  err = write_door_key (dir, name, key, 0);
  secret_release (key);
  return err;
}


static gpg_error_t
write_door_section (const char *dir, const char *name, const char *ends)
{
  gpg_error_t err;
  char *path = door_path (dir, name, "conf");
  char *text = gpgrt_bsprintf ("# Written by postern-keys.\ndoor %s {\n"
                               "%s%s%s}\n", name, ends ? "  ends = '" : "",
                               ends ? ends : "", ends ? "'\n" : "");

  err = path && text ? file_write (path, text, strlen (text), 0600, 1)
    : gpg_error_from_syserror ();
  gpgrt_free (text);
  gpgrt_free (path);
  return err;
}


/* Delete one file, which need not exist; *R_FOUND becomes true if it did.  */
static gpg_error_t
delete_door_file (const char *dir, const char *name, const char *suffix,
                  bool *r_found)
{
  gpg_error_t err;
  char *path = door_path (dir, name, suffix);

  if (!path)
    return gpg_error_from_syserror ();
  err = file_remove (path);
  gpgrt_free (path);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    return 0;
  *r_found = true;
  return err;
}


gpg_error_t
doors_sweep (const char *dir)
{
  gpg_error_t err = 0;
  char *path = gpgrt_bsprintf ("%s/doors", dir);
  struct dirent *entry;
  DIR *doors;

  if (!path)
    return gpg_error_from_syserror ();
  doors = opendir (path);
  gpgrt_free (path);
  if (!doors)
    return gpg_error_from_syserror ();
  while (!err && (entry = readdir (doors)))
    if (file_is_temp (entry->d_name)
        && unlinkat (dirfd (doors), entry->d_name, 0) && errno != ENOENT)
      err = gpg_error_from_syserror ();
  closedir (doors);
  return err;
}


gpg_error_t
doors_make (const char *dir, const char *name, const char *ends)
{
  gpg_error_t err;
  bool found;

  err = delete_door_file (dir, name, "previous", &found);
  if (!err)
    err = write_fresh_door_key (dir, name);
  if (!err)
    err = write_door_section (dir, name, ends);
  return err;
}


gpg_error_t
doors_delete (const char *dir, const char *name)
{
  gpg_error_t err;
  bool found = false;

  err = delete_door_file (dir, name, "conf", &found);
  if (!err)
    err = delete_door_file (dir, name, "key", &found);
  if (!err)
    err = delete_door_file (dir, name, "previous", &found);
  return err || found ? err : gpg_error (GPG_ERR_NOT_FOUND);
}


/* Read the door's key to KEY, and the previous one to KEY + SEAL_KEYLEN.
   *R_ENDS is 0 if there is no previous one.  */
static gpg_error_t
read_door_keys (config_t config, size_t i, unsigned char *key, uint64_t *r_ends)
{
  gpg_error_t err;

  err = config_door_key (config, i, key, NULL);
  if (!err)
    err = config_door_previous (config, i, key + SEAL_KEYLEN, r_ends, NULL);
  return gpg_err_code (err) == GPG_ERR_NOT_FOUND ? 0 : err;
}


bool
doors_interrupted (config_t config, size_t i)
{
  unsigned char *key = secret_alloc (2 * SEAL_KEYLEN);
  uint64_t ends = 0;
  bool same;

  same = key && !read_door_keys (config, i, key, &ends) && ends
    && secret_equal (key, key + SEAL_KEYLEN, SEAL_KEYLEN);
  secret_release (key);
  return same;
}


/* Before the key is replaced, keep it as the previous one: in between, the
   door has it twice, which doors_interrupted finds.  Without a grace period
   the older key is deleted first, so that no interruption prolongs it.  */
static gpg_error_t
keep_or_cut (config_t config, const struct config_door *door,
             const unsigned char *key, uint64_t until)
{
  bool found;

  return until ? write_door_key (config->dir, door->name, key, until)
    : delete_door_file (config->dir, door->name, "previous", &found);
}


gpg_error_t
doors_rotate (config_t config, size_t i, unsigned int grace, uint64_t now,
              uint64_t *r_until)
{
  gpg_error_t err;
  const struct config_door *door = config->door + i;
  unsigned char *key;
  uint64_t ends = 0;

  *r_until = 0;
  if (door->ends && door->ends <= now)
    return gpg_error (GPG_ERR_KEY_EXPIRED);
  key = secret_alloc (2 * SEAL_KEYLEN);
  if (!key)
    return gpg_error_from_syserror ();
  err = read_door_keys (config, i, key, &ends);
  if (!err && grace && ends > now
      && !secret_equal (key, key + SEAL_KEYLEN, SEAL_KEYLEN))
    {
      *r_until = ends;
      err = gpg_error (GPG_ERR_EBUSY);
    }
  if (err)
    goto leave;
  if (grace)
    *r_until = door->ends && door->ends < now + grace
      ? door->ends : now + grace;
  err = keep_or_cut (config, door, key, *r_until);
  if (!err)
    err = write_fresh_door_key (config->dir, door->name);

 leave:
  secret_release (key);
  return err;
}
