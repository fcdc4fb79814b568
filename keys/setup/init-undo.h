/* init-undo.h - An init that fails or is interrupted leaves nothing behind.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * init makes nothing that existed before: it looks first.  While it works, the
 * file .init-unfinished is in the configuration's folder.  Where that is
 * found, whatever exists of what init makes was left by one that was
 * interrupted, and nobody has used it.  */

#ifndef POSTERN_KEYS_INIT_UNDO_H
#define POSTERN_KEYS_INIT_UNDO_H

#include <gpg-error.h>

/* Where a server's things go.  */
struct init_places
{
  const char *dir;              /* Of the configuration.  */
  const char *state;
};

/* Delete what an interrupted init left in these places.  GPG_ERR_EEXIST if
   something exists that was not left by one: *R_TAKEN, to be freed with
   gpgrt_free; then nothing was changed.  */
gpg_error_t init_undo_look (const struct init_places *places,
                            char **r_taken);

/* Mark that an init works in these places.  DIR must exist.  */
gpg_error_t init_undo_begin (const struct init_places *places);

/* It is finished: delete the mark.  */
gpg_error_t init_undo_end (const struct init_places *places);

/* It failed: delete what it made.  */
gpg_error_t init_undo (const struct init_places *places);

#endif /*POSTERN_KEYS_INIT_UNDO_H*/
