/* run-verb.c - postern run: a command of the server's runs there.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The request is noted before it is sent: whatever becomes of the reply,
 * the person can find out later whether it ran.  */

#include "verbs.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../ask/exchange.h"
#include "../password/password.h"
#include "../ask/report-command.h"
#include "../ask/requests.h"
#include "../ask/select.h"


/* The words after "--" as one line, to be freed.  */
static char *
join_words (char *const *word, int n)
{
  size_t len = 1;
  char *line, *p;
  int i;

  for (i = 0; i < n; i++)
    len += strlen (word[i]) + 1;
  line = calloc (1, len);
  for (i = 0, p = line; line && i < n; i++)
    {
      if (i)
        *p++ = ' ';
      p = stpcpy (p, word[i]);
    }
  return line;
}


/* NAME=VALUE into the next place of ASK.  */
static int
take_command_argument (char *text, struct compose_ask *ask)
{
  char *value = strchr (text, '=');
  struct request_arg *arg = ask->arg + ask->n_args;

  if (!value || !netspec_name_valid (text, (size_t) (value - text)))
    return kit_usage ("run", "'%.80s' is not like NAME=VALUE; a command line"
                      " goes after '--'", text);
  if (ask->n_args == REQUEST_MAX_ARGS)
    return kit_usage ("run", "more than %d arguments", REQUEST_MAX_ARGS);
  memcpy (arg->name, text, (size_t) (value - text));
  arg->value = value + 1;
  ask->n_args++;
  return -1;
}


/* LINE is what follows "--", or NULL.  */
static int
fill_run (const struct options *options, char *line, struct compose_ask *ask)
{
  int n = options->n_args - options->n_behind, i, rc = -1;

  ask->reason = options->reason;
  ask->emergency = options->emergency;
  ask->command = options->arg[1];
  if (!netspec_name_valid (ask->command, strlen (ask->command)))
    return kit_usage ("run", "'%.80s' is not a name of a command",
                      ask->command);
  for (i = 2; rc < 0 && i < n; i++)
    rc = take_command_argument (options->arg[i], ask);
  if (rc >= 0 || !line)
    return rc;
  if (ask->n_args)
    return kit_usage ("run", "it takes arguments, or a command line after"
                      " '--', and not both");
  memcpy (ask->arg[0].name, REQUEST_ARG_LINE, sizeof REQUEST_ARG_LINE);
  ask->arg[0].value = line;
  ask->n_args = 1;
  return -1;
}


static int
run_and_report (struct exchange *x)
{
  const char *id;
  int rc;

  rc = exchange_prepare (x, 0);
  if (rc < 0)
    rc = exchange_compose (x);
  if (rc >= 0)
    return rc;
  id = compose_id (x->compose);
  requests_note (x->profile, id, x->item->name, x->ask.command);
  rc = exchange_run (x);
  return rc < 0 ? report_command (x, id, 0) : rc;
}


static int
run_on (const struct options *options, profile_t profile,
        const struct profile_host *host, char *line)
{
  struct compose_ask ask;
  struct exchange x;
  int rc;

  compose_ask_one (&ask, REQUEST_RUN, host, options);
  rc = fill_run (options, line, &ask);
  if (rc >= 0)
    return rc;
  ask.password = password_wanted (options, host, false);
  exchange_begin (&x, options, profile, &ask);
  rc = run_and_report (&x);
  exchange_end (&x);
  return rc;
}


int
run_verb (const struct options *options)
{
  const struct profile_host *host;
  profile_t profile;
  char *line = NULL;
  int rc;

  if (options->n_args - options->n_behind < 2)
    return kit_usage ("run", "it takes HOST and COMMAND");
  if (options->n_behind)
    {
      line = join_words (options->arg + options->n_args - options->n_behind,
                         options->n_behind);
      if (!line)
        return EX_OSERR;
    }
  rc = select_open ("run", options, &profile, &host);
  if (rc < 0)
    rc = run_on (options, profile, host, line);
  profile_close (profile);
  free (line);
  return rc;
}
