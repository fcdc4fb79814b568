/* people.h - The people of a roster and their keys, looked up at once.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_KEYS_PEOPLE_H
#define POSTERN_KEYS_PEOPLE_H

#include <stddef.h>
#include <gpg-error.h>
#include <jansson.h>
#include "../../server/config/config.h"
#include "../../common/pgp/pgp.h"
#include "roster.h"
#include "sharing.h"

struct person
{
  const struct config_user *user;
  pgp_key_t key;                /* NULL: not in the roster's home.  */
  json_t *last;                 /* Their last request, as the answer to
                                   LASTSEEN has it; NULL: none, or unknown.  */
};

struct people
{
  size_t n;
  struct person *person;        /* Sorted by name.  */
  size_t n_orphans;
  pgp_key_t *orphan;            /* Keys that are nobody's.  */
};
typedef struct people *people_t;

/* List them, with one run of gpg.  They are valid as long as ROSTER is open
   and its configuration is not read again.  */
gpg_error_t people_load (roster_t roster, people_t *r_people);
void people_release (people_t people);

struct person *people_find (people_t people, const char *name);

/* Whose part each fingerprint is (sharing.h): the people's, the orphans' and
   the server's, out of the state of CONFIG.  To be released.  */
gpg_error_t people_sharing (people_t people, config_t config,
                            sharing_t *r_sharing);

/* Ask a running posternd for everybody's last request, or for that of NAME.
   GPG_ERR_NOT_FOUND if none runs.  */
gpg_error_t people_ask (people_t people, roster_t roster, const char *name);

/* "good", or why PERSON's key lets nobody in now: "missing", "revoked",
   "expired", "disabled", "unusable".  */
const char *people_state (const struct person *person);

/* All that 'list' says of PERSON, as an object; NULL without memory.  */
json_t *people_describe (const struct person *person);

/* LIST as an array of strings; NULL without memory.  */
json_t *people_list (const struct strlist *list);

/* Print OBJECT, which is released, as one line on stdout.  */
gpg_error_t people_print (json_t *object);

/* The same, as the next element of an array.  *N counts them and must be 0
   before the first; people_print_end closes the array.  */
gpg_error_t people_print_element (json_t *object, unsigned int *n);
void people_print_end (unsigned int n);

#endif /*POSTERN_KEYS_PEOPLE_H*/
