/* profile-parts.h - What the two files of the module profile share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_PROFILE_PARTS_H
#define POSTERN_CLIENT_PROFILE_PARTS_H

#include "profile.h"

struct profile_s
{
  char *dir;
  int lock;                     /* -1: open for reading.  */
  size_t n;
  struct profile_host *host;
};

/* Read the LEN bytes of hosts.conf at TEXT, which is changed.  */
gpg_error_t profile_parse (profile_t profile, const char *file, char *text,
                           size_t len, char **r_message);

/* Write hosts.conf; *R_TEXT is to be freed with gpgrt_free.  */
gpg_error_t profile_write (profile_t profile, char **r_text, size_t *r_len);

/* Check that all of HOST can be written and read back.  */
gpg_error_t profile_check (const struct profile_host *host,
                           char **r_message);

#endif /*POSTERN_CLIENT_PROFILE_PARTS_H*/
