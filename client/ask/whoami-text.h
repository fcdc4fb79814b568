/* whoami-text.h - What a server says a person may do, as text.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * PROTOCOL.md has the lines of the reply.  */

#ifndef POSTERN_CLIENT_WHOAMI_TEXT_H
#define POSTERN_CLIENT_WHOAMI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "../../common/base/netspec.h"

/* Who the LEN bytes at TEXT say one is, in their first line: NAME is empty
   if they do not.  Returns the length of that line, or 0.  */
size_t whoami_text_name (const char *text, size_t len,
                         char name[NETSPEC_NAMELEN + 1]);

/* True if TEXT says that no rule and no command is for the person.  */
bool whoami_text_nothing (const char *text, size_t len);

/* Print TEXT without that line, and on a terminal to its width.  */
void whoami_text_print (FILE *fp, const char *text, size_t len);

#endif /*POSTERN_CLIENT_WHOAMI_TEXT_H*/
