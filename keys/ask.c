/* ask.c - Comparing a fingerprint with a person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ask.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "text.h"


static void
print_key (const char *user, pgp_key_t key)
{
  char date[TEXT_TIMELEN];
  unsigned int i;
  size_t n;

  fprintf (stderr, "The key for %s:\n\n  fingerprint ", user);
  for (n = 0; key->fpr[n]; n++)
    fprintf (stderr, "%s%c", n && !(n % 4) ? (n == 20 ? "  " : " ") : "",
             key->fpr[n]);
  fprintf (stderr, "\n  algorithm   %s\n  expires     %s\n",
           key->algorithm, text_date (key->expires, date));
  for (i = 0; i < key->n_uids; i++)
    fprintf (stderr, "  user ID     %s\n", key->uid[i]);
  fputc ('\n', stderr);
}


bool
ask_same (const char *given, const char *fpr)
{
  for (; *given; given++)
    {
      if (*given == ' ')
        continue;
      if (toupper ((unsigned char)*given) != *fpr)
        return 0;
      fpr++;
    }
  return !*fpr;
}


/* A yes, or the fingerprint itself, which says even more.  */
static gpg_error_t
ask_yes (const char *user, const char *fpr)
{
  gpg_error_t err = gpg_error (GPG_ERR_CANCELED);
  char line[80];
  FILE *tty = fopen ("/dev/tty", "r+e");

  if (!tty)
    return gpg_error (GPG_ERR_ENOTTY);
  fprintf (tty, "Compare it with what %s reads out of 'gpg --fingerprint'"
           " (by telephone, say).\nIs it the same? [y/N] ", user);
  fflush (tty);
  if (!fgets (line, sizeof line, tty))
    *line = 0;
  line[strcspn (line, "\n")] = 0;
  if (!strcasecmp (line, "y") || !strcasecmp (line, "yes")
      || ask_same (line, fpr))
    err = 0;
  fclose (tty);
  return err;
}


gpg_error_t
ask_fingerprint (const char *user, pgp_key_t key, const char *given)
{
  print_key (user, key);
  if (!given)
    return ask_yes (user, key->fpr);
  return ask_same (given, key->fpr) ? 0 : gpg_error (GPG_ERR_BAD_PUBKEY);
}
