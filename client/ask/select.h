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
#include "../client-options.h"
#include "../profile/profile.h"

struct selection
{
  size_t n;
  const struct profile_host **host;     /* Each once.  */
};

/* True for a text that is not a plain name.  */
bool select_is_pattern (const char *text);

/* The host NAME, or NULL after it was said that there is none; VERB is for
   the message.  */
const struct profile_host *select_one (profile_t profile, const char *verb,
                                       const char *name);

/* Open the profile for VERB, and find the host that the first argument names.
   Returns -1 to go on, or the exit code after an error was logged; *R_PROFILE
   is to be closed in any case.  */
int select_open (const char *verb, const struct options *options,
                 profile_t *r_profile, const struct profile_host **r_host);

/* The hosts that the N arguments name, of which those with a slash are
   none.  Returns -1 to go on, or the exit code after an error was
   logged; R_SELECTION is to be released in any case.  */
int select_hosts (profile_t profile, const char *verb, char *const *arg,
                  int n, struct selection *r_selection);

/* The same; all hosts if there is no argument.  */
int select_hosts_or_all (profile_t profile, const char *verb,
                         char *const *arg, int n,
                         struct selection *r_selection);
void select_release (struct selection *selection);

#endif /*POSTERN_CLIENT_SELECT_H*/
