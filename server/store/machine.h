/* machine.h - Whether this is the machine on which the state was made.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Two servers with one key and one host name each take a request once, for
 * neither knows what the other has claimed.  So it is with a machine that is
 * copied.  STATE/host says on which one it was made.  */

#ifndef POSTERN_MACHINE_H
#define POSTERN_MACHINE_H

#include <gpg-error.h>

/* Note in the folder STATE which machine this is, unless another one is noted
   there already.  */
gpg_error_t machine_note (const char *state);

/* A line on what is noted in STATE, and what to do, to be freed with
   gpgrt_free, where that is another machine than this one; NULL else, and
   where there is no note or nothing to compare with.  */
char *machine_objection (const char *state);

#endif /*POSTERN_MACHINE_H*/
