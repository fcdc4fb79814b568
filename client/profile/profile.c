/* profile.c - Finding a host among those that a person has joined.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "profile-parts.h"

#include <string.h>
#include "../../common/base/meant.h"


const char *
profile_dir (profile_t profile)
{
  return profile->dir;
}


size_t
profile_count (profile_t profile)
{
  return profile->n;
}


const struct profile_host *
profile_get (profile_t profile, size_t i)
{
  return i < profile->n ? profile->host + i : NULL;
}


const struct port_set *
profile_default_ports (profile_t profile)
{
  return &profile->defaults.ports;
}


bool
profile_is_old (profile_t profile)
{
  size_t i;

  for (i = 0; i < profile->n_own; i++)
    if (profile_is_whole (profile->own + i))
      return true;
  return false;
}


struct profile_host *
profile_named (struct profile_host *list, size_t n, const char *name)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (!strcmp (list[i].name, name))
      return list + i;
  return NULL;
}


const struct profile_host *
profile_find (profile_t profile, const char *name)
{
  return profile_named (profile->host, profile->n, name);
}


const char *
profile_stray (profile_t profile, size_t *i)
{
  const char *name;

  while (*i < profile->n_own)
    {
      name = profile->own[(*i)++].name;
      if (!profile_find (profile, name))
        return name;
    }
  return NULL;
}


const struct profile_host *
profile_by_address (profile_t profile, const char *address)
{
  const struct profile_host *host, *found = NULL;
  unsigned int k;
  size_t i;

  for (i = 0; (host = profile_get (profile, i)); i++)
    for (k = 0; k < host->n_addresses; k++)
      if (!strcasecmp (host->address[k], address))
        {
          if (found)
            return NULL;
          found = host;
        }
  return found;
}


const char *
profile_nearest (profile_t profile, const char *name)
{
  struct meant_name meant;
  size_t i;

  meant_name_start (&meant, name);
  for (i = 0; i < profile->n; i++)
    meant_name_offer (&meant, profile->host[i].name);
  return meant.nearest;
}
