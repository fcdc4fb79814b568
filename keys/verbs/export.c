/* export.c - postern-keys export: the roster's public keys.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No secret is within reach: the keys are in a copy of the people's home.  */

#include <stdlib.h>
#include <unistd.h>
#include "../../common/base/log.h"
#include "../keys-options.h"
#include "../roster/people.h"
#include "keys-verbs.h"


/* Write one armoured block with the key of ONE; NULL: of everybody.  */
static gpg_error_t
export_keys (roster_t roster, people_t people, const struct person *one)
{
  const char **fprs = calloc (people->n + 1, sizeof *fprs);
  const struct person *person;
  gpg_error_t err = 0;
  size_t i, n = 0;

  if (!fprs)
    return gpg_error_from_syserror ();
  for (i = 0; i < people->n; i++)
    {
      person = people->person + i;
      if (one && person != one)
        continue;
      if (person->key)
        fprs[n++] = person->user->fpr;
      else
        log_warn ("the key of %s is not in the roster's home",
                  person->user->name);
    }
  if (n)
    err = pgp_key_export_text (roster_people (roster), fprs, STDOUT_FILENO);
  else if (one)
    err = gpg_error (GPG_ERR_NO_PUBKEY);
  free (fprs);
  return err;
}


static gpg_error_t
export_names (people_t people, const struct person *one)
{
  gpg_error_t err = 0;
  unsigned int n = 0;
  json_t *object;
  size_t i;

  for (i = 0; !err && i < people->n; i++)
    {
      if (one && people->person + i != one)
        continue;
      object = people_describe (people->person + i);
      json_object_del (object, "last");
      err = people_print_element (object, &n);
    }
  if (!err)
    people_print_end (n);
  return err;
}


static gpg_error_t
export_people (roster_t roster, const struct options *opt, char **r_message)
{
  gpg_error_t err;
  people_t people;
  const struct person *one = NULL;

  err = people_load (roster, &people);
  if (err)
    return err;
  if (opt->user)
    one = people_find (people, opt->user);
  if (opt->user && !one)
    {
      *r_message = gpgrt_bsprintf ("nobody of the name %s is enrolled",
                                   opt->user);
      err = gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  else if (opt->json)
    err = export_names (people, one);
  else
    err = export_keys (roster, people, one);
  people_release (people);
  return err;
}


int
export_verb (struct options *opt)
{
  gpg_error_t err;
  roster_t roster;
  char *message;

  err = roster_look (opt->dir, &roster, &message);
  if (!err)
    err = export_people (roster, opt, &message);
  log_failure (err, message, "export");
  roster_close (roster);
  return log_exit_code (err);
}
