/* job.h - One request on its way through decide.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Made when verify hands it over, or when what was pending goes on; released
 * by the walker (walk.h) alone, when its last step is taken.  */

#ifndef POSTERN_JOB_H
#define POSTERN_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../common/wire/reply.h"
#include "../../common/wire/request.h"
#include "../ipc/packets.h"
#include "../store/audit.h"
#include "policy.h"

struct decide;

/* What a step says to the walker.  */
enum way
  {
    WAY_GO_ON,                  /* The next step.  */
    WAY_WAIT,                   /* An answer comes by way_resume; until then,
                                   JOB may not be touched: it can have come
                                   already, and JOB be gone.  */
    WAY_DONE                    /* Its outcome is known: the last steps.  */
  };

/* How far it is, for who must be told.  */
enum job_state
  {
    JOB_NEW,                    /* Not claimed, or out of its time: it is
                                   counted, and never answered.  */
    JOB_CLAIMED,                /* On the disk: it is answered.  */
    JOB_APPROVED,               /* It was pending.  Its person no longer
                                   waits for a reply, and will fetch it.  */
    JOB_LOST,                   /* act ended and may not have begun it.  */
    JOB_BEGUN,                  /* act has said that its command runs.  */
    JOB_ANSWERED                /* It runs, and its person has a reply.  */
  };

struct job
{
  struct decide *decide;
  unsigned int step;            /* In decide's way; see walk.h.  */
  enum job_state state;

  /* What came of it.  */
  enum refusal refusal;
  char *reason;                 /* For its person and the audit; or NULL.  */
  reply_t reply;                /* What a step put there is told as it is.
                                   Its own reason is told in place of REASON;
                                   "": neither is.  */
  struct audit_row row;         /* With a result: it is written as it is.  */

  /* As in packet_verified.  */
  struct packet_origin origin;
  char primary[NETSPEC_FPRLEN + 1];
  const void *text;             /* Gone when it is parsed.  */
  size_t text_len;
  unsigned char *blob;
  size_t blob_len;
  unsigned char *attachment;    /* Sealed; NULL: none.  */
  size_t attachment_len;
  uint64_t signed_at, key_state, keys_changed;

  request_t req;
  struct policy_verdict verdict;
  int64_t waits_since;          /* For a check to begin (boottime).  */
  struct job *approval;         /* The last one, whose person waits for what
                                   comes of this one; NULL: it has been
                                   told.  */
  unsigned int n_rechecked;     /* Signatures that others gave before.  */
  char *argv;                   /* Of a command, as command_print has it; of
                                   what was pending, or of its last approval,
                                   what that was.  */
  uint64_t asked_id;            /* Of the RUN.  */
  int64_t due;                  /* Of a command's reply (boottime).  */
};

/* A job of who signed with the key FPR, from ORIGIN.  *R_JOB goes on its
   way, or is released.  */
gpg_error_t job_create (struct decide *decide,
                        const struct packet_origin *origin, const char *fpr,
                        struct job **r_job);

/* The same of what verify found good.  P's text must last until the first
   step, which parses it, was taken.  */
gpg_error_t job_new (struct decide *decide, const struct packet_verified *p,
                     struct job **r_job);
void job_release (struct job *job);

/* REFUSAL (or none) is what came of JOB.  A copy of REASON, if there is
   one, becomes its reason.  Returns WAY_DONE.  */
enum way job_end (struct job *job, enum refusal refusal, const char *reason);

/* Add to what the audit will say of JOB.  */
void job_note (struct job *job, const char *format, ...)
  GPGRT_ATTR_PRINTF (2, 3);

/* What the parsed text tells for the audit.  */
void job_describe (struct job *job);

/* The job whose command act was asked to run by REQUEST; NULL: none.  */
struct job *job_find_running (struct decide *decide,
                              const unsigned char request[REQUEST_HASHLEN]);

#endif /*POSTERN_JOB_H*/
