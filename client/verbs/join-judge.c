/* join-judge.c - What an invite means to the hosts that are known.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A host is the pair of its name and its key.  An invite for a known pair
 * updates that host.  One for a known name with another
 * key is what an attack looks like, and is refused unless the person says
 * that it is another host.  */

#include "join-parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "verbs.h"


static void
fill_host (struct join *j, const char *name)
{
  struct profile_host *host = &j->host;
  invite_t invite = j->invite;
  unsigned int i;

  memset (host, 0, sizeof *host);
  gpgrt_snprintf (host->name, sizeof host->name, "%s", name);
  memcpy (host->host, invite->host, sizeof host->host);
  host->n_addresses = invite->n_addresses;
  for (i = 0; i < invite->n_addresses; i++)
    memcpy (host->address[i], invite->address[i], sizeof host->address[i]);
  host->port = invite->port;
  memcpy (host->server, invite->server, sizeof host->server);
  memcpy (host->signer, invite->person, sizeof host->signer);
  memcpy (host->user, invite->user, sizeof host->user);
  memcpy (host->door, invite->door, sizeof host->door);
  host->door_ends = invite->door_ends;
  host->ports = invite->ports.n ? invite->ports
    : *profile_default_ports (j->profile);
  memcpy (host->credential, invite->credential, sizeof host->credential);
  host->serial = invite->serial;
  host->joined = (uint64_t) time (NULL);
}


static bool
is_pair (const struct profile_host *host, invite_t invite)
{
  return !strcmp (host->host, invite->host)
    && !strcmp (host->server, invite->server);
}


/* The entry for the invite's host: one with the same key of the person's
   too, if there is one.  */
static const struct profile_host *
find_pair (struct join *j)
{
  const struct profile_host *host, *found = NULL;
  size_t i;

  for (i = 0; (host = profile_get (j->profile, i)); i++)
    {
      if (!is_pair (host, j->invite))
        continue;
      if (!strcmp (host->signer, j->invite->person))
        return host;
      if (!found)
        found = host;
    }
  return found;
}


/* A host that calls itself the same and has another key.  */
static const struct profile_host *
find_rival (struct join *j)
{
  const struct profile_host *host;
  size_t i;

  for (i = 0; (host = profile_get (j->profile, i)); i++)
    if (!strcmp (host->host, j->invite->host)
        && strcmp (host->server, j->invite->server))
      return host;
  return NULL;
}


static int
refuse_rival (struct join *j, const struct profile_host *rival)
{
  log_error ("join: REFUSED: the host %s, which you joined as '%s', has the"
             " key %s, and this invite brings %s; ask the administrator by"
             " telephone; only if %s really has a new key, run 'postern"
             " hosts remove %s' and join again; if it is another host, use"
             " --as NAME", rival->host, rival->name, rival->server,
             j->invite->server, rival->host, rival->name);
  return EX_NOPERM;
}


/* With --as NAME.  Returns -1 to go on, with the entry that is meant in
   *R_OLD.  */
static int
judge_as (struct join *j, const char *name,
          const struct profile_host **r_old)
{
  const struct profile_host *pair = find_pair (j);
  const struct profile_host *named = profile_find (j->profile, name);

  *r_old = named;
  if (named && !is_pair (named, j->invite))
    {
      log_error ("join: you call another host '%s' already (%s, with the key"
                 " %s); choose another name with --as", name, named->host,
                 named->server);
      return EX_USAGE;
    }
  if (!named && pair && !strcmp (pair->signer, j->invite->person))
    {
      log_error ("join: you have joined this host as '%s'; join it without"
                 " --as, and rename it with 'postern hosts rename %s"
                 " %s'", pair->name, pair->name, name);
      return EX_USAGE;
    }
  return -1;
}


static int
judge_plain (struct join *j, const struct profile_host **r_old)
{
  const struct profile_host *pair = find_pair (j), *rival = find_rival (j);
  const struct profile_host *named;

  *r_old = pair;
  if (pair)
    return -1;
  if (rival)
    return refuse_rival (j, rival);
  named = profile_find (j->profile, j->invite->host);
  if (!named)
    return -1;
  log_error ("join: '%s' is what you call the host %s already; use --as"
             " NAME for this one", named->name, named->host);
  return EX_USAGE;
}


static enum join_file
compare_door (struct join *j)
{
  unsigned char *key = secret_alloc (INVITE_DOORLEN);
  enum join_file r = JOIN_MISSING;
  char *message = NULL;

  if (key && !profile_door_key (j->profile, &j->old, key, &message))
    r = secret_equal (key, j->invite->door_key, INVITE_DOORLEN)
      ? JOIN_SAME : JOIN_OTHER;
  gpgrt_free (message);
  secret_release (key);
  return r;
}


static enum join_file
compare_key (struct join *j)
{
  enum join_file r = JOIN_MISSING;
  unsigned char *data = NULL;
  size_t len;

  if (!profile_server_key (j->profile, &j->old, &data, &len))
    r = len == j->invite->server_key_len
      && !memcmp (data, j->invite->server_key, len) ? JOIN_SAME : JOIN_OTHER;
  free (data);
  return r;
}


static int
judge_serial (struct join *j)
{
  if (j->invite->serial >= j->old.serial)
    return -1;
  log_error ("join: REFUSED: this invite is older (serial %" PRIu64 ") than"
             " the one you joined %s with (%" PRIu64 "); use the newest, or"
             " ask for a fresh one", j->invite->serial, j->old.name,
             j->old.serial);
  return EX_NOPERM;
}


int
join_judge (struct join *j)
{
  const char *as = j->options->as;
  const struct profile_host *old;
  int rc;

  rc = as ? judge_as (j, as, &old) : judge_plain (j, &old);
  if (rc >= 0)
    return rc;
  fill_host (j, as ? as : old ? old->name : j->invite->host);
  j->known = old != NULL;
  if (!old)
    return -1;
  profile_without_own (j->profile, old, &j->old);
  j->host.joined = j->old.joined;
  j->door = compare_door (j);
  j->key = compare_key (j);
  return judge_serial (j);
}
