/* keys-options.c - The options of the verbs that only look.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "keys-options.h"

#include <getopt.h>
#include <string.h>
#include "verbs/keys-verbs.h"


int
options_parse (struct options *opt, const char *verb,
               enum options_user whom, int argc, char **argv)
{
  static const struct option options[] =
    {
      { "json", no_argument, NULL, 'j' },
      { "config", required_argument, NULL, 'c' },
      { "help", no_argument, NULL, 'h' },
      { NULL, 0, NULL, 0 }
    };
  int c;

  memset (opt, 0, sizeof *opt);
  opt->dir = POSTERN_SYSCONFDIR;
  while ((c = getopt_long (argc, argv, "h", options, NULL)) != -1)
    switch (c)
      {
      case 'j': opt->json = true; break;
      case 'c': opt->dir = optarg; break;
      case 'h': return verb_help (verb);
      default: return verb_bad_option (verb, argv);
      }
  if (whom == OPTIONS_ONE && argc - optind != 1)
    return verb_usage (verb, "one USER is needed");
  if (argc - optind > (whom == OPTIONS_NOBODY ? 0 : 1))
    return verb_usage (verb, "'%s' is too much", argv[argc - 1]);
  opt->user = argv[optind];     /* NULL behind the last one.  */
  return -1;
}
