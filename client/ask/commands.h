/* commands.h - Which commands a host has for its person, as it last said.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Kept for completion alone, in the profile's file "commands", from the
 * last reply to whoami: lines of "SERVER-FINGERPRINT NAME: its arguments".
 * It must never be used to decide what a person may do.  */

#ifndef POSTERN_CLIENT_COMMANDS_H
#define POSTERN_CLIENT_COMMANDS_H

#include "../profile/profile.h"
#include "report.h"

/* Keep what ITEM's reply to whoami says; failures are not reported.  */
void commands_note (profile_t profile, const struct report_item *item);

/* Hand each command of HOST to OFFER, with its arguments.  */
void commands_each (profile_t profile, const struct profile_host *host,
                    void (*offer) (void *hook, const char *name,
                                   const char *about), void *hook);

#endif /*POSTERN_CLIENT_COMMANDS_H*/
