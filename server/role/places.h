/* places.h - Check who owns and can write what Postern keeps.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md has the table.  posternd does not start if a folder does
 * not match it, and postern-keys check reports it.  */

#ifndef POSTERN_PLACES_H
#define POSTERN_PLACES_H

#include <stdbool.h>
#include <gpg-error.h>
#include "../config/config.h"

struct places_finding
{
  const char *kind;             /* A word for programs.  */
  const char *what;             /* A path or the name of a user.  */
  const char *text;             /* What is wrong with it, and what to do.  */
  bool harmless;                /* posternd can start all the same.  */
};

typedef void (*places_tell) (void *hook, const struct places_finding *);

/* Check the folders of CONFIG and what is in them, and call TELL with HOOK for
   each thing that is not as it should be.  Changes nothing.  */
void places_check (config_t config, places_tell tell, void *hook);

/* True if posternd can start with CONFIG.  If not, *R_MESSAGE is the first
   finding, to be freed; or if R_MESSAGE is NULL, all are logged.  */
bool places_good (config_t config, char **r_message);

/* "PATH: what is wrong; what to do" if CONFIG's state still has a folder that
   only older builds used, to be freed with gpgrt_free; NULL: it has none.  */
char *places_old_folder (config_t config);

/* In places-age.c: tell of a state that an older build made.  */
void places_check_age (config_t config, places_tell tell, void *hook);

/* The same of a folder as above; true if there is one, and then there is no
   need to look further.  */
bool places_check_folders (config_t config, places_tell tell, void *hook);

#endif /*POSTERN_PLACES_H*/
