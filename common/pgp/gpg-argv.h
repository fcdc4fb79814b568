/* gpg-argv.h - The arguments that gpgme gives to a program instead of gpg.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_GPG_ARGV_H
#define POSTERN_GPG_ARGV_H

#include <string.h>

/* The home that --homedir names among the ARGC words at ARGV, which end with
   NULL; it points into them.  Depending on its version, gpgme writes the
   option in one word or in two.  NULL if it names no home: then it asks for
   the version, or uses the person's home.  */
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
