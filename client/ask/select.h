/* select.h - Which of the hosts that were joined are meant.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A name means that host.  A pattern in the shell's way ("web*", "db?",
 * "web[1-3]") means all that it matches, in the profile's order; what
 * follows a "!" is left out, wherever it stands.  Each must match
 * something, so that a slip of the finger neither reaches nor spares a host
 * silently.  */

#ifndef POSTERN_CLIENT_SELECT_H
#define POSTERN_CLIENT_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include "../profile/profile.h"

struct selection
{
  size_t n;
  const struct profile_host **host;     /* Each once.  */
};

/* True for what is no plain name.  */
bool select_is_pattern (const char *text);

/* The host NAME, or NULL after it was said that there is none; VERB is for
   the message.  */
const struct profile_host *select_one (profile_t profile, const char *verb,
                                       const char *name);

/* The hosts that the N arguments name, of which those with a slash are
   none.  Returns -1 to go on, or the exit code after it was said what is
   wrong; R_SELECTION is to be released in any case.  */
int select_hosts (profile_t profile, const char *verb, char *const *arg,
                  int n, struct selection *r_selection);
void select_release (struct selection *selection);

#endif /*POSTERN_CLIENT_SELECT_H*/
