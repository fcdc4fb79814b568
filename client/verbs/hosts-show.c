/* hosts-show.c - postern hosts show: everything the client knows of a host.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "hosts-parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include "../profile/host-options.h"
#include "../profile/host-warnings.h"
#include "../password/password.h"
#include "../ask/report.h"
#include "verbs.h"
#include "../date.h"


void
hosts_print_addresses (FILE *fp, const struct profile_host *host)
{
  unsigned int i;

  for (i = 0; i < host->n_addresses; i++)
    fprintf (fp, "%s%s", i ? ", " : "", host->address[i]);
}


static void
show_key (const char *what, const char *fpr, const struct host_key *key)
{
  char grouped[REPORT_FPRLEN], date[DATE_LEN];
  const char *text = host_warnings_key (key, date);

  printf ("  %-12s %s\n  %-12s %s%s\n", what,
          report_fingerprint (fpr, grouped), "",
          text == date && key->expires ? "expires " : "",
          text == date && !key->expires ? "does not expire" : text);
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

  printf ("%s\n  host         %s\n  address      ", host->name, host->host);
  hosts_print_addresses (stdout, host);
  printf (" port %u\n", (unsigned int) host->port);
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
show_hosts (server_keys_t keys, const struct selection *selection)
{
  struct host_keys found;
  size_t i;

  for (i = 0; i < selection->n; i++)
    {
      host_warnings_look (keys, selection->host[i], &found);
      show_host (selection->host[i], &found);
      fflush (stdout);
      host_warnings_tell (selection->host[i], &found);
    }
  return EX_OK;
}


int
hosts_show (const struct options *options, char **arg, int n)
{
  profile_t profile;
  int rc;

  if (!n)
    return kit_usage ("hosts", "no host is named");
  rc = profile_open_for ("hosts", options->config, false, &profile);
  if (rc < 0)
    rc = hosts_print (profile, arg, n, show_hosts);
  profile_close (profile);
  return rc;
}
