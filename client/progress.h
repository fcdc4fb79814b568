/* progress.h - One line on a terminal that shows what is awaited.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_PROGRESS_H
#define POSTERN_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <gpg-error.h>

/* Whether stderr is a terminal that can overwrite a line.  */
bool progress_wanted (void);

/* Replace the line, if there is such a terminal.  */
void progress_show (const char *format, ...) GPGRT_ATTR_PRINTF (1, 2);

/* Remove the line, before anything else is printed.  */
void progress_clear (void);

#endif /*POSTERN_CLIENT_PROGRESS_H*/
