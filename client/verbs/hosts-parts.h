/* hosts-parts.h - The parts of the verb hosts.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_HOSTS_PARTS_H
#define POSTERN_CLIENT_HOSTS_PARTS_H

#include "../client-options.h"
#include "../profile/profile.h"

/* Each gets the N arguments behind its own name, and returns an exit
   code.  */
int hosts_show (const struct options *options, char **arg, int n);
int hosts_rename (const struct options *options, char **arg, int n);
int hosts_remove (const struct options *options, char **arg, int n);

/* Tell of the sections of hosts.conf that are for no host.  */
void hosts_tell_strays (profile_t profile);

#endif /*POSTERN_CLIENT_HOSTS_PARTS_H*/
