/* pending.c - postern pending: the requests that wait for approval.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <stdio.h>
#include <sysexits.h>
#include "../../common/base/tojson.h"
#include "../ask/select.h"
#include "../ask/waiting.h"


static int
print_pending (const struct options *options, const char *host, json_t *list)
{
  json_t *object;
  size_t i;

  if (options->json)
    tojson_print (json_incref (list), stdout);
  else if (!json_array_size (list))
    printf ("%s: no request is pending that you may approve\n", host);
  else
    json_array_foreach (list, i, object)
      waiting_print (object, "");
  return EX_OK;
}


int
pending_verb (const struct options *options)
{
  const struct profile_host *host;
  profile_t profile;
  json_t *list;
  int rc;

  if (options->watch)
    return watch_verb (options);
  if (options->set & (OPTION_EVERY | OPTION_FOR))
    return kit_usage ("pending", "--every and --for go with --watch");
  if (options->n_args != 1)
    return kit_usage ("pending", "it takes one HOST");
  rc = select_open ("pending", options, &profile, &host);
  if (rc < 0)
    rc = waiting_fetch ("pending", options, profile, host, NULL, &list);
  if (rc < 0)
    {
      rc = print_pending (options, host->name, list);
      json_decref (list);
    }
  profile_close (profile);
  return rc;
}
