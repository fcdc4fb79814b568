/* join-parts.h - What the files of the verb join share.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_JOIN_PARTS_H
#define POSTERN_CLIENT_JOIN_PARTS_H

#include <stdbool.h>
#include "../../common/pgp/pgp.h"
#include "../join/envelope.h"
#include "../client-options.h"
#include "../profile/profile.h"

/* The files of a known host's keys, beside those of the invite.  */
enum join_file { JOIN_SAME, JOIN_OTHER, JOIN_MISSING };

struct join
{
  const struct options *options;
  invite_t invite;
  char *by;                     /* What the person calls who signed it too;
                                   NULL: the server alone.  */
  pgp_t pgp;                    /* For looking at keys.  */
  profile_t profile;
  struct profile_host host;     /* As the invite makes it.  */
  bool known;                   /* It was joined before, ...  */
  struct profile_host old;      /* ... and looked so, ...  */
  enum join_file door, key;     /* ... and had these files.  */
};

/* Find out what the invite means to J->profile: a new host, or a change of
   which one; fills J->host and what follows.  Returns -1 to go on, or an
   exit code after the reason of a refusal was logged.  */
int join_judge (struct join *j);

/* Say what joining would mean.  */
void join_show (struct join *j);

/* Say what is different from before, and give back how many things are.
   With SILENT only count.  */
unsigned int join_changes (struct join *j, bool silent);

#endif /*POSTERN_CLIENT_JOIN_PARTS_H*/
