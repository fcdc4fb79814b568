/* text.c - Times, fingerprints and versions of keys, as people read them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the configuration gives as a date, a day in UTC, is shown as one; what
 * happened at some time is shown in the reader's own time.  */

#include "text.h"

#include <string.h>
#include <time.h>


static char *
format_utc (uint64_t when, bool minute, const char *none, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when || !gmtime_r (&t, &tm)
      || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d %H:%M", &tm))
    snprintf (buf, TEXT_TIMELEN, "%s", when ? "?" : none);
  else if (!minute)
    *strchr (buf, ' ') = 0;
  return buf;
}


char *
text_date (uint64_t when, char *buf)
{
  return format_utc (when, false, "never", buf);
}


char *
text_minute (uint64_t when, char *buf)
{
  return format_utc (when, true, "-", buf);
}


char *
text_time (uint64_t when, char *buf)
{
  time_t t = (time_t)when;
  struct tm tm;

  if (!when)
    return memcpy (buf, "-", sizeof "-");
  if (!localtime_r (&t, &tm)
      || !strftime (buf, TEXT_TIMELEN, "%Y-%m-%d %H:%M", &tm))
    return memcpy (buf, "?", sizeof "?");
  return buf;
}


char *
text_fingerprint (const char *fpr, char *buf)
{
  size_t i, n = 0;

  for (i = 0; fpr[i] && i < NETSPEC_FPRLEN; i++)
    {
      if (i && !(i % 4))
        buf[n++] = ' ';
      if (i == 20)
        buf[n++] = ' ';
      buf[n++] = fpr[i];
    }
  buf[n] = 0;
  return buf;
}


#define MAKE_ANOTHER "make a version 4 key of Ed25519, with"                  \
  " 'gpg --quick-generate-key NAME future-default'"

/* Version 5 is LibrePGP's (draft-koch-librepgp), version 6 that of RFC 9580.
   GnuPG makes version 5 only with the curves 448.  */
const char *
text_key_version (unsigned int version)
{
  return version == 5
    ? "a version 5 key, of Ed448 or X448, which gpg makes if it is asked for"
      " ECC 448, as by --full-gen-key, and which no server reads; "
      MAKE_ANOTHER
    : version > 5
    ? "a key newer than version 4, which no server reads; " MAKE_ANOTHER
    : "a key of version 5 (Ed448 or X448, which gpg makes if it is asked for"
      " ECC 448, as by --full-gen-key) or newer, which no server reads; "
      MAKE_ANOTHER;
}


bool
text_is_late_fpr (const char *text)
{
  size_t len = strlen (text);

  return len > NETSPEC_FPRLEAST && netspec_fpr_valid (text, len);
}
