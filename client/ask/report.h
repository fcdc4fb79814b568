/* report.h - What the person learns of the hosts' replies.
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

/* The reply of one host.  */
struct report_item
{
  const char *name;
  const struct profile_host *host;
  reply_t reply;                /* NULL: none arrived.  */
  time_t received;              /* When.  */
  unsigned int sent;            /* Datagrams.  */
  gpg_error_t error;            /* Of sending, if any.  */
};

/* The replies of the hosts of one or several requests.  */
struct report
{
  FILE *fp;
  json_t *list;                 /* NULL: text.  */
  int status;
  bool told;                    /* It was said why there may be no reply.  */
};

void report_begin (struct report *report, FILE *fp, bool json);

/* Report the replies of the hosts of ASK, one ITEM each; ID is the request hash
   and TIMEOUT the seconds that were waited.  If a door opened elsewhere, a
   warning says so, and that is not a success; if a host is silent, the log
   says why that may be.  */
void report_add (struct report *report, const struct compose_ask *ask,
                 const struct report_item *item, const char *id,
                 unsigned int timeout);

/* Report that HOST, for which ASK was meant, was not asked, and in MESSAGE why
   not; STATUS is the exit code.  */
void report_lost (struct report *report, const struct compose_ask *ask,
                  const struct profile_host *host, const char *message,
                  int status);

/* Returns the exit code: the worst of all (refused, then unknown, then
   done).  */
int report_end (struct report *report);

/* The exit code of one item.  */
int report_status (const struct report_item *item);

/* Log for VERB the line on a host that did not do what was asked, and if it
   was silent why it may be.  Returns the exit code.  */
int report_failure (const char *verb, const struct compose_ask *ask,
                    const struct report_item *item, unsigned int timeout);

/* One line on one host's reply, without LF and with nothing that could
   move a cursor; to be freed with gpgrt_free.  */
char *report_line (const struct compose_ask *ask,
                   const struct report_item *item, unsigned int timeout);

/* If the door opened for an address of this host that is not the one at which
   the server sees it: both addresses, and what to type.  To be freed with
   gpgrt_free; NULL: they are the same, or the person asked for that.  */
char *report_elsewhere (const struct compose_ask *ask,
                        const struct report_item *item);

/* When something ends, in the local time: "14:03:20", with the date if that is
   not the day of NOW.  Returns TEXT, which takes REPORT_TIMELEN bytes; it is
   empty if there is no such time.  */
#define REPORT_TIMELEN 32
char *report_time (time_t end, time_t now, char *text);

/* FPR in groups of four, in TEXT of REPORT_FPRLEN bytes.  Returns TEXT.  */
#define REPORT_FPRLEN (NETSPEC_FPRLEN * 5 / 4 + 1)
char *report_fingerprint (const char *fpr, char *text);

#endif /*POSTERN_CLIENT_REPORT_H*/
