/* waiting.h - Pending requests, fetched from a server.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_WAITING_H
#define POSTERN_CLIENT_WAITING_H

#include <jansson.h>
#include "exchange.h"

/* Fetch the requests pending at HOST for VERB, as an array of objects: all
   that this person may see, or with ID (8 to 64 hex digits) that one, with its
   whole signed text.  Each piece of a long answer needs a signature.  Returns
   -1 to go on, or an exit code after an error was logged.  *R_LIST is to be
   released with json_decref.  */
int waiting_fetch (const char *verb, const struct options *options,
                   profile_t profile, const struct profile_host *host,
                   const char *id, json_t **r_list);

/* The text of a member of OBJECT, "" if there is none.  */
const char *waiting_text (json_t *object, const char *name);

/* The same to be shown; "?" if it could move a cursor.  */
const char *waiting_word (json_t *object, const char *name);

/* A line on OBJECT as the server describes it, without an LF; to be freed
   with gpgrt_free.  */
char *waiting_line (json_t *object);

/* Print a pending request as one line of 'postern pending', after the name HOST
   if that is not empty.  */
void waiting_print (json_t *object, const char *host);

#endif /*POSTERN_CLIENT_WAITING_H*/
