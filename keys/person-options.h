/* person-options.h - What enroll and enroll --batch both take.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_PERSON_OPTIONS_H
#define POSTERN_KEYS_PERSON_OPTIONS_H

#include <getopt.h>
#include <stddef.h>
#include "batch/table.h"

struct person_options
{
  const char *dir;              /* Of the configuration.  */
  const char *door;             /* NULL: not given; likewise below.  */
  const char *expires;
  const char *by;
  const char *group[TABLE_MAX_GROUPS + 1];      /* NULL-ended.  */
  size_t n_groups;
};

/* For getopt_long, with the end of the table.  */
#define PERSON_OPTIONS                                                  \
  { "group", required_argument, NULL, 'g' },                            \
  { "door", required_argument, NULL, 'd' },                             \
  { "expires", required_argument, NULL, 'e' },                          \
  { "by", required_argument, NULL, 'b' },                               \
  { "config", required_argument, NULL, 'c' },                           \
  { "help", no_argument, NULL, 'h' },                                   \
  { NULL, 0, NULL, 0 }

/* Take the option C, with optarg, which stays the caller's; ARGV for what
   is none.  -1: go on; else the exit code.  */
int person_options_take (struct person_options *opt, int c, char **argv);

#endif /*POSTERN_KEYS_PERSON_OPTIONS_H*/
