/* people.h - The people of a roster with their keys, looked up at once.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_PEOPLE_H
#define POSTERN_KEYS_PEOPLE_H

#include <stddef.h>
#include <gpg-error.h>
#include <jansson.h>
#include "../../server/config/config.h"
#include "../../common/pgp/pgp.h"
#include "roster.h"

struct person
{
  const struct config_user *user;
  pgp_key_t key;                /* NULL: not in the roster's home.  */
  json_t *last;                 /* Their last request, as LASTSEEN has it;
                                   NULL: none, or not known.  */
};

struct people
{
  size_t n;
  struct person *person;        /* Sorted by name.  */
  size_t n_orphans;
  pgp_key_t *orphan;            /* Keys that nobody has.  */
};
typedef struct people *people_t;

/* One listing of gpg for all.  The people live as long as ROSTER.  */
gpg_error_t people_load (roster_t roster, people_t *r_people);
void people_release (people_t people);

struct person *people_find (people_t people, const char *name);

/* Ask a running posternd for everybody's last request, or that of NAME.
   GPG_ERR_NOT_FOUND where none runs.  */
gpg_error_t people_ask (people_t people, roster_t roster, const char *name);

/* "good", or why PERSON cannot come by their key at NOW: "missing",
   "revoked", "expired", "disabled", "unusable".  */
const char *people_state (const struct person *person);

/* All that list tells of PERSON, as an object; NULL without memory.  */
json_t *people_describe (const struct person *person);

/* Print OBJECT, which is released, as one line on stdout.  */
gpg_error_t people_print (json_t *object);

/* The same, as the next element of an array, which begins with *N at 0 and
   which people_print_end ends.  */
gpg_error_t people_print_element (json_t *object, unsigned int *n);
void people_print_end (unsigned int n);

#endif /*POSTERN_KEYS_PEOPLE_H*/
