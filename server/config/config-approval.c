/* config-approval.c - The two-person rule: its options, and who suffices.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * approvers = {'ops'} takes anybody of the group ops, {'ops', 'sre'} of one
 * of both, and {'ops', 'and', 'security'} one of each.  */

#include "config-parts.h"

#include <string.h>

#define DAY 86400u
#define DEFAULT_TIME 600u


gpg_error_t
config_take_approvals (const struct conf_place *place, void *object,
                       const char *text)
{
  struct config_rule *rule = object;
  unsigned long long value;
  gpg_error_t err;

  err = conf_value_number (place, text, 0, CONFIG_MAX_APPROVALS, &value);
  if (!err)
    rule->approval.n = (unsigned int) value;
  return err;
}


gpg_error_t
config_take_approvers (const struct conf_place *place, void *object,
                       const char *text)
{
  struct config_approval *approval = &((struct config_rule *) object)->approval;

  if (!approval->n_lists)
    approval->n_lists = 1;
  if (strcmp (text, "and"))
    return conf_value_name (place, text,
                            &approval->list[approval->n_lists - 1]);
  if (!approval->list[approval->n_lists - 1].n)
    return conf_fail (place, "'and' stands between the names of groups");
  if (approval->n_lists == CONFIG_MAX_LISTS)
    return conf_fail (place, "more than %d lists", CONFIG_MAX_LISTS);
  approval->n_lists++;
  return 0;
}


gpg_error_t
config_take_approval_time (const struct conf_place *place, void *object,
                           const char *text)
{
  struct config_rule *rule = object;

  return conf_value_duration (place, text, 1, DAY, &rule->approval.time);
}


gpg_error_t
config_take_approvers_require (const struct conf_place *place,
                               void *object, const char *text)
{
  struct config_rule *rule = object;

  return conf_value_bool (place, text, &rule->approval.require);
}


gpg_error_t
config_take_emergency (const struct conf_place *place, void *object,
                       const char *text)
{
  struct config_rule *rule = object;

  return conf_value_bool (place, text, &rule->approval.emergency);
}


gpg_error_t
config_finish_approval (const struct conf_place *place,
                        struct config_rule *rule)
{
  struct config_approval *approval = &rule->approval;

  if (!approval->n)
    {
      if (approval->n_lists || approval->time || approval->require
          || approval->emergency)
        return conf_fail (place, "'%s' says who approves, or how, but not"
                          " approvals = N", rule->name);
      return 0;
    }
  if (!approval->n_lists)
    return conf_fail (place, "'%s' takes approvals of nobody; add"
                      " approvers = {'GROUP'}", rule->name);
  if (!approval->list[approval->n_lists - 1].n)
    return conf_fail (place, "approvers of '%s': 'and' stands between the"
                      " names of groups", rule->name);
  if (approval->n_lists > approval->n)
    return conf_fail (place, "'%s' wants one of each of %u lists of"
                      " approvers, but only %u approvals", rule->name,
                      (unsigned int) approval->n_lists, approval->n);
  if (!approval->time)
    approval->time = DEFAULT_TIME;
  return 0;
}


void
config_approval_release (struct config_approval *approval)
{
  size_t i;

  for (i = 0; i < approval->n_lists; i++)
    strlist_release (&approval->list[i]);
}


bool
config_approval_has_user (const struct config_approval *approval,
                          const struct config_user *user, time_t now)
{
  size_t i;

  for (i = 0; i < approval->n_lists; i++)
    if (config_user_in (user, &approval->list[i], now))
      return true;
  return false;
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
