/* keys-options.h - The options of all verbs of postern-keys: one table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_OPTIONS_H
#define POSTERN_KEYS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include "../common/base/options-kit.h"
#include "batch/table.h"
#include "setup/skeleton.h"

#define OPTIONS_MAX_CHANGES 32
#define OPTIONS_MAX_WHY 160     /* Bytes that the audit takes.  */

/* The verbs, for the table: which of them has an option.  */
enum options_verb
  {
    VERB_INIT = 1 << 0,
    VERB_ENROLL = 1 << 1,
    VERB_REPLACE = 1 << 2,
    VERB_REVOKE = 1 << 3,
    VERB_GROUP = 1 << 4,
    VERB_INVITE = 1 << 5,
    VERB_DOOR = 1 << 6,
    VERB_PASSWD = 1 << 7,
    VERB_LIST = 1 << 8,
    VERB_SHOW = 1 << 9,
    VERB_CHECK = 1 << 10,
    VERB_EXPORT = 1 << 11
  };

enum options_user { OPTIONS_ANY, OPTIONS_NOBODY, OPTIONS_MAYBE, OPTIONS_ONE };

/* What was given; NULL, 0 and false: it was not.  */
struct options
{
  const char *dir;              /* Of the configuration.  */
  const char *user;             /* The first argument.  */
  const char *key, *fpr, *by;
  const char *group[TABLE_MAX_GROUPS + 1];      /* NULL-ended.  */
  size_t n_groups;
  const char *door, *expires;
  bool update;
  const char *batch, *fprs, *invites;
  const char *why;
  const char *until;
  uint64_t until_s;             /* The same as Unix seconds.  */
  size_t n_changes;
  const char *change[OPTIONS_MAX_CHANGES];      /* "+ops", "-dba".  */
  const char *all;              /* The folder of invites.  */
  const char *what, *name;      /* door: list, add, rotate or remove which. */
  const char *ends;
  unsigned int grace;           /* Seconds.  */
  bool has_grace, force, json, delete;
  int fd;                       /* -1: ask the terminal.  */
  struct skeleton skeleton;     /* For init.  */
  int n_args;
  char **arg;
};

/* All options of all verbs.  */
extern const struct kit_option options_table[];

/* Read ARGV, of which ARGV[0] is VERB.  Returns KIT_GO_ON, or the exit code
   where all is done.  */
int options_parse (const struct kit_verb *verb, int argc, char **argv,
                   struct options *r_options);

/* Check that there are as many arguments as WHOM says.  Returns KIT_GO_ON,
   or EX_USAGE after it was said.  */
int options_user (const struct options *opt, const char *verb,
                  enum options_user whom);

#endif /*POSTERN_KEYS_OPTIONS_H*/
