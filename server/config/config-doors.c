/* config-doors.c - The keys of the doors.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * DIR/doors/NAME.key is a line of base64; DIR/doors/NAME.previous is when
 * the key before it ends, in Unix seconds, a blank, and such a line.  Both
 * in one file: whoever replaces it replaces both at once.  */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "config-parts.h"
#include "../../common/base/encode.h"
#include "../../common/base/lines.h"
#include "../../common/base/secret.h"
#include "../../common/conf/conf-files.h"

#define DOOR_KEYLEN 32
#define DOOR_KEYTEXT 44         /* In base64.  */
#define DOOR_MAXTEXT (20 + 1 + DOOR_KEYTEXT + 1)


/* Read NAME of the folder of doors whole; TEXT takes DOOR_MAXTEXT + 1
   bytes and gets a NUL behind.  Too long a file is cut, and so refused
   later.  */
static gpg_error_t
read_file (config_t config, const char *name, const char *path,
           char *text, size_t *r_len, char **r_message)
{
  gpg_error_t err;
  char *dir = NULL;
  int fd = -1;

  if (asprintf (&dir, "%s/doors", config->dir) < 0)
    return gpg_error_from_syserror ();
  err = conf_files_open_dir (AT_FDCWD, dir, dir, &fd, r_message);
  if (!err)
    err = conf_files_read_secret (fd, name, path, text, DOOR_MAXTEXT,
                                  r_len, r_message);
  if (!err)
    text[*r_len] = 0;
  if (fd >= 0)
    close (fd);
  free (dir);
  return err;
}


/* TEXT must be the line of a key.  */
static bool
decode_key (const char *text, unsigned char key[DOOR_KEYLEN])
{
  size_t keylen;

  return strlen (text) == DOOR_KEYTEXT + 1 && text[DOOR_KEYTEXT] == '\n'
    && !decode_base64 (text, DOOR_KEYTEXT, key, DOOR_KEYLEN, &keylen)
    && keylen == DOOR_KEYLEN;
}


static bool
decode_previous (const char *text, unsigned char key[DOOR_KEYLEN],
                 uint64_t *r_ends)
{
  const char *blank = strchr (text, ' ');
  unsigned long long ends;

  if (!blank || decode_decimal (text, (size_t)(blank - text),
                                LINES_MAX_TIME, &ends) || !ends)
    return false;
  *r_ends = ends;
  return decode_key (blank + 1, key);
}


/* Read the key of DOOR, or with R_ENDS the one before it.  */
static gpg_error_t
read_key (config_t config, const struct config_door *door,
          unsigned char key[DOOR_KEYLEN], uint64_t *r_ends,
          char **r_message)
{
  const char *suffix = r_ends ? "previous" : "key";
  char *text = secret_alloc (DOOR_MAXTEXT + 1);
  char *path = NULL;
  gpg_error_t err;
  size_t len;

  if (!text || asprintf (&path, "%s/doors/%s.%s", config->dir, door->name,
                         suffix) < 0)
    {
      secret_release (text);
      return gpg_error_from_syserror ();
    }
  err = read_file (config, strrchr (path, '/') + 1, path, text, &len,
                   r_message);
  if (!err && (strlen (text) != len
               || !(r_ends ? decode_previous (text, key, r_ends)
                    : decode_key (text, key))))
    {
      struct conf_place place = { path, 0, NULL, r_message };

      err = conf_fail (&place, "not a door key (%s%d bytes as one line of"
                       " base64); %s", r_ends ? "its end, a blank, " : "",
                       DOOR_KEYLEN, r_ends ? "delete it" : "make a new one"
                       " with 'postern-keys door rotate'");
    }
  if (err)
    secret_wipe (key, DOOR_KEYLEN);
  secret_release (text);
  free (path);
  return err;
}


gpg_error_t
config_door_key (config_t config, size_t i, unsigned char key[32],
                 char **r_message)
{
  if (r_message)
    *r_message = NULL;
  if (i >= config->n_doors)
    return gpg_error (GPG_ERR_INV_ARG);
  return read_key (config, config->door + i, key, NULL, r_message);
}


gpg_error_t
config_door_previous (config_t config, size_t i, unsigned char key[32],
                      uint64_t *r_ends, char **r_message)
{
  gpg_error_t err;

  *r_ends = 0;
  if (r_message)
    *r_message = NULL;
  if (i >= config->n_doors)
    return gpg_error (GPG_ERR_INV_ARG);
  err = read_key (config, config->door + i, key, r_ends, r_message);
  if (gpg_err_code (err) != GPG_ERR_ENOENT)
    return err;
  if (r_message)
    {
      free (*r_message);
      *r_message = NULL;
    }
  return gpg_error (GPG_ERR_NOT_FOUND);
}


/* A door that is listed must have its key, or packets for it fall without
   a word later.  */
gpg_error_t
config_doors_check (config_t config, char **r_message)
{
  unsigned char *key;
  gpg_error_t err = 0;
  size_t i;

  if (!config->n_doors)
    return 0;
  key = secret_alloc (DOOR_KEYLEN);
  if (!key)
    return gpg_error_from_syserror ();
  for (i = 0; !err && i < config->n_doors; i++)
    {
      err = config_door_key (config, i, key, r_message);
      if (!err)
        err = config_door_previous (config, i, key,
                                    &config->door[i].previous_ends,
                                    r_message);
      if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
        err = 0;
    }
  secret_release (key);
  return err;
}
