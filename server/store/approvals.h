/* approvals.h - Requests that are pending: they wait for approval.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * On the disk before anybody is told that it waits, each approval before
 * it counts, and its end before what was asked is done.  What is pending is
 * the signed text itself, where it came from, and the thing that it was
 * resolved to: another thing is never done in its place.  */

#ifndef POSTERN_APPROVALS_H
#define POSTERN_APPROVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../config/config.h"
#include "../../common/wire/request.h"
#include "../ipc/packets.h"
#include "store.h"

#define APPROVALS_MAX 64
#define APPROVALS_MAX_USER 4

/* An approval: a person, by the key that they signed it with.  */
struct approval
{
  char user[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1];
  unsigned char request[REQUEST_HASHLEN];
  bool lapsed;                  /* Its key is revoked, say.  Not stored: it
                                   is looked at again before it counts.  */
};

struct pending
{
  unsigned char request[REQUEST_HASHLEN];
  char user[NETSPEC_NAMELEN + 1];       /* The asker.  */
  char fpr[NETSPEC_FPRLEN + 1];
  struct packet_origin origin;
  char *text;                   /* As signed.  */
  size_t text_len;
  bool command;                 /* NAME is a command's, else a rule's.  */
  char name[NETSPEC_NAMELEN + 1];
  unsigned char terms[CONFIG_HASHLEN];  /* Of its rule or command.  */
  char *what;                   /* What would be done, for people.  */
  int64_t row;                  /* Of the audit.  */
  uint64_t since, until;        /* Unix seconds.  */
  int64_t ends;                 /* Boottime, for this process.  */
  unsigned int n_approvals;
  struct approval approval[2 * CONFIG_MAX_APPROVALS];
};

typedef struct approvals_s *approvals_t;

/* STORE stays the caller's.  NOW_WALL (Unix seconds) and NOW_BOOT set how
   long those from before a restart still wait.  */
gpg_error_t approvals_open (store_t store, uint64_t now_wall,
                            int64_t now_boot, approvals_t *r_approvals);
void approvals_close (approvals_t approvals);

/* Take PENDING over, which is of malloc, as are its texts; on an error it is
   released.  Durable on return.  GPG_ERR_LIMIT_REACHED: too many, in all or
   of its user.  */
gpg_error_t approvals_add (approvals_t approvals, struct pending *pending);

/* Of one that was not added; NULL is none.  */
void approvals_release (struct pending *pending);

/* Note one more approval, durable on return.  GPG_ERR_EEXIST: this person
   has approved; GPG_ERR_LIMIT_REACHED.  */
gpg_error_t approvals_approve (approvals_t approvals,
                               struct pending *pending,
                               const struct approval *approval);

/* It ends, durable on return; PENDING is gone then.  On an error it stays. */
gpg_error_t approvals_remove (approvals_t approvals, struct pending *pending);

size_t approvals_count (approvals_t approvals);
struct pending *approvals_get (approvals_t approvals, size_t i);

/* By the whole hash; NULL: none.  */
struct pending *approvals_find (approvals_t approvals,
                                const unsigned char request[REQUEST_HASHLEN]);

/* By the first digits of it in hex.  GPG_ERR_NOT_FOUND, or
   GPG_ERR_AMBIGUOUS_NAME where it fits two.  */
gpg_error_t approvals_find_prefix (approvals_t approvals, const char *prefix,
                                   struct pending **r_pending);

#endif /*POSTERN_APPROVALS_H*/
