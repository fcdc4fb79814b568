/* check-host.c - postern-keys check: files, the clock, a running posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A posternd that does not run is no finding: systemd says that.  */

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include "../../common/base/console-json.h"
#include "../../common/base/encode.h"
#include "../../server/store/machine.h"
#include "../../server/role/places.h"


static void
on_finding (void *hook, const struct places_finding *finding)
{
  /* check_server_key says what to do.  */
  if (strcmp (finding->kind, "no-encryption-keys"))
    check_say (hook, finding->kind, finding->what, "%s", finding->text);
}


void
check_files (struct check *check)
{
  char *cloned = machine_objection (check->config->state);

  places_check (check->config, on_finding, check);
  if (cloned)
    check_say (check, "other-machine", check->config->state, "%s", cloned);
  gpgrt_free (cloned);
}


/* A request carries the time of its client: both clocks must be right.  */
void
check_clock (struct check *check)
{
  struct timex timex;
  int state;

  memset (&timex, 0, sizeof timex);
  state = adjtimex (&timex);
  if (state == TIME_ERROR || (state >= 0 && (timex.status & STA_UNSYNC)))
    check_say (check, "clock", "clock", "it is not synchronised; run"
               " systemd-timesyncd, chrony or ntpd");
}


static void
check_status (struct check *check, json_t *status)
{
  char hash[2 * CONFIG_HASHLEN + 1];
  const char *running, *clock;

  running = json_string_value (json_object_get (status, "config"));
  clock = json_string_value (json_object_get (status, "clock"));
  encode_hex (check->config->hash, CONFIG_HASHLEN, hash);
  if (running && strcmp (running, hash))
    check_say (check, "not-reloaded", "posternd", "it still uses an earlier"
               " configuration; run 'posternctl reload'");
  if (clock && strcmp (clock, "steady"))
    check_say (check, "clock", "posternd", "its clock is %s", clock);
}


void
check_running (struct check *check)
{
  json_t *status = NULL;
  console_t console;
  gpg_error_t err = console_open (check->config->runtime, &console);

  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    return;
  if (err || console_ask_json (console, "STATUS", &status))
    check_say (check, "no-answer", "posternd", "it does not answer");
  else
    check_status (check, status);
  json_decref (status);
  console_close (console);
}
