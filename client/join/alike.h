/* alike.h - Hosts that could be mistaken for one another.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_ALIKE_H
#define POSTERN_CLIENT_ALIKE_H

#include <stdbool.h>
#include "../profile/profile.h"

/* True if the names, or addresses, A and B look the same to who does not
   look twice: they differ in case, in 0 and o, in 1, l and i, in rn and m,
   or in dots, hyphens and underscores alone.  Two IP addresses look the same
   if they are equal.  */
bool alike_text (const char *a, const char *b);

/* What NEW and KNOWN have in common: "the same host name" and the like, or
   NULL.  Their names, what the person calls them and their addresses are
   compared across.  */
const char *alike_hosts (const struct profile_host *new,
                         const struct profile_host *known);

#endif /*POSTERN_CLIENT_ALIKE_H*/
