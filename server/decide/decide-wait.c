/* decide-wait.c - What waits for approval, and who gives it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The request was claimed and its credential checked before it waits.  What
 * is carried out in the end is the text that its person signed, judged
 * again and resolved again: where that gives anything else than what was
 * approved, nothing is done.  */

#include "decide.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"

#define REASONLEN 160
#define WHATLEN 112             /* Of what waits, in a longer text.  */
#define NOT_STORED "your word cannot be stored: it waits as before"
#define NOT_ENDED "approved, but the server failed: nothing was done, it" \
  " waits still"


/* The terms that WAITING was asked under, if they are still the same.  */
static const struct config_rule *
find_terms (config_t config, const struct pending *pending)
{
  const struct config_command *command = pending->command
    ? config_command_by_name (config, pending->name) : NULL;
  const struct config_rule *rule = pending->command
    ? (command ? &command->terms : NULL)
    : config_rule_by_name (config, pending->name);
  unsigned char hash[CONFIG_HASHLEN];

  if (!rule || config_terms_hash (rule, command, hash)
      || memcmp (hash, pending->terms, sizeof hash))
    return NULL;
  return rule;
}


static time_t
now_of (const struct decide *decide)
{
  return (time_t)clock_seconds (&decide->now);
}


static const struct config_user *
find_user (struct decide *decide, const char *name, const char *fpr)
{
  const struct config_user *user = config_user_by_name (decide->config, name);
  uint64_t now = clock_seconds (&decide->now);

  return user && !strcmp (user->fpr, fpr)
         && (!user->expires || now < user->expires) ? user : NULL;
}


/* What would be done, as one line; to be freed.  */
static char *
describe_what (struct job *job)
{
  char address[NETSPEC_ADDRSTRLEN], ports[NETSPEC_PORTSTRLEN], *text;

  if (job->req->action == REQUEST_RUN)
    {
      if (asprintf (&text, "run %s: %s", job->req->command, job->argv) < 0)
        text = NULL;
    }
  else if (asprintf (&text, "open %s for %s, %u s%s",
                     netspec_ports_print (&job->req->ports, ports),
                     netspec_addr_print (&job->verdict.addr, address),
                     job->verdict.seconds, job->req->once ? ", once" : "")
           < 0)
    text = NULL;
  return text;
}


bool
decide_must_wait (const struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;
  enum request_action action = job->req->action;

  return rule && rule->approval.n && !job->late
         && (action == REQUEST_OPEN || action == REQUEST_RUN)
         && !job->req->emergency;
}


static gpg_error_t
fill_waiting (struct job *job, struct pending *pending)
{
  const struct config_rule *rule = job->verdict.rule;
  struct decide *decide = job->decide;
  gpg_error_t err;

  memset (pending, 0, sizeof *pending);
  memcpy (pending->request, job->row.request, REQUEST_HASHLEN);
  snprintf (pending->user, sizeof pending->user, "%s",
            job->verdict.user->name);
  snprintf (pending->fpr, sizeof pending->fpr, "%s", job->primary);
  pending->origin = job->origin;
  pending->command = job->req->action == REQUEST_RUN;
  snprintf (pending->name, sizeof pending->name, "%s", rule->name);
  pending->row = job->row.row;
  pending->since = clock_seconds (&decide->now);
  pending->until = pending->since + rule->approval.time;
  pending->ends = decide->now.boot
    + (int64_t)rule->approval.time * CLOCK_SECOND;
  err = config_terms_hash (rule, pending->command ? config_command_by_name
                           (decide->config, pending->name) : NULL,
                           pending->terms);
  if (!err)
    err = request_write (job->req, &pending->text, &pending->text_len, NULL);
  if (!err && !(pending->what = describe_what (job)))
    err = gpg_error (GPG_ERR_ENOMEM);
  return err;
}


void
decide_wait (struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;
  struct pending pending;
  char reason[REASONLEN], id[2 * REQUEST_HASHLEN + 1];
  gpg_error_t err = fill_waiting (job, &pending);

  if (!err)
    err = approvals_add (job->decide->approvals, &pending);
  encode_hex (job->row.request, REQUEST_HASHLEN, id);
  snprintf (reason, sizeof reason, "waits for %u approval%s as %.*s",
            rule->approval.n, rule->approval.n == 1 ? "" : "s",
            REQUEST_SHORTLEN, id);
  if (gpg_err_code (err) == GPG_ERR_LIMIT_REACHED)
    decide_finish (job, REFUSAL_WAITING_FULL, NULL);
  else if (err)
    {
      log_error ("a request cannot wait: %s", gpg_strerror (err));
      decide_finish (job, REFUSAL_STORE, NULL);
    }
  else
    {
      decide_tell (job, CONFIG_ON_PENDING, job->req->reason);
      decide_defer (job, reason, pending.until);
    }
  request_text_release (pending.text, pending.text_len);
  free (pending.what);
}


/* The job of what waits, as if it had just been claimed.  */
static gpg_error_t
revive (struct decide *decide, const struct pending *pending,
        struct job **r_job)
{
  struct job *job = calloc (1, sizeof *job);
  const struct config_user *user;
  gpg_error_t err;

  *r_job = NULL;
  if (!job)
    return gpg_error (GPG_ERR_ENOMEM);
  job->decide = decide;
  job->late = job->claimed = true;
  job->due = decide->now.boot + DECIDE_RUN_TIME;
  job->origin = pending->origin;
  memcpy (job->primary, pending->fpr, sizeof job->primary);
  err = request_parse (pending->text, pending->text_len, &job->req, NULL);
  if (!err && !(job->argv = strdup (pending->what)))
    err = gpg_error_from_syserror ();
  if (err)
    {
      job_release (job);
      return err;
    }
  user = config_user_by_name (decide->config, pending->user);
  job->row.row = pending->row;
  job->row.user = user ? user->name : NULL;
  job->row.time = pending->since;
  memcpy (job->row.fpr, pending->fpr, sizeof job->row.fpr);
  job->row.source = pending->origin.src;
  job->row.sport = pending->origin.sport;
  job->row.has_request = true;
  memcpy (job->row.request, pending->request, REQUEST_HASHLEN);
  job_describe (job);
  *r_job = job;
  return 0;
}


static void
note_approvals (struct job *job, const struct pending *pending)
{
  unsigned int i;

  for (i = 0; i < pending->n_approvals; i++)
    job_note (job, "approved by %s", pending->approval[i].user);
}


gpg_error_t
decide_deny (struct decide *decide, struct pending *pending,
             enum refusal refusal, const char *by)
{
  char reason[REASONLEN];
  struct job *job;
  gpg_error_t err = revive (decide, pending, &job);

  if (!err)
    {
      note_approvals (job, pending);
      err = approvals_remove (decide->approvals, pending);
    }
  if (err)
    {
      log_error ("what waits cannot be ended: %s", gpg_strerror (err));
      if (job)
        job_release (job);
      return err;
    }
  snprintf (reason, sizeof reason, "%s by %s", refusal_told (refusal),
            by ? by : "");
  decide_finish (job, refusal, by ? reason : NULL);
  return 0;
}


void
decide_expire_waiting (struct decide *decide)
{
  struct pending *pending;
  size_t i;

  for (i = approvals_count (decide->approvals); i-- > 0; )
    {
      pending = approvals_get (decide->approvals, i);
      if (pending->ends <= decide->now.boot)
        decide_deny (decide, pending, REFUSAL_APPROVAL_TIME, NULL);
    }
}


/* Another configuration may have begun with us.  */
void
decide_recheck_waiting (struct decide *decide)
{
  struct pending *pending;
  size_t i;

  for (i = approvals_count (decide->approvals); i-- > 0; )
    {
      pending = approvals_get (decide->approvals, i);
      if (!find_user (decide, pending->user, pending->fpr))
        decide_deny (decide, pending, REFUSAL_NO_USER, NULL);
      else if (!find_terms (decide->config, pending))
        decide_deny (decide, pending, REFUSAL_TERMS_CHANGED, NULL);
    }
}


static bool
has_approved (const struct pending *pending, const char *user)
{
  unsigned int i;

  for (i = 0; i < pending->n_approvals; i++)
    if (!strcmp (pending->approval[i].user, user))
      return true;
  return false;
}


/* Nothing may have looked after its time, for we may have slept.  */
struct pending *
decide_find_waiting (struct job *job, const struct config_rule **r_terms)
{
  struct decide *decide = job->decide;
  struct pending *pending = approvals_find (decide->approvals,
                                           job->req->request);

  *r_terms = pending && pending->ends > decide->now.boot
    ? find_terms (decide->config, pending) : NULL;
  return *r_terms ? pending : NULL;
}


/* Whether JOB's person may approve or deny WAITING, under TERMS.  */
static enum refusal
judge_approver (struct job *job, const struct pending *pending,
                const struct config_rule *terms)
{
  const struct config_user *user = job->verdict.user;
  bool own = !strcmp (user->name, pending->user);
  bool approver = config_approval_has_user (&terms->approval, user,
                                            now_of (job->decide));

  if (job->req->action == REQUEST_DENY)
    return own || approver ? REFUSAL_NONE : REFUSAL_NOT_APPROVER;
  if (own)
    return REFUSAL_OWN_REQUEST;
  if (!approver)
    return REFUSAL_NOT_APPROVER;
  return has_approved (pending, user->name)
    ? REFUSAL_APPROVED_BEFORE : REFUSAL_NONE;
}


/* The credential: asked of approvers where the terms say so, and then of
   their own.  */
static enum refusal
judge_credential (struct job *job, const struct config_rule *terms)
{
  bool due = job->req->action == REQUEST_APPROVE && terms->approval.require
    && terms->require.kind;

  if (due)
    return job->attachment ? REFUSAL_NONE : REFUSAL_CREDENTIAL_ASKED;
  return job->attachment ? REFUSAL_ATTACHMENT : REFUSAL_NONE;
}


static enum refusal
judge_emergency (const struct job *job)
{
  const struct config_rule *rule = job->verdict.rule;

  return job->req->emergency && rule && rule->approval.n
         && !rule->approval.emergency ? REFUSAL_EMERGENCY : REFUSAL_NONE;
}


enum refusal
decide_judge_approval (struct job *job)
{
  struct pending *pending;
  const struct config_rule *terms;
  enum refusal refusal;

  if (job->req->action != REQUEST_APPROVE && job->req->action != REQUEST_DENY)
    return judge_emergency (job);
  pending = decide_find_waiting (job, &terms);
  if (!pending)
    return REFUSAL_NOT_WAITING;
  job->verdict.rule = terms;
  refusal = judge_approver (job, pending, terms);
  return refusal ? refusal : judge_credential (job, terms);
}


/* Those whose approval counts still, with the ones that have LAPSED or
   without.  Returns how many.  */
static size_t
count_approvers (struct decide *decide, const struct pending *pending,
                 const struct config_rule *terms, bool lapsed,
                 const struct config_user **users)
{
  const struct approval *approval = pending->approval;
  size_t n = 0;
  unsigned int i;

  for (i = 0; i < pending->n_approvals; i++)
    {
      if (approval[i].lapsed && !lapsed)
        continue;
      users[n] = find_user (decide, approval[i].user, approval[i].fpr);
      if (users[n] && config_approval_has_user (&terms->approval, users[n],
                                                now_of (decide)))
        n++;
    }
  return n;
}


/* Whether JOB's approval might be the last.  */
static bool
is_last (struct job *job, const struct pending *pending,
         const struct config_rule *terms)
{
  const struct config_user *users[2 * CONFIG_MAX_APPROVALS + 1];
  size_t n = count_approvers (job->decide, pending, terms, true, users);

  users[n++] = job->verdict.user;
  return config_approval_enough (&terms->approval, users, n,
                                 now_of (job->decide));
}


/* What others approved was begun, or was not, for REFUSAL.  */
static const char *
name_outcome (const struct job *job, enum refusal refusal)
{
  if (refusal)
    return "not carried out";
  if (job->req->action != REQUEST_RUN)
    return "carried out";
  return job->begun ? "started" : "passed on";
}


/* Their word was taken before act was asked: only now is it known what came
   of it.  The words for who asked are told as such.  */
void
decide_tell_approver (struct job *job, enum refusal refusal,
                      const char *reason)
{
  struct job *approval = job->approval;
  const char *user = job->row.user ? job->row.user : "who asked";
  char what[WHATLEN], text[3 * WHATLEN];

  job->approval = NULL;
  if (refusal && !reason)
    reason = refusal_told (refusal);
  snprintf (what, sizeof what, "%s", approval->argv);
  encode_drop_half (what);
  snprintf (text, sizeof text, "approved, %s %s: %s%s%s%s%s",
            refusal ? "but" : "and", name_outcome (job, refusal), what,
            reason ? "; " : "", refusal ? user : "",
            refusal ? " is told: " : "", reason ? reason : "");
  encode_drop_half (text);
  decide_finish (approval, refusal ? REFUSAL_NOT_DONE : REFUSAL_NONE, text);
}


/* It waits still, and another approval tries again.  */
static void
fail_approval (struct job *approval, gpg_error_t err)
{
  log_error ("what was approved cannot be carried out: %s",
             gpg_strerror (err));
  decide_finish (approval, REFUSAL_STORE, NOT_ENDED);
}


/* By APPROVAL it is approved: judged again, it is carried out, or refused.
   What comes of it APPROVAL's person is told.  */
static void
carry_out_waiting (struct job *approval, struct pending *pending)
{
  struct decide *decide = approval->decide;
  const struct config_rule *terms = find_terms (decide->config, pending);
  struct policy_case pcase;
  struct job *job;
  char *what = NULL;
  bool same;
  gpg_error_t err = revive (decide, pending, &job);

  if (!err && !(approval->argv = strdup (pending->what)))
    {
      err = gpg_error_from_syserror ();
      job_release (job);
    }
  if (err)
    {
      fail_approval (approval, err);
      return;
    }
  job->approval = approval;
  note_approvals (job, pending);
  pcase = (struct policy_case){ job->req, &job->origin, job->primary,
                                terms->require.kind != 0,
                                (time_t)clock_seconds (&decide->now) };
  policy_judge (decide->config, &pcase, &job->verdict);
  if (!job->verdict.refusal && job->verdict.command
      && !decide_resolve (job))
    {
      /* It is told, and gone, as what waited is.  */
      if (approvals_remove (decide->approvals, pending))
        log_error ("what was approved cannot be ended");
      return;
    }
  if (!job->verdict.refusal)
    what = describe_what (job);
  same = what && job->verdict.rule == terms && !strcmp (what, pending->what);
  free (what);
  err = approvals_remove (decide->approvals, pending);
  if (err)
    {
      job_release (job);
      fail_approval (approval, err);
    }
  else if (job->verdict.refusal)
    decide_finish (job, job->verdict.refusal, NULL);
  else if (!same)
    decide_finish (job, REFUSAL_TERMS_CHANGED, NULL);
  else
    decide_carry_out (job);
}


static void
deny (struct job *job, struct pending *pending)
{
  char what[REASONLEN];

  snprintf (what, sizeof what, "denied: %.120s", pending->what);
  encode_drop_half (what);
  if (decide_deny (job->decide, pending, REFUSAL_DENIED,
                   job->verdict.user->name))
    decide_finish (job, REFUSAL_STORE, NOT_STORED);
  else
    decide_finish (job, REFUSAL_NONE, what);
}


/* Carry it out if it is approved by enough.  */
static void
approve (struct job *job, struct pending *pending,
         const struct config_rule *terms)
{
  const struct config_user *users[2 * CONFIG_MAX_APPROVALS];
  char reason[REASONLEN];
  struct decide *decide = job->decide;
  size_t n = count_approvers (decide, pending, terms, false, users);

  if (!config_approval_enough (&terms->approval, users, n, now_of (decide)))
    {
      snprintf (reason, sizeof reason, "approved: %zu of %u so far", n,
                terms->approval.n);
      decide_finish (job, REFUSAL_NONE, reason);
      return;
    }
  carry_out_waiting (job, pending);
}


void
decide_add_approval (struct job *job, struct pending *pending,
                     const struct config_rule *terms)
{
  struct approval approval;
  gpg_error_t err;

  memset (&approval, 0, sizeof approval);
  snprintf (approval.user, sizeof approval.user, "%s",
            job->verdict.user->name);
  snprintf (approval.fpr, sizeof approval.fpr, "%s", job->primary);
  memcpy (approval.request, job->row.request, REQUEST_HASHLEN);
  err = approvals_approve (job->decide->approvals, pending, &approval);
  if (gpg_err_code (err) == GPG_ERR_EEXIST)
    decide_finish (job, REFUSAL_APPROVED_BEFORE, NULL);
  else if (err)
    {
      log_error ("an approval cannot be stored: %s", gpg_strerror (err));
      decide_finish (job, REFUSAL_STORE, NOT_STORED);
    }
  else
    approve (job, pending, terms);
}


/* What JOB names may have ended while its credential was checked.  */
void
decide_approve (struct job *job)
{
  const struct config_rule *terms;
  struct pending *pending = decide_find_waiting (job, &terms);

  if (!pending)
    decide_finish (job, REFUSAL_NOT_WAITING, NULL);
  else if (job->req->action == REQUEST_DENY)
    deny (job, pending);
  else if (is_last (job, pending, terms))
    decide_recheck (job);
  else
    decide_add_approval (job, pending, terms);
}


/* One that waits, as JSON; with its whole text if TEXT.  */
static json_t *
json_of (struct decide *decide, const struct pending *pending, bool text)
{
  const struct config_rule *terms = find_terms (decide->config, pending);
  const struct config_user *users[2 * CONFIG_MAX_APPROVALS];
  char id[2 * REQUEST_HASHLEN + 1];
  json_t *object;

  encode_hex (pending->request, REQUEST_HASHLEN, id);
  object = json_pack ("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "request", id,
                      "user", pending->user, "rule", pending->name,
                      "what", pending->what,
                      "until", (json_int_t)pending->until,
                      "approvals", (json_int_t)(terms ? count_approvers
                      (decide, pending, terms, false, users) : 0),
                      "needs", (json_int_t)(terms ? terms->approval.n : 0));
  if (object && text)
    json_object_set_new (object, "text", json_stringn (pending->text,
                                                       pending->text_len));
  return object;
}


char *
decide_waiting_json (struct decide *decide, const struct pending *pending)
{
  json_t *object = json_of (decide, pending, false);
  char *line = object ? json_dumps (object, JSON_COMPACT
                                    | JSON_ENSURE_ASCII
                                    | JSON_PRESERVE_ORDER) : NULL;

  json_decref (object);
  return line;
}


/* Whose business WAITING is: its asker's, and its approvers'.  */
static bool
may_see (struct job *job, const struct pending *pending)
{
  const struct config_rule *terms = find_terms (job->decide->config,
                                                pending);

  return terms && (!strcmp (pending->user, job->verdict.user->name)
                   || config_approval_has_user (&terms->approval,
                                                job->verdict.user,
                                                now_of (job->decide)));
}


void
decide_tell_asker (struct job *job, const struct pending *pending)
{
  const struct config_rule *terms = find_terms (job->decide->config,
                                                pending);
  const struct config_user *users[2 * CONFIG_MAX_APPROVALS];
  char reason[REASONLEN];
  reply_t reply;

  snprintf (reason, sizeof reason, "approved by %zu of %u so far",
            terms ? count_approvers (job->decide, pending, terms, false,
                                     users) : 0,
            terms ? terms->approval.n : 0);
  if (!reply_new (&reply))
    {
      reply->result = REPLY_PENDING;
      reply->until = pending->until;
      decide_answer (job, reply, REFUSAL_NONE, reason);
      reply_release (reply);
    }
  decide_settle (job, REFUSAL_NONE, reason);
}


static void
put_waiting (struct job *job, const struct pending *pending, bool text,
             FILE *fp)
{
  json_t *object = json_of (job->decide, pending, text);

  if (!object)
    return;
  json_dumpf (object, fp, JSON_COMPACT | JSON_ENSURE_ASCII
              | JSON_PRESERVE_ORDER);
  putc ('\n', fp);
  json_decref (object);
}


/* All that JOB's person may see, or the one that they name.  */
static enum refusal
list_waiting (struct job *job, FILE *fp)
{
  approvals_t approvals = job->decide->approvals;
  const char *id = request_arg_value (job->req, "id");
  struct pending *pending;
  gpg_error_t err;
  size_t i;

  if (id)
    {
      err = approvals_find_prefix (approvals, id, &pending);
      if (gpg_err_code (err) == GPG_ERR_AMBIGUOUS_NAME)
        return REFUSAL_AMBIGUOUS_ID;
      if (err || !may_see (job, pending))
        return REFUSAL_NOT_WAITING;
      put_waiting (job, pending, true, fp);
      return REFUSAL_NONE;
    }
  for (i = 0; i < approvals_count (approvals); i++)
    if (may_see (job, approvals_get (approvals, i)))
      put_waiting (job, approvals_get (approvals, i), false, fp);
  return REFUSAL_NONE;
}


void
decide_tell_waiting (struct job *job)
{
  char *text = NULL;
  size_t len, from = request_from (job->req);
  FILE *fp = open_memstream (&text, &len);
  enum refusal refusal = REFUSAL_STORE;

  if (fp)
    {
      refusal = list_waiting (job, fp);
      if (fclose (fp))
        refusal = REFUSAL_STORE;
    }
  if (refusal)
    decide_finish (job, refusal, NULL);
  else
    decide_finish_text (job, text + (from < len ? from : len), len);
  free (text);
}
