/* meant.h - Guess what a person meant who wrote something else.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For hints in messages only: no guess may ever be acted on.  */

#ifndef POSTERN_COMMON_MEANT_H
#define POSTERN_COMMON_MEANT_H

#include <stddef.h>

#define MEANT_PORTSLEN 256
#define MEANT_TIMELEN 32

/* Write the ports that TEXT ("22/tcp", "tcp/ssh", "TCP/22") seems to mean to
   R_TEXT of MEANT_PORTSLEN bytes in their proper form.  Returns R_TEXT, or
   NULL if they cannot be guessed.  */
const char *meant_ports (const char *text, char *r_text);

/* The same for a time ("60", "5min", "2H") and MEANT_TIMELEN bytes.  */
const char *meant_time (const char *text, char *r_text);

/* The search for the name that a person may have meant by NAME.  */
struct meant_name
{
  const char *name;
  const char *nearest;          /* Of those offered; NULL: none is similar.  */
  unsigned int least;           /* Its distance, or the limit.  */
};

/* Start a search for NAME, and compare NAME with CANDIDATE; both must last
   as long as MEANT.  */
void meant_name_start (struct meant_name *meant, const char *name);
void meant_name_offer (struct meant_name *meant, const char *candidate);

/* Log that PROGRAM has no such verb, and which one is similar.  */
void meant_no_verb (const char *program, const struct meant_name *verb);

#endif /*POSTERN_COMMON_MEANT_H*/
