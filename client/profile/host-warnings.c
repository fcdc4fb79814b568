/* host-warnings.c - Whether the keys that a host's requests need are good.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "host-warnings.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"
#include "server-keys.h"

#define DAY 86400

/* A person's key that was looked at; most have one.  */
struct own
{
  char fpr[NETSPEC_FPRLEN + 1];
  struct health_key key;
};

struct health_look_s
{
  peek_t peek;
  size_t n;
  struct own own[PROFILE_MAX_HOSTS];
};


gpg_error_t
health_new (profile_t profile, const struct profile_host *const *host,
            size_t n, health_look_t *r_look)
{
  gpg_error_t err;
  health_look_t look = calloc (1, sizeof *look);

  *r_look = NULL;
  if (!look)
    return gpg_error_from_syserror ();
  err = peek_new (profile, &look->peek);
  if (err)
    {
      health_release (look);
      return err;
    }
  peek_prepare (look->peek, host, n);
  *r_look = look;
  return 0;
}


void
health_release (health_look_t look)
{
  if (!look)
    return;
  peek_release (look->peek);
  free (look);
}


/* What is wrong with KEY as a whole, or "good".  */
static const char *
state_of (pgp_key_t key, bool able)
{
  if (key->revoked)
    return "revoked";
  if (key->expired)
    return "expired";
  return able ? "good" : "unusable";
}


static uint64_t
earlier (uint64_t a, uint64_t b)
{
  return a && (!b || a < b) ? a : b;
}


static struct health_key
look_at_server (health_look_t look, const struct profile_host *host)
{
  struct health_key r = { "unreadable", 0 };
  pgp_key_t key;
  gpg_error_t err;

  err = peek_server (look->peek, host, &key);
  if (err)
    {
      log_debug ("%s: the server's key: %s", host->name, gpg_strerror (err));
      return r;
    }
  r.state = state_of (key, key->can_encrypt);
  r.expires = earlier (key->expires, key->encrypt_expires);
  return r;
}


static struct health_key
look_at_own (health_look_t look, const char *fpr)
{
  struct health_key r = { "missing", 0 };
  pgp_t pgp = peek_pgp (look->peek);
  pgp_key_t key;
  gpg_error_t err;

  err = pgp_key_find (pgp, fpr, false, &key);
  if (err)
    {
      log_debug ("%s: %s", fpr, gpg_strerror (err));
      return r;
    }
  if (key->secret)
    {
      r.state = state_of (key, key->can_sign);
      r.expires = earlier (key->expires, key->sign_expires);
    }
  else if (!pgp_agent_answers (pgp))
    r.state = "unknown";
  pgp_key_release (key);
  return r;
}


void
health_check (health_look_t look, const struct profile_host *host,
              struct health *r_health)
{
  struct own *own;

  r_health->server = look_at_server (look, host);
  for (own = look->own; own < look->own + look->n; own++)
    if (!strcmp (own->fpr, host->signer))
      break;
  if (own == look->own + look->n)
    {
      look->n++;
      memcpy (own->fpr, host->signer, sizeof own->fpr);
      own->key = look_at_own (look, host->signer);
    }
  r_health->own = own->key;
}


char *
health_date (uint64_t when, char *text)
{
  time_t t = (time_t) when;
  struct tm tm;

  if (!when || !localtime_r (&t, &tm)
      || !strftime (text, HEALTH_DATELEN, "%F", &tm))
    memcpy (text, "never", 6);
  return text;
}


const char *
health_key_text (const struct health_key *key, char *text)
{
  return strcmp (key->state, "good") ? key->state
    : health_date (key->expires, text);
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
  return when && when <= (uint64_t) now + HEALTH_SOON;
}


char *
health_door_warning (const struct profile_host *host, time_t now)
{
  char date[HEALTH_DATELEN], days[32];

  if (!is_soon (host->door_ends, now))
    return NULL;
  health_date (host->door_ends, date);
  if (host->door_ends <= (uint64_t) now)
    return gpgrt_bsprintf ("%s: its door key ended on %s; ask the"
                           " administrator for a fresh invite, and 'postern"
                           " join' it", host->name, date);
  return gpgrt_bsprintf ("%s: its door key ends on %s (%s); ask the"
                         " administrator for a fresh invite", host->name,
                         date, days_until (host->door_ends, now, days));
}


char *
health_server_warning (const struct profile_host *host,
                       const struct health_key *key, time_t now)
{
  char date[HEALTH_DATELEN], days[32];

  if (strcmp (key->state, "good"))
    return gpgrt_bsprintf ("%s: the server's key is %s here; join it again"
                           " with a fresh invite", host->name, key->state);
  if (!is_soon (key->expires, now))
    return NULL;
  return gpgrt_bsprintf ("%s: the server's key expires on %s (%s); ask the"
                         " administrator for a fresh invite", host->name,
                         health_date (key->expires, date),
                         days_until (key->expires, now, days));
}


char *
health_own_warning (const struct profile_host *host,
                    const struct health_key *key, time_t now)
{
  char date[HEALTH_DATELEN], days[32];

  if (!strcmp (key->state, "missing"))
    return gpgrt_bsprintf ("%s: your key %s is not here; see 'gpg -K', and"
                           " insert the card if it is on one", host->name,
                           host->signer);
  if (!strcmp (key->state, "unknown"))
    return gpgrt_bsprintf ("%s: whether your key %s is here cannot be told:"
                           " gpg-agent does not run and gpg cannot start it;"
                           " 'gpg-agent --daemon' tells why", host->name,
                           host->signer);
  if (strcmp (key->state, "good"))
    return gpgrt_bsprintf ("%s: your key %s is %s and signs nothing; extend"
                           " or replace it, and give the administrator the"
                           " new one", host->name, host->signer, key->state);
  if (!is_soon (key->expires, now))
    return NULL;
  return gpgrt_bsprintf ("%s: your key %s expires on %s (%s); extend it, and"
                         " give the administrator the new one", host->name,
                         host->signer, health_date (key->expires, date),
                         days_until (key->expires, now, days));
}


size_t
health_warnings (const struct profile_host *host,
                 const struct health *health, time_t now,
                 char *text[HEALTH_MAX_WARNINGS])
{
  size_t n = 0;

  if ((text[n] = health_door_warning (host, now)))
    n++;
  if ((text[n] = health_server_warning (host, &health->server, now)))
    n++;
  if ((text[n] = health_own_warning (host, &health->own, now)))
    n++;
  return n;
}


void
health_tell (const struct profile_host *host, const struct health *health)
{
  char *text[HEALTH_MAX_WARNINGS];
  size_t i, n = health_warnings (host, health, time (NULL), text);

  for (i = 0; i < n; i++)
    {
      log_warn ("%s", text[i]);
      gpgrt_free (text[i]);
    }
}


void
health_tell_keys (const struct profile_host *host,
                  const struct health *health, bool own)
{
  time_t now = time (NULL);
  char *text[2] = { NULL, NULL };
  size_t i;

  if (!strcmp (health->server.state, "good"))
    text[0] = health_server_warning (host, &health->server, now);
  if (own && !strcmp (health->own.state, "good"))
    text[1] = health_own_warning (host, &health->own, now);
  for (i = 0; i < 2; i++)
    {
      if (text[i])
        log_warn ("%s", text[i]);
      gpgrt_free (text[i]);
    }
}
