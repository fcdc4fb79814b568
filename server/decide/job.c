/* job.c - One request on its way through decide.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "job.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/secret.h"
#include "decide.h"

#define REASON_KEPT 200         /* Bytes, in the audit.  */


/* The person's own words, in quotes that none of them ends, and never half
   a character.  */
static void
quote_reason (const char *reason, char detail[AUDIT_DETAILLEN])
{
  char *p;

  snprintf (detail, AUDIT_DETAILLEN, "\"%.*s", REASON_KEPT, reason);
  encode_drop_half (detail);
  for (p = detail + 1; *p; p++)
    if (*p == '"')
      *p = '\'';
  memcpy (p, "\"", 2);
}


/* The person's own words are kept only where they are plain.  */
void
job_describe (struct job *job)
{
  request_t req = job->req;
  const char *reason = req->reason;

  job->row.action = request_action_name (req->action);
  job->row.ports = req->ports;
  job->row.address = req->action != REQUEST_OPEN ? (struct net_addr){ 0 }
    : req->source.family == AF_UNSPEC ? job->origin.src : req->source;
  if (reason && encode_is_line (reason, strlen (reason)))
    quote_reason (reason, job->row.detail);
}


/* A copy of the LEN bytes at DATA; NULL for none, or out of memory.  */
static unsigned char *
copy_of (const unsigned char *data, size_t len)
{
  unsigned char *copy = len ? malloc (len) : NULL;

  if (copy)
    memcpy (copy, data, len);
  return copy;
}


gpg_error_t
job_create (struct decide *decide, const struct packet_origin *origin,
            const char *fpr, struct job **r_job)
{
  struct job *job = calloc (1, sizeof *job);

  *r_job = NULL;
  if (!job)
    return gpg_error (GPG_ERR_ENOMEM);
  job->decide = decide;
  if (reply_new (&job->reply))
    {
      job_release (job);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  job->due = decide->now.boot + DECIDE_RUN_TIME_US;
  job->origin = *origin;
  snprintf (job->primary, sizeof job->primary, "%s", fpr);
  memcpy (job->row.fpr, job->primary, sizeof job->row.fpr);
  job->row.source = origin->src;
  job->row.sport = origin->sport;
  job->row.has_request = true;
  *r_job = job;
  return 0;
}


gpg_error_t
job_new (struct decide *decide, const struct packet_verified *p,
         struct job **r_job)
{
  const struct config_user *user = config_user_by_fpr (decide->config,
                                                       p->primary);
  struct job *job;
  gpg_error_t err = job_create (decide, &p->origin, p->primary, &job);

  *r_job = NULL;
  if (err)
    return err;
  job->text = p->text;
  job->text_len = p->text_len;
  job->blob = copy_of (p->blob, p->blob_len);
  job->blob_len = p->blob_len;
  job->attachment = copy_of (p->attachment, p->attachment_len);
  job->attachment_len = p->attachment_len;
  if (!job->blob || (job->attachment_len && !job->attachment))
    {
      job_release (job);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  job->signed_at = p->signed_at;
  job->key_state = p->key_state;
  job->keys_changed = p->keys_changed;
  job->row.time = clock_seconds (&decide->now);
  job->row.user = user ? user->name : NULL;
  request_hash (p->text, p->text_len, job->row.request);
  *r_job = job;
  return 0;
}


void
job_release (struct job *job)
{
  request_release (job->req);
  reply_release (job->reply);
  if (job->attachment)
    secret_wipe (job->attachment, job->attachment_len);
  free (job->attachment);
  free (job->reason);
  free (job->argv);
  free (job->blob);
  free (job);
}


enum way
job_end (struct job *job, enum refusal refusal, const char *reason)
{
  job->refusal = refusal;
  if (reason)
    {
      free (job->reason);
      job->reason = strdup (reason);
    }
  return WAY_DONE;
}


void
job_note (struct job *job, const char *format, ...)
{
  struct audit_row *row = &job->row;
  size_t len = strlen (row->detail);
  va_list ap;

  if (len && len + 2 < sizeof row->detail)
    {
      memcpy (row->detail + len, "; ", 3);
      len += 2;
    }
  va_start (ap, format);
  vsnprintf (row->detail + len, sizeof row->detail - len, format, ap);
  va_end (ap);
  encode_drop_half (row->detail);
}


struct job *
job_find_running (struct decide *decide,
                  const unsigned char request[REQUEST_HASHLEN])
{
  struct decide_runs *runs = &decide->runs;
  unsigned int i;

  for (i = 0; i < runs->n; i++)
    if (!memcmp (runs->job[i]->row.request, request, REQUEST_HASHLEN))
      return runs->job[i];
  return NULL;
}
