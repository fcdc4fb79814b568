/* meant.h - What somebody may have meant who wrote something else.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_COMMON_MEANT_H
#define POSTERN_COMMON_MEANT_H

#include <stddef.h>

#define MEANT_PORTSLEN 256
#define MEANT_TIMELEN 32

/* Ports that TEXT ("22/tcp", "tcp/ssh", "TCP/22") stands for, in their one
   form, in R_TEXT of MEANT_PORTSLEN bytes, which it returns; NULL: they
   cannot be guessed.  */
const char *meant_ports (const char *text, char *r_text);

/* The same of a time ("60", "5min", "2H") and MEANT_TIMELEN bytes.  */
const char *meant_time (const char *text, char *r_text);

#endif /*POSTERN_COMMON_MEANT_H*/
