/* batch.c - A verb for several hosts, with as few signatures as possible.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "batch.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/log.h"
#include "exchange.h"
#include "size-estimate.h"
#include "../password/password.h"

struct plan
{
  struct compose_ask *list;
  size_t n;
  server_keys_t keys;           /* NULL: there is only one host.  */
};


/* True if HOST may join the request ASK.  */
static bool
may_join_request (struct plan *plan, const struct compose_ask *ask,
                  const struct compose_ask *one)
{
  const struct profile_host *host = one->host[0];
  struct compose_ask more = *ask;
  size_t i;

  if (ask->n_hosts == REQUEST_MAX_TARGETS || !compose_same (ask, one)
      || (one->has_source && compose_is_observed (one)))
    return false;
  for (i = 0; i < ask->n_hosts; i++)
    if (!strcmp (ask->host[i]->host, host->host)
        && !strcmp (ask->host[i]->server, host->server))
      return false;
  more.host[more.n_hosts++] = host;
  return size_estimate_fits (plan->keys, &more);
}


/* Put the one host of ONE where it goes.  */
static void
place_host (struct plan *plan, const struct compose_ask *one)
{
  struct compose_ask *ask;

  for (ask = plan->list; ask < plan->list + plan->n; ask++)
    if (may_join_request (plan, ask, one))
      {
        ask->host[ask->n_hosts++] = one->host[0];
        return;
      }
  plan->list[plan->n++] = *one;
}


static int
divide_hosts (struct plan *plan, const char *verb, enum request_action action,
              const struct options *options, batch_fill_t fill,
              const struct selection *selection)
{
  struct compose_ask one;
  size_t i;
  int rc;

  if (options->password == PASSWORD_FD && selection->n > 1)
    return kit_usage (verb, "--password-fd has the password for one host,"
                      " and %zu are named", selection->n);
  if (options->set & OPTION_SOURCE && !options->source.family
      && selection->n > 1)
    return kit_usage (verb, "'--source observed' is for one host, and %zu"
                      " are named: each could use the request at the others;"
                      " give --source ADDRESS, or leave it out",
                      selection->n);
  for (i = 0; i < selection->n; i++)
    {
      compose_ask_one (&one, action, selection->host[i], options);
      rc = fill ? fill (verb, options, &one) : -1;
      if (rc >= 0)
        return rc;
      one.password = password_wanted (options, one.host[0],
                                      action == REQUEST_OPEN);
      place_host (plan, &one);
    }
  if (plan->n > 1)
    log_info ("%s: %zu hosts need %zu requests, each with its own"
              " signature", verb, selection->n, plan->n);
  return -1;
}


static int
check_arguments (const char *verb, const struct options *options,
                 batch_fill_t fill)
{
  int i;

  for (i = 0; i < options->n_args && !fill; i++)
    if (strchr (options->arg[i], '/'))
      return kit_usage (verb, "'%s' is a list of ports; give hosts only",
                        options->arg[i]);
  return -1;
}


int
batch_plan (profile_t profile, const char *verb, enum request_action action,
            const struct options *options, batch_fill_t fill,
            struct compose_ask **r_list, size_t *r_n)
{
  struct plan plan = { NULL, 0, NULL };
  struct selection selection;
  int rc;

  *r_list = NULL;
  *r_n = 0;
  rc = check_arguments (verb, options, fill);
  if (rc >= 0)
    return rc;
  rc = select_hosts (profile, verb, options->arg, options->n_args,
                     &selection);
  if (rc < 0)
    plan.list = calloc (selection.n, sizeof *plan.list);
  if (rc < 0 && (!plan.list
                 || (selection.n > 1
                     && server_keys_new (profile, selection.host,
                                         selection.n, &plan.keys))))
    {
      log_error ("%s: out of memory", verb);
      rc = EX_OSERR;
    }
  if (rc < 0)
    rc = divide_hosts (&plan, verb, action, options, fill, &selection);
  server_keys_release (plan.keys);
  select_release (&selection);
  *r_list = plan.list;
  *r_n = plan.n;
  return rc;
}


int
batch_ask (profile_t profile, const struct options *options,
           const struct compose_ask *list, size_t n)
{
  struct report report;
  struct exchange x;
  int status, rc = -1;
  size_t i;

  report_begin (&report, stdout, options->json);
  for (i = 0; i < n && rc < 0; i++)
    {
      exchange_begin (&x, options, profile, list + i);
      x.several = n > 1 || list[i].n_hosts > 1;
      rc = exchange_all (&x, &report);
      exchange_end (&x);
    }
  status = report_end (&report);
  return rc < 0 ? status : rc;
}


int
batch_verb (const char *verb, enum request_action action,
            const struct options *options, batch_fill_t fill)
{
  struct compose_ask *list = NULL;
  profile_t profile;
  size_t n = 0;
  int rc;

  rc = profile_open_for (verb, options->config, false, &profile);
  if (rc >= 0)
    return rc;
  rc = batch_plan (profile, verb, action, options, fill, &list, &n);
  if (rc < 0 && options->output && (n != 1 || list[0].n_hosts != 1))
    rc = kit_usage (verb, "-o writes the datagram of one host; name one");
  if (rc < 0)
    rc = batch_ask (profile, options, list, n);
  free (list);
  profile_close (profile);
  return rc;
}
