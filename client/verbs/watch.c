/* watch.c - postern pending --watch: wait for a pending request at any host.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each round needs a request and a signature for each host, so rounds must be
 * rare.  A host that cannot be asked is reported, and asked less often.  */

#include "verbs.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/ticks.h"
#include "../../common/base/tojson.h"
#include "../ask/select.h"
#include "../ask/waiting.h"

#define EVERY 30                /* Seconds from look to look, default.  */
#define REST 10                 /* Looks that a host is left out after it
                                   could not be asked.  */

struct watch
{
  const struct options *options;
  profile_t profile;
  struct selection hosts;
  unsigned int *rest;           /* Of each host.  */
  json_t *found;                /* Pending requests of all hosts.  */
  int status;                   /* Of what could not be asked.  */
};


static void
look_at_host (struct watch *w, size_t i)
{
  const struct profile_host *host = w->hosts.host[i];
  json_t *list, *object;
  size_t k;
  int rc;

  if (w->rest[i] && w->rest[i]--)
    return;
  rc = waiting_fetch ("pending", w->options, w->profile, host, NULL, &list);
  if (rc >= 0)
    {
      w->rest[i] = REST;
      w->status = rc;
      return;
    }
  json_array_foreach (list, k, object)
    {
      json_object_set_new (object, "host", json_string (host->name));
      json_array_append (w->found, object);
    }
  json_decref (list);
}


static void
print_found (const struct watch *w)
{
  json_t *object;
  size_t i;

  if (w->options->json)
    {
      tojson_print (json_incref (w->found), stdout);
      return;
    }
  json_array_foreach (w->found, i, object)
    waiting_print (object, waiting_text (object, "host"));
}


/* Ask until a request is pending, or the time is over.  */
static int
watch_hosts (struct watch *w)
{
  const struct options *o = w->options;
  uint64_t end_ms = ticks_boot_ms () + o->seconds * (uint64_t) 1000;
  struct timespec pause = { o->set & OPTION_EVERY ? o->every : EVERY, 0 };
  size_t i;

  for (;;)
    {
      for (i = 0; i < w->hosts.n; i++)
        look_at_host (w, i);
      if (json_array_size (w->found))
        {
          print_found (w);
          return EX_OK;
        }
      if (o->set & OPTION_FOR
          && ticks_boot_ms () + (uint64_t) pause.tv_sec * 1000 >= end_ms)
        break;
      nanosleep (&pause, NULL);
    }
  if (o->json)
    print_found (w);
  return w->status ? w->status : EX_TEMPFAIL;
}


/* All hosts if none is named.  */
static int
choose_watched (struct watch *w)
{
  const struct options *o = w->options;
  int rc = select_hosts_or_all (w->profile, "pending", o->arg, o->n_args,
                                &w->hosts);

  if (rc >= 0)
    return rc;
  w->rest = calloc (w->hosts.n, sizeof *w->rest);
  w->found = json_array ();
  return w->rest && w->found ? -1 : EX_OSERR;
}


int
watch_verb (const struct options *options)
{
  struct watch w;
  int rc;

  memset (&w, 0, sizeof w);
  w.options = options;
  rc = profile_open_for ("pending", options->config, false, &w.profile);
  if (rc >= 0)
    return rc;
  rc = choose_watched (&w);
  if (rc < 0)
    rc = watch_hosts (&w);
  json_decref (w.found);
  free (w.rest);
  select_release (&w.hosts);
  profile_close (w.profile);
  return rc;
}
