/* client-complete.c - What may be typed next, for the shells.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This is here and not in the shells' scripts, so that it knows every verb,
 * option and host.  It runs while a line is typed: it must print no errors, run
 * no gpg and change nothing.  */

#include "client-complete.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../common/base/complete.h"
#include "ask/commands.h"
#include "verbs/verbs.h"

#define MAX_SINGLE 16           /* Ports offered one by one.  */

struct line
{
  struct complete_line typed;
  profile_t profile;            /* NULL: it cannot be read.  */
};


static void
offer (void *line, const char *text, const char *about)
{
  complete_offer (&((struct line *) line)->typed, text, about);
}


static const char *
argument (struct line *line, size_t i)
{
  return complete_argument (&line->typed, i);
}


static bool
is_named (struct line *line, const char *name)
{
  const char *arg;
  size_t i;

  for (i = 0; (arg = argument (line, i)); i++)
    if (!strcmp (arg + (*arg == '!'), name))
      return true;
  return false;
}


/* The hosts that were not named yet; also after a "!".  */
static void
offer_hosts (struct line *line)
{
  const struct profile_host *host;
  char text[NETSPEC_NAMELEN + 2];
  size_t i;

  if (!line->profile)
    return;
  for (i = 0; (host = profile_get (line->profile, i)); i++)
    {
      snprintf (text, sizeof text, "%s%s", *line->typed.last == '!' ? "!" : "",
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


/* The ports in HOST's invite: all of them, and each one alone.  */
static void
offer_ports (struct line *line, const struct profile_host *host)
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
offer_ports_of_named (struct line *line)
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
offer_numbers (struct line *line, const char *name)
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
offer_connect (struct line *line)
{
  const char *host = argument (line, 0);

  if (!host)
    offer_hosts (line);
  else if (!argument (line, 1))
    offer_numbers (line, host);
}


static void
offer_parts (struct line *line)
{
  const char *part = argument (line, 0);

  if (!part)
    {
      offer (line, "show", "show everything about hosts");
      offer (line, "rename", "give a host another name");
      offer (line, "remove", "forget a host and its keys");
    }
  if (!part || strcmp (part, "rename") || !argument (line, 1))
    offer_hosts (line);
}


static void
offer_seal (struct line *line)
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


/* After a host, the commands that it listed last.  */
static void
offer_commands (struct line *line)
{
  const char *name = argument (line, 0);
  const struct profile_host *host = line->profile && name
    ? profile_find (line->profile, name) : NULL;

  if (host && !argument (line, 1))
    commands_each (line->profile, host, offer, line);
}


static void
offer_argument (struct line *line)
{
  const char *name = line->typed.verb->name;

  if (!strcmp (name, "join"))
    puts (":files");
  else if (!strcmp (name, "connect"))
    offer_connect (line);
  else if (!strcmp (name, "hosts"))
    offer_parts (line);
  else if (!strcmp (name, "seal"))
    offer_seal (line);
  else if (strstr (line->typed.verb->arguments, "HOST...")
           || !argument (line, 0))
    {
      offer_hosts (line);
      if (!strcmp (name, "open"))
        offer_ports_of_named (line);
    }
  else if (!strcmp (name, "run"))
    offer_commands (line);
}


int
complete_words (char **word, size_t n)
{
  struct line line;
  const struct complete_line *typed = &line.typed;
  const struct kit_option *option;
  char *message = NULL;
  int rc = complete_begin (&verbs_program, word, n, &line.typed);

  if (rc >= 0)
    return rc;
  if (profile_open (complete_value (typed, "--config"), 0, &line.profile,
                    &message))
    line.profile = NULL;
  option = complete_option (typed);
  if (option && option->bit == OPTION_SOURCE)
    offer (&line, "observed", "the address that the server sees");
  else if (!option && *typed->last == '-')
    complete_options (typed);
  else if (!option)
    offer_argument (&line);
  profile_close (line.profile);
  gpgrt_free (message);
  return EX_OK;
}
