/* hosts.c - postern hosts: who was joined, and until when their keys last.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "verbs.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../common/file.h"
#include "../common/log.h"
#include "../common/pgp.h"

#define MAX_KEYFILE 65536

struct row
{
  const struct profile_host *host;
  bool known;                   /* The server's key could be read.  */
  uint64_t key_expires;
  char ports[NETSPEC_PORTSTRLEN];
};


/* Look at the server's key as it is stored.  */
static void
look_at_key (profile_t profile, pgp_t pgp, struct row *row)
{
  char *path = profile_key_path (profile, row->host);
  unsigned char *data = NULL;
  pgp_key_t key = NULL;
  gpg_error_t err;
  size_t len;

  if (!path)
    return;
  err = file_read (path, MAX_KEYFILE, &data, &len);
  if (!err)
    err = pgp_key_peek (pgp, data, len, &key);
  if (!err && strcmp (key->fpr, row->host->server))
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  if (err)
    log_warn ("%s: %s: %s; join it again", row->host->name, path,
              gpg_strerror (err));
  else
    {
      row->known = true;
      row->key_expires = key->expires;
    }
  pgp_key_release (key);
  free (data);
  gpgrt_free (path);
}


/* TEXT takes 16 bytes.  */
static const char *
date (bool known, uint64_t when, char *text)
{
  time_t t = (time_t) when;
  struct tm tm;

  if (!known)
    return "?";
  if (!when || !localtime_r (&t, &tm) || !strftime (text, 16, "%F", &tm))
    return "never";
  return text;
}


static void
print_row (const struct row *row)
{
  const struct profile_host *host = row->host;
  char a[16], b[16];

  printf ("%-12s %s port %u%s%s, %s\n", host->name, host->address[0],
          (unsigned int) host->port, *host->user ? ", you are " : "",
          host->user, row->ports);
  if (*host->credential)
    printf ("%-12s asks for a password (%s)\n", "", host->credential);
  printf ("%-12s server %s\n", "", host->server);
  printf ("%-12s signer %s\n", "", host->signer);
  printf ("%-12s server's key expires: %s; door key '%s' ends: %s\n", "",
          date (row->known, row->key_expires, a), host->door,
          date (true, host->door_ends, b));
}


static json_t *
json_row (const struct row *row)
{
  const struct profile_host *host = row->host;
  json_t *obj = json_object (), *list = json_array ();
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    json_array_append_new (list, json_string (host->address[i]));
  json_object_set_new (obj, "name", json_string (host->name));
  json_object_set_new (obj, "host", json_string (host->host));
  json_object_set_new (obj, "addresses", list);
  json_object_set_new (obj, "port", json_integer (host->port));
  json_object_set_new (obj, "user", json_string (host->user));
  json_object_set_new (obj, "ports", json_string (row->ports));
  json_object_set_new (obj, "credential", *host->credential
                       ? json_string (host->credential) : json_null ());
  json_object_set_new (obj, "server", json_string (host->server));
  json_object_set_new (obj, "signer", json_string (host->signer));
  json_object_set_new (obj, "key-expires", row->known
                       ? json_integer ((json_int_t) row->key_expires)
                       : json_null ());
  json_object_set_new (obj, "door", json_string (host->door));
  json_object_set_new (obj, "door-ends",
                       json_integer ((json_int_t) host->door_ends));
  json_object_set_new (obj, "serial",
                       json_integer ((json_int_t) host->serial));
  json_object_set_new (obj, "joined",
                       json_integer ((json_int_t) host->joined));
  return obj;
}


static int
print_all (profile_t profile, pgp_t pgp, bool json)
{
  json_t *list = json ? json_array () : NULL;
  struct row row;
  size_t i;

  for (i = 0; i < profile_count (profile); i++)
    {
      memset (&row, 0, sizeof row);
      row.host = profile_get (profile, i);
      memcpy (row.ports, "tcp/22", 7);
      if (row.host->ports.n)
        netspec_ports_print (&row.host->ports, row.ports);
      look_at_key (profile, pgp, &row);
      if (json)
        json_array_append_new (list, json_row (&row));
      else
        print_row (&row);
    }
  if (json)
    {
      json_dumpf (list, stdout, JSON_INDENT (2) | JSON_PRESERVE_ORDER);
      putchar ('\n');
      json_decref (list);
    }
  else if (!i)
    log_info ("no host was joined yet; 'postern join FILE' takes an invite");
  return fflush (stdout) ? EX_IOERR : EX_OK;
}


int
hosts_verb (const struct options *options)
{
  gpg_error_t err;
  profile_t profile;
  pgp_t pgp = NULL;
  char *message;
  int rc;

  if (options->n_args)
    return verb_usage ("hosts", "it takes no argument");
  err = profile_open (options->config, 0, &profile, &message);
  if (err)
    {
      log_error ("%s", message ? message : gpg_strerror (err));
      gpgrt_free (message);
      return EX_CONFIG;
    }
  err = pgp_new (PGP_PERSON, NULL, 0, &pgp);
  if (err)
    log_error ("hosts: gpg: %s", gpg_strerror (err));
  rc = err ? log_exit_code (err) : print_all (profile, pgp, options->json);
  pgp_release (pgp);
  profile_close (profile);
  return rc;
}
