/* places-age.c - Check that the state was made by this version.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The roles would refuse another state as well, but only posternd can say so
 * once and not start, and --check before that.  SQLite keeps the numbers of
 * an application in the header of its files (SQLite's "Database File Format",
 * section 1.3), so that they can be read without the library and without a
 * lock.  */

#include "places.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/pgp/pgp.h"
#include "role.h"
#include "store-file.h"

#define HEADER 100
#define AT_VERSION 60
#define AT_APPLICATION 68


static void
tell_finding (places_tell tell_fnc, void *hook, const char *what,
              const char *text)
{
  struct places_finding finding = { "old-state", what, text, false };

  tell_fnc (hook, &finding);
}


/* Folders that have another name and another owner since.  */
static const struct
{
  const char *old, *name, *change;
} renamed[] =
  {
    { "unseal", "agent", "chown -R " ROLE_USER_AGENT ":" },
    { "verify", "muster", "chgrp -R " ROLE_USER_MUSTER }
  };


/* What is wrong with the folder OLD, and what to do.  */
static char *
explain_old_folder (config_t config, size_t i, const char *old)
{
  char *name = gpgrt_bsprintf ("%s/%s", config->state, renamed[i].name);
  char *text = NULL;
  struct stat st;

  if (name && !lstat (name, &st))
    text = gpgrt_bsprintf ("it was made by an older development build, and %s"
                           " is used instead; move it away", name);
  else if (name)
    text = gpgrt_bsprintf ("it was made by an older development build; run 'mv"
                           " %s %s', 'systemd-sysusers' and '%s %s'", old,
                           name, renamed[i].change, name);
  gpgrt_free (name);
  return text;
}


/* The first such folder of CONFIG's state, and what is wrong with it; both
   are NULL if there is none.  */
static void
find_old_folder (config_t config, char **r_old, char **r_text)
{
  struct stat st;
  size_t i;

  *r_old = *r_text = NULL;
  for (i = 0; !*r_text && i < sizeof renamed / sizeof *renamed; i++)
    {
      gpgrt_free (*r_old);
      *r_old = gpgrt_bsprintf ("%s/%s", config->state, renamed[i].old);
      if (*r_old && !lstat (*r_old, &st))
        *r_text = explain_old_folder (config, i, *r_old);
    }
}


char *
places_old_folder (config_t config)
{
  char *old, *text, *line = NULL;

  find_old_folder (config, &old, &text);
  if (text)
    line = gpgrt_bsprintf ("%s: %s", old, text);
  gpgrt_free (old);
  gpgrt_free (text);
  return line;
}


bool
places_check_folders (config_t config, places_tell tell_fnc, void *hook)
{
  char *old, *text;
  bool found;

  find_old_folder (config, &old, &text);
  found = text;
  if (found)
    tell_finding (tell_fnc, hook, old, text);
  gpgrt_free (old);
  gpgrt_free (text);
  return found;
}


/* Report the first old home of the three.  True if there is one.  */
static bool
check_homes (config_t config, places_tell tell_fnc, void *hook)
{
  static const char *const names[] = { "root", "agent", "muster" };
  char *home, *text;
  bool old = false;
  size_t i;

  for (i = 0; !old && i < sizeof names / sizeof *names; i++)
    {
      home = gpgrt_bsprintf ("%s/%s", config->state, names[i]);
      text = home ? pgp_home_objection (home) : NULL;
      old = text;
      if (old)
        tell_finding (tell_fnc, hook, home, text);
      gpgrt_free (text);
      gpgrt_free (home);
    }
  return old;
}


static uint32_t
get_number (const unsigned char *buf)
{
  return (uint32_t)buf[0] << 24 | (uint32_t)buf[1] << 16
    | (uint32_t)buf[2] << 8 | buf[3];
}


/* True for a database of another version.  One without numbers has just been
   created, and decide reports a file that is not a database.  */
static bool
is_old (const char *path)
{
  unsigned char header[HEADER];
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  bool old = false;
  uint32_t version;

  if (fd >= 0 && read (fd, header, sizeof header) == (ssize_t)sizeof header)
    {
      version = get_number (header + AT_VERSION);
      old = version && (version != STORE_VERSION || get_number
                        (header + AT_APPLICATION) != STORE_APPLICATION);
    }
  if (fd >= 0)
    close (fd);
  return old;
}


void
places_check_age (config_t config, places_tell tell_fnc, void *hook)
{
  char *path;

  if (check_homes (config, tell_fnc, hook))
    return;
  path = gpgrt_bsprintf ("%s/decide/" STORE_FILE, config->state);
  if (path && is_old (path))
    tell_finding (tell_fnc, hook, path, "it was made by an older development"
                  " build; move it away, and posternd makes a new one");
  gpgrt_free (path);
}
