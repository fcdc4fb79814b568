/* hosts-show.c - postern hosts show: all that is known of a host.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "hosts-parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../profile/host-options.h"
#include "../profile/host-warnings.h"
#include "../password/password.h"
#include "../ask/report.h"
#include "../ask/select.h"
#include "verbs.h"
#include "../date.h"


static void
show_addresses (const struct profile_host *host)
{
  unsigned int i;

  printf ("  address      ");
  for (i = 0; i < host->n_addresses; i++)
    printf ("%s%s", i ? ", " : "", host->address[i]);
  printf (" port %u\n", (unsigned int) host->port);
}


static void
show_key (const char *what, const char *fpr, const struct host_key *key)
{
  char *grouped = report_fingerprint (fpr), date[DATE_LEN];
  const char *text = host_warnings_key (key, date);

  printf ("  %-12s %s\n  %-12s %s%s\n", what, grouped ? grouped : fpr, "",
          text == date && key->expires ? "expires " : "",
          text == date && !key->expires ? "does not expire" : text);
  gpgrt_free (grouped);
}


/* What the person set, here or by default.  */
static void
show_settings (const struct profile_host *host)
{
  const struct conf_option *option;
  char buf[CONF_TEXTLEN], time[32];
  const char *text;
  unsigned int secs;

  for (option = host_options_settings; option->name; option++)
    {
      text = conf_text (option, host, 0, buf);
      if (text && option->kind == &conf_duration
          && !netspec_duration_parse (text, &secs))
        text = netspec_duration_print (secs, time);
      if (text)
        printf (option->kind->list ? "  password by  %.0s%s ...\n"
                : "  %-12s %s\n", option->name, text);
    }
}


static void
show_host (const struct profile_host *host, const struct host_keys *keys)
{
  char ports[NETSPEC_PORTSTRLEN], date[DATE_LEN];

  printf ("%s\n  host         %s\n", host->name, host->host);
  show_addresses (host);
  if (*host->user)
    printf ("  you are      %s\n", host->user);
  printf ("  ports        %s\n", host->ports.n
          ? netspec_ports_print (&host->ports, ports)
          : "none named; 'postern open' asks for tcp/22");
  if (*host->credential)
    printf ("  asks for     your %s\n", password_kind (host->credential));
  show_key ("server key", host->server, &keys->server);
  show_key ("your key", host->signer, &keys->own);
  printf ("  door key     %s, ends %s\n",
          *host->door ? host->door : "(no name)",
          date_text (host->door_ends, date));
  printf ("  invite       serial %" PRIu64 ", joined %s\n", host->serial,
          host->joined ? date_text (host->joined, date) : "by hand");
  show_settings (host);
}


static int
show_selection (profile_t profile, const struct selection *selection)
{
  host_warnings_t look;
  struct host_keys keys;
  gpg_error_t err;
  size_t i;

  err = host_warnings_new (profile, selection->host, selection->n, &look);
  if (err)
    {
      log_error ("hosts: gpg: %s", gpg_strerror (err));
      return log_exit_code (err);
    }
  for (i = 0; i < selection->n; i++)
    {
      host_warnings_look (look, selection->host[i], &keys);
      show_host (selection->host[i], &keys);
      fflush (stdout);
      host_warnings_tell (selection->host[i], &keys);
    }
  host_warnings_release (look);
  return EX_OK;
}


int
hosts_show (const struct options *options, char **arg, int n)
{
  struct selection selection;
  profile_t profile;
  int rc;

  rc = profile_open_for ("hosts", options->config, false, &profile);
  if (rc >= 0)
    return rc;
  rc = select_hosts (profile, "hosts", arg, n, &selection);
  if (rc < 0)
    rc = show_selection (profile, &selection);
  select_release (&selection);
  profile_close (profile);
  return rc;
}
