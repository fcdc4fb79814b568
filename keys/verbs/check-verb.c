/* check-verb.c - postern-keys check: is the roster as it should be?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It is for cron: it prints nothing if all is well, and changes nothing.  */

#include "check.h"

#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../keys-options.h"
#include "keys-verbs.h"


/* Each check goes on after what it finds, so that one run finds all.  */
static void
run_checks (struct check *check)
{
  check_people (check);
  check_passwords (check);
  check_rules (check);
  check_doors (check);
  check_server_key (check);
  check_files (check);
  check_clock (check);
  check_running (check);
}


static gpg_error_t
check_everything (roster_t roster, bool json, unsigned int *r_findings)
{
  struct check check = { .config = roster_config (roster),
                         .now = (uint64_t)time (NULL), .json = json };
  gpg_error_t err;

  err = people_load (roster, &check.people);
  if (!err)
    err = people_sharing (check.people, check.config, &check.sharing);
  if (!err)
    run_checks (&check);
  if (!err && json)
    people_print_end (check.findings);
  sharing_release (check.sharing);
  people_release (check.people);
  *r_findings = check.findings;
  return err;
}


int
check_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;
  unsigned int findings = 0;

  err = roster_look (opt->dir, &roster, &message);
  if (!err)
    err = check_everything (roster, opt->json, &findings);
  log_failure (err, message, "check");
  roster_close (roster);
  return err ? log_exit_code (err) : findings ? EX_DATAERR : EX_OK;
}
