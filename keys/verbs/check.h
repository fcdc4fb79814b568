/* check.h - What the files of postern-keys check share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_CHECK_H
#define POSTERN_KEYS_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../server/config/config.h"
#include "../roster/people.h"
#include "../roster/sharing.h"

struct check
{
  config_t config;
  people_t people;
  sharing_t sharing;            /* Whose part each fingerprint is.  */
  uint64_t now;                 /* Unix seconds.  */
  bool json;
  unsigned int findings;
};

/* Report one finding: WHAT ("user alice") and what is wrong with it.  KIND is
   a fixed word for programs.  */
void check_say (struct check *check, const char *kind, const char *what,
                const char *format, ...) GPGRT_ATTR_PRINTF (4, 5);

/* Put KIND and NAME, "user alice", into WHAT; returns WHAT.  */
#define CHECK_WHATLEN (NETSPEC_NAMELEN + 16)
const char *check_what (const char *kind, const char *name,
                        char what[CHECK_WHATLEN]);

/* In check-passwords.c.  */
void check_passwords (struct check *check);

/* In check-people.c: users and their keys, rules, doors.  */
void check_people (struct check *check);
void check_rules (struct check *check);
void check_doors (struct check *check);

/* True if WHEN (0: never) is in the past or less than 30 days away.  */
bool check_is_near (const struct check *check, uint64_t when);

/* In check-server.c: the server's key, and its encryption subkeys.  */
void check_server_key (struct check *check);

/* In check-host.c: files and their owners, the clock, and whether a running
   posternd uses this configuration.  */
void check_files (struct check *check);
void check_clock (struct check *check);
void check_running (struct check *check);

#endif /*POSTERN_KEYS_CHECK_H*/
