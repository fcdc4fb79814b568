/* advise-say.c - Warnings, and lists of people.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise-parts.h"

#include <stdarg.h>
#include <string.h>


void
advise_warn (struct advice *a, const char *format, ...)
{
  va_list ap;

  fputs (a->warnings++ ? "" : "\n", a->out);
  fputs ("Warning: ", a->out);
  va_start (ap, format);
  vfprintf (a->out, format, ap);
  va_end (ap);
  putc ('\n', a->out);
}


bool
advise_protects (config_t c, uint8_t proto, uint16_t first, uint16_t last)
{
  size_t i;

  for (i = 0; i < c->n_protect; i++)
    if (c->protect[i].proto == proto && c->protect[i].first <= last
        && first <= c->protect[i].last)
      return true;
  return false;
}


void
advise_people (struct advice *a, const struct config_rule *rule)
{
  config_t c = a->config;
  size_t i, n = 0;

  for (i = 0; i < c->n_users; i++)
    if (config_rule_has_user (rule, &c->user[i], a->now))
      fprintf (a->out, "%s%s", n++ ? ", " : " ", c->user[i].name);
  if (!n)
    fputs (" nobody", a->out);
}


static bool
group_exists (config_t c, const char *group)
{
  size_t i, k;

  for (i = 0; i < c->n_users; i++)
    {
      if (strlist_has (&c->user[i].groups, group))
        return true;
      for (k = 0; k < c->user[i].n_until; k++)
        if (!strcmp (c->user[i].until[k].group, group))
          return true;
    }
  return false;
}


void
advise_judge_people (struct advice *a, const char *what,
                     const struct config_rule *rule)
{
  size_t k;

  for (k = 0; k < rule->groups.n; k++)
    if (!group_exists (a->config, rule->groups.item[k]))
      advise_warn (a, "nobody is in the group %s of the %s.",
                   rule->groups.item[k], what);
  for (k = 0; k < rule->users.n; k++)
    if (!config_user_by_name (a->config, rule->users.item[k]))
      advise_warn (a, "the %s names the user %s, who is not enrolled.",
                   what, rule->users.item[k]);
}
