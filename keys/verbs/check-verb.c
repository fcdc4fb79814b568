/* check-verb.c - postern-keys check: is the roster as it should be?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * For cron: nothing is printed where all is well.  */

#include "check.h"

#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../keys-options.h"
#include "keys-verbs.h"


static gpg_error_t
load_sharing (struct check *check)
{
  gpg_error_t err = sharing_new (&check->sharing);
  char *root = config_state_path (check->config, "root");
  people_t people = check->people;
  const struct person *person;
  size_t i;

  for (i = 0; !err && i < people->n; i++)
    {
      person = people->person + i;
      err = person->key
        ? sharing_add (check->sharing, person->user->name, person->key)
        : sharing_add_primary (check->sharing, person->user->name,
                               person->user->fpr);
    }
  for (i = 0; !err && i < people->n_orphans; i++)
    err = sharing_add (check->sharing, NULL, people->orphan[i]);
  if (!err)
    err = root ? sharing_add_server (check->sharing, root,
                                     check->config->server_fpr)
      : gpg_error_from_syserror ();
  free (root);
  return err;
}


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
check_all (roster_t roster, bool json, unsigned int *r_findings)
{
  struct check check = { .config = roster_config (roster),
                         .now = (uint64_t)time (NULL), .json = json };
  gpg_error_t err;

  err = people_load (roster, &check.people);
  if (!err)
    err = load_sharing (&check);
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
    err = check_all (roster, opt->json, &findings);
  log_failure (err, message, "check");
  roster_close (roster);
  return err ? log_exit_code (err) : findings ? EX_DATAERR : EX_OK;
}
