/* muster-cage.c - What muster gives up before gpg reads a key.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg is a large program that parses keys which strangers made.  It runs as a
 * user that owns nothing, can read nothing but the keyring and the system's
 * programs, and can write nothing but its pipes and the snapshot.  Landlock
 * does not stop it from connecting to a socket that it finds: so it can make
 * none.  */

#include "muster.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../../common/base/log.h"
#include "../role/confine.h"
#include "../role/role.h"
#include "../snapshot/snapshot.h"


/* gpg needs to reach nobody.  */
static gpg_error_t
leave_network (void)
{
  gpg_error_t err = confine_network ();

  if (gpg_err_code (err) != GPG_ERR_EPERM)
    return err;
  log_warn ("no network namespace can be made here: gpg could talk to"
            " others");
  return 0;
}


/* Not in every container: then it is for the user and Landlock.  If the user
   has ever logged in, gpg would look for an agent below /run/user.  */
static void
leave_files (void)
{
  gpg_error_t err = confine_hide ("/run/user");

  if (!err)
    err = confine_read_only ();
  if (err)
    log_debug ("no mount namespace can be made here: %s", gpg_strerror (err));
}


/* Only HOME and what gpg needs to run can be reached; not /etc/gnupg, which
   could make it use a keyboxd.  */
static gpg_error_t
confine_to_keyring (const char *home)
{
  static const char *const write[] = { "/dev/null" };
  const char *const read[] =
    { home, "/usr", "/bin", "/lib", "/lib32", "/lib64", "/proc",
      "/dev/urandom", "/dev/random", "/etc/ld.so.cache",
      "/etc/ld.so.preload", "/etc/gcrypt", "/etc/nsswitch.conf",
      "/etc/passwd", "/etc/group", "/etc/localtime" };
  gpg_error_t err = confine_folders (write, 1, read,
                                     sizeof read / sizeof *read);

  if (gpg_err_code (err) != GPG_ERR_NOT_SUPPORTED)
    return err;
  log_warn ("this kernel has no Landlock: gpg could read what its user may");
  return 0;
}


gpg_error_t
muster_confine (const char *home)
{
  static const struct confine_limits limits =
    { .files = 64, .processes = 512, .file_size = SNAPSHOT_MAX_LEN,
      .memory = 1 << 30 };
  gpg_error_t err;

  umask (077);
  err = confine_limits (&limits);
  if (!err)
    err = leave_network ();
  if (!err)
    leave_files ();
  if (!err)
    err = confine_user (ROLE_USER_MUSTER, 0);
  if (!err)
    err = confine_to_keyring (home);
  if (!err)
    err = confine_forbid (true);
  if (!err && prctl (PR_SET_DUMPABLE, 0))
    err = gpg_error_from_syserror ();
  return err;
}
