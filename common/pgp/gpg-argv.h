/* gpg-argv.h - What gpgme says to the programs that it runs in gpg's place.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_GPG_ARGV_H
#define POSTERN_GPG_ARGV_H

#include <string.h>

/* The home that the ARGC words at ARGV (NULL-ended) name, inside of them.
   gpgme writes the option in one word or in two, as its version is; NULL
   where it names none: it asks for the version, or takes the person's.  */
static inline const char *
gpg_argv_home (int argc, char **argv)
{
  static const char option[] = "--homedir";
  const size_t len = sizeof option - 1;
  int i;

  for (i = 1; i < argc; i++)
    if (!strncmp (argv[i], option, len) && argv[i][len] == '=')
      return argv[i] + len + 1;
    else if (!strcmp (argv[i], option))
      return argv[i + 1];
  return NULL;
}

#endif /*POSTERN_GPG_ARGV_H*/
