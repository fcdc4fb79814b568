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

/* The name that somebody may have meant by NAME.  */
struct meant_name
{
  const char *name;
  const char *nearest;          /* Of those offered; NULL: none is near.  */
  unsigned int least;           /* What is farther is not near.  */
};

/* Look for what NAME may mean, and compare it with CANDIDATE; both must
   last as long as MEANT.  */
void meant_name_start (struct meant_name *meant, const char *name);
void meant_name_offer (struct meant_name *meant, const char *candidate);

/* Say that PROGRAM has no such verb, and which one is like it.  */
void meant_no_verb (const char *program, const struct meant_name *verb);

#endif /*POSTERN_COMMON_MEANT_H*/
