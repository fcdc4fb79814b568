/* noreply.c - Why no reply may have come, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "noreply.h"

#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include "../../common/base/log.h"
#include "../../common/base/wrap.h"
#include "../date.h"
#include "../patience.h"


bool
noreply_clock_is_free (void)
{
  struct timex timex;
  int state;

  memset (&timex, 0, sizeof timex);
  state = adjtimex (&timex);
  return state == TIME_ERROR || (state >= 0 && timex.status & STA_UNSYNC);
}


uint64_t
noreply_newer_part (const char *signer, uint64_t joined)
{
  pgp_t pgp = NULL;
  pgp_key_t key = NULL;
  uint64_t newest = 0;
  unsigned int i;

  if (joined && !patience_pgp (&pgp)
      && !pgp_key_find (pgp, signer, false, &key))
    for (i = 0; i < key->n_subkeys; i++)
      if (key->subkey[i].can_sign && !key->subkey[i].revoked
          && !key->subkey[i].expired && key->subkey[i].created > joined
          && key->subkey[i].created > newest)
        newest = key->subkey[i].created;
  pgp_key_release (key);
  pgp_release (pgp);
  return newest;
}


void
noreply_look (const struct profile_host *host, gpg_error_t error,
              struct noreply_facts *r_facts)
{
  memset (r_facts, 0, sizeof *r_facts);
  r_facts->host = host;
  r_facts->error = error;
  r_facts->unsynchronised = noreply_clock_is_free ();
  r_facts->signer_made = noreply_newer_part (host->signer, host->joined);
  r_facts->now = time (NULL);
}


static char *
cause_clock (const struct noreply_facts *facts)
{
  char stamp[DATE_TIMELEN];

  date_time (facts->now, stamp);
  return facts->unsynchronised
    ? gpgrt_bsprintf ("this machine's clock is not synchronised (see"
                      " 'timedatectl'); it shows %s; a request is answered"
                      " only if its time is at most 2 minutes behind the"
                      " server's clock and 30 seconds ahead of it",
                      stamp)
    : gpgrt_bsprintf ("this machine's clock, which shows %s, or the server's"
                      " is wrong by minutes", stamp);
}


static char *
cause_subkey (const struct noreply_facts *facts)
{
  char date[DATE_LEN];

  return gpgrt_bsprintf ("your key has a signing subkey of %s, which is"
                         " newer than your joining; give the administrator"
                         " the output of 'gpg --export %s'",
                         date_text (facts->signer_made, date),
                         facts->host->signer);
}


/* An answer that a port is shut shows that the host is there, and that no
   firewall drops the packets silently.  */
static bool
is_reached (const struct noreply_facts *facts)
{
  return gpg_err_code (facts->error) == GPG_ERR_ECONNREFUSED;
}


static char *
cause_network (const struct noreply_facts *facts)
{
  const struct profile_host *host = facts->host;

  if (facts->error && !is_reached (facts))
    return gpgrt_bsprintf ("the network does not carry packets to %s port"
                           " %u: %s", host->address[0],
                           (unsigned int) host->port,
                           gpg_strerror (facts->error));
  return gpgrt_bsprintf ("a firewall, of the server or on the way, drops"
                         " udp/%u, or the host is down or no longer at %s",
                         (unsigned int) host->port, host->address[0]);
}


size_t
noreply_causes (const struct noreply_facts *facts, char *text[NOREPLY_MAX])
{
  bool told = facts->error && !is_reached (facts);
  size_t n = 0;

  if (told)
    text[n++] = cause_network (facts);
  if (facts->unsynchronised)
    text[n++] = cause_clock (facts);
  if (facts->signer_made)
    text[n++] = cause_subkey (facts);
  if (!told && !is_reached (facts))
    text[n++] = cause_network (facts);
  text[n++] = gpgrt_bsprintf ("posternd does not run there, or started less"
                              " than two minutes ago: then wait, and try"
                              " again");
  text[n++] = gpgrt_bsprintf ("you are no longer enrolled there, or your key"
                              " was extended or replaced and the"
                              " administrator does not have it yet");
  if (!facts->unsynchronised)
    text[n++] = cause_clock (facts);
  if (is_reached (facts))
    text[n++] = cause_network (facts);
  return n;
}


/* A line of the log; what is too long for a terminal goes on below TEXT.  */
static void
tell_line (const char *begin, const char *text)
{
  int n;

  if (!wrap_is_terminal (stderr))
    {
      log_info ("%s%s", begin, text);
      return;
    }
  n = fprintf (stderr, "postern: %s", begin);
  wrap_print (stderr, text, n > 0 ? (size_t) n : 0);
}


void
noreply_tell (const struct profile_host *host, gpg_error_t error)
{
  struct noreply_facts facts;
  char *text[NOREPLY_MAX], begin[32], *last;
  size_t i, n;

  if (!host)
    return;
  noreply_look (host, error, &facts);
  n = noreply_causes (&facts, text);
  log_info ("%s: possible causes, the likeliest first:", host->name);
  for (i = 0; i < n; i++)
    {
      snprintf (begin, sizeof begin, "  %zu. ", i + 1);
      tell_line (begin, text[i] ? text[i] : "");
      gpgrt_free (text[i]);
    }
  last = gpgrt_bsprintf ("'posternctl audit' on the server shows what it"
                         " refused, and why; 'postern doctor %s' checks this"
                         " end", host->name);
  tell_line ("  ", last ? last : "");
  gpgrt_free (last);
}
