/* host-warnings.h - Whether the keys that a host's requests need are good.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_HEALTH_H
#define POSTERN_CLIENT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <gpg-error.h>
#include "profile.h"

#define HEALTH_SOON (30 * 86400)        /* Seconds.  */
#define HEALTH_DATELEN 16
#define HEALTH_MAX_WARNINGS 3

struct health_key
{
  const char *state;            /* "good", "expired", "revoked", "unusable",
                                   "missing", "unknown", "unreadable".  */
  uint64_t expires;             /* Of a good one; 0: never.  */
};

struct health
{
  struct health_key server;     /* The server's, as it is stored.  */
  struct health_key own;        /* The person's.  */
};

typedef struct health_look_s *health_look_t;

/* For the N hosts of PROFILE, which must stay.  */
gpg_error_t health_new (profile_t profile,
                        const struct profile_host *const *host, size_t n,
                        health_look_t *r_look);
void health_release (health_look_t look);

/* Look at the keys of HOST; a person's key is looked at once.  */
void health_check (health_look_t look, const struct profile_host *host,
                   struct health *r_health);

/* What will not work at NOW, or not for long, and what to do: each text is
   to be freed with gpgrt_free.  Returns their number.  */
size_t health_warnings (const struct profile_host *host,
                        const struct health *health, time_t now,
                        char *text[HEALTH_MAX_WARNINGS]);

/* The same, now, on stderr.  */
void health_tell (const struct profile_host *host,
                  const struct health *health);

/* The same of the two keys, as far as they are good now but not for long; the
   person's only with OWN.  */
void health_tell_keys (const struct profile_host *host,
                       const struct health *health, bool own);

/* The same of the door key alone, without what gpg knows; NULL: nothing.  */
char *health_door_warning (const struct profile_host *host, time_t now);

/* The same of one of the two keys.  */
char *health_server_warning (const struct profile_host *host,
                             const struct health_key *key, time_t now);
char *health_own_warning (const struct profile_host *host,
                          const struct health_key *key, time_t now);

/* When a key ends, for a person: a date, "never", or a state that is not
   good.  TEXT takes HEALTH_DATELEN bytes.  */
const char *health_key_text (const struct health_key *key, char *text);

/* WHEN as a date in TEXT, or "never".  Returns TEXT.  */
char *health_date (uint64_t when, char *text);

#endif /*POSTERN_CLIENT_HEALTH_H*/
