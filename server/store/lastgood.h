/* lastgood.h - The last table that the kernel took, kept for a start that
 * fails.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * STATE/last/table: a first line with what on-fail was, then the commands of
 * nft(8) that make the table anew with no grant.  act writes it beside its
 * place before it drops root, and posternd puts it there when act has loaded
 * the table.  It is read where no configuration can be.  */

#ifndef POSTERN_LASTGOOD_H
#define POSTERN_LASTGOOD_H

#include <gpg-error.h>
#include "../config/config.h"

/* Write TEXT, the commands, beside its place below the folder STATE.  */
gpg_error_t lastgood_write (const char *state, enum config_on_fail on_fail,
                            const char *text);

/* The kernel took what was written last: from now on it counts.  That
   nothing was written is no error.  */
gpg_error_t lastgood_commit (const char *state);

/* Read what counts.  *R_TEXT is to be freed.  GPG_ERR_NOT_FOUND: nothing is
   kept.  GPG_ERR_EPERM: folder or file could have been written by others
   than root; GPG_ERR_BAD_DATA: something else is in it.  *R_WHERE, to be
   freed, is the path of what an error is about.  */
gpg_error_t lastgood_read (const char *state, enum config_on_fail *r_on_fail,
                           char **r_text, char **r_where);

#endif /*POSTERN_LASTGOOD_H*/
