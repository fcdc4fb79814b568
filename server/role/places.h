/* places.h - Who may own and write what Postern keeps.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md has the table.  posternd does not start on a folder that
 * is otherwise, and postern-keys check tells of it.  */

#ifndef POSTERN_PLACES_H
#define POSTERN_PLACES_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../config/config.h"

struct places_finding
{
  const char *kind;             /* A word for programs.  */
  const char *what;             /* A path or the name of a user.  */
  const char *text;             /* What is wrong with it, and its cure.  */
  bool harmless;                /* posternd can start all the same.  */
};

typedef void (*places_tell) (void *hook, const struct places_finding *);

/* Look at the folders of CONFIG and what is in them, and call TELL with
   HOOK for each thing that is not as it should be.  Nothing is changed and
   no link followed.  */
void places_check (config_t config, places_tell tell, void *hook);

/* True if posternd can go by CONFIG.  If not, and R_MESSAGE is not NULL,
   the first finding is stored there (to be freed); else all are logged.  */
bool places_good (config_t config, char **r_message);

/* In places-age.c: tell of a state that an older build made.  */
void places_check_age (config_t config, places_tell tell, void *hook);

#endif /*POSTERN_PLACES_H*/
