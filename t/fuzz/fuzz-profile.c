/* fuzz-profile.c - Any text as hosts.conf, and changes to it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the text is taken, a change to one host leaves a text that is taken
 * too, has that change, and says of all others what it said.  */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../client/profile/profile-parts.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
release (struct profile_s *profile)
{
  free (profile->text);
  free (profile->host);
}

static const struct profile_host *
find (const struct profile_s *profile, const char *name)
{
  size_t i;

  for (i = 0; i < profile->n; i++)
    if (!strcmp (profile->host[i].name, name))
      return profile->host + i;
  return NULL;
}

static void
same (const struct profile_host *a, const struct profile_host *b)
{
  if (!a || !b || strcmp (a->name, b->name) || strcmp (a->host, b->host)
      || strcmp (a->server, b->server) || strcmp (a->signer, b->signer)
      || strcmp (a->user, b->user) || strcmp (a->door, b->door)
      || strcmp (a->credential, b->credential) || a->port != b->port
      || a->serial != b->serial || a->door_ends != b->door_ends
      || a->joined != b->joined || a->n_addresses != b->n_addresses
      || strcmp (a->address[0], b->address[0])
      || a->ports.n != b->ports.n || a->settings.set != b->settings.set
      || a->settings.seconds != b->settings.seconds
      || a->settings.timeout != b->settings.timeout)
    abort ();
}

/* OLD (NULL: none) becomes NEW (NULL: none).  */
static void
change (struct profile_s *profile, const struct profile_host *old,
        const struct profile_host *new)
{
  struct profile_s after;
  const char *name = new ? new->name : old->name;
  char *message = NULL;
  size_t i, n = profile->n + !old - !new;

  if (n > PROFILE_MAX_HOSTS || (new && profile_check (new, &message)))
    {
      gpgrt_free (message);
      return;
    }
  memset (&after, 0, sizeof after);
  if (profile_edit (profile, old, new, &after.text, &after.len)
      || profile_parse (&after, "after", after.text, after.len, &message)
      || after.n != n)
    abort ();
  for (i = 0; i < profile->n; i++)
    if (profile->host + i != old)
      same (profile->host + i, find (&after, profile->host[i].name));
  if (new)
    same (new, find (&after, name));
  release (&after);
}

static void
change_all (struct profile_s *profile)
{
  struct profile_host new;
  size_t i;

  for (i = 0; i < profile->n && i < 4; i++)
    {
      const struct profile_host *old = profile->host + i;

      change (profile, old, old);
      change (profile, old, NULL);
      new = *old;
      new.serial = new.serial ? 0 : 7;
      new.port = new.port == 1 ? 2 : 1;
      new.ports.n = 0;
      *new.user = 0;
      snprintf (new.door, sizeof new.door, "%s", "other");
      /* What it would have by default it cannot be without.  */
      if (!profile->defaults.ports.n)
        change (profile, old, &new);
      if (find (profile, "z9"))
        continue;
      snprintf (new.name, sizeof new.name, "%s", "z9");
      new.ports = old->ports;
      change (profile, old, &new);
      new.settings = profile->defaults.settings;
      change (profile, NULL, &new);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct profile_s profile;
  char *message = NULL;

  memset (&profile, 0, sizeof profile);
  profile.text = malloc (size + 1);
  if (!profile.text)
    abort ();
  memcpy (profile.text, data, size);
  profile.text[size] = 0;
  profile.len = size;
  if (!profile_parse (&profile, "fuzz", profile.text, size, &message))
    change_all (&profile);
  gpgrt_free (message);
  release (&profile);
  return 0;
}
