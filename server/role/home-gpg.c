/* home-gpg.c - Runs gpg on a home of Postern's own.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Such a home has its own gpg.conf, and Postern expects the keys in its
 * pubring.kbx.  /etc/gnupg is for people.  Above all, "use-keyboxd" in its
 * common.conf, which no option reverts, would make gpg start a daemon and
 * keep the keys elsewhere.  So gpg must not be able to read it.  gpgme runs
 * this program instead of gpg if there is such a folder.  */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "confine.h"


int
main (int argc, char **argv)
{
  static char name[] = "gpg";
  gpg_error_t err;

  if (argc < 1)
    return EX_USAGE;
  err = confine_unread ("/etc", "gnupg");
  if (err)
    fprintf (stderr, "postern-home-gpg: /etc/gnupg cannot be hidden: %s\n",
             gpg_strerror (err));
  argv[0] = name;
  execv (POSTERN_GPG, argv);
  fprintf (stderr, "postern-home-gpg: %s: %s\n", POSTERN_GPG,
           strerror (errno));
  return EX_UNAVAILABLE;
}
