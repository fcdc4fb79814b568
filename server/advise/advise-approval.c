/* advise-approval.c - What posternd --check says about approvals.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

/* With this many approvers there are always enough.  */
#define PLENTY (2 * CONFIG_MAX_APPROVALS)


void
advise_describe_approval (struct advice *a,
                          const struct config_approval *approval)
{
  char time[32];
  size_t i, k;

  if (!approval->n)
    return;
  fprintf (a->out, "; when %u other%s of ", approval->n,
           approval->n == 1 ? "" : "s");
  for (i = 0; i < approval->n_lists; i++)
    for (k = 0; k < approval->list[i].n; k++)
      fprintf (a->out, "%s%s", k ? " or " : i ? " and " : "",
               approval->list[i].item[k]);
  fprintf (a->out, " approve%s within %s%s", approval->n == 1 ? "s" : "",
           netspec_duration_print (approval->time, time),
           approval->emergency ? ", or alone in an emergency" : "");
}


/* Whether a request from USER could be approved if everybody were present.  */
static bool
can_be_approved (config_t c, const struct config_approval *approval,
                 const struct config_user *user, time_t now)
{
  const struct config_user *other[PLENTY];
  size_t i, n = 0;

  for (i = 0; i < c->n_users && n < PLENTY; i++)
    if (c->user + i != user
        && config_approval_has_user (approval, c->user + i, now))
      other[n++] = c->user + i;
  return n == PLENTY || config_approval_enough (approval, other, n, now);
}


void
advise_judge_approval (struct advice *a, const char *what,
                       const struct config_rule *rule)
{
  config_t c = a->config;
  size_t i;

  if (!rule->approval.n)
    return;
  for (i = 0; i < c->n_users; i++)
    if (config_rule_has_user (rule, c->user + i, a->now)
        && !can_be_approved (c, &rule->approval, c->user + i, a->now))
      {
        advise_warn (a, "the %s requires %u approval%s, and there are not"
                     " enough other people to approve a request from %s. Add"
                     " people to its approvers.", what, rule->approval.n,
                     rule->approval.n == 1 ? "" : "s", c->user[i].name);
        return;
      }
}
