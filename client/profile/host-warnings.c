/* host-warnings.c - Whether the keys that a host's requests need are good.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "host-warnings.h"

#include <string.h>
#include "../../common/base/log.h"
#include "../date.h"

#define DAY 86400


/* What is wrong with KEY as a whole, or "good".  */
static const char *
state_of_key (pgp_key_t key, bool able)
{
  if (key->revoked)
    return "revoked";
  if (key->expired)
    return "expired";
  return able ? "good" : "unusable";
}


static uint64_t
earlier_end (uint64_t a, uint64_t b)
{
  return a && (!b || a < b) ? a : b;
}


static struct host_key
look_at_server (server_keys_t keys, const struct profile_host *host)
{
  struct host_key r = { "unreadable", 0 };
  pgp_key_t key;
  gpg_error_t err = server_keys_get (keys, host, &key);

  if (err)
    {
      log_debug ("%s: the server's key: %s", host->name, gpg_strerror (err));
      return r;
    }
  r.state = state_of_key (key, key->can_encrypt);
  r.expires = earlier_end (key->expires, key->encrypt_expires);
  return r;
}


static struct host_key
look_at_own (server_keys_t keys, const char *fpr)
{
  struct host_key r = { "missing", 0 };
  pgp_key_t key;
  gpg_error_t err = server_keys_own (keys, fpr, &key);

  if (err)
    log_debug ("%s: %s", fpr, gpg_strerror (err));
  if (gpg_err_code (err) == GPG_ERR_NO_AGENT)
    r.state = "unknown";
  else if (!err && key->secret)
    {
      r.state = state_of_key (key, key->can_sign);
      r.expires = earlier_end (key->expires, key->sign_expires);
    }
  return r;
}


void
host_warnings_look (server_keys_t keys, const struct profile_host *host,
                    struct host_keys *r_keys)
{
  r_keys->server = look_at_server (keys, host);
  r_keys->own = look_at_own (keys, host->signer);
}


const char *
host_warnings_key (const struct host_key *key, char *text)
{
  return strcmp (key->state, "good") ? key->state
    : date_text (key->expires, text);
}


/* "in 3 days", "today"; TEXT takes 32 bytes.  */
static char *
days_until (uint64_t when, time_t now, char *text)
{
  unsigned long long days = (when - (uint64_t) now) / DAY;

  if (!days)
    gpgrt_snprintf (text, 32, "within a day");
  else
    gpgrt_snprintf (text, 32, "in %llu day%s", days, days > 1 ? "s" : "");
  return text;
}


static bool
is_soon (uint64_t when, time_t now)
{
  return when && when <= (uint64_t) now + HOST_WARNINGS_SOON;
}


char *
host_warnings_door (const struct profile_host *host, time_t now)
{
  char date[DATE_LEN], days[32];

  if (!is_soon (host->door_ends, now))
    return NULL;
  date_text (host->door_ends, date);
  if (host->door_ends <= (uint64_t) now)
    return gpgrt_bsprintf ("%s: its door key ended on %s; ask the"
                           " administrator for a fresh invite, and 'postern"
                           " join' it", host->name, date);
  return gpgrt_bsprintf ("%s: its door key ends on %s (%s); ask the"
                         " administrator for a fresh invite", host->name,
                         date, days_until (host->door_ends, now, days));
}


char *
host_warnings_server (const struct profile_host *host,
                      const struct host_key *key, time_t now)
{
  char date[DATE_LEN], days[32];

  if (strcmp (key->state, "good"))
    return gpgrt_bsprintf ("%s: the server's key is %s here; join it again"
                           " with a fresh invite", host->name, key->state);
  if (!is_soon (key->expires, now))
    return NULL;
  return gpgrt_bsprintf ("%s: the server's key expires on %s (%s); ask the"
                         " administrator for a fresh invite", host->name,
                         date_text (key->expires, date),
                         days_until (key->expires, now, days));
}


char *
host_warnings_own (const struct profile_host *host,
                   const struct host_key *key, time_t now)
{
  char date[DATE_LEN], days[32];

  if (!strcmp (key->state, "missing"))
    return gpgrt_bsprintf ("%s: your key %s is not here; see 'gpg -K', and"
                           " insert the card if it is on one", host->name,
                           host->signer);
  if (!strcmp (key->state, "unknown"))
    return gpgrt_bsprintf ("%s: it is unknown whether your key %s is here:"
                           " gpg-agent does not run and gpg cannot start it;"
                           " 'gpg-agent --daemon' says why", host->name,
                           host->signer);
  if (strcmp (key->state, "good"))
    return gpgrt_bsprintf ("%s: your key %s is %s and cannot sign; extend"
                           " or replace it, and give the administrator the"
                           " new one", host->name, host->signer, key->state);
  if (!is_soon (key->expires, now))
    return NULL;
  return gpgrt_bsprintf ("%s: your key %s expires on %s (%s); extend it, and"
                         " give the administrator the new one", host->name,
                         host->signer, date_text (key->expires, date),
                         days_until (key->expires, now, days));
}


size_t
host_warnings_list (const struct profile_host *host,
                    const struct host_keys *keys, time_t now,
                    char *text[HOST_WARNINGS_MAX])
{
  size_t n = 0;

  if ((text[n] = host_warnings_door (host, now)))
    n++;
  if ((text[n] = host_warnings_server (host, &keys->server, now)))
    n++;
  if ((text[n] = host_warnings_own (host, &keys->own, now)))
    n++;
  return n;
}


void
host_warnings_log (char *text)
{
  if (text)
    log_warn ("%s", text);
  gpgrt_free (text);
}


void
host_warnings_tell (const struct profile_host *host,
                    const struct host_keys *keys)
{
  char *text[HOST_WARNINGS_MAX];
  size_t i, n = host_warnings_list (host, keys, time (NULL), text);

  for (i = 0; i < n; i++)
    host_warnings_log (text[i]);
}


void
host_warnings_tell_keys (const struct profile_host *host,
                         const struct host_keys *keys, bool own)
{
  time_t now = time (NULL);

  if (!strcmp (keys->server.state, "good"))
    host_warnings_log (host_warnings_server (host, &keys->server, now));
  if (own && !strcmp (keys->own.state, "good"))
    host_warnings_log (host_warnings_own (host, &keys->own, now));
}
