/* fuzz-profile.c - Any text as hosts.conf and as the file of a host.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the text is taken, what is written of it is taken too, and says what
 * it said.  */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../client/profile/profile-parts.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Both say the same, by OPTIONS.  */
static void
same (const struct conf_option *options, const struct profile_host *a,
      const struct profile_host *b)
{
  char abuf[CONF_TEXTLEN], bbuf[CONF_TEXTLEN];
  const char *atext, *btext;
  size_t i;

  for (; options->name; options++)
    for (i = 0; ; i++)
      {
        atext = conf_text (options, a, i, abuf);
        btext = conf_text (options, b, i, bbuf);
        if (!atext != !btext || (atext && strcmp (atext, btext)))
          abort ();
        if (!atext)
          break;
      }
}

static void
as_joined (const char *text, size_t size)
{
  struct profile_host host, back;
  char *message = NULL, *again;

  memset (&host, 0, sizeof host);
  memset (&back, 0, sizeof back);
  memcpy (host.name, "web1", 5);        /* The file's name is the host's.  */
  memcpy (back.name, "web1", 5);
  if (!profile_parse_joined (&host, "fuzz", text, size, &message))
    {
      if (profile_print_joined (&host, &again, &message)
          || profile_parse_joined (&back, "again", again, strlen (again),
                                   &message))
        abort ();
      same (host_options, &host, &back);
      free (again);
    }
  gpgrt_free (message);
}

static void
as_own (const char *text, size_t size)
{
  struct profile_s profile, back;
  char *message = NULL, *again;
  size_t i;

  memset (&profile, 0, sizeof profile);
  memset (&back, 0, sizeof back);
  if (!profile_parse_own (&profile, "fuzz", text, size, &message))
    {
      if (profile_print_own (&profile, &again)
          || profile_parse_own (&back, "again", again, strlen (again),
                                &message)
          || profile.n_own != back.n_own)
        abort ();
      same (host_options, &profile.defaults, &back.defaults);
      for (i = 0; i < profile.n_own; i++)
        same (host_options, profile.own + i, back.own + i);
      free (again);
    }
  gpgrt_free (message);
  free (profile.own);
  free (back.own);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char *text = malloc (size + 1);

  if (!text)
    abort ();
  memcpy (text, data, size);
  text[size] = 0;
  as_joined (text, size);
  as_own (text, size);
  free (text);
  return 0;
}
