/* client-options.h - The options of all verbs: one table, one reader.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_OPTIONS_H
#define POSTERN_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../common/base/netspec.h"
#include "../common/base/options-kit.h"

#define OPTIONS_MAX_FOR 315360000       /* Seconds: ten years.  */
#define OPTIONS_WAIT 8                  /* Seconds, default.  */
#define OPTIONS_MAX_WAIT 600            /* Seconds.  */
#define OPTIONS_MAX_REASON 200          /* Bytes.  */

/* One bit for each option; a verb's row in the table says which it has. */
enum option_bit
  {
    OPTION_FOR = 1 << 0,
    OPTION_SOURCE = 1 << 1,
    OPTION_BIND = 1 << 2,
    OPTION_NO_BIND = 1 << 3,
    OPTION_ONCE = 1 << 4,
    OPTION_USER = 1 << 5,
    OPTION_FAMILY = 1 << 6,
    OPTION_OUTPUT = 1 << 7,
    OPTION_PRINT = 1 << 8,
    OPTION_TIMEOUT = 1 << 9,
    OPTION_JSON = 1 << 10,
    OPTION_FPR = 1 << 11,
    OPTION_AS = 1 << 12,
    OPTION_CONFIG = 1 << 13,
    OPTION_VERBOSE = 1 << 14,
    OPTION_NAMES = 1 << 15,
    OPTION_PASSWORD = 1 << 16,
    OPTION_ALL = 1 << 17,
    OPTION_FROM = 1 << 18,
    OPTION_REASON = 1 << 19,
    OPTION_EMERGENCY = 1 << 20,
    OPTION_WATCH = 1 << 21,
    OPTION_EVERY = 1 << 22
  };

#define OPTION_COMMON (OPTION_CONFIG | OPTION_VERBOSE)
#define OPTION_SEND (OPTION_USER | OPTION_FAMILY | OPTION_TIMEOUT \
                     | OPTION_JSON | OPTION_COMMON)

/* Whether a password is sent, and from where.  */
enum options_password
  {
    PASSWORD_PROFILE = 0,       /* As the profile says.  */
    PASSWORD_FD,
    PASSWORD_ASK,
    PASSWORD_NONE
  };

struct options
{
  unsigned int set;             /* Which were given.  */
  uint32_t seconds;             /* --for.  */
  bool has_source;              /* --source; AF_UNSPEC: observed.  */
  struct net_addr source;
  uint16_t bind;
  bool no_bind;
  bool once;
  const char *user;
  enum options_password password;
  int password_fd;
  int family;                   /* AF_UNSPEC, AF_INET, AF_INET6.  */
  const char *output;
  bool print_command;
  unsigned int timeout;         /* Seconds to wait for replies.  */
  bool json;
  bool names;
  const char *fpr;
  const char *as;
  const char *config;
  bool all;
  bool watch;
  const char *reason;           /* --reason or --emergency.  */
  bool emergency;
  unsigned int every;           /* Seconds from look to look.  */
  unsigned int from;            /* Bytes of output.  */
  int n_args;                   /* Not options.  */
  int n_behind;                 /* Of these, after a "--".  */
  char **arg;
};

/* All options of all verbs.  */
extern const struct kit_option options_table[];

/* Read ARGV, of which ARGV[0] is VERB.  Returns -1 to go on, or the exit code
   if all is done.  */
int options_parse (const struct kit_verb *verb, int argc, char **argv,
                   struct options *r_options);

#endif /*POSTERN_CLIENT_OPTIONS_H*/
