/* receipts.h - What ran, and what came of it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A receipt is on the disk before the command is started, and again when
 * it has ended.  Nothing is ever started again because of one that was
 * left open.  */

#ifndef POSTERN_RECEIPTS_H
#define POSTERN_RECEIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "../../common/wire/request.h"
#include "store.h"

#define RECEIPTS_KEEP (7 * 86400u)      /* Seconds.  */
#define RECEIPTS_MAX 1000
#define RECEIPTS_MAX_PERSON 250

enum receipt_state
  {
    RECEIPT_RUNNING = 1,
    RECEIPT_ENDED,
    RECEIPT_UNKNOWN,            /* The server stopped while it ran.  */
    RECEIPT_FAILED,             /* It was not started; REASON says why.  */
    RECEIPT_OPENED              /* It was no command.  */
  };

struct receipt
{
  unsigned char request[REQUEST_HASHLEN];
  enum receipt_state state;
  char user[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1]; /* Whose it is: a name may become another's.
                                   Empty in one of an older store.  */
  char command[NETSPEC_NAMELEN + 1];
  char *argv;                   /* As command_print gives it.  */
  char *reason;                 /* NULL: none.  */
  int64_t row;                  /* Of the audit.  */
  uint64_t started;             /* Unix seconds.  */
  uint64_t until;               /* Of a grant (Unix seconds); 0: none.  */
  unsigned int exit_code;
  unsigned int signal;          /* 0: it exited.  */
  uint64_t msecs;
  uint64_t produced;            /* Bytes of output, kept or not.  */
  bool timed_out;
  char *output;
  size_t output_len;            /* Bytes that were kept.  */
};

/* Create their table in STORE, if it has none.  */
gpg_error_t receipts_create (store_t store);

/* A new one, RUNNING, and that with its argv in the row of the audit,
   durable on return.  GPG_ERR_EEXIST.  */
gpg_error_t receipts_begin (store_t store, const struct receipt *receipt);

/* What came of it, durable on return: the state, REASON and all that
   follows it in the structure.  Of the same key RECEIPTS_MAX_PERSON are
   kept, the newest.  GPG_ERR_NOT_FOUND.  */
gpg_error_t receipts_end (store_t store, const struct receipt *receipt);

/* Keep RECEIPT of what was asked long before, whose end is known with it:
   all but what is a command's.  Nothing where there is one already.  */
gpg_error_t receipts_keep (store_t store, const struct receipt *receipt);

/* The one of REQUEST, to be released with receipt_release.
   GPG_ERR_NOT_FOUND.  */
gpg_error_t receipts_get (store_t store,
                          const unsigned char request[REQUEST_HASHLEN],
                          struct receipt *r_receipt);
void receipt_release (struct receipt *receipt);

/* The first that is RUNNING, of those whose audit row comes after
   ROW.  GPG_ERR_NOT_FOUND where there is none.  */
gpg_error_t receipts_next_running (store_t store, int64_t row,
                                   struct receipt *r_receipt);

/* Let go a bounded number of those that are older than RECEIPTS_KEEP or
   more than RECEIPTS_MAX; NOW is Unix seconds.  One that a wrong clock dated
   goes when those that came beside it do.  */
void receipts_prune (store_t store, uint64_t now);

#endif /*POSTERN_RECEIPTS_H*/
