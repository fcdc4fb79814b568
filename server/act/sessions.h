/* sessions.h - Connections that are older than the table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_SESSIONS_H
#define POSTERN_SESSIONS_H

#include <gpg-error.h>
#include "../config/config.h"

/* Tell conntrack of each TCP connection to a protected port of CONFIG that
   this host has and conntrack does not know, so that its packets are
   "established".  *R_N (may be NULL) is how many those were.  What cannot
   be told is an error, after all others were.  */
gpg_error_t sessions_admit (config_t config, unsigned int *r_n);

#endif /*POSTERN_SESSIONS_H*/
