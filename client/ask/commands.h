/* commands.h - Which commands a host has for its person, as it last said.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Kept for completion alone, in the profile's file "commands", from the
 * last reply to whoami: "SERVER-FINGERPRINT NAME: what it takes" a line.
 * What stands there is never taken for what one may.  */

#ifndef POSTERN_CLIENT_COMMANDS_H
#define POSTERN_CLIENT_COMMANDS_H

#include "../profile/profile.h"
#include "report.h"

/* Keep what ITEM's reply to whoami says; what fails is not told.  */
void commands_note (profile_t profile, const struct report_item *item);

/* Hand each command of HOST to OFFER, with what it takes.  */
void commands_each (profile_t profile, const struct profile_host *host,
                    void (*offer) (void *hook, const char *name,
                                   const char *about), void *hook);

#endif /*POSTERN_CLIENT_COMMANDS_H*/
