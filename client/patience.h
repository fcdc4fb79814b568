/* patience.h - gpg for a person, who learns what it waits for.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_CLIENT_PATIENCE_H
#define POSTERN_CLIENT_PATIENCE_H

#include <gpg-error.h>
#include "../common/pgp/pgp.h"

/* A context on the person's own home.  If gpg takes long and a lock file in
   that home is held, the log says which, and by which process.  */
gpg_error_t patience_pgp (pgp_t *r_pgp);

/* On a terminal: if the key SIGNER is on a card, say so until
   progress_clear.  */
void patience_card (pgp_t pgp, const char *signer);

#endif /*POSTERN_CLIENT_PATIENCE_H*/
