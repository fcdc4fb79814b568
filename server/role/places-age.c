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
#include <unistd.h>

#include "../../common/pgp/pgp.h"
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


/* Report the first old home of the three.  True if there is one.  */
static bool
check_homes (config_t config, places_tell tell_fnc, void *hook)
{
  static const char *const names[] = { "root", "unseal", "verify" };
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
