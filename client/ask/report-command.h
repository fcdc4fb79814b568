/* report-command.h - Telling what came of a command.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_REPORT_COMMAND_H
#define POSTERN_CLIENT_REPORT_COMMAND_H

#include "exchange.h"

/* Tell the answer to the request of X, of which ID is the hash of the
   command's in hex: its output, from byte FROM on, on stdout; all else on
   stderr; or with --json all of it on stdout.  Returns the exit code: that
   of the command itself, 128 more than the signal that ended it, or where
   that is not known one of sysexits.h.  */
int report_command (struct exchange *x, const char *id, size_t from);

#endif /*POSTERN_CLIENT_REPORT_COMMAND_H*/
