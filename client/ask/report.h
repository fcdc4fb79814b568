/* report.h - What is told to the person.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_REPORT_H
#define POSTERN_CLIENT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <jansson.h>
#include "../../common/wire/reply.h"
#include "compose.h"

/* How one host answered.  */
struct report_item
{
  const char *name;
  const struct profile_host *host;
  reply_t reply;                /* NULL: none came.  */
  time_t received;              /* When.  */
  unsigned int sent;            /* Datagrams.  */
  gpg_error_t error;            /* Of sending, if any.  */
};

/* How the hosts of one or several requests answered.  */
struct report
{
  FILE *fp;
  json_t *list;                 /* NULL: text.  */
  int status;
  bool told;                    /* Why there may be no reply.  */
};

void report_begin (struct report *report, FILE *fp, bool json);

/* Tell how the hosts of ASK answered, one ITEM each; ID is the request hash
   and TIMEOUT how many seconds were waited.  A door that opened elsewhere is
   told on stderr, and is not a success; so is why no reply may have come.  */
void report_add (struct report *report, const struct compose_ask *ask,
                 const struct report_item *item, const char *id,
                 unsigned int timeout);

/* Tell that HOST, for which ASK was meant, was not asked, and the MESSAGE
   why not; STATUS is the exit code.  */
void report_lost (struct report *report, const struct compose_ask *ask,
                  const struct profile_host *host, const char *message,
                  int status);

/* Returns the exit code: the worst of all (refused, then unknown, then
   done).  */
int report_end (struct report *report);

/* The exit code of one item.  */
int report_status (const struct report_item *item);

/* One line on one host's answer, without LF and with nothing that could
   move a cursor; to be freed with gpgrt_free.  */
char *report_line (const struct compose_ask *ask,
                   const struct report_item *item, unsigned int timeout);

/* Where the door opened for an address of this host's that the server does
   not see it at: both, and what to type.  To be freed with gpgrt_free; NULL:
   it is the same, or what the person asked for.  */
char *report_elsewhere (const struct compose_ask *ask,
                        const struct report_item *item);

/* When something ends, in the local time: "14:03:20", with the date where
   that is not the day of NOW.  Returns TEXT, which takes REPORT_TIMELEN
   bytes; it is empty where there is no such time.  */
#define REPORT_TIMELEN 32
char *report_time (time_t end, time_t now, char *text);

/* FPR in groups of four, in TEXT of REPORT_FPRLEN bytes.  Returns TEXT.  */
#define REPORT_FPRLEN (NETSPEC_FPRLEN * 5 / 4 + 1)
char *report_fingerprint (const char *fpr, char *text);

#endif /*POSTERN_CLIENT_REPORT_H*/
