/* join-show.c - What joining a host means, in words.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The person decides by this text.  An invite comes from a stranger until then:
 * nothing in it may look like a line of ours.  */

#include "hosts-parts.h"
#include "join-parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../join/alike.h"
#include "../ask/report.h"
#include "../password/password.h"
#include "../date.h"

#define INDENT 15               /* Columns before a value.  */
#define WIDTH 79                /* Of a line.  */
#define SHOWN 60                /* Bytes of an address.  */

/* What is different, counted and perhaps printed.  */
struct changes
{
  unsigned int n;
  bool silent;
};


/* The addresses of an invite that nobody has accepted yet: the terminal must
   break no line, or a part of one could look like the fingerprint's.  */
static void
show_new_addresses (const struct profile_host *host)
{
  size_t column = INDENT, len;
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    {
      len = strlen (host->address[i]);
      if (len > SHOWN)
        len = SHOWN + strlen ("...");
      if (i && column + 2 + len > WIDTH)
        {
          fprintf (stderr, ",\n%*s", INDENT, "");
          column = INDENT;
        }
      else if (i)
        {
          fputs (", ", stderr);
          column += 2;
        }
      fprintf (stderr, "%.*s%s", SHOWN, host->address[i],
               len > SHOWN ? "..." : "");
      column += len;
    }
}


static const char *
ports_text (const struct port_set *ports, char *text)
{
  return ports->n ? netspec_ports_print (ports, text) : "none";
}


/* When a server's primary key or its encryption ends, whichever is earlier.  */
static uint64_t
key_end (pgp_key_t key)
{
  if (!key->encrypt_expires
      || (key->expires && key->expires < key->encrypt_expires))
    return key->expires;
  return key->encrypt_expires;
}


static void
show_server (struct join *j)
{
  char grouped[REPORT_FPRLEN];
  char made[DATE_LEN], ends[DATE_LEN], issued[DATE_LEN];
  pgp_key_t key;

  fprintf (stderr, "  fingerprint  %s\n",
           report_fingerprint (j->host.server, grouped));
  if (!pgp_key_peek (j->pgp, j->invite->server_key,
                     j->invite->server_key_len, &key))
    fprintf (stderr, "  server key   %s, made on %s, expires: %s\n",
             key->algorithm, date_text (key->created, made),
             date_text (key_end (key), ends));
  fprintf (stderr, "  signed by    that key, on %s (serial %" PRIu64 ")\n",
           date_text (j->invite->time, issued), j->host.serial);
  pgp_key_release (key);
}


/* Who also signed the invite.  */
static void
show_by (struct join *j)
{
  char grouped[REPORT_FPRLEN];

  if (!j->by)
    return;
  fprintf (stderr, "  invited by   %s\n               %s%s\n",
           report_fingerprint (j->invite->by, grouped),
           *j->by ? j->by : "a key that is not in your keyring: compare it"
           " too, or\n               you do not know who that is",
           *j->by ? ", says your keyring" : "");
}


/* Warn of hosts for which this one could be mistaken.  */
static void
show_rivals (struct join *j)
{
  const struct profile_host *host;
  const char *what;
  size_t i;

  for (i = 0; (host = profile_get (j->profile, i)); i++)
    if (strcmp (host->server, j->host.server)
        && (what = alike_hosts (&j->host, host)))
      fprintf (stderr, "\nBEWARE: '%s' is joined with %s and another key,\n"
               "%s.\n", host->name, what, host->server);
}


void
join_show (struct join *j)
{
  const struct profile_host *host = &j->host;
  char ports[NETSPEC_PORTSTRLEN], date[DATE_LEN];

  fprintf (stderr, "An invite to the host %s:\n\n", host->host);
  show_server (j);
  show_by (j);
  fprintf (stderr, "  address      ");
  show_new_addresses (host);
  fprintf (stderr, "\n  port         udp/%u\n", (unsigned int) host->port);
  fprintf (stderr, "  you are      %s, with your key\n"
           "               %s\n", host->user, host->signer);
  fprintf (stderr, "  ports        %s%s\n",
           ports_text (&j->invite->ports, ports),
           j->invite->ports.n ? "" : ": no rule there is for you yet");
  fprintf (stderr, "  door key     '%s', ends: %s\n", host->door,
           date_text (host->door_ends, date));
  fprintf (stderr, "  credential   %s%s\n", *host->credential ? "your " : "",
           *host->credential ? password_kind (host->credential) : "none");
  fprintf (stderr, "\nRequests to '%s' would be signed with that key of"
           " yours, encrypted to\nthis fingerprint and sent to this"
           " address.\n", host->name);
  show_rivals (j);
}


static void GPGRT_ATTR_PRINTF (3, 4)
note_change (struct changes *c, const char *what, const char *format, ...)
{
  va_list ap;

  c->n++;
  if (c->silent)
    return;
  fprintf (stderr, "  %-12s ", what);
  va_start (ap, format);
  vfprintf (stderr, format, ap);
  va_end (ap);
  fputc ('\n', stderr);
}


static void
compare_addresses (struct join *j, struct changes *c)
{
  const struct profile_host *a = &j->old, *b = &j->host;
  unsigned int i = 0;

  while (i < a->n_addresses && i < b->n_addresses
         && !strcmp (a->address[i], b->address[i]))
    i++;
  if (i < a->n_addresses || i < b->n_addresses)
    {
      char *text = NULL;
      size_t len;
      FILE *fp = open_memstream (&text, &len);

      if (fp)
        hosts_print_addresses (fp, a);
      if (fp && !fclose (fp))
        note_change (c, "address", "was %s", text);
      free (text);
    }
  if (a->port != b->port)
    note_change (c, "port", "was udp/%u", (unsigned int) a->port);
}


static void
compare_person (struct join *j, struct changes *c)
{
  const struct profile_host *a = &j->old, *b = &j->host;
  char one[NETSPEC_PORTSTRLEN], two[NETSPEC_PORTSTRLEN];

  if (strcmp (a->user, b->user))
    note_change (c, "you are", "were %s", *a->user ? a->user : "nobody");
  if (strcmp (a->signer, b->signer))
    note_change (c, "your key", "was %s (--as NAME keeps both)", a->signer);
  if (strcmp (ports_text (&a->ports, one), ports_text (&b->ports, two)))
    note_change (c, "ports", "were %s", one);
  if (strcmp (a->credential, b->credential))
    note_change (c, "credential", "was %s", *a->credential
                 ? password_kind (a->credential) : "none");
}


static void
compare_door_key (struct join *j, struct changes *c)
{
  const struct profile_host *a = &j->old, *b = &j->host;
  char date[DATE_LEN];

  if (strcmp (a->door, b->door))
    note_change (c, "door key", "was that of the door '%s'", a->door);
  else if (j->door == JOIN_OTHER)
    note_change (c, "door key", "rotated: a new one, for the door '%s'",
                 b->door);
  else if (j->door == JOIN_MISSING)
    note_change (c, "door key", "was missing here");
  if (a->door_ends != b->door_ends)
    note_change (c, "door end", "was: %s", date_text (a->door_ends, date));
}


/* When the server's key as it is stored ends; false: it cannot be read.  */
static bool
old_key_end (struct join *j, uint64_t *r_end)
{
  unsigned char *data = NULL;
  pgp_key_t key = NULL;
  size_t len;

  if (!profile_server_key (j->profile, &j->old, &data, &len)
      && !pgp_key_peek (j->pgp, data, len, &key))
    *r_end = key_end (key);
  free (data);
  if (!key)
    return false;
  pgp_key_release (key);
  return true;
}


static void
compare_server_key (struct join *j, struct changes *c)
{
  char date[DATE_LEN];
  uint64_t end = 0;

  if (j->key == JOIN_MISSING)
    note_change (c, "server key", "was missing here");
  else if (j->key == JOIN_OTHER && old_key_end (j, &end))
    note_change (c, "server key", "renewed; it would have expired: %s",
                 date_text (end, date));
  else if (j->key == JOIN_OTHER)
    note_change (c, "server key", "could not be read here");
}


unsigned int
join_changes (struct join *j, bool silent)
{
  struct changes c = { 0, silent };

  compare_server_key (j, &c);
  compare_addresses (j, &c);
  compare_person (j, &c);
  compare_door_key (j, &c);
  return c.n;
}
