/* join.c - postern join: an invite becomes a host of the profile.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The invite brings the server's key itself, so its signature says only
 * that all of it comes from one hand.  That the hand is the server's is
 * what the comparison of fingerprints shows.  The person's own keyring
 * stays as it is: the server's key lives in the profile.  */

#include "verbs.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../common/file.h"
#include "../common/log.h"
#include "envelope.h"
#include "report.h"

#define MAX_INVITE_FILE 131072  /* Armoured.  */

struct join
{
  const struct options *options;
  profile_t profile;
  invite_t invite;
  char *by;                     /* NULL: the server alone signed it.  */
  const struct profile_host *old;       /* NULL: a new host.  */
  struct profile_host host;
};


static void
fill_host (struct join *j, const char *name)
{
  struct profile_host *host = &j->host;
  invite_t invite = j->invite;
  unsigned int i;

  memset (host, 0, sizeof *host);
  gpgrt_snprintf (host->name, sizeof host->name, "%s", name);
  memcpy (host->host, invite->host, sizeof host->host);
  host->n_addresses = invite->n_addresses;
  for (i = 0; i < invite->n_addresses; i++)
    memcpy (host->address[i], invite->address[i], sizeof host->address[i]);
  host->port = invite->port;
  memcpy (host->server, invite->server, sizeof host->server);
  memcpy (host->signer, invite->person, sizeof host->signer);
  memcpy (host->user, invite->user, sizeof host->user);
  memcpy (host->door, invite->door, sizeof host->door);
  host->door_ends = invite->door_ends;
  host->ports = invite->ports;
  host->serial = invite->serial;
  host->joined = (uint64_t) time (NULL);
}


/* What the person calls the host: --as, else the name it was joined under
   before, else its own.  */
static const char *
local_name (struct join *j)
{
  const struct profile_host *host;
  size_t i;

  if (j->options->as)
    return j->options->as;
  for (i = 0; (host = profile_get (j->profile, i)); i++)
    if (!strcmp (host->host, j->invite->host)
        && !strcmp (host->server, j->invite->server))
      return host->name;
  return j->invite->host;
}


/* The invite must go on where the profile's host of that name stands.
   Returns -1 to go on.  */
static int
check_old (struct join *j)
{
  const struct profile_host *old = j->old;
  const char *name = j->host.name;

  if (!old)
    return -1;
  if (strcmp (old->host, j->host.host))
    {
      log_error ("join: '%s' is what you call the host %s already; use"
                 " --as NAME", name, old->host);
      return EX_DATAERR;
    }
  if (strcmp (old->server, j->host.server))
    {
      log_error ("join: REFUSED: %s had the key %s, and this invite brings"
                 " %s; if the host was really made anew, remove it from"
                 " hosts.conf first; if it is another one, use --as NAME",
                 name, old->server, j->host.server);
      return EX_NOPERM;
    }
  if (old->serial > j->host.serial)
    {
      log_error ("join: REFUSED: this invite is older (serial %" PRIu64
                 ") than the one you joined %s with (%" PRIu64 ")",
                 j->host.serial, name, old->serial);
      return EX_NOPERM;
    }
  return -1;
}


static void
show_addresses (const struct profile_host *host)
{
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    fprintf (stderr, "%s%s", i ? ", " : "", host->address[i]);
  fprintf (stderr, " port %u", (unsigned int) host->port);
}


/* Who signed the invite besides the server.  */
static void
show_by (struct join *j)
{
  char *grouped;

  if (!j->by)
    return;
  grouped = report_fingerprint (j->invite->by);
  fprintf (stderr, "  invited by   %s\n               %s%s\n",
           grouped ? grouped : j->invite->by,
           *j->by ? j->by : "a key that your keyring does not have: who it is"
           " you know only if\n               you compare it as well",
           *j->by ? ", says your keyring" : "");
  gpgrt_free (grouped);
}


/* What joining would mean.  */
static void
show (struct join *j)
{
  const struct profile_host *host = &j->host;
  char ports[NETSPEC_PORTSTRLEN] = "tcp/22";
  char *grouped = report_fingerprint (host->server);
  time_t ends = (time_t) host->door_ends;
  char date[32] = "never";
  struct tm tm;

  if (host->ports.n)
    netspec_ports_print (&host->ports, ports);
  if (ends && localtime_r (&ends, &tm))
    strftime (date, sizeof date, "%F", &tm);
  fprintf (stderr, "An invite to the host %s:\n\n", host->host);
  fprintf (stderr, "  fingerprint  %s\n  address      ",
           grouped ? grouped : host->server);
  show_addresses (host);
  fprintf (stderr, "\n  you are      %s, with your key %s\n", host->user,
           host->signer);
  fprintf (stderr, "  ports        %s\n  door key     '%s', ends %s\n",
           ports, host->door, date);
  show_by (j);
  if (*j->invite->credential)
    fprintf (stderr, "  credential   %s\n", j->invite->credential);
  fprintf (stderr, "\nRequests to '%s' would be signed with that key of"
           " yours, encrypted to\nthis fingerprint and sent to these"
           " addresses.\n", host->name);
  gpgrt_free (grouped);
}


/* Say what is different from before.  */
static void
show_changes (struct join *j)
{
  const struct profile_host *a = j->old, *b = &j->host;
  char one[NETSPEC_PORTSTRLEN], two[NETSPEC_PORTSTRLEN];
  int n = 0;

  fprintf (stderr, "\nYou have joined it already.  What changes:\n");
  if (a->n_addresses != b->n_addresses || a->port != b->port
      || memcmp (a->address, b->address, sizeof a->address))
    {
      n = fprintf (stderr, "  address      was ");
      show_addresses (a);
      fputc ('\n', stderr);
    }
  if (strcmp (a->user, b->user))
    n = fprintf (stderr, "  name         was %s\n", a->user);
  if (strcmp (a->signer, b->signer))
    n = fprintf (stderr, "  your key     was %s\n", a->signer);
  netspec_ports_print (&a->ports, one);
  netspec_ports_print (&b->ports, two);
  if (strcmp (one, two))
    n = fprintf (stderr, "  ports        were %s\n", *one ? one : "tcp/22");
  if (strcmp (a->door, b->door) || a->door_ends != b->door_ends)
    n = fprintf (stderr, "  door key     was '%s'\n", a->door);
  if (!n)
    fprintf (stderr, "  nothing but the keys, if those\n");
}


/* GIVEN may be grouped as people write it.  */
static bool
same_fingerprint (const char *given, const char *fpr)
{
  for (; *given; given++)
    {
      if (*given == ' ')
        continue;
      if (toupper ((unsigned char) *given) != *fpr)
        return false;
      fpr++;
    }
  return !*fpr;
}


/* On the terminal, whatever stdin is.  Returns -1 for yes.  */
static int
ask (void)
{
  char line[16] = "";
  FILE *tty = fopen ("/dev/tty", "r+e");

  if (!tty)
    {
      log_error ("join: no terminal to ask on; give the fingerprint that you"
                 " were told with --fpr FPR");
      return EX_NOINPUT;
    }
  fprintf (tty, "\nCompare the fingerprint with what the administrator reads"
           " out.\nIs it the same? [y/N] ");
  fflush (tty);
  if (!fgets (line, sizeof line, tty))
    *line = 0;
  fclose (tty);
  if (!strcmp (line, "y\n") || !strcmp (line, "yes\n"))
    return -1;
  log_error ("join: not joined; nothing was changed");
  return EX_NOPERM;
}


static int
confirm (struct join *j)
{
  const char *given = j->options->fpr;

  if (!given)
    return ask ();
  if (same_fingerprint (given, j->host.server))
    return -1;
  log_error ("join: REFUSED: the server's key is %s, not what --fpr says;"
             " do not use this invite", j->host.server);
  return EX_NOPERM;
}


static int
store (struct join *j)
{
  char *message;
  gpg_error_t err;

  err = profile_put (j->profile, &j->host, j->invite->door_key,
                     j->invite->server_key, j->invite->server_key_len,
                     &message);
  if (err)
    {
      log_error ("join: %s", message ? message : gpg_strerror (err));
      gpgrt_free (message);
      return EX_CANTCREAT;
    }
  log_info ("%s %s; try 'postern whoami %s'", j->old ? "updated" : "joined",
            j->host.name, j->host.name);
  return EX_OK;
}


static int
take_invite (struct join *j)
{
  const char *name = local_name (j);
  struct profile_host old;
  int rc;

  fill_host (j, name);
  j->old = profile_find (j->profile, name);
  if (j->old)
    {
      old = *j->old;            /* It moves when the profile grows.  */
      j->old = &old;
    }
  rc = check_old (j);
  if (rc >= 0)
    return rc;
  show (j);
  if (j->old)
    show_changes (j);
  rc = confirm (j);
  rc = rc < 0 ? store (j) : rc;
  j->old = NULL;
  return rc;
}


static int
read_invite (struct join *j, const char *path)
{
  unsigned char *data;
  char *message = NULL;
  gpg_error_t err;
  size_t len;

  err = file_read (path, MAX_INVITE_FILE, &data, &len);
  if (err)
    message = gpgrt_bsprintf ("cannot read '%s': %s", path,
                              gpg_strerror (err));
  else if (!len)
    {
      err = gpg_error (GPG_ERR_NO_DATA);
      message = gpgrt_bsprintf ("'%s' is empty", path);
    }
  else
    err = envelope_open (data, len, &j->invite, &j->by, &message);
  free (data);
  if (!err)
    return -1;
  log_error ("join: %s", message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return log_exit_code (err);
}


int
join_verb (const struct options *options)
{
  struct join j;
  char *message;
  gpg_error_t err;
  int rc;

  memset (&j, 0, sizeof j);
  j.options = options;
  if (options->n_args != 1)
    return verb_usage ("join", "it takes one invite: a FILE, or '-' for"
                       " stdin");
  if (options->as && !netspec_name_valid (options->as, strlen (options->as)))
    return verb_usage ("join", "--as '%s' is no name ([a-z0-9._-], at most"
                       " %d characters)", options->as, NETSPEC_NAMELEN);
  rc = read_invite (&j, options->arg[0]);
  if (rc >= 0)
    return rc;
  err = profile_open (options->config, 1, &j.profile, &message);
  if (err)
    {
      log_error ("join: %s", message ? message : gpg_strerror (err));
      gpgrt_free (message);
      rc = EX_CONFIG;
    }
  else
    rc = take_invite (&j);
  invite_release (j.invite);
  gpgrt_free (j.by);
  profile_close (j.profile);
  return rc;
}
