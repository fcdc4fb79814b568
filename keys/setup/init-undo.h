/* init-undo.h - An init that does not come to its end leaves nothing.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What init makes did not exist before it: it looks first.  While it works,
 * the file .init-unfinished is in the folder of the configuration; where
 * that is found, whatever is there of what init makes is the rest of one
 * that was interrupted, and nobody has used it.  */

#ifndef POSTERN_KEYS_INIT_UNDO_H
#define POSTERN_KEYS_INIT_UNDO_H

#include <gpg-error.h>

/* Where a server's things go.  */
struct init_places
{
  const char *dir;              /* Of the configuration.  */
  const char *state;
};

/* Take away what an interrupted init left in these places.  *R_TAKEN is
   the first thing that exists and is not such a rest (to be freed):
   GPG_ERR_EEXIST, and nothing was changed.  */
gpg_error_t init_undo_look (const struct init_places *places,
                            char **r_taken);

/* Say that an init works there; DIR exists.  */
gpg_error_t init_undo_begin (const struct init_places *places);

/* It came to its end.  */
gpg_error_t init_undo_end (const struct init_places *places);

/* It failed: take away what it made.  */
gpg_error_t init_undo (const struct init_places *places);

#endif /*POSTERN_KEYS_INIT_UNDO_H*/
