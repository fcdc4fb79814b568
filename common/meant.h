/* meant.h - What somebody may have meant who wrote something else.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_MEANT_H
#define POSTERN_COMMON_MEANT_H

#include <stddef.h>

struct config_option;

#define MEANT_PORTSLEN 256
#define MEANT_TIMELEN 32

/* Ports that TEXT ("22/tcp", "tcp/ssh", "TCP/22") stands for, in their one
   form, in R_TEXT of MEANT_PORTSLEN bytes, which it returns; NULL: they
   cannot be guessed.  */
const char *meant_ports (const char *text, char *r_text);

/* The same of a time ("60", "5min", "2H") and MEANT_TIMELEN bytes.  */
const char *meant_time (const char *text, char *r_text);

/* Say that PROGRAM has no verb NAME, and which of NAMES, the last of which has
   no name, is like it.  */
void meant_no_verb (const char *program, const char *name,
                    const struct config_option *names);

#endif /*POSTERN_COMMON_MEANT_H*/
