/* host-warnings.h - Whether the keys that a host's requests need are good.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_HOST_WARNINGS_H
#define POSTERN_CLIENT_HOST_WARNINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <gpg-error.h>
#include "profile.h"
#include "server-keys.h"

#define HOST_WARNINGS_SOON (30 * 86400) /* Seconds.  */
#define HOST_WARNINGS_MAX 3

struct host_key
{
  const char *state;            /* "good", "expired", "revoked", "unusable",
                                   "missing", "unknown", "unreadable".  */
  uint64_t expires;             /* Of a good one; 0: never.  */
};

struct host_keys
{
  struct host_key server;       /* The server's, as it is stored.  */
  struct host_key own;          /* The person's.  */
};

/* Examine the keys of HOST.  */
void host_warnings_look (server_keys_t keys, const struct profile_host *host,
                         struct host_keys *r_keys);

/* What will not work at NOW, or not for long, and what to do: each text is
   to be freed with gpgrt_free.  Returns their number.  */
size_t host_warnings_list (const struct profile_host *host,
                           const struct host_keys *keys, time_t now,
                           char *text[HOST_WARNINGS_MAX]);

/* Log TEXT, if it is not NULL, and free it.  */
void host_warnings_log (char *text);

/* The same, now, on stderr.  */
void host_warnings_tell (const struct profile_host *host,
                         const struct host_keys *keys);

/* The same of the two keys, as far as they are good now but not for long; the
   person's only with OWN.  */
void host_warnings_tell_keys (const struct profile_host *host,
                              const struct host_keys *keys, bool own);

/* The same of the door key alone, without what gpg knows; NULL: nothing.  */
char *host_warnings_door (const struct profile_host *host, time_t now);

/* The same of one of the two keys.  */
char *host_warnings_server (const struct profile_host *host,
                            const struct host_key *key, time_t now);
char *host_warnings_own (const struct profile_host *host,
                         const struct host_key *key, time_t now);

/* When a key ends, for a person: a date, "never", or a state that is not
   good.  TEXT takes DATE_LEN bytes.  */
const char *host_warnings_key (const struct host_key *key, char *text);

#endif /*POSTERN_CLIENT_HOST_WARNINGS_H*/
