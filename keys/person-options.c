/* person-options.c - What enroll and enroll --batch both take.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "person-options.h"

#include <string.h>
#include "../common/base/netspec.h"
#include "verbs/keys-verbs.h"


static int
take_group (struct person_options *opt, const char *group)
{
  if (!netspec_name_valid (group, strlen (group)))
    return verb_usage ("enroll", "'%s' is no name for a group (lower-case "
                       "letters, digits, '.', '_', '-')", group);
  if (opt->n_groups == TABLE_MAX_GROUPS)
    return verb_usage ("enroll", "more than %d groups", TABLE_MAX_GROUPS);
  opt->group[opt->n_groups++] = group;
  return -1;
}


static int
take_door (struct person_options *opt, const char *door)
{
  if (!netspec_name_valid (door, strlen (door)))
    return verb_usage ("enroll", "'%s' is no name for a door", door);
  opt->door = door;
  return -1;
}


static int
take_expires (struct person_options *opt, const char *date)
{
  size_t len = strlen (date);

  if (!len || len > 10 || strspn (date, "0123456789-") != len)
    return verb_usage ("enroll", "--expires takes a date like 2027-01-31");
  opt->expires = date;
  return -1;
}


static int
take_by (struct person_options *opt, const char *fpr)
{
  if (!netspec_fpr_valid (fpr, strlen (fpr)))
    return verb_usage ("enroll", "--by takes a full fingerprint");
  opt->by = fpr;
  return -1;
}


int
person_options_take (struct person_options *opt, int c, char **argv)
{
  switch (c)
    {
    case 'g': return take_group (opt, optarg);
    case 'd': return take_door (opt, optarg);
    case 'e': return take_expires (opt, optarg);
    case 'b': return take_by (opt, optarg);
    case 'c': opt->dir = optarg; return -1;
    case 'h': return verb_help ("enroll");
    default: return verb_bad_option ("enroll", argv);
    }
}
