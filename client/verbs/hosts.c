/* hosts.c - postern hosts: who was joined, and until when their keys last.
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
#include "../ask/select.h"
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
print_table (host_warnings_t look, const struct selection *selection)
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
      host_warnings_look (look, selection->host[i], &line[i].keys);
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
  json_t *obj = json_object (), *list = json_array ();
  struct port_set ports = host->ports;
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    json_array_append_new (list, json_string (host->address[i]));
  if (!ports.n)
    netspec_ports_parse ("tcp/22", &ports);
  json_object_set_new (obj, "name", json_string (host->name));
  json_object_set_new (obj, "host", json_string (host->host));
  json_object_set_new (obj, "addresses", list);
  json_object_set_new (obj, "port", json_integer (host->port));
  json_object_set_new (obj, "user", *host->user
                       ? json_string (host->user) : json_null ());
  json_object_set_new (obj, "ports", tojson_ports (&ports));
  json_object_set_new (obj, "credential", *host->credential
                       ? json_string (host->credential) : json_null ());
  json_object_set_new (obj, "server", json_key (host->server,
                                                &keys->server));
  json_object_set_new (obj, "signer", json_key (host->signer, &keys->own));
  json_object_set_new (obj, "door", json_string (host->door));
  json_object_set_new (obj, "door-ends", tojson_number (host->door_ends));
  json_object_set_new (obj, "serial", tojson_number (host->serial));
  json_object_set_new (obj, "joined", tojson_number (host->joined));
  json_object_set_new (obj, "warnings", json_warnings (host, keys));
  return obj;
}


static int
print_json (host_warnings_t look, const struct selection *selection)
{
  json_t *list = json_array ();
  struct host_keys keys;
  size_t i;

  for (i = 0; i < selection->n; i++)
    {
      host_warnings_look (look, selection->host[i], &keys);
      json_array_append_new (list, json_host (selection->host[i], &keys));
    }
  tojson_print (list, stdout);
  return EX_OK;
}


static int
print_hosts (const struct options *options, profile_t profile,
             const struct selection *selection)
{
  host_warnings_t look;
  gpg_error_t err;
  int rc;

  err = host_warnings_new (profile, selection->host, selection->n, &look);
  if (err)
    {
      log_error ("hosts: gpg: %s", gpg_strerror (err));
      return log_exit_code (err);
    }
  rc = options->json ? print_json (look, selection)
    : print_table (look, selection);
  host_warnings_release (look);
  return rc;
}


static int
list_hosts (const struct options *options, profile_t profile)
{
  static char all[] = "*";
  char *everything[] = { all };
  struct selection selection;
  int rc;

  if (options->n_args)
    rc = select_hosts (profile, "hosts", options->arg, options->n_args,
                       &selection);
  else
    rc = select_hosts (profile, "hosts", everything, 1, &selection);
  if (rc < 0)
    rc = print_hosts (options, profile, &selection);
  select_release (&selection);
  return rc;
}


/* Nothing that would need gpg: for what waits for a key to be pressed.  */
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
    rc = list_hosts (options, profile);
  else if (options->json)
    puts ("[]");
  else
    log_info ("no host was joined yet; 'postern join FILE' takes an invite");
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
