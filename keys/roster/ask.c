/* ask.c - Comparing a fingerprint with what its owner says.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The fingerprint is the only thing that ties a key to a person.  The default
 * answer is no.  */

#include "ask.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "../../common/base/encode.h"
#include "../text.h"

#define MOST_UIDS 4
#define UIDLEN 60               /* So that no terminal breaks the line.  */


/* Whoever made the key chose its user IDs.  They must not push the fingerprint
   off the screen, nor look like another line of ours.  */
static void
print_uids (pgp_key_t key)
{
  char text[UIDLEN + 1];
  unsigned int i;

  for (i = 0; i < key->n_uids && i < MOST_UIDS; i++)
    {
      snprintf (text, sizeof text, "%s", key->uid[i]);
      encode_drop_half (text);
      fprintf (stderr, "  user ID     %s%s\n", text,
               strlen (key->uid[i]) > UIDLEN ? "..." : "");
    }
  if (i < key->n_uids)
    fprintf (stderr, "              and %u more\n", key->n_uids - i);
}


static void
print_candidate (const char *user, pgp_key_t key)
{
  char date[TEXT_TIMELEN], fpr[TEXT_FPRLEN];

  fprintf (stderr, "The key for %s:\n\n  fingerprint %s", user,
           text_fingerprint (key->fpr, fpr));
  fprintf (stderr, "\n  algorithm   %s\n  expires     %s\n",
           key->algorithm, text_date (key->expires, date));
  print_uids (key);
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


/* Take a yes, or the fingerprint itself, which says even more.  stdin and
   stdout may be files: only the terminal is asked.  */
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
  print_candidate (user, key);
  if (!given)
    return ask_yes (user, key->fpr);
  return ask_same (given, key->fpr) ? 0 : gpg_error (GPG_ERR_BAD_PUBKEY);
}
