/* decide-hear.c - What verify, act, vouch and posternd say to decide.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Four tables: whatever they do not list ends the process.  */

#include "decide.h"

#include <stdio.h>
#include <string.h>

#include "../../common/base/log.h"

#define HEAR_MOST 256           /* Messages of one turn.  */


/* An answer to what was asked; false where nobody waits for it.  */
static bool
pass_on (struct decide *decide, const struct message *msg,
         const struct calls_answer *answer, bool more)
{
  bool waited = calls_answer (decide->calls, msg->id, decide->now.boot,
                                answer, more);

  if (!waited)
    log_debug ("an answer to nothing that waits (type %u)", msg->type);
  return waited;
}


/* From verify.  */

static gpg_error_t
on_verified (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct packet_verified p;
  struct job *job;
  gpg_error_t err;

  err = packet_read_verified (msg, &p);
  if (!err)
    err = job_new (decide, &p, &job);
  if (!err)
    decide_take (job, &p);
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
on_refused (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct packet_refused p;
  struct audit_row row;
  gpg_error_t err;

  err = packet_read_refused (msg, &p);
  if (err)
    return err;
  memset (&row, 0, sizeof row);
  row.time = clock_seconds (&decide->now);
  row.source = p.origin.src;
  row.sport = p.origin.sport;
  name_signer (decide, &p, &row);
  decide->counts[p.refusal]++;
  audit_refused (decide->audit, &decide->now, p.refusal, &row);
  return 0;
}


static void
add_door (struct decide *decide, const struct packet_door *door)
{
  size_t i = config_door_by_name (decide->config, door->name);

  if (i == CONFIG_MAX_DOORS)
    return;
  decide->door[i].passed += door->passed;
  decide->door[i].previous += door->previous;
}


static gpg_error_t
on_counts (void *hook, const struct message *msg)
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
    add_door (decide, p.door + i);
  audit_counts (decide->audit, &p);
  return 0;
}


static gpg_error_t
on_rechecked (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_RECHECKED };
  gpg_error_t err = packet_read_rechecked (msg, &answer.u.rechecked);

  if (!err)
    pass_on (hook, msg, &answer, false);
  return err;
}


static const struct packet_rule from_verify[] =
  {
    PACKET_RULE (VERIFIED, FROM_VERIFY, on_verified),
    PACKET_RULE (REFUSED, FROM_VERIFY, on_refused),
    PACKET_RULE (COUNTS, FROM_VERIFY, on_counts),
    PACKET_RULE (RECHECKED, FROM_VERIFY, on_rechecked)
  };


/* From act.  */

static gpg_error_t
on_granted (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_GRANTED };
  gpg_error_t err = packet_read_granted (msg, &answer.u.granted);

  if (!err)
    pass_on (hook, msg, &answer, false);
  return err;
}


static gpg_error_t
on_denied (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_DENIED };
  gpg_error_t err = packet_read_denied (msg, &answer.u.denied);

  if (!err && !pass_on (hook, msg, &answer, false))
    decide_on_denied (hook, msg->id, (enum refusal)answer.u.denied.refusal);
  return err;
}


static gpg_error_t
on_closed (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_CLOSED };
  gpg_error_t err = packet_read_closed (msg, &answer.u.closed);

  if (!err)
    pass_on (hook, msg, &answer, false);
  return err;
}


static gpg_error_t
on_listed (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_LISTED };
  gpg_error_t err = packet_read_listed (msg, &answer.u.listed);

  if (!err)
    pass_on (hook, msg, &answer, answer.u.listed.number != 0);
  return err;
}


static gpg_error_t
on_rebuilt (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct packet_rebuilt p;
  struct audit_row row;
  gpg_error_t err;

  err = packet_read_rebuilt (msg, &p);
  if (err)
    return err;
  log_warn ("somebody flushed our firewall table; act made it anew with %u"
            " grants", p.grants);
  memset (&row, 0, sizeof row);
  row.time = clock_seconds (&decide->now);
  row.result = "event";
  row.stage = "act";
  row.reason = "the firewall table was flushed and is made anew";
  snprintf (row.detail, sizeof row.detail, "%u grants", p.grants);
  audit_put (decide->audit, &row);
  return 0;
}


static gpg_error_t
on_ended (void *hook, const struct message *msg)
{
  struct decide *decide = hook;
  struct packet_ended p;
  struct audit_row row;
  gpg_error_t err;

  err = packet_read_ended (msg, &p);
  if (err)
    return err;
  memset (&row, 0, sizeof row);
  row.time = clock_seconds (&decide->now);
  row.result = "event";
  row.stage = "act";
  row.reason = "the configuration no longer allows what was open";
  snprintf (row.detail, sizeof row.detail, "%u grants ended", p.grants);
  audit_put (decide->audit, &row);
  return 0;
}


static gpg_error_t
on_running (void *hook, const struct message *msg)
{
  static const struct calls_answer answer = { .type = PACKET_RUNNING };

  pass_on (hook, msg, &answer, false);
  return 0;
}


static gpg_error_t
on_output (void *hook, const struct message *msg)
{
  struct packet_output p;
  gpg_error_t err = packet_read_output (msg, &p);

  if (!err)
    decide_on_output (hook, &p);
  return err;
}


static gpg_error_t
on_ran (void *hook, const struct message *msg)
{
  struct packet_ran p;
  gpg_error_t err = packet_read_ran (msg, &p);

  if (!err)
    decide_on_ran (hook, &p);
  return err;
}


static gpg_error_t
on_begun (void *hook, const struct message *msg)
{
  struct packet_begun p;
  gpg_error_t err = packet_read_begun (msg, &p);

  if (!err)
    decide_on_begun (hook, &p);
  return err;
}


static const struct packet_rule from_act[] =
  {
    PACKET_RULE (GRANTED, FROM_ACT, on_granted),
    PACKET_RULE (DENIED, FROM_ACT, on_denied),
    PACKET_RULE (CLOSED, FROM_ACT, on_closed),
    PACKET_RULE (LISTED, FROM_ACT, on_listed),
    PACKET_RULE (REBUILT, FROM_ACT, on_rebuilt),
    PACKET_RULE (ENDED, FROM_ACT, on_ended),
    PACKET_RULE (RUNNING, FROM_ACT, on_running),
    PACKET_RULE (OUTPUT, FROM_ACT, on_output),
    PACKET_RULE (RAN, FROM_ACT, on_ran),
    PACKET_RULE (BEGUN, FROM_ACT, on_begun)
  };


/* From vouch.  */

static gpg_error_t
on_answer (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_ANSWER };
  gpg_error_t err = packet_read_answer (msg, &answer.u.answer);

  if (!err)
    pass_on (hook, msg, &answer, false);
  return err;
}


static const struct packet_rule from_vouch[] =
  {
    PACKET_RULE (ANSWER, FROM_VOUCH, on_answer)
  };


/* From posternd.  */

static gpg_error_t
on_reloaded (void *hook, const struct message *msg)
{
  struct calls_answer answer = { .type = PACKET_RELOADED };
  gpg_error_t err = packet_read_reloaded (msg, &answer.u.reloaded);

  if (!err)
    pass_on (hook, msg, &answer, false);
  return err;
}


static gpg_error_t
on_kept (void *hook, const struct message *msg)
{
  static const struct calls_answer answer = { .type = PACKET_KEPT };
  struct decide *decide = hook;

  decide->trial_end = 0;
  pass_on (decide, msg, &answer, false);
  return 0;
}


static gpg_error_t
on_health (void *hook, const struct message *msg)
{
  struct decide *decide = hook;

  return packet_read_health (msg, &decide->health);
}


static const struct packet_rule from_parent[] =
  {
    ROLE_RULE_PING,
    PACKET_RULE (HEALTH, FROM_PARENT, on_health),
    PACKET_RULE (RELOADED, FROM_PARENT, on_reloaded),
    PACKET_RULE (KEPT, FROM_PARENT, on_kept)
  };


#define N_ROWS(table) (sizeof (table) / sizeof *(table))

/* Nothing waits is no error.  */
static gpg_error_t
nothing_is_well (gpg_error_t err)
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
  return nothing_is_well (err);
}


/* What waits at FD, by TABLE of N rows.  */
static gpg_error_t
hear (struct decide *decide, int fd, unsigned int from,
      const struct packet_rule *table, size_t n)
{
  gpg_error_t err = 0;
  int i;

  for (i = 0; !err && i < HEAR_MOST; i++)
    err = packet_dispatch (fd, from, table, n, decide);
  return nothing_is_well (err);
}


gpg_error_t
decide_hear_act (struct decide *decide)
{
  return hear (decide, decide->fd_out, FROM_ACT, from_act,
               N_ROWS (from_act));
}


gpg_error_t
decide_hear_vouch (struct decide *decide)
{
  return hear (decide, decide->fd_vouch, FROM_VOUCH, from_vouch,
               N_ROWS (from_vouch));
}


gpg_error_t
decide_hear_parent (struct decide *decide)
{
  return hear (decide, decide->fd_parent, FROM_PARENT, from_parent,
               N_ROWS (from_parent));
}
