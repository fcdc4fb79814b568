/* passwords.c - Changing the file of passwords.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every check reads the file anew, so it must always be whole.  Lines that
 * cannot be understood are kept: posternd refuses them, by name.  What was
 * read is wiped.  */

#include "passwords.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../server/config/passwd.h"
#include "../../common/base/secret.h"
#include "lock.h"

#define MAX_FILE (16 * 1024 * 1024)
#define LOCK_WAIT_MS 5000


/* Write all lines of OLD except NAME's to FP, then NAME's with HASH (NULL:
   none).  *R_FOUND is true if NAME had one.  */
static void
print_password_lines (FILE *fp, const char *old, const char *name,
                      const char *hash, bool *r_found)
{
  size_t len = strlen (name), n;

  *r_found = false;
  for (; *old; old += n)
    {
      n = strcspn (old, "\n");
      if (!strncmp (old, name, len) && old[len] == ':')
        *r_found = true;
      else
        fprintf (fp, "%.*s\n", (int)n, old);
      n += old[n] == '\n';
    }
  if (hash)
    fprintf (fp, "%s:%s\n", name, hash);
}


/* *R_TEXT is to be freed, on failure too.  */
static gpg_error_t
make_password_text (const char *old, const char *name, const char *hash,
                    char **r_text)
{
  size_t len;
  bool found;
  FILE *fp = open_memstream (r_text, &len);

  if (!fp)
    return gpg_error_from_syserror ();
  print_password_lines (fp, old, name, hash, &found);
  if (fclose (fp))
    return gpg_error_from_syserror ();
  return found || hash ? 0 : gpg_error (GPG_ERR_NOT_FOUND);
}


static gpg_error_t
change_passwords (const char *path, const char *name, const char *hash)
{
  unsigned char *old = NULL;
  char *text = NULL;
  size_t len = 0;
  gpg_error_t err;

  err = file_read (path, MAX_FILE, &old, &len);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    err = 0;
  if (!err)
    err = make_password_text (old ? (char *)old : "", name, hash, &text);
  if (!err)
    err = file_write (path, text, strlen (text), 0600, 0);
  if (old)
    secret_wipe (old, len);
  if (text)
    secret_wipe (text, strlen (text));
  free (old);
  free (text);
  return err;
}


/* A revocation does not lock the roster, so this file has a lock of its own,
   which nobody holds longer than it takes to write.  */
gpg_error_t
passwords_change (const char *dir, const char *name, const char *hash)
{
  char *path = gpgrt_bsprintf ("%s/" PASSWD_FILE, dir);
  char *lock = gpgrt_bsprintf ("%s/users.d/.lock-passwd", dir);
  gpg_error_t err;
  int fd = -1;

  err = path && lock ? lock_take (lock, LOCK_WAIT_MS, &fd)
    : gpg_error_from_syserror ();
  if (!err)
    err = change_passwords (path, name, hash);
  if (fd >= 0)
    close (fd);
  gpgrt_free (path);
  gpgrt_free (lock);
  return err;
}


/* True if NAME is a login of somebody else than USER.  */
static bool
is_login_of_other (config_t config, const struct config_user *user,
                   const char *name)
{
  size_t i;

  for (i = 0; i < config->n_users; i++)
    if (config->user + i != user
        && config_user_has_login (config->user + i, name))
      return true;
  return false;
}


static gpg_error_t
forget_login (config_t config, const struct config_user *user,
              const char *name)
{
  gpg_error_t err;

  if (is_login_of_other (config, user, name))
    return 0;
  err = passwords_change (config->dir, name, NULL);
  return gpg_err_code (err) == GPG_ERR_NOT_FOUND ? 0 : err;
}


gpg_error_t
passwords_forget (config_t config, const struct config_user *user)
{
  gpg_error_t err;
  size_t i;

  err = forget_login (config, user, user->name);
  for (i = 0; !err && i < user->logins.n; i++)
    err = forget_login (config, user, user->logins.item[i]);
  return err;
}
