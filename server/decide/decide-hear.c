/* decide-hear.c - What verify, act, vouch and posternd say to decide.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Four tables: whatever they do not list ends the process.  A request begins
 * its way here (hear_verified), and goes on with the answer that it waits
 * for (hear_answer).  */

#include "decide-parts.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/log.h"
#include "walk.h"

#define HEAR_MOST 256           /* Messages of one turn.  */


/* What was asked is answered.  A command's DENIED can come late.  */
static gpg_error_t
hear_answer (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct calls_answer answer = { .type = msg->type };
  gpg_error_t err = packet_read ((enum packet_type)msg->type, msg, &answer.u);
  bool more = msg->type == PACKET_LISTED && answer.u.listed.number;

  if (err || calls_answer (decide->calls, msg->id, decide->now.boot, &answer,
                           more))
    return err;
  log_debug ("an answer to no question (type %u)", msg->type);
  if (msg->type == PACKET_DENIED)
    run_on_denied (decide, msg->id, &answer);
  return 0;
}


static gpg_error_t
hear_verified (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct packet_verified p;
  struct job *job;
  gpg_error_t err;

  err = packet_read_verified (msg, &p);
  if (!err)
    err = job_new (decide, &p, &job);
  if (!err)
    way_begin (job);
  return err;
}


/* A key that was refused may be good again later: what it signed before
   that is not.  */
static void
name_signer (struct decide *decide, const struct packet_refused *p,
             struct audit_row *row)
{
  const struct config_user *user = *p->fpr
    ? config_user_by_fpr (decide->config, p->fpr) : NULL;

  memcpy (row->fpr, p->fpr, sizeof row->fpr);
  row->user = user ? user->name : NULL;
  if (user)
    since_look (decide->people, user, SINCE_BAD, 0, &decide->now);
}


static gpg_error_t
hear_refused (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct audit_row row = { .time = clock_seconds (&decide->now) };
  struct packet_refused p;
  gpg_error_t err = packet_read_refused (msg, &p);

  if (err)
    return err;
  row.source = p.origin.src;
  row.sport = p.origin.sport;
  name_signer (decide, &p, &row);
  decide->counts[p.refusal]++;
  audit_refused (decide->audit, &decide->now, p.refusal, &row);
  return 0;
}


static void
count_door (struct decide *decide, const struct packet_door *door)
{
  size_t i = config_door_by_name (decide->config, door->name);

  if (i == CONFIG_MAX_DOORS)
    return;
  decide->door[i].passed += door->passed;
  decide->door[i].previous += door->previous;
}


static gpg_error_t
hear_counts (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct packet_counts p;
  gpg_error_t err;
  unsigned int i;

  err = packet_read_counts (msg, &p);
  if (err)
    return err;
  for (i = 1; i < REFUSAL_COUNTED; i++)
    decide->counts[i] += p.n[i];
  decide->passed += p.passed;
  for (i = 0; i < CONFIG_MAX_DOORS; i++)
    count_door (decide, p.door + i);
  audit_counts (decide->audit, &p);
  return 0;
}


static void
put_event (struct decide *decide, const char *reason, unsigned int grants,
           const char *what)
{
  struct audit_row row = { .time = clock_seconds (&decide->now),
                           .result = "event", .stage = "act",
                           .reason = reason };

  snprintf (row.detail, sizeof row.detail, "%u grants%s", grants, what);
  audit_put (decide->audit, &row);
}


/* What act says without being asked.  */
static gpg_error_t
hear_act_news (void *hook, const struct message *msg)
{
  union
  {
    struct packet_rebuilt rebuilt;
    struct packet_ended ended;
    struct packet_output output;
    struct packet_ran ran;
    struct packet_begun begun;
  }
  p;
  gpg_error_t err = packet_read ((enum packet_type)msg->type, msg, &p);

  if (err)
    return err;
  if (msg->type == PACKET_REBUILT)
    {
      log_warn ("somebody flushed the nftables table; act created it again"
                " with %u grants", p.rebuilt.grants);
      put_event (hook, "the firewall table was flushed and is being rebuilt",
                 p.rebuilt.grants, "");
    }
  else if (msg->type == PACKET_ENDED)
    put_event (hook, "the configuration no longer allows what was open",
               p.ended.grants, " ended");
  else if (msg->type == PACKET_OUTPUT)
    output_add (hook, &p.output);
  else if (msg->type == PACKET_RAN)
    run_on_ran (hook, &p.ran);
  else
    run_on_begun (hook, &p.begun);
  return 0;
}


static gpg_error_t
hear_kept (void *hook, const struct message *msg)
{
  struct decide *decide = hook;

  decide->trial_end = 0;
  return hear_answer (decide, msg);
}


static gpg_error_t
hear_health (void *hook, const struct message *msg)
{
  struct decide *decide = hook;

  return packet_read_health (msg, &decide->health);
}


static const struct packet_rule from_verify[] =
  {
    PACKET_RULE (VERIFIED, FROM_VERIFY, hear_verified),
    PACKET_RULE (REFUSED, FROM_VERIFY, hear_refused),
    PACKET_RULE (COUNTS, FROM_VERIFY, hear_counts),
    PACKET_RULE (RECHECKED, FROM_VERIFY, hear_answer)
  };

static const struct packet_rule from_act[] =
  {
    PACKET_RULE (GRANTED, FROM_ACT, hear_answer),
    PACKET_RULE (DENIED, FROM_ACT, hear_answer),
    PACKET_RULE (CLOSED, FROM_ACT, hear_answer),
    PACKET_RULE (LISTED, FROM_ACT, hear_answer),
    PACKET_RULE (REBUILT, FROM_ACT, hear_act_news),
    PACKET_RULE (ENDED, FROM_ACT, hear_act_news),
    PACKET_RULE (RUNNING, FROM_ACT, hear_answer),
    PACKET_RULE (OUTPUT, FROM_ACT, hear_act_news),
    PACKET_RULE (RAN, FROM_ACT, hear_act_news),
    PACKET_RULE (BEGUN, FROM_ACT, hear_act_news)
  };

static const struct packet_rule from_vouch[] =
  {
    PACKET_RULE (ANSWER, FROM_VOUCH, hear_answer)
  };

static const struct packet_rule from_parent[] =
  {
    ROLE_RULE_PING,
    PACKET_RULE (HEALTH, FROM_PARENT, hear_health),
    PACKET_RULE (RELOADED, FROM_PARENT, hear_answer),
    PACKET_RULE (KEPT, FROM_PARENT, hear_kept)
  };


#define N_ROWS(table) (sizeof (table) / sizeof *(table))

/* It is not an error that nothing has come.  */
static gpg_error_t
allow_nothing (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_EAGAIN ? 0 : err;
}


gpg_error_t
decide_hear_verify (struct decide *decide)
{
  gpg_error_t err = 0;
  int i;

  for (i = 0; !err && i < HEAR_MOST && decide->n_batch < DECIDE_BATCH; i++)
    err = packet_dispatch (decide->fd_in, FROM_VERIFY, from_verify,
                           N_ROWS (from_verify), decide);
  return allow_nothing (err);
}


gpg_error_t
decide_hear_others (struct decide *decide)
{
  const struct
  {
    int fd;
    unsigned int from;
    const struct packet_rule *table;
    size_t n;
  }
  channel[] =
    {
      { decide->fd_out, FROM_ACT, from_act, N_ROWS (from_act) },
      { decide->fd_vouch, FROM_VOUCH, from_vouch, N_ROWS (from_vouch) },
      { decide->fd_parent, FROM_PARENT, from_parent, N_ROWS (from_parent) }
    };
  gpg_error_t err = 0;
  size_t c;
  int i;

  for (c = 0; !err && c < N_ROWS (channel); c++)
    {
      for (i = 0; !err && i < HEAR_MOST; i++)
        err = packet_dispatch (channel[c].fd, channel[c].from,
                                channel[c].table, channel[c].n, decide);
      err = allow_nothing (err);
    }
  return err;
}
