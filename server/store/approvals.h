/* approvals.h - What waits for the approval of others.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * On the disk before anybody is told that it waits, each approval before
 * it counts, and its end before what was asked is done.  What waits is the
 * signed text itself, where it came from, and the thing that it was
 * resolved to: another thing is never done in its place.  */

#ifndef POSTERN_WAITING_H
#define POSTERN_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/wire/request.h"
#include "../ipc/packets.h"
#include "store.h"

#define WAITING_MAX 64
#define WAITING_MAX_USER 4
#define WAITING_HASHLEN 32

/* An approval: a person, by the key that they signed it with.  */
struct waiting_approval
{
  char user[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1];
  unsigned char request[REQUEST_HASHLEN];
  bool lapsed;                  /* Its key is revoked, say.  Not stored: it
                                   is looked at again before it counts.  */
};

struct waiting
{
  unsigned char request[REQUEST_HASHLEN];
  char user[NETSPEC_NAMELEN + 1];       /* The asker.  */
  char fpr[NETSPEC_FPRLEN + 1];
  struct packet_origin origin;
  char *text;                   /* As signed.  */
  size_t text_len;
  bool command;                 /* NAME is a command's, else a rule's.  */
  char name[NETSPEC_NAMELEN + 1];
  unsigned char terms[WAITING_HASHLEN]; /* What the rule or command was.  */
  char *what;                   /* What would be done, for people.  */
  int64_t row;                  /* Of the audit.  */
  uint64_t since, until;        /* Unix seconds.  */
  int64_t ends;                 /* Boottime, for this process.  */
  unsigned int n_approvals;
  struct waiting_approval approval[2 * CONFIG_MAX_APPROVALS];
};

typedef struct waitings_s *waitings_t;

/* STORE stays the caller's.  NOW_WALL (Unix seconds) and NOW_BOOT set how
   long those from before a restart still wait.  */
gpg_error_t waitings_open (store_t store, uint64_t now_wall,
                           int64_t now_boot, waitings_t *r_waitings);
void waitings_close (waitings_t waitings);

/* Keep a copy of WAITING, durable on return.  GPG_ERR_LIMIT_REACHED: too
   many, in all or of its user.  */
gpg_error_t waitings_add (waitings_t waitings, const struct waiting *waiting);

/* Note one more approval, durable on return.  GPG_ERR_EEXIST: this person
   has approved; GPG_ERR_LIMIT_REACHED.  */
gpg_error_t waitings_approve (waitings_t waitings, struct waiting *waiting,
                              const struct waiting_approval *approval);

/* It ends, durable on return; WAITING is gone then.  On an error it stays. */
gpg_error_t waitings_remove (waitings_t waitings, struct waiting *waiting);

size_t waitings_count (waitings_t waitings);
struct waiting *waitings_get (waitings_t waitings, size_t i);

/* By the whole hash; NULL: none.  */
struct waiting *waitings_find (waitings_t waitings,
                               const unsigned char request[REQUEST_HASHLEN]);

/* By the first digits of it in hex.  GPG_ERR_NOT_FOUND, or
   GPG_ERR_AMBIGUOUS_NAME where it fits two.  */
gpg_error_t waitings_find_prefix (waitings_t waitings, const char *prefix,
                                  struct waiting **r_waiting);

#endif /*POSTERN_WAITING_H*/
