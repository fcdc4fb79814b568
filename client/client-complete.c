/* client-complete.c - What may be typed next, for the shells.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Here and not in the shells' scripts, so that it knows every verb, option
 * and host there is.  */

#include "client-complete.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "ask/commands.h"
#include "ask/select.h"
#include "verbs/verbs.h"

#define MAX_SINGLE 16           /* Ports told one by one.  */

/* The command line as far as it goes.  */
struct line
{
  char **word;                  /* Behind the verb.  */
  size_t n;                     /* With the last one, ...  */
  const char *last;             /* ... which is to be completed.  */
  const struct verb *verb;
  profile_t profile;            /* NULL: there is none to be read.  */
};


static void
offer (const struct line *line, const char *text, const char *about)
{
  if (!strncmp (text, line->last, strlen (line->last)))
    printf ("%s\t%s\n", text, about);
}


static void
offer_verbs (const struct line *line)
{
  const struct verb *verb;
  size_t i;

  for (i = 0; (verb = verb_get (i)); i++)
    offer (line, verb->name, verb->summary);
  if (*line->last == '-')
    {
      offer (line, "--help", "a short help");
      offer (line, "--version", "the version");
    }
}


static void
offer_options (const struct line *line)
{
  const struct option_row *row;
  char text[48];
  size_t i;

  for (i = 0; (row = options_row (i)); i++)
    if (row->bit & line->verb->options)
      {
        snprintf (text, sizeof text, "--%s", row->name);
        offer (line, text, row->help);
      }
  offer (line, "--help", "this help");
}


/* The option that WORD is, with its value in the next word; NULL: none.  */
static const struct option_row *
option_with_value (const struct line *line, const char *word)
{
  const struct option_row *row;
  size_t i;

  for (i = 0; (row = options_row (i)); i++)
    if (row->argument && row->bit & line->verb->options
        && (!strncmp (word, "--", 2)
            ? !strcmp (word + 2, row->name)
            : word[0] == '-' && word[1] == row->key && !word[2]))
      return row;
  return NULL;
}


static void
offer_value (const struct line *line, const struct option_row *row)
{
  if (!strcmp (row->argument, "FILE"))
    puts (":files");
  else if (!strcmp (row->argument, "DIR"))
    puts (":folders");
  else if (row->bit == OPTION_SOURCE)
    offer (line, "observed", "whatever address the server sees");
}


/* The argument number I of the verb's, the word to be completed not among
   them; NULL: there are not so many.  */
static const char *
argument (const struct line *line, size_t i)
{
  size_t k;

  for (k = 0; k + 1 < line->n; k++)
    {
      if (option_with_value (line, line->word[k]))
        {
          k++;
          continue;
        }
      if (line->word[k][0] == '-' && line->word[k][1])
        continue;
      if (!i--)
        return line->word[k];
    }
  return NULL;
}


static bool
is_named (const struct line *line, const char *name)
{
  const char *arg;
  size_t i;

  for (i = 0; (arg = argument (line, i)); i++)
    if (!strcmp (arg + (*arg == '!'), name))
      return true;
  return false;
}


/* The hosts that were not named yet; behind a "!" as well.  */
static void
offer_hosts (const struct line *line)
{
  const struct profile_host *host;
  char text[NETSPEC_NAMELEN + 2];
  size_t i;

  if (!line->profile)
    return;
  for (i = 0; (host = profile_get (line->profile, i)); i++)
    {
      snprintf (text, sizeof text, "%s%s", *line->last == '!' ? "!" : "",
                host->name);
      if (!is_named (line, host->name))
        offer (line, text, host->address[0]);
    }
}


static const struct port_set *
ports_of (const struct profile_host *host, struct port_set *ssh)
{
  if (host->ports.n)
    return &host->ports;
  netspec_ports_parse ("tcp/22", ssh);
  return ssh;
}


/* What HOST's invite named: all of it, and each by itself.  */
static void
offer_ports (const struct line *line, const struct profile_host *host)
{
  char text[NETSPEC_PORTSTRLEN];
  struct port_set ssh, one;
  const struct port_set *ports = ports_of (host, &ssh);
  unsigned int i;

  offer (line, netspec_ports_print (ports, text), host->ports.n
         ? "what the invite names" : "the invite names none");
  for (i = 0; i < ports->n && ports->n > 1; i++)
    {
      one.n = 1;
      one.range[0] = ports->range[i];
      offer (line, netspec_ports_print (&one, text), "of those");
    }
}


/* Ports of the hosts that were named, unless there are some.  */
static void
offer_ports_of_named (const struct line *line)
{
  const struct profile_host *host;
  const char *arg;
  size_t i;

  for (i = 0; (arg = argument (line, i)); i++)
    if (strchr (arg, '/'))
      return;
  for (i = 0; line->profile && (arg = argument (line, i)); i++)
    if ((host = profile_find (line->profile, arg)))
      {
        offer_ports (line, host);
        return;
      }
}


/* The TCP ports of a host by their numbers, for connect.  */
static void
offer_numbers (const struct line *line, const char *name)
{
  const struct profile_host *host = line->profile
    ? profile_find (line->profile, name) : NULL;
  const struct port_set *ports;
  struct port_set ssh;
  unsigned int i, port, n = 0;
  char text[8];

  if (!host)
    return;
  ports = ports_of (host, &ssh);
  for (i = 0; i < ports->n; i++)
    for (port = ports->range[i].first;
         ports->range[i].proto == IPPROTO_TCP && port <= ports->range[i].last
           && n < MAX_SINGLE; port++, n++)
      {
        snprintf (text, sizeof text, "%u", port);
        offer (line, text, "what the invite names");
      }
}


static void
offer_connect (const struct line *line)
{
  const char *host = argument (line, 0);

  if (!host)
    offer_hosts (line);
  else if (!argument (line, 1))
    offer_numbers (line, host);
}


static void
offer_parts (const struct line *line)
{
  const char *part = argument (line, 0);

  if (!part)
    {
      offer (line, "show", "all that is known of hosts");
      offer (line, "rename", "call a host otherwise");
      offer (line, "remove", "forget a host and its keys");
    }
  if (!part || strcmp (part, "rename") || !argument (line, 1))
    offer_hosts (line);
}


static void
offer_seal (const struct line *line)
{
  if (!argument (line, 0))
    {
      offer (line, "open", "open ports");
      offer (line, "close", "end your own grants");
      offer (line, "whoami", "ask what the server sees");
      return;
    }
  if (!argument (line, 1))
    offer_hosts (line);
  else if (!strcmp (argument (line, 0), "open"))
    offer_ports_of_named (line);
}


static void
offer_one (void *hook, const char *name, const char *about)
{
  offer (hook, name, about);
}


/* A command of the host's, as it last said, behind it.  */
static void
offer_commands (struct line *line)
{
  const char *name = argument (line, 0);
  const struct profile_host *host = line->profile && name
    ? profile_find (line->profile, name) : NULL;

  if (host && !argument (line, 1))
    commands_each (line->profile, host, offer_one, line);
}


static void
offer_argument (struct line *line)
{
  const char *name = line->verb->name;

  if (!strcmp (name, "join"))
    puts (":files");
  else if (!strcmp (name, "connect"))
    offer_connect (line);
  else if (!strcmp (name, "hosts"))
    offer_parts (line);
  else if (!strcmp (name, "seal"))
    offer_seal (line);
  else if (strstr (line->verb->arguments, "HOST...") || !argument (line, 0))
    {
      offer_hosts (line);
      if (!strcmp (name, "open"))
        offer_ports_of_named (line);
    }
  else if (!strcmp (name, "run"))
    offer_commands (line);
}


/* The folder that --config names, NULL for the usual one.  */
static const char *
config_of (const struct line *line)
{
  size_t i;

  for (i = 0; i + 2 < line->n; i++)
    if (!strcmp (line->word[i], "--config"))
      return line->word[i + 1];
  return NULL;
}


int
complete_words (char **word, size_t n)
{
  struct line line = { word + 1, n ? n - 1 : 0, "", NULL, NULL };
  const struct option_row *row = NULL;
  char *message = NULL;

  if (!n)
    return EX_USAGE;
  line.last = word[n - 1];
  if (n == 1)
    {
      offer_verbs (&line);
      return EX_OK;
    }
  line.verb = verb_find (word[0]);
  if (!line.verb)
    return EX_USAGE;
  if (line.n > 1)
    row = option_with_value (&line, line.word[line.n - 2]);
  if (profile_open (config_of (&line), 0, &line.profile, &message))
    line.profile = NULL;
  if (row)
    offer_value (&line, row);
  else if (*line.last == '-')
    offer_options (&line);
  else
    offer_argument (&line);
  profile_close (line.profile);
  gpgrt_free (message);
  return EX_OK;
}
