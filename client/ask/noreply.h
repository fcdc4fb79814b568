/* noreply.h - Why no reply may have come, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A server does not answer what it does not accept, so the client cannot know
 * why.  But some causes are visible at this end, and those come first.  */

#ifndef POSTERN_CLIENT_NOREPLY_H
#define POSTERN_CLIENT_NOREPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <gpg-error.h>
#include "../profile/profile.h"

#define NOREPLY_MAX 8

struct noreply_facts
{
  const struct profile_host *host;
  gpg_error_t error;            /* What the network said; 0: nothing.  */
  bool unsynchronised;          /* This clock, as the kernel knows.  */
  uint64_t signer_made;         /* A part of the person's key that may sign
                                   and is newer than the joining; 0: none.  */
  time_t now;
};

/* What is known of HOST at this end.  */
void noreply_look (const struct profile_host *host, gpg_error_t error,
                   struct noreply_facts *r_facts);

/* Whether the kernel says that nothing keeps its clock right.  */
bool noreply_clock_is_free (void);

/* When the newest part of the key SIGNER was made that may sign and is newer
   than JOINED; 0: none is.  */
uint64_t noreply_newer_part (const char *signer, uint64_t joined);

/* The causes in an order that fits the FACTS; each to be freed with
   gpgrt_free.  Returns their number.  */
size_t noreply_causes (const struct noreply_facts *facts,
                       char *text[NOREPLY_MAX]);

/* Find the causes and log them, one on each line.  HOST may be NULL: then
   nothing is known.  */
void noreply_tell (const struct profile_host *host, gpg_error_t error);

#endif /*POSTERN_CLIENT_NOREPLY_H*/
