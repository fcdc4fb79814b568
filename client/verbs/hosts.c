/* hosts.c - postern hosts: which hosts were joined, and when their keys end.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/columns.h"
#include "../../common/base/log.h"
#include "../../common/base/tojson.h"
#include "../profile/host-warnings.h"
#include "hosts-parts.h"
#include "../date.h"

#define COLUMNS 7

/* What of a line is not the host's own.  */
struct line
{
  struct host_keys keys;
  char address[INVITE_ADDRLEN + 16];
  char date[3][DATE_LEN];
};


static void
fill_line (const struct profile_host *host, struct line *line,
           const char **cell)
{
  int n = gpgrt_snprintf (line->address, sizeof line->address, "%.58s",
                          host->address[0]);

  if (host->n_addresses > 1)
    gpgrt_snprintf (line->address + n, 16, " +%u", host->n_addresses - 1);
  cell[0] = host->name;
  cell[1] = host->host;
  cell[2] = line->address;
  cell[3] = *host->user ? host->user : "-";
  cell[4] = host_warnings_key (&line->keys.server, line->date[0]);
  cell[5] = host_warnings_key (&line->keys.own, line->date[1]);
  cell[6] = host->door_ends && host->door_ends <= (uint64_t) time (NULL)
    ? "ended" : date_text (host->door_ends, line->date[2]);
}


static int
print_host_table (server_keys_t keys, const struct selection *selection)
{
  static const char *const titles[COLUMNS] =
    { "NAME", "HOST", "ADDRESS", "USER", "SERVER KEY ENDS",
      "YOUR KEY ENDS", "DOOR ENDS" };
  struct line *line = calloc (selection->n, sizeof *line);
  const char **cell = calloc ((selection->n + 1) * COLUMNS, sizeof *cell);
  int rc = line && cell ? EX_OK : EX_OSERR;
  size_t i;

  if (rc)
    log_error ("hosts: out of memory");
  else
    memcpy (cell, titles, sizeof titles);
  for (i = 0; !rc && i < selection->n; i++)
    {
      host_warnings_look (keys, selection->host[i], &line[i].keys);
      fill_line (selection->host[i], line + i, cell + (i + 1) * COLUMNS);
    }
  if (!rc)
    columns_print (stdout, cell, selection->n + 1, COLUMNS, COLUMNS);
  fflush (stdout);
  for (i = 0; !rc && i < selection->n; i++)
    host_warnings_tell (selection->host[i], &line[i].keys);
  free (line);
  free (cell);
  return rc;
}


static json_t *
json_warnings (const struct profile_host *host, const struct host_keys *keys)
{
  char *text[HOST_WARNINGS_MAX];
  size_t i, n = host_warnings_list (host, keys, time (NULL), text);
  json_t *list = json_array ();

  for (i = 0; i < n; i++)
    {
      json_array_append_new (list, json_string (text[i]));
      gpgrt_free (text[i]);
    }
  return list;
}


static json_t *
json_key (const char *fpr, const struct host_key *key)
{
  return json_pack ("{s:s, s:s, s:o}", "fingerprint", fpr, "state",
                    key->state, "expires", tojson_number (key->expires));
}


static json_t *
json_host (const struct profile_host *host, const struct host_keys *keys)
{
  json_t *list = json_array ();
  struct port_set ports = host->ports;
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    json_array_append_new (list, json_string (host->address[i]));
  if (!ports.n)
    netspec_ports_parse ("tcp/22", &ports);
  return json_pack
    ("{s:s, s:s, s:o, s:i, s:s?, s:o, s:s?, s:o, s:o, s:s, s:o, s:o, s:o,"
     " s:o}", "name", host->name, "host", host->host, "addresses", list,
     "port", (int) host->port, "user", *host->user ? host->user : NULL,
     "ports", tojson_ports (&ports),
     "credential", *host->credential ? host->credential : NULL,
     "server", json_key (host->server, &keys->server),
     "signer", json_key (host->signer, &keys->own), "door", host->door,
     "door-ends", tojson_number (host->door_ends),
     "serial", tojson_number (host->serial),
     "joined", tojson_number (host->joined),
     "warnings", json_warnings (host, keys));
}


static int
print_host_json (server_keys_t keys, const struct selection *selection)
{
  json_t *list = json_array ();
  struct host_keys found;
  size_t i;

  for (i = 0; i < selection->n; i++)
    {
      host_warnings_look (keys, selection->host[i], &found);
      json_array_append_new (list, json_host (selection->host[i], &found));
    }
  tojson_print (list, stdout);
  return EX_OK;
}


int
hosts_print (profile_t profile, char **arg, int n, hosts_print_t print)
{
  struct selection selection;
  server_keys_t keys = NULL;
  gpg_error_t err;
  int rc = select_hosts_or_all (profile, "hosts", arg, n, &selection);

  if (rc < 0)
    {
      err = server_keys_new (profile, selection.host, selection.n, &keys);
      rc = err ? log_exit_code (log_failure (err, NULL, "hosts: gpg"))
        : print (keys, &selection);
    }
  server_keys_release (keys);
  select_release (&selection);
  return rc;
}


/* This runs while a key is pressed, so it must need no gpg.  */
static void
print_names (profile_t profile)
{
  const struct profile_host *host;
  size_t i;

  for (i = 0; (host = profile_get (profile, i)); i++)
    puts (host->name);
}


static int
list_profile (const struct options *options)
{
  profile_t profile;
  int rc;

  rc = profile_open_for ("hosts", options->config, false, &profile);
  if (rc >= 0)
    return rc;
  rc = EX_OK;
  if (options->names)
    print_names (profile);
  else if (profile_count (profile))
    rc = hosts_print (profile, options->arg, options->n_args,
                      options->json ? print_host_json : print_host_table);
  else if (options->json)
    puts ("[]");
  else
    log_info ("you have not joined a host yet; 'postern join FILE' reads an"
              " invite");
  if (!options->names)
    hosts_tell_strays (profile);
  profile_close (profile);
  return rc;
}


static const struct
{
  const char *name;
  int (*handler) (const struct options *options, char **arg, int n);
} parts[] =
  {
    { "show", hosts_show },
    { "rename", hosts_rename },
    { "remove", hosts_remove }
  };


int
hosts_verb (const struct options *options)
{
  const char *name = options->n_args ? options->arg[0] : "";
  size_t i;

  for (i = 0; i < sizeof parts / sizeof *parts; i++)
    if (!strcmp (name, parts[i].name))
      {
        if (options->set & (OPTION_JSON | OPTION_NAMES))
          return kit_usage ("hosts", "'%s' has no option --%s", name,
                            options->json ? "json" : "names");
        return parts[i].handler (options, options->arg + 1,
                                 options->n_args - 1);
      }
  return list_profile (options);
}
