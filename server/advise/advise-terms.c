/* advise-terms.c - What a rule requires in addition to the person, in words.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include "advise-parts.h"


void
advise_describe_terms (const struct config_rule *rule, FILE *out)
{
  struct advice advice = { .out = out };
  char text[NETSPEC_PREFIXSTRLEN], hours[NETSPEC_HOURSSTRLEN];
  size_t i;

  for (i = 0; i < rule->n_from; i++)
    fprintf (out, "%s%s", i ? ", " : "; from ",
             netspec_prefix_print (&rule->from[i], text));
  for (i = 0; i < rule->n_hours; i++)
    fprintf (out, "%s%s", i ? ", " : "; ",
             netspec_hours_print (&rule->hours[i], hours));
  if (!rule->observed)
    fputs ("; for signed addresses only", out);
  if (rule->require.kind)
    fprintf (out, "; with the password of %s",
             config_require_print (&rule->require, text));
  advise_describe_approval (&advice, &rule->approval);
}
