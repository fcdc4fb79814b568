/* hosts-parts.h - The parts of the verb hosts.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_HOSTS_PARTS_H
#define POSTERN_CLIENT_HOSTS_PARTS_H

#include <stdio.h>
#include "../ask/select.h"
#include "../profile/server-keys.h"

/* Each gets the N arguments after its own name, and returns an exit code.  */
int hosts_show (const struct options *options, char **arg, int n);
int hosts_rename (const struct options *options, char **arg, int n);
int hosts_remove (const struct options *options, char **arg, int n);

/* Print the selected hosts, whose keys KEYS has; returns an exit code.  */
typedef int (*hosts_print_t) (server_keys_t keys,
                              const struct selection *selection);

/* Print the hosts that the N arguments name; all if there is none.  Returns
   an exit code.  */
int hosts_print (profile_t profile, char **arg, int n, hosts_print_t print);

/* The addresses of HOST on one line, without an LF.  */
void hosts_print_addresses (FILE *fp, const struct profile_host *host);

/* Report the sections of hosts.conf that are for no host.  */
void hosts_tell_strays (profile_t profile);

#endif /*POSTERN_CLIENT_HOSTS_PARTS_H*/
