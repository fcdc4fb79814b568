/* config-approval.c - The two-person rule: what it needs, and who suffices.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * approvers = {'ops'} takes anybody of the group ops, {'ops', 'sre'} of one
 * of both, and {'ops', 'and', 'security'} one of each.  */

#include "config-parts.h"

#include <string.h>

#define DEFAULT_TIME 600u


gpg_error_t
config_finish_approval (const struct conf_place *place,
                        struct config_rule *rule)
{
  struct config_approval *approval = &rule->approval;

  if (!approval->n)
    {
      if (approval->n_lists || approval->time || approval->require
          || approval->emergency)
        return conf_fail (place, "'%s' says who approves, or how, but lacks"
                          " approvals = N", rule->name);
      return 0;
    }
  if (!approval->n_lists)
    return conf_fail (place, "'%s' needs approvals but names no approvers; add"
                      " approvers = {'GROUP'}", rule->name);
  if (!approval->list[approval->n_lists - 1].n)
    return conf_fail (place, "approvers of '%s': 'and' belongs between the"
                      " names of groups", rule->name);
  if (approval->n_lists > approval->n)
    return conf_fail (place, "'%s' needs one of each of %u lists of"
                      " approvers, but has only %u approvals", rule->name,
                      (unsigned int) approval->n_lists, approval->n);
  if (!approval->time)
    approval->time = DEFAULT_TIME;
  return 0;
}


/* Can the lists from number I on each be given one of the people who are
   not TAKEN (a bit each)?  At most 4 lists and 8 people.  */
static bool
serve_lists (const struct config_approval *approval, size_t i,
             const struct config_user *const *user, size_t n,
             unsigned int taken, time_t now)
{
  size_t j;

  if (i == approval->n_lists)
    return true;
  for (j = 0; j < n; j++)
    if (!(taken & (1u << j))
        && config_user_in (user[j], &approval->list[i], now)
        && serve_lists (approval, i + 1, user, n, taken | (1u << j), now))
      return true;
  return false;
}


bool
config_approval_enough (const struct config_approval *approval,
                        const struct config_user *const *user, size_t n,
                        time_t now)
{
  return n >= approval->n && n <= 2 * CONFIG_MAX_APPROVALS
         && serve_lists (approval, 0, user, n, 0, now);
}
